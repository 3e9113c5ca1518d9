"""The slim bar: which source plays, pause, what the network sees, help."""

from __future__ import annotations

import threading
from pathlib import Path

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from handorient.app import theme
from handorient.app.settings import Settings
from handorient.capture.camera import list_cameras

_ICON_PX = 18


class TopBar(QWidget):
    """Asks for things by its signals and shows how they stand; it does nothing by itself."""

    source_chosen = pyqtSignal(str)
    video_wanted = pyqtSignal()
    folder_wanted = pyqtSignal()
    pause_toggled = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setFixedHeight(52)
        self._settings = settings
        self._cameras: list[tuple[int, str]] = []
        self._scanning: threading.Thread | None = None

        self.source = QToolButton()
        self.source.setObjectName("source")
        self.source.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.source.setMinimumWidth(190)
        self.source.setToolTip("Choose what is shown; O opens a file")
        self.menu = QMenu(self.source)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.source.setMenu(self.menu)
        self.pause = QToolButton()
        self.pause.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.pause.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.pause.setFixedWidth(104)
        self.pause.setToolTip("Space")
        self.pause.clicked.connect(self.pause_toggled)
        self.input = QLabel()
        self.input.setToolTip("What the network sees of the hand")
        help_button = QToolButton()
        help_button.setText("?")
        help_button.setFixedWidth(40)
        help_button.setToolTip("What the arrows mean, and the keys")
        help_button.clicked.connect(self.help_wanted)

        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 4)
        row.setSpacing(10)
        row.addWidget(self.source)
        row.addWidget(self.pause)
        row.addStretch(1)
        row.addWidget(self.input)
        row.addSpacing(8)
        row.addWidget(help_button)
        for button in (self.pause, help_button, self.source):
            # Keys belong to the window: a focused button would swallow the space bar.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_source("No source", paused=False, playing=False)
        self._scan_cameras()

    def show_source(self, name: str, paused: bool, playing: bool) -> None:
        metrics = self.source.fontMetrics()
        self.source.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 320) + "   ▾")
        self.pause.setEnabled(playing)
        self.pause.setText("Play" if paused else "Pause")
        self.pause.setIcon(_icon(paused))

    def show_input(self, name: str) -> None:
        """Name what the network looks at; nothing while that is not known."""
        self.input.setText(f"<span style='color:{theme.QUIET}'>input</span>&nbsp; {name}" if name else "")

    def _scan_cameras(self) -> None:
        """Look for cameras in the background, for some systems take seconds to tell."""
        if self._scanning is None or not self._scanning.is_alive():
            self._scanning = threading.Thread(target=self._look, name="cameras", daemon=True)
            self._scanning.start()

    def _look(self) -> None:
        self._cameras = list_cameras()

    def _fill_menu(self) -> None:
        self._scan_cameras()
        assert self._scanning is not None
        self._scanning.join(0.15)  # long enough for a system that knows its cameras
        self.menu.clear()
        self._add("Demo hand", "demo")
        for index, name in self._cameras:
            self._add(name, f"camera:{index}")
        if not self._cameras:
            none = self.menu.addAction("No camera found")
            assert none is not None
            none.setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction("Open video or picture…", self.video_wanted.emit)
        self.menu.addAction("Open image folder…", self.folder_wanted.emit)
        if self._settings.recent:
            self.menu.addSeparator()
            for path in self._settings.recent:
                self._add(Path(path).name, path)

    def _add(self, name: str, uri: str) -> None:
        self.menu.addAction(name.replace("&", "&&"), lambda: self.source_chosen.emit(uri))


def _icon(play: bool) -> QIcon:
    """A triangle to play or two bars to pause, drawn rather than taken from a font that may lack them."""
    pixmap = QPixmap(_ICON_PX * 2, _ICON_PX * 2)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.TEXT))
    if play:
        painter.drawPolygon(QPolygonF([QPointF(5, 3), QPointF(15, 9), QPointF(5, 15)]))
    else:
        painter.drawRoundedRect(QRectF(4, 3, 3.6, 12), 1, 1)
        painter.drawRoundedRect(QRectF(10.4, 3, 3.6, 12), 1, 1)
    painter.end()
    return QIcon(pixmap)
