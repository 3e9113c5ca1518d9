"""A lighthouse that stands on the palm: where, how it is lit, and which fingers are in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import FINGERS
from handorient.hand.shape import RADII, palm_size
from handorient.orientation import MIDDLE_MCP, PALM_POINTS, WRIST, hand_rotation, look_at, palm_frame
from handorient.pipeline import HandEstimate, TrackedMode
from handorient.synth.skeleton import BASES

Array = NDArray[np.float64]

#: Whose camera it is nobody knows; most see about this much, and the picture hardly depends on it.
FIELD_RAD = float(np.radians(60.0))
#: Toward the light, in the camera frame: from above and a little from the left, as rooms are lit.
LIGHT = np.array([-0.45, 0.62, 0.64]) / np.linalg.norm([-0.45, 0.62, 0.64])
_AMBIENT, _DIFFUSE, _SHINE = 0.46, 0.62, 0.22
#: A shadow may be this long, in heights: with the light at the horizon it would have no end.
_LONGEST_SHADOW = 1.1

_SIDES = 28
#: How high the skin lies above the plane of the landmarks, in palm lengths, as all that follows.
SKIN = 0.12
_WHITE, _ROCK, _GRASS, _IRON = (246, 244, 238), (118, 108, 98), (120, 158, 84), (52, 56, 64)
_LAMP, _DOOR = (255, 226, 140), (74, 52, 40)
#: Where it stands: the palm's points have their centre nearer to the fingers than the palm has.
_FOOT = np.array([0.0, -0.2, SKIN])
_SIZE = 0.85
#: What wears the hypothesis's colour.
_ACCENT = (-1, -1, -1)
#: The profile: radius and height, and the colour of the ring up to the next.
_PROFILE = (
    (0.40, 0.00, _ROCK),
    (0.38, 0.06, _GRASS),
    (0.22, 0.09, _WHITE),
    (0.198, 0.24, _ACCENT),
    (0.176, 0.39, _WHITE),
    (0.154, 0.54, _ACCENT),
    (0.132, 0.69, _WHITE),
    (0.120, 0.80, _IRON),
    (0.185, 0.82, _IRON),
    (0.185, 0.86, _IRON),
    (0.095, 0.86, _LAMP),
    (0.095, 1.00, _ACCENT),
    (0.150, 1.00, _ACCENT),
    (0.000, 1.18, _ACCENT),
)
_LAMP_AT, _TOP = 0.93, 1.18


def _on_axis(height: float) -> Array:
    """The point (3,) of the lighthouse's axis at this height of its own."""
    return _FOOT + np.array([0.0, 0.0, _SIZE * height])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where something stands in a picture.

    Attributes:
        turn: (3, 3) from its coordinates (x across the palm, y along it, z up from it) to the camera's.
        foot: (3,) the palm's centre in the camera frame, palm lengths.
        focal_px: the camera's focal length.
        centre_px: (2,) the picture's centre.
    """

    turn: Array
    foot: Array
    focal_px: float
    centre_px: Array

    @classmethod
    def on(cls, hand: HandEstimate, mode: TrackedMode, width: int, height: int) -> Standing:
        """On a hand in a picture of this size, if it is oriented as the mode says."""
        focal, centre = width / 2 / np.tan(FIELD_RAD / 2), np.array([width, height]) / 2
        palm = hand.landmarks.points_px[list(PALM_POINTS)]
        middle = palm.mean(0)
        across, down = middle - centre
        ray = np.array([across, -down, -focal])
        window = hand.crop.window
        turn = look_at(ray) @ hand_rotation(
            mode.azimuth_rad, mode.elevation_rad, window.roll_rad, window.mirrored
        )
        model = np.vstack([np.zeros(3), BASES[1:] * np.array([1.0, 1.0, 0.0])])
        seen = ((model - model.mean(0)) @ turn.T)[:, :2]
        scale = np.sqrt(np.square(palm - middle).sum() / max(np.square(seen).sum(), 1e-6))
        # A hypothesis that fits badly must not make a giant of what stands on it.
        usual = palm_size(hand.landmarks.points_px)
        scale = float(np.clip(scale, 0.75 * usual, 1.35 * usual))
        return cls(turn, ray / scale, focal, centre)

    def project(self, points: Array) -> tuple[Array, Array]:
        """Pixels (..., 2) and distance (...) of points (..., 3); what is behind the camera is at 0.05."""
        camera = points @ self.turn.T + self.foot
        away = np.maximum(-camera[..., 2], 0.05)
        flat = camera[..., :2] * np.array([1.0, -1.0]) * (self.focal_px / away)[..., None]
        return self.centre_px + flat, away


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A shaded object in pixels, back to front.

    Attributes:
        polygons_px: (F, 4, 2).
        colours: (F, 3) uint8.
        shadow_px: (K, 2) the outline of its shadow on the palm.
        lamp_px: (2,) where it shines.
        unit_px: how many pixels a palm length has there.
    """

    polygons_px: Array
    colours: NDArray[np.uint8]
    shadow_px: Array
    lamp_px: Array
    unit_px: float


