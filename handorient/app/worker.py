"""The thread that owns the pipeline: frames in, estimates out, always the newest of both."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.pipeline import Estimate, Pipeline

log = logging.getLogger(__name__)

#: How often a waiting worker looks whether it is wanted for something else.
_LOOK_S = 0.05
#: How long the first pipeline waits for the first picture to be shown: loading it holds up everything else.
_HEAD_START_S = 0.6

BROKEN_FRAME = "Something went wrong with a picture: it has no estimate. Details are in the terminal."
BROKEN_SOURCE = "{} stopped; details are in the terminal."
BROKEN_JOB = "Something went wrong in a view; the rest continues. Details are in the terminal."
BROKEN_PIPELINE = "Hand detection could not start; details are in the terminal."


def sentence_about(error: Exception, otherwise: str) -> str:
    """What a person is told of ``error``: what is no UserError is said as ``otherwise``."""
    return str(error) if isinstance(error, UserError) else otherwise


class Worker:
    """Runs ``Pipeline.process`` over whatever player is attached.

    The pipeline is made, used and closed in the worker's own thread, as its detector asks. While that thread
    makes it, another passes the pictures on with no hands in them.

    Attributes:
        results: where the newest estimate is, with the player that its frame came from.
        shown: set by whoever shows them, once one is shown: what it wants is known, and loading may begin.
        estimated: how many frames the pipeline has seen, whatever came of it.
        messages: sentences for the person, in the order they came up.
        wanted: the input asked for last; ``input`` follows once its network is loaded.
        input: what the pipeline's network looks at, or "" before there is a pipeline.
        failed: why there is no pipeline, or None.
        make_pipeline: makes the pipeline of a network's weights, in the thread that is to use it.
        weights: the files of the networks by their inputs.
        record: takes every estimate of the pipeline, with the player that its frame came from, and returns at
            once; None: nobody does.
    """

    def __init__(
        self, make_pipeline: Callable[[Path], Pipeline], weights: Mapping[str, Path], name: str
    ) -> None:
        """``name`` is the first input that is wanted."""
        self.results: Mailbox[tuple[Player, Estimate]] = Mailbox()
        self.shown = threading.Event()
        self.estimated = 0
        self.messages: SimpleQueue[str] = SimpleQueue()
        self.wanted = name
        self.input = ""
        self.failed: str | None = None
        self.record: Callable[[Player, Estimate], object] | None = None
        self.make_pipeline = make_pipeline
        self.weights = weights
        self._pipeline: Pipeline | None = None
        self._anew = False  # whether it took the place of a broken one, and has not estimated anything yet
        self._at: tuple[Player, int] | None = None  # whose hands the pipeline knows
        self._logged: set[tuple[type[Exception], str]] = set()
        self._changed = threading.Condition()  # guards what follows, and ``wanted``
        self._next: tuple[Player, Frame] | None = None
        self._jobs: list[Callable[[Pipeline], object]] = []
        self._making = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    @property
    def starting(self) -> bool:
        """Whether the pipeline is still to come, or to see its first picture."""
        return self.failed is None and not (self.input and self.estimated)

    def start(self) -> None:
        self._thread.start()

    def attach(self, player: Player, first: Frame) -> None:
        """Go on with this player's frames, of which ``first`` was taken already."""
        with self._changed:
            self._next = (player, first)
            self._changed.notify_all()

    def use_input(self, name: str) -> None:
        """Change to the network with this input; the one at work stays if that fails."""
        with self._changed:
            self.wanted = name
            self._changed.notify_all()

    def ask(self, job: Callable[[Pipeline], object]) -> None:
        """Call ``job`` with the pipeline, in the worker's thread and soon, once there is a pipeline."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def stop(self, timeout_s: float) -> None:
        """End the thread; one that is busy for longer than ``timeout_s`` is left to end by itself."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self.results.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def report(self, error: Exception, otherwise: str) -> str:
        """Queue one sentence about ``error`` for the person, and return it.

        What is no UserError is said as ``otherwise``, and the error itself goes to the log.
        """
        if not isinstance(error, UserError):
            log.error("%s", otherwise, exc_info=error)
        sentence = sentence_about(error, otherwise)
        self.messages.put(sentence)
        return sentence

    # -- in the worker's thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                if self.wanted != self.input:
                    self._change_input()
                    if not self.estimated and self._pipeline is not None:
                        self._begin_again()
                self._serve(self._pipeline, partial(self._wanted_elsewhere, self._pipeline))
        finally:
            if self._pipeline is not None:
                self._pipeline.close()

    def _wanted_elsewhere(self, pipeline: Pipeline | None) -> bool:
        """Whether there is something else to do than to serve with ``pipeline``."""
        return self._stopping or self._pipeline is not pipeline or self.wanted != self.input

    def _change_input(self) -> None:
        """Have the network that is wanted answer, the first one as soon as there is a pipeline."""
        with self._preview() if self._pipeline is None else nullcontext():
            wanted, self.failed = self.wanted, None
            weights = self.weights[wanted]
            try:
                if self._pipeline is None:
                    self._pipeline = self.make_pipeline(weights)
                else:
                    self._pipeline.use(weights)
            except Exception as error:  # the window lives on, and says what is wrong
                sentence = self.report(error, BROKEN_PIPELINE)
                self.failed = None if self.input else sentence
                with self._changed:
                    if self.wanted == wanted:
                        self.wanted = self.input
            else:
                self.input, self.failed = wanted, None

    def _begin_again(self) -> None:
        """Have a file that played on while nobody looked for hands be seen from its beginning."""
        with self._changed:
            following = self._next
        if following is None or not following[0].begin_again():
            return
        player, before = following
        while (frame := player.frames.get(_HEAD_START_S)) is not None and frame.take == before.take:
            pass  # it was on its way
        with self._changed:
            if frame is not None and self._next is following:
                self._next = player, frame

    @contextmanager
    def _preview(self) -> Iterator[None]:
        """Meanwhile another thread shows the pictures; it gets a head start for the first of them."""
        self._making = True
        no_pipeline = (None, lambda: self._stopping or not self._making)
        preview = threading.Thread(target=self._serve, args=no_pipeline, name="preview", daemon=True)
        preview.start()
        self.shown.wait(_HEAD_START_S)
        try:
            yield
        finally:
            with self._changed:
                self._making = False
                self._changed.notify_all()
            preview.join()

    # -- in whichever thread shows the pictures --------------------------------------------------------

    def _serve(self, pipeline: Pipeline | None, until: Callable[[], bool]) -> None:
        """Follow one player after the other until something else is to be done."""
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: until() or self._next is not None or (pipeline is not None and self._jobs)
                )
                if until():
                    return
                attached, self._next = self._next, None
            self._do_jobs(pipeline)
            if attached is not None:
                self._follow(pipeline, *attached, until)

    def _follow(
        self, pipeline: Pipeline | None, player: Player, first: Frame, until: Callable[[], bool]
    ) -> None:
        """Estimate a player's frames until it ends, another one is attached, or ``until``."""
        frame: Frame | None = first
        newest = first
        while self._next is None and not until():
            self._do_jobs(pipeline)
            if frame is not None:
                newest = frame
                self.results.put((player, self._estimate(pipeline, player, frame)))
            elif player.frames.closed:
                if player.error is not None:
                    self.report(player.error, BROKEN_SOURCE.format(player.source.name))
                return
            frame = player.frames.get(_LOOK_S)
        with self._changed:
            if self._next is None:  # whoever goes on begins with this very picture, for it may be held
                self._next = (player, frame or newest)

    def _do_jobs(self, pipeline: Pipeline | None) -> None:
        if pipeline is None:
            return
        with self._changed:
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            self._do_job(job, pipeline)

    def _do_job(self, job: Callable[[Pipeline], object], pipeline: Pipeline) -> None:
        try:
            job(pipeline)
        except Exception as error:  # a view that cannot be filled must not end the show
            self.report(error, BROKEN_JOB)

    def _estimate(self, pipeline: Pipeline | None, player: Player, frame: Frame) -> Estimate:
        if pipeline is None:
            return Estimate(frame, (), {})
        try:
            if self._at != (player, frame.take):  # another source, or another place in it
                pipeline.reset()
                self._at = player, frame.take
            estimate = pipeline.process(frame)
            self._anew = False
            if (record := self.record) is not None:
                record(player, estimate)
            return estimate
        except Exception as error:  # one bad frame must not end the show
            self._log(BROKEN_FRAME, error)
            self.messages.put(BROKEN_FRAME)
            self._recover(pipeline)
            return Estimate(frame, (), {})
        finally:
            self.estimated += 1

    def _recover(self, pipeline: Pipeline) -> None:
        """Have the pipeline forget a bad frame; one that cannot is closed, to be made anew, but only once."""
        try:
            pipeline.reset()
            return
        except Exception as error:
            self._log("Hand detection broke down.", error)
        with suppress(Exception):  # it is broken
            pipeline.close()
        if self._anew:
            self.failed = BROKEN_PIPELINE
            self.messages.put(BROKEN_PIPELINE)
            with self._changed:
                if self.wanted == self.input:
                    self.wanted = ""
        self._pipeline, self._at, self.input, self._anew = None, None, "", True

    def _log(self, sentence: str, error: Exception) -> None:
        """Log an error that may come with every frame: each kind once, whatever the numbers in its words."""
        kind = type(error), re.sub(r"\d+", "", str(error))
        if kind not in self._logged:
            self._logged.add(kind)
            log.error("%s", sentence, exc_info=error)
