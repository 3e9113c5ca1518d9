"""Presenting to a room: full screen, large type, and nothing to click on."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMainWindow, QWidget

from handorient.app import theme
from handorient.app.playing import Playing
from handorient.app.stage import Stage


class Presentation:
    """Turns a window into a presentation and back.

    Attributes:
        active: whether the window is presenting.
    """

    def __init__(
        self,
        window: QMainWindow,
        hidden: tuple[QWidget, ...],
        playing: Playing,
        stage: Stage,
        write: Callable[[float], None],
    ) -> None:
        """``hidden`` are what a room need not see; ``write`` sets how large type is."""
        self._window, self._hidden, self._playing, self._stage = window, hidden, playing, stage
        self._write = write
        self._put_away: list[QWidget] = []
        self._was_full = False
        self.active = False

    def toggle(self) -> None:
        """Present to a room, or stop presenting; a window that filled the screen before does so again."""
        self.active = not self.active
        if self.active:
            self._was_full = self._window.isFullScreen()
            self._put_away = [part for part in self._hidden if not part.isHidden()]
            if not self._was_full:
                self.toggle_full_screen()
        for part in self._put_away:
            part.setVisible(not self.active)
        self._playing.quiet = self.active
        self._playing.show()
        screen = self._window.screen()
        assert screen is not None
        self._write(theme.presented(screen.size()) if self.active else 1.0)
        self._stage.present(self.active)
        self._stage.setContentsMargins(14, 0, 14, 14 if self.active else 0)
        if not self.active and not self._was_full and self._window.isFullScreen():
            # Last, and with small type laid out: a window must not grow for what large type wanted.
            if (layout := self._window.layout()) is not None:
                layout.activate()
            self.toggle_full_screen()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Leave the presentation, or else full screen."""
        if self.active:
            self.toggle()
        elif self._window.isFullScreen():
            self.toggle_full_screen()