@cache
def _mesh() -> tuple[Array, NDArray[np.int64]]:
    """Quadrilaterals (F, 4, 3), counter-clockwise from outside, and their colours (F, 3), -1 the accent."""
    turns = np.linspace(0, 2 * np.pi, _SIDES + 1)
    ring = np.stack([np.cos(turns), np.sin(turns)], 1)
    quads, colours = [], []
    for (radius, low, colour), (next_radius, high, _) in pairwise(_PROFILE):
        for a, b in pairwise(ring):
            quads.append(
                [(*radius * a, low), (*radius * b, low), (*next_radius * b, high), (*next_radius * a, high)]
            )
            colours.append(colour)
    # A door toward the wrist and windows above it: without them nobody could tell how it is turned.
    for z, half, tall in ((0.09, 0.05, 0.14), (0.36, 0.03, 0.07), (0.62, 0.026, 0.06)):
        near, far = (-(0.235 - 0.147 * (h - 0.09)) for h in (z, z + tall))
        quads.append([(-half, near, z), (half, near, z), (half, far, z + tall), (-half, far, z + tall)])
        colours.append(_DOOR)
    return _FOOT + _SIZE * np.array(quads, float), np.array(colours)


def drawing(standing: Standing, accent: tuple[int, int, int]) -> Drawing:
    """The lighthouse, its stripes and roof in the accent's colour, lit and in perspective."""
    quads, base = _mesh()
    base = np.where(base < 0, accent, base)
    camera = quads @ standing.turn.T + standing.foot
    first, second = camera[:, 2] - camera[:, 0], camera[:, 3] - camera[:, 1]
    normals = np.cross(first, second)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    if np.linalg.det(standing.turn) < 0:  # a mirrored hand turns the faces inside out
        normals = -normals
    middle = camera.mean(1)
    view = -middle / np.linalg.norm(middle, axis=1, keepdims=True)
    seen = (normals * view).sum(1) > 0
    order = np.nonzero(seen)[0]
    order = order[np.argsort(middle[order, 2])]  # the camera looks along -z
    half = view[order] + LIGHT
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    diffuse = np.maximum(normals[order] @ LIGHT, 0)
    shine = _SHINE * np.maximum((normals[order] * half).sum(1), 0) ** 24
    lit = base[order] * (_AMBIENT + _DIFFUSE * diffuse)[:, None] + 255 * shine[:, None]
    lamp = (base[order] == _LAMP).all(1)
    lit[lamp] = _LAMP  # it shines by itself
    pixels, _ = standing.project(quads[order])
    lamp_px, away = standing.project(_on_axis(_LAMP_AT))
    return Drawing(
        pixels,
        np.clip(lit, 0, 255).astype(np.uint8),
        _shadow(standing, quads),
        lamp_px,
        standing.focal_px / float(away),
    )


def _shadow(standing: Standing, quads: Array) -> Array:
    """The outline (K, 2) of the shadow on the skin, in pixels."""
    light = LIGHT @ standing.turn
    slope = light[:2] / max(light[2], 1e-3)
    slope *= min(1.0, _LONGEST_SHADOW / max(float(np.linalg.norm(slope)), 1e-9))
    points = quads.reshape(-1, 3).copy()
    points[:, :2] -= slope * (points[:, 2:] - SKIN)
    points[:, 2] = SKIN
    pixels, _ = standing.project(points)
    return cv2.convexHull(pixels.astype(np.float32))[:, 0].astype(float)


def fingers_in_front(hand: HandEstimate, standing: Standing) -> list[tuple[Array, Array, float]]:
    """The bones of fingers that hide what stands on the palm: both ends (2,) and thickness, in pixels.

    How far fingers reach out of the palm is the detector's own 3D guess; without one none is in front.
    """
    if hand.landmarks.world_m is None:
        return []
    world = hand.landmarks.world_m
    try:
        axes, middle = palm_frame(world)
    except ValueError:  # seen edge on
        return []
    length = max(float(np.linalg.norm(world[MIDDLE_MCP] - world[WRIST])), 1e-3)
    joints = (world - middle) @ axes / length
    if axes[2, 2] < 0:  # z is to be the side that the camera sees
        joints[:, 2] = -joints[:, 2]
    pixels = hand.landmarks.points_px
    unit = palm_size(pixels)
    foot, top = standing.project(np.stack([_on_axis(0.0), _on_axis(_TOP)]))[0]
    axis = top - foot
    found = []
    for chain in FINGERS:
        for start, end in pairwise(chain[1:]):
            seen = (pixels[start] + pixels[end]) / 2
            along = float(np.clip((seen - foot) @ axis / max(axis @ axis, 1.0), 0.0, 1.0))
            nearer = (standing.turn @ ((joints[start] + joints[end]) / 2 - _on_axis(_TOP * along)))[2]
            if nearer > 0.15:
                found.append((pixels[start], pixels[end], 2.3 * RADII[end] * unit))
    return found
