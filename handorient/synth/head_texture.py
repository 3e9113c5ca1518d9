"""The head's colours: skin, eyes, brows, lips, beard and hair, painted once for each person."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from handorient.synth.head_shape import Head
from handorient.synth.head_surface import (
    CLOTHES,
    EYES_MM,
    HAIR,
    RIM,
    SKIN,
    TILT,
    TURNS_ABOVE,
    eye_aside,
    head_surface,
    nose_tip,
)

Array = NDArray[np.float64]

MOUTH_MM = -43.5
RED = np.array([0.10, -0.03, -0.02])


def _within(depth: Array, soft: float = 1.2) -> Array:
    """1 inside (``depth`` > 0), 0 outside, over about ``soft`` mm."""
    return np.asarray(1 / (1 + np.exp(-np.clip(4 * depth / soft, -40, 40))))


@lru_cache(maxsize=4)
def head_albedo(head: Head) -> Array:
    """Colour (V, 3) of the surface, sRGB 0 to 1, before any light; read only."""
    rng, surface = np.random.default_rng((7, head.seed)), head_surface(head)
    points, material = surface.average, surface.material
    blotches = sum(
        np.sin(points @ (rng.normal(0, 1, 3) / scale) + rng.uniform(0, 6.3)) for scale in (40, 25, 15, 9)
    )
    grain = rng.normal(0, 1, len(points))
    colour = np.empty((len(points), 3))
    skin = material == SKIN
    colour[skin] = _face(points[skin], blotches[skin], head)
    shade = 1 + 0.06 * blotches + 0.09 * grain
    colour[material == HAIR] = head.hair_tone * shade[material == HAIR, None]
    colour[material == RIM] = 0.06
    colour[material == CLOTHES] = head.clothes * (1 + 0.02 * blotches[material == CLOTHES, None])
    colour = colour.clip(0.02, 1.0)
    colour.flags.writeable = False
    return colour


def _face(points: Array, blotches: Array, head: Head) -> Array:
    x, y, z = points.T
    aside, tip = np.abs(x), np.array(nose_tip(head))
    colour = head.tone + 0.12 * blotches[:, None] * RED

    def paint(share: Array, tone: Array) -> None:
        colour[:] += share[:, None] * (tone - colour)

    # Blood shows in cheeks, nose and ears.
    cheeks = np.exp(-(((aside - 42) / 18) ** 2) - ((y + 8) / 16) ** 2) * (z > 30)
    flush = cheeks + 0.8 * np.exp(-((points - tip) ** 2).sum(1) / 14**2) + _within(aside - 76)
    colour += flush[:, None] * RED * head.tone.mean()
    front = z > 45
    # Eye sockets are a little darker than the rest.
    eye = eye_aside(head)
    dx, dy = aside - eye, y - EYES_MM
    socket = 0.22 * np.exp(-((dx / 16) ** 2) - ((dy + 1) / 11) ** 2) * front
    paint(socket, 0.55 * head.tone)
    if head.hair is not None:
        sideburn = _within(9 - np.abs(z - 6 - 0.3 * y), 3) * _within(y + 6, 3) * _within(aside - 55, 3)
        paint(0.8 * sideburn, head.hair_tone)
    _paint_beard(paint, points, head)
    lips = _within(11 * (1 - (aside / 27) ** 2) * head.lips - np.abs(y - MOUTH_MM)) * front
    paint(0.85 * lips, (0.78 * head.tone + [0.08, -0.07, -0.04]).clip(0.05))
    paint(0.75 * _within(1.6 - np.abs(y - MOUTH_MM)) * _within(25 - aside) * front, 0.3 * head.tone)
    nostril = np.hypot(aside - 6.5 * head.nose[1], np.hypot(y - tip[1] + 10, z - tip[2] + 9))
    paint(0.8 * _within(4.5 - nostril), 0.22 * head.tone)
    brow = (
        _within(3.6 - np.abs(y - 49 + 0.012 * (aside - eye - 2) ** 2)) * _within(19 - np.abs(dx - 1)) * front
    )
    paint(0.85 * brow, 0.6 * head.hair_tone)
    # The opening between the lids, its dark lashes above, white, iris and pupil within.
    opening = 5.5 * (1 - (dx / 15) ** 2)
    near = (np.abs(dx) < 22) & front
    paint(
        0.85 * near * _within(1.8 - np.abs(dy - np.maximum(opening, 0) - 1)) * _within(16 - np.abs(dx)),
        0.25 * head.tone,
    )
    paint(near * _within(opening - np.abs(dy)), np.array([0.86, 0.83, 0.80]))
    disc = np.hypot(dx, dy)
    paint(near * _within(6.2 - disc) * _within(opening - np.abs(dy)), head.iris)
    paint(near * _within(3.0 - disc) * _within(opening - np.abs(dy)), np.full(3, 0.03))
    return colour


def _paint_beard(paint: Callable[[Array, Array], None], points: Array, head: Head) -> None:
    if head.beard == 0:
        return
    x, y, z = points.T
    cheek_line = -30 + 0.42 * (88 - z)
    jaw = _within(cheek_line - y, 6) * _within(y + TILT * z - TURNS_ABOVE, 8) * _within(z - 2, 6)
    moustache = _within(30 - np.abs(x), 4) * _within(-24 - y, 3) * (z > 60)
    paint(head.beard * np.maximum(jaw, moustache * (y > -70)), 0.85 * head.hair_tone)
