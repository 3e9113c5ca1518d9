"""Calibration: what is too narrow is widened to what the truths say."""

import numpy as np
import pytest

from handorient.propel.calibration import Calibration
from handorient.training.calibrate import fit_calibration, region_mass


def overconfident(factor: float, count: int = 1500) -> tuple[np.ndarray, ...]:
    """Mixtures whose spreads are ``factor`` of what they should be, and truths of the right ones."""
    rng = np.random.default_rng(0)
    mean = rng.uniform(-1, 1, (count, 2, 2))
    std = np.radians(rng.uniform(4, 10, (count, 2, 2)))
    chosen = rng.integers(0, 2, count)
    rows = np.arange(count)
    truth = rng.normal(mean[rows, chosen], std[rows, chosen])
    return np.full((count, 2), 0.5), mean, factor * std, truth


def test_a_calibrated_network_is_left_alone() -> None:
    calibration = fit_calibration(*overconfident(1.0))
    np.testing.assert_allclose(calibration.scale, 1, atol=0.1)
    assert max(calibration.floor_deg) < 2.5


def test_spreads_too_narrow_by_a_third_are_widened_by_half() -> None:
    weights, mean, std, truth = overconfident(2 / 3)
    calibration = fit_calibration(weights, mean, std, truth)
    widened = calibration.spread(std)
    np.testing.assert_allclose(np.median(widened / std), 1.5, atol=0.1)
    before, after = (region_mass(weights, mean, s, truth) for s in (std, widened))
    assert (before < 0.9).mean() < 0.78
    assert (after < 0.9).mean() == pytest.approx(0.9, abs=0.03)


def test_weights_too_sure_of_themselves_are_evened_out() -> None:
    weights, mean, std, truth = overconfident(1.0)
    rng = np.random.default_rng(1)
    claimed = np.where(rng.uniform(size=(len(weights), 1)) < 0.5, [[0.99, 0.01]], [[0.01, 0.99]])
    calibration = fit_calibration(claimed, mean, std, truth)
    assert calibration.sharpness < 0.2  # the truth is a coin toss, whatever the weights claim


def test_shares_that_were_chosen_stay_as_they_are() -> None:
    weights, mean, std, truth = overconfident(2 / 3)
    weights = np.where([True, False], 0.9, 0.1 + 0 * weights)
    calibration = fit_calibration(weights, mean, std, truth, mixtures=2)
    assert calibration.sharpness == pytest.approx(1)
    assert min(calibration.scale) > 1.2
    np.testing.assert_allclose(Calibration(sharpness=3).weigh(weights, mixtures=2), weights)


def test_weights_are_sharpened_within_each_mixture() -> None:
    weights = np.array([0.98 * 0.75, 0.98 * 0.25, 0.02 * 0.5, 0.02 * 0.5, 0.0, 0.0])
    sharpened = Calibration(sharpness=2).weigh(weights, mixtures=3)
    np.testing.assert_allclose(sharpened, [0.98 * 0.9, 0.98 * 0.1, 0.01, 0.01, 0, 0])
