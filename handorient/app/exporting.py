"""What the window exports: a file's estimates as table and video, while it plays on."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

from handorient.analysis import analyze
from handorient.app.recordings import NOT_YET
from handorient.app.settings import Settings
from handorient.app.switch import SourceSwitch
from handorient.app.worker import Worker
from handorient.capture.source import Source
from handorient.errors import unwritable
from handorient.files import unused

#: How many letters of a file's name stand in a message.
_LONGEST_NAME = 60


class Exports:
    """Writes to the folder of the settings, one export at a time, and says where it went.

    Attributes:
        progress: what the status line says of the export under way, or "".
    """

    def __init__(self, switch: SourceSwitch, worker: Worker, settings: Settings) -> None:
        self._switch, self._worker, self._settings = switch, worker, settings
        self._say = worker.messages.put
        self.progress = ""
        self._thread: threading.Thread | None = None
        self._give_up = threading.Event()
        self._source: Source | None = None  # that is exported

    def toggle(self) -> None:
        """Write the estimates of a file as table and video, while it plays on; or give that up."""
        if self._thread is not None and self._thread.is_alive():
            self.cancel()
            return
        name, player = self._worker.wanted, self._switch.player
        if player is None or player.source.live:
            self._say("Only files can be exported: open one, or record a session first.")
            return
        if not name:
            self._say(self._worker.failed or NOT_YET)
            return
        self._say(f"Export started: {player.source.name[:_LONGEST_NAME]}")
        self._give_up.clear()
        self.progress = "exporting (X cancels)"
        # No daemon: a process that ends while the network is at work in a thread is aborted by C++.
        arguments = (player.source.uri, self._worker.weights[name], self._settings.output_folder)
        self._thread = threading.Thread(target=self._write, args=arguments, name="export")
        self._thread.start()

    def cancel(self) -> None:
        """Have an export give up soon, and leave nothing."""
        self._give_up.set()
        if (source := self._source) is not None:
            source.given_up = True  # where it reads on before it has a picture

    def wait(self, timeout_s: float) -> None:
        """Until an export has ended, but not for ever."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _write(self, uri: str, weights: Path, parent: Path) -> None:
        try:
            source = self._source = self._switch.open_source(uri)
            folder = _export_folder(parent, source.name)
            done = count()

            def stopped() -> bool:
                share = next(done) / source.frame_count if source.frame_count else None
                done_so_far = "" if share is None else f" {min(1.0, share):.0%}"
                self.progress = f"exporting{done_so_far} (X cancels)"
                return self._give_up.is_set()

            with self._worker.make_pipeline(weights) as pipeline:
                analyze(source, pipeline, folder, stopped=stopped, bar=False)
        except Exception as error:  # a person waits to hear of it
            if self._give_up.is_set():
                self._say("Export cancelled; partial files were removed.")
            else:
                self._worker.report(error, "The export failed; details are in the terminal.")
        else:
            self._say(f"Exported table and video: {folder}")
        finally:
            self.progress, self._source = "", None


def _export_folder(parent: Path, name: str) -> Path:
    """Where the results of the source of this name shall go, in ``parent``.

    Raises:
        UserError: if nobody may look into that.
    """
    try:
        return unused(parent, of=name)
    except OSError as error:
        raise unwritable(f"The export could not be started in {parent}", error) from error
