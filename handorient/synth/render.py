"""Pictures of the synthetic hand: rays cast with Embree, shaded per pixel, with the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from handorient.hand.landmarks import Facing, Landmarks
from handorient.orientation import hand_rotation, look_at
from handorient.synth.skeleton import Person, Pose, place
from handorient.synth.surface import skin_of, vertex_normals
from handorient.synth.texture import albedo

Array = NDArray[np.float64]


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
        side = np.diag([1.0, 1.0, 1.0 if self.facing == "palm" else -1.0])
        return look_at(ray) @ turn @ side, self.distance_mm * ray, focal


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
    """A rendered hand: colours (H, W, 3) uint8, background included, and the exact mask (H, W) bool."""

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]


class HandScene:
    """One person's hand in one pose, ready to be seen from anywhere; cheap to look at again."""

    def __init__(self, person: Person, pose: Pose, sleeve: Sleeve | None = None) -> None:
        skin, posed = skin_of(person), place(person, pose)
        self.joints = posed.joints
        self._vertices = skin.posed(posed)
        self._faces = skin.faces
        self._normals = vertex_normals(self._vertices, skin.faces)
        self._person, self._skin, self._sleeve = person, skin, sleeve
        self._albedo: Array | None = None
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, self._vertices.astype(np.float32), skin.faces)

    def landmarks(self, view: View, width: int, height: int) -> Landmarks:
        """The exact landmarks (no detector) of the hand in a width x height picture."""
        points = _project(self.joints, view, width, height)
        return Landmarks(points, "right" if (view.facing == "palm") != view.mirrored else "left")

    def mask(self, view: View, width: int, height: int) -> NDArray[np.bool_]:
        """The exact mask (height, width) of the hand and its forearm."""
        found, region, _ = self._cast(view, width, height)
        mask = np.zeros((height, width), bool)
        if region is not None:
            mask[region] = found["geomID"].reshape(mask[region].shape) >= 0
        return mask

    def render(self, view: View, light: Light, background: NDArray[np.uint8]) -> Picture:
        """The hand in front of ``background`` (H, W, 3)."""
        height, width = background.shape[:2]
        mask, rgb = np.zeros((height, width), bool), background.copy()
        found, region, directions = self._cast(view, width, height)
        if region is None:
            return Picture(rgb, mask)
        hit = np.flatnonzero(found["geomID"] >= 0)
        inside = np.zeros(len(found["geomID"]), bool)
        inside[hit] = True
        mask[region] = inside.reshape(mask[region].shape)
        shaded = self._shade(view, light, found, hit, directions[hit], width, height)
        rgb[mask] = (shaded * 255).round().astype(np.uint8)
        return Picture(_soften(rgb, background, mask), mask)

    def _cast(
        self, view: View, width: int, height: int
    ) -> tuple[dict[str, Array], tuple[slice, slice] | None, Array]:
        turn, shift, focal = view.pose(width, height)
        pixels = _project(self._vertices, view, width, height)
        low = np.maximum(np.floor(pixels.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(pixels.max(0)).astype(int) + 2, (width, height))
        if (high <= low).any():
            return {}, None, np.zeros((0, 3))
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        rays = np.stack([x - width / 2, height / 2 - y, np.full_like(x, -focal)], -1).reshape(-1, 3)
        directions = (rays / np.linalg.norm(rays, axis=1, keepdims=True)) @ turn
        # The camera moves, not the hand, so that one scene serves every view.
        origins = np.broadcast_to(-shift @ turn, directions.shape)
        found = self._scene.run(origins.astype(np.float32), directions.astype(np.float32), output=True)
        return found, (slice(low[1], high[1]), slice(low[0], high[0])), directions

    def _shade(
        self,
        view: View,
        light: Light,
        found: dict[str, Array],
        hit: NDArray[np.int64],
        directions: Array,
        width: int,
        height: int,
    ) -> Array:
        if self._albedo is None:
            colour = albedo(self._person).copy()
            if self._sleeve is not None:
                colour[self._skin.vertices[:, 1] < -self._sleeve.starts_mm] = self._sleeve.colour
            self._albedo = colour**2.2
        corners = self._faces[found["primID"][hit]]
        u, v = found["u"][hit, None], found["v"][hit, None]

        def blend(values: Array) -> Array:
            return (1 - u - v) * values[corners[:, 0]] + u * values[corners[:, 1]] + v * values[corners[:, 2]]

        normals = blend(self._normals)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        turn, _, _ = view.pose(width, height)
        towards = light.direction / np.linalg.norm(light.direction) @ turn
        up = np.array([0.0, 1.0, 0.0]) @ turn
        points = blend(self._vertices) + 1.5 * normals
        blocked = self._scene.run(
            points.astype(np.float32),
            np.broadcast_to(towards, points.shape).astype(np.float32),
            query="OCCLUDED",
        )
        lit = np.where(np.asarray(blocked) == -1, 1.0, 0.25)[:, None]
        # Light wraps around skin a little, the more so the redder.
        wrap = np.array([0.35, 0.22, 0.18])
        cosine = normals @ towards
        diffuse = np.clip((cosine[:, None] + wrap) / (1 + wrap), 0, None) * lit * light.colour
        sky = 0.5 + 0.5 * normals @ up
        facing = np.clip(-(normals * directions).sum(1), 0, 1)
        ambient = light.ambient * (0.55 + 0.45 * sky) * (0.55 + 0.45 * facing)
        half = towards - directions
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        shine = 0.10 * np.clip((normals * half).sum(1), 0, 1) ** 24
        linear = (
            blend(self._albedo) * (ambient[:, None] + (1 - 0.35 * light.ambient) * diffuse)
            + shine[:, None] * lit
        )
        return np.clip(linear, 0, 1) ** (1 / 2.2)


def _project(points: Array, view: View, width: int, height: int) -> Array:
    turn, shift, focal = view.pose(width, height)
    camera = points @ turn.T + shift
    depth = np.maximum(-camera[:, 2], 1.0)
    return np.stack([width / 2 + focal * camera[:, 0] / depth, height / 2 - focal * camera[:, 1] / depth], 1)


def _soften(
    rgb: NDArray[np.uint8], background: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Blend the hand's rim into the background as a lens would: one ray a pixel leaves stairs."""
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0.8)[..., None]
    filled = np.where(mask[..., None], rgb, cv2.blur(rgb, (3, 3)))
    return (filled * alpha + background * (1 - alpha)).round().astype(np.uint8)
