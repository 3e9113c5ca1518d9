"""Qt's images of NumPy's pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QRectF
from PyQt6.QtGui import QImage, QPainter, QPixmap
from PyQt6.QtWidgets import QApplication, QWidget


def image_view(rgb: NDArray[np.uint8]) -> QImage:
    """An image in the memory of a picture (H, W, 3), RGB, whose rows are whole: draw it while that lives."""
    height, width = rgb.shape[:2]
    return QImage(
        rgb.data,  # type: ignore[call-overload]
        width,
        height,
        rgb.strides[0],
        QImage.Format.Format_RGB888,
    )


def image_copy(picture: NDArray[np.uint8]) -> QImage:
    """An image, in memory of its own, of a picture (H, W, 3), RGB, or (H, W, 1), grey."""
    return image_view(np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)))).copy()


def draw_scaled(painter: QPainter, area: QRectF, rgb: NDArray[np.uint8], ratio: float) -> None:
    """Fill ``area`` with a picture (H, W, 3), RGB; ``ratio`` is the screen's pixels for each of the area's.

    Qt would hand the scaling to other threads and wait for them, where every core is busy already.
    """
    size = max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio))
    scaled = np.asarray(cv2.resize(rgb, size), np.uint8)
    painter.drawImage(area, image_view(scaled))


def picture_of_widget(view: QWidget) -> QPixmap:
    """What the widget shows, laid out for the texts that it has by now, not those of its last painting."""
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    return view.grab()
