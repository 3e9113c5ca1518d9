"""The slim bar: which source plays, pause, record, what the network sees, which views are open, help."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QEvent, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from handorient.app import icons, theme
from handorient.app.buttons import tool_button
from handorient.app.settings import Settings
from handorient.app.text import without_mnemonics
from handorient.capture.camera import Camera
from handorient.capture.cameras import CameraInfo, list_cameras

#: What can be asked of a camera, in words and as a source's text says it.
_SIZES = (
    ("640 × 480, 30 fps", "size=640x480&fps=30"),
    ("1280 × 720, 30 fps", "size=1280x720&fps=30"),
    ("1280 × 720, 60 fps", "size=1280x720&fps=60"),
    ("1920 × 1080, 30 fps", "size=1920x1080&fps=30"),
)
#: The longest that a source's name may be, where there is room and where there is not.
_NAME_PX, _SHORT_NAME_PX = 300, 50
#: The button is at least so wide where there is room, and ends in this.
_SOURCE_PX, _MORE = 190, "   ▾"
#: How often an open menu looks for cameras and recent files: to look may wake a camera.
_SCAN_MS = 1000


class TopBar(QWidget):
    """Asks for things by its signals and shows how they stand; it does nothing by itself.

    Attributes:
        source, views_button: the buttons whose menus have the sources and the views.
        inputs: a button for each of the network's inputs, by its name.
        views: the menu of views, empty at first.
        camera: the camera that plays, or None where something else does.
    """

    source_chosen = pyqtSignal(str)
    video_wanted = pyqtSignal()
    folder_wanted = pyqtSignal()
    pause_toggled = pyqtSignal()
    record_toggled = pyqtSignal()
    export_wanted = pyqtSignal()
    input_chosen = pyqtSignal(str)
    help_wanted = pyqtSignal()

    def __init__(self, settings: Settings, weights: Mapping[str, Path]) -> None:
        """``weights`` are the files of the networks by their inputs."""
        super().__init__()
        self.setObjectName("topBar")
        self._settings = settings
        self.camera: Camera | None = None
        self._cameras: list[CameraInfo] | None = None  # nobody has looked yet
        self._recent: list[Path] = []
        self._offered: tuple[list[CameraInfo] | None, list[Path]] = (None, [])
        self._scanning: threading.Thread | None = None
        self._paused = self._recording = False
        self._name = ""

        self.source = _menu_button("Choose a source   C")
        self.menu = QMenu(self.source)
        self.menu.aboutToShow.connect(self._open_menu)
        self._sizes = QMenu("Size and rate", self.menu)
        self.source.setMenu(self.menu)
        self.pause = tool_button("Pause", "Play / pause   Space")
        self.pause.clicked.connect(self.pause_toggled)
        self.record = tool_button("Record", "Record a session: pictures and estimates   R")
        self.record.clicked.connect(self.record_toggled)
        for button in (self.pause, self.record):
            button.setIconSize(QSize(icons.SIZE_PX, icons.SIZE_PX))

        self.inputs = {name: tool_button(name, f"What the network sees: {name}   I") for name in weights}
        self._group = QButtonGroup(self)
        for name, button in self.inputs.items():
            button.setCheckable(True)
            self._group.addButton(button)
            if not weights[name].is_file():
                button.setEnabled(False)
                button.setToolTip(f"The weights of this network are missing: {weights[name].name}")
            button.clicked.connect(lambda _, name=name: self.input_chosen.emit(name))
        self.views_button = _menu_button("Open and close views   V")
        self.views_button.setText("Views   ▾")
        self.views = QMenu(self.views_button)
        self.views_button.setMenu(self.views)
        help_button = tool_button("?", "What the arrows mean, and the keys")
        help_button.setAccessibleName("Help")
        help_button.clicked.connect(self.help_wanted)

        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 4)
        row.setSpacing(8)
        for widget in (self.source, self.pause, self.record):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in self.inputs.values():
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(self.views_button)
        row.addWidget(help_button)
        self._restyle()
        self.show_source("No source", paused=False, playing=False)
        self._scan_timer = QTimer(self)
        self._scan_timer.setInterval(_SCAN_MS)
        self._scan_timer.timeout.connect(self._follow)
        self.menu.aboutToHide.connect(self._scan_timer.stop)

    def show_source(self, name: str, paused: bool, playing: bool) -> None:
        self._name = name
        self._write_name()
        self.pause.setEnabled(playing)
        self.pause.setText("Play" if paused else "Pause")
        if paused != self._paused:
            self._paused = paused
            self._restyle()

    def _write_name(self) -> None:
        spare_px = max(0, self.width() - self._needed(narrow=True))
        longest_px = min(_NAME_PX, _SHORT_NAME_PX + spare_px)
        metrics = self.source.fontMetrics()
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, longest_px)
        self.source.setText(without_mnemonics(name) + _MORE)

    def show_input(self, name: str) -> None:
        """Mark the input that the network looks at, or will as soon as it is loaded."""
        if name in self.inputs:
            self.inputs[name].setChecked(True)

    def show_recording(self, elapsed: str | None) -> None:
        """Show that a session is being written, and for how long; None: it is not."""
        self.record.setText("Record" if elapsed is None else elapsed)
        if (elapsed is not None) != self._recording:
            self._recording = elapsed is not None
            self.record.setObjectName("recording" if self._recording else "")
            self._restyle()

    def changeEvent(self, event: QEvent | None) -> None:
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._restyle()

    def _restyle(self) -> None:
        """Icons and widths follow the colours and the size of text; no text moves another."""
        ink = theme.chrome.text
        self.pause.setIcon(icons.icon("play" if self._paused else "pause", ink))
        self.record.setIcon(icons.icon("stop" if self._recording else "record", theme.RECORDING))
        self._fit()
        self.setFixedHeight(theme.px(theme.BODY_PX) + 37)
        if (style := self.record.style()) is not None:
            style.polish(self.record)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(narrow=True), super().minimumSizeHint().height())

    def _fit(self) -> None:
        """Leave the words beside the icons out where there is no room for them; no text moves another."""
        narrow = self.width() < self._needed(narrow=False)
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonIconOnly if narrow else styles.ToolButtonTextBesideIcon
        source, pause, record = self._widths(narrow)
        self.source.setMinimumWidth(min(source, _SOURCE_PX))
        for button, width in ((self.pause, pause), (self.record, record)):
            button.setToolButtonStyle(style)
            button.setFixedWidth(width)
        self._write_name()

    def _needed(self, narrow: bool) -> int:
        """The width in pixels that the bar needs, without or with words beside its icons."""
        row, changing = self.layout(), (self.source, self.pause, self.record)
        assert row is not None
        rest = row.minimumSize().width() - sum(button.minimumWidth() for button in changing)
        return rest + sum(self._widths(narrow))

    def _widths(self, narrow: bool) -> tuple[int, int, int]:
        """The widths in pixels of the source's button with a long name, of pause and of record."""
        wide = self.fontMetrics().horizontalAdvance
        if narrow:
            return _SHORT_NAME_PX + wide(_MORE) + 52, icons.SIZE_PX + 28, icons.SIZE_PX + 28
        return _NAME_PX + wide(_MORE) + 52, wide("Pause") + 60, wide("Record 0") + 60

    def _scan(self) -> None:
        """Look in the background, for some systems take seconds to tell of a camera, or of a share's file."""
        if self._scanning is None or not self._scanning.is_alive():
            recent = [Path(path) for path in self._settings.recent]
            self._scanning = threading.Thread(target=self._look, args=(recent,), name="look", daemon=True)
            self._scanning.start()

    def _look(self, recent: list[Path]) -> None:
        self._cameras = list_cameras()
        self._recent = [path for path in recent if _is_there(path)]

    def _follow(self) -> None:
        """Show in the open menu what came or went, and look again."""
        if self._offered != (self._cameras, self._recent):
            self._fill_menu()
        self._scan()

    def _open_menu(self) -> None:
        self._scan()
        assert self._scanning is not None
        self._scanning.join(0.15)  # long enough for a system that knows its cameras
        self._fill_menu()
        self._scan_timer.start()

    def _fill_menu(self) -> None:
        self._offered = cameras, recent = self._cameras, self._recent
        self.menu.clear()
        self._add("Demo hand", "demo")
        for camera in cameras or ():
            self._add(camera.name, camera.uri)
        if not cameras:
            _disabled(self.menu, "Looking for cameras…" if cameras is None else "No camera found")
        if self.camera is not None:
            self._offer_sizes(self.camera)
        self.menu.addSeparator()
        self.menu.addAction("Open video or picture…\tO", self.video_wanted.emit)
        self.menu.addAction("Open folder…", self.folder_wanted.emit)
        self.menu.addAction("Export table and video\tX", self.export_wanted.emit)
        if recent:
            self.menu.addSeparator()
            for path in recent:
                # Where it is, too, for many have one name; the end of that says the most.
                name = self._elided(path.name, Qt.TextElideMode.ElideMiddle)
                folder = self._elided(str(path.parent), Qt.TextElideMode.ElideLeft)
                self._add(f"{name}\t{folder}", str(path))

    def _elided(self, text: str, end: Qt.TextElideMode) -> str:
        return self.fontMetrics().elidedText(text, end, _NAME_PX)

    def _offer_sizes(self, camera: Camera) -> None:
        """The camera that plays, again in another size or at another rate."""
        self._sizes.clear()
        self.menu.addMenu(self._sizes)
        _disabled(self._sizes, f"Now {camera.granted}")
        bare = camera.lasting_uri.partition("?")[0]
        for words, asked in _SIZES:
            self._add(words, f"{bare}?{asked}", self._sizes)

    def _add(self, name: str, uri: str, menu: QMenu | None = None) -> None:
        (menu or self.menu).addAction(without_mnemonics(name), lambda: self.source_chosen.emit(uri))


def _is_there(path: Path) -> bool:
    """Whether something can be found at ``path``."""
    try:
        return path.exists()
    except OSError:  # a folder above may not be searched, say
        return False


def _disabled(menu: QMenu | None, text: str) -> None:
    """Something to read among what can be chosen."""
    assert menu is not None
    action = menu.addAction(text)
    assert action is not None
    action.setEnabled(False)


def _menu_button(tip: str) -> QToolButton:
    button = tool_button(tip=tip)
    button.setObjectName("menu")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
