"""What analyses replace, what they never do, and that on failure nothing changes."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.analysis import Stopped, analyze
from handorient.capture.images import Images
from handorient.errors import UserError
from handorient.pipeline import Pipeline
from handorient.recording import Recorder
from handorient.replay import Session
from handorient.resources import shipped_weights
from handorient.sources import open_source

from .analysed import RESULTS, Blind, contents
from .capture.clips import Clip
from .capture.media import picture, write_image
from .estimates import estimate


def test_nothing_half_written_is_left_behind(tmp_path):
    class Broken(Images):
        def read(self):
            frame = super().read()
            if frame is not None and frame.index == 1:
                raise UserError("the disk caught fire")
            return frame

    room = np.zeros((48, 64, 3), np.uint8)
    (tmp_path / "in").mkdir()
    for name in "ab":
        cv2.imwrite(str(tmp_path / "in" / f"{name}.png"), room)
    with Pipeline.load(shipped_weights("silhouette")) as pipeline:
        for new in (tmp_path / "new", tmp_path / "new" / "and" / "deep"):
            with pytest.raises(UserError, match="caught fire"):
                analyze(Broken(tmp_path / "in"), pipeline, new)
            assert not (tmp_path / "new").exists()
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "estimates.jsonl").write_text("precious\n")
        with pytest.raises(UserError):
            analyze(Broken(tmp_path / "in"), pipeline, tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["estimates.jsonl"]
    assert (tmp_path / "old" / "estimates.jsonl").read_text() == "precious\n"


def test_a_recorded_session_is_never_written_into(tmp_path):
    recorder = Recorder(tmp_path, {})
    recorder.add(estimate(0, 100.0))
    recorder.close()
    before = contents(recorder.folder)
    for source in (Session(recorder.folder), Clip()):
        with pytest.raises(UserError, match="is a recorded session"):
            analyze(source, Blind(), recorder.folder)
    assert contents(recorder.folder) == before


FULL_DISK = """
import resource, sys
from pathlib import Path
from handorient.capture.images import Images
from handorient.errors import UserError
from handorient.analysis import analyze
from tests.analysed import Blind
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
try:
    analyze(Images(Path(sys.argv[1])), Blind(), Path(sys.argv[2]))
except UserError as error:
    print(error)
