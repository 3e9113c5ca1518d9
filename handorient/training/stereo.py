"""Truth from two cameras: a hand filmed from two sides and triangulated, and what each view should say.

Reads the folder layout of TemugeB/handpose3d: ``camN_test.mp4``, intrinsics ``cN.dat``, extrinsics
``rot_trans_cN.dat`` (x right, y down, z forward) and ``triangulated_mp.npz`` with the joints and the points
in each view that they were triangulated from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.capture.video import VideoFile
from handorient.errors import UserError
from handorient.hand.landmarks import Landmarks
from handorient.orientation import MIDDLE_MCP, WRIST, angles, look_at, palm_centre, palm_frame
from handorient.training.data import UNREADABLE

Array = NDArray[np.float64]

#: OpenCV's camera axes (y down, z forward) in ours (Y up, Z to the camera).
OURS = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True, slots=True)
class CanonicalAngles:
    """Azimuth and elevation as the canonical crop sees them, and whether that crop is mirrored."""

    azimuth_rad: float
    elevation_rad: float
    mirrored: bool

    def as_seen(self, mirrored: bool) -> Array:
        """(2,) the angles in a crop that is mirrored, or not: past edge-on, azimuth passes 90 degrees."""
        if mirrored == self.mirrored:
            return np.array([self.azimuth_rad, self.elevation_rad])
        return np.array([np.copysign(np.pi, self.azimuth_rad) - self.azimuth_rad, self.elevation_rad])


def canonical_angles(joints: Array, ray: Array) -> CanonicalAngles:
    """Angles of 21 joints (21, 3), camera frame (Y up), relative to the ray (3,) to the palm's centre.

    Raises:
        ValueError: if the palm's joints define no frame.
    """
    frame = look_at(ray).T @ palm_frame(joints)[0]
    mirrored = bool(frame[2, 2] < 0)
    if mirrored:
        # The hand shows its other side: the crop mirrors the picture, and the normal that faces us is -z.
        frame = np.diag([-1.0, 1.0, 1.0]) @ frame @ np.diag([1.0, 1.0, -1.0])
    azimuth, elevation, _ = angles(frame)
    return CanonicalAngles(float(azimuth), float(elevation), mirrored)


def world_angles(landmarks: Landmarks) -> CanonicalAngles:
    """The same from the detector's own 3D guess, whose axes follow the ray already.

    Raises:
        ValueError: if the detector gives none, or its palm defines no frame.
    """
    if landmarks.world_m is None:
        raise ValueError("this detector gives no 3D landmarks")
    return canonical_angles(landmarks.world_m, np.array([0.0, 0.0, -1.0]))


@dataclass(frozen=True, slots=True)
class StereoFrame:
    """One view's frame with its truth and how straight the fingers are (over 0.9 is an open hand)."""

    frame: Frame
    truth: CanonicalAngles
    straightness: float


def stereo_frames(folder: Path, view: int) -> Iterator[StereoFrame]:
    """The frames of one view (0 or 1) whose joints were triangulated well.

    Raises:
        UserError: if the folder lacks one of its files.
    """
    recording = _recording(folder)
    with VideoFile(folder / f"cam{view}_test.mp4") as video:
        while (frame := video.read()) is not None:
            if frame.index >= len(recording.good) or not recording.good[frame.index]:
                continue
            truth = recording.cameras[view].angles(recording.joints[frame.index])
            yield StereoFrame(frame, truth, float(recording.straightness[frame.index]))


