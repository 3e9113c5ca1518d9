"""Estimates made of nothing, for what writes, reads and draws them."""

from __future__ import annotations

import numpy as np

from handorient.capture.frame import Frame, Truth
from handorient.hand.crop import WINDOW_PX, CanonicalCrop, Window
from handorient.hand.landmarks import Landmarks
from handorient.mixture import GaussianMixture
from handorient.orientation import arrow
from handorient.pipeline import Estimate, HandEstimate, TrackedMode

Modes = tuple[tuple[float, float, float], ...]

#: Weight, azimuth and elevation in degrees of each mode.
TWO_MODES: Modes = ((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))


def picture(index: int) -> np.ndarray:
    """(120, 160, 3) uint8 whose brightness tells the index."""
    return np.full((120, 160, 3), 10 + 2 * index % 240, np.uint8)


def estimate(index: int, captured_s: float, modes: Modes = TWO_MODES, hands: int = 1) -> Estimate:
    """``hands`` right palms in a row with these modes, in a frame that was captured then."""
    frame = Frame(index, index / 30, captured_s, picture(index), truth=Truth(0.5, -0.25))
    return Estimate(frame, tuple(hand(modes, n) for n in range(hands)), {"detect": 8.0, "total": 12.3456})


def hand(modes: Modes = TWO_MODES, number: int = 0) -> HandEstimate:
    """An upright right palm, the ``number``-th from the left, with the id ``number + 1``."""
    points = np.zeros((21, 2))
    points[0] = (32, 100)
    for finger, x in enumerate((52, 42, 34, 26, 18)):
        for joint in range(4):
            points[1 + 4 * finger + joint] = (x, (84 if finger == 0 else 70) - 12 * joint)
    landmarks = Landmarks(points + np.array([70 * number, 0]), "right")
    window = Window.around(landmarks)
    crop = CanonicalCrop(
        window, np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8), np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
    )
    weights = np.array([weight for weight, _, _ in modes])
    means = np.radians([mode[1:] for mode in modes])
    stds = np.full_like(means, np.radians(6.0))
    tracked = tuple(
        TrackedMode(
            track,
            weight,
            azimuth,
            elevation,
            std,
            arrow(azimuth, elevation, window.roll_rad, window.mirrored),
        )
        for track, (weight, (azimuth, elevation), std) in enumerate(
            zip(weights.tolist(), means.tolist(), stds, strict=True)
        )
    )
    return HandEstimate(number + 1, landmarks, crop, GaussianMixture(weights, means, stds), tracked)
