"""Cameras: a reader thread keeps the newest picture, so that a slow consumer never sees an old one."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from cv2.typing import MatLike

from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.opencv import open_capture
from handorient.capture.source import Source
from handorient.errors import UserError

log = logging.getLogger(__name__)

REQUESTED_SIZE = (1280, 720)
REQUESTED_RATE = 30.0

#: How long a running camera may stay silent, and how long a cold one may take for its first picture.
PATIENCE_S = 2.0
FIRST_PICTURE_S = 10.0
#: The pause between attempts on a camera that delivers nothing.
RETRY_S = 0.02
#: How long closing waits for a reader that hangs in the driver.
CLOSE_S = 1.0

# Exactly one backend: with "any", OpenCV tries them all in turn, slowly, and may find another device.
_BACKEND = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
    sys.platform, cv2.CAP_ANY
)
_V4L_DEVICES = Path("/sys/class/video4linux")
_PROBED_INDICES = range(4)


class Capture(Protocol):
    """What a camera needs of cv2.VideoCapture, so that a test can stand in for hardware."""

    def isOpened(self) -> bool: ...
    def get(self, propId: int, /) -> float: ...
    def set(self, propId: int, value: float, /) -> bool: ...
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, MatLike]: ...
    def release(self) -> None: ...


def connect(index: int) -> Capture:
    """The capture for a camera index, opened or not."""
    return open_capture(index, _BACKEND)


class Camera(Source):
    """A camera by its index.

    Attributes:
        size: (width, height) in pixels, as requested and, once open, as granted.
        frame_rate: likewise.
    """

    live = True

    def __init__(self, index: int, connect: Callable[[int], Capture] = connect) -> None:
        self.index = index
        self.name = f"camera {index}"
        self.uri = f"camera:{index}"
        self.size = REQUESTED_SIZE
        self.frame_rate = REQUESTED_RATE
        self._connect = connect
        self._newest: Mailbox[tuple[float, MatLike]] | None = None
        self._reader: threading.Thread | None = None
        self._count = 0
        self._start_s = 0.0

    def open(self) -> None:
        self.close()
        capture = self._connect(self.index)
        if not capture.isOpened():
            capture.release()
            raise UserError(
                f"No camera {self.index} was found, or it is in use: plug it in, close other programs "
                "that use it, or choose another source."
            )
        self._negotiate(capture)
        self._count = 0
        self._newest = Mailbox()
        self._reader = threading.Thread(
            target=_keep_newest, args=(capture, self._newest), name=self.uri, daemon=True
        )
        self._reader.start()

    def _negotiate(self, capture: Capture) -> None:
        """Ask for the format and note what was granted; a driver ignores what it cannot do."""
        # In this order: without MJPG most cameras offer large pictures at a few frames per second only.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, REQUESTED_SIZE[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, REQUESTED_SIZE[1])
        capture.set(cv2.CAP_PROP_FPS, REQUESTED_RATE)
        self.size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.frame_rate = rate if rate > 0 else REQUESTED_RATE  # some drivers do not say
        log.info("%s: %d x %d at %g fps", self.name, *self.size, self.frame_rate)

    def read(self) -> Frame | None:
        newest = self._newest
        if newest is None:
            return None
        item = newest.get(PATIENCE_S if self._count else FIRST_PICTURE_S)
        if item is None:
            if newest.closed:
                return None
            raise UserError(
                "The camera stopped delivering pictures: check its cable and that no other program "
                "uses it, then choose it again."
            )
        captured_s, bgr = item
        if self._count == 0:
            self._start_s = captured_s
        rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        frame = Frame(self._count, captured_s - self._start_s, captured_s, rgb)
        self._count += 1
        return frame

    def close(self) -> None:
        if self._newest is None or self._reader is None:
            return
        self._newest.close()
        self._reader.join(CLOSE_S)
        self._newest = self._reader = None


def _keep_newest(capture: Capture, newest: Mailbox[tuple[float, MatLike]]) -> None:
    """Read until the mailbox is closed, then release: a capture must not be released while it reads."""
    try:
        while not newest.closed:
            if capture.grab():
                captured_s = time.monotonic()  # before the picture is decoded
                decoded, bgr = capture.retrieve()
                if decoded:
                    newest.put((captured_s, bgr))
                    continue
            time.sleep(RETRY_S)
    finally:
        capture.release()


def list_cameras() -> list[tuple[int, str]]:
    """Index and name of the cameras that are there; never fails, and is empty when there are none.

    Linux says so itself. Elsewhere the first few indices are opened in turn, which may take seconds and
    misses a camera that is in use.
    """
    if sys.platform == "linux":
        return sorted(_v4l_cameras())
    return [(index, f"camera {index}") for index in _PROBED_INDICES if _is_there(index)]


def _v4l_cameras() -> list[tuple[int, str]]:
    found = (_v4l_camera(device) for device in _V4L_DEVICES.glob("video*"))
    return [camera for camera in found if camera is not None]


def _v4l_camera(device: Path) -> tuple[int, str] | None:
    try:
        name = (device / "name").read_text().strip()
        node = int((device / "index").read_text())
    except (OSError, ValueError):  # unplugged while we look
        return None
    # A camera's further nodes carry metadata, not pictures.
    return (int(device.name.removeprefix("video")), name) if node == 0 else None


def _is_there(index: int) -> bool:
    capture = connect(index)
    try:
        return capture.isOpened()
    finally:
        capture.release()
