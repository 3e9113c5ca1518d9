"""The player: a thread that reads a source at its own pace and leaves the newest frame in a mailbox."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from enum import Enum

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.source import SeekableSource, Source
from handorient.errors import UserError

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
    """When each frame is due on ``time.perf_counter()``, from the frames' own times, so that nothing drifts.

    The first frame is due when it was captured, the others as much later as their times say, divided by the
    speed. So a camera's frames are due the moment they exist, and a file's are spread out.
    """

    def __init__(self) -> None:
        self.speed = 1.0
        self._zero_s: float | None = None
        self._last_s = 0.0

    def due_s(self, frame: Frame) -> float:
        """When the next frame, this one, is due; in the past if it is late."""
        since_s = frame.time_s / self.speed
        if self._zero_s is None or frame.captured_s - (self._zero_s + since_s) > MAX_LAG_S:
            self._zero_s = frame.captured_s - since_s
        self._last_s = frame.time_s
        return self._zero_s + since_s

    def set_speed(self, speed: float, now_s: float) -> None:
        """What remains at ``now_s`` until a frame is due passes at the new speed."""
        if self._zero_s is not None:
            self._zero_s = now_s - (now_s - self._zero_s) * self.speed / speed
        self.speed = speed

    def loop(self, frame_rate: float) -> None:
        """The source starts over: its first frame is due when the last one has lasted its 1 / frame_rate."""
        if self._zero_s is not None:
            self._zero_s += (self._last_s + 1 / frame_rate) / self.speed

    def restart(self) -> None:
        """The next frame is due when it is captured, as the first one was."""
        self._zero_s = None


class Player:
    """Plays one source, once, in a thread of its own; another source takes another player.

    The consumer takes frames until there are no more, and then asks why::

        while (frame := player.frames.get()) is not None:
            ...
        if player.error: ...

    A loop, a seek or a step back shows as a frame of another ``take``: tracking starts afresh there.

    Attributes:
        frames: where the newest frame is; closed once the player has stopped or faulted.
        error: what ended the player, a UserError unless something is broken; None while all is well.
        loop: whether a file starts over at its end; changed at any time. A single picture ends all the same.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.frames: Mailbox[Frame] = Mailbox()
        self.error: Exception | None = None
        self.loop = True
        self._schedule = Schedule()
        self._state = PlayerState.STOPPED
        self._stopping = False
        self._paused = False
        self._resumed = False  # whether nothing was shown since a pause or the end
        self._steps = 0
        self._sought_s: float | None = None
        self._shown: Frame | None = None
        self._take = 0
        self._changed = threading.Condition()  # guards everything above that changes, but for frames
        self._thread = threading.Thread(target=self._run, name=f"player {source.uri}", daemon=True)

    @property
    def state(self) -> PlayerState:
        return self._state

    @property
    def duration_s(self) -> float | None:
        """How long the source is; None where it has no end or nobody knows, and no seek is possible."""
        return self.source.duration_s if isinstance(self.source, SeekableSource) else None

    @property
    def position_s(self) -> float:
        """The time of the frame that was shown last, or will be once a seek has got there."""
        with self._changed:
            if self._sought_s is not None:
                return self._sought_s
            return 0.0 if self._shown is None else self._shown.time_s

    @property
    def speed(self) -> float:
        """How fast a file plays; a live source has the speed of life."""
        return self._schedule.speed

    @speed.setter
    def speed(self, value: float) -> None:
        if self.source.live:
            return
        with self._changed:
            self._schedule.set_speed(value, time.perf_counter())
            self._changed.notify_all()

    def start(self) -> None:
        """Open the source in the player's thread and play.

        A player that was paused before shows nothing until it is to play, step or seek.
        """
        self._state = PlayerState.CONNECTING
        self._thread.start()

    def play(self, again: bool = True) -> None:
        """Go on, or after the last frame start over: there only in a loop if not ``again``."""
        with self._changed:
            self._paused = False
            self._steps = 0
            if self._state in (PlayerState.PAUSED, PlayerState.ENDED):
                self._state = PlayerState.RUNNING
                self._resumed = again
            self._changed.notify_all()

    def pause(self) -> None:
        """Hold after the current frame. A camera goes on unseen, so that playing resumes with the present."""
        with self._changed:
            self._paused = True
            if self._state is PlayerState.RUNNING:
                self._state = PlayerState.PAUSED
            self._changed.notify_all()

    def seek(self, time_s: float) -> None:
        """Show the frame at this time soon, and go on from there, or stay there if paused or ended.

        Of several seeks in a hurry only the last is sure to be shown. A source that cannot seek ignores it.
        """
        duration_s = self.duration_s
        if duration_s is None:
            return
        with self._changed:
            self._sought_s = min(max(0.0, time_s), duration_s)
            self._hold_if_ended()
            self._changed.notify_all()

    def begin_again(self) -> bool:
        """Go back to the first frame, if nothing was done since the start but play; say whether it does."""
        with self._changed:
            if self._take or self._sought_s is not None or self._state is not PlayerState.RUNNING:
                return False
        self.seek(0.0)
        return self.duration_s is not None

    def step(self, count: int = 1) -> None:
        """Pause, and show exactly ``count`` more frames, or for -1 the one before, where the source can.

        After the end there is a next one in a loop only.
        """
        if count < 0 and not isinstance(self.source, SeekableSource):
            return
        with self._changed:
            if count > 0 and self._state is PlayerState.ENDED and not self.loop:
                return
            self._paused = True
            self._steps += count
            if self._state is PlayerState.RUNNING:
                self._state = PlayerState.PAUSED
            self._hold_if_ended()
            self._changed.notify_all()

    def _hold_if_ended(self) -> None:
        if self._state is PlayerState.ENDED:
            self._state = PlayerState.PAUSED

    def stop(self) -> None:
        """Give the source up, end the thread and close the source, within a second.

        A source that blocks for longer, as a driver may, cannot be interrupted: its thread is left behind,
        closes the source when the call comes back, and delivers nothing more.
        """
        with self._changed:
            self._stopping = True  # first: what the source says of being given up is no fault
            self.source.given_up = True
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
            if self._jump():
                held = None
                if (frame := self.source.read()) is not None:
                    self._schedule.due_s(frame)  # at once; what follows is due when this one has lasted
                    self._show(frame)
                continue
            # A frame held over a pause counts as read when the pause ends.
            frame = self.source.read() if held is None else replace(held, captured_s=time.perf_counter())
            held = None
            if frame is None:
                held = self._start_over()
            elif (due := self._wait_until_due(frame)) is not None:
                self._show(due)
            elif not self.source.live:
                held = frame

    def _show(self, frame: Frame) -> None:
        with self._changed:
            self._shown = frame
            self._resumed = False
        self.frames.put(replace(frame, take=self._take))

    def _wait_for_leave(self) -> bool:
        """Wait while paused with nothing to show; False once stopping."""
        with self._changed:
            if self._paused:
                self._schedule.restart()
            self._changed.wait_for(
                lambda: self._stopping or not self._paused or self._steps or self._wants_jump()
            )
            return not self._stopping

    def _wants_jump(self) -> bool:
        return self._sought_s is not None or self._steps < 0

    def _jump(self) -> bool:
        """Take the source to the frame that a seek or a step back asks for; False if nothing does."""
        source = self.source
        with self._changed:
            if not self._wants_jump() or not isinstance(source, SeekableSource):
                return False
            sought_s, back = self._sought_s, min(0, self._steps)
            self._steps = max(0, self._steps)
            shown = -1 if self._shown is None else self._shown.index
        # Not under the lock: a source may have to read all of its file for this.
        source.seek(max(0, shown + back) if sought_s is None else source.index_at(sought_s))
        with self._changed:
            if self._sought_s == sought_s:
                self._sought_s = None
            self._take += 1
            self._schedule.restart()
        return True

    def _wait_until_due(self, frame: Frame) -> Frame | None:
        """``frame``, captured when it was due, at the time it is due.

        None if a pause, a jump or a stop comes first.
        """
        with self._changed:
            while not self._stopping and not self._wants_jump():
                due_s = self._schedule.due_s(frame)
                now_s = time.perf_counter()
                if self._steps or (not self._paused and now_s >= due_s):
                    self._steps = max(0, self._steps - 1)
                    return replace(frame, captured_s=min(max(frame.captured_s, due_s), now_s))
                if self._paused:
                    return None
                self._changed.wait(due_s - now_s)
            return None

    def _start_over(self) -> Frame:
        """Begin again after the last frame, or end there; gives the first frame, which is not shown yet.

        Raises:
            UserError: if there is none any more, or never was one.
        """
        self.source.start_over()
        first = self.source.read()
        if first is None:
            raise UserError(f"{self.source.name} contains no readable picture: choose another source.")
        with self._changed:
            self._take += 1
            # Nothing moves in a single picture: shown again, it would only be tracked afresh each time.
            single = self._shown is not None and self._shown.index == first.index
            # Who plays on from the last frame, which stepping or a seek has shown, wants to see something.
            if self._resumed or (self.loop and not single):
                self._schedule.loop(self.source.frame_rate)
            elif not self._stopping:
                self._paused = True
                self._steps = 0
                self._state = PlayerState.ENDED
        return first
