"""The second benchmark: the synthetic twin of the talk's head orientation experiment, with three angles."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np

from handorient.experiments.benchmark import HEAD_ANGLES, Rendered, render_benchmark
from handorient.synth.head import Angles, head_picture
from handorient.synth.head_shape import Head

#: The range of angles of the Biwi Kinect head pose database (Fanelli et al., "Random forests for real time 3D
#: face analysis", IJCV 101, 2013).
YAW_DEG, PITCH_DEG, ROLL_DEG = 75.0, 60.0, 50.0
#: Standard deviation of the roll: people seldom tilt their heads far.
ROLL_SD_DEG = 15.0


def make_heads(folder: Path, pictures: int, people: int, side_px: int) -> None:
    """Render the twin of the talk's second dataset into ``folder``, which must not exist yet.

    Pictures are ``side_px`` wide and high, cut around the face as a face detector would, with what is behind
    it. Yaw and pitch are uniform over the ellipse of their ranges, roll is normal; for their signs see
    :func:`~handorient.synth.head.head_rotation`. Angles are relative to the ray from the camera to the head.

    Raises:
        UserError: if the folder exists or cannot be written.
    """
    render = partial(_person, side_px=side_px)
    render_benchmark(folder, HEAD_ANGLES, pictures, people, render, _start_worker)


def _start_worker() -> None:
    cv2.setNumThreads(1)


def _person(number: int, count: int, side_px: int) -> Rendered:
    rng = np.random.default_rng((24, 1, number))
    head = Head.sample(1000 + number)
    angles_deg = [_angles_deg(rng) for _ in range(count)]
    return [head_picture(head, angles, side_px, rng) for angles in angles_deg], [*angles_deg]


def _angles_deg(rng: np.random.Generator) -> Angles:
    """Yaw, pitch and roll."""
    reach, turn = np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    roll = np.clip(rng.normal(0, ROLL_SD_DEG), -ROLL_DEG, ROLL_DEG)
    return float(YAW_DEG * reach * np.cos(turn)), float(PITCH_DEG * reach * np.sin(turn)), float(roll)