def truth_error_deg(folder: Path) -> Array:
    """How far off the truth itself may be: mean absolute error (2,) of azimuth and elevation, degrees.

    Two views of a joint have four coordinates for three unknowns: by how far they disagree says how far off
    each of them is, if all are off alike. Disagreements of whole hands, drawn at random, move every hand's
    points, which are then triangulated once more. What both views get wrong together does not show.

    Raises:
        UserError: if the folder lacks one of its files.
    """
    recording = _recording(folder)
    cameras, points = recording.cameras, recording.points[:, recording.good]
    joints = _triangulated(cameras, points)
    exact = np.stack([camera.project(joints) for camera in cameras])
    palm_px = np.linalg.norm(exact[:, :, MIDDLE_MCP] - exact[:, :, WRIST], axis=-1)[..., None, None]
    off = (points - exact) / palm_px
    # A joint's four residuals have one degree of freedom: together they are as long as one coordinate is off.
    aside = np.linalg.svd(off[0].reshape(-1, 2), full_matrices=False)[2][0]
    off = np.linalg.norm(off, axis=(0, 3)) * np.sign(off[0] @ aside)  # (N, 21)
    drawn = off[np.random.default_rng(0).integers(0, len(off), (2, len(off), 2))]  # (2, N, 2, 21)
    moved = _triangulated(cameras, exact + drawn.swapaxes(2, 3) * palm_px)
    errors = []
    for before, after in zip(joints, moved, strict=True):
        for camera in cameras:
            was, found = camera.angles(before), camera.angles(after)
            errors.append(found.as_seen(was.mirrored) - was.as_seen(was.mirrored))
    return np.asarray(np.degrees(np.abs(errors).mean(0)))


@dataclass(frozen=True, slots=True)
class _Camera:
    """A camera of the recording: intrinsics (3, 3), and the turn (3, 3) and shift (3,) of the world to it."""

    intrinsics: Array
    turn: Array
    shift: Array

    def angles(self, joints: Array) -> CanonicalAngles:
        """What this view should say of joints (21, 3) of the world."""
        here = joints @ self.turn.T + self.shift
        return canonical_angles(here @ OURS, palm_centre(here) @ OURS)

    def project(self, points: Array) -> Array:
        """Where points (..., 3) of the world appear, (..., 2) px."""
        there = (points @ self.turn.T + self.shift) @ self.intrinsics.T
        return there[..., :2] / there[..., 2:]

    def matrix(self) -> Array:
        """(3, 4) of homogeneous coordinates."""
        return self.intrinsics @ np.column_stack([self.turn, self.shift])


@dataclass(frozen=True, slots=True)
class _Recording:
    """N frames: joints (N, 21, 3) of the world, the points (2, N, 21, 2) that the two views show."""

    joints: Array
    points: Array
    straightness: Array
    good: NDArray[np.bool_]
    cameras: tuple[_Camera, _Camera]


def _recording(folder: Path) -> _Recording:
    try:
        with np.load(folder / "triangulated_mp.npz") as data:
            points = np.stack([data["kp0"], data["kp1"]])
            joints, straightness, good = data["X"], data["ext"], data["good"]
        return _Recording(joints, points, straightness, good, (_camera(folder, 0), _camera(folder, 1)))
    except (*UNREADABLE, IndexError) as error:
        raise UserError(f"{folder} is no stereo recording: {error}.") from error


def _triangulated(cameras: tuple[_Camera, _Camera], points: Array) -> Array:
    """Joints (N, 21, 3) of the world from where both views see them (2, N, 21, 2)."""
    first, second = (camera.matrix() for camera in cameras)
    found = cv2.triangulatePoints(first, second, *points.reshape(2, -1, 2).transpose(0, 2, 1))
    joints: Array = (found[:3] / found[3]).T.reshape(*points.shape[1:3], 3)
    return joints


def _camera(folder: Path, view: int) -> _Camera:
    (intrinsics,) = _numbers(folder / f"c{view}.dat", ("intrinsic:",))
    turn, shift = _numbers(folder / f"rot_trans_c{view}.dat", ("R:", "T:"))
    return _Camera(intrinsics, turn, shift[:, 0])


def _numbers(path: Path, sections: tuple[str, ...]) -> list[Array]:
    """The first 3 rows of numbers under each named section of a .dat file."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [
        np.array([[float(v) for v in line.split()] for line in lines[lines.index(name) + 1 :][:3]])
        for name in sections
    ]
