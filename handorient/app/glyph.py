"""Meshes for the 3D view: a plain hand, an arrow and a cone, each as vertices and faces."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from handorient.synth.capsule import capsule_distance

Vertices = NDArray[np.float32]
Faces = NDArray[np.uint32]
Mesh = tuple[Vertices, Faces]

# The hand in hand coordinates (x toward the index side, y along the fingers, z out of the palm), in units
# of the distance wrist -> middle knuckle, about the centre of wrist and knuckles. A relaxed open hand:
# the fingers bend a little toward the palm, the thumb stands off it.
_FINGERS = (  # knuckle x, y; length; radius; spread in degrees toward the index side
    (0.33, 0.40, 0.84, 0.100, 6.0),
    (0.08, 0.45, 0.96, 0.105, 1.0),
    (-0.16, 0.40, 0.88, 0.100, -4.0),
    (-0.38, 0.27, 0.68, 0.088, -11.0),
)
_PHALANGES = (0.46, 0.30, 0.24)  # of a finger's length
_BEND_DEG = (5.0, 13.0, 22.0)  # of each phalanx out of the palm plane
_THUMB = (((0.22, -0.36, 0.06), 0.16), ((0.50, -0.10, 0.18), 0.125), ((0.64, 0.14, 0.27), 0.105))
_THUMB_TIP = ((0.72, 0.36, 0.33), 0.09)
_PALM = ((0.30, -0.36), (0.34, 0.36), (0.08, 0.42), (-0.16, 0.37), (-0.38, 0.22), (-0.26, -0.42))
_BLEND = 0.035
_STEP = 0.065  # finer looks no better in the view, and software OpenGL takes longer to draw it


@cache
def hand_mesh() -> Mesh:
    """A hand with one smooth surface: (V, 3) vertices in hand coordinates and (F, 3) faces."""
    axes = [np.arange(low, high, _STEP) for low, high in ((-0.75, 1.0), (-1.0, 1.6), (-0.4, 0.75))]
    inside = np.zeros([len(axis) for axis in axes])
    for distance in _parts(np.ix_(*axes)):
        # An exponential smooth union: the parts flow into each other as skin does.
        inside += np.exp(-np.clip(distance, -0.5, 1.5) / _BLEND)
    surface = -_BLEND * np.log(np.maximum(inside, 1e-30))
    vertices, faces, _, _ = marching_cubes(surface, 0.0, spacing=(_STEP,) * 3)
    vertices += [axis[0] for axis in axes]
    return vertices.astype(np.float32), faces.astype(np.uint32)


def _parts(at: tuple[NDArray[np.float64], ...]) -> list[NDArray[np.float64]]:
    parts = []
    palm = np.array([(*corner, 0.0) for corner in _PALM])
    for start, end in ((0, 5), (0, 1), (5, 4), (0, 2), (5, 3), (0, 3), (5, 2), (1, 4), (2, 3)):
        parts.append(capsule_distance(at, palm[start], palm[end], 0.125, 0.125))
    parts.append(capsule_distance(at, (0.02, -0.42, 0.0), (0.02, -0.75, -0.02), 0.2, 0.19))
    for knuckle_x, knuckle_y, length, radius, spread_deg in _FINGERS:
        joint, spread = np.array([knuckle_x, knuckle_y, 0.0]), np.radians(spread_deg)
        for share, bend in zip(_PHALANGES, np.radians(_BEND_DEG), strict=True):
            ahead = np.array([np.sin(spread) * np.cos(bend), np.cos(spread) * np.cos(bend), np.sin(bend)])
            following = joint + share * length * ahead
            parts.append(capsule_distance(at, joint, following, radius, radius * 0.93))
            joint, radius = following, radius * 0.93
    thumb = (*_THUMB, _THUMB_TIP)
    for (start_at, start_radius), (end_at, end_radius) in pairwise(thumb):
        parts.append(capsule_distance(at, start_at, end_at, start_radius, end_radius))
    return parts


def arrow_mesh() -> Mesh:
    """A solid arrow from the origin to (0, 0, 1)."""
    profile = ((0.0, 0.0), (0.040, 0.0), (0.040, 0.72), (0.105, 0.72), (0.0, 1.0))
    return _turned(profile, sides=40)


def cone_mesh() -> Mesh:
    """An open cone from the origin to the unit circle at z = 1; scale x and y to give it its angle."""
    return _turned(((0.0, 0.0), (1.0, 1.0)), sides=48)


def _turned(profile: tuple[tuple[float, float], ...], sides: int) -> Mesh:
    """A surface of revolution about z through (radius, z) points, with a hard edge at each of them."""
    turns = np.linspace(0.0, 2 * np.pi, sides, endpoint=False)
    ring = np.stack([np.cos(turns), np.sin(turns)], 1)
    vertices: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.intp]] = []
    here, following = np.arange(sides), np.roll(np.arange(sides), -1)
    for (radius, z), (next_radius, next_z) in pairwise(profile):
        first = 2 * sides * len(faces)
        for r, height in ((radius, z), (next_radius, next_z)):
            vertices.append(np.column_stack([r * ring, np.full(sides, height)]))
        low, high = first + here, first + sides + here
        low_next, high_next = first + following, first + sides + following
        faces.append(np.stack([low, low_next, high_next, low, high_next, high], 1).reshape(-1, 3))
    return np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.uint32)
