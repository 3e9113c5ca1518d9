"""What a widget draws, as numbers."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QColor, QImage

from handorient.app import theme

TWO = ((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))


def pixels(widget, width: int = 640, height: int = 480) -> np.ndarray:
    """(H, W, 3) RGB of a widget, drawn at this size."""
    widget.resize(width, height)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    data = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    return (
        data.reshape(image.height(), image.bytesPerLine())
        .copy()[:, : 3 * image.width()]
        .reshape(image.height(), -1, 3)
    )


def coloured(picture: np.ndarray, track: int) -> np.ndarray:
    """(H, W) where a picture has a hypothesis's hue, in any brightness."""
    colour = QColor(theme.mode_colour(track))
    target = np.array([colour.red(), colour.green(), colour.blue()], float)
    values = picture.astype(float)
    bright = values.max(-1) > 70
    ratio = values / np.maximum(values.max(-1, keepdims=True), 1)
    return bright & (np.abs(ratio - target / target.max()).max(-1) < 0.12)


def centre_x(where: np.ndarray) -> float:
    return float(np.nonzero(where)[1].mean())
