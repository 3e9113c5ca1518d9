"""The skin: a smooth union of tapered capsules, meshed once for each person, then carried by the bones.

Radii, webs and heels are such that the outlines of rendered hands reach about as far to either side of each
bone, and as deep between the fingers, as those of real hands with nearly the same landmarks do: hands of
photographs and videos that no table reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from skimage.measure import marching_cubes

from handorient.hand.landmarks import FINGERS
from handorient.synth.capsule import capsule_distance
from handorient.synth.skeleton import (
    BONE_COUNT,
    FOREARM,
    METACARPALS,
    NEUTRAL,
    PHALANGES,
    Person,
    Posed,
    neutral_joints,
)

Array = NDArray[np.float64]

#: Radii along each finger, thumb first: base, middle joint, end joint, tip; palm lengths.
RADII = np.array(
    [
        (0.084, 0.102, 0.119, 0.095),
        (0.092, 0.108, 0.098, 0.084),
        (0.091, 0.110, 0.096, 0.080),
        (0.086, 0.106, 0.095, 0.079),
        (0.072, 0.095, 0.090, 0.077),
    ]
)
#: How far the thumb's flesh lies inward of its landmarks: base, middle joint, end joint, tip; palm lengths.
#: MediaPipe puts them near the outer edge of real thumbs.
THUMB_INWARD = (0.090, 0.050, 0.0, 0.0)
#: Softness of the union, mm: two touching capsules are blended over about this distance.
BLEND_MM = 2.6
#: Softness of the skin's hold on the bones, mm.
SKIN_MM = 5.0
VOXEL_MM = 2.2
FAR_MM = 1e3

#: Start and end (3,), the radii there, mm, and the bone that carries it.
Capsule = tuple[Array, Array, float, float, int]


@dataclass(frozen=True, slots=True)
class Skin:
    """A person's surface in the neutral pose.

    Attributes:
        vertices: (V, 3) mm, wrist at the origin.
        faces: (F, 3) int32, counter-clockwise from outside.
        holds: (V, 20) weight of each bone, rows sum to 1.
        joints: (21, 3) of the neutral pose, mm.
    """

    vertices: Array
    faces: NDArray[np.int32]
    holds: Array
    joints: Array

    def posed(self, pose: Posed) -> Array:
        """Vertices (V, 3) in mm, hand frame, by linear blend skinning."""
        shift = pose.anchors - np.einsum("bij,bj->bi", pose.turns, pose.origins)
        affine = np.concatenate([pose.turns, shift[:, :, None]], 2).reshape(BONE_COUNT, 12)
        blended = (self.holds @ affine).reshape(-1, 3, 4)
        return np.einsum("vij,vj->vi", blended[:, :, :3], self.vertices) + blended[:, :, 3]


def pressed_flesh(posed: Posed, finger: int, thickness_mm: float) -> tuple[Array, NDArray[np.int32]]:
    """Vertices (V, 3) and faces (F, 3) of what fills a curled-up finger's loop, index 0 to little 3.

    Flesh that is pressed together bulges; skin that only follows its bones would leave a hole there.
    """
    joints = posed.joints[list(FINGERS[finger + 1][1:])]
    aside = 0.5 * thickness_mm * posed.turns[PHALANGES + 3 * (finger + 1)][:, 0]
    corners = np.concatenate([joints - aside, joints + aside])
    hull = ConvexHull(corners)
    faces = hull.simplices.astype(np.int32)
    a, b, c = (corners[faces[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return corners, faces


def vertex_normals(vertices: Array, faces: NDArray[np.int32]) -> Array:
    """Unit normals (V, 3), each the area-weighted mean of its faces'."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    normals = np.stack(
        [sum(np.bincount(faces[:, i], face[:, axis], len(vertices)) for i in range(3)) for axis in range(3)],
        1,
    )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _capsules(person: Person, joints: Array) -> list[Capsule]:
    unit = person.palm_mm
    capsules: list[Capsule] = []

    def add(start: Array, end: Array, r0: float, r1: float, bone: int) -> None:
        capsules.append((start, end, r0 * unit, r1 * unit, bone))

    away = NEUTRAL.thumb[0]
    thumb = joints[1:5] + unit * np.outer(THUMB_INWARD, [-np.cos(away), np.sin(away), 0.0])
    for finger, chain in enumerate(FINGERS):
        radii = RADII[finger] * person.girth[finger]
        centres = thumb if finger == 0 else joints[list(chain[1:])]
        for k in range(3):
            bone = PHALANGES + 3 * finger + k
            add(centres[k], centres[k + 1], radii[k], radii[k + 1], bone)

    def at(x: float, y: float, z: float) -> Array:
        return unit * np.array([x * person.palm_width, y, z * person.palm_depth])

    depth = person.palm_depth
    heels = (at(0.10, 0.08, 0.031), at(0.03, 0.08, 0.031), at(-0.08, 0.08, 0.031), at(-0.16, 0.10, 0.042))
    ends = (0.141, 0.145, 0.135, 0.120)
    for finger in range(4):
        knuckle = joints[FINGERS[finger + 1][1]]
        first = joints[FINGERS[finger + 1][2]]
        add(heels[finger], knuckle, 0.161 * depth, ends[finger] * depth, METACARPALS + finger)
        # The knuckle stands out on the back, nearer to the wrist than where the palm's flesh parts.
        add(
            knuckle + at(0.0, -0.12, -0.075),
            knuckle + at(0.0, -0.07, -0.085),
            0.080 * depth,
            0.085 * depth,
            METACARPALS + finger,
        )
        # The web: flesh reaches some way up the first bone before the fingers part.
        add(knuckle, knuckle + 0.12 * (first - knuckle), ends[finger] * depth, 0.100, METACARPALS + finger)
    for finger in range(3):
        left, right = (
            0.88 * joints[FINGERS[f][1]] + 0.12 * joints[FINGERS[f][2]] for f in (finger + 1, finger + 2)
        )
        add(left, right, 0.06, 0.06, METACARPALS + finger)
    # Heel of the thumb, the web beside it, and the heel of the little finger.
    add(at(0.15, 0.10, 0.07), 0.75 * thumb[1] + 0.25 * thumb[0], 0.168 * depth, 0.123, PHALANGES)
    for along in (0.25, 0.55, 0.90):
        web = thumb[0] + along * (thumb[1] - thumb[0])
        palm = joints[0] + (0.45 + 0.45 * along) * (joints[5] - joints[0])
        add(web, palm, 0.080, 0.085, METACARPALS)
    add(
        at(-0.235, 0.08, 0.05),
        joints[17] + at(0.03, -0.12, 0.02),
        0.176 * depth,
        0.134 * depth,
        METACARPALS + 3,
    )
    wide = 0.125 * person.wrist_width
    for side in (-wide, 0.0, wide):
        radius = 0.188 * person.wrist_width + (0.012 if side == 0 else 0.0)
        top, bottom = np.array([side, 0.02, 0.0]), np.array([side * 1.5, -2.4, 0.0])
        add(unit * top, unit * bottom, radius, 1.4 * radius, FOREARM)
    return capsules


