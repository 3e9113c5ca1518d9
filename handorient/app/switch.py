"""Changing the source: the one that plays goes on until the next one has delivered a picture.

Unless both are the same camera, asked for something else: no camera serves two. Then the old one makes way,
and is opened again if the new one fails. A camera that is still being opened makes way as soon as it is open,
for until then nobody can stop it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from handorient.app.worker import BROKEN_SOURCE, Worker, sentence_about
from handorient.capture.camera import Camera
from handorient.capture.cameras import CAMERA, ask_to_use_cameras
from handorient.capture.player import Player, PlayerState
from handorient.capture.source import Source
from handorient.errors import UserError
from handorient.sources import usual_sources


class SourceSwitch:
    """Opens sources in threads of their own and hands the working one to the worker.

    Attributes:
        player: what plays now, or None before the first source works.
        connecting: the text of the source that is being opened, or None.
        open_source: from a text to the source it names, not opened yet.
    """

    def __init__(self, worker: Worker, open_source: Callable[[str], Source]) -> None:
        self.player: Player | None = None
        self.connecting: str | None = None
        self._failed: str | None = None
        self._worker = worker
        self.open_source = open_source
        self._lock = threading.Lock()
        self._ticket = 0
        self._coming: Source | None = None  # what is being opened
        self._opening: dict[int, threading.Thread] = {}  # by a camera's index, what opened it last
        self._made_way: str | None = None  # what opens the camera that made way for one not attached yet

    @property
    def faulted(self) -> bool:
        """Whether what played has stopped by itself: it shows its last picture, and gives no more."""
        player = self.player  # another thread may take it away at any time
        return player is not None and player.state is PlayerState.FAULTED

    @property
    def failed(self) -> str | None:
        """Why the source asked for last could not be opened, or has stopped by itself; or None."""
        player = self.player
        if self._failed is not None or self.connecting is not None or player is None or player.error is None:
            return self._failed
        return sentence_about(player.error, BROKEN_SOURCE.format(player.source.name))

    def request(self, text: str | None, last: str = "") -> None:
        """Open what ``text`` names, in the background; a request that is still under way is given up.

        None means what works of :func:`usual_sources`, with ``last`` the camera that was shown last; why what
        comes before it there did not is said. Call it in the main thread.
        """
        if text is None or text.startswith(CAMERA):
            ask_to_use_cameras()
        with self._lock:
            self._begin(text, last)

    def _begin(self, text: str | None, last: str = "") -> None:
        self._give_up()
        self.connecting = text or "camera"
        self._failed = None
        threading.Thread(
            target=self._switch, args=(text, last, self._ticket), name="open source", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop what plays and give up what is being opened."""
        with self._lock:
            self._give_up()
            self._failed = self.failed  # which is known no more once the player is gone
            player, self.player, self._made_way = self.player, None, None
        if player is not None:
            player.stop()

    def _give_up(self) -> None:
        self._ticket += 1
        if self._coming is not None:
            self._coming.given_up = True

    def _switch(self, text: str | None, last: str, ticket: int) -> None:
        failures: list[tuple[Exception, str]] = []
        opened = False
        for wanted in usual_sources(last) if text is None else [text]:
            if ticket != self._ticket:
                return
            try:
                self._open(wanted, ticket)
                opened = True
                break
            except Exception as error:  # the person hears of it; the old source plays on
                failures.append((error, f"{wanted} could not be opened; details are in the terminal."))
        with self._lock:
            if ticket != self._ticket:
                return
            self.connecting = None
            why = self._worker.report(*failures[0]) if failures else None
            if opened:
                return
            self._failed = why
            if self._made_way is not None:
                before, self._made_way = self._made_way, None
                self._begin(before)

    def _open(self, text: str, ticket: int) -> None:
        """Have the worker go on with what ``text`` names, unless the request is given up meanwhile."""
        unused: Player | None = None
        try:
            source = self.open_source(text)
            self._make_way(source, ticket)
            with self._lock:
                if ticket != self._ticket:
                    return
                self._coming = source
            unused = player = Player(source)
            player.start()
            if (first := player.frames.get()) is None:
                raise player.error or UserError(f"{player.source.name} contains no pictures: choose another.")
            with self._lock:
                if ticket == self._ticket:
                    unused, self.player = self.player, player
                    self.connecting = self._coming = self._made_way = None
                    self._worker.attach(player, first)
        finally:
            if unused is not None:
                unused.stop()

    def _make_way(self, source: Source, ticket: int) -> None:
        """Stop what plays, or is being opened, if it is the camera that is wanted."""
        if not isinstance(source, Camera):
            return
        index = source.find()
        with self._lock:
            before = self._opening.get(index)
            self._opening[index] = threading.current_thread()
        if before is not None and before is not threading.current_thread():
            before.join()
        with self._lock:
            playing = self.player
            if ticket != self._ticket or playing is None or self.faulted:
                return
            if not isinstance(playing.source, Camera) or playing.source.index != index:
                return
            self.player, self._made_way = None, playing.source.lasting_uri
        playing.stop()
