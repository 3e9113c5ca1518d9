"""The built-in demo: a clip of a synthetic hand that sweeps through symmetric poses, and its truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from handorient.capture.frame import Frame, Truth
from handorient.capture.video import VideoFile
from handorient.resources import ASSETS

#: Rendered by ``handorient.synth.demo``.
CLIP = ASSETS / "demo.mp4"
#: What a network sees of it unless somebody wants otherwise: the ambiguity is purest in an outline.
INPUT = "silhouette"
#: The sweep ends where it began after this long.
PERIOD_S = 24.0


def demo_truth(time_s: float) -> Truth:
    """How the hand is turned after ``time_s``: it visits each orientation and, later, the opposite."""
    phase = 2 * np.pi * time_s / PERIOD_S
    return Truth(
        azimuth_rad=float(np.radians(42 * np.sin(2 * phase))),
        elevation_rad=float(np.radians(24 * np.sin(2 * phase + 0.5) + 6 * np.sin(phase))),
    )


class Demo(VideoFile):
    """The demo's clip, each frame with its truth."""

    def __init__(self) -> None:
        super().__init__(CLIP)
        self.name, self.uri = "Demo hand", "demo"

    def read(self) -> Frame | None:
        frame = super().read()
        return frame and replace(frame, truth=demo_truth(frame.time_s))
