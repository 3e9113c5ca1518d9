import json

import cv2
import numpy as np
import pytest

from handorient.analysis import analyze
from handorient.capture.images import Images
from handorient.capture.uri import open_source
from handorient.cli import make_pipeline, shipped_weights
from handorient.errors import UserError
from handorient.orientation import arrow
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose


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
    with make_pipeline(shipped_weights("silhouette"), still=True) as pipeline:
        summary = analyze(Images(photos), pipeline, out, masks=True)
    lines = [json.loads(line) for line in (out / "estimates.jsonl").read_text().splitlines()]
    return out, lines, summary


def test_every_frame_has_its_line_with_its_path(results, photos):
    _, lines, _ = results
    assert [line["frame"] for line in lines] == [0, 1, 2]
    assert [line["path"] for line in lines] == [str(photos / name) for name in ("a.png", "b.png", "c.png")]
    assert [len(line["hands"]) for line in lines] == [0, 1, 1]
    assert set(lines[0]["ms"]) == {"detect", "segment", "network", "total"}


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
    out, _, summary = results
    video = cv2.VideoCapture(str(out / "annotated.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (640, 480)
    count = 0
    while video.read()[0]:
        count += 1
    assert count == 3
    assert summary == json.loads((out / "summary.json").read_text())
    assert (summary["frames"], summary["frames_with_hand"]) == (3, 2)


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
    with make_pipeline(shipped_weights("silhouette"), still=True) as pipeline:
        with pytest.raises(UserError, match="caught fire"):
            analyze(Broken(tmp_path / "in"), pipeline, tmp_path / "new")
        assert not (tmp_path / "new").exists()
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "estimates.jsonl").write_text("precious\n")
        with pytest.raises(UserError):
            analyze(Broken(tmp_path / "in"), pipeline, tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["estimates.jsonl"]
    assert (tmp_path / "old" / "estimates.jsonl").read_text() == "precious\n"


def test_fingers_of_a_real_hand_are_cut_out_one_by_one(real):
    clip = open_source(str(real("video/dexretarget_human_hand_video.mp4")))
    with make_pipeline(shipped_weights("silhouette")) as pipeline, clip:
        for _ in range(12):
            frame = clip.read()
            assert frame is not None
            estimate = pipeline.process(frame)
    (hand,) = estimate.hands
    assert (hand.landmarks.handedness, hand.facing) == ("right", "palm")
    points = hand.landmarks.mapped(hand.crop.window.affine).points_px
    row = hand.crop.mask[int(points[[7, 11, 15], 1].mean())] >= 128
    assert (np.diff(row.astype(int)) == 1).sum() >= 3
