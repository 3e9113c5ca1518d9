"""Replay: a recorded session as a source that knows what was estimated when it was recorded."""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from handorient.capture.frame import Frame, Truth
from handorient.capture.images import decoded
from handorient.capture.source import PictureByPicture, shown_at
from handorient.capture.video import ASSUMED_RATE
from handorient.errors import UserError
from handorient.matroska import picture_places
from handorient.mp4 import LONGEST_S
from handorient.orientation import angle_between
from handorient.pipeline import Estimate, TrackedMode
from handorient.records import (
    ESTIMATES,
    FACTS,
    PICTURES,
    Record,
    box_px,
    placed_records,
    record_at,
    recorded_mode,
)

#: How far apart, in boxes, one hand's boxes of then and now may lie.
_SAME_PLACE = 0.5
#: Of how many frames that were read last the estimates of then are kept: as many as may be on their way.
_KEPT = 32


def is_session(folder: Path) -> bool:
    """Whether a folder is a recorded session."""
    return (folder / FACTS).is_file()


@dataclass(frozen=True, slots=True, eq=False)
class RecordedHand:
    """A hand that was found when its frame was recorded.

    Attributes:
        today: the id of the hand that is found there today, or None.
        box_px: (4,) left, top, width and height in the frame's pixels.
        modes: the hypotheses of then, heaviest first.
    """

    today: int | None
    box_px: NDArray[np.float64]
    modes: tuple[TrackedMode, ...]


class Session(PictureByPicture):
    """A session's pictures at the times they were captured, pauses cut short, and the estimates of then.

    An hour's estimates would fill a gigabyte: each is read with its frame and kept for a moment, for
    whoever shows the frame asks for it soon. Any other is read when it is asked for.

    Attributes:
        facts: what the session's file says of it, once open.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.name = folder.absolute().name
        self.uri = str(folder)
        self.frame_rate = ASSUMED_RATE
        self.facts: dict[str, Any] = {}
        self._times_s: list[float] = []
        self._lines: list[int] = []  # where each frame's estimates are in their file
        self._places: list[tuple[int, int]] = []
        # By their frames. One thread reads frames and fills this; others only ever look one up.
        self._newest: dict[int, Record] = {}
        self._file: BinaryIO | None = None

    def open(self) -> None:
        self.close()
        try:
            facts = read_facts(self.folder)
            times_s, lines = [], []
            for line, record in placed_records(self.folder / ESTIMATES):
                if self.given_up:
                    raise UserError(f"{self.name} was given up.")
                times_s.append(float(record["t_s"]))
                lines.append(line)
            ordered = all(earlier < later for earlier, later in pairwise(times_s))
            if not (ordered and all(map(math.isfinite, times_s))):
                raise ValueError("times do not increase")
            pictures = self.folder / PICTURES
            self._places = list(picture_places(pictures)) if lines else []
            # A crash may leave a picture without its line.
            count = min(len(lines), len(self._places))
            if count == 0:
                raise UserError(f"The session {self.folder} ended before its first picture: choose another.")
            self._file = pictures.open("rb")
        except FileNotFoundError:  # the others are said to be missing where they are read
            raise UserError(
                f"The session {self.folder} has no {PICTURES}: put it back, or choose another."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(self.folder) from error
        self.facts, self._lines, self._newest = facts, lines[:count], {}
        steps_s = np.diff(times_s[:count], prepend=times_s[0]).clip(max=LONGEST_S)
        self._times_s = (times_s[0] + steps_s.cumsum()).tolist()
        self._count = self.frame_count = count
        if count > 1:  # the usual rate, whatever pauses there were
            self.frame_rate = 1 / float(np.median(steps_s[1:]))

    def _frame(self, index: int) -> Frame | None:
        rgb = self._picture(index)
        if rgb is None:
            return None
        record = self._record(index)
        self._newest.pop(index, None)
        self._newest[index] = record
        if len(self._newest) > _KEPT:
            del self._newest[next(iter(self._newest))]
        path = record.get("path")
        return Frame(
            index,
            self._times_s[index],
            time.perf_counter(),
            rgb,
            Path(path) if isinstance(path, str) else None,
            _recorded_truth(record.get("truth_deg")),
        )

    def _picture(self, index: int) -> NDArray[np.uint8] | None:
        assert self._file is not None
        offset, size = self._places[index]
        try:
            self._file.seek(offset)
            data = self._file.read(size)
        except OSError as error:
            raise UserError(
                f"{self.name} could not be read to its end: {error.strerror or error}. "
                "Check the disk that it is on."
            ) from error
        return decoded(np.frombuffer(data, np.uint8))

    def _record(self, index: int) -> Record:
        """What stands in the file of estimates for a frame; empty if it is no longer there."""
        return record_at(self.folder / ESTIMATES, self._lines[index]) or {}

    def close(self) -> None:
        super().close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def start_over(self) -> None:
        self.seek(0)

    @property
    def duration_s(self) -> float | None:
        return self._times_s[-1] + 1 / self.frame_rate if self._times_s else None

    def index_at(self, time_s: float) -> int:
        return shown_at(self._times_s, time_s)

    def recorded(self, index: int) -> Record | None:
        """What was estimated then for the frame of this index; None without one, or if it makes no sense."""
        if not 0 <= index < len(self._lines):
            return None
        record = self._newest.get(index)
        if record is None:
            record = self._record(index)
        with suppress(KeyError, TypeError, ValueError):  # a file that somebody edited
            for hand in record["hands"]:
                if not (hand["ambiguity"]["modes"] and _recorded_hand(hand, None).modes):
                    return None
            return record
        return None

    def recorded_hands(self, estimate: Estimate) -> tuple[RecordedHand, ...]:
        """The hands that were found then in the frame of ``estimate``, which is one of this session's."""
        record = self.recorded(estimate.frame.index)
        left = list(record["hands"]) if record is not None else []
        then: list[RecordedHand] = []
        for hand in estimate.hands:
            seen = _nearest(box_px(hand), left)
            if seen is not None:
                left.remove(seen)
                then.append(_recorded_hand(seen, hand.id))
        return (*then, *(_recorded_hand(hand, None) for hand in left))


