"""OpenCV's video input with its log kept off stderr: what goes wrong is said once, by a UserError."""

from __future__ import annotations

import os
from collections.abc import Sequence

import cv2

# FFmpeg has a log of its own and reads its level when it is first used, if only to write.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def open_capture(source: str | int, backend: int, options: Sequence[int] = ()) -> cv2.VideoCapture:
    """A capture for a file or a camera index, opened or not, through exactly this backend (cv2.CAP_*).

    ``options`` are OpenCV's own: a property and its value, and so on. OPENCV_LOG_LEVEL and
    OPENCV_FFMPEG_LOGLEVEL, where somebody set them, are left as they are.
    """
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.setLogLevel(0)
    return cv2.VideoCapture(source, backend, options)
