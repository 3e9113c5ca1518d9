"""The regressors before PROPEL: random forests on the contour-distance function, alone and marginalized.

From Asad and Slabaugh, "Learning marginalization through regression for hand orientation inference" (CVPRW
2016, ML-RF MtR) and "SPORE: Staged probabilistic regression for hand orientation inference" (CVIU 161, 2017).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.ensemble import RandomForestRegressor

from handorient.experiments.contour import contour_distances
from handorient.experiments.scores import Answers, grid_answers
from handorient.grid import Grid

Floats = NDArray[np.float32]

#: Where posteriors are given.
GRID = Grid(-50.0, 50.0, 50)
#: Standard deviation of the Gaussian that stands for each training sample in a leaf. Narrower ones bring a
#: little more likelihood, wider ones a posterior's maximum nearer to the truth: it turns into a mean.
KERNEL_DEG = 5.0
#: Standard deviation of the truth that weights are learned from.
TRUTH_DEG = 2.0
#: SPORE: how many experts, and the error from which on a sample is left to the next one.
STAGES, MISSED_DEG = 5, 6.0
#: MtR: up to here a hand is fronto-parallel.
FRONTAL_DEG = 15.0
_ITERATIONS = 50


@dataclass(frozen=True, slots=True)
class Growth:
    """How a forest grows.

    Attributes:
        depth, leaf: of at most which depth its trees are, and with at least how many samples in a leaf.
        trees: how many there are.
    """

    depth: int
    leaf: int
    trees: int = 100
    seed: int = 0

    def plant(self, features: NDArray[np.floating], targets: NDArray[np.floating]) -> RandomForestRegressor:
        """A forest that has learned ``targets`` (N,) or (N, k) from ``features`` (N, F)."""
        forest = RandomForestRegressor(
            self.trees,
            max_depth=self.depth,
            min_samples_leaf=self.leaf,
            max_features="sqrt",
            random_state=self.seed,
        )
        # A lone column must come as a vector, or scikit-learn warns.
        return forest.fit(features, targets.ravel() if targets.size == len(targets) else targets)


#: As the two papers grew them, each forest of 100 trees.
MTR_GROWTH = Growth(depth=15, leaf=5)
SPORE_GROWTH = Growth(depth=10, leaf=20)


class Forest:
    """A multivariate regression forest, whose leaves keep the angles of the samples that fall into them.

    All training samples count in a leaf, not only those that its tree was grown from: Meinshausen, "Quantile
    regression forests" (JMLR 7, 2006).

    Args:
        features: (N, F) to learn from.
        angles_deg: (N, 2), azimuth and elevation.
        growth: how it grows.
        angle: the one angle (0 or 1) that its splits are to tell apart; None for both.

    Raises:
        ValueError: if an angle lies off the grid.
    """

    def __init__(
        self, features: NDArray[np.floating], angles_deg: NDArray[np.floating], growth: Growth,
        angle: int | None = None,
    ) -> None:  # fmt: skip
        held, self._blur = _spread(angles_deg), _blur()
        self._trees = growth.plant(features, angles_deg if angle is None else angles_deg[:, angle])
        nodes = [tree.tree_.node_count for tree in self._trees.estimators_]
        self._first = np.concatenate([[0], np.cumsum(nodes)])
        found = self._leaves_of(features)
        samples = np.maximum(found.sum(0), 1.0)  # inner nodes hold none
        shares = sparse.dia_array((1.0 / (samples * len(nodes))[None], [0]), (len(samples),) * 2)
        self._leaves = (shares @ (found.T @ held)).tocsr()  # (nodes, A * E)

    def posterior(self, features: NDArray[np.floating]) -> Floats:
        """What the leaves that features (N, F) fall into hold together, (N, A, E) with sum 1 each."""
        held = (self._leaves_of(features) @ self._leaves).toarray()
        density = held.reshape(-1, GRID.cells, GRID.cells)
        return np.asarray(self._blur @ density @ self._blur.T, np.float32)

    def _leaves_of(self, features: NDArray[np.floating]) -> sparse.csr_array:
        """(N, nodes of all trees): 1 for the leaf of each tree that a sample falls into."""
        leaves = self._trees.apply(features) + self._first[:-1]  # (N, trees)
        rows = np.arange(0, leaves.size + 1, leaves.shape[1])
        ones = np.ones(leaves.size, np.float32)
        return sparse.csr_array((ones, leaves.ravel(), rows), (len(leaves), int(self._first[-1])))


def _spread(angles_deg: NDArray[np.floating]) -> sparse.csr_array:
    """Angles (N, 2) as rows (N, A * E) with sum 1, each shared out among the four cells around it."""
    if not GRID.holds(angles_deg).all():
        raise ValueError(f"angles must lie within {GRID.low_deg} to {GRID.high_deg} deg")
    cells, shares = GRID.corners(angles_deg)  # (N, 4) both
    rows = np.arange(0, cells.size + 1, 4)
    values = shares.ravel().astype(np.float32)
    return sparse.csr_array((values, cells.ravel(), rows), (len(cells), GRID.cells**2))


def _blur() -> Floats:
    """B (cells, cells), for which B @ density @ B.T is blurred by the kernel, and keeps its mass."""
    away = (GRID.centres_deg[:, None] - GRID.centres_deg) / KERNEL_DEG
    kernel = np.exp(-0.5 * away * away)
    return (kernel / kernel.sum(0)).astype(np.float32)


class SingleForests:
    """One forest for each angle, each blind to the other (SL-RF SV): the product of two posteriors."""

    def __init__(
        self, features: NDArray[np.floating], angles_deg: NDArray[np.floating], growth: Growth
    ) -> None:
        self._azimuth = Forest(features, angles_deg, growth, angle=0)
        self._elevation = Forest(features, angles_deg, growth, angle=1)

    def posterior(self, features: NDArray[np.floating]) -> Floats:
        """p(azimuth | features) p(elevation | features), (N, A, E) with sum 1 each, of features (N, F)."""
        azimuth = self._azimuth.posterior(features).sum(2, keepdims=True)
        elevation = self._elevation.posterior(features).sum(1, keepdims=True)
        return azimuth * elevation


@dataclass(frozen=True, slots=True, eq=False)
class Marginalized:
    """Experts, and a forest that says how much each of them is to be trusted with a sample.

    p(azimuth, elevation | d) = sum_n w_n(d) p(azimuth, elevation | expert n, d).
    """

    experts: tuple[Forest, ...]
    trust: RandomForestRegressor

    def weights(self, features: NDArray[np.floating]) -> Floats:
        """The experts' weights (N, experts), with sum 1 each, of features (N, F)."""
        return np.asarray(self.trust.predict(features), np.float32).reshape(len(features), -1)

    def posterior(self, features: NDArray[np.floating]) -> Floats:
        """The mixture of the experts' posteriors, (N, A, E) with sum 1 each, of features (N, F)."""
        return _mixed(self.weights(features), [expert.posterior(features) for expert in self.experts])


