"""Images: one file, or a folder of them in name order, shown as a slide show."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.capture.opencv import as_rgb
from handorient.capture.source import PictureByPicture, shown_at_rate
from handorient.errors import UserError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


def images_in(folder: Path) -> list[Path]:
    """The files of a folder that are images by their suffixes, in name order.

    Raises:
        OSError: if the folder cannot be looked into.
    """
    # Names with a leading dot are other systems' notes about an image.
    paths = (p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.name[0] != ".")
    return sorted(filter(Path.is_file, paths), key=lambda p: p.name)  # a pipe would be waited for


def read_image(path: Path) -> NDArray[np.uint8] | None:
    """An image file as (H, W, 3) uint8 RGB, upright as its EXIF data asks; None if it cannot be read.

    EXIF data of WebP is not looked at. Grey images become RGB, 16 bits become 8, transparency is dropped,
    and very long ones are scaled down.
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
    return None if bgr is None else as_rgb(bgr)


class Images(PictureByPicture):
    """An image, or the images of a folder (not of its subfolders); each frame carries its ``path``."""

    frame_rate = 1.0

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.name = path.absolute().name
        self.uri = str(path)
        self._paths: list[Path] = []

    def open(self) -> None:
        self.close()
        self._paths = _image_paths(self.path)
        self._count = self.frame_count = len(self._paths)

    @property
    def duration_s(self) -> float | None:
        return self.frame_count / self.frame_rate if self.frame_count else None

    def index_at(self, time_s: float) -> int:
        return shown_at_rate(self.frame_rate, self._count, time_s)

    def _frame(self, index: int) -> Frame | None:
        path = self._paths[index]
        rgb = read_image(path)
        if rgb is None and path == self.path:
            raise UserError(f"{path} cannot be read as an image: choose another file.")
        return None if rgb is None else Frame(index, index / self.frame_rate, time.perf_counter(), rgb, path)

    def _place(self, index: int) -> str:
        return str(self._paths[index])


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
            f"The folder {path} contains no images ({', '.join(sorted(IMAGE_SUFFIXES))}): choose another."
        )
    return paths
