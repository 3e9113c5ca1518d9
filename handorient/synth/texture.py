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
from handorient.synth.surface import RADII, skin_of, vertex_normals

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
    points, unit = skin.vertices, person.palm_mm
    normals = vertex_normals(points, skin.faces)
    palmar = 1 / (1 + np.exp(-6 * normals[:, 2]))
    tone = person.tone
    # Palms carry less melanin: on dark skin they are much lighter than the back, on fair skin redder.
    palm_tone = tone + 0.45 * (1 - tone.mean()) * (np.array([0.90, 0.68, 0.60]) - tone)
    colour = palmar[:, None] * palm_tone + (1 - palmar[:, None]) * tone
    # Blood shows at fingertips and knuckles, and in large soft blotches everywhere.
    waves = sum(
        np.sin(points @ (rng.normal(0, 1, 3) / scale) + rng.uniform(0, 6.3)) for scale in (35, 22, 14, 9, 6)
    )
    redness = 0.012 * waves
    depth = rng.uniform(0.6, 1.4)  # of this person's creases
    dark = np.zeros(len(points))
    axes = neutral_axes(person)
    for finger, chain in enumerate(FINGERS):
        radius = RADII[finger] * person.girth[finger] * unit
        for k in range(1, 4):
            along = axes[finger, k - 1][:, 1]
            out = axes[finger, k - 1][:, 2]
            joint = skin.joints[chain[k]] + (0.26 * along * unit * person.bones[finger, 0] if k == 1 else 0)
            offset = points - joint
            t = offset @ along
            side = np.linalg.norm(offset - t[:, None] * along, axis=1)
            here = (side < 1.5 * radius[k - 1]) * np.exp(-((t / 9.0) ** 2))
            front = 1 / (1 + np.exp(-6 * (normals @ out)))
            if k == 1:
                # On the back a finger begins at its knuckle, well before the palm's flesh parts.
                knuckle = points - skin.joints[chain[1]] + KNUCKLE * along * unit
                t_back = knuckle @ along
                beside = np.linalg.norm(knuckle - t_back[:, None] * along, axis=1)
                on_back = (beside < 1.6 * radius[0]) * (1 - front)
                redness += 0.05 * on_back * np.exp(-((t_back / 7.0) ** 2))
                for shift in (-3.5, 0.0, 3.5):
                    dark += 0.10 * depth * on_back * np.exp(-(((t_back + shift) / CREASE_MM) ** 2))
            dark += 0.30 * depth * here * front * np.exp(-((t / CREASE_MM) ** 2))
            folds = np.exp(-(((t + 3) / CREASE_MM) ** 2)) + np.exp(-((t / CREASE_MM) ** 2))
            folds += np.exp(-(((t - 3) / CREASE_MM) ** 2))
            if k > 1:
                dark += 0.10 * depth * here * (1 - front) * folds
                redness += 0.03 * here * (1 - front)
        tip, along, out = skin.joints[chain[4]], axes[finger, 2][:, 1], axes[finger, 2][:, 2]
        across = axes[finger, 2][:, 0]
        offset = points - tip
        redness += 0.03 * np.exp(-((offset / 12) ** 2).sum(1))
        nail = ((offset @ along + 0.1 * radius[3]) / (1.15 * radius[3])) ** 2
        nail += ((offset @ across) / (0.78 * radius[3])) ** 2
        on_nail = (nail < 1.1) * (normals @ out < -0.25) * (np.abs(offset @ out) < 2 * radius[3])
        pink = 0.55 * tone + 0.45 * np.array([0.95, 0.78, 0.74])
        colour += on_nail[:, None] * (pink - colour)
        rim = (
            np.exp(-(((nail - 1.0) / 0.35) ** 2))
            * (normals @ out < -0.2)
            * (np.linalg.norm(offset, axis=1) < 16)
        )
        dark += 0.10 * rim
    flat = points[:, :2] / unit
    for line in PALM_LINES:
        shifted = np.array(line) + rng.normal(0, 0.015, (len(line), 2))
        smooth = np.stack([np.interp(np.linspace(0, 3, 13), range(4), shifted[:, i]) for i in (0, 1)], 1)
        dark += 0.36 * depth * palmar * np.exp(-((_line_distance(flat, smooth) * unit / CREASE_MM) ** 2))
    wrist = np.exp(-(((points[:, 1] + 2.0) / CREASE_MM) ** 2)) * palmar
    dark += 0.22 * depth * wrist
    colour = colour + redness[:, None] * np.array([1.0, -0.25, -0.15])
    painted = (colour * (1 - dark[:, None] * np.array([0.8, 1.0, 1.0]))).clip(0.02, 1.0)
    painted.flags.writeable = False
    return painted
