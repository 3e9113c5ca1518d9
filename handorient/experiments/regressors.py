"""Forests on a benchmark: the regressors before PROPEL, on the silhouette's contour-distance function."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handorient.experiments.contour import contour_distances
from handorient.experiments.forests import (
    GRID,
    MTR_GROWTH,
    SPORE_GROWTH,
    Marginalized,
    SingleForests,
    fit_mtr,
    fit_spore,
)
from handorient.experiments.scores import Answers, grid_answers


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
    started = time.perf_counter()
    regressor = _fit(method, _features(silhouettes[~tested]), angles_deg[~tested], seed, trees)
    learned = time.perf_counter()
    asked, truth = silhouettes[tested], angles_deg[tested]
    posteriors = regressor.posterior(_features(asked))
    microseconds = 1e6 * (time.perf_counter() - learned) / len(asked)
    facts = {"seconds": round(learned - started, 1), "microseconds": microseconds}
    return grid_answers(GRID, posteriors, truth), facts


def _features(silhouettes: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.stack([contour_distances(silhouette) for silhouette in silhouettes])


def _fit(
    method: str, features: NDArray[np.float32], angles_deg: NDArray[np.float32], seed: int, trees: int
) -> Marginalized | SingleForests:
    if method == "SPORE":
        return fit_spore(features, angles_deg, replace(SPORE_GROWTH, seed=seed, trees=trees))
    growth = replace(MTR_GROWTH, seed=seed, trees=trees)
    return (fit_mtr if method == "ML-RF MtR" else SingleForests)(features, angles_deg, growth)
