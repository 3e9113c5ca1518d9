"""The symmetry problem in figures: which truths have a mirror image that can be told from them.

An answer is "wrong" if it is nearer to the mirror image than to the truth: it took the other side. It is
"mirrored" only if it is also near that image, where what lies between the two, an average, is counted apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handorient.orientation import opposite

#: An answer this near, in the plane of the two angles, counts as right.
RIGHT_DEG = 10.0
#: A truth is symmetric if it lies this far from its mirror image: nearer, and one answer may do for both.
SYMMETRIC_DEG = 20.0


def opposites(truth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mirror images (..., 2), (-azimuth, -elevation), of truths (..., 2); the unit stays what it is."""
    return np.stack(opposite(truth[..., 0], truth[..., 1]), -1)


def distances(
    answer: NDArray[np.floating], truth: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far answers (..., 2) are from truths (..., 2), and how far from their mirror images, (...) each.

    They are lengths in the plane of the two angles, in the unit of those.
    """
    to_truth, to_mirror = (np.linalg.norm(answer - goal, axis=-1) for goal in (truth, opposites(truth)))
    return np.asarray(to_truth), np.asarray(to_mirror)


def symmetric(truth_deg: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which truths (N, 2), degrees, are symmetric (N,)."""
    return distances(truth_deg, truth_deg)[1] >= SYMMETRIC_DEG


def share(cases: NDArray[np.bool_]) -> float:
    """The share of cases (N,) that are so; 0 where there are none."""
    return float(cases.mean()) if len(cases) else 0.0
