"""How long each stage takes on this machine, beside the detector alone on the same frames."""

from __future__ import annotations

import platform
import time
from typing import Any

import numpy as np

from handorient.capture.frame import Frame
from handorient.capture.source import Source
from handorient.errors import UserError
from handorient.hand.detector import HandDetector
from handorient.pipeline import Pipeline

#: Frames that warm caches and trackers up and are not counted.
WARM_UP = 10


def bench(source: Source, pipeline: Pipeline, peer: HandDetector, frames: int) -> dict[str, Any]:
    """Median and 95th percentile of each stage where it ran, in ms, over ``frames`` frames of the source.

    ``peer`` is a second detector that sees each frame too: the two take turns at going first, so that the
    ratio holds when the machine's speed drifts.

    Raises:
        UserError: if the source cannot be opened, or has too few frames to say anything.
    """
    times: dict[str, list[float]] = {}
    with_hand = 0
    with source:
        for number in range(frames + WARM_UP):
            frame = source.read()
            if frame is None:
                break

            def detect_alone(frame: Frame = frame) -> float:
                started = time.perf_counter()
                peer.detect(frame.rgb, frame.alone)
                return 1e3 * (time.perf_counter() - started)

            before = detect_alone() if number % 2 else None
            estimate = pipeline.process(frame)
            beside = detect_alone() if before is None else before
            if number < WARM_UP:
                continue
            with_hand += bool(estimate.hands)
            estimate.add_ms(times)
            times.setdefault("detector alone", []).append(beside)
    if not times:
        raise UserError(f"{source.name} has too few frames to measure: use one with more than {WARM_UP}.")
    counted = len(times["total"])
    return {
        "source": source.uri,
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "frames": counted,
        "frames_with_hand": with_hand,
        "ms": {
            stage: {
                "median": round(float(np.median(values)), 3) if values else None,
                "p95": round(float(np.percentile(values, 95)), 3) if values else None,
            }
            for stage, values in times.items()
        },
        "total_over_detector_alone": round(
            float(np.median(np.array(times["total"]) / np.array(times["detector alone"]))), 3
        ),
    }
