"""Pictures of a mesh, the synthetic hand's above all: rays cast with Embree, shaded per pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from handorient.hand.landmarks import Facing, Landmarks
from handorient.orientation import hand_rotation, look_at, side_of
from handorient.synth.skeleton import Person, Pose, place
from handorient.synth.surface import RADII, pressed_flesh, skin_of, vertex_normals
from handorient.synth.texture import albedo

Array = NDArray[np.float64]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """Where the hand is and how it is seen.

    Attributes:
        azimuth_rad, elevation_rad, roll_rad: orientation relative to the ray to the palm's centre.
        facing: the side that faces the camera.
        mirrored: whether the index side is on the left of the upright hand (the crop will mirror it).
        distance_mm: from the camera to the palm's centre.
        centre: palm's centre in the picture, as fractions of width and height.
        field_rad: the camera's horizontal field of view.
    """

    azimuth_rad: float
    elevation_rad: float
    roll_rad: float = 0.0
    facing: Facing = "palm"
    mirrored: bool = False
    distance_mm: float = 500.0
    centre: tuple[float, float] = (0.5, 0.5)
    field_rad: float = np.radians(60.0)

    def pose(self, width: int, height: int) -> tuple[Array, Array, float]:
        """Matrix (3, 3) and shift (3,) from hand to camera coordinates (mm) and the focal length in px."""
        focal = width / 2 / np.tan(self.field_rad / 2)
        ray = np.array([(self.centre[0] - 0.5) * width, (0.5 - self.centre[1]) * height, -focal])
        ray /= np.linalg.norm(ray)
        turn = hand_rotation(self.azimuth_rad, self.elevation_rad, self.roll_rad, self.mirrored)
        return look_at(ray) @ turn @ side_of(self.facing), self.distance_mm * ray, focal


@dataclass(frozen=True, slots=True)
class Light:
    """A key light from ``direction`` (3,) in the camera frame, its colour (3,), and the ambient share."""

    direction: Array
    colour: Array
    ambient: float

    @classmethod
    def studio(cls) -> Light:
        """Soft, from above the camera and to its left."""
        return cls(np.array([-0.45, 0.65, 0.6]), np.array([1.0, 0.97, 0.93]), 0.42)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Light:
        """A light as rooms have them: mostly from the front and above, warm to cool."""
        direction = rng.normal([0.0, 0.5, 0.7], [0.7, 0.5, 0.35])
        return cls(direction, 1 + rng.normal(0, 0.03, 3), rng.uniform(0.25, 0.65))


@dataclass(frozen=True, slots=True)
class Sleeve:
    """What covers the forearm, from ``starts_mm`` below the wrist; ``colour`` (3,) is sRGB, 0 to 1."""

    starts_mm: float
    colour: Array


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered mesh: colours (H, W, 3) uint8, background included, and the exact mask (H, W) bool."""

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]


