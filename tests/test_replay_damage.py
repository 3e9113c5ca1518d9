"""Sessions that were damaged after they were recorded: what can be read plays, and the rest is said."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from handorient.errors import UserError
from handorient.matroska import picture_places
from handorient.recording import Recorder
from handorient.replay import Session

from .estimates import estimate


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A session of 45 frames, of which the brightness tells the number."""
    recorder = Recorder(tmp_path, {"input": "landmarks"})
    for index in range(45):
        recorder.add(estimate(index, 100.0 + index / 30))
        if index % 15 == 14:  # no more than may wait
            while recorder.frames <= index:
                assert recorder.failed is None
                time.sleep(0.001)
    recorder.close()
    return recorder.folder


def replayed(folder: Path) -> tuple[list[int], list[int], list[str]]:
    """A session's frames, those of them that have their own estimates, and what is said of the rest."""
    with Session(folder) as session:
        frames = list(iter(session.read, None))
        times_s = [frame.time_s for frame in frames]
        assert times_s == pytest.approx([frame.index / 30 for frame in frames], abs=1e-3)
        assert all(earlier < later for earlier, later in pairwise(times_s))
        known = []
        for frame in frames:
            assert frame.rgb.mean() == pytest.approx(10 + 2 * frame.index, abs=1)
            if (then := session.recorded(frame.index)) is not None:
                assert then["frame"] == frame.index and frame.truth is not None
                known.append(frame.index)
        return [frame.index for frame in frames], known, list(session.skipped)


ALL = list(range(45))


def without(*indices: int) -> list[int]:
    return [index for index in ALL if index not in indices]


@pytest.mark.parametrize(
    ("lost", "instead"),
    [
        ([9], ["\0\0\0\n"]),
        ([9], ["{}\n"]),
        ([9], ['{"t_s": null}\n']),
        ([9], ['{"t_s": 1' + 400 * "0" + "}\n"]),
        ([9], []),
        ([0, 20, 21], ["\n"]),
        ([9, 10], ["two lines that became one\n"]),
    ],
)
def test_a_line_that_cannot_be_read_costs_the_estimates_of_its_picture_and_is_said(
    long: Path, lost: list[int], instead: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = long / "estimates.jsonl"
    lines: list[str] = []
    for index, line in enumerate(path.read_text().splitlines(keepends=True)):
        lines += [line] if index not in lost else instead if index == lost[0] else []
    path.write_text("".join(lines))
    said = f"a part of {long} ({len(lost)} of the 45 lines of estimates.jsonl)"
    assert replayed(long) == (ALL, without(*lost), [said])
    assert caplog.messages == [f"skipped {said}: it cannot be read"]


def test_pictures_that_are_gone_from_the_middle_cost_no_other_picture_and_are_said(long: Path) -> None:
    pictures = long / "picture.mkv"
    (begin, _, _), (end, _, _) = (list(picture_places(pictures))[index] for index in (20, 24))
    data = pictures.read_bytes()
    pictures.write_bytes(data[: begin - 10] + b"\x1f" * (end - begin - 100) + data[end - 110 :])
    said = f"a part of {long} (4 of the 45 pictures of picture.mkv)"
    assert replayed(long) == (without(20, 21, 22, 23), without(20, 21, 22, 23), [said])
    with Session(long) as session:
        session.seek(session.index_at(22 / 30))
        frame = session.read()
        assert frame is not None and frame.index == 19
        assert session.duration_s == pytest.approx(1.5) and session.skipped == [said]


@pytest.mark.parametrize("kept", [1, 3, 30])
def test_of_a_file_of_pictures_that_was_cut_short_is_said_how_much_is_gone(long: Path, kept: int) -> None:
    pictures = long / "picture.mkv"
    pictures.write_bytes(pictures.read_bytes()[: list(picture_places(pictures))[kept][0] + 9])
    said = f"a part of {long} ({45 - kept} of the 45 pictures of picture.mkv)"
    assert replayed(long) == (ALL[:kept], ALL[:kept], [said])
    with Session(long) as session:
        assert session.frame_count == kept and session.duration_s == pytest.approx(kept / 30, abs=1e-4)


def test_pictures_whose_lines_were_cut_off_play_without_estimates_and_it_is_said(long: Path) -> None:
    path = long / "estimates.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:10]))
    said = f"a part of {long} (35 of the 45 lines of estimates.jsonl)"
    assert replayed(long) == (ALL, ALL[:10], [said])


def test_times_of_pictures_that_go_back_are_damage(long: Path) -> None:
    pictures = long / "picture.mkv"
    data = bytearray(pictures.read_bytes())
    place, _, time_ms = list(picture_places(pictures))[20]
    at = data.rindex(time_ms.to_bytes(8, "big"), 0, place)
    data[at : at + 8] = (2**40).to_bytes(8, "big")
    pictures.write_bytes(data)
    assert list(picture_places(pictures))[20][2] == 2**40
    with pytest.raises(UserError, match="is damaged"), Session(long):
        pass


def test_all_that_is_damaged_is_said_at_once(long: Path) -> None:
    path, pictures = long / "estimates.jsonl", long / "picture.mkv"
    path.write_text("".join(["{", *path.read_text().splitlines(keepends=True)[1:]]))
    path.write_text(path.read_text().replace("{{", "?\n{"))
    pictures.write_bytes(pictures.read_bytes()[: list(picture_places(pictures))[40][0]])
    parts = "1 of the 45 lines of estimates.jsonl and 5 of the 45 pictures of picture.mkv"
    assert replayed(long) == (ALL[:40], ALL[1:40], [f"a part of {long} ({parts})"])


@pytest.mark.parametrize("torn", ["", '{"frame": 44, "t_s": 1.4', "\0\0\0\0", "\0\0\0\0\n"])
@pytest.mark.parametrize("missing", [1, 3])
def test_what_a_crash_leaves_at_the_end_is_not_complained_of(long: Path, torn: str, missing: int) -> None:
    path, pictures = long / "estimates.jsonl", long / "picture.mkv"
    lines, data = path.read_text().splitlines(keepends=True), pictures.read_bytes()
    path.write_text("".join(lines[:-missing]) + torn)
    assert replayed(long) == (ALL[:-missing], ALL[:-missing], [])
    path.write_text("".join(lines))
    pictures.write_bytes(data[: list(picture_places(pictures))[-missing][0] + (100 if torn else -30)])
    assert replayed(long) == (ALL[:-missing], ALL[:-missing], [])
