"""The source: where frames come from, whatever is behind it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from handorient.capture.frame import Frame

log = logging.getLogger(__name__)

AnySource = TypeVar("AnySource", bound="Source")


class Source(ABC):
    """A camera, a video, images, a recorded session or the demo, read one frame at a time by one thread.

    Constructing a source costs nothing and never fails; ``open`` does the work, in the thread that reads.
    Every source gives at least one frame, counts its frames from 0 with strictly increasing ``time_s``, and
    starts over when it is closed and opened again. Where one cannot be read, its number may be left out.

    Attributes:
        name: short, for what is said to a person.
        uri: the text that :func:`handorient.sources.open_source` turns back into this source.
        live: the newest frame is what matters, and reading waits until there is one; otherwise every frame
            does, and reading never waits.
        frame_rate: frames per second, never rounded; what a camera granted is known once it is open.
        frame_count: how many frames the source promises, or None where nobody knows; a file may prove to
            hold fewer, or more.
        skipped: what was met and could not be read: where each such picture is, or what else is lost.
        given_up: set, from any thread and for good, once nobody wants its frames any more. What may take
            long in this source looks at it, and ends early.
    """

    name: str
    uri: str
    live: bool
    frame_rate: float
    frame_count: int | None = None
    skipped: Sequence[str] = ()
    given_up: bool = False

    @abstractmethod
    def open(self) -> None:
        """Connect, and start at the first frame.

        Raises:
            UserError: if there is nothing to read; the source is then closed.
        """

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, waiting for it if it must; None at the end and while closed.

        Raises:
            UserError: if the source failed for good.
        """

    def usual_rate(self) -> float:
        """Frames per second while there is no pause; it may take as long as reading the whole file."""
        return self.frame_rate

    def start_over(self) -> None:
        """Let the next read give the first frame again.

        Raises:
            UserError: if there is nothing to read any more.
        """
        self.close()
        self.open()

    @abstractmethod
    def close(self) -> None:
        """Let go of the device or file. Closing twice, or before opening, does nothing."""

    def __enter__(self: AnySource) -> AnySource:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SeekableSource(Source):
    """A source with a beginning and an end, any of whose frames can be asked for."""

    live = False

    @property
    @abstractmethod
    def duration_s(self) -> float | None:
        """From the first frame to the end of the last; None before it was opened, or if nobody knows."""

    @abstractmethod
    def index_at(self, time_s: float) -> int:
        """The index of the frame that is shown at ``time_s``; the first or the last one beyond the ends."""

    @abstractmethod
    def seek(self, index: int) -> None:
        """Let the next read give the frame of this index, exactly; nothing is left to read past the end.

        It may take as long as decoding from the start does, unless the source is given up. A closed source
        ignores it.
        """


class PictureByPicture(SeekableSource):
    """A source each of whose pictures is read by itself.

    One that cannot be read is skipped with a warning in the log, and its number left out. It keeps its place,
    so that index and time of the others do not depend on what was read before: the picture before it stands
    there too.
    """

    def __init__(self) -> None:
        self._count = 0  # 0 while closed
        self._next = 0
        self._sought: Frame | None = None  # the frame of index _next, if a seek has read it
        self.skipped: list[str] = []

    @abstractmethod
    def _frame(self, index: int) -> Frame | None:
        """The frame of this index, or None if its picture cannot be read.

        Raises:
            UserError: if the source failed for good.
        """

    def _place(self, index: int) -> str:
        """Where the picture of this index is, for a person."""
        return f"picture {index} of {self.uri}"

    def read(self) -> Frame | None:
        while self._next < self._count and not self.given_up:
            frame = self._readable(self._next) if self._sought is None else self._sought
            self._next, self._sought = self._next + 1, None
            if frame is not None:
                return frame
        return None

    def seek(self, index: int) -> None:
        self._next, self._sought = index, None
        # Back to one that can be read, else no step back would get past one that cannot.
        while 0 < self._next < self._count and not self.given_up:
            self._sought = self._readable(self._next)
            if self._sought is not None:
                return
            self._next -= 1

    def close(self) -> None:
        self._count = self._next = 0
        self._sought = None

    def _readable(self, index: int) -> Frame | None:
        frame = self._frame(index)
        if frame is None:
            self._skip(self._place(index))
        return frame

    def _skip(self, what: str) -> None:
        """Say, once, however often the source is looped, that something cannot be read."""
        if what not in self.skipped:
            self.skipped.append(what)
            log.warning("skipped %s: it cannot be read", what)


def usual_rate(times_s: Sequence[float]) -> float:
    """Frames per second while there is no pause, of two frames or more that begin at these times."""
    return 1 / float(np.median(np.diff(times_s)))


def shown_at(times_s: Sequence[float], time_s: float) -> int:
    """The index of the frame that is shown at ``time_s``, of frames that begin at these increasing times."""
    # A frame's own time, which may have been rounded on its way through a slider, finds that frame.
    return max(0, bisect_right(times_s, time_s + 1e-4) - 1)


def shown_at_rate(frame_rate: float, count: int, time_s: float) -> int:
    """The same of ``count`` frames that follow each other at a steady rate; 0 of none."""
    # A nudge, for a time of k / rate must not be rounded down to frame k - 1.
    return min(max(0, int(time_s * frame_rate + 1e-4)), max(0, count - 1))
