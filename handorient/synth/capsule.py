"""Tapered capsules, the building blocks of the synthetic hand and of the 3D view's plain one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def capsule_distance(
    points: Array, start: Array, end: Array, start_radius: float, end_radius: float
) -> Array:
    """Approximate signed distance (N,) of points (N, 3) to a tapered capsule, negative inside."""
    axis = end - start
    along = np.clip((points - start) @ axis / (axis @ axis), 0.0, 1.0)
    radius = start_radius + along * (end_radius - start_radius)
    return np.linalg.norm(points - start - along[:, None] * axis, axis=1) - radius
