"""The history that the timeline draws: what each estimate told of each of its hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handorient.app import theme
from handorient.app.heat import shades
from handorient.pipeline import HandEstimate

#: How many angles of each kind the density is kept at.
ROWS = 61
_ANGLES = np.linspace(np.pi / 2, -np.pi / 2, ROWS)


@dataclass(frozen=True, slots=True)
class Told:
    """What one estimate tells of one hand.

    Attributes:
        shades: (2, ROWS) uint8 density of azimuth and of elevation, from +90 to -90 degrees.
        modes: track, strength, azimuth and elevation (radians) of each mode.
        apart_deg: the angle between the two heaviest modes; 0 where there is one.
    """

    shades: NDArray[np.uint8]
    modes: tuple[tuple[int, float, float, float], ...]
    apart_deg: float


@dataclass(frozen=True, slots=True)
class Column:
    """What one estimate adds to the timeline.

    Attributes:
        start_s, end_s: the time it stands for.
        hands: what it tells of each hand, by its id; the one that leads comes first.
    """

    start_s: float
    end_s: float
    hands: dict[int, Told]


def told(hand: HandEstimate) -> Told:
    """What the timeline keeps of a hand."""
    densities = np.stack([hand.mixture.marginal(k, _ANGLES) for k in (0, 1)])
    modes = tuple((m.track, theme.strength(m.weight), m.azimuth_rad, m.elevation_rad) for m in hand.modes)
    apart_deg = float(np.degrees(hand.separation_rad))
    return Told(shades(densities, densities.max(1, keepdims=True)), modes, apart_deg)
