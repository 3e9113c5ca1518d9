"""Recording: a session's pictures and estimates, written by a thread that nobody waits for; snapshots."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections import deque
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import cv2

from handorient import __version__
from handorient.capture.source import Source
from handorient.errors import UserError, unwritable
from handorient.files import unused, write_json
from handorient.matroska import MatroskaWriter
from handorient.pipeline import Estimate
from handorient.records import ESTIMATES, FACTS, PICTURES, Record, estimate_record

log = logging.getLogger(__name__)

#: How many estimates may wait to be written: a second's worth, some 90 MB of 1280x720 pictures.
MOST_WAITING = 30
#: How long closing waits for a disk that hangs.
CLOSE_S = 10.0
#: Well above what the network can tell from the original.
_JPEG_QUALITY = 90


def session_facts(source: Source, name: str, weights: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What a session's file says about how it came to be.

    ``name`` is the network's input, ``weights`` its file, ``settings`` whatever else should be remembered.

    Raises:
        UserError: if the weights cannot be read.
    """
    try:
        fingerprint = hashlib.sha256(weights.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"The weights {weights} cannot be read: {error.strerror or error}.") from error
    return {
        "source": {"name": source.name, "uri": source.uri, "frame_rate": source.frame_rate},
        "input": name,
        "weights": {"file": weights.name, "sha256": fingerprint},
        "settings": settings,
    }


class Recorder:
    """Writes one session's folder, which is readable at every moment, whatever ends the recording.

    Attributes:
        folder: where it writes; until that is made, the folder that it will be in.
        frames: how many frames are written.
        dropped: how many were left out because the disk could not keep up.
        failed: one sentence for the person once nothing more is written, or None.
    """

    def __init__(self, parent: Path, facts: dict[str, Any]) -> None:
        """Begin a session in a new folder of ``parent`` that is named by date and time; returns at once.

        ``facts``, see :func:`session_facts`, are written first. If the folder cannot be made or written to,
        there is none, and ``failed`` says why.
        """
        started = datetime.now().astimezone().isoformat(timespec="milliseconds")
        self._facts = {"handorient": __version__, "started": started} | facts
        self.folder = parent
        self.frames = 0
        self.dropped = 0
        self.failed: str | None = None
        self._pictures: MatroskaWriter | None = None
        self._start_s = 0.0
        self._newest_s = float("-inf")
        self._waiting: deque[Estimate] = deque()
        self._closing = False
        self._changed = threading.Condition()  # guards waiting and closing
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def kept(self) -> str:
        """How many pictures are written, in words."""
        return "1 picture" if self.frames == 1 else f"{self.frames} pictures"

    def add(self, estimate: Estimate) -> None:
        """Have the estimate and its picture written; returns at once.

        A picture that was added before, seen anew by another network, is left out.
        """
        captured_s = estimate.frame.captured_s
        if captured_s <= self._newest_s:
            return
        self._newest_s = captured_s
        with self._changed:
            if self._closing or self.failed is not None:
                return
            if len(self._waiting) == MOST_WAITING:
                self.dropped += 1
                return
            self._waiting.append(estimate)
            self._changed.notify()

    def close(self) -> bool:
        """Write what still waits, and end the session; nothing is left of one without a picture.

        Returns whether that is done: a disk that hangs is not waited for for ever. Closing again only waits
        again.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(CLOSE_S)
        return not self._thread.is_alive()

    # -- in the recorder's thread ----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._begin()
            try:
                while (estimate := self._next()) is not None:
                    self._write(estimate)
                    self.frames += 1
            finally:
                self._end()
        except Exception as error:  # the show goes on without the recording
            self.failed = self._sentence(error)
        finally:
            self._waiting.clear()

    def _begin(self) -> None:
        """Make the session's folder, and in it what every session has."""
        parent = self.folder
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder = _new_folder(parent)
            try:
                write_json(folder / FACTS, self._facts)
                self._lines: TextIO = (folder / ESTIMATES).open("w", encoding="utf-8")
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise unwritable(f"The recording could not be started in {parent}", error) from error
        self.folder = folder

    def _end(self) -> None:
        """Close the files, and take the folder away where no picture is in it."""
        for file in (self._lines, self._pictures):
            with suppress(OSError):  # said once is enough
                if file is not None:
                    file.close()
        if not self.frames:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _next(self) -> Estimate | None:
        """The next estimate to write; None once closed and done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            return self._waiting.popleft() if self._waiting else None

    def _write(self, estimate: Estimate) -> None:
        frame = estimate.frame
        height, width = frame.rgb.shape[:2]
        if self._pictures is None:
            self._start_s = frame.captured_s
            self._pictures = MatroskaWriter(self.folder / PICTURES, width, height)
        time_s = frame.captured_s - self._start_s
        bgr = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
        # First the picture: a line promises that its picture is there.
        self._pictures.add(jpeg.tobytes(), time_s)
        self._lines.write(json.dumps(self._record(estimate, time_s)) + "\n")
        self._lines.flush()

    def _record(self, estimate: Estimate, time_s: float) -> Record:
        """The estimate's record as this session's frame; where it was in its source is kept beside it."""
        record = estimate_record(estimate)
        source = {"source_frame": record["frame"], "source_t_s": record["t_s"]}
        return record | {"frame": self.frames, "t_s": round(time_s, 6)} | source

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, UserError):
            return str(error)
        kept = "Nothing was kept."
        if self.frames:
            kept = f"Recorded so far: {self.kept}, in {self.folder}."
        if isinstance(error, OSError):
            reason = error.strerror or error
            return f"The recording stopped ({reason}): free some space or choose another folder. {kept}"
        log.error("the recording stopped", exc_info=error)
        return f"Something went wrong with the recording; details are in the terminal. {kept}"


def snapshot(folder: Path, estimate: Estimate, png: bytes) -> Path:
    """Keep a picture, such as the window's, and beside it the estimate as JSON, named by date and time.

    Returns:
        The picture's file.

    Raises:
        UserError: if they cannot be written; then there is neither.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        picture = unused(folder, ".png")
        numbers = picture.with_suffix(".json")
        try:
            picture.write_bytes(png)
            write_json(numbers, estimate_record(estimate))
        except OSError:
            picture.unlink(missing_ok=True)
            numbers.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritable(f"The snapshot could not be written to {folder}", error) from error
    return picture


def _new_folder(parent: Path) -> Path:
    """Make a folder in ``parent`` that no other recorder writes to."""
    while True:
        folder = unused(parent)
        with suppress(FileExistsError):  # another recorder was faster: take the next name
            folder.mkdir()
            return folder
