"""Random draws, against which shares and regions of a mixture are counted out."""

from __future__ import annotations

import numpy as np

from handorient.mixture import GaussianMixture


def draws(mixture: GaussianMixture, rng: np.random.Generator, count: int) -> np.ndarray:
    """Independent draws (count, n)."""
    chosen = rng.choice(len(mixture.weights), count, p=mixture.weights / mixture.weights.sum())
    return rng.normal(mixture.mean[chosen], mixture.std[chosen])