class Agreement:
    """How today's estimates differ from the recorded ones of the same pictures."""

    def __init__(self) -> None:
        self._angles_deg: list[float] = []
        self._same_modes: list[bool] = []
        self._frames = self._only_recorded = self._only_today = 0

    def add(self, recorded: Record, today: Record) -> None:
        """Compare a frame's two records, each hand with the one that is where it was."""
        self._frames += 1
        left = list(today["hands"])
        for hand in recorded["hands"]:
            other = _nearest(hand["box_px"], left)
            if other is None:
                self._only_recorded += 1
                continue
            left.remove(other)
            normals = np.array([hand["modes"][0]["normal"], other["modes"][0]["normal"]])
            self._angles_deg.append(float(np.degrees(angle_between(*normals))))
            self._same_modes.append(hand["ambiguity"]["modes"] == other["ambiguity"]["modes"])
        self._only_today += len(left)

    def summary(self) -> dict[str, Any]:
        """Angles between the heaviest modes' normals, in degrees; None where no hand was seen both times."""
        angles = np.array(self._angles_deg)
        known = len(angles) > 0
        return {
            "frames": self._frames,
            "hands_in_both": len(angles),
            "hands_only_recorded": self._only_recorded,
            "hands_only_today": self._only_today,
            "mean_angle_deg": round(float(angles.mean()), 3) if known else None,
            "median_angle_deg": round(float(np.median(angles)), 3) if known else None,
            "share_with_as_many_modes": round(float(np.mean(self._same_modes)), 4) if known else None,
        }


def read_facts(folder: Path) -> dict[str, Any]:
    """What a session's file says of it.

    Raises:
        UserError: if it says nothing.
    """
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder) from error
    if not isinstance(facts, dict):
        raise _damaged(folder)
    return facts


def _damaged(folder: Path) -> UserError:
    return UserError(f"The session {folder} is damaged: choose another, or open {PICTURES} in it.")


def _recorded_truth(truth_deg: Any) -> Truth | None:
    with suppress(TypeError, ValueError):  # there is none, or somebody edited the file
        return Truth(*np.radians(np.array(truth_deg, float).reshape(2)).tolist())
    return None


def _recorded_hand(hand: Record, today: int | None) -> RecordedHand:
    box = np.array(hand["box_px"], float).reshape(4)
    if not (box[2:] > 0).all():
        raise ValueError("a hand's box has no size")
    return RecordedHand(today, box, tuple(map(recorded_mode, hand["modes"])))


def _nearest(box_px: ArrayLike, hands: list[Record]) -> Record | None:
    """Of the records of hands the one that is where ``box_px`` (4,) is; None if none is."""
    near = [(gap, hand) for hand in hands if (gap := _gap(box_px, hand["box_px"])) <= _SAME_PLACE]
    return min(near, key=itemgetter(0), default=(0.0, None))[1]


def _gap(box_px: ArrayLike, other_px: ArrayLike) -> float:
    """Between the centres of two boxes, in boxes of the first."""
    (x, y, width, height), (u, v, across, down) = np.asarray(box_px), np.asarray(other_px)
    return max(abs(x + width / 2 - u - across / 2) / width, abs(y + height / 2 - v - down / 2) / height)
