import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.analysis import Stopped, analyze
from handorient.capture.images import Images
from handorient.capture.video import VideoFile
from handorient.errors import UserError
from handorient.hand.landmarks import mapped
from handorient.orientation import arrow
from handorient.pipeline import Estimate, Pipeline
from handorient.recording import Recorder
from handorient.replay import Session
from handorient.resources import shipped_weights
from handorient.sources import open_source
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

from .capture.clips import Clip
from .capture.media import write_recording
from .estimates import estimate

RESULTS = {"estimates.jsonl", "estimates.csv", "annotated.mp4", "summary.json"}


class Blind:
    """A pipeline that sees no hand."""

    input = "landmarks"

    def process(self, frame):
        return Estimate(frame, (), {"total": 1.0})


class Seeing:
    """A pipeline that sees a hand with this id in every picture."""

    input = "landmarks"

    def __init__(self, id):
        self.id = id

    def process(self, frame):
        (hand,) = estimate(0, 0.0).hands
        crop = replace(hand.crop, mask=np.full_like(hand.crop.mask, 255))
        return Estimate(frame, (replace(hand, id=self.id, crop=crop),), {"total": 1.0})


def contents(folder):
    """What is in a folder, hidden or not: each file's bytes by its name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """An empty room, a right palm, and a left palm in a smaller picture."""
    folder = tmp_path_factory.mktemp("photos")
    hand = HandScene(Person.average(), Pose.open())
    room = np.full((480, 640, 3), (90, 100, 110), np.uint8)
    right = hand.render(View(0.3, 0.2, roll_rad=0.4, distance_mm=470.0), Light.studio(), room).rgb
    left = hand.render(
        View(0.3, 0.2, mirrored=True, distance_mm=470.0), Light.studio(), room[::2, ::2].copy()
    )
    for name, rgb in (("a.png", room), ("b.png", right), ("c.png", left.rgb)):
        cv2.imwrite(str(folder / name), rgb[..., ::-1])
    return folder


@pytest.fixture(scope="module")
def results(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    with Pipeline.load(shipped_weights("silhouette")) as pipeline:
        summary = analyze(Images(photos), pipeline, out, masks=True)
    lines = [json.loads(line) for line in (out / "estimates.jsonl").read_text().splitlines()]
    return out, lines, summary


def test_every_frame_has_its_line_with_its_path(results, photos):
    _, lines, _ = results
    assert [line["frame"] for line in lines] == [0, 1, 2]
    assert [line["path"] for line in lines] == [str(photos / name) for name in ("a.png", "b.png", "c.png")]
    assert [len(line["hands"]) for line in lines] == [0, 1, 1]
    assert set(lines[0]["ms"]) == {"detect", "segment", "network", "track", "total"}


def test_a_hand_is_written_as_promised(results):
    _, lines, _ = results
    right, left = lines[1]["hands"][0], lines[2]["hands"][0]
    assert (right["handedness"], left["handedness"]) == ("right", "left")
    assert right["facing"] == left["facing"] == "palm"
    assert right["roll_deg"] == pytest.approx(np.degrees(0.4), abs=6)
    x, y, width, height = right["box_px"]
    assert 0 < x < 640 and 0 < y < 480 and 60 < width < 400 and 60 < height < 400
    for hand in (right, left):
        mixture = hand["mixture"]
        assert sum(mixture["weights"]) == pytest.approx(1.0, abs=1e-3)
        assert np.shape(mixture["mean_deg"]) == np.shape(mixture["std_deg"]) == (len(mixture["weights"]), 2)
        weights = [mode["weight"] for mode in hand["modes"]]
        assert weights == sorted(weights, reverse=True) and sum(weights) == pytest.approx(1.0, abs=1e-3)
        assert hand["ambiguity"]["modes"] == len(weights)
        for mode in hand["modes"]:
            angles = np.radians([mode["azimuth_deg"], mode["elevation_deg"], hand["roll_deg"]])
            expected = arrow(*angles, mirrored=hand["handedness"] == "left")
            np.testing.assert_allclose(mode["normal"], expected, atol=1e-3)


def test_masks_are_full_frames_with_the_hands_id(results):
    out, lines, _ = results
    masks = [cv2.imread(str(out / "masks" / f"{i:06d}.png"), cv2.IMREAD_UNCHANGED) for i in range(3)]
    assert [mask.shape for mask in masks] == [(480, 640), (480, 640), (240, 320)]
    assert not masks[0].any()
    for mask, line in zip(masks[1:], lines[1:], strict=True):
        assert set(np.unique(mask)) == {0, line["hands"][0]["id"]}
        assert 0.03 < (mask > 0).mean() < 0.3


def test_the_video_shows_every_frame_and_the_summary_counts_them(results):
    out, lines, summary = results
    video = cv2.VideoCapture(str(out / "annotated.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (640, 480)
    count = 0
    while video.read()[0]:
        count += 1
    assert count == 3
    assert summary == json.loads((out / "summary.json").read_text())
    assert (summary["frames"], summary["frames_with_hand"]) == (3, 2)
    networks_ms = [line["ms"]["network"] for line in lines if line["hands"]]
    assert summary["median_ms"]["network"] == pytest.approx(np.mean(networks_ms), abs=0.01), "not of the room"


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


def test_pictures_that_cannot_be_read_are_listed_in_the_summary(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((48, 64, 3), np.uint8))
    summary = analyze(Images(tmp_path), Blind(), tmp_path / "out")
    assert summary["frames"] == 1 and summary["skipped"] == [str(tmp_path / "a.png")]
    (tmp_path / "a.png").unlink()
    assert analyze(Images(tmp_path), Blind(), tmp_path / "out")["skipped"] == []


def test_what_is_damaged_of_a_session_is_in_the_summary_and_the_rest_is_analysed(tmp_path):
    recorder = Recorder(tmp_path / "sessions", {})
    for index in range(6):
        recorder.add(estimate(index, 100.0 + index / 10))
    recorder.close()
    path = recorder.folder / "estimates.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], "damaged\n", *lines[3:]]))
    summary = analyze(Session(recorder.folder), Blind(), tmp_path / "out")
    assert summary["skipped"] == [f"a part of {recorder.folder} (1 of the 6 lines of estimates.jsonl)"]
    assert summary["frames"] == 6 and summary["compared"]["frames"] == 5


@pytest.mark.parametrize("promised", [None, 3, 15, 40])
def test_a_file_is_analysed_to_its_end_whatever_it_promised(tmp_path, promised):
    clip = Clip(15, frame_rate=1.0)
    clip.frame_count = promised
    assert analyze(clip, Blind(), tmp_path / "out")["frames"] == 15


def test_pauses_of_a_video_cost_none_of_its_pictures_a_place_in_the_annotated_one(tmp_path):
    pictures = [np.full((48, 64, 3), 40 + 60 * (index % 4), np.uint8) for index in range(60)]
    # A little late now and then, else FFmpeg finds a rate that fits the pauses as well.
    late_s = np.random.default_rng(0).uniform(0, 0.015, 60)
    times_s = [index / 25 + 2 * (index // 20) + late for index, late in enumerate(late_s)]
    analyze(VideoFile(write_recording(tmp_path / "a.mkv", pictures, times_s)), Blind(), tmp_path / "out")
    video, shown = cv2.VideoCapture(str(tmp_path / "out/annotated.mp4")), []
    while (read := video.read())[0]:
        shown.append(round((read[1][40:].mean() - 40) / 60))
    changes = [value for value, before in zip(shown, [None, *shown[:-1]], strict=True) if value != before]
    assert changes == [index % 4 for index in range(60)]


def test_a_camera_is_analysed_for_ten_seconds_and_the_video_lasts_as_long(tmp_path):
    """One that grants 30 pictures a second and delivers four."""

    class Slow(Clip):
        live = True

        def read(self):
            frame = super().read()
            return frame and replace(frame, time_s=frame.index / 4)

    summary = analyze(Slow(100, frame_rate=30.0), Blind(), tmp_path)
    assert summary["frames"] == 40
    video = cv2.VideoCapture(str(tmp_path / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FPS) == 30.0
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == pytest.approx(300, abs=8)  # the last picture has no next


def test_a_recorded_session_is_never_written_into(tmp_path):
    recorder = Recorder(tmp_path, {})
    recorder.add(estimate(0, 100.0))
    recorder.close()
    before = contents(recorder.folder)
    for source in (Session(recorder.folder), Clip()):
        with pytest.raises(UserError, match="is a recorded session"):
            analyze(source, Blind(), recorder.folder)
    assert contents(recorder.folder) == before


@pytest.mark.parametrize(("pictures", "apart_s"), [(7, 10.0), (2, 1200.0)])
def test_the_video_of_a_session_shows_each_picture_however_far_apart_they_are(tmp_path, pictures, apart_s):
    recorder = Recorder(tmp_path / "sessions", {})
    for index in range(pictures):
        recorder.add(estimate(index, 100.0 + index * apart_s))
    recorder.close()
    analyze(Session(recorder.folder), Blind(), tmp_path / "out")
    video = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == pictures


def test_what_is_logged_meanwhile_has_a_line_of_its_own(tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "c.png"):
        cv2.imwrite(str(folder / name), np.full((120, 160, 3), 90, np.uint8))
    (folder / "b.png").write_text("no picture")
    analyze(Images(folder), Blind(), tmp_path / "out")
    (line,) = (line for line in capsys.readouterr().err.replace("\r", "\n").split("\n") if "skipped" in line)
    assert line == f"skipped {folder / 'b.png'}: it cannot be read"


def test_without_a_bar_nothing_is_written_to_the_terminal(tmp_path, capsys):
    analyze(Clip(2), Blind(), tmp_path)
    assert "2frame" in capsys.readouterr().err
    analyze(Clip(2), Blind(), tmp_path, bar=False)
    assert capsys.readouterr().err == ""


FULL_DISK = """
import resource, sys
from pathlib import Path
from handorient.capture.images import Images
from handorient.errors import UserError
from handorient.analysis import analyze
from tests.test_analysis import Blind
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


