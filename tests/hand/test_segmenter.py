"""The segmenter: hands of known silhouettes cut out, and how two masks are compared."""

import numpy as np
import pytest

from handorient.hand.crop import WINDOW_PX, Window
from handorient.hand.landmarks import Landmarks
from handorient.hand.segmenter import cut_at_wrist, overlap, segment
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

WIDTH, HEIGHT = 480, 360


@pytest.mark.parametrize("tone", [(0.85, 0.66, 0.57), (0.30, 0.20, 0.16)])
def test_the_segmenter_finds_the_hand_finger_by_finger(tone):
    person = Person.average()
    object.__setattr__(person, "tone", np.array(tone))
    hand = HandScene(person, Pose.open())
    view = View(0.0, 0.0, distance_mm=420)
    backdrop = np.full((HEIGHT, WIDTH, 3), (70, 110, 130), np.uint8)
    picture = hand.render(view, Light.studio(), backdrop)
    landmarks = hand.landmarks(view, WIDTH, HEIGHT)
    window = Window.around(landmarks)
    points = landmarks.mapped(window.affine).points_px
    found = segment(window.cut(picture.rgb), points)
    exact = window.cut(np.repeat(picture.mask[..., None], 3, 2).astype(np.uint8) * 255)[..., 0]
    assert overlap(found, cut_at_wrist(exact, points)) > 0.93
    # A row through the fingers' middle joints crosses four separate fingers.
    row = found[int(points[[7, 11, 15], 1].mean())] >= 128
    assert (np.diff(row.astype(int)) == 1).sum() >= 3


def test_landmarks_outside_the_frame_are_no_reason_to_fail():
    points = np.random.default_rng(0).uniform(-400, -100, (21, 2))
    landmarks = Landmarks(points, "right")
    window = Window.around(landmarks)
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask = segment(window.cut(black), landmarks.mapped(window.affine).points_px)
    assert mask.shape == (WINDOW_PX, WINDOW_PX)


def test_the_overlap_is_what_both_masks_have_of_what_either_has():
    first, second = np.zeros((2, 40, 40), np.uint8)
    assert overlap(first, second) == 0
    first[:, :30], second[:, 10:] = 255, 255
    assert overlap(first, second) == pytest.approx(20 / 40)
