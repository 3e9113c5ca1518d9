"""Angles, rotations and arrows: the one place that knows the project's conventions.

Camera frame: X right, Y up, Z from the scene toward the camera, right-handed.
Hand frame: z the normal of the palm plane, y along wrist -> middle knuckle, x toward the index side.
``R = Rz(roll) @ Rx(elevation) @ Ry(azimuth)`` takes hand coordinates to camera coordinates, the camera
being turned to look along the ray through the palm's centre. Everything here is in radians.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# Landmark indices in MediaPipe's order, shared by every detector and by the synthetic skeleton.
WRIST, INDEX_MCP, MIDDLE_MCP, RING_MCP, LITTLE_MCP = 0, 5, 9, 13, 17
#: The points that define the palm plane: the wrist and the four finger knuckles.
PALM_POINTS = (WRIST, INDEX_MCP, MIDDLE_MCP, RING_MCP, LITTLE_MCP)


def rotation(azimuth: ArrayLike, elevation: ArrayLike, roll: ArrayLike = 0.0) -> Array:
    """Hand-to-camera rotation matrices, shape (..., 3, 3), for angles that broadcast to (...)."""
    a, e, r = np.broadcast_arrays(*(np.asarray(v, float) for v in (azimuth, elevation, roll)))
    ca, sa, ce, se, cr, sr = np.cos(a), np.sin(a), np.cos(e), np.sin(e), np.cos(r), np.sin(r)
    return np.stack(
        [
            np.stack([cr * ca - sr * se * sa, -sr * ce, cr * sa + sr * se * ca], -1),
            np.stack([sr * ca + cr * se * sa, cr * ce, sr * sa - cr * se * ca], -1),
            np.stack([-ce * sa, se, ce * ca], -1),
        ],
        -2,
    )


def angles(matrix: ArrayLike) -> tuple[Array, Array, Array]:
    """Azimuth, elevation and roll of rotation matrices (..., 3, 3); inverse of :func:`rotation`.

    At elevation +-90 deg only azimuth and roll together are determined; roll is then reported as 0.
    """
    m = np.asarray(matrix, float)
    elevation = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    free = np.hypot(m[..., 0, 1], m[..., 1, 1]) > 1e-9
    azimuth = np.where(free, np.arctan2(-m[..., 2, 0], m[..., 2, 2]), np.arctan2(m[..., 0, 2], m[..., 0, 0]))
    roll = np.where(free, np.arctan2(-m[..., 0, 1], m[..., 1, 1]), 0.0)
    return azimuth, elevation, roll


def arrow(azimuth: ArrayLike, elevation: ArrayLike, roll: ArrayLike = 0.0, mirrored: bool = False) -> Array:
    """Unit normal (..., 3) of the palm plane in the camera frame, for angles of a canonical crop.

    It is the z axis of the hand that :func:`hand_rotation` turns.
    """
    return hand_rotation(azimuth, elevation, roll, mirrored)[..., :, 2]


def hand_rotation(azimuth: ArrayLike, elevation: ArrayLike, roll: ArrayLike, mirrored: bool) -> Array:
    """Full transform (..., 3, 3) from canonical hand coordinates to the camera frame.

    A proper rotation, but for a ``mirrored`` crop: that was flipped left to right after its roll was removed,
    so its hand is flipped back first and rolled second, a rotation of the mirrored hand (determinant -1).
    """
    flip = np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    return rotation(0.0, 0.0, roll) @ flip @ rotation(azimuth, elevation)


def side_of(facing: Literal["palm", "back"]) -> Array:
    """Matrix (3, 3) from a palm's coordinates to those of the side that faces the camera.

    The back of a hand is the palm's mesh seen from behind: z, out of the palm, points away.
    """
    return np.diag([1.0, 1.0, 1.0 if facing == "palm" else -1.0])


def opposite(azimuth: ArrayLike, elevation: ArrayLike) -> tuple[Array, Array]:
    """The orientation whose flat silhouette is the same under a distant camera (the symmetry problem)."""
    return -np.asarray(azimuth, float), -np.asarray(elevation, float)


def angle_between(first: ArrayLike, second: ArrayLike) -> Array:
    """Angle in [0, pi] between unit vectors (..., 3)."""
    a, b = np.asarray(first, float), np.asarray(second, float)
    return 2.0 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))


def palm_centre(points: ArrayLike) -> Array:
    """Centre (n,) of the palm in 21 landmarks or joints (21, n): the mean of :data:`PALM_POINTS`."""
    return np.asarray(points, float)[list(PALM_POINTS)].mean(0)


def palm_frame(joints: ArrayLike) -> tuple[Array, Array]:
    """Axes (3, 3), columns x, y, z of the hand frame, and centre (3,) of 21 joints (21, 3).

    z is the normal of the least-squares plane through :data:`PALM_POINTS`, on the side that makes
    x point from the little knuckle toward the index knuckle.

    Raises:
        ValueError: if the five palm points are (nearly) on one line and define no plane, if wrist and middle
            knuckle are one point and define no long axis, or if a number is not finite.
    """
    points = np.asarray(joints, float)[list(PALM_POINTS)]
    if not np.isfinite(points).all():
        raise ValueError("the palm's landmarks are not all finite")
    centre = points.mean(0)
    _, spread, axes = np.linalg.svd(points - centre)
    if spread[1] < 1e-6 * max(spread[0], 1e-12):
        raise ValueError("the palm's landmarks lie on one line, so they define no plane")
    z = axes[2]
    y = points[2] - points[0]
    y = y - z * (y @ z)
    length = np.linalg.norm(y)
    if length < 1e-6 * spread[0]:
        raise ValueError("the wrist and the middle knuckle are at one place, so they define no long axis")
    y /= length
    x = np.cross(y, z)
    if x @ (points[1] - points[4]) < 0:
        x, z = -x, -z
    return np.stack([x, y, z], 1), centre


def look_at(ray: ArrayLike) -> Array:
    """Rotation (3, 3) that turns the camera, without roll, to look along ``ray`` (3,).

    It takes vectors of the turned camera to the camera frame; ``ray`` points from the camera into the
    scene, so (0, 0, -1) gives the identity.
    """
    back = -np.asarray(ray, float)
    back = back / np.linalg.norm(back)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back], 1)


def roll_of(points_px: ArrayLike) -> float:
    """Roll in [-pi, pi] read off 2D landmarks (21, 2) in pixels (y down): wrist -> middle knuckle is up."""
    p = np.asarray(points_px, float)
    right, down = p[MIDDLE_MCP] - p[WRIST]
    return float(np.arctan2(-right, -down))