def fit_mtr(features: NDArray[np.floating], angles_deg: NDArray[np.floating], growth: Growth) -> Marginalized:
    """Marginalization through regression: five experts on subsets of the training samples that overlap.

    One learns the fronto-parallel hands, with both angles within 15 deg, and one each those that face right,
    left, up and down, which are taken to be the four halves of the plane of angles.

    Args:
        features: (N, F).
        angles_deg: (N, 2), azimuth and elevation.
    """
    azimuth, elevation = angles_deg.T
    frontal = np.abs(angles_deg).max(1) <= FRONTAL_DEG
    subsets = [frontal, azimuth >= 0, azimuth <= 0, elevation >= 0, elevation <= 0]
    experts = [
        Forest(features[subset], angles_deg[subset], _next(growth, k))
        for k, subset in enumerate(subsets)
        if subset.any()
    ]
    posteriors = [expert.posterior(features) for expert in experts]
    return Marginalized(tuple(experts), _trust(features, angles_deg, posteriors, growth))


def fit_spore(
    features: NDArray[np.floating], angles_deg: NDArray[np.floating], growth: Growth
) -> Marginalized:
    """Staged probabilistic regression: each expert learns what those before it, together, miss.

    The first sees all training samples. From then on, those with an angle that the mixture so far gets wrong
    by more than 6 deg train the next, for five stages or until too few are left for two leaves.

    Args:
        features: (N, F).
        angles_deg: (N, 2), azimuth and elevation.
    """
    experts: list[Forest] = []
    posteriors: list[Floats] = []
    missed = np.ones(len(features), bool)
    while len(experts) < STAGES and missed.sum() >= (2 * growth.leaf if experts else 1):
        experts.append(Forest(features[missed], angles_deg[missed], _next(growth, len(experts))))
        posteriors.append(experts[-1].posterior(features))
        trust = _trust(features, angles_deg, posteriors, growth)
        so_far = Marginalized(tuple(experts), trust)
        point = GRID.point_deg(_mixed(so_far.weights(features), posteriors))
        missed = np.abs(point - angles_deg).max(1) > MISSED_DEG
    return so_far


