"""Replay: a recorded session as a source that knows what was estimated when it was recorded."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
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
from handorient.capture.source import PictureByPicture, shown_at, usual_rate
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
#: By how many pictures and lines of estimates may differ at the end after a crash. A program that dies leaves
#: at most one picture without its line; a machine that does, a few of either without the other.
_CRASH = 3
_END_OF_JPEG = b"\xff\xd9"


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
        self._moments: list[_Moment] = []  # by the frames' indices
        self._lost = ""  # what of it is damaged
        # By their frames. One thread reads frames and fills this; others only ever look one up.
        self._newest: dict[int, Record] = {}
        self._file: BinaryIO | None = None

    def open(self) -> None:
        self.close()
        try:
            for name in (PICTURES, ESTIMATES, FACTS):
                if not (self.folder / name).exists():
                    raise lacking(self.folder, name)
            facts = read_facts(self.folder)
            lines, unreadable = self._read_lines()
            pictures = self.folder / PICTURES
            places = list(picture_places(pictures)) if lines else []
            if not _increasing([time_ms for *_, time_ms in places]):
                raise ValueError("times of pictures do not increase")
            moments = _moments(lines, places)
            if not any(moment.picture for moment in moments):
                raise UserError(f"The session {self.folder} ended before its first picture: choose another.")
            self._file = pictures.open("rb")
        except (OSError, ValueError) as error:
            raise _damaged(self.folder) from error
        self._lost = _lost(moments, unreadable, self.folder)
        if self._lost:
            self._skip(self._lost)
        while moments[-1].picture is None:
            del moments[-1]
        self.facts, self._moments, self._newest = facts, moments, {}
        times_s = [moment.time_s for moment in moments]
        steps_s = np.diff(times_s, prepend=times_s[0]).clip(max=LONGEST_S)
        self._times_s = (times_s[0] + steps_s.cumsum()).tolist()
        self._count = self.frame_count = len(moments)
        if len(moments) > 1:
            self.frame_rate = usual_rate(self._times_s)

    def _read_lines(self) -> tuple[list[tuple[float, int]], int]:
        """Time in seconds and place of each line of estimates, and how many others cannot be read.

        Raises:
            UserError: if the file cannot be read, or the session was given up.
            ValueError: if their times do not increase, or no line can be read.
        """
        lines: list[tuple[float, int]] = []
        unreadable = 0
        for place, record in placed_records(self.folder / ESTIMATES):
            if self.given_up:
                raise UserError(f"{self.name} was given up.")
            try:
                lines.append((float((record or {})["t_s"]), place))
            except (KeyError, TypeError, ValueError, OverflowError):
                unreadable += 1
        times_s = [time_s for time_s, _ in lines]
        if not (_increasing(times_s) and all(map(math.isfinite, times_s))):
            raise ValueError("times do not increase")
        if unreadable and not lines:
            raise ValueError("no line can be read")
        return lines, unreadable

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

    def _place(self, index: int) -> str:
        lost = self._moments[index].picture is None  # which was said when it was opened
        return self._lost if lost else super()._place(index)

    def _picture(self, index: int) -> NDArray[np.uint8] | None:
        assert self._file is not None
        if (picture := self._moments[index].picture) is None:
            return None
        offset, size = picture
        try:
            self._file.seek(offset)
            data = self._file.read(size)
        except OSError as error:
            raise UserError(
                f"{self.name} could not be read to its end: {error.strerror or error}. "
                "Check the disk that it is on."
            ) from error
        # OpenCV makes grey of what is missing from one whose end is damaged.
        return decoded(np.frombuffer(data, np.uint8)) if data.endswith(_END_OF_JPEG) else None

    def _record(self, index: int) -> Record:
        """What stands in the file of estimates for a frame; empty if nothing does, or does any longer."""
        line = self._moments[index].line
        return {} if line is None else record_at(self.folder / ESTIMATES, line) or {}

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
        if not 0 <= index < len(self._moments):
            return None
        record = self._newest.get(index)
        if record is None:
            record = self._record(index)
        with suppress(KeyError, TypeError, ValueError, OverflowError):  # a file that somebody edited
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


@dataclass(frozen=True, slots=True)
class _Moment:
    """One frame as it was recorded.

    Attributes:
        time_s: when, since the recording began.
        line: where its estimates are in their file, or None if they are lost.
        picture: offset and length in bytes of its picture in the file of pictures, or None if it is lost.
    """

    time_s: float
    line: int | None
    picture: tuple[int, int] | None


def _increasing(times: Sequence[float]) -> bool:
    return all(earlier < later for earlier, later in pairwise(times))


def _moments(lines: list[tuple[float, int]], pictures: list[tuple[int, int, int]]) -> list[_Moment]:
    """What was recorded, in order: lines (time in seconds, place) joined with the pictures of the same times.

    Pictures are as :func:`picture_places` gives them. What a crash leaves at the end is left out.
    """
    moments: list[_Moment] = []
    last_ms, whole = -1, 0
    lines_left, pictures_left = lines[::-1], pictures[::-1]
    while lines_left or pictures_left:
        time_s = lines_left[-1][0] if lines_left else math.inf
        time_ms = pictures_left[-1][2] if pictures_left else math.inf
        later_ms = time_ms - 1e3 * time_s
        # A picture's time is rounded to a millisecond, and if that is taken, is the next one.
        same = abs(later_ms) < 0.51 or (later_ms > 0 and time_ms == last_ms + 1)
        line = picture = None
        if same or later_ms > 0:
            line = lines_left.pop()[1]
            last_ms = max(last_ms + 1, round(1e3 * time_s))
        if same or later_ms < 0:
            *place, last_ms = pictures_left.pop()
            picture = (place[0], place[1])
        moments.append(_Moment(last_ms / 1e3 if line is None else time_s, line, picture))
        if same:
            whole = len(moments)
    if len(moments) - whole <= _CRASH:
        del moments[whole:]
    return moments


def _lost(moments: list[_Moment], unreadable: int, folder: Path) -> str:
    """What of a session is damaged, of whose lines so many cannot be read; empty if nothing is."""
    lines = max(unreadable, sum(moment.line is None for moment in moments))
    pictures = sum(moment.picture is None for moment in moments)
    kinds = ((lines, f"lines of {ESTIMATES}"), (pictures, f"pictures of {PICTURES}"))
    parts = [f"{count} of the {len(moments)} {kind}" for count, kind in kinds if count]
    return f"a part of {folder} ({' and '.join(parts)})" if parts else ""


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


def lacking(folder: Path, name: str) -> UserError:
    """What to raise about a session one of whose files is missing."""
    instead = "choose another" if name == PICTURES else f"open {PICTURES} in it, which plays by itself"
    return UserError(f"The session {folder} has no {name}: put it back, or {instead}.")


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
