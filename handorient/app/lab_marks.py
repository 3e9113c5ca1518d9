"""The marks over a network's answer in the lab: a baseline's point, the opposite, the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from handorient.app import theme
from handorient.lab import Comparison

if TYPE_CHECKING:
    from handorient.propel.baselines import BaselineAnswer  # it would load torch

#: What a baseline's one answer is drawn in: no hypothesis's colour.
BASELINE = QColor("#ffffff")
#: In a density of this side the marks are as large as they are written here.
_SIDE_PX = 110.0


def unit(square: QRectF) -> float:
    """How many times as large the marks are in a density that fills this square."""
    return max(0.6, square.width() / _SIDE_PX)


def draw_axes(painter: QPainter, square: QRectF) -> None:
    painter.setPen(QPen(QColor(255, 255, 255, 40), 1))
    painter.drawLine(
        QPointF(square.center().x(), square.top()), QPointF(square.center().x(), square.bottom())
    )
    painter.drawLine(
        QPointF(square.left(), square.center().y()), QPointF(square.right(), square.center().y())
    )


def draw_baseline(painter: QPainter, square: QRectF, answer: BaselineAnswer) -> None:
    """The one answer: a white diamond."""
    at = place(square, answer.azimuth_rad, answer.elevation_rad)
    painter.setPen(QPen(QColor(theme.BACKGROUND), 1.5))
    painter.setBrush(BASELINE)
    far = 8 * unit(square)
    painter.drawPolygon(*(at + QPointF(x, y) * far for x, y in ((0, -1), (1, 0), (0, 1), (-1, 0))))


def draw_goal(painter: QPainter, square: QRectF, comparison: Comparison) -> None:
    """The opposite of the lead, and the truth."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(255, 255, 255, 170), 1.5))
    mirror = comparison.hypotheses[1].orientation
    at, far = place(square, mirror.azimuth_rad, mirror.elevation_rad), unit(square)
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        painter.drawLine(at + QPointF(x, y) * 9 * far, at + QPointF(x, y) * 14 * far)
    if (truth := comparison.observation.truth) is not None:
        painter.setPen(QPen(QColor(theme.TRUTH), 2))
        painter.drawEllipse(place(square, truth.azimuth_rad, truth.elevation_rad), 10 * far, 10 * far)


def place(square: QRectF, azimuth_rad: float, elevation_rad: float) -> QPointF:
    """Where an orientation is in a density, azimuth to the right and elevation up, each from -90 to 90."""
    return QPointF(
        square.center().x() + azimuth_rad / np.pi * square.width(),
        square.center().y() - elevation_rad / np.pi * square.height(),
    )
