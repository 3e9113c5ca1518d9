"""The second benchmark: the synthetic twin of the talk's head orientation experiment, with three angles."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.experiments.benchmark import HEAD_ANGLES, Job, Rendered, render_benchmark
from handorient.orientation import rotation
from handorient.synth import scene
from handorient.synth.head import HeadScene, head_rotation
from handorient.synth.head_shape import Head
from handorient.synth.render import Light, View

#: The range of angles of the Biwi Kinect head pose database (Fanelli et al., "Random forests for real time 3D
#: face analysis", IJCV 101, 2013).
YAW_DEG, PITCH_DEG, ROLL_DEG = 75.0, 60.0, 50.0
#: Standard deviation of the roll: people seldom tilt their heads far.
ROLL_SD_DEG = 15.0
#: A desk's to a room's distance, mm, and the height of a head that the sizes in frames are chosen for.
NEAR_MM, FAR_MM, HEAD_MM = 500.0, 1500.0, 230.0
#: The square around a face is so many times its larger side. A detector is off by this share of the square's
#: side in place, and of its size (standard deviations).
MARGIN, PLACE_SD, SIZE_SD = 1.5, 0.04, 0.06


def make_heads(
    folder: Path, pictures: int, people: int, side_px: int, seed: int = 1, workers: int | None = None
) -> None:
    """Render the twin of the talk's second dataset into ``folder``, which must not exist yet.

    Pictures are ``side_px`` wide and high, cut around the face as a face detector would, with what is behind
    it. Yaw and pitch are uniform over the ellipse of their ranges, roll is normal; for their signs see
    :func:`~handorient.synth.head.head_rotation`. Angles are relative to the ray from the camera to the head.

    Raises:
        UserError: if the folder exists or cannot be written.
    """
    render = partial(_person, side_px=side_px)
    render_benchmark(folder, HEAD_ANGLES, pictures, people, seed, render, _start_worker, workers)


def _start_worker() -> None:
    cv2.setNumThreads(1)


Image = NDArray[np.uint8]
Angles = tuple[float, float, float]


def _person(job: Job, side_px: int) -> Rendered:
    rng = np.random.default_rng((24, job.seed, job.person))
    head = Head.sample(1000 * job.seed + job.person)
    angles_deg = [_angles_deg(rng) for _ in range(job.count)]
    return [_picture(head, angles, side_px, rng) for angles in angles_deg], [*angles_deg]


def _angles_deg(rng: np.random.Generator) -> Angles:
    """Yaw, pitch and roll."""
    reach, turn = np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    roll = np.clip(rng.normal(0, ROLL_SD_DEG), -ROLL_DEG, ROLL_DEG)
    return float(YAW_DEG * reach * np.cos(turn)), float(PITCH_DEG * reach * np.sin(turn)), float(roll)


def _picture(head: Head, angles_deg: Angles, side_px: int, rng: np.random.Generator) -> Image:
    yaw, pitch, roll = np.radians(angles_deg)
    distance = float(rng.uniform(NEAR_MM, FAR_MM))
    focal = rng.uniform(90, 160) * distance / HEAD_MM
    # Shoulders follow the head a little.
    body = np.array([0.25, 0.0, 0.15]) * [yaw, pitch, roll] + np.radians(rng.normal(0, [10, 5, 4]))
    azimuth, elevation, tilt = body.tolist()
    view = View(
        azimuth,
        elevation,
        tilt,
        distance_mm=distance,
        centre=(float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.42, 0.55))),
        field_rad=2 * np.arctan(scene.FRAME_WIDTH / 2 / focal),
    )
    person = HeadScene(head, rotation(*body).T @ head_rotation(yaw, pitch, roll))
    frame = scene.develop(person.render(view, Light.sample(rng), scene.background(rng)).rgb, rng)
    box = person.face_box(view, scene.FRAME_WIDTH, scene.FRAME_HEIGHT)
    return _cut(frame, box, side_px, rng)


def _cut(frame: Image, box_px: NDArray[np.float64], side_px: int, rng: np.random.Generator) -> Image:
    """The square around a face's box (left, top, right, bottom), as a detector may find it."""
    size = MARGIN * max(box_px[2] - box_px[0], box_px[3] - box_px[1])
    centre = (box_px[:2] + box_px[2:]) / 2 + size * rng.normal(0, PLACE_SD, 2)
    side = round(size * np.exp(rng.normal(0, SIZE_SD)))
    left, top = (centre - side / 2).round().astype(int) + side
    framed = cv2.copyMakeBorder(frame, side, side, side, side, cv2.BORDER_REPLICATE)
    cut = framed[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (side_px, side_px), interpolation=cv2.INTER_AREA))
