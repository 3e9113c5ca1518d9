"""OpenCV's video input: names that it can take, and its log kept off stderr.

What goes wrong is said once, by a UserError.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2

from handorient.errors import UserError

# FFmpeg has a log of its own and reads its level when it is first used, if only to write.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def opencv_name(path: Path) -> str:
    """The file's name as OpenCV, which crashes on one that is not Unicode, can be given it.

    Raises:
        UserError: if it cannot.
    """
    # An absolute path, for FFmpeg takes "name:" at the start of a relative one for a protocol.
    path = path.absolute()
    for place in (*reversed(path.parents), path):
        legible = str(place).encode(errors="backslashreplace").decode()
        if legible != str(place):
            raise UserError(f"The name of {legible} is not in UTF-8, which OpenCV needs: rename it.")
    return str(path)


def open_capture(source: str | int, backend: int, options: Sequence[int] = ()) -> cv2.VideoCapture:
    """A capture for a file or a camera index, opened or not, through exactly this backend (cv2.CAP_*).

    ``options`` are OpenCV's own: a property and its value, and so on. OPENCV_LOG_LEVEL and
    OPENCV_FFMPEG_LOGLEVEL, where somebody set them, are left as they are.
    """
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.setLogLevel(0)
    return cv2.VideoCapture(source, backend, options)
