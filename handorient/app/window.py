"""The window: it hands the views their estimates and passes on what the person wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PyQt6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from handorient.app import theme
from handorient.app.appearance import Appearance
from handorient.app.choosing import dragged_files, file_chosen_by_person, folder_chosen_by_person
from handorient.app.commands import Keys, commands_of
from handorient.app.controls import PlayerBar
from handorient.app.density import DensityView
from handorient.app.exporting import Exports
from handorient.app.flat_scene import FlatSceneView
from handorient.app.headline import Headline
from handorient.app.input_switch import InputSwitch
from handorient.app.messages import HINT, Banner, Help, Message
from handorient.app.network_view import NetworkView
from handorient.app.picture import NO_ESTIMATE, NO_HAND, NO_HAND_LIVE, NO_SOURCE, STARTING, PictureView
from handorient.app.playing import Playing
from handorient.app.presenting import Presentation
from handorient.app.recordings import Recordings
from handorient.app.settings import Settings
from handorient.app.settings_dialog import SettingsDialog
from handorient.app.showing import Showing
from handorient.app.stage import Stage, framed
from handorient.app.stage_times import StageTimesView
from handorient.app.statistics import Statistics
from handorient.app.status import StatusLine
from handorient.app.switch import SourceSwitch
from handorient.app.timeline import TimelineView
from handorient.app.topbar import TopBar
from handorient.app.worker import Worker
from handorient.capture.camera import Camera
from handorient.capture.demo import Demo
from handorient.capture.player import Player
from handorient.capture.source import Source
from handorient.inputs import first_input
from handorient.pipeline import Estimate, Pipeline
from handorient.sources import open_source

#: What is said for as long as it is so: an unplugged camera leaves its last picture, which looks alive.
STOPPED = "The source has stopped: press Space to open it again, or choose another"
OPENING = "The source is being opened…"
ONE_FILE = "Only the first of these files is shown: to see all pictures in a folder, drop the folder itself."
#: Plots move at display rate, numbers change at a rate that can be read.
FRAME_MS, TEXT_MS = 16, 250
#: The window at first.
_SIZE = QSize(1360, 860)
#: A sentence that comes back after this long is about something new.
_AGAIN_S = 2.0
#: What closing waits for each of the two threads, at most.
_STOP_S = 0.4
#: What it waits for a session's last pictures to be written, and for an export to end.
_FINISH_S = 2.0


class Window(QMainWindow):
    """Picture, 3D, density and the panels around them, of whatever source is chosen.

    Attributes:
        showing: what is shown.
        presentation: large text, few controls, full screen.
    """

    def __init__(
        self,
        make_pipeline: Callable[[Path], Pipeline],
        weights: Mapping[str, Path],
        settings: Settings,
        opengl: bool,
        open_source: Callable[[str], Source] = open_source,
    ) -> None:
        """``make_pipeline`` takes one of ``weights``, the files of the networks by their inputs."""
        super().__init__()
        self.setWindowTitle("handorient")
        self.setAcceptDrops(True)
        # The keys are the window's until Tab gives a control the focus, and again after a click elsewhere.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()
        self._settings = settings
        self._said: dict[str, float] = {}
        self._worker = Worker(make_pipeline, weights, first_input(weights, settings.input))
        self.switch = SourceSwitch(self._worker, open_source)
        self.recordings = Recordings(self.switch, self._worker, settings)
        self.exports = Exports(self.switch, self._worker, settings)
        self._statistics = Statistics()
        self._make_views(opengl, weights)
        screen = self.screen()
        assert screen is not None  # Qt has ended by itself where there is none
        self.resize(_SIZE.boundedTo(screen.availableGeometry().size() - QSize(0, theme.TITLE_PX)))
        self.restoreGeometry(settings.geometry)
        if self.isFullScreen():  # as it was when it was closed
            before = self.normalGeometry()
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
            self.setGeometry(before)
        self.stage.arrange()
        self._frame_timer, self._text_timer = QTimer(self), QTimer(self)
        self._frame_timer.timeout.connect(self._show_newest)
        self._text_timer.timeout.connect(self.show_numbers)
        self._worker.start()
        self._frame_timer.start(FRAME_MS)
        self._text_timer.start(TEXT_MS)

    # -- what it consists of ---------------------------------------------------------------------------

    def _make_views(self, opengl: bool, weights: Mapping[str, Path]) -> None:
        self.bar = TopBar(self._settings, weights)
        self.headline = Headline()
        self.picture = PictureView()
        if opengl:
            from handorient.app.scene import SceneView  # it needs a working OpenGL already to be imported

            self.scene: SceneView | FlatSceneView = SceneView()
        else:
            self.scene = FlatSceneView()
        self.density = DensityView()
        self.controls = PlayerBar()
        self.playing = Playing(self.switch, self.controls)
        self.stage = Stage(
            framed(self.picture, below=self.controls),
            framed(self.scene, "Where the hand may be facing"),
            framed(self.density, "How likely", self.density.legend),
            self._settings,
        )
        self.stage.setContentsMargins(14, 0, 14, 0)
        self.status = StatusLine()

        body, foot = QWidget(), QWidget()
        self.hint = Message(foot, HINT)
        self.hint.setStyleSheet("#banner { margin: 10px 14px 0 14px; }")
        # The hint has a place of its own: it covers no view while it waits.
        beneath = (foot, (self.hint, self.status)), (body, (self.bar, self.headline, self.stage, foot))
        for whole, parts in beneath:
            column = QVBoxLayout(whole)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            for part in parts:
                column.addWidget(part, part is self.stage)
        self.setCentralWidget(body)
        self.appearance = Appearance(self._settings, self.picture)
        self.banner = self.picture.cover = Banner(body, self.picture)
        covered = (self.bar, foot, self.banner.close_button)
        self.presentation = Presentation(self, covered, self.playing, self.stage, self.appearance.write)
        self.showing = Showing((self.picture, self.scene, self.density), self.stage, self._settings)
        self.inputs = InputSwitch(self._worker, self._settings, self.bar)
        self._keys = Keys(commands_of(self, self._settings))
        self.help = Help(body, self._keys.commands)
        self._connect()

    def _connect(self) -> None:
        self.bar.source_chosen.connect(self.open)
        self.bar.video_wanted.connect(self.choose_file)
        self.bar.folder_wanted.connect(self.choose_folder)
        for bar in (self.bar, self.controls):
            bar.pause_toggled.connect(self.toggle_pause)
        self.bar.record_toggled.connect(self.recordings.toggle)
        self.bar.export_wanted.connect(self.exports.toggle)
        self.bar.help_wanted.connect(self.help.toggle)
        self.picture.hand_chosen.connect(self.showing.choose_hand)
        self.showing.renewed.connect(self.show_numbers)
        self.picture.painted.connect(self._count)
        self.stage.made.connect(self._connect_panel)
        # The hint has led to the lab by then, and takes the room that it needs.
        self.stage.docks["Ambiguity lab"].made.connect(self.hint.hide)
        self.hint.closed.connect(lambda: setattr(self._settings, "hinted", True))
        menu = self.bar.views
        menu.addActions(self.stage.actions_for_menu())
        menu.addSeparator()
        menu.addAction("Reset layout", self.stage.reset)
        menu.addAction("Presentation mode\tP", self.presentation.toggle)
        menu.addAction("Settings…\t,", self.show_settings)

    def _connect_panel(self, view: QWidget) -> None:
        """A panel was opened for the first time."""
        if isinstance(view, TimelineView):
            view.jumped.connect(self.playing.seek)
        if isinstance(view, NetworkView):
            view.ask = self._worker.ask

    @property
    def estimate(self) -> Estimate | None:
        """What is shown, or None before the first picture."""
        return self.showing.estimate

    # -- what the person wants -------------------------------------------------------------------------

    @property
    def failed(self) -> str | None:
        """Why nothing is shown: the source or hand detection could not start, or has stopped."""
        return self.switch.failed or self._worker.failed

    def open(self, text: str | None) -> None:
        """Change to the source that ``text`` names; None means a camera that works, or else the demo."""
        self.banner.hide()
        self._said.clear()
        self.switch.request(text, self._settings.camera)
        self._show_source()

    def choose_file(self) -> None:
        self._open_chosen(file_chosen_by_person(self, self._settings.last_folder))

    def choose_folder(self) -> None:
        self._open_chosen(folder_chosen_by_person(self, self._settings.last_folder))

    def _open_chosen(self, path: str) -> None:
        if path:
            self.open(path)

    def toggle_pause(self) -> None:
        """Hold the picture, or go on; a source that has stopped is opened again."""
        player = self.switch.player
        if player is not None and self.switch.faulted and self.switch.connecting is None:
            source = player.source
            # A camera whose cable was loose may have another number now.
            self.open(source.lasting_uri if isinstance(source, Camera) else source.uri)
            return
        self.playing.toggle_pause()
        self._show_source()

    def snapshot(self) -> None:
        """Write what the views show, without what may lie over them."""
        self.show_numbers()
        covers = [cover for cover in (self.banner, self.help) if cover.isVisible()]
        for cover in covers:
            cover.hide()
        self.recordings.snapshot(self.estimate, self)
        for cover in covers:
            cover.show()

    def forget(self) -> None:
        """Let the filter forget how the hand got here."""
        self._worker.ask(Pipeline.forget)

    @cached_property
    def _dialog(self) -> SettingsDialog:
        return SettingsDialog(self._settings, self)

    def show_settings(self) -> None:
        self._dialog.show()
        self._dialog.raise_()

    def leave(self) -> None:
        """Close what lies on top, or leave what has the focus, then the presentation, then full screen."""
        for message in (self.help, self.banner, self.hint):
            if message.isVisible():
                message.dismiss()
                return
        focused = QApplication.focusWidget()
        if focused is not None and (window := focused.window()) is not focused:
            assert window is not None
            window.setFocus()
            return
        self.presentation.leave()

    def complain(self, sentence: str) -> None:
        """Say what went wrong; of what goes wrong all the time, once until another source is opened."""
        now_s = time.perf_counter()
        self._said = {said: when_s for said, when_s in self._said.items() if now_s - when_s <= _AGAIN_S}
        if sentence not in self._said:
            self.banner.show_message(sentence)
        self._said[sentence] = now_s

    def show_hint(self) -> None:
        """Tell a newcomer what is to be seen; once closed, never again."""
        if not self._settings.hinted:
            self.hint.show()

    # -- the two clocks --------------------------------------------------------------------------------

    def _show_newest(self) -> None:
        while not self._worker.messages.empty():
            self.complain(self._worker.messages.get())
        newest = self._worker.results.get(0)
        if newest is None:
            return
        player, estimate = newest
        if player is not self.showing.player:
            self._begin_source(player)
        if estimate.ms:
            self.picture.say(NO_HAND_LIVE if player.source.live else NO_HAND)
        else:
            self.picture.say(self._worker.failed or (STARTING if self._worker.starting else NO_ESTIMATE))
        self.showing.show(estimate, self._worker.input)
        self._worker.shown.set()

    def _count(self, estimate: Estimate) -> None:
        self._statistics.add(estimate, time.perf_counter(), self._worker.estimated)

    def _begin_source(self, player: Player) -> None:
        """The first estimate of another source is here."""
        self._statistics.clear()
        self.showing.begin(player)
        self.inputs.use_usual(player.source)
        if isinstance(player.source, Camera):
            self._settings.camera = player.source.lasting_uri
        elif not isinstance(player.source, Demo):
            self._settings.add_recent(player.source.uri)

    def show_numbers(self) -> None:
        """Bring all text up to date: now and then, so that it can be read, and before a picture is taken."""
        self._show_source()
        self.inputs.follow()
        self.playing.show()
        if skipped := self.playing.skipped():
            self.complain(skipped)
        self.showing.follow_duration()
        self.recordings.check()
        self.bar.show_recording(self.recordings.elapsed)
        self.headline.show_recording(self.recordings.elapsed if self.presentation.active else None)
        if self.estimate is None:
            return
        if self.switch.faulted:
            stopped = self._stopped()
            self.headline.say(stopped)
            self.picture.say(stopped)
        elif not self.estimate.ms:
            self.headline.say("Starting" if self._worker.starting else "No estimate")
        else:
            self.headline.show_numbers(self.estimate, self._worker.input)
        self.picture.show_numbers(self.estimate)
        path, camera = self.estimate.frame.path, self.bar.camera
        granted, name = camera.granted if camera else "", path.name if path else ""
        self.status.show_parts(self.exports.progress, granted, name, self._rates())
        times = self.stage.view(StageTimesView)
        if times is not None:
            times.show_stages(self._statistics.stages())

    def _rates(self) -> str:
        """How fast everything goes, or why nothing does."""
        player = self.switch.player
        if player is None:
            return self._missing() if self.switch.connecting is None else "waiting for pictures"
        if self.switch.faulted:
            return self._stopped()
        if self.playing.paused:
            return "paused"
        return self._statistics.text(time.perf_counter(), player.frames.dropped)

    def _missing(self) -> str:
        """What is said while there is no source."""
        return self.switch.failed or NO_SOURCE

    def _stopped(self) -> str:
        """What is said of a source that has stopped, until it or another one is opened."""
        return STOPPED if self.switch.connecting is None else OPENING

    def _show_source(self) -> None:
        player, connecting = self.switch.player, self.switch.connecting
        if connecting is not None:
            name = f"Connecting to {connecting}…"
        else:
            name = player.source.name if player is not None else "Choose a source"
        self.bar.show_source(name, self.playing.paused, player is not None)
        source = player.source if player is not None else None
        self.bar.camera = source if isinstance(source, Camera) else None
        if self.estimate is None:
            if connecting is not None:
                self.picture.say(name)
            else:
                self.picture.say(self._missing() if player is None else self._worker.failed or STARTING)

    # -- Qt's own events -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and not self._keys.handle(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab hands the focus on; a control that goes gives it back, or Space would press the next one."""
        focused = self.focusWidget()
        if focused is not None and not (focused.isVisible() and focused.isEnabled()):
            self.setFocus()
            return True
        return super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and dragged_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        files = dragged_files(event)
        if files:
            self.open(files[0])
        if len(files) > 1:
            self.complain(ONE_FILE)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._frame_timer.stop()
        self._text_timer.stop()
        self._settings.geometry = self.saveGeometry()
        if self.presentation.active:
            self.appearance.write(1.0)
            self.stage.present(False)
        self.stage.remember()
        # A camera may hang in its driver for longer than anybody waits for a window to close.
        stopping = threading.Thread(target=self.switch.stop, name="stop source", daemon=True)
        stopping.start()
        self.exports.cancel()
        self.recordings.stop()
        finish_s = time.perf_counter() + _FINISH_S
        for writing in (self.recordings, self.exports):
            writing.wait(max(0.0, finish_s - time.perf_counter()))
        self._worker.stop(_STOP_S)
        stopping.join(_STOP_S)
        super().closeEvent(event)
