"""Video files, with the true frame rate and the container's own frame times."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np

from handorient.capture.frame import Frame
from handorient.capture.opencv import open_capture
from handorient.capture.source import Source
from handorient.errors import UserError

#: Where a container states no rate, or only its clock's resolution as browsers' recordings do.
ASSUMED_RATE = 30.0
_FASTEST_RATE = 999.0


class VideoFile(Source):
    """A video, upright as its rotation metadata asks; a damaged one ends at its last readable frame."""

    live = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.uri = str(path)
        self.frame_rate = ASSUMED_RATE
        self._capture: cv2.VideoCapture | None = None
        self._first: Frame | None = None
        self._count = 0
        self._time_s = 0.0

    def open(self) -> None:
        self.close()
        _check_file(self.path)
        # An absolute path, for FFmpeg takes "name:" at the start of a relative one for a protocol.
        self._capture = open_capture(str(self.path.absolute()), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            self.close()
            raise UserError(
                f"{self.path} cannot be read as a video: it is damaged, incomplete or of an unknown kind; "
                "copy it again or convert it to MP4."
            )
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # some builds of OpenCV leave it off
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.frame_rate = rate if 0 < rate <= _FASTEST_RATE else ASSUMED_RATE
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frame_count = count if count > 0 else None
        self._count = 0
        self._first = self._decode()
        if self._first is None:
            self.close()
            raise UserError(f"{self.path} holds no readable picture: choose another video.")

    def read(self) -> Frame | None:
        if self._first is not None:
            frame, self._first = self._first, None
            return frame
        return self._decode()

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
        self._first = None

    def _decode(self) -> Frame | None:
        if self._capture is None:
            return None
        decoded, bgr = self._capture.read()
        if not decoded:
            return None
        time_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._count == 0:
            time_s = max(0.0, time_s)
        elif not time_s > self._time_s:  # missing, repeated or NaN
            time_s = self._time_s + 1 / self.frame_rate
        rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        frame = Frame(self._count, time_s, time.monotonic(), rgb)
        self._count += 1
        self._time_s = time_s
        return frame


def _check_file(path: Path) -> None:
    """Raise a UserError for what FFmpeg would refuse without a reason, or would read as something else."""
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a video: choose a file in it.")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise UserError(f"There is no video {path}: check the name.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be opened ({error.strerror}): check its permissions.") from None
    if not head:
        raise UserError(f"{path} is empty: copy or record the video again.")
    # FFmpeg would draw some text files as a terminal; no video container starts without a zero byte.
    if b"\0" not in head:
        raise UserError(f"{path} is a text file, not a video: choose another file.")
