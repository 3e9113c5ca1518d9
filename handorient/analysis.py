"""Every frame of a source, without a window: estimates, an annotated video and a summary in a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from tqdm.contrib.logging import logging_redirect_tqdm

from handorient import __version__
from handorient.annotate import annotated, annotated_size
from handorient.capture.source import Source
from handorient.errors import UserError, unwritable
from handorient.files import made, write_json
from handorient.mp4 import Mp4Writer
from handorient.pipeline import Estimate, Pipeline
from handorient.progress import Progress
from handorient.records import ESTIMATES, estimate_record, read_records, write_csv
from handorient.replay import Agreement, Session, is_session

#: How much of a source without an end is analysed, by its own time.
ENDLESS_S = 10.0
#: The files of results beside the estimates, and the folder of masks among them.
TABLE, VIDEO, SUMMARY, MASKS = "estimates.csv", "annotated.mp4", "summary.json", "masks"
#: What hands are numbered up to in masks; then the numbers begin again.
_MOST_NUMBERS = 2**16 - 1
_MASK_NAME = re.compile(r"\d{6,}\.png")


class Stopped(Exception):
    """An analysis ended early because it was asked to; nothing of it is left."""


def analyze(
    source: Source,
    pipeline: Pipeline,
    folder: Path,
    masks: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    bar: bool = True,
) -> dict[str, Any]:
    """Write what is known of every frame to ``folder``.

    That is ``estimates.jsonl``, the same as a table in ``estimates.csv``, ``annotated.mp4``, ``summary.json``
    and, if asked, ``masks/`` with 8 bits a pixel, or 16 in a frame with a hand whose id is over 255; 65,536
    is 1 again. For a recorded session the summary compares with what was estimated then. A camera, which has
    no end, is analysed for :data:`ENDLESS_S`.

    Files of an earlier analysis are replaced, or removed, once the new ones are whole; on failure nothing
    changes. What has such a name and is the source, or no analysis's, is never replaced. ``stopped`` is asked
    before every frame; a ``bar`` on stderr shows how far it is.

    Returns:
        The summary.

    Raises:
        UserError: if the source fails or gives no frame, or the folder cannot be written to, is a recorded
            session, or holds something that would be lost.
        Stopped: once ``stopped`` says so.
    """
    with _whole_or_nothing(folder, source, masks) as fresh, source:
        estimates = _estimates(source, pipeline, stopped, bar)
        summary = _write(estimates, source, pipeline.input, fresh, masks)
    return summary


def _estimates(
    source: Source, pipeline: Pipeline, stopped: Callable[[], bool], bar: bool
) -> Iterator[Estimate]:
    # The count is for the bar only: containers promise too few frames, or too many.
    with (
        # What is logged meanwhile stands above the bar, not in it.
        logging_redirect_tqdm(tqdm_class=Progress) if bar else nullcontext(),
        Progress(total=source.frame_count, unit="frame", desc=source.name, disable=not bar) as progress,
    ):
        for frame in iter(source.read, None):
            if stopped():
                raise Stopped
            if source.live and frame.time_s >= ENDLESS_S:
                return
            yield pipeline.process(frame)
            progress.update()
        if stopped():  # a source that is given up only ends
            raise Stopped


def _write(
    estimates: Iterator[Estimate], source: Source, seen: str, folder: Path, masks: bool
) -> dict[str, Any]:
    if masks:
        (folder / MASKS).mkdir()
    tally, agreement, size = _Tally(), Agreement(), None
    with (
        (folder / ESTIMATES).open("w", encoding="utf-8") as lines,
        Mp4Writer(folder / VIDEO, source.usual_rate()) as video,
    ):
        for estimate in estimates:
            record = estimate_record(estimate)
            lines.write(json.dumps(record) + "\n")
            if isinstance(source, Session) and (then := source.recorded(estimate.frame.index)) is not None:
                agreement.add(then, record)
            size = size or annotated_size(estimate.frame.rgb)
            video.add(annotated(estimate, size), estimate.frame.time_s)
            if masks:
                _write_mask(estimate, folder / MASKS / f"{estimate.frame.index:06d}.png")
            tally.add(estimate)
    if not tally.frames:
        raise UserError(f"{source.name} gave no pictures to analyse: check that it plays in another program.")
    summary = {
        "handorient": __version__,
        "source": source.uri,
        "input": seen,
        "frame_rate": source.frame_rate,
        "skipped": list(source.skipped),
    } | tally.summary()
    if isinstance(source, Session):
        summary |= {"recorded": source.facts, "compared": agreement.summary()}
    write_csv(read_records(folder / ESTIMATES), folder / TABLE)
    write_json(folder / SUMMARY, summary)
    return summary


def _write_mask(estimate: Estimate, path: Path) -> None:
    """Write the frame's hands as a grey PNG of its size: 0, or the id of the surest hand that is there."""
    height, width = estimate.frame.rgb.shape[:2]
    # Ids are never used again, so a long video gets beyond what 8 bits hold, or even the 16 that a PNG can.
    numbers = [(hand.id - 1) % _MOST_NUMBERS + 1 for hand in estimate.hands]
    image = np.zeros((height, width), np.min_scalar_type(max(numbers, default=0)))
    for hand, number in zip(reversed(estimate.hands), reversed(numbers), strict=True):
        image[hand.crop.frame_mask(height, width)] = number
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
        estimate.add_ms(self._ms)

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
            "median_ms": {
                stage: round(float(np.median(values)), 3) if values else None
                for stage, values in self._ms.items()
            },
        }


