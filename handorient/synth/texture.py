"""The skin's colour: palm and back, nails, creases and knuckles, painted once on the neutral surface.

Without nails and creases a detector cannot tell the palm from the back of a rendered hand.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import FINGERS
from handorient.synth.skeleton import Person, neutral_axes
from handorient.synth.surface import RADII, Skin, skin_of, vertex_normals

Array = NDArray[np.float64]

#: The palm's main creases (heart, head and life line) as (x, y) in palm lengths.
PALM_LINES = (
    ((-0.50, 0.66), (-0.30, 0.66), (-0.08, 0.72), (0.10, 0.86)),
    ((0.30, 0.72), (0.12, 0.64), (-0.12, 0.54), (-0.38, 0.40)),
    ((0.30, 0.70), (0.14, 0.58), (0.04, 0.38), (0.06, 0.12)),
)
CREASE_MM = 1.3
#: How far a knuckle's wrinkles lie behind where the detector puts the joint on a palm, palm lengths.
KNUCKLE = 0.08


def _line_distance(points: Array, line: Array) -> Array:
    """Distance (N,) from points (N, 2) to a polyline (K, 2)."""
    nearest = np.full(len(points), np.inf)
    for a, b in pairwise(line):
        t = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(points - a - t[:, None] * (b - a), axis=1))
    return nearest


@lru_cache(maxsize=4)
def albedo(person: Person) -> Array:
    """Colour (V, 3) of the surface, sRGB 0 to 1, before any light; read only."""
    rng, skin = np.random.default_rng((7, person.seed)), skin_of(person)
    points, normals = skin.vertices, vertex_normals(skin.vertices, skin.faces)
    palmar = _facing(normals[:, 2])
    tone = person.tone
    # Palms carry less melanin: on dark skin they are much lighter than the back, on fair skin redder.
    palm_tone = tone + 0.45 * (1 - tone.mean()) * (np.array([0.90, 0.68, 0.60]) - tone)
    colour = palmar[:, None] * palm_tone + (1 - palmar[:, None]) * tone
    # Blood shows at fingertips and knuckles, and in large soft blotches everywhere.
    redness = 0.012 * sum(
        np.sin(points @ (rng.normal(0, 1, 3) / scale) + rng.uniform(0, 6.3)) for scale in (35, 22, 14, 9, 6)
    )
    depth = rng.uniform(0.6, 1.4)  # of this person's creases
    creases = _palm_creases(points, person.palm_mm, palmar, rng)
    pink = 0.55 * tone + 0.45 * np.array([0.95, 0.78, 0.74])
    rims = np.zeros(len(points))
    for finger in range(len(FINGERS)):
        blood, wrinkles = _knuckles(person, skin, normals, finger)
        redness += blood
        creases += wrinkles
        on_nail, rim, blush = _fingertip(person, skin, normals, finger)
        colour += on_nail[:, None] * (pink - colour)
        rims += rim
        redness += blush
    dark = depth * creases + 0.10 * rims
    colour = colour + redness[:, None] * np.array([1.0, -0.25, -0.15])
    painted = (colour * (1 - dark[:, None] * np.array([0.8, 1.0, 1.0]))).clip(0.02, 1.0)
    painted.flags.writeable = False
    return painted


def _facing(cosine: Array) -> Array:
    """How much (V,) of one side of a bone is seen where normals stand at this angle to that side."""
    return 1 / (1 + np.exp(-6 * cosine))


def _line(away_mm: Array) -> Array:
    """How dark (V,) a crease of :data:`CREASE_MM` is this far from its middle."""
    return np.exp(-((away_mm / CREASE_MM) ** 2))


def _beside(offset: Array, along: Array) -> tuple[Array, Array]:
    """How far offsets (V, 3) reach along a bone, and how far away from it."""
    t = offset @ along
    return t, np.linalg.norm(offset - t[:, None] * along, axis=1)


def _knuckles(person: Person, skin: Skin, normals: Array, finger: int) -> tuple[Array, Array]:
    """Blood and wrinkles (V,) at a finger's three joints: creases in front, wrinkles on the back."""
    points, unit, chain = skin.vertices, person.palm_mm, FINGERS[finger]
    axes, radius = neutral_axes(person)[finger], RADII[finger] * person.girth[finger] * unit
    blood, wrinkles = np.zeros(len(points)), np.zeros(len(points))
    for k in range(1, 4):
        along, out = axes[k - 1][:, 1], axes[k - 1][:, 2]
        joint = skin.joints[chain[k]] + (0.26 * along * unit * person.bones[finger, 0] if k == 1 else 0)
        t, side = _beside(points - joint, along)
        here = (side < 1.5 * radius[k - 1]) * np.exp(-((t / 9.0) ** 2))
        front = _facing(normals @ out)
        wrinkles += 0.30 * here * front * _line(t)
        if k > 1:
            wrinkles += 0.10 * here * (1 - front) * sum(_line(t + shift) for shift in (-3, 0, 3))
            blood += 0.03 * here * (1 - front)
            continue
        # On the back a finger begins at its knuckle, well before the palm's flesh parts.
        t, side = _beside(points - skin.joints[chain[1]] + KNUCKLE * along * unit, along)
        on_back = (side < 1.6 * radius[0]) * (1 - front)
        blood += 0.05 * on_back * np.exp(-((t / 7.0) ** 2))
        wrinkles += 0.10 * on_back * sum(_line(t + shift) for shift in (-3.5, 0.0, 3.5))
    return blood, wrinkles


def _fingertip(person: Person, skin: Skin, normals: Array, finger: int) -> tuple[Array, Array, Array]:
    """Where a finger's nail is, how dark its rim is, and the blood about the tip, (V,) each."""
    across, along, out = neutral_axes(person)[finger, 2].T
    radius = RADII[finger][3] * person.girth[finger] * person.palm_mm
    offset = skin.vertices - skin.joints[FINGERS[finger][4]]
    nail = ((offset @ along + 0.1 * radius) / (1.15 * radius)) ** 2 + (
        (offset @ across) / (0.78 * radius)
    ) ** 2
    on_nail = (nail < 1.1) * (normals @ out < -0.25) * (np.abs(offset @ out) < 2 * radius)
    near = np.linalg.norm(offset, axis=1)
    rim = np.exp(-(((nail - 1.0) / 0.35) ** 2)) * (normals @ out < -0.2) * (near < 16)
    return on_nail, rim, 0.03 * np.exp(-((near / 12) ** 2))


def _palm_creases(points: Array, unit: float, palmar: Array, rng: np.random.Generator) -> Array:
    """How dark (V,) the palm's lines are, and the one where it meets the forearm."""
    dark = 0.22 * _line(points[:, 1] + 2.0)
    for line in PALM_LINES:
        shifted = np.array(line) + rng.normal(0, 0.015, (len(line), 2))
        smooth = np.stack([np.interp(np.linspace(0, 3, 13), range(4), shifted[:, i]) for i in (0, 1)], 1)
        dark += 0.36 * _line(_line_distance(points[:, :2] / unit, smooth) * unit)
    return palmar * dark
