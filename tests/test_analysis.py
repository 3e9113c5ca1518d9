import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from handorient.analysis import analyze
from handorient.capture.images import Images
from handorient.capture.video import VideoFile
from handorient.hand.landmarks import mapped
from handorient.orientation import arrow
from handorient.pipeline import Estimate, Pipeline
from handorient.recording import Recorder
from handorient.replay import Session
from handorient.resources import shipped_weights
from handorient.sources import open_source
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

from .analysed import Blind
from .capture.clips import Clip
from .capture.media import write_recording
from .estimates import estimate


class Seeing:
    """A pipeline that sees a hand with this id in every picture."""

    input = "landmarks"

    def __init__(self, id):
        self.id = id

    def process(self, frame):
        (hand,) = estimate(0, 0.0).hands
        crop = replace(hand.crop, mask=np.full_like(hand.crop.mask, 255))
        return Estimate(frame, (replace(hand, id=self.id, crop=crop),), {"total": 1.0})


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
