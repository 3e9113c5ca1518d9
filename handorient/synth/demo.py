"""The built-in demo: a synthetic hand that sweeps through symmetric poses, rendered as it is watched."""

from __future__ import annotations

import time

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame, Truth
from handorient.capture.source import Source
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

WIDTH, HEIGHT = 640, 480
FRAME_RATE = 25.0
#: The sweep repeats after this long.
PERIOD_S = 24.0


def demo_view(time_s: float) -> View:
    """Where the hand is after ``time_s``: it visits each orientation of its path and, later, the opposite."""
    phase = 2 * np.pi * time_s / PERIOD_S
    return View(
        azimuth_rad=np.radians(42 * np.sin(2 * phase)),
        elevation_rad=np.radians(24 * np.sin(2 * phase + 0.5) + 6 * np.sin(phase)),
        roll_rad=np.radians(7 * np.sin(phase)),
        distance_mm=470.0,
        centre=(0.5 + 0.04 * np.sin(phase), 0.52),
    )


class DemoSource(Source):
    """A live source that knows the truth. It is paced by the clock: a frame shows the hand as it is now."""

    name = "Demo hand"
    uri = "demo"
    live = True
    frame_rate = FRAME_RATE

    def __init__(self) -> None:
        self._hand: HandScene | None = None
        self._start_s = 0.0
        self._index = 0
        self._last_s = 0.0

    def open(self) -> None:
        self._hand = HandScene(Person.average(), Pose.open(spread=0.75))
        self._backdrop, self._light = _backdrop(), Light.studio()
        self._start_s, self._index, self._last_s = time.monotonic(), 0, -1.0

    def read(self) -> Frame | None:
        if self._hand is None:
            return None
        due_s = self._start_s + self._last_s + 1 / FRAME_RATE
        time.sleep(max(0.0, due_s - time.monotonic()))
        captured_s = time.monotonic()
        time_s = captured_s - self._start_s
        view = demo_view(time_s)
        picture = self._hand.render(view, self._light, self._backdrop)
        truth = Truth(view.azimuth_rad, view.elevation_rad)
        frame = Frame(self._index, time_s, captured_s, picture.rgb, truth=truth)
        self._index, self._last_s = self._index + 1, time_s
        return frame

    def close(self) -> None:
        self._hand = None


def _backdrop() -> NDArray[np.uint8]:
    """A calm wall, lighter where the light falls."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    glow = np.exp(-(((columns / WIDTH - 0.42) / 0.55) ** 2) - ((rows / HEIGHT - 0.35) / 0.6) ** 2)
    wall = np.array([38, 46, 56]) + glow[..., None] * np.array([58, 62, 66])
    # Noise below one grey level keeps the gradient from banding.
    noise = np.random.default_rng(0).normal(0, 0.7, (HEIGHT, WIDTH, 1))
    return cv2.GaussianBlur(np.clip(wall + noise, 0, 255), (3, 3), 0).round().astype(np.uint8)