def _part(bone: int) -> int:
    """Bones of one part of the hand (a finger, a metacarpal, the forearm) share a number."""
    return bone if bone < PHALANGES else PHALANGES + (bone - PHALANGES) // 3


@lru_cache(maxsize=4)
def skin_of(person: Person) -> Skin:
    """The person's surface; meshing takes a quarter of a second, the last few people are kept."""
    joints = neutral_joints(person)
    capsules = _capsules(person, joints)
    reach = 0.3 * person.palm_mm
    low = joints.min(0) - reach
    low[1] = -2.0 * person.palm_mm
    high = joints.max(0) + reach
    axes = [np.arange(a, b + VOXEL_MM, VOXEL_MM) for a, b in zip(low, high, strict=True)]
    shape = tuple(len(axis) for axis in axes)
    parts: dict[int, Array] = {}
    for start, end, r0, r1, bone in capsules:
        # A capsule matters only near itself; the rest of the grid is left alone.
        box = []
        for axis, a, b in zip(axes, np.minimum(start, end), np.maximum(start, end), strict=True):
            pad = max(r0, r1) + 5 * BLEND_MM
            box.append(slice(int(np.searchsorted(axis, a - pad)), int(np.searchsorted(axis, b + pad)) + 1))
        cells = [axis[part] for axis, part in zip(axes, box, strict=True)]
        # Within a finger the union is hard: a soft one would swell at every joint.
        part = parts.setdefault(_part(bone), np.full(shape, FAR_MM))
        distance = capsule_distance(np.ix_(*cells), start, end, r0, r1)
        part[tuple(box)] = np.minimum(part[tuple(box)], distance)
    field = -BLEND_MM * np.log(sum(np.exp(-part / BLEND_MM) for part in parts.values()) + 1e-30)
    field[:, 0] = field[:, :, 0] = FAR_MM  # closes the forearm where the grid ends
    corners, faces, _, _ = marching_cubes(field, 0.0, spacing=(VOXEL_MM,) * 3, gradient_direction="descent")
    vertices = corners.astype(float) + low
    return Skin(vertices, faces.astype(np.int32), _holds(vertices, capsules), joints)


def _holds(vertices: Array, capsules: list[Capsule]) -> Array:
    nearest = np.full((len(vertices), BONE_COUNT), np.inf)
    for start, end, r0, r1, bone in capsules:
        nearest[:, bone] = np.minimum(nearest[:, bone], capsule_distance(vertices.T, start, end, r0, r1))
    pull = np.exp(-(nearest - nearest.min(1, keepdims=True)) / SKIN_MM)
    pull[pull < 0.02] = 0.0
    return pull / pull.sum(1, keepdims=True)
