"""Truth from two cameras: a hand filmed from two sides and triangulated, and what each view should say.

Reads the folder layout of TemugeB/handpose3d: ``camN_test.mp4``, extrinsics ``rot_trans_cN.dat`` (x right,
y down, z forward) and ``triangulated_mp.npz`` with the joints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.capture.video import VideoFile
from handorient.errors import UserError
from handorient.hand.landmarks import Landmarks
from handorient.orientation import PALM_POINTS, angles, look_at, palm_frame
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
    """Angles of 21 joints (21, 3), camera frame (Y up), relative to the ray (3,) to the palm's centre."""
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
        ValueError: if the detector gives none.
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
    try:
        with np.load(folder / "triangulated_mp.npz") as data:
            joints, good, straightness = data["X"], data["good"], data["ext"]
        turn, shift = _numbers(folder / f"rot_trans_c{view}.dat", ("R:", "T:"))
    except UNREADABLE as error:
        raise UserError(f"{folder} is no stereo recording: {error}.") from error
    with VideoFile(folder / f"cam{view}_test.mp4") as video:
        while (frame := video.read()) is not None:
            if frame.index >= len(good) or not good[frame.index]:
                continue
            here = joints[frame.index] @ turn.T + shift.T
            centre = here[list(PALM_POINTS)].mean(0)
            truth = canonical_angles(here @ OURS, centre @ OURS)
            yield StereoFrame(frame, truth, float(straightness[frame.index]))


def _numbers(path: Path, sections: tuple[str, ...]) -> list[Array]:
    """The first 3 rows of numbers under each named section of a .dat file."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [
        np.array([[float(v) for v in line.split()] for line in lines[lines.index(name) + 1 :][:3]])
        for name in sections
    ]