"""


def test_a_disk_that_fills_up_with_the_video_is_said_and_costs_no_old_result(tmp_path):
    pytest.importorskip("resource")
    noise, out = tmp_path / "noise", tmp_path / "out"
    noise.mkdir()
    for index in range(4):
        rgb = np.random.default_rng(index).integers(0, 255, (240, 320, 3)).astype(np.uint8)
        cv2.imwrite(str(noise / f"{index}.png"), rgb)
    analyze(Clip(), Blind(), out)
    before = contents(out)
    command = [sys.executable, "-c", FULL_DISK, str(noise), str(out)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert str(out) in done.stdout and "free some space" in done.stdout
    assert contents(out) == before


def test_masks_of_an_earlier_analysis_go_with_its_estimates(tmp_path):
    analyze(Clip(3), Blind(), tmp_path, masks=True)
    assert len(list((tmp_path / "masks").iterdir())) == 3
    analyze(Clip(2), Blind(), tmp_path, masks=True)
    assert len(list((tmp_path / "masks").iterdir())) == 2
    analyze(Clip(2), Blind(), tmp_path)
    assert set(contents(tmp_path)) == RESULTS and not (tmp_path / "masks").exists()


def test_masks_that_no_analysis_wrote_stay(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "mine.png").touch()
    analyze(Clip(), Blind(), tmp_path)
    assert set(contents(tmp_path)) == RESULTS | {"masks/mine.png"}
    for masks in (False, True):
        with pytest.raises(UserError, match=r"mine.png would be lost"):
            analyze(Clip(1), Blind(), tmp_path, masks=masks)
    assert set(contents(tmp_path)) == RESULTS | {"masks/mine.png"}


@pytest.mark.parametrize("name", ["annotated.mp4", "masks", "masks/000000.png"])
def test_a_source_that_would_be_lost_among_its_results_is_refused(tmp_path, name):
    out, linked = tmp_path / "out", tmp_path / "linked"
    analyze(Clip(3), Blind(), out, masks=True)
    linked.symlink_to(out)
    before = contents(out)
    for folder in (out, linked):
        with pytest.raises(
            UserError, match=f"{name} would be overwritten by the results in {folder}: choose"
        ):
            analyze(open_source(str(out / name)), Blind(), folder)
    assert contents(out) == before
    assert analyze(open_source(str(out / name)), Blind(), tmp_path / "again")["frames"]


@pytest.mark.parametrize("names", [["summary.json"], ["masks"], ["estimates.jsonl", "summary.json"]])
@pytest.mark.parametrize("text", ["precious", "[]", '{"mine": "precious"}'])
def test_what_has_a_results_name_and_is_no_analysiss_is_not_replaced(tmp_path, names, text):
    for name in names:
        (tmp_path / name).write_text(text)
    before = contents(tmp_path)
    with pytest.raises(UserError, match=f"{names[0]} already exists, and nothing shows that an analysis"):
        analyze(Clip(2), Blind(), tmp_path, masks=True)
    assert contents(tmp_path) == before


def test_a_folder_with_a_results_name_is_kept_with_what_is_in_it(tmp_path):
    for analysed in (False, True):
        out = tmp_path / str(analysed)
        if analysed:
            analyze(Clip(2), Blind(), out)
            (out / "annotated.mp4").unlink()
        mine = out / ("annotated.mp4" if analysed else "summary.json")
        mine.mkdir(parents=True)
        (mine / "mine.txt").write_text("precious")
        before = contents(out)
        with pytest.raises(UserError, match=f"{mine.name} already exists, and nothing shows"):
            analyze(Clip(2), Blind(), out)
        assert contents(out) == before


@pytest.mark.parametrize("name", ["annotated.mp4", "masks"])
def test_a_link_that_leads_nowhere_at_the_moment_is_no_analysiss_either(tmp_path, name):
    out = tmp_path / "out"
    out.mkdir()
    (out / name).symlink_to(tmp_path / "unplugged" / "mine")
    for source in (Clip(2), Images(write_image(tmp_path / "photo.png", picture()))):
        with pytest.raises(UserError, match=f"{name} already exists, and nothing shows that an analysis"):
            analyze(source, Blind(), out, masks=True)
    assert [path.name for path in out.iterdir()] == [name] and (out / name).is_symlink()


def test_a_link_among_results_is_replaced_and_what_it_leads_to_is_not(tmp_path):
    (tmp_path / "mine.csv").write_text("precious")
    out = tmp_path / "out"
    analyze(Clip(2), Blind(), out)
    (out / "estimates.csv").unlink()
    (out / "estimates.csv").symlink_to(tmp_path / "mine.csv")
    analyze(Clip(2), Blind(), out)
    assert set(contents(out)) == RESULTS and not (out / "estimates.csv").is_symlink()
    assert (tmp_path / "mine.csv").read_text() == "precious"


def test_old_results_stay_whichever_move_into_their_place_fails(tmp_path, monkeypatch):
    analyze(Clip(3), Blind(), tmp_path, masks=True)
    before = contents(tmp_path)
    rename, count = Path.rename, 0

    def fail_at(number):
        def failing(path, target):
            nonlocal count
            count += 1
            if count == number:
                raise PermissionError(13, "it is open in another program")
            return rename(path, target)

        return failing

    moves = 2 * len(RESULTS) + 1  # the old ones and their masks out, the new ones in
    for number in range(1, moves + 1):
        count = 0
        monkeypatch.setattr(Path, "rename", fail_at(number))
        with pytest.raises(UserError, match="open in another program"):
            analyze(Clip(2), Blind(), tmp_path)
        assert contents(tmp_path) == before
    count = 0
    monkeypatch.setattr(Path, "rename", fail_at(moves + 1))
    assert analyze(Clip(2), Blind(), tmp_path)["frames"] == 2


def test_an_analysis_that_is_stopped_leaves_nothing(tmp_path):
    asked = iter([False, False, True])
    clip = Clip(5)
    with pytest.raises(Stopped):
        analyze(clip, Blind(), tmp_path / "out", stopped=lambda: next(asked))
    assert clip.next == 3 and clip.closed.is_set()
    assert not (tmp_path / "out").exists()


def test_a_folder_whose_name_is_too_long_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(UserError, match="name too long"):
        analyze(Clip(), Blind(), tmp_path / ("x" * 300))


def test_a_folder_that_may_not_be_looked_into_is_refused_in_one_sentence(tmp_path, monkeypatch):
    stat = Path.stat

    def forbidden(path, **options):  # as root, who runs some tests, may look into any folder
        if path.parent.name == "closed":
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", forbidden)
    (tmp_path / "closed").mkdir()
    with pytest.raises(UserError, match="Permission denied"):
        analyze(Clip(), Blind(), tmp_path / "closed" / "out")
