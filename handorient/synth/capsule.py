"""Tapered capsules, the building blocks of the synthetic hand and head, and of the 3D view's hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def capsule_distance(
    at: Iterable[NDArray[np.floating]],
    start: ArrayLike,
    end: ArrayLike,
    start_radius: float,
    end_radius: float,
) -> Array:
    """Approximate signed distance to a tapered capsule from ``start`` (3,) to ``end`` (3,), negative inside.

    ``at`` are x, y and z, arrays that broadcast to the shape of the answer: a grid's axes, or points.T.
    """
    axis = np.subtract(end, start)
    offset = [a - c for a, c in zip(at, np.asarray(start), strict=True)]
    along = np.clip(sum(o * d for o, d in zip(offset, axis, strict=True)) / (axis @ axis), 0.0, 1.0)
    square = sum((o - along * d) ** 2 for o, d in zip(offset, axis, strict=True))
    return np.asarray(np.sqrt(square) - (start_radius + along * (end_radius - start_radius)))
