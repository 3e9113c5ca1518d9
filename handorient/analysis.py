"""Every frame of a source, without a window: estimates, an annotated video and a summary in a folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from handorient import __version__
from handorient.annotate import annotated
from handorient.capture.source import Source
from handorient.errors import UserError
from handorient.pipeline import Estimate, Pipeline
from handorient.replay import Comparison, Session
from handorient.session import ESTIMATES, estimate_record, read_records, write_csv

#: How much of a source without an end is analysed.
ENDLESS_S = 10.0


def analyze(source: Source, pipeline: Pipeline, folder: Path, masks: bool = False) -> dict[str, Any]:
    """Write what is known of every frame to ``folder``.

    That is ``estimates.jsonl``, the same as a table in ``estimates.csv``, ``annotated.mp4``, ``summary.json``
    and, if asked, ``masks/``. For a recorded session the summary compares with what was estimated then.
    Files of an earlier analysis are replaced once the new ones are whole; on failure nothing changes.

    Returns:
        The summary.

    Raises:
        UserError: if the source gives no frame, or the folder cannot be written to.
    """
    with _whole_or_nothing(folder) as fresh, source:
        estimates = _estimates(source, pipeline)
        summary = _write(estimates, source, fresh, masks)
    return summary


def _estimates(source: Source, pipeline: Pipeline) -> Iterator[Estimate]:
    total = source.frame_count
    if total is None:
        total = round(ENDLESS_S * source.frame_rate)
    with tqdm(total=total, unit="frame", desc=source.name) as bar:
        for _ in range(total):
            frame = source.read()
            if frame is None:
                return
            yield pipeline.process(frame)
            bar.update()


def _write(estimates: Iterator[Estimate], source: Source, folder: Path, masks: bool) -> dict[str, Any]:
    if masks:
        (folder / "masks").mkdir()
    tally, comparison = _Tally(), Comparison()
    with (
        (folder / ESTIMATES).open("w", encoding="utf-8") as lines,
        _Video(folder / "annotated.mp4", source.frame_rate) as video,
    ):
        for estimate in estimates:
            record = estimate_record(estimate)
            lines.write(json.dumps(record) + "\n")
            if isinstance(source, Session) and (then := source.recorded(estimate.frame.index)) is not None:
                comparison.add(then, record)
            video.write(annotated(estimate))
            if masks:
                _write_mask(estimate, folder / "masks" / f"{estimate.frame.index:06d}.png")
            tally.add(estimate)
    if not tally.frames:
        raise UserError(f"{source.name} gave no picture to analyse: check that it plays in another program.")
    summary = {
        "handorient": __version__,
        "source": source.uri,
        "frame_rate": source.frame_rate,
    } | tally.summary()
    if isinstance(source, Session):
        summary |= {"recorded": source.facts, "compared": comparison.summary()}
    write_csv(read_records(folder / ESTIMATES), folder / "estimates.csv")
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def _write_mask(estimate: Estimate, path: Path) -> None:
    height, width = estimate.frame.rgb.shape[:2]
    image = np.zeros((height, width), np.uint8)
    for hand in reversed(estimate.hands):
        image[hand.crop.frame_mask(height, width)] = hand.id
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())


class _Tally:
    """Counts what a summary reports."""

    def __init__(self) -> None:
        self.frames = 0
        self._with_hand = 0
        self._separations: list[float] = []
        self._counts: list[int] = []
        self._ms: dict[str, list[float]] = {}

    def add(self, estimate: Estimate) -> None:
        self.frames += 1
        self._with_hand += bool(estimate.hands)
        for hand in estimate.hands:
            self._counts.append(len(hand.modes))
            if len(hand.modes) > 1:
                self._separations.append(float(np.degrees(hand.separation_rad)))
        for stage, value in estimate.ms.items():
            self._ms.setdefault(stage, []).append(value)

    def summary(self) -> dict[str, Any]:
        counts = np.array(self._counts)
        return {
            "frames": self.frames,
            "frames_with_hand": self._with_hand,
            "hands": len(counts),
            "ambiguous_share": round(float((counts > 1).mean()), 4) if len(counts) else None,
            "median_separation_deg": round(float(np.median(self._separations)), 2)
            if self._separations
            else None,
            "median_ms": {stage: round(float(np.median(values)), 3) for stage, values in self._ms.items()},
        }


class _Video:
    """An MP4 of pictures that may differ in size: the first one's size is the video's."""

    def __init__(self, path: Path, frame_rate: float) -> None:
        self._path, self._frame_rate = path, frame_rate
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self) -> _Video:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.release()

    def write(self, rgb: NDArray[np.uint8]) -> None:
        if self._writer is None:
            # Encoders want even sides.
            self._size = (max(rgb.shape[1] // 2 * 2, 2), max(rgb.shape[0] // 2 * 2, 2))
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), code, self._frame_rate, self._size)
            if not self._writer.isOpened():
                raise UserError(f"The video {self._path.name} could not be started: is the disk full?")
        self._writer.write(cv2.cvtColor(_fitted(rgb, self._size), cv2.COLOR_RGB2BGR))


def _fitted(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture within ``size`` (width, height), its proportions kept, black around it."""
    width, height = size
    if rgb.shape[:2] == (height, width):
        return rgb
    scale = min(width / rgb.shape[1], height / rgb.shape[0])
    small = cv2.resize(rgb, (max(round(rgb.shape[1] * scale), 1), max(round(rgb.shape[0] * scale), 1)))
    out = np.zeros((height, width, 3), np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return out


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[Path]:
    """A fresh folder whose contents move into ``folder`` at the end, or vanish if anything fails."""
    existed = folder.exists()
    fresh: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
        yield fresh
        for part in fresh.iterdir():
            target = folder / part.name
            if target.is_dir():
                shutil.rmtree(target)
            part.replace(target)
        existed = True
    except OSError as error:
        raise UserError(
            f"The results could not be written to {folder}: {error.strerror or error}. "
            "Choose another folder with --out, or make room."
        ) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
        if not existed and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
