"""The window: it arranges the views, hands them estimates, and passes on what the person wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from handorient.app.density import LEGEND, DensityView
from handorient.app.flat_scene import FlatSceneView
from handorient.app.headline import Headline
from handorient.app.messages import Banner, Help
from handorient.app.picture import NO_SOURCE, STARTING, PictureView
from handorient.app.settings import Settings
from handorient.app.statistics import Statistics
from handorient.app.switch import SourceSwitch
from handorient.app.topbar import TopBar
from handorient.app.worker import Worker
from handorient.capture.images import IMAGE_SUFFIXES
from handorient.capture.player import Player, PlayerState
from handorient.capture.source import Source
from handorient.capture.uri import VIDEO_SUFFIXES, open_source
from handorient.pipeline import Estimate, Pipeline

#: Plots move at display rate, numbers change at a rate that can be read.
FRAME_MS, TEXT_MS = 16, 250
#: What closing waits for each of the two threads, at most.
_STOP_S = 0.4


class Window(QMainWindow):
    """Picture, 3D and density of whatever source is chosen."""

    def __init__(
        self,
        make_pipeline: Callable[[], Pipeline],
        settings: Settings,
        opengl: bool,
        open_source: Callable[[str | None], Source] = open_source,
    ) -> None:
        super().__init__()
        self.setWindowTitle("handorient")
        self.setAcceptDrops(True)
        self._settings = settings
        self._messages: SimpleQueue[str] = SimpleQueue()
        self._said: set[str] = set()
        self._worker = Worker(make_pipeline, self._messages)
        self.switch = SourceSwitch(self._worker, self._messages, open_source)
        self._shown_player: object = None
        self.estimate: Estimate | None = None
        self._statistics = Statistics()
        self._make_views(opengl)
        self._make_keys()
        self.resize(1360, 860)
        self.restoreGeometry(settings.geometry)

        self._frame_timer, self._text_timer = QTimer(self), QTimer(self)
        self._frame_timer.timeout.connect(self._show_newest)
        self._text_timer.timeout.connect(self._show_numbers)
        self._worker.start()
        self._frame_timer.start(FRAME_MS)
        self._text_timer.start(TEXT_MS)

    # -- what it consists of ---------------------------------------------------------------------------

    def _make_views(self, opengl: bool) -> None:
        self.bar = TopBar(self._settings)
        self.headline = Headline()
        self.picture = PictureView()
        self.picture.landmarks_shown = self._settings.landmarks
        if opengl:
            from handorient.app.scene import SceneView  # it needs a working OpenGL already to be imported

            self.scene: SceneView | FlatSceneView = SceneView()
        else:
            self.scene = FlatSceneView()
        self.density = DensityView()
        self.views = (self.picture, self.scene, self.density)

        plots = QSplitter(Qt.Orientation.Vertical)
        plots.addWidget(_panel("Where the palm's plane may face", self.scene))
        plots.addWidget(_panel("How likely each orientation is", self.density, LEGEND))
        plots.setSizes([500, 500])
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.addWidget(_panel("", self.picture))
        columns.addWidget(plots)
        columns.setStretchFactor(0, 1)
        columns.setSizes([840, 500])
        for splitter in (plots, columns):
            splitter.setHandleWidth(10)
            splitter.setChildrenCollapsible(False)
        middle = QWidget()
        inset = QHBoxLayout(middle)
        inset.setContentsMargins(14, 0, 14, 0)
        inset.addWidget(columns)

        self.status = QLabel()
        self.status.setObjectName("status")
        self.status.setFixedHeight(36)
        self.status.setContentsMargins(18, 0, 18, 2)

        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in ((self.bar, 0), (self.headline, 0), (middle, 1), (self.status, 0)):
            column.addWidget(part, stretch)
        self.setCentralWidget(body)
        self.banner = Banner(body)
        self.help = Help(body)

        self.bar.source_chosen.connect(self.open)
        self.bar.video_wanted.connect(self.choose_file)
        self.bar.folder_wanted.connect(self.choose_folder)
        self.bar.pause_toggled.connect(self.toggle_pause)
        self.bar.help_wanted.connect(self.help.toggle)

    def _make_keys(self) -> None:
        """What each key does; the views take no focus, so that every key comes here."""
        self._keys: dict[str, Callable[[], object]] = {
            "Space": self.toggle_pause,
            "Right": self.step,
            "O": self.choose_file,
            "F": self.toggle_full_screen,
            "F11": self.toggle_full_screen,
            "R": self.scene.reset_camera,
            "M": self.toggle_mirror,
            "L": self.toggle_landmarks,
            "?": self.help.toggle,
            "F1": self.help.toggle,
            "Q": self.close,
            "Esc": self.leave,
        }

    # -- what the person wants -------------------------------------------------------------------------

    @property
    def failed(self) -> str | None:
        """Why nothing can be shown: the source or the hand recognition could not be started."""
        return self.switch.failed or self._worker.failed

    def open(self, text: str | None) -> None:
        """Change to the source that ``text`` names; None means the first camera, or else the demo."""
        self.banner.hide()
        self._said.clear()
        self.switch.request(text)
        self._show_source()

    def choose_file(self) -> None:
        suffixes = " ".join(f"*{suffix}" for suffix in sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a video or a picture", "", f"Videos and pictures ({suffixes});;All files (*)"
        )
        if path:
            self.open(path)

    def choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a folder of images")
        if path:
            self.open(path)

    def toggle_pause(self) -> None:
        player = self.switch.player
        if player is not None:
            if player.state is PlayerState.RUNNING:
                player.pause()
            else:
                player.play()
            self._show_source()

    def step(self) -> None:
        if self.switch.player is not None:
            self.switch.player.step()
            self._show_source()

    def toggle_mirror(self) -> None:
        self._set_mirrored(not self.picture.mirrored)
        if self.switch.player is not None and _is_camera(self.switch.player):
            self._settings.mirror_cameras = self.picture.mirrored

    def toggle_landmarks(self) -> None:
        self.picture.landmarks_shown = not self.picture.landmarks_shown
        self._settings.landmarks = self.picture.landmarks_shown
        self.picture.update()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Close what lies on top: the help, the banner, full screen, and at last the window."""
        if self.help.isVisible():
            self.help.hide()
        elif self.banner.isVisible():
            self.banner.hide()
        elif self.isFullScreen():
            self.showNormal()
        else:
            self.close()

    def complain(self, sentence: str) -> None:
        """Say what went wrong, once for each sentence until another source is opened."""
        if sentence not in self._said:
            self._said.add(sentence)
            self.banner.show_message(sentence)

    # -- the two clocks --------------------------------------------------------------------------------

    def _show_newest(self) -> None:
        while not self._messages.empty():
            self.complain(self._messages.get())
        estimate = self._worker.results.get(0)
        if estimate is None:
            return
        first = self.estimate is None or not self.estimate.hands
        self.estimate = estimate
        if self.switch.player is not self._shown_player:
            self._begin_source()
            first = True
        for view in self.views:
            view.show_estimate(estimate)
        self._statistics.add(estimate, time.monotonic())
        if first and estimate.hands:
            self._show_numbers()  # a hand that just came has no numbers yet

    def _begin_source(self) -> None:
        """The first estimate of another source is here: start what belongs to a source afresh."""
        self._shown_player = self.switch.player
        self._statistics.clear()
        player = self.switch.player
        if player is not None:
            self._set_mirrored(_is_camera(player) and self._settings.mirror_cameras)
            if not player.source.uri.startswith(("camera:", "demo")):
                self._settings.add_recent(player.source.uri)

    def _show_numbers(self) -> None:
        self._show_source()
        self.bar.show_input(self._worker.input)
        if self.estimate is None:
            return
        self.headline.show_numbers(self.estimate)
        self.picture.show_numbers(self.estimate)
        player = self.switch.player
        self.status.setText(self._statistics.text(player.frames.dropped if player is not None else 0))
        self.status.setToolTip(self._statistics.stages())

    def _show_source(self) -> None:
        player, connecting = self.switch.player, self.switch.connecting
        if connecting is not None:
            name = f"Connecting to {connecting}…"
        else:
            name = player.source.name if player is not None else "Choose a source"
        paused = player is not None and player.state in (PlayerState.PAUSED, PlayerState.ENDED)
        self.bar.show_source(name, paused, player is not None)
        if self.estimate is None:
            if connecting is not None:
                self.picture.say(name)
            else:
                self.picture.say(NO_SOURCE if player is None else self._worker.failed or STARTING)

    def _set_mirrored(self, mirrored: bool) -> None:
        self.picture.mirrored = self.scene.mirrored = mirrored
        if self.estimate is not None:
            for view in self.views:
                view.show_estimate(self.estimate)

    # -- Qt's own events -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        # On many keyboards the question mark is Shift and another key.
        name = "?" if event.text() == "?" else QKeySequence(event.key()).toString()
        if name in self._keys and not event.isAutoRepeat():
            self._keys[name]()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and (data := event.mimeData()) is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        data = event.mimeData() if event is not None else None
        if data is not None and data.urls() and data.urls()[0].isLocalFile():
            self.open(data.urls()[0].toLocalFile())

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._frame_timer.stop()
        self._text_timer.stop()
        if not self.isFullScreen():
            self._settings.geometry = self.saveGeometry()
        # A camera may hang in its driver for longer than anybody waits for a window to close.
        stopping = threading.Thread(target=self.switch.stop, name="stop source", daemon=True)
        stopping.start()
        self._worker.stop(_STOP_S)
        stopping.join(_STOP_S)
        super().closeEvent(event)


def _is_camera(player: Player) -> bool:
    """Whether the person is looking at themselves, and so expects a mirror."""
    return player.source.uri.startswith("camera:")


def _panel(caption: str, view: QWidget, legend: str = "") -> QFrame:
    """A view in a frame, under its caption and, at the caption's end, its legend."""
    frame = QFrame()
    frame.setObjectName("panel")
    column = QVBoxLayout(frame)
    column.setContentsMargins(1, 1, 1, 1)
    column.setSpacing(0)
    if caption:
        row = QHBoxLayout()
        row.setContentsMargins(14, 9, 14, 3)
        for text in (caption, legend):
            label = QLabel(text)
            label.setObjectName("caption")
            row.addWidget(label)
        row.insertStretch(1)
        column.addLayout(row)
    column.addWidget(view, 1)
    return frame
