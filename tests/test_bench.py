"""The bench: the peer is asked for the same work."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.bench import WARM_UP, bench
from handorient.capture.images import Images
from handorient.errors import UserError
from handorient.pipeline import Estimate


class Instant:
    """A pipeline and a detector in one, which notes whether pictures stood alone."""

    def __init__(self) -> None:
        self.alone: list[bool] = []

    def process(self, frame):
        return Estimate(frame, (), {"network": 0.0, "total": 1.0})

    def detect(self, rgb, alone=False):
        self.alone.append(alone)
        return []


def photographs(folder: Path, count: int) -> Images:
    for index in range(count):
        cv2.imwrite(str(folder / f"{index:02}.png"), np.zeros((8, 8, 3), np.uint8))
    return Images(folder)


def test_the_detector_alone_looks_at_photographs_as_the_pipelines_does(tmp_path: Path) -> None:
    instant = Instant()
    figures = bench(photographs(tmp_path, WARM_UP + 3), instant, instant, 100)
    assert figures["frames"] == 3 and set(figures["ms"]) == {"network", "total", "detector alone"}
    assert figures["ms"]["network"]["median"] is None, "it waited for a hand"
    assert instant.alone == [True] * (WARM_UP + 3)


def test_too_few_frames_to_measure_are_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few frames"):
        bench(photographs(tmp_path, WARM_UP), Instant(), Instant(), 100)
