"""OpenCV's input: names that it can take, its log kept off stderr, and pictures as the rest takes them.

What goes wrong is said once, by a UserError.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from handorient.errors import UserError

# Logs are as somebody asked for in the environment, which OpenCV has read by now, or else kept off.
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.setLogLevel(0)
# FFmpeg has a log of its own and reads its level when it is first used, if only to write.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# On Linux it waits this many seconds for a picture, and no camera can be closed meanwhile. With its usual 10,
# one that was given up for its silence would still be in use, by this program, when it is opened again.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")

#: The longest side of a picture. OpenCV warps none with a longer one: the detector ends the whole process.
LONGEST_PX = 32_766


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


def as_rgb(bgr: MatLike, pixel_aspect: float = 1.0) -> NDArray[np.uint8]:
    """A picture of OpenCV's as (H, W, 3) uint8 RGB, scaled down to :data:`LONGEST_PX` if it is longer.

    ``pixel_aspect`` is how many times wider than high its pixels are; those of the result are square.
    """
    height, width = bgr.shape[0], bgr.shape[1] * pixel_aspect
    share = min(1.0, LONGEST_PX / max(height, width))
    size = (max(1, round(share * width)), max(1, round(share * height)))
    if size != (bgr.shape[1], bgr.shape[0]):
        larger = size[0] > bgr.shape[1]
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR if larger else cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
