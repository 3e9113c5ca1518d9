"""The segmenter: hands of known silhouettes cut out, and how two masks are compared."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.hand.crop import WINDOW_PX, Window
from handorient.hand.landmarks import Landmarks, mapped
from handorient.hand.mask_net import EVIDENCE, MaskNet, load_mask_net, save_mask_net
from handorient.hand.segmenter import EVIDENCE_LIMIT, Segmenter, evidence
from handorient.hand.shape import cut_at_wrist, overlap, wrist_cut
from handorient.resources import WEIGHTS
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

WIDTH, HEIGHT = 480, 360


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load()


def seen(tone: tuple[float, float, float], wall: tuple[int, int, int]):
    """An open hand of a colour, 0 to 1, before a plain wall, 0 to 255: window, landmarks, exact mask."""
    hand = HandScene(replace(Person.average(), tone=np.array(tone)), Pose.open())
    view = View(0.0, 0.0, distance_mm=420)
    backdrop = np.full((HEIGHT, WIDTH, 3), wall, np.uint8)
    picture = hand.render(view, Light.studio(), backdrop)
    landmarks = hand.landmarks(view, WIDTH, HEIGHT)
    window = Window.around(landmarks)
    points = mapped(landmarks.points_px, window.affine)
    exact = cut_at_wrist(window.cut(np.uint8(255) * picture.mask), points)
    return window.cut(picture.rgb), points, exact


@pytest.mark.parametrize(
    ("tone", "wall", "least"),
    [
        ((0.85, 0.66, 0.57), (70, 110, 130), 0.95),
        ((0.30, 0.20, 0.16), (70, 110, 130), 0.95),
        ((0.80, 0.60, 0.50), (196, 148, 124), 0.90),  # the wall has the hand's own colour
    ],
)
def test_the_segmenter_finds_the_hand_finger_by_finger(segmenter, tone, wall, least):
    pixels, points, exact = seen(tone, wall)
    found = segmenter.mask(pixels, points)
    assert overlap(found, exact) > least
    # A row through the fingers' middle joints crosses four separate fingers.
    row = found[int(points[[7, 11, 15], 1].mean())] >= 128
    assert (np.diff(row.astype(int)) == 1).sum() >= 3


def test_shape_and_colour_each_tell_the_hand_from_the_wall():
    pixels, points, exact = seen((0.85, 0.66, 0.57), (70, 110, 130))
    known = evidence(pixels, points)
    assert known.shape == (EVIDENCE, WINDOW_PX, WINDOW_PX) and np.abs(known).max() <= EVIDENCE_LIMIT
    above = cut_at_wrist(np.full_like(exact, 255), points) > 0
    hand = exact >= 128
    for channel, sign in ((0, -1), (1, 1)):
        by_it = np.where(sign * known[channel] > 0, 255, 0).astype(np.uint8) * above
        assert overlap(by_it.astype(np.uint8), exact) > 0.8
    assert np.abs(known[2:, hand].mean(1)).max() < 0.5 < np.abs(known[2:, above & ~hand].mean(1)).max()


def test_a_piece_that_does_not_reach_the_hand_is_none_of_it():
    """Such as another hand, however sure the network is of it."""
    pixels, points, exact = seen((0.85, 0.66, 0.57), (70, 110, 130))
    logit = np.where(exact >= 128, 9.0, -9.0).astype(np.float32)
    logit[4:20, 4:20] = 9.0
    found = Segmenter(lambda known: torch.from_numpy(logit)[None, None]).mask(pixels, points)
    assert exact[:24, :24].max() == 0 and found[:24, :24].max() == 0
    assert overlap(found, exact) > 0.95


def test_the_forearm_teaches_the_background_nothing():
    pixels, points, _ = seen((0.85, 0.66, 0.57), (70, 110, 130))
    known = evidence(pixels, points)
    below = (np.arange(WINDOW_PX)[:, None] >= wrist_cut(points)) & (known[0] > 0)
    assert below.sum() > 500
    sleeve = np.where(below[..., None], np.uint8([20, 160, 40]), pixels)
    np.testing.assert_array_equal(evidence(sleeve, points)[:, ~below], known[:, ~below])


def test_landmarks_outside_the_frame_are_no_reason_to_fail(segmenter):
    points = np.random.default_rng(0).uniform(-400, -100, (21, 2))
    crop = segmenter(np.zeros((HEIGHT, WIDTH, 3), np.uint8), Landmarks(points, "right"))
    assert crop.mask.shape == (WINDOW_PX, WINDOW_PX)


def test_a_segmenter_that_was_saved_comes_back(tmp_path):
    net = MaskNet()
    save_mask_net(tmp_path / "mask.safetensors", net, {"seed": 1})
    again = load_mask_net(tmp_path / "mask.safetensors")
    seen = torch.rand(1, EVIDENCE, 32, 32)
    torch.testing.assert_close(again(seen), net.eval()(seen))
    assert again(seen).shape == (1, 1, 32, 32)


def test_other_weights_are_no_segmenter(tmp_path):
    with pytest.raises(UserError, match="no weights at"):
        Segmenter.load(tmp_path / "none.safetensors")
    with pytest.raises(UserError, match="orientation network, and its segmenter is needed"):
        Segmenter.load(WEIGHTS / "hand-colour.safetensors")


def test_the_overlap_is_what_both_masks_have_of_what_either_has():
    first, second = np.zeros((2, 40, 40), np.uint8)
    assert overlap(first, second) == 0
    first[:, :30], second[:, 10:] = 255, 255
    assert overlap(first, second) == pytest.approx(20 / 40)
