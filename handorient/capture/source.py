"""The source: where frames come from, whatever is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from types import TracebackType
from typing import TypeVar

from handorient.capture.frame import Frame

AnySource = TypeVar("AnySource", bound="Source")


class Source(ABC):
    """A camera, a video, images or the demo, read one frame at a time by one thread.

    Constructing a source costs nothing and never fails; ``open`` does the work, in the thread that reads.
    Every source gives at least one frame, counts its frames from 0 with strictly increasing ``time_s``, and
    starts over when it is closed and opened again. Where one cannot be read, its number may be left out.

    Attributes:
        name: short, for what is said to a person.
        uri: the text that :func:`handorient.capture.uri.open_source` turns back into this source.
        live: the newest frame is what matters, and reading waits until there is one; otherwise every frame
            does, and reading never waits.
        frame_rate: frames per second, never rounded; what a camera granted is known once it is open.
        frame_count: how many frames the source promises, or None where nobody knows; a damaged file may
            hold fewer.
        given_up: set, from any thread and for good, once nobody wants its frames any more. What may take
            long in this source looks at it, and ends early.
    """

    name: str
    uri: str
    live: bool
    frame_rate: float
    frame_count: int | None = None
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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


def shown_at(times_s: Sequence[float], time_s: float) -> int:
    """The index of the frame that is shown at ``time_s``, of frames that begin at these increasing times."""
    # A frame's own time, which may have been rounded on its way through a slider, finds that frame.
    return max(0, bisect_right(times_s, time_s + 1e-4) - 1)
