"""Images: one file, or a folder of them in name order, shown as a slide show."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.capture.source import SeekableSource
from handorient.errors import UserError

log = logging.getLogger(__name__)

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in name order, by their suffixes.

    Raises:
        OSError: if the folder cannot be looked into.
    """
    # Names with a leading dot are other systems' notes about an image.
    paths = (p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.name[0] != ".")
    return sorted(paths, key=lambda p: p.name)


def read_image(path: Path) -> NDArray[np.uint8] | None:
    """An image file as (H, W, 3) uint8 RGB, upright as its EXIF data asks; None if it cannot be read.

    Grey images become RGB, 16 bits become 8, transparency is dropped.
    """
    try:
        # Not cv2.imread, which cannot open every name on Windows.
        return decoded(np.fromfile(path, np.uint8))
    except OSError:
        return None


def decoded(data: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The same for an image file's bytes."""
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


class Images(SeekableSource):
    """An image, or the images of a folder (not of its subfolders); each frame carries its ``path``.

    In a folder an image that cannot be read is skipped with a warning in the log. It keeps its place, so that
    index and time of the others do not depend on what was read before: the image before it stands there too.
    """

    frame_rate = 1.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.absolute().name
        self.uri = str(path)
        self._paths: list[Path] = []
        self._unreadable: set[Path] = set()
        self._next = 0
        self._sought: NDArray[np.uint8] | None = None  # the picture of index _next, if a seek has read it

    def open(self) -> None:
        self.close()
        self._paths = _image_paths(self.path)
        self.frame_count = len(self._paths)

    @property
    def duration_s(self) -> float | None:
        return self.frame_count / self.frame_rate if self.frame_count else None

    def index_at(self, time_s: float) -> int:
        # A nudge, for a time of k / rate must not be rounded down to frame k - 1.
        return min(max(0, int(time_s * self.frame_rate + 1e-4)), max(0, len(self._paths) - 1))

    def seek(self, index: int) -> None:
        self._next, self._sought = index, None
        while 0 < self._next < len(self._paths):
            self._sought = self._picture(self._next)
            if self._sought is not None:
                return
            self._next -= 1

    def read(self) -> Frame | None:
        while self._next < len(self._paths):
            index = self._next
            rgb = self._picture(index) if self._sought is None else self._sought
            self._next, self._sought = index + 1, None
            if rgb is not None:
                return Frame(index, index / self.frame_rate, time.monotonic(), rgb, self._paths[index])
        return None

    def close(self) -> None:
        self._paths = []
        self._next, self._sought = 0, None

    def _picture(self, index: int) -> NDArray[np.uint8] | None:
        """The image of this index, or None if it cannot be read.

        Raises:
            UserError: if none can.
        """
        path = self._paths[index]
        rgb = read_image(path)
        if rgb is not None:
            self._unreadable.discard(path)
            return rgb
        if path == self.path:
            raise UserError(f"{path} cannot be read as an image: choose another file.")
        if path not in self._unreadable:  # once, however often the folder is looped
            self._unreadable.add(path)
            log.warning("skipped %s: it cannot be read as an image", path)
        if self._unreadable.issuperset(self._paths):
            raise UserError(f"None of the images in {self.path} can be read: choose another folder.")
        return None


def _image_paths(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    try:
        paths = images_in(path)
    except FileNotFoundError:
        raise UserError(f"There is no image or folder {path}: check the name.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be opened ({error.strerror}): check its permissions.") from None
    if not paths:
        raise UserError(
            f"The folder {path} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))}): choose another."
        )
    return paths