@pytest.mark.parametrize(
    ("id", "number", "kind"),
    [
        (255, 255, np.uint8),
        (256, 256, np.uint16),
        (65_535, 65_535, np.uint16),
        (65_536, 1, np.uint8),
        (70_000, 4465, np.uint16),
    ],
)
def test_a_mask_holds_ids_of_any_length(tmp_path, id, number, kind):
    analyze(Clip(1), Seeing(id), tmp_path, masks=True)
    mask = cv2.imread(str(tmp_path / "masks" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert mask.dtype == kind and mask.shape == (48, 64)
    assert set(np.unique(mask)) == {0, number}


def test_where_masks_overlap_the_surest_hand_is_in_front(tmp_path):
    class Two(Seeing):
        def process(self, frame):
            (surest,) = super().process(frame).hands
            return Estimate(frame, (surest, replace(surest, id=1)), {"total": 1.0})

    analyze(Clip(1), Two(2), tmp_path, masks=True)
    mask = cv2.imread(str(tmp_path / "masks" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert set(np.unique(mask)) == {0, 2}


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
def test_a_link_that_leads_nowhere_at_the_moment_is_no_analysiss_either(tmp_path, photos, name):
    (tmp_path / name).symlink_to(tmp_path / "unplugged" / "mine")
    for source in (Clip(2), Images(photos)):
        with pytest.raises(UserError, match=f"{name} already exists, and nothing shows that an analysis"):
            analyze(source, Blind(), tmp_path, masks=True)
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).is_symlink()


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


def test_fingers_of_a_real_hand_are_cut_out_one_by_one(real):
    clip = open_source(str(real("video/dexretarget_human_hand_video.mp4")))
    with Pipeline.load(shipped_weights("silhouette")) as pipeline, clip:
        for _ in range(12):
            frame = clip.read()
            assert frame is not None
            estimate = pipeline.process(frame)
    (hand,) = estimate.hands
    assert (hand.landmarks.handedness, hand.facing) == ("right", "palm")
    points = mapped(hand.landmarks.points_px, hand.crop.window.affine)
    row = hand.crop.mask[int(points[[7, 11, 15], 1].mean())] >= 128
    assert (np.diff(row.astype(int)) == 1).sum() >= 3