@contextmanager
def _whole_or_nothing(folder: Path, source: Source, masks: bool) -> Iterator[Path]:
    """A fresh folder whose contents become the results in ``folder`` at the end, or vanish if anything fails.

    Raises:
        UserError: if ``folder`` cannot be written to, or something in it would be lost.
    """
    try:
        _spare(folder, Path(source.uri), masks)
        with (
            made(folder),
            TemporaryDirectory(prefix=".unfinished-", dir=folder, ignore_cleanup_errors=True) as unfinished,
        ):
            fresh, old = Path(unfinished, "fresh"), Path(unfinished, "old")
            fresh.mkdir()
            old.mkdir()
            yield fresh
            _exchange(folder, fresh, old)
    except OSError as error:
        raise unwritable(f"The results could not be written to {folder}", error) from error


def _spare(folder: Path, source: Path, masks: bool) -> None:
    """Refuse to replace the source, or what no analysis wrote, by the results in ``folder``.

    Raises:
        UserError: if they would.
        OSError: if the folder may not be looked into.
    """
    if is_session(folder):
        raise UserError(
            f"{folder} is a recorded session, and its own estimates would be overwritten: "
            "choose another folder."
        )
    results = [folder / name for name in (ESTIMATES, TABLE, VIDEO, SUMMARY, MASKS)]
    taken = [path for path in results if os.path.lexists(path)]  # be it a link that leads nowhere
    if source.exists():
        places = (source.resolve(), *source.resolve().parents)
        if any(place.samefile(path) for place in places for path in taken if path.exists()):
            raise UserError(
                f"{source} would be overwritten by the results in {folder}: choose another folder."
            )
    analysed = _is_analysis(folder)
    if (analysed or masks) and (folder / MASKS).is_dir():
        for path in (folder / MASKS).iterdir():
            if not _MASK_NAME.fullmatch(path.name):
                raise UserError(
                    f"{path} would be lost with older masks: move it away, or choose another folder."
                )
    for path in taken:
        of_its_kind = path.is_dir() == (path.name == MASKS)
        foreign = not of_its_kind if analysed else masks or path.name != MASKS
        if foreign:
            raise UserError(
                f"{path} already exists, and nothing shows that an analysis wrote it: "
                "choose another folder, or move it away."
            )


def _is_analysis(folder: Path) -> bool:
    """Whether a folder holds what an analysis wrote: its summary says so.

    Raises:
        OSError: if it may not be looked into.
    """
    try:
        summary = (folder / SUMMARY).is_file() and json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(summary, dict) and "handorient" in summary


def _exchange(folder: Path, fresh: Path, old: Path) -> None:
    """Move what ``fresh`` holds into ``folder``, and what it replaces there into ``old``: all, or nothing.

    Raises:
        OSError: if something cannot be moved.
    """
    here, new = ({path.name for path in place.iterdir()} for place in (folder, fresh))
    # Masks beside a summary are of the same frames, and would not be of the new ones.
    out = new | {MASKS} if SUMMARY in here else new
    moves = [(folder / name, old / name) for name in out & here]
    moves += [(fresh / name, folder / name) for name in new]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except BaseException:
        for source, target in reversed(done):
            target.rename(source)
        raise
