"""The head's surface: ellipsoids and capsules, softly joined; meshed once for each person, turned at will.

Coordinates are millimetres in the head frame: x toward the person's left, y toward the crown, z out of the
face; the origin lies between the ears (tragions), the eyes look straight ahead along z.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from handorient.synth.capsule import capsule_distance
from handorient.synth.head_shape import MEN, Head

Array = NDArray[np.float64]
#: x, y and z of points, in arrays that broadcast against each other.
Points = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]
Field = NDArray[np.floating]

#: What a point of the surface is made of.
SKIN, RIM, HAIR, CLOTHES = range(4)
#: Where each of them is meshed (lowest and highest x, y, z of one half) and how finely, mm.
GRIDS = {
    SKIN: ((0.0, -190.0, -130.0), (100.0, 150.0, 135.0), 3.2),
    RIM: ((0.0, 0.0, -25.0), (90.0, 65.0, 115.0), 2.6),
    HAIR: ((0.0, -200.0, -145.0), (115.0, 170.0, 125.0), 4.5),
    CLOTHES: ((0.0, -360.0, -165.0), (250.0, -60.0, 85.0), 9.0),
}
#: Height of the pupils, and of the sellion, above the ears' axis in the average head.
EYES_MM, SELLION_MM = 30.0, 34.0
#: The neck bends about this point.
PIVOT = np.array([0.0, -55.0, -25.0])
#: The neck turns between these heights; a plane through the chin and the nape has one height.
TURNS_BELOW, TURNS_ABOVE, TILT = -150.0, -72.0, 0.55
FAR_MM = 1e3


@dataclass(frozen=True, slots=True)
class HeadSurface:
    """A person's head, neck and shoulders, looking straight ahead.

    Attributes:
        vertices: (V, 3) mm.
        faces: (F, 3) int32, counter-clockwise from outside.
        average: (V, 3) mm, where each vertex would lie on a skull of average size: what paint goes by.
        material: (V,) SKIN, RIM (of glasses), HAIR or CLOTHES.
        share: (V,) of the head's turn that a vertex takes part in: 0 on the shoulders, 1 on the head.
    """

    vertices: Array
    faces: NDArray[np.int32]
    average: Array
    material: NDArray[np.intp]
    share: Array

    @property
    def face(self) -> NDArray[np.bool_]:
        """(V,) whether a vertex belongs to the face: skin from the chin to the forehead, and ear to ear."""
        _, y, z = self.average.T
        return (self.material == SKIN) & (self.share > 0.95) & (y < 70) & (z > -20)

    def turned(self, turn: Array) -> Array:
        """Vertices (V, 3) with the head turned by a rotation (3, 3) against the shoulders.

        The shoulders keep their direction; they move aside so that the head's origin stays where it is.
        """
        axis = cv2.Rodrigues(turn)[0].ravel()
        angle = float(np.linalg.norm(axis))
        axis = axis / max(angle, 1e-12)
        part = self.share[:, None] * angle
        arm = self.vertices - PIVOT
        along = (arm @ axis)[:, None] * axis
        moved = along + np.cos(part) * (arm - along) + np.sin(part) * np.cross(axis, arm)
        return moved + turn @ PIVOT


def _ellipsoid(at: Points, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Field:
    """Approximate signed distance to an ellipsoid, exact for a sphere."""
    squares = [((a - c) / r) ** 2 for a, c, r in zip(at, centre, radii, strict=True)]
    inner = np.sqrt(squares[0] + squares[1] + squares[2])
    steep = np.sqrt(sum(s / r**2 for s, r in zip(squares, radii, strict=True))) + 1e-9
    return np.asarray(inner * (inner - 1) / steep)


def _join(a: Field, b: Field, soft_mm: float) -> Field:
    """Union of two shapes, rounded where they meet (I. Quilez's polynomial smooth minimum)."""
    near = np.maximum(soft_mm - np.abs(a - b), 0)
    return np.minimum(a, b) - near * near / (4 * soft_mm)


def _cut(a: Field, b: Field, soft_mm: float) -> Field:
    """What of ``a`` lies outside ``b``, rounded along the cut."""
    return -_join(-a, b, soft_mm)


def _about_y(at: Points, centre: tuple[float, float, float], angle: float) -> Points:
    """Points seen in axes turned about y, the origin at ``centre``."""
    x, y, z = (a - c for a, c in zip(at, centre, strict=True))
    c, s = np.cos(angle), np.sin(angle)
    return c * x + s * z, y + 0 * x, c * z - s * x


def eye_aside(head: Head) -> float:
    """How far aside an eye lies on the skull of average size, mm."""
    return head.pupils_mm / 2 * float(MEN[1, 0]) / head.breadth_mm


def nose_tip(head: Head) -> tuple[float, float, float]:
    """Centre of the nose's tip on the skull of average size, mm."""
    return 0.0, SELLION_MM - 43 * head.nose[0], 93 + 13 * head.nose[2]


def _skin(at: Points, head: Head) -> Field:
    """Signed distance to the skin of a head with an average skull; ``at`` has x >= 0, for both sides."""
    eye, tip, wide = eye_aside(head), nose_tip(head), head.nose[1]
    cheek = (head.cheeks_mm / head.breadth_mm) / (MEN[4, 0] / MEN[1, 0])
    jaw, chin = head.jaw * cheek, 5 * (head.chin - 1)
    parts: list[tuple[Field, float]] = [
        (_ellipsoid(at, (0, -5, 26), (63 * cheek, 76, 62)), 14),
        (capsule_distance(at, (49 * jaw, -46, 10), (15, -74, 70 + chin), 16, 15), 16),
        (_ellipsoid(at, (0, -72, 76 + chin), (18, 16, 17)), 10),
        (_ellipsoid(at, (0, -43, 67), (33, 25, 27)), 12),
        (_ellipsoid(at, (47 * cheek, 0, 51), (21, 18, 23)), 24),
        (capsule_distance(at, (8, 45, 84 + head.brow_mm), (46, 47, 60 + head.brow_mm), 9, 7), 9),
    ]
    shape = _ellipsoid(at, (0, 50, -2), (77, 82, 100))
    for part, soft_mm in parts:
        shape = _join(shape, part, soft_mm)
    shape = _cut(shape, _ellipsoid(at, (eye + 1, 29, 101), (23, 16, 22)), 9)
    shape = _join(shape, _ellipsoid(at, (eye, EYES_MM, 69), (17, 11, 14)), 4)
    shape = _join(shape, capsule_distance(at, (0, SELLION_MM + 4, 86), tip, 5.5 * wide, 8.5 * wide), 10)
    shape = _join(shape, _ellipsoid(at, (10.5 * wide, tip[1] - 2, tip[2] - 10), (7 * wide, 7, 10)), 5)
    shape = _join(shape, _ellipsoid(at, (0, -38.5, 88), (25, 5.5 * head.lips, 10)), 4)
    shape = _join(shape, _ellipsoid(at, (0, -49, 87), (21, 6.5 * head.lips, 11)), 4)
    neck = head.neck_mm / (2 * np.pi)
    shape = _join(shape, capsule_distance(at, (0, -15, -28), (0, -170, -45), 0.96 * neck, 1.08 * neck), 14)
    tall = 31 * head.ear_mm / MEN[6, 0]
    ear = _about_y(at, (75, 6, -14), 0.42 * head.ears)
    flap = _ellipsoid(ear, (2, 0, -6), (6, tall, 17))
    hollow = _ellipsoid(ear, (9, 1, -3), (7, 0.6 * tall, 9))
    return _join(shape, _cut(flap, hollow, 3), 4)


def _clothes(at: Points, head: Head) -> Field:
    """A shirt: the shoulders, up to the collar."""
    chest = _ellipsoid(at, (0, -300, -45), (190, 150, 105))
    slope = capsule_distance(at, (25, -118, -68), (185, -165, -58), 34, 50)
    collar = capsule_distance(at, (0, -132, -44), (0, -190, -42), 62, 88)
    return _join(_join(chest, slope, 40), collar, 20)


def _hair(at: Points, head: Head) -> Field:
    hair = head.hair
    assert hair is not None
    _, y, z = at
    thick = hair.thickness_mm
    # Thicker on top than at the sides.
    shell = _ellipsoid(at, (0, 50 + 0.2 * thick, -2), (77 + 0.7 * thick, 82 + thick, 100 + 0.8 * thick))
    # No hairline is straight.
    ragged = 1.5 * np.sin(0.31 * at[0]) + 1.5 * np.sin(0.23 * z + 0.17 * at[0])
    plane = (hair.line_mm + hair.slope * z + ragged - y) / np.hypot(1, hair.slope)
    shape = -_join(-shell, -plane + 0 * shell, 8)
    if hair.below_mm is not None:
        half = (95 + hair.below_mm) / 2
        fall = _ellipsoid(at, (0, 95 - half, -36), (84 + 0.8 * thick, half + 12, 78))
        shape = _join(shape, fall, 12)
    if hair.bun:
        shape = _join(shape, _ellipsoid(at, (0, 96, -98), (30, 28, 26)), 8)
    return shape


def _rims(at: Points, head: Head) -> Field:
    """Of glasses: around the eyes, a bridge, and temples back to the ears."""
    x, y, z = at
    eye = eye_aside(head)
    ring = np.hypot((x - eye - 1) / 1.15, y - EYES_MM + 2) - 20
    # The rims follow the face: further back beside it.
    rims = np.hypot(ring, z - 99 + 0.006 * x**2) - 2.6
    bridge = capsule_distance(at, (0, 33, 99), (12, 33, 98), 2.6, 2.6)
    temple = capsule_distance(at, (57, 34, 79), (80, 30, -10), 2.6, 2.6)
    return np.minimum(np.minimum(rims, bridge), temple)


@lru_cache(maxsize=4)
def head_surface(head: Head) -> HeadSurface:
    """The person's surface; meshing takes a quarter of a second, the last few people are kept."""
    shapes = {SKIN: _skin, CLOTHES: _clothes}
    if head.hair is not None:
        shapes[HAIR] = _hair
    if head.glasses:
        shapes[RIM] = _rims
    meshes = [_meshed(shape, head, *GRIDS[material]) for material, shape in shapes.items()]
    average = np.concatenate([points for points, _ in meshes])
    starts = np.cumsum([0] + [len(points) for points, _ in meshes[:-1]])
    faces = np.concatenate([faces + start for (_, faces), start in zip(meshes, starts, strict=True)])
    material = np.repeat(list(shapes), [len(points) for points, _ in meshes])
    x, y, z = average.T
    scale = np.stack(
        [
            np.full(len(x), head.breadth_mm / MEN[1, 0]),
            np.where(y > 0, head.top_mm / MEN[2, 0], _lower(head)),
            np.full(len(x), head.length_mm / MEN[0, 0]),
        ],
        1,
    )
    t = np.clip((y + TILT * z - TURNS_BELOW) / (TURNS_ABOVE - TURNS_BELOW), 0, 1)
    return HeadSurface(average * scale, faces.astype(np.int32), average, material, t * t * (3 - 2 * t))


def _meshed(
    shape: Callable[[Points, Head], Field],
    head: Head,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    voxel_mm: float,
) -> tuple[Array, NDArray[np.int32]]:
    """Vertices (V, 3) and faces (F, 3) of a shape and its mirror image; closed where the grid ends."""
    x, y, z = (np.arange(a, b, voxel_mm, np.float32) for a, b in zip(low, high, strict=True))
    half = shape((x[:, None, None], y[:, None], z), head)
    field = np.concatenate([half[:0:-1], half])
    field[[0, -1]] = field[:, [0, -1]] = field[:, :, [0, -1]] = FAR_MM
    corners, faces, _, _ = marching_cubes(field, 0.0, spacing=(voxel_mm,) * 3, gradient_direction="descent")
    return corners + np.array([-x[-1], low[1], low[2]], float), faces


def _lower(head: Head) -> float:
    """How much longer than average the face is under the ears' axis, which the sellion lies above."""
    above = SELLION_MM * head.top_mm / MEN[2, 0]
    return (head.face_mm - above) / (MEN[3, 0] - SELLION_MM)
