"""The mixture: every number it gives against numeric truth, and its modes against the density's own peaks."""

import dataclasses
import math

import numpy as np
import pytest

from handorient.mixture import GaussianMixture, climb, densest, region_levels

from .draws import draws

AXIS = np.linspace(-2.5, 2.5, 501)
CELL = AXIS[1] - AXIS[0]


def random_mixture(seed: int, components: int = 4, n: int = 2) -> GaussianMixture:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(components)) if seed % 2 else np.full(components, 1 / components)
    weights = 0.06 + (1 - 0.06 * components) * weights  # enough for each to be a hypothesis
    shape = (components, n)
    return GaussianMixture(weights, rng.uniform(-1, 1, shape), rng.uniform(0.08, 0.35, shape))


def mixture(*components: tuple[float, list[float], list[float]]) -> GaussianMixture:
    weights, mean, std = zip(*components, strict=True)
    return GaussianMixture(np.array(weights), np.array(mean), np.array(std))


def peaks(density: np.ndarray) -> np.ndarray:
    """Points (P, 2) where a density on AXIS x AXIS exceeds its eight neighbours."""
    inner, size = density[1:-1, 1:-1], len(AXIS)
    higher = [
        inner > density[1 + i : size - 1 + i, 1 + j : size - 1 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    return AXIS[np.argwhere(np.all(higher, axis=0)) + 1]


def shifted(m: GaussianMixture, x: np.ndarray, times: int = 1000) -> np.ndarray:
    """Points (P, n) after plain mean shift: tells a peak from a thin ridge that the grid breaks up."""
    for _ in range(times):
        each = m.weights * np.prod(np.exp(-0.5 * ((x[:, None] - m.mean) / m.std) ** 2) / m.std, -1)
        pull = (each / each.sum(-1, keepdims=True))[..., None] / m.std**2
        x = (pull * m.mean).sum(1) / pull.sum(1)
    return x


@pytest.mark.parametrize("n", [1, 2, 3])
def test_density_is_the_weighted_sum_of_its_gaussians(n: int) -> None:
    m = random_mixture(1, n=n)
    points = np.random.default_rng(5).uniform(-1, 1, (6, 7, n))
    expected = sum(
        w * np.prod(np.exp(-0.5 * ((points - mu) / sd) ** 2) / (sd * math.sqrt(2 * math.pi)), -1)
        for w, mu, sd in zip(m.weights, m.mean, m.std, strict=True)
    )
    np.testing.assert_allclose(m.log_prob(points), np.log(expected))


def test_log_prob_stays_finite_where_the_density_underflows() -> None:
    m = mixture((0.5, [0, 0], [0.1, 0.1]), (0.5, [1, 0], [0.1, 0.1]))
    assert np.exp(m.log_prob([0, 100])) == 0
    assert m.log_prob([0, 100]) == pytest.approx(-0.5e6, rel=1e-3)


def test_grid_is_the_density_at_every_pair_of_angles_and_integrates_to_one() -> None:
    m = random_mixture(3)
    azimuths, elevations = AXIS[::5], AXIS[::7]
    points = np.stack(np.meshgrid(azimuths, elevations, indexing="ij"), -1)
    np.testing.assert_allclose(m.grid(azimuths, elevations), np.exp(m.log_prob(points)), rtol=1e-10)
    assert m.grid(AXIS, AXIS).sum() * CELL**2 == pytest.approx(1, abs=1e-6)


def test_grid_needs_an_axis_for_each_dimension() -> None:
    with pytest.raises(ValueError, match="2 dimensions"):
        random_mixture(0).grid(AXIS)


@pytest.mark.parametrize("dimension", [0, 1])
def test_marginal_is_the_density_summed_over_the_other_angle(dimension: int) -> None:
    m = random_mixture(4)
    summed = m.grid(AXIS, AXIS).sum(1 - dimension) * CELL
    np.testing.assert_allclose(m.marginal(dimension, AXIS), summed, atol=1e-6)


def test_entropy_of_one_gaussian_is_exact() -> None:
    m = mixture((1.0, [0.2, -0.4], [0.1, 0.3]))
    assert m.entropy() == pytest.approx(math.log(2 * math.pi * math.e * 0.1 * 0.3), abs=1e-9)


def test_two_well_separated_modes_add_ln_two_of_entropy() -> None:
    one = mixture((1.0, [0, 0], [0.1, 0.1]))
    two = mixture((0.5, [-1, 0], [0.1, 0.1]), (0.5, [1, 0], [0.1, 0.1]))
    assert two.entropy() - one.entropy() == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_entropy_matches_numerical_integration(seed: int) -> None:
    m = random_mixture(seed)
    p = m.grid(AXIS, AXIS)
    assert m.entropy() == pytest.approx(-(p * np.log(np.maximum(p, 1e-300))).sum() * CELL**2, abs=0.02)


@pytest.mark.parametrize("seed", range(60))
def test_modes_are_the_peaks_that_a_valley_parts(seed: int) -> None:
    m = random_mixture(seed)
    truth = np.unique(shifted(m, peaks(m.grid(AXIS, AXIS))).round(2), axis=0)
    found = np.array([mode.mean for mode in m.modes()])
    away = np.abs(truth[:, None] - found).max(-1)
    assert (away.min(0) < 2 * CELL).all()
    for i, one in enumerate(found):
        assert all(valley(m, one, other) < 0.73 for other in found[:i])
    for peak in truth[away.min(1) >= 2 * CELL]:
        assert max(valley(m, peak, other) for other in truth if (other != peak).any()) > 0.69


def valley(m: GaussianMixture, a: np.ndarray, b: np.ndarray) -> float:
    """The least density between two peaks, as a share of the lower one."""
    way = np.exp(m.log_prob(a + np.linspace(0, 1, 200)[:, None] * (b - a)))
    return float(way.min() / min(way[0], way[-1]))


@pytest.mark.parametrize("seed", range(20))
def test_mode_weights_are_shares_heaviest_first(seed: int) -> None:
    m = random_mixture(seed)
    weights = [mode.weight for mode in m.modes()]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1)


def test_a_hill_that_nobody_would_bet_on_is_no_mode() -> None:
    m = mixture((0.94, [0, 0], [0.1, 0.1]), (0.06, [1, 1], [0.1, 0.1]))
    assert len(m.modes()) == 2
    m = mixture((0.96, [0, 0], [0.1, 0.1]), (0.04, [1, 1], [0.01, 0.01]))
    (mode,) = m.modes()
    assert mode.weight == pytest.approx(0.96)
    np.testing.assert_array_equal(densest(m.modes()).mean, mode.mean)


def test_the_heaviest_of_many_small_hills_is_always_a_mode() -> None:
    places = [(x, y) for x in range(5) for y in range(5)]
    assert mixture(*((0.04, place, [0.05, 0.05]) for place in places)).modes()


@pytest.mark.parametrize("seed", range(20))
def test_best_is_where_the_density_is_highest(seed: int) -> None:
    m = random_mixture(seed)
    best = densest(m.modes())
    assert math.exp(best.log_density) >= m.grid(AXIS, AXIS).max() * (1 - 1e-9)
    assert best.log_density == pytest.approx(float(m.log_prob(best.mean)))


def test_best_is_the_densest_mode_even_when_another_is_heavier() -> None:
    m = mixture((0.6, [-1, 0], [0.4, 0.4]), (0.4, [1, 0], [0.1, 0.1]))
    np.testing.assert_allclose(m.modes()[0].mean, [-1, 0], atol=1e-3)
    np.testing.assert_allclose(densest(m.modes()).mean, [1, 0], atol=1e-3)


def test_mirrored_hypotheses_stay_two_modes() -> None:
    m = mixture((0.5, [0.4, 0.2], [0.1, 0.1]), (0.5, [-0.4, -0.2], [0.1, 0.1]))
    found = sorted(mode.mean.tolist() for mode in m.modes())
    np.testing.assert_allclose(found, [[-0.4, -0.2], [0.4, 0.2]], atol=1e-3)


def test_equal_gaussians_are_two_modes_only_where_the_density_falls_by_30_percent_between_them() -> None:
    close, apart = (
        mixture((0.5, [-half, 0], [0.1, 0.1]), (0.5, [half, 0], [0.1, 0.1])) for half in (0.140, 0.150)
    )
    assert len(close.modes()) == 1
    assert len(apart.modes()) == 2


def test_a_hill_between_two_modes_joins_the_nearer_not_the_denser() -> None:
    m = mixture((0.40, [0, 0], [0.1, 0.1]), (0.33, [0.29, 0], [0.1, 0.1]), (0.27, [0.29, 0.24], [0.1, 0.1]))
    heavy, dense = m.modes()
    assert heavy.weight == pytest.approx(0.60)
    np.testing.assert_allclose(heavy.mean, [0.29, 0.21], atol=0.02)
    np.testing.assert_allclose(dense.mean, [0, 0], atol=0.02)


def test_identical_components_are_one_mode_with_their_spread() -> None:
    (mode,) = mixture(*[(0.25, [0.3, -0.2], [0.1, 0.2])] * 4).modes()
    assert mode.weight == pytest.approx(1)
    np.testing.assert_allclose(mode.mean, [0.3, -0.2], atol=1e-9)
    np.testing.assert_allclose(mode.std, [0.1, 0.2], atol=1e-9)


def test_a_shoulder_merges_and_widens_the_mode() -> None:
    (mode,) = mixture((0.9, [0, 0], [0.1, 0.1]), (0.1, [0.2, 0.1], [0.15, 0.15])).modes()
    assert mode.weight == pytest.approx(1)
    away = np.array([[0, 0], [0.2, 0.1]]) - mode.mean
    expected = 0.9 * (0.1**2 + away[0] ** 2) + 0.1 * (0.15**2 + away[1] ** 2)
    np.testing.assert_allclose(np.square(mode.std), expected)


def test_a_component_centred_on_a_saddle_is_no_mode_of_its_own() -> None:
    m = mixture((0.45, [-0.2, 0], [0.1, 0.1]), (0.1, [0, 0], [0.1, 0.1]), (0.45, [0.2, 0], [0.1, 0.1]))
    found = sorted(mode.mean[0] for mode in m.modes())
    assert len(found) == 2
    assert found[0] == pytest.approx(-found[1], abs=1e-6)
    _, _, (owner,) = climb(m.weights[None], m.mean[None], m.std[None])
    assert len(set(owner)) == 2, "where it climbs from is uphill of the saddle"


@pytest.mark.parametrize(
    "m",
    [
        # Where a Newton step is too long for what the slope says, it lands on another component's hill.
        mixture(
            (0.02, [-0.26, -1.15], [0.66, 0.37]),
            (0.75, [-0.02, 0.38], [0.15, 0.94]),
            (0.23, [0.31, 0.23], [0.05, 0.27]),
        ),
        # Where it leads downhill, it goes to and fro for ever, a long way below the maximum.
        mixture(
            (0.07, [-0.33, -0.55], [0.22, 0.25]),
            (0.06, [0.58, -0.66], [0.42, 0.05]),
            (0.87, [0.51, -0.48], [0.1, 0.75]),
        ),
    ],
)
def test_climbing_is_only_faster_than_plain_mean_shift(m: GaussianMixture) -> None:
    (position,), (height,), _ = climb(m.weights[None], m.mean[None], m.std[None])
    np.testing.assert_allclose(position, shifted(m, m.mean), atol=1e-3)
    assert (height >= m.log_prob(m.mean)).all()


def test_a_component_without_weight_changes_no_mode() -> None:
    m = mixture((1.0, [0, 0], [0.1, 0.1]), (0.0, [1, 1], [0.1, 0.1]))
    (mode,) = m.modes()
    assert mode.weight == 1
    np.testing.assert_allclose(mode.mean, [0, 0], atol=1e-6)


def test_climbing_many_mixtures_at_once_is_climbing_each() -> None:
    many = [random_mixture(seed) for seed in range(30)]
    position, log_density, owner = climb(
        *(np.stack([getattr(m, k) for m in many]) for k in ("weights", "mean", "std"))
    )
    for i, m in enumerate(many):
        alone = climb(m.weights[None], m.mean[None], m.std[None])
        np.testing.assert_allclose(position[i], alone[0][0], atol=1e-6)
        np.testing.assert_allclose(log_density[i], alone[1][0])
        np.testing.assert_array_equal(owner[i], alone[2][0])


def test_nothing_of_a_mixture_can_be_changed() -> None:
    weights = np.array([1.0])
    m = GaussianMixture(weights, [[0.0, 0.0]], [[0.1, 0.1]])
    weights[0] = 0.5
    assert m.weights[0] == 1.0
    for value in (m.weights, m.mean, m.std, densest(m.modes()).mean, densest(m.modes()).std):
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        m.mean = m.std  # type: ignore[misc]


@pytest.mark.parametrize(
    ("weights", "mean", "std", "named"),
    [
        ([1.0], [0.0, 0.0], [0.1, 0.1], "mean"),
        ([0.5, 0.5], [[0.0, 0.0]], [[0.1, 0.1]], "weights"),
        ([1.0], [[0.0, 0.0]], [[0.1]], "std"),
        ([1.0], [[0.0, 0.0]], [[0.1, 0.0]], "std"),
        ([1.0], [[0.0, 0.0]], [[0.1, math.inf]], "std"),
        ([1.0], [[0.0, math.nan]], [[0.1, 0.1]], "mean"),
        ([0.5], [[0.0, 0.0]], [[0.1, 0.1]], "weights"),
        ([1.5, -0.5], [[0.0], [0.0]], [[0.1], [0.1]], "weights"),
    ],
)
def test_what_is_no_mixture_is_refused(weights: list, mean: list, std: list, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        GaussianMixture(weights, mean, std)


@pytest.mark.parametrize("points", [0.0, [0.0], [[0.0, 0.0, 0.0]]])
def test_points_of_another_dimension_are_refused(points: list) -> None:
    with pytest.raises(ValueError, match="points"):
        mixture((1.0, [0.0, 0.0], [0.1, 0.1])).log_prob(points)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_region_of_highest_density_holds_its_share_and_is_the_smallest_that_does(share):
    two = mixture((0.7, [0.8, 0.0], [0.2, 0.3]), (0.3, [-0.8, 0.5], [0.3, 0.2]))
    level = float(region_levels(two.grid(AXIS, AXIS), [share])[0])
    drawn = draws(two, np.random.default_rng(0), 40000)
    assert (two.log_prob(drawn) > np.log(level)).mean() == pytest.approx(share, abs=0.01)


def test_the_region_of_one_gaussian_ends_where_theory_says():
    one = mixture((1.0, [0.0, 0.0], [0.3, 0.3]))
    levels = region_levels(one.grid(AXIS, AXIS), [0.5, 0.9])
    peak = float(np.exp(one.log_prob([0.0, 0.0])))
    assert levels / peak == pytest.approx([0.5, 0.1], rel=0.02)  # in two dimensions, 1 - share
