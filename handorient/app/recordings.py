"""What the window writes: sessions begun and ended with one key, snapshots, and files' estimates."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from PyQt6.QtCore import QBuffer, QFileInfo, QIODevice, QUrl
from PyQt6.QtGui import QDesktopServices, QImage
from PyQt6.QtWidgets import QWidget

from handorient.analysis import Stopped, analyze
from handorient.app.image import picture_of_widget
from handorient.app.settings import FOLDER, Settings
from handorient.app.switch import SourceSwitch
from handorient.app.text import clock
from handorient.app.worker import Worker, say
from handorient.errors import UserError, unwritable
from handorient.pipeline import Estimate
from handorient.recording import Recorder, session_facts
from handorient.session import snapshot, unused

NOT_YET = "Nothing can be written yet: wait for hand detection to start."
#: After the name of a session's folder.
REPLACED = ". It ended with the change of input: press R to record what the new network finds."
STOPPED = "The source has stopped: press Space to open it again, then R."


class Recordings:
    """Writes to the folder of the settings, and says where things went.

    Attributes:
        exporting: what the status line says of the export under way, or "".
    """

    def __init__(
        self,
        switch: SourceSwitch,
        worker: Worker,
        weights: Mapping[str, Path],
        settings: Settings,
        messages: SimpleQueue[str],
    ) -> None:
        """``weights`` are the files of the networks by their inputs; ``messages`` take what is said."""
        self._switch, self._worker, self._weights = switch, worker, weights
        self._settings, self._messages = settings, messages
        self.exporting = ""
        self._export: threading.Thread | None = None
        self._give_up = threading.Event()
        self._recorder: Recorder | None = None
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
        if not name or name != self._worker.wanted or player is None:
            self._messages.put(self._worker.failed or NOT_YET)
            return
        if self._switch.faulted:
            self._messages.put(STOPPED)
            return
        try:
            facts = session_facts(player.source, name, self._weights[name], self._settings.values())
        except UserError as error:
            self._messages.put(str(error))
            return
        recorder = Recorder(self._folder, facts)

        def record(estimate: Estimate) -> None:
            if self._worker.input == name:  # what another network makes of it is not in this session's facts
                recorder.add(estimate)

        self._recorder, self._input = recorder, name
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
        silent = self._switch.player is None or self._switch.faulted
        replaced = self._worker.input == self._worker.wanted != self._input
        if self._recorder is not None and (silent or replaced or self._recorder.failed is not None):
            self.stop(REPLACED if replaced else "")

    def finish(self, timeout_s: float) -> None:
        """End the session, give an export up, and wait for both, but not for ever."""
        self._give_up.set()
        self.stop()
        end_s = time.perf_counter() + timeout_s
        for thread in (self._closing, self._export):
            if thread is not None:
                thread.join(max(0.0, end_s - time.perf_counter()))

    def snapshot(self, estimate: Estimate, view: QWidget) -> None:
        """Have what ``view`` shows written as a PNG, and the estimate beside it; returns at once."""
        picture = picture_of_widget(view).toImage()  # pixmaps stay in the window's thread
        arguments = (self._folder, estimate, picture)
        threading.Thread(target=self._write_snapshot, args=arguments, name="snapshot").start()

    def toggle_export(self) -> None:
        """Write the estimates of a file as table and video, while it plays on; or give that up."""
        if self._export is not None and self._export.is_alive():
            self._give_up.set()
            return
        name, player = self._worker.wanted, self._switch.player
        if player is None or player.source.live:
            self._messages.put("Only files can be exported: open one, or record a session first.")
            return
        if not name:
            self._messages.put(self._worker.failed or NOT_YET)
            return
        self._messages.put(
            f"Exporting {player.source.name}: progress is in the status line; press X to cancel."
        )
        self._give_up.clear()
        # No daemon: a process that ends while the network is at work in a thread is aborted by C++.
        arguments = (player.source.uri, self._weights[name], self._folder)
        self._export = threading.Thread(target=self._write_export, args=arguments, name="export")
        self._export.start()

    def show_folder(self) -> None:
        """Open the folder in the desktop's file manager."""
        folder = self._folder
        if not QFileInfo(str(folder)).isDir():  # Path.is_dir raises where one may not look
            self._messages.put(f"Nothing is there yet. Recordings, snapshots and exports go to {folder}.")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.absolute()))):
            self._messages.put(f"Recordings, snapshots and exports are in {folder}.")

    @property
    def _folder(self) -> Path:
        return Path(self._settings.get(FOLDER)).expanduser()

    def _write_snapshot(self, folder: Path, estimate: Estimate, picture: QImage) -> None:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        try:
            with self._naming:
                path = snapshot(folder, estimate, buffer.data().data())
        except UserError as error:
            self._messages.put(str(error))
        else:
            self._messages.put(f"Snapshot: {path}")

    def _write_export(self, uri: str, weights: Path, parent: Path) -> None:
        try:
            source = self._switch.open_source(uri)
            folder = _export_folder(parent, source.name)
            done = count()

            def stopped() -> bool:
                share = next(done) / source.frame_count if source.frame_count else None
                self.exporting = "exporting" if share is None else f"exporting {min(1.0, share):.0%}"
                return self._give_up.is_set()

            with self._worker.make_pipeline(weights) as pipeline:
                analyze(source, pipeline, folder, stopped=stopped, bar=False)
        except Stopped:
            self._messages.put("Export cancelled; partial files were removed.")
        except Exception as error:  # a person waits to hear of it
            say(self._messages, error, "The export failed; details are in the terminal.")
        else:
            self._messages.put(f"Exported table and video: {folder}")
        finally:
            self.exporting = ""

    def _close(self, recorder: Recorder, why: str) -> None:
        if not recorder.close():
            self._messages.put(
                f"The disk is not responding. Recorded so far: {recorder.kept}, in {recorder.folder}. "
                "Check the disk, or choose another folder in the settings."
            )
            return
        if not recorder.frames and recorder.failed is None:
            # In this order it works for a single picture too, which Space shows only once.
            self._messages.put(
                "Nothing was recorded because no picture arrived: press R, then Space to play."
            )
            return
        lost = f", {recorder.dropped} left out because the disk was too slow" if recorder.dropped else ""
        said = f"Recorded {recorder.kept}{lost}: {recorder.folder}{why}"
        self._messages.put(recorder.failed or said)


def _export_folder(parent: Path, name: str) -> Path:
    """Where the results of the source of this name shall go, in ``parent``.

    Raises:
        UserError: if nobody may look into that.
    """
    try:
        return unused(parent, of=name)
    except OSError as error:
        raise unwritable(f"The export could not be started in {parent}", error) from error