def _next(growth: Growth, number: int) -> Growth:
    return replace(growth, seed=growth.seed + number)


def _mixed(weights: Floats, posteriors: Sequence[Floats]) -> Floats:
    mixture = np.zeros_like(posteriors[0])
    for weight, posterior in zip(weights.T, posteriors, strict=True):
        mixture += weight[:, None, None] * posterior
    return mixture


def _trust(
    features: NDArray[np.floating], angles_deg: NDArray[np.floating], posteriors: Sequence[Floats],
    growth: Growth,
) -> RandomForestRegressor:  # fmt: skip
    """The forest that has learned, from the best weights for each training sample, the experts' weights."""
    points, shares = _truth_points(angles_deg)
    likelihoods = np.stack([GRID.values(posterior, points) for posterior in posteriors], 1)
    return growth.plant(features, best_weights(likelihoods, shares))


def _truth_points(angles_deg: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points (N, 9, 2) and shares (9,) that average over the narrow normal around each truth (N, 2)."""
    nodes, shares = np.polynomial.hermite_e.hermegauss(3)
    offsets = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    both = np.outer(shares, shares).ravel()
    return angles_deg[:, None] + TRUTH_DEG * offsets, both / both.sum()


def best_weights(likelihoods: NDArray[np.floating], shares: ArrayLike) -> NDArray[np.float64]:
    """The weights of experts that bring their mixture nearest to each sample's truth.

    They minimise E = integral of p_gt log(p_gt / sum_n w_n p_n) by gradient descent. Each step is as long as
    the weight itself, w_n <- w_n - w_n (dE/dw_n + 1) = -w_n dE/dw_n, which keeps the weights a distribution
    and never raises E: it is also the step of expectation maximisation.

    Args:
        likelihoods: (N, experts, K) the experts' densities at K points that stand for the truth.
        shares: (K,) what part of the truth each point stands for, with sum 1.

    Returns:
        (N, experts), with sum 1 each; where all densities are 0 they stay equal.
    """
    # A truth that no expert thinks possible has no best weights: the tiny density makes them equal.
    p = np.asarray(likelihoods, float) + 1e-12
    weights = np.full(p.shape[:2], 1.0 / p.shape[1])
    for _ in range(_ITERATIONS):
        mixture = np.einsum("nm,nmk->nk", weights, p)
        descent = np.einsum("nmk,nk->nm", p, np.asarray(shares) / mixture)  # -dE/dw
        weights = weights * descent
    return weights


#: How each method learns, and how its forests grow.
_METHODS: dict[str, tuple[Callable[..., Marginalized | SingleForests], Growth]] = {
    "SPORE": (fit_spore, SPORE_GROWTH),
    "ML-RF MtR": (fit_mtr, MTR_GROWTH),
    "SL-RF SV": (SingleForests, MTR_GROWTH),
}


def forest_answers(
    method: str,
    silhouettes: NDArray[np.uint8],
    angles_deg: NDArray[np.float32],
    tested: NDArray[np.bool_],
    seed: int,
    trees: int,
) -> tuple[Answers, dict[str, Any]]:
    """Learn from the silhouettes (N, S, S) that are not ``tested`` (N,), answer to those that are.

    Returns:
        the answers, and the facts: the seconds that learning took, and the microseconds of one answer.
    """
    fit, growth = _METHODS[method]
    growth = replace(growth, seed=seed, trees=trees)
    started = time.perf_counter()
    regressor = fit(_features(silhouettes[~tested]), angles_deg[~tested], growth)
    learned = time.perf_counter()
    asked, truth = silhouettes[tested], angles_deg[tested]
    posteriors = regressor.posterior(_features(asked))
    microseconds = 1e6 * (time.perf_counter() - learned) / len(asked)
    facts = {"seconds": round(learned - started, 1), "microseconds": microseconds}
    return grid_answers(GRID, posteriors, truth), facts


def _features(silhouettes: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.stack([contour_distances(silhouette) for silhouette in silhouettes])
