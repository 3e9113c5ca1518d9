"""Cameras: a reader thread keeps the newest picture, so that a slow consumer never sees an old one."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

import cv2
from cv2.typing import MatLike

from handorient.capture.cameras import ANSWERED, BACKEND, CAMERA, list_cameras
from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.opencv import as_rgb
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
#: How often whoever waits looks whether the camera was given up.
_LOOK_S = 0.1
#: How long opening waits for the person to let cameras be used.
ANSWER_S = 60.0
#: How long closing waits for a reader that hangs in the driver.
CLOSE_S = 1.0


class Capture(Protocol):
    """What a camera needs of cv2.VideoCapture, so that a test can stand in for hardware."""

    def isOpened(self) -> bool: ...
    def get(self, propId: int, /) -> float: ...
    def set(self, propId: int, value: float, /) -> bool: ...
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, MatLike | None]: ...
    def release(self) -> None: ...


def connect(index: int) -> Capture:
    """The capture for a camera index, opened or not."""
    return cv2.VideoCapture(index, BACKEND)


class Camera(Source):
    """A camera by its index, or for good by its identity.

    Attributes:
        size: (width, height) in pixels, as asked for and, once open, as granted.
        frame_rate: likewise.
        granted: size and rate in words once it was open, or None before.
        index: where it was found, likewise.
        lasting_uri: as ``uri``, but by the identity of what was found.
    """

    live = True

    def __init__(
        self,
        which: int | str,
        size: tuple[int, int] = REQUESTED_SIZE,
        frame_rate: float = REQUESTED_RATE,
        connect: Callable[[int], Capture] = connect,
    ) -> None:
        """``which`` is an index, or the identity of a camera in :func:`list_cameras`."""
        self.which = which
        self.name = f"camera {which}" if isinstance(which, int) else which
        self.uri = self.lasting_uri = f"{CAMERA}{which}{_options(size, frame_rate)}"
        self.size, self.frame_rate = self._asked = size, frame_rate
        self.granted: str | None = None
        self.index: int | None = None
        self._connect = connect
        self._newest: Mailbox[tuple[float, MatLike]] | None = None
        self._reader: threading.Thread | None = None
        self._count = 0
        self._start_s = 0.0

    def open(self) -> None:
        self.close()
        self.index = self.find()
        end_s = time.perf_counter() + ANSWER_S
        while not (self.given_up or ANSWERED.wait(_LOOK_S)) and time.perf_counter() < end_s:
            pass
        if self.given_up:
            raise UserError(f"{self.name} was given up.")
        capture = self._connect(self.index)
        if not capture.isOpened():
            capture.release()
            allow = "allow it in System Settings → Privacy & Security → Camera, "
            raise UserError(
                f"No {self.name} was found, or it is in use: plug it in, close other programs "
                f"that use it, {allow if sys.platform == 'darwin' else ''}or choose another source."
            )
        self._negotiate(capture)
        self._count = 0
        self._newest = Mailbox()
        self._reader = threading.Thread(
            target=_keep_newest, args=(capture, self._newest), name=self.uri, daemon=True
        )
        self._reader.start()

    def find(self) -> int:
        """The index of the camera now. One that is remembered by its identity is that one or none.

        Raises:
            UserError: if it is not plugged in.
        """
        for camera in list_cameras():
            if self.which in (camera.index, camera.identity):
                self.name = camera.name
                self.lasting_uri = camera.uri + _options(*self._asked)
                return camera.index
        if isinstance(self.which, int):
            return self.which
        raise UserError(f"The camera {self.name} is not plugged in: plug it in, or choose another source.")

    def _negotiate(self, capture: Capture) -> None:
        """Ask for the format and note what was granted; a driver ignores what it cannot do."""
        (width, height), rate = self._asked
        # In this order: without MJPG most cameras offer large pictures at a few frames per second only.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        capture.set(cv2.CAP_PROP_FPS, rate)
        self.size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        granted = capture.get(cv2.CAP_PROP_FPS)
        self.frame_rate = granted if granted > 0 else rate  # some drivers do not say
        self.granted = f"{self.size[0]} × {self.size[1]}, {self.frame_rate:g} fps"
        log.info("%s: %s", self.name, self.granted)

    def read(self) -> Frame | None:
        newest = self._newest
        if newest is None:
            return None
        end_s = time.perf_counter() + (PATIENCE_S if self._count else FIRST_PICTURE_S)
        while (item := newest.get(_LOOK_S)) is None:
            if newest.closed or self.given_up:
                return None
            if time.perf_counter() >= end_s:
                raise UserError(self._silent())
        captured_s, bgr = item
        if self._count == 0:
            self._start_s = captured_s
        frame = Frame(self._count, captured_s - self._start_s, captured_s, as_rgb(bgr))
        self._count += 1
        return frame

    def _silent(self) -> str:
        """What is said of a camera that gives no picture any more, or never gave one."""
        if self._count:
            return (
                "The camera stopped delivering pictures: check its cable and that no other program "
                "uses it, then choose it again."
            )
        return (
            f"No picture came from {self.name}: check that no other program uses it and that it is not "
            "switched off, then choose it again, or choose another source."
        )

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
                captured_s = time.perf_counter()  # before the picture is decoded
                bgr = _retrieved(capture)
                if bgr is not None:
                    newest.put((captured_s, bgr))
                    continue
            time.sleep(RETRY_S)
    finally:
        capture.release()


def _retrieved(capture: Capture) -> MatLike | None:
    """The picture that was grabbed; None if it is damaged, which says nothing of the next one."""
    try:
        decoded, bgr = capture.retrieve()
    except cv2.error:  # an empty buffer
        return None
    return bgr if decoded else None


def _options(size: tuple[int, int], frame_rate: float) -> str:
    """What is asked for, as a URI says it; nothing where it is what is always asked for."""
    words = []
    if size != REQUESTED_SIZE:
        words.append(f"size={size[0]}x{size[1]}")
    if frame_rate != REQUESTED_RATE:
        words.append(f"fps={frame_rate:g}")
    return "?" + "&".join(words) if words else ""
