"""The frame: one picture, when it was taken, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Truth:
    """The orientation behind a rendered frame: canonical angles, so that they compare with an estimate's."""

    azimuth_rad: float
    elevation_rad: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source, never mirrored.

    Attributes:
        index: position in the source, counted from 0 and across the whole source, not the loop.
        time_s: the picture's own time within the source.
        captured_s: ``time.perf_counter()`` when it was taken or read, from which latency is counted.
        rgb: (H, W, 3) uint8.
        path: the image's file, for a folder of images.
        truth: the orientation, where the source knows it.
        take: which unbroken run of frames it belongs to; a player counts one more after every jump, and
            nothing is near what came before it.
    """

    index: int
    time_s: float
    captured_s: float
    rgb: NDArray[np.uint8]
    path: Path | None = None
    truth: Truth | None = None
    take: int = 0

    @property
    def alone(self) -> bool:
        """Whether it is a photograph: what it shows has nothing to do with the frames before and after it."""
        return self.path is not None
