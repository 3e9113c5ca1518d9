"""Forests answer with whole posteriors, and experts help where one forest has to compromise."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from handorient.experiments.forests import (
    GRID,
    KERNEL_DEG,
    Forest,
    Growth,
    Marginalized,
    SingleForests,
    best_weights,
    fit_mtr,
    fit_spore,
)

Floats = NDArray[np.float64]
GROWTH = Growth(depth=10, leaf=5, trees=20)
Fit = Callable[[Floats, Floats], Marginalized | SingleForests]
METHODS: dict[str, Fit] = {
    "SL-RF": lambda features, angles: SingleForests(features, angles, GROWTH),
    "ML-RF MtR": lambda features, angles: fit_mtr(features, angles, GROWTH),
    "SPORE": lambda features, angles: fit_spore(features, angles, GROWTH),
}


def directions(count: int, seed: int) -> Floats:
    """(count, 2) deg, even over a disc."""
    rng = np.random.default_rng(seed)
    reach, turn = 40 * np.sqrt(rng.uniform(size=count)), rng.uniform(0, 2 * np.pi, count)
    return np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)


def clear(angles: Floats) -> Floats:
    """Features (N, 12) that tell everything."""
    turns = np.linspace(0, np.pi, 12, endpoint=False)
    return angles @ np.stack([np.cos(turns), np.sin(turns)])


def ambiguous(angles: Floats) -> Floats:
    """Features (N, 12) that are the same for (azimuth, elevation) and (-azimuth, -elevation)."""
    return np.abs(clear(angles))


@pytest.mark.parametrize("name", METHODS)
def test_a_posterior_is_a_distribution_over_the_grid(name: str) -> None:
    angles = directions(300, 1)
    posterior = METHODS[name](ambiguous(angles), angles).posterior(ambiguous(directions(7, 2)))
    assert posterior.shape == (7, GRID.cells, GRID.cells) and posterior.dtype == np.float32
    assert posterior.min() >= 0
    np.testing.assert_allclose(posterior.sum((1, 2)), 1, rtol=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_clear_features_are_read(name: str) -> None:
    angles, truth = directions(600, 1), directions(100, 2)
    posterior = METHODS[name](clear(angles), angles).posterior(clear(truth))
    error = np.abs(GRID.point_deg(posterior) - truth).mean()
    assert error < 4  # knowing nothing costs 17
    assert GRID.log_density(posterior, truth).mean() > 1


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_grows_the_same_forests(name: str) -> None:
    angles, seen = directions(200, 1), clear(directions(5, 2))
    one, other = (METHODS[name](clear(angles), angles).posterior(seen) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_another_seed_grows_another_forest() -> None:
    angles, seen = directions(200, 1), clear(directions(5, 2))
    one, other = (
        Forest(clear(angles), angles, replace(GROWTH, seed=seed)).posterior(seen) for seed in (1, 2)
    )
    assert np.abs(one - other).max() > 1e-4


@pytest.mark.parametrize("name", ["ML-RF MtR", "SPORE"])
def test_two_mirrored_truths_are_two_hypotheses(name: str) -> None:
    angles = directions(1000, 2)
    truth = np.array([[25.0, 15.0], [-10.0, 30.0]])
    posterior = METHODS[name](ambiguous(angles), angles).posterior(ambiguous(truth))
    at = GRID.values(posterior, np.stack([truth, -truth, np.zeros_like(truth)], 1))
    assert (at[:, :2].min(1) > 5 * at[:, 2]).all()
    assert (at[:, :2].max(1) < 3 * at[:, :2].min(1)).all()


def test_forests_for_single_angles_think_of_four_where_there_are_two() -> None:
    angles, truth = directions(1000, 1), np.array([[25.0, 25.0]])
    posterior = SingleForests(ambiguous(angles), angles, GROWTH).posterior(ambiguous(truth))
    real, imagined = GRID.values(posterior, np.array([[[25.0, 25.0], [25.0, -25.0]]]))[0]
    assert imagined > 0.3 * real


def test_spore_answers_more_often_right_than_a_coin_toss_where_a_hint_breaks_the_tie() -> None:
    def hinted(of: Floats, seed: int) -> Floats:
        hint = np.sign(of[:, :1]) + np.random.default_rng(seed).normal(0, 0.5, (len(of), 1))
        return np.hstack([ambiguous(of), np.repeat(hint, 3, 1)])

    angles, truth = directions(800, 1), directions(200, 2)
    truth = truth[np.abs(truth[:, 0]) > 10]
    model = fit_spore(hinted(angles, 3), angles, GROWTH)
    point = GRID.point_deg(model.posterior(hinted(truth, 4)))
    nearer = np.linalg.norm(point - truth, axis=1) < np.linalg.norm(point + truth, axis=1)
    assert nearer.mean() > 0.85


def test_spores_experts_follow_each_other_until_nothing_is_missed() -> None:
    angles = directions(300, 1)
    assert len(fit_spore(ambiguous(angles), angles, GROWTH).experts) == 5
    still = np.full((60, 2), 10.0)
    assert len(fit_spore(clear(still), still, GROWTH).experts) == 1


def test_mtr_trusts_the_expert_for_where_the_hand_faces() -> None:
    angles = directions(800, 1)
    model = fit_mtr(clear(angles), angles, GROWTH)
    frontal, right, left, up, down = model.weights(clear(np.array([[30.0, 1.0]])))[0]
    assert right > 4 * left and right > frontal
    assert model.weights(clear(angles)).sum(1) == pytest.approx(1)
    frontal, right, left, up, down = model.weights(clear(np.array([[1.0, -30.0]])))[0]
    assert down > 4 * up and down > frontal


def test_best_weights_go_to_the_experts_that_know_the_truth() -> None:
    likelihoods = np.array([[[0.0, 0.0], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    weights = best_weights(likelihoods, [0.5, 0.5])
    np.testing.assert_allclose(weights, [[0, 1], [0.5, 0.5], [0.5, 0.5]], atol=1e-6)


def test_best_weights_have_the_least_divergence() -> None:
    rng = np.random.default_rng(0)
    likelihoods, shares = rng.uniform(0.1, 2, (1, 2, 5)), rng.dirichlet(np.ones(5))

    def divergence(first: float) -> float:
        return -float(shares @ np.log(first * likelihoods[0, 0] + (1 - first) * likelihoods[0, 1]))

    every = np.linspace(0, 1, 1001)
    least = every[np.argmin([divergence(w) for w in every])]
    assert divergence(best_weights(likelihoods, shares)[0, 0]) == pytest.approx(divergence(least), abs=1e-3)


def test_a_leaf_holds_its_samples_as_gaussians() -> None:
    still = np.tile([[12.3, -7.7]], (60, 1))
    posterior = Forest(np.zeros((60, 3)), still, GROWTH).posterior(np.zeros((1, 3)))
    np.testing.assert_allclose(GRID.point_deg(posterior), still[:1], atol=0.1)
    at = GRID.values(posterior, still[:1, None] + [[[0.0, 0.0], [KERNEL_DEG, 0.0], [0.0, 2 * KERNEL_DEG]]])[0]
    np.testing.assert_allclose(at[1:] / at[0], np.exp([-0.5, -2]), atol=0.05)


def test_angles_off_the_grid_cannot_be_learned() -> None:
    with pytest.raises(ValueError, match="within -50"):
        Forest(np.zeros((10, 3)), np.full((10, 2), 60.0), GROWTH)