class MeshScene:
    """A painted mesh, ready to be seen from anywhere; cheap to look at again."""

    def __init__(self, vertices: Array, faces: NDArray[np.int32], colour: Array) -> None:
        """Vertices (V, 3) in mm, faces (F, 3) counter-clockwise from outside, sRGB colours (V, 3), 0 to 1."""
        self._vertices, self._faces = vertices, faces
        # (V, 9) normal, position and linear colour of every vertex, for one gather a picture.
        normals = vertex_normals(vertices, faces)
        self._surface = np.hstack([normals, vertices, colour**2.2]).astype(np.float32)
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, vertices.astype(np.float32), faces)

    def render(self, view: View, light: Light, background: NDArray[np.uint8]) -> Picture:
        """The mesh in front of ``background`` (H, W, 3)."""
        height, width = background.shape[:2]
        mask, rgb = np.zeros((height, width), bool), background.copy()
        region = self._region(view, width, height)
        if region is None:
            return Picture(rgb, mask)
        turn, shift, _ = view.pose(width, height)
        # The camera moves, not the mesh, so that one scene serves every view.
        directions = _rays(view, width, height, region) @ turn.astype(np.float32)  # (N, 3)
        origins = np.broadcast_to((-shift @ turn).astype(np.float32), directions.shape)
        found = self._scene.run(np.ascontiguousarray(origins), directions, output=True)
        hit = found["geomID"] >= 0
        corners = self._faces[found["primID"][hit]]
        shaded = self._shade(turn, light, corners, found["u"][hit], found["v"][hit], directions[hit])
        part = rgb[region]
        mask[region] = hit.reshape(part.shape[:2])
        part[mask[region]] = (shaded * 255).round()
        rgb[region] = _soften(part, background[region], mask[region])
        return Picture(rgb, mask)

    def _region(self, view: View, width: int, height: int) -> tuple[slice, slice] | None:
        """Rows and columns that the mesh may cover; None if it is out of the picture."""
        pixels = project(self._vertices, view, width, height)
        low = np.maximum(np.floor(pixels.min(0)).astype(int) - 2, 0)
        high = np.minimum(np.ceil(pixels.max(0)).astype(int) + 3, (width, height))
        if (high <= low).any():
            return None
        return slice(low[1], high[1]), slice(low[0], high[0])

    def _shade(
        self,
        turn: Array,
        light: Light,
        corners: NDArray[np.int32],
        u: FloatArray,
        v: FloatArray,
        directions: FloatArray,
    ) -> FloatArray:
        """sRGB (N, 3), 0 to 1, of N points given by their triangle's corners and barycentric coordinates."""
        first, second, third = (self._surface[corners[:, k]] for k in range(3))
        point = first + u[:, None] * (second - first) + v[:, None] * (third - first)
        normals, positions, colour = point[:, :3], point[:, 3:6], point[:, 6:]
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        towards = (light.direction / np.linalg.norm(light.direction) @ turn).astype(np.float32)
        # Shadow rays start a little off the skin, or it would shade itself.
        ends = np.ascontiguousarray(np.broadcast_to(towards, positions.shape))
        blocked = self._scene.run(positions + np.float32(1.5) * normals, ends, query="OCCLUDED")
        lit = np.where(np.asarray(blocked) == -1, np.float32(1), np.float32(0.25))[:, None]
        # Light wraps around skin a little, the more so the redder.
        wrap = np.array([0.35, 0.22, 0.18], np.float32)
        glow = (light.colour * (1 - 0.35 * light.ambient) / (1 + wrap)).astype(np.float32)
        diffuse = np.maximum((normals @ towards)[:, None] + wrap, 0) * lit * glow
        sky = 0.5 + 0.5 * (normals @ turn[1].astype(np.float32))
        facing = np.clip(-np.einsum("ni,ni->n", normals, directions), 0, 1)
        ambient = np.float32(light.ambient) * (0.55 + 0.45 * sky) * (0.55 + 0.45 * facing)
        half = towards - directions
        cosine = np.einsum("ni,ni->n", normals, half) / np.linalg.norm(half, axis=1)
        shine = np.float32(0.10) * np.maximum(cosine, 0) ** 24
        linear = colour * (ambient[:, None] + diffuse) + shine[:, None] * lit
        return np.asarray(np.clip(linear, 0, 1) ** np.float32(1 / 2.2))


#: Fingers bent by more than this in all leave a hole that flesh fills.
CURLED_RAD = np.radians(185.0)


class HandScene(MeshScene):
    """One person's hand in one pose."""

    def __init__(self, person: Person, pose: Pose, sleeve: Sleeve | None = None) -> None:
        skin, posed = skin_of(person), place(person, pose)
        self.joints = posed.joints
        colour = albedo(person).copy()
        if sleeve is not None:
            colour[skin.vertices[:, 1] < -sleeve.starts_mm] = sleeve.colour
        vertices, faces = skin.posed(posed), skin.faces
        for finger in np.flatnonzero(pose.flexion.sum(1) > CURLED_RAD):
            thickness_mm = 1.2 * RADII[finger + 1, 1] * person.girth[finger + 1] * person.palm_mm
            corners, sides = pressed_flesh(posed, finger, thickness_mm)
            faces = np.concatenate([faces, sides + len(vertices)])
            vertices = np.concatenate([vertices, corners])
            colour = np.concatenate([colour, np.broadcast_to(person.tone, corners.shape)])
        super().__init__(vertices, faces, colour)

    def landmarks(self, view: View, width: int, height: int) -> Landmarks:
        """The exact landmarks (no detector) of the hand in a width x height picture."""
        points = project(self.joints, view, width, height)
        return Landmarks(points, "right" if (view.facing == "palm") != view.mirrored else "left")


def _rays(view: View, width: int, height: int, region: tuple[slice, slice]) -> FloatArray:
    """Unit vectors (N, 3) through a region's pixels, camera frame, row by row."""
    focal = view.pose(width, height)[2]
    rows, columns = (np.arange(part.start, part.stop, dtype=np.float32) + 0.5 for part in region)
    rays = np.empty((len(rows), len(columns), 3), np.float32)
    rays[..., 0], rays[..., 1], rays[..., 2] = columns - width / 2, (height / 2 - rows)[:, None], -focal
    return (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3)


def project(points: Array, view: View, width: int, height: int) -> Array:
    """Where points (N, 3), mm, appear in a width x height picture: (N, 2) px, y down."""
    turn, shift, focal = view.pose(width, height)
    camera = points @ turn.T + shift
    depth = np.maximum(-camera[:, 2], 1.0)
    return np.stack([width / 2 + focal * camera[:, 0] / depth, height / 2 - focal * camera[:, 1] / depth], 1)


def _soften(
    rgb: NDArray[np.uint8], background: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Blend the mesh's rim into the background as a lens would: one ray a pixel leaves stairs."""
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0.8)[..., None]
    filled = np.where(mask[..., None], rgb, cv2.blur(rgb, (3, 3)))
    return (filled * alpha + background * (1 - alpha)).round().astype(np.uint8)
