"""Hands before faces and other hands: what is behind changes, the hand does not but for its very edge."""

import mediapipe
import numpy as np
import pytest

from handorient.training import pasting
from handorient.training.pasting import Backdrops, render_faces

SIDE = 160
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
DISC = np.uint8(255) * (np.hypot(ROWS - 80, COLUMNS - 80) < 40)
INNER, OUTER = (np.hypot(ROWS - 80, COLUMNS - 80) < 36), (np.hypot(ROWS - 80, COLUMNS - 80) > 44)


def window(colour: tuple[int, int, int], behind: int) -> np.ndarray:
    """A disc of one colour before another."""
    rgb = np.where(DISC[..., None] > 0, np.uint8(colour), np.uint8(behind))
    return np.dstack([rgb, DISC])


@pytest.fixture
def backdrops() -> Backdrops:
    """Grey faces; of two hands the first may be pasted before, the second, blue, may not."""
    hands = np.stack([window((60, 60, 60), 0), np.full((SIDE, SIDE, 4), (0, 0, 255, 255), np.uint8)])
    return Backdrops(np.full((3, SIDE, SIDE, 3), 100, np.uint8), hands, np.array([0]))


def test_the_hand_stays_and_some_of_what_is_behind_changes(backdrops: Backdrops) -> None:
    rng, hand = np.random.default_rng(0), window((200, 150, 120), 30)
    pasted = [backdrops.paste(hand, rng) for _ in range(400)]
    for one in pasted:
        assert (one[INNER, 3] == 255).all() and not one[OUTER, 3].any()
        np.testing.assert_array_equal(one[INNER, :3], hand[INNER, :3])
        assert (one[OUTER, 2] <= one[OUTER, 0]).all()  # nothing is blue
    changed = np.mean([(one[OUTER] != hand[OUTER]).any() for one in pasted])
    assert changed == pytest.approx(pasting.FACES + pasting.HANDS, abs=0.07)


def test_most_faces_get_about_the_colour_of_the_hand(
    backdrops: Backdrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pasting, "FACES", 1.0)
    rng, hand = np.random.default_rng(0), window((200, 150, 120), 30)
    behind = np.array([backdrops.paste(hand, rng)[5, 5, :3] for _ in range(400)], float)
    grey = (behind == 100).all(1)
    assert grey.mean() == pytest.approx(1 - pasting.OWN_COLOUR, abs=0.07)
    np.testing.assert_allclose(np.median(behind[~grey], axis=0), (200, 150, 120), atol=12)


def test_nothing_of_the_old_background_is_left_at_the_edge(
    backdrops: Backdrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pasting, "FACES", 1.0)
    monkeypatch.setattr(pasting, "OWN_COLOUR", 0.0)
    hand = window((100, 100, 100), 255)
    pasted = [backdrops.paste(hand, np.random.default_rng(seed)) for seed in range(5)]
    assert all(one[..., :3].max() <= 101 for one in pasted)


def test_the_mask_is_of_what_is_left_of_the_hand(
    backdrops: Backdrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pasting, "FACES", 1.0)
    monkeypatch.setattr(pasting, "OWN_COLOUR", 0.0)
    for seed in range(5):
        one = backdrops.paste(window((200, 200, 200), 100), np.random.default_rng(seed))
        np.testing.assert_array_equal(one[..., 3] == 255, one[..., 0] >= 150)


def test_a_black_hand_and_a_black_face_are_pasted_as_well(backdrops: Backdrops) -> None:
    dark = Backdrops(np.zeros_like(backdrops.faces), backdrops.hands, backdrops.rows)
    rng = np.random.default_rng(0)
    pasted = [dark.paste(window((0, 0, 0), 0), rng) for _ in range(50)]
    assert all(one[..., :3].max() <= 60 for one in pasted)


def test_faces_are_in_the_middle_and_the_same_from_the_same_seed() -> None:
    faces = render_faces(6, SIDE, seed=2)
    np.testing.assert_array_equal(render_faces(2, SIDE, seed=2), faces[:2])
    assert (render_faces(1, SIDE, seed=3)[0] != faces[0]).any()
    with mediapipe.solutions.face_detection.FaceDetection(min_detection_confidence=0.3) as detector:
        found = [detector.process(face).detections for face in faces]
    boxes = [one[0].location_data.relative_bounding_box for one in found if one]
    assert len(boxes) >= 4
    for box in boxes:
        assert 0.3 < box.xmin + box.width / 2 < 0.7 and 0.3 < box.ymin + box.height / 2 < 0.75
