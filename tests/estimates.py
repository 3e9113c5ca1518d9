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
    points = open_palm((32, 100), (52, 42, 34, 26, 18), (84, 70), 12) + np.array([70 * number, 0])
    return hand_at(points, modes, number + 1)


def open_palm(
    wrist: tuple[int, int], fingers_x: tuple[int, ...], knuckles_y: tuple[int, int], joint_px: int
) -> np.ndarray:
    """Landmarks (21, 2) of upright fingers, thumb first, above a thumb's and the other fingers' knuckles."""
    points = np.zeros((21, 2))
    points[0] = wrist
    for finger, x in enumerate(fingers_x):
        for joint in range(4):
            points[1 + 4 * finger + joint] = (x, knuckles_y[min(finger, 1)] - joint_px * joint)
    return points


def hand_at(points: np.ndarray, modes: Modes, id: int, mask: np.ndarray | None = None) -> HandEstimate:
    """A right palm with these landmarks (21, 2), modes, and mask (S, S) in its crop; none is empty."""
    landmarks = Landmarks(points, "right")
    window, size = Window.around(landmarks), (WINDOW_PX, WINDOW_PX)
    crop = CanonicalCrop(
        window, np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8) if mask is None else mask
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
    return HandEstimate(id, landmarks, crop, GaussianMixture(weights, means, stds), len(tracked), tracked)
