"""Pictures with times of their own as an MP4, which has one constant rate."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.opencv import opencv_name

#: The longer side of a video at most, in pixels: MPEG-4 ends at 8191, and many players sooner.
LONGEST_PX = 3840
#: How long a picture stands at most: a longer pause is cut short.
LONGEST_S = 5.0


class Mp4Writer:
    """A video in which each picture stands from its own time until the next one's.

    So a picture is repeated where the next one is late, for up to :data:`LONGEST_S`, and left out where two
    share a frame. Pictures may differ in size: the video has the first one's, within :data:`LONGEST_PX`.
    """

    def __init__(self, path: Path, frame_rate: float) -> None:
        """``frame_rate`` is the video's, in frames per second; the file is begun with the first picture.

        Raises:
            UserError: if OpenCV cannot write to a file of this name.
        """
        self._path, self._name = path, opencv_name(path)
        frame_rate = max(frame_rate, 1 / LONGEST_S)  # else pictures would share a frame once pauses are cut
        # OpenCV gives a rate in thousandths, and MPEG-4 counts up to 65,535.
        self._frame_rate = frame_rate if frame_rate < 65 else float(round(frame_rate))
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._standing: NDArray[np.uint8] | None = None
        self._first_s = self._last_s = 0.0
        self._written = 0

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the video.

        Raises:
            OSError: if it is not whole, unless another error is on its way.
        """
        if self._writer is None:
            return
        if error is None:
            self._write_until(self._written + 1)
        self._writer.release()
        if error is None:
            self._check()

    def add(self, rgb: NDArray[np.uint8], time_s: float) -> None:
        """Append a picture (H, W, 3); times increase, and the video begins at the first one.

        Raises:
            OSError: if the video cannot be begun.
        """
        if self._writer is None:
            self._size = video_size(*rgb.shape[1::-1])
            self._writer = self._begin()
            self._first_s = time_s
        pause_s = time_s - self._last_s
        if self._standing is not None and pause_s > LONGEST_S:
            self._first_s += pause_s - LONGEST_S
        self._last_s = time_s
        # Not round(), which sends every second half down: two of three pictures could share a frame.
        self._write_until(int((time_s - self._first_s) * self._frame_rate + 0.5))
        self._standing = np.asarray(cv2.cvtColor(fitted(rgb, self._size), cv2.COLOR_RGB2BGR), np.uint8)

    def _begin(self) -> cv2.VideoWriter:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(self._name, cv2.CAP_FFMPEG, code, self._frame_rate, self._size)
        if not writer.isOpened():
            raise OSError(f"{self._path.name} could not be started")
        return writer

    def _write_until(self, end: int) -> None:
        """Write the picture that stands, up to the frame of this number."""
        while self._writer is not None and self._standing is not None and self._written < end:
            self._writer.write(self._standing)
            self._written += 1

    def _check(self) -> None:
        # OpenCV tells nobody when the disk is full. The table of frames comes last in the file, and FFmpeg
        # writes nothing more after the first failure, so a file that has the table is whole.
        capture = cv2.VideoCapture(self._name, cv2.CAP_FFMPEG)
        whole = capture.isOpened() and capture.get(cv2.CAP_PROP_FRAME_COUNT) == self._written
        whole = whole and capture.grab()
        capture.release()
        if not whole:
            raise OSError(f"{self._path.name} could not be finished")


def video_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the video that begins with a picture of this size; one of its own size keeps it."""
    scale = min(1.0, LONGEST_PX / max(height, width))
    # Encoders want even sides.
    return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)


def fitted(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture within ``size`` (width, height), its proportions kept, black around it."""
    width, height = size
    if rgb.shape[:2] == (height, width):
        return rgb
    left, top, across, down = _place(rgb, size)
    out = np.zeros((height, width, 3), np.uint8)
    out[top : top + down, left : left + across] = cv2.resize(rgb, (across, down))
    return out


def fitting(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float64]:
    """(2, 3) affine map from the picture's pixels to those of :func:`fitted`."""
    left, top, across, down = _place(rgb, size)
    scale_x, scale_y = across / rgb.shape[1], down / rgb.shape[0]
    # A pixel's place is that of its middle.
    return np.array([[scale_x, 0, left + (scale_x - 1) / 2], [0, scale_y, top + (scale_y - 1) / 2]])


def _place(rgb: NDArray[np.uint8], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the picture within ``size`` (width, height)."""
    (width, height), (down, across) = size, rgb.shape[:2]
    scale = min(width / across, height / down)
    across, down = max(round(across * scale), 1), max(round(down * scale), 1)
    return (width - across) // 2, (height - down) // 2, across, down
