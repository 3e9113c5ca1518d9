"""The contour-distance function says what shape a hand has, and not where, how large or how rolled it is."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handorient.experiments.contour import LENGTH, contour_distances

SIDE = 256
CENTRE = np.array([128.0, 128.0])


def hand(roll_deg: float = 0.0, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> NDArray[np.uint8]:
    """A palm cut off straight at the wrist, four fingers above it and a thumb on the right."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    turn = cv2.getRotationMatrix2D((0, 0), roll_deg, scale)[:, :2]

    def place(points: list[tuple[float, float]]) -> NDArray[np.int32]:
        at = np.array(points) @ turn.T + CENTRE + shift
        return (at * 16).round().astype(np.int32)

    cv2.fillPoly(picture, [place([(-26, 70), (22, 70), (32, -8), (-32, -8)])], 255, cv2.LINE_AA, 4)
    fingers = [(-34, -45), (-14, -68), (8, -72), (28, -58)]
    for base, tip in zip([(-25, 0), (-9, -4), (8, -4), (24, 0)], fingers, strict=True):
        cv2.line(picture, *map(tuple, place([base, tip]).tolist()), 255, round(9 * scale), cv2.LINE_AA, 4)
    thumb = place([(15, 40), (58, 2)])
    cv2.line(picture, *map(tuple, thumb.tolist()), 255, round(14 * scale), cv2.LINE_AA, 4)
    return picture


def test_starts_at_the_wrist_and_counts_five_fingers() -> None:
    distances = contour_distances(hand())
    assert distances.shape == (LENGTH,) and distances.dtype == np.float32
    assert distances[0] == 0 and distances.max() == 1
    inner = distances[1:-1]
    tips = (inner > distances[:-2]) & (inner >= distances[2:]) & (inner > 0.5)
    # The outline is smooth to a pixel: tops nearer to each other than a finger is wide are one.
    assert (np.diff(np.flatnonzero(tips)) > 40).sum() + 1 == 5


def test_the_thumb_comes_first_going_counter_clockwise() -> None:
    distances = contour_distances(hand())
    mirrored = contour_distances(np.ascontiguousarray(hand()[:, ::-1]))
    np.testing.assert_allclose(mirrored[1:], distances[:0:-1], atol=0.06)
    assert distances[: LENGTH // 4].max() != pytest.approx(distances[-LENGTH // 4 :].max(), abs=0.05)


@pytest.mark.parametrize("roll_deg", [-140, -90, -33, -10, 7, 20, 45, 90, 180])
def test_roll_does_not_matter(roll_deg: float) -> None:
    assert np.abs(contour_distances(hand(roll_deg)) - contour_distances(hand())).mean() < 0.01


def test_neither_size_nor_place_matters() -> None:
    moved = contour_distances(hand(scale=0.6, shift=(30, -20)))
    assert np.abs(moved - contour_distances(hand())).mean() < 0.015


def test_another_shape_is_told_apart() -> None:
    narrow = cv2.resize(hand(), (SIDE // 2, SIDE))
    assert np.abs(contour_distances(narrow) - contour_distances(hand())).mean() > 0.03


def test_a_hand_that_the_picture_cuts_off_has_a_closed_outline() -> None:
    cut = hand()[:190]
    assert np.abs(contour_distances(cut) - contour_distances(np.pad(cut, 20))).max() < 0.01


def test_specks_beside_the_hand_are_ignored() -> None:
    specked = hand()
    specked[5:12, 5:12] = 255
    np.testing.assert_allclose(contour_distances(specked), contour_distances(hand()))


def test_an_empty_silhouette_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        contour_distances(np.zeros((64, 64), np.uint8))
