"""Clips made of nothing for a player, and a mailbox that keeps every frame it plays."""

from __future__ import annotations

import queue
import threading
import time

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.player import Player, PlayerState
from handorient.capture.source import SeekableSource, Source

from .media import picture

PATIENCE_S = 10.0


class Clip(Source):
    """A file of ``count`` frames; ``fault`` is raised in place of the frame of index ``count``."""

    name = uri = "clip"
    live = False

    def __init__(self, count: int = 5, frame_rate: float = 200.0, fault: Exception | None = None) -> None:
        self.frame_rate = frame_rate
        self.count = count
        self.fault = fault
        self.next = count
        self.closed = threading.Event()

    def open(self) -> None:
        self.next = 0
        self.closed.clear()

    def read(self) -> Frame | None:
        if self.next == self.count:
            if self.fault is not None:
                raise self.fault
            return None
        frame = Frame(self.next, self.next / self.frame_rate, time.perf_counter(), picture())
        self.next += 1
        return frame

    def close(self) -> None:
        self.closed.set()


class Reel(Clip, SeekableSource):
    """A clip any of whose frames can be asked for; ``slow_s`` is how long finding one takes."""

    slow_s = 0.0

    @property
    def duration_s(self) -> float | None:
        return self.count / self.frame_rate

    def index_at(self, time_s: float) -> int:
        time.sleep(self.slow_s)
        return min(int(time_s * self.frame_rate + 1e-6), self.count - 1)

    def seek(self, index: int) -> None:
        self.next = index


class Tape(Mailbox[Frame]):
    """Keeps every frame, so that a slow machine cannot make a test miss one."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()

    def put(self, item: Frame) -> None:
        self.kept.put(item)

    def get(self, timeout: float | None = None) -> Frame | None:
        try:
            return self.kept.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        super().close()
        self.kept.put(None)


def take(player: Player) -> Frame:
    frame = player.frames.get(PATIENCE_S)
    assert frame is not None
    return frame


def wait_for(player: Player, state: PlayerState) -> None:
    end_s = time.perf_counter() + PATIENCE_S
    while player.state is not state:
        assert time.perf_counter() < end_s, f"still {player.state}"
        time.sleep(0.001)


def frames_at(times_s: list[float], captured_s: float) -> list[Frame]:
    return [Frame(i, time_s, captured_s, picture()) for i, time_s in enumerate(times_s)]


def read_all(source: Source) -> list[Frame]:
    with source:
        return list(iter(source.read, None))
