"""Renders the clip that is the built-in demo.

python -m handorient.synth.demo assets/demo.mp4
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.demo import PERIOD_S, demo_truth
from handorient.errors import UserError
from handorient.mp4 import Mp4Writer
from handorient.progress import Progress
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

WIDTH, HEIGHT = 640, 480
FRAME_RATE = 25.0


def demo_view(time_s: float) -> View:
    """Where the hand is after ``time_s``."""
    phase, truth = 2 * np.pi * time_s / PERIOD_S, demo_truth(time_s)
    return View(
        azimuth_rad=truth.azimuth_rad,
        elevation_rad=truth.elevation_rad,
        roll_rad=np.radians(7 * np.sin(phase)),
        distance_mm=470.0,
        centre=(0.5 + 0.04 * np.sin(phase), 0.52),
    )


def render_demo(path: Path, duration_s: float = PERIOD_S) -> None:
    """Write the clip to ``path``.

    Raises:
        UserError: if it cannot be written.
    """
    hand, light, wall = HandScene(Person.average(), Pose.open(spread=0.75)), Light.studio(), _backdrop()
    try:
        with Mp4Writer(path, FRAME_RATE) as video:
            for index in Progress(range(round(duration_s * FRAME_RATE)), unit="frame"):
                time_s = index / FRAME_RATE
                video.add(hand.render(demo_view(time_s), light, wall).rgb, time_s)
    except OSError as error:
        raise UserError(
            f"The clip could not be written to {path} ({error}): check the folder and the name's ending."
        ) from error


def _backdrop() -> NDArray[np.uint8]:
    """A calm wall, lighter where the light falls."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    glow = np.exp(-(((columns / WIDTH - 0.42) / 0.55) ** 2) - ((rows / HEIGHT - 0.35) / 0.6) ** 2)
    wall = np.array([38, 46, 56]) + glow[..., None] * np.array([58, 62, 66])
    # Noise below one grey level keeps the gradient from banding.
    noise = np.random.default_rng(0).normal(0, 0.7, (HEIGHT, WIDTH, 1))
    return cv2.GaussianBlur(np.clip(wall + noise, 0, 255), (3, 3), 0).round().astype(np.uint8)


if __name__ == "__main__":
    render_demo(Path(sys.argv[1]))
