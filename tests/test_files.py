"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from handorient.errors import UserError
from handorient.files import new_file, new_folder, unused


def test_a_file_is_replaced_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "weights"
    for text in ("first", "second"):
        with new_file(path) as unfinished:
            unfinished.write_text(text)
    assert path.read_text() == "second"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_fails_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_text("old")

    def fail() -> None:
        with new_file(path) as unfinished:
            unfinished.write_text("half")
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with new_file(path) as unfinished:
        unfinished.write_text("figures")
    assert os.read(reader, 100) == b"figures"
    os.close(reader)
    assert path.is_fifo() and list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("there.txt")
    with new_file(tmp_path / "link.txt") as unfinished:
        unfinished.write_text("new")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "there.txt").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        with new_folder(folder) as unfinished:
            (unfinished / "labels").write_text("half")
            raise KeyboardInterrupt

    for folder in (tmp_path / "data", tmp_path / "deep" / "er" / "data"):
        with pytest.raises(KeyboardInterrupt):
            fail(folder)
        assert not list(tmp_path.iterdir())


def test_of_the_folders_that_were_made_for_what_failed_none_is_left_that_is_empty(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    kept = tmp_path / "old" / "kept"

    def fail(folder: Path) -> None:
        with new_file(folder / "weights"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail(kept / "made")
    assert not list((tmp_path / "old").iterdir())
    with pytest.raises(KeyboardInterrupt), new_file(kept / "made" / "weights"):
        (kept / "another's").touch()
        fail(kept / "made")
    assert [path.name for path in kept.iterdir()] == ["another's"]


def test_of_two_that_make_one_folder_the_first_to_be_done_has_it(tmp_path: Path) -> None:
    def second() -> None:
        with new_folder(tmp_path / "data") as other:
            (other / "labels").write_text("second")
            (first / "labels").write_text("first")
            stack.close()

    with ExitStack() as stack:
        first = stack.enter_context(new_folder(tmp_path / "data"))
        with pytest.raises(UserError, match="could not be written"):
            second()
    assert (tmp_path / "data" / "labels").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_folder_that_cannot_even_be_asked_for_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"), new_folder(tmp_path / ("x" * 300)):
        pass


def test_a_folder_that_exists_is_refused_and_nothing_beside_it_is_touched(tmp_path: Path) -> None:
    begun = tmp_path / "data.unfinished"
    for folder in (tmp_path / "data", begun):
        folder.mkdir()
    with pytest.raises(UserError, match="already exists"), new_folder(tmp_path / "data"):
        pass
    assert begun.is_dir()


def test_the_folder_one_is_in_is_refused_like_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (Path(), Path("..")):
        with pytest.raises(UserError, match="already exists"), new_folder(folder):
            pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("hand.mp4", "hand "),
        ("Demo hand", "Demo-hand "),
        ("..\\a b: \udce9<Ü*>?.png", "a-b-Ü "),
        ("手" * 300, "手" * 50 + " "),
        ("", ""),
    ],
)
def test_results_are_named_after_their_source_as_far_as_file_names_go(
    tmp_path: Path, source: str, title: str
) -> None:
    first = unused(tmp_path, of=source)
    first.mkdir()
    second = unused(tmp_path, of=source)
    assert re.fullmatch(rf"{title}\d{{4}}-\d\d-\d\d_\d\d-\d\d-\d\d", first.name)
    assert first != second and second.parent == tmp_path
