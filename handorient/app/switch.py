"""Changing the source: the one that plays goes on until the next one has delivered a picture.

Unless both are the same camera, asked for something else: no camera serves two. Then the old one makes way,
and is opened again if the new one fails. A camera that is still being opened makes way as soon as it is open,
for until then nobody can stop it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from handorient.app.worker import Worker, say
from handorient.capture.camera import Camera
from handorient.capture.player import Player, PlayerState
from handorient.capture.source import Source
from handorient.errors import UserError


class SourceSwitch:
    """Opens sources in threads of their own and hands the working one to the worker.

    Attributes:
        player: what plays now, or None before the first source works.
        connecting: the text of the source that is being opened, or None.
        open_source: from a text to the source it names, not opened yet.
        failed: why the source asked for last could not be opened, or None.
    """

    def __init__(
        self,
        worker: Worker,
        messages: SimpleQueue[str],
        open_source: Callable[[str | None], Source],
    ) -> None:
        self.player: Player | None = None
        self.connecting: str | None = None
        self.failed: str | None = None
        self._worker = worker
        self._messages = messages
        self.open_source = open_source
        self._lock = threading.Lock()
        self._ticket = 0
        self._coming: Source | None = None  # what is being opened
        self._opening: dict[int, threading.Thread] = {}  # by a camera's index, what opened it last
        self._made_way: str | None = None  # what opens the camera that made way for one not attached yet

    @property
    def faulted(self) -> bool:
        """Whether what played has stopped by itself: it shows its last picture, and gives no more."""
        return self.player is not None and self.player.state is PlayerState.FAULTED

    def request(self, text: str | None) -> None:
        """Open what ``text`` names, in the background; a request that is still under way is given up."""
        with self._lock:
            self._begin(text)

    def _begin(self, text: str | None) -> None:
        self._give_up()
        self.connecting = text or "camera"
        self.failed = None
        threading.Thread(
            target=self._switch, args=(text, self._ticket), name="open source", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop what plays and give up what is being opened."""
        with self._lock:
            self._give_up()
            player, self.player, self._made_way = self.player, None, None
        if player is not None:
            player.stop()

    def _give_up(self) -> None:
        self._ticket += 1
        if self._coming is not None:
            self._coming.given_up = True

    def _switch(self, text: str | None, ticket: int) -> None:
        player: Player | None = None
        unused: Player | None = None
        try:
            source = self.open_source(text)
            self._make_way(source, ticket)
            with self._lock:
                if ticket != self._ticket:
                    return
                self._coming = source
            player = Player(source)
            player.start()
            if (first := player.frames.get()) is None:
                raise player.error or UserError(f"{player.source.name} holds no pictures: choose another.")
            with self._lock:
                unused = player
                if ticket == self._ticket:
                    unused, self.player = self.player, player
                    self._coming = self._made_way = None
                    self._worker.attach(player, first)
        except Exception as error:  # the person hears of it; the old source plays on
            unused = player
            with self._lock:
                if ticket == self._ticket:
                    self.failed = say(
                        self._messages,
                        error,
                        f"{text or 'The camera'} could not be opened; the terminal says more.",
                    )
        finally:
            with self._lock:
                if ticket == self._ticket:
                    self.connecting = None
        if unused is not None:
            unused.stop()
        with self._lock:
            if ticket == self._ticket and self.failed is not None and self._made_way is not None:
                before, self._made_way = self._made_way, None
                self._begin(before)

    def _make_way(self, source: Source, ticket: int) -> None:
        """Stop what plays, or is being opened, if it is the camera that is wanted."""
        if not isinstance(source, Camera):
            return
        index = source.find()
        with self._lock:
            before = self._opening.get(index)
            self._opening[index] = threading.current_thread()
        if before is not None:
            before.join()
        with self._lock:
            playing = self.player
            if ticket != self._ticket or playing is None or self.faulted:
                return
            if not isinstance(playing.source, Camera) or playing.source.index != index:
                return
            self.player, self._made_way = None, playing.source.uri
        playing.stop()
