"""The thread that owns the pipeline: frames in, estimates out, always the newest of both."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.pipeline import Estimate, Pipeline

log = logging.getLogger(__name__)

#: How often a waiting worker looks whether another source has taken over.
_LOOK_S = 0.05

BROKEN_FRAME = "Something went wrong with this picture; the next ones go on. The log says more."
BROKEN_PIPELINE = "The hand recognition could not be started; the log says more."


def say(messages: SimpleQueue[str], error: Exception, otherwise: str) -> str:
    """Queue one sentence about ``error`` for the person, and return it.

    What is no UserError is said as ``otherwise``, and the error itself goes to the log.
    """
    sentence = otherwise
    if isinstance(error, UserError):
        sentence = str(error)
    else:
        log.error("%s", otherwise, exc_info=error)
    messages.put(sentence)
    return sentence


class Worker:
    """Runs ``Pipeline.process`` over whatever player is attached.

    The pipeline is made, used and closed in the worker's own thread, as its detector asks.

    Attributes:
        results: where the newest estimate is.
        messages: sentences for the person, in the order they came up.
        input: what the pipeline's network looks at, or "" before the pipeline is there.
        failed: why the pipeline could not be made, or None.
    """

    def __init__(self, make_pipeline: Callable[[], Pipeline], messages: SimpleQueue[str]) -> None:
        self.results: Mailbox[Estimate] = Mailbox()
        self.messages = messages
        self.input = ""
        self.failed: str | None = None
        self._make_pipeline = make_pipeline
        self._attached = threading.Condition()
        self._next: tuple[Player, Frame] | None = None
        self._stopping = False
        self._complained = False
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def attach(self, player: Player, first: Frame) -> None:
        """Go on with this player's frames, of which ``first`` was already taken."""
        with self._attached:
            self._next = (player, first)
            self._attached.notify()

    def stop(self, timeout_s: float) -> None:
        """End the thread; one that is busy for longer than ``timeout_s`` is left to end by itself."""
        with self._attached:
            self._stopping = True
            self._attached.notify()
        self.results.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            pipeline = self._make_pipeline()
        except Exception as error:  # the window lives on, and says why it shows nothing
            self.failed = say(self.messages, error, BROKEN_PIPELINE)
            return
        self.input = pipeline.input
        try:
            while (attached := self._wait_for_player()) is not None:
                pipeline.reset()
                self._follow(pipeline, *attached)
        finally:
            pipeline.close()

    def _wait_for_player(self) -> tuple[Player, Frame] | None:
        """The player attached last, once; None when stopping."""
        with self._attached:
            self._attached.wait_for(lambda: self._stopping or self._next is not None)
            attached, self._next = self._next, None
            return None if self._stopping else attached

    def _follow(self, pipeline: Pipeline, player: Player, first: Frame) -> None:
        """Estimate a player's frames until it ends or another one is attached."""
        frame: Frame | None = first
        last = -1
        while not self._stopping and self._next is None:
            if frame is not None:
                if frame.index <= last:
                    pipeline.reset()  # the source started over: nothing is near what came before
                last = frame.index
                self.results.put(self._estimate(pipeline, frame))
            elif player.frames.closed:
                if player.error is not None:
                    say(self.messages, player.error, f"{player.source.name} stopped; the log says more.")
                return
            frame = player.frames.get(_LOOK_S)

    def _estimate(self, pipeline: Pipeline, frame: Frame) -> Estimate:
        try:
            return pipeline.process(frame)
        except Exception as error:  # one bad frame must not end the show
            if not self._complained:
                self._complained = True
                say(self.messages, error, BROKEN_FRAME)
            pipeline.reset()
            return Estimate(frame, (), {})
