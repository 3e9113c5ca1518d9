"""What the window records: sessions begun and ended with one key, and snapshots."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from PyQt6.QtCore import QBuffer, QFileInfo, QIODevice, QUrl
from PyQt6.QtGui import QDesktopServices, QImage
from PyQt6.QtWidgets import QWidget

from handorient.app.image import picture_of_widget
from handorient.app.settings import Settings
from handorient.app.switch import SourceSwitch
from handorient.app.text import clock
from handorient.app.worker import Worker
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.pipeline import Estimate
from handorient.recording import Recorder, session_facts, snapshot

NOT_YET = "Nothing can be written yet: wait for hand detection to start."
NOTHING_SHOWN = "There is no picture to save: open a camera or a file first."
NOTHING_PLAYS = "There is nothing to record: open a camera or a file first."
#: After the name of a session's folder.
REPLACED = ". It ended with the change of input: press R to record what the new network finds."
SOURCE_STOPPED = "The source has stopped: press Space to open it again, then R."


class Recordings:
    """Writes to the folder of the settings, and says where things went."""

    def __init__(self, switch: SourceSwitch, worker: Worker, settings: Settings) -> None:
        self._switch, self._worker, self._settings = switch, worker, settings
        self._say = worker.messages.put
        self._recorder: Recorder | None = None
        self._player: Player | None = None  # whose pictures are recorded
        self._input = ""  # of the network whose estimates are recorded
        self._started_s = 0.0
        self._closing: threading.Thread | None = None
        self._naming = threading.Lock()  # two snapshots of one second are given names one after the other

    @property
    def recording(self) -> bool:
        return self._recorder is not None

    @property
    def elapsed(self) -> str | None:
        """How long the session has been recorded, or None while there is none."""
        return clock(time.perf_counter() - self._started_s) if self.recording else None

    def toggle(self) -> None:
        """Begin a session, or end the one that is recorded."""
        if self.recording:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Begin a session of what is played and what the network at work makes of it."""
        name, player = self._worker.input, self._switch.player
        if player is None:
            self._say(NOTHING_PLAYS)
            return
        if not name or name != self._worker.wanted:
            self._say(self._worker.failed or NOT_YET)
            return
        if self._switch.faulted:
            self._say(SOURCE_STOPPED)
            return
        try:
            facts = session_facts(player.source, name, self._worker.weights[name], self._settings.values())
        except UserError as error:
            self._say(str(error))
            return
        recorder = Recorder(self._settings.output_folder, facts)

        def record(source: Player, estimate: Estimate) -> None:
            # Another source, or what another network makes of this one, is not in this session's facts.
            if source is player and self._worker.input == name:
                recorder.add(estimate)

        self._recorder, self._player, self._input = recorder, player, name
        self._started_s = time.perf_counter()
        self._worker.record = record

    def stop(self, why: str = "") -> None:
        """End the session; once all of it is written, say where, and ``why``."""
        self._worker.record = None
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            self._closing = threading.Thread(target=self._close, args=(recorder, why), name="close session")
            self._closing.start()

    def check(self) -> None:
        """End a session that can no longer be written, or gets no more estimates; called now and then."""
        if self._recorder is None:
            return
        gone = self._switch.player is not self._player or self._switch.faulted
        broken = self._recorder.failed is not None or self._worker.failed is not None
        replaced = self._worker.input == self._worker.wanted != self._input
        if gone or broken or replaced:
            self.stop("" if gone or broken else REPLACED)

    def wait(self, timeout_s: float) -> None:
        """Until a session that was ended is written, but not for ever."""
        if self._closing is not None:
            self._closing.join(timeout_s)

    def snapshot(self, estimate: Estimate | None, view: QWidget) -> None:
        """Have what ``view`` shows written as a PNG, and the estimate beside it; returns at once."""
        if estimate is None:
            self._say(NOTHING_SHOWN)
            return
        picture = picture_of_widget(view).toImage()  # pixmaps stay in the window's thread
        arguments = (self._settings.output_folder, estimate, picture)
        threading.Thread(target=self._write_snapshot, args=arguments, name="snapshot").start()

    def show_folder(self) -> None:
        """Open the folder in the desktop's file manager."""
        folder = self._settings.output_folder
        if not QFileInfo(str(folder)).isDir():  # Path.is_dir raises where one may not look
            self._say(f"Nothing is there yet. Recordings, snapshots and exports go to {folder}.")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.absolute()))):
            self._say(f"Recordings, snapshots and exports are in {folder}.")

    def _write_snapshot(self, folder: Path, estimate: Estimate, picture: QImage) -> None:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        try:
            with self._naming:
                path = snapshot(folder, estimate, buffer.data().data())
        except UserError as error:
            self._say(str(error))
        else:
            self._say(f"Snapshot: {path}")

    def _close(self, recorder: Recorder, why: str) -> None:
        if not recorder.close():
            self._say(
                f"The disk is not responding. Recorded so far: {recorder.kept}, in {recorder.folder}. "
                "Check the disk, or choose another folder in the settings."
            )
            return
        if not recorder.frames and recorder.failed is None:
            # In this order it works for a single picture too, which Space shows only once.
            self._say("Nothing was recorded because no picture arrived: press R, then Space to play.")
            return
        lost = f", {recorder.dropped} left out because the disk was too slow" if recorder.dropped else ""
        said = f"Recorded {recorder.kept}{lost}: {recorder.folder}{why}"
        self._say(recorder.failed or said)
