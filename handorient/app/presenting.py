"""Presenting to a room: full screen, large type, and nothing to click on."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtWidgets import QApplication, QLayout, QMainWindow, QWidget

from handorient.app import theme
from handorient.app.playing import Playing
from handorient.app.resizing import Resizing
from handorient.app.stage import Stage

#: How long it takes at most until small type is laid out again, and a window has left the full screen.
_SETTLED_MS = 1000


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
        self._was_full, self._scaled = False, 1.0
        self._size_before = window.size()
        self._settled = QTimer(window)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self._settle)
        self.active = False
        Resizing(window, self._scale)

    def toggle(self) -> None:
        """Present to a room, or stop presenting; a window is as large afterwards as before."""
        self.active = not self.active
        if self.active:
            self._begin()
        else:
            self._end()

    def _begin(self) -> None:
        self._settled.stop()
        self._grow(False)  # for large type: the window would keep that size
        self._was_full, self._size_before = self._window.isFullScreen(), self._window.size()
        if not self._was_full:
            self.toggle_full_screen()
        self._arrange()

    def _end(self) -> None:
        self._arrange()
        if not self._was_full:
            if self._window.isFullScreen():
                self.toggle_full_screen()
            if not self._window.isMaximized():
                self._window.resize(self._size_before)
        self._settled.start(_SETTLED_MS)

    def _settle(self) -> None:
        """Let the window grow again, once everything knows how little small type needs."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        self._grow(True)

    def _grow(self, growing: bool) -> None:
        """Whether the window grows where what is in it needs more room."""
        constraint = QLayout.SizeConstraint
        layout = self._window.layout()
        assert layout is not None
        layout.setSizeConstraint(constraint.SetDefaultConstraint if growing else constraint.SetNoConstraint)

    def _arrange(self) -> None:
        """Give everything the type and the room that it has while presenting, or at a desk."""
        self._scale()
        self._playing.quiet = self.active
        self._playing.show()
        for part in self._hidden:
            part.setVisible(not self.active)
        self._stage.present(self.active)
        self._stage.setContentsMargins(14, 0, 14, 14 if self.active else 0)

    def _scale(self) -> None:
        """Write as large as the window is: a screen fills late, and not where nobody manages windows."""
        scaled = theme.presented(self._window.size()) if self.active else 1.0
        if scaled != self._scaled:
            self._scaled = scaled
            self._write(scaled)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Leave the presentation, or else full screen."""
        if self.active:
            self.toggle()
        elif self._window.isFullScreen():
            self.toggle_full_screen()
