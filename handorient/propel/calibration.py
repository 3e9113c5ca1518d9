"""Post-hoc calibration: how a network's spreads and weights are corrected for its probabilities to hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What corrects a mixture's spreads and weights; the default changes nothing.

    PROPEL fits a mixture to a Gaussian around each truth, as wide as it is told to, and not to how far truths
    scatter; and a network is surer of hands it was trained on than of others. These few numbers are fitted on
    people who were not trained on, and kept with the weights (after Guo et al., "On calibration of modern
    neural networks", ICML 2017).

    Attributes:
        scale: (n,) factor on the standard deviations.
        floor_deg: (n,) standard deviation that is added in quadrature.
        sharpness: exponent on the components' weights in their mixture; below 1 it evens them out.

    Raises:
        ValueError: if a scale or the sharpness is not positive, or there are not as many scales as floors.
    """

    scale: tuple[float, ...] = (1.0, 1.0)
    floor_deg: tuple[float, ...] = (0.0, 0.0)
    sharpness: float = 1.0

    def __post_init__(self) -> None:
        if len(self.scale) != len(self.floor_deg) or min(*self.scale, self.sharpness) <= 0:
            raise ValueError("a calibration needs a positive scale and a floor for each angle")

    def spread(self, std_rad: Array) -> Array:
        """Calibrated standard deviations (..., n) in radians."""
        return np.hypot(std_rad * np.array(self.scale), np.radians(self.floor_deg))

    def weigh(self, weights: Array, mixtures: int = 1) -> Array:
        """Calibrated weights (..., R) of several mixtures side by side, whose own shares stay as they are."""
        parts = weights.reshape(*weights.shape[:-1], mixtures, -1)
        powers = parts**self.sharpness
        whole = np.maximum(powers.sum(-1, keepdims=True), np.finfo(float).tiny)
        result: Array = (parts.sum(-1, keepdims=True) * powers / whole).reshape(weights.shape)
        return result
