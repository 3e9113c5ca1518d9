"""How far training may disturb what a network sees."""

import numpy as np
import pytest

from handorient.hand.landmarks import GEOMETRY, GUESS
from handorient.training.disturb import (
    GUESS_MISSING,
    LANDMARK_NOISE,
    SHIFT,
    disturbed,
    disturbed_head,
    disturbed_numbers,
)

#: What the median of a noisy picture may be off by, of 255.
NOISE = 3


def blob(side: int = 128) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(np.hypot(x, y) < side / 4, 255, 0).astype(np.uint8)


def test_a_disturbed_silhouette_moves_and_grows_only_a_little() -> None:
    rng, picture = np.random.default_rng(0), blob()
    areas, centres = [], []
    for _ in range(200):
        result = disturbed(picture, rng) / 255
        areas.append(result.sum() / (picture / 255).sum())
        y, x = np.mgrid[:128, :128]
        centres.append([(result * x).sum() / result.sum() - 63.5, (result * y).sum() / result.sum() - 63.5])
    assert 0.8 < min(areas) < 0.97
    assert 1.03 < max(areas) < 1.25
    assert 1.5 < np.abs(centres).max() < SHIFT * 128 + 1


def test_disturbing_leaves_the_dataset_alone() -> None:
    rng, picture = np.random.default_rng(0), blob()
    for _ in range(50):
        disturbed(picture, rng)
    np.testing.assert_array_equal(picture, blob())


def test_colours_stay_on_white_whatever_the_light() -> None:
    rng = np.random.default_rng(0)
    picture = np.where(blob()[..., None] > 0, np.array([200, 120, 40]), 255).astype(np.uint8)
    brightness, grey, outside = [], 0, []
    for _ in range(100):
        result = disturbed(picture, rng)
        assert (result[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
        outside.append((result[blob() == 0] == 255).mean())
        red, green, blue = (float(np.median(channel[blob() > 0])) for channel in np.moveaxis(result, -1, 0))
        assert red >= green - NOISE and green >= blue - NOISE
        grey += abs(red - blue) <= NOISE
        brightness.append(green)
    assert np.ptp(brightness) > 80
    assert 10 < grey < 40
    assert np.median(outside) > 0.9


def test_a_picture_of_nothing_stays_white() -> None:
    rng = np.random.default_rng(0)
    nothing = np.full((64, 64, 3), 255, np.uint8)
    assert all((disturbed(nothing, rng) == 255).all() for _ in range(50))


def test_landmarks_stay_and_only_the_guess_of_depth_is_bent_or_left_out() -> None:
    rng = np.random.default_rng(0)
    numbers = np.tile(rng.normal(0, 1, GEOMETRY).astype(np.float32), (400, 1))
    result = disturbed_numbers(numbers, rng)
    rest = np.delete(np.arange(GEOMETRY), GUESS)
    noise = (result - numbers)[:, rest]
    assert noise.std() == pytest.approx(LANDMARK_NOISE, rel=0.05) and np.abs(noise).max() < 6 * LANDMARK_NOISE
    missing = (result[:, GUESS] == 0).all(1)
    assert missing.mean() == pytest.approx(GUESS_MISSING, abs=0.06)
    guess, bent = (
        a[0 if a is numbers else ~missing][..., GUESS].reshape(-1, 21, 3) for a in (numbers, result)
    )
    away = bent - guess
    assert 0.1 < away.std() < 0.6 and abs(away.mean()) < 0.05
    # A linear map has no more than three directions to bend points in.
    explained = np.linalg.lstsq(guess[0], away[0], rcond=None)[0]
    assert (guess[0] @ explained - away[0]).std() < 1.5 * LANDMARK_NOISE < away[0].std() / 2


def test_an_empty_silhouette_is_no_accident() -> None:
    rng = np.random.default_rng(0)
    assert all(not disturbed(np.zeros((32, 32), np.uint8), rng).any() for _ in range(50))


def test_a_disturbed_head_is_not_turned_and_has_no_white_border() -> None:
    rng = np.random.default_rng(0)
    picture = np.full((50, 50, 3), 120, np.uint8)
    picture[25:] = 60
    for _ in range(100):
        result = disturbed_head(picture, rng).astype(float).mean(2)
        assert result.max() < 240
        middle = (result[:12].mean() + result[-12:].mean()) / 2
        edge = (result > middle).sum(0)  # how far down each column is bright
        assert abs(edge[:10].mean() - edge[-10:].mean()) < 1.0, "a turn of 6 degrees is one of 4 pixels"
