"""Scores of a method's answers: errors, the symmetry problem, the likelihood, and whether spreads hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from handorient.grid import Grid
from handorient.training.symmetry import RIGHT_DEG, distances, opposites, share, symmetric

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a method answers to T pictures.

    Attributes:
        point_deg: (T, n) its one answer, of a density the largest.
        log_density: (T,) natural log of its density at the truth, per radian^n; None if it gives none.
        mass: (T,) how much of its mass lies where the density is above that at the truth; None likewise.
        mixtures_deg: where the answers are mixtures of I Gaussians, their weights (T, I), and mean_deg and
            std_deg (T, I, n).
    """

    point_deg: Array
    log_density: Array | None = None
    mass: Array | None = None
    mixtures_deg: dict[str, Array] = field(default_factory=dict)


def scores(answers: Answers, truth_deg: NDArray[np.floating]) -> dict[str, float]:
    """Scores of answers to T pictures whose true angles are (T, n).

    Returns:
        cmae_deg: mean absolute error over the angles; mae_0_deg, mae_1_deg, ...: of each.
        within_10: share of answers within 10 deg of the truth.
        log_likelihood: mean log density at the truth, nats.
        inside_50, inside_90: truths inside the 50% and 90% highest-density regions.

        For two angles also
        pair_cmae_deg: error to the nearer of the truth and its mirror image, (-azimuth, -elevation).
        mirrored: symmetry errors, as a share of the truths at least 20 deg from their mirror image: answers
            within 10 deg of that image, and nearer to it than to the truth.
        between: answers to such truths that are neither within 10 deg of the truth nor of its mirror image.
    """
    away = np.abs(answers.point_deg - truth_deg)
    found = {"cmae_deg": float(away.mean())}
    found |= {f"mae_{k}_deg": float(away[:, k].mean()) for k in range(away.shape[1])}
    found["within_10"] = float((np.linalg.norm(away, axis=1) < RIGHT_DEG).mean())
    if truth_deg.shape[1] == 2:
        found |= _symmetry(answers.point_deg, truth_deg)
    if answers.log_density is not None:
        found["log_likelihood"] = float(answers.log_density.mean())
    if answers.mass is not None:
        found["inside_50"] = float((answers.mass <= 0.5).mean())
        found["inside_90"] = float((answers.mass <= 0.9).mean())
    return found


def _symmetry(point_deg: Array, truth_deg: NDArray[np.floating]) -> dict[str, float]:
    to_truth, to_mirror = distances(point_deg, truth_deg)
    apart, other = symmetric(truth_deg), to_mirror < to_truth
    nearer = np.where(other[:, None], opposites(truth_deg), truth_deg)
    wrong = (to_mirror < RIGHT_DEG) & other
    neither = (to_mirror >= RIGHT_DEG) & (to_truth >= RIGHT_DEG)
    return {
        "pair_cmae_deg": float(np.abs(point_deg - nearer).mean()),
        "mirrored": share(wrong[apart]),
        "between": share(neither[apart]),
    }


def grid_answers(grid: Grid, density: NDArray[np.floating], truth_deg: NDArray[np.floating]) -> Answers:
    """Answers from densities (T, A, E) on a grid."""
    return Answers(
        grid.point_deg(density), grid.log_density(density, truth_deg), grid.region_mass(density, truth_deg)
    )
