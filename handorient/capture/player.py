"""The player: a thread that reads a source at its own pace and leaves the newest frame in a mailbox."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from enum import Enum

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.source import Source

#: A file that falls further behind than this goes on from where it is rather than rush to catch up.
MAX_LAG_S = 0.5
#: How long stopping waits for a source that blocks.
STOP_S = 1.0


class PlayerState(Enum):
    STOPPED = "stopped"
    CONNECTING = "connecting"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAULTED = "faulted"


class Schedule:
    """When each frame is due on ``time.monotonic()``, from the frames' own times, so that nothing drifts.

    The first frame is due when it was captured, the others as much later as their times say. So a camera's
    frames are due the moment they exist, and a file's are spread out.
    """

    def __init__(self) -> None:
        self._zero_s: float | None = None
        self._last_s = 0.0

    def due_s(self, frame: Frame) -> float:
        """When the next frame, this one, is due; in the past if it is late."""
        if self._zero_s is None or frame.captured_s - (self._zero_s + frame.time_s) > MAX_LAG_S:
            self._zero_s = frame.captured_s - frame.time_s
        self._last_s = frame.time_s
        return self._zero_s + frame.time_s

    def loop(self, frame_rate: float) -> None:
        """The source starts over: its first frame is due when the last one has lasted its 1 / frame_rate."""
        if self._zero_s is not None:
            self._zero_s += self._last_s + 1 / frame_rate

    def restart(self) -> None:
        """The next frame is due when it is captured, as the first one was."""
        self._zero_s = None


class Player:
    """Plays one source, once, in a thread of its own; another source takes another player.

    The consumer takes frames until there are no more, and then asks why::

        while (frame := player.frames.get()) is not None:
            ...
        if player.error: ...

    A loop shows as a frame index that does not increase: tracking starts afresh there.

    Attributes:
        frames: where the newest frame is; closed once the player has stopped or faulted.
        error: what ended the player, a UserError unless something is broken; None while all is well.
    """

    def __init__(self, source: Source, *, loop: bool = True) -> None:
        self.source = source
        self.frames: Mailbox[Frame] = Mailbox()
        self.error: Exception | None = None
        self._loop = loop
        self._schedule = Schedule()
        self._state = PlayerState.STOPPED
        self._stopping = False
        self._paused = False
        self._steps = 0
        self._changed = threading.Condition()  # guards everything above that changes, but for frames
        self._thread = threading.Thread(target=self._run, name=f"player {source.uri}", daemon=True)

    @property
    def state(self) -> PlayerState:
        return self._state

    def start(self) -> None:
        """Open the source in the player's thread and play, or wait at the first frame if paused before."""
        self._state = PlayerState.CONNECTING
        self._thread.start()

    def play(self) -> None:
        """Go on, or after the end start over."""
        with self._changed:
            self._paused = False
            self._steps = 0
            if self._state in (PlayerState.PAUSED, PlayerState.ENDED):
                self._state = PlayerState.RUNNING
            self._changed.notify_all()

    def pause(self) -> None:
        """Hold after the current frame. A camera goes on unseen, so that playing resumes with the present."""
        with self._changed:
            self._paused = True
            if self._state is PlayerState.RUNNING:
                self._state = PlayerState.PAUSED
            self._changed.notify_all()

    def step(self) -> None:
        """Pause, and show exactly one more frame."""
        with self._changed:
            self._paused = True
            self._steps += 1
            if self._state in (PlayerState.RUNNING, PlayerState.ENDED):
                self._state = PlayerState.PAUSED
            self._changed.notify_all()

    def stop(self) -> None:
        """End the thread and close the source, within a second.

        A source that blocks for longer, as a driver may, cannot be interrupted: its thread is left behind,
        closes the source when the call comes back, and delivers nothing more.
        """
        with self._changed:
            self._stopping = True
            self._state = PlayerState.STOPPED
            self._changed.notify_all()
        self.frames.close()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        try:
            with self.source:
                with self._changed:
                    if not self._stopping:
                        self._state = PlayerState.PAUSED if self._paused else PlayerState.RUNNING
                self._deliver()
        except Exception as error:  # whatever it is, the consumer must hear of it
            with self._changed:
                if not self._stopping:
                    self.error = error
                    self._state = PlayerState.FAULTED
        finally:
            self.frames.close()

    def _deliver(self) -> None:
        held: Frame | None = None
        while self._wait_for_leave():
            # A frame held over a pause counts as read when the pause ends.
            frame = self.source.read() if held is None else replace(held, captured_s=time.monotonic())
            held = None
            if frame is None:
                self._start_over()
            elif (due := self._wait_until_due(frame)) is not None:
                self.frames.put(due)
            elif not self.source.live:
                held = frame

    def _wait_for_leave(self) -> bool:
        """Wait while paused with no step wanted; False once stopping."""
        with self._changed:
            if self._paused:
                self._schedule.restart()
            self._changed.wait_for(lambda: self._stopping or not self._paused or self._steps)
            return not self._stopping

    def _wait_until_due(self, frame: Frame) -> Frame | None:
        """``frame``, captured when it was due, at the time it is due; None if a pause or stop comes first."""
        with self._changed:
            due_s = self._schedule.due_s(frame)
            while not self._stopping:
                now_s = time.monotonic()
                if self._steps or (not self._paused and now_s >= due_s):
                    self._steps = max(0, self._steps - 1)
                    return replace(frame, captured_s=min(max(frame.captured_s, due_s), now_s))
                if self._paused:
                    return None
                self._changed.wait(due_s - now_s)
            return None

    def _start_over(self) -> None:
        self.source.close()
        self.source.open()
        with self._changed:
            if self._loop:
                self._schedule.loop(self.source.frame_rate)
            elif not self._stopping:
                self._paused = True
                self._steps = 0
                self._state = PlayerState.ENDED
