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
    """Mirror images (N, 2), (-azimuth, -elevation), of truths (N, 2); the unit stays what it is."""
    return np.stack(opposite(truth[:, 0], truth[:, 1]), 1)


def symmetric(truth_deg: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which truths (N, 2), degrees, are symmetric (N,)."""
    return np.asarray(np.linalg.norm(truth_deg - opposites(truth_deg), axis=1) >= SYMMETRIC_DEG)


def share(cases: NDArray[np.bool_]) -> float:
    """The share of cases (N,) that are so; 0 where there are none."""
    return float(cases.mean()) if len(cases) else 0.0
