"""The 3D view without OpenGL: the same arrows on a sphere, seen from the same place, drawn in 2D."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from handorient.app import theme
from handorient.app.arrow import draw_arrow
from handorient.orientation import rotation
from handorient.pipeline import Estimate, TrackedMode

NOTE = "Drawn without OpenGL, which this computer does not offer"

_TURN_DEG, _TILT_DEG = -48.0, 30.0


class FlatSceneView(QWidget):
    """The first hand's arrows in a sphere.

    Attributes:
        mirrored: show the scene as a mirror would, to agree with a mirrored picture.
        modes: the hypotheses that are drawn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self.modes: tuple[TrackedMode, ...] = ()
        self.setMinimumSize(320, 140)

    def reset_camera(self) -> None:
        """Nothing to reset: this view cannot be turned."""

    def show_estimate(self, estimate: Estimate) -> None:
        self.modes = estimate.hands[0].modes if estimate.hands else ()
        self.update()

    def clear(self) -> None:
        self.modes = ()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(12, 12, -12, -34)
        radius = min(room.width(), room.height()) / 2
        centre = room.center()
        view = rotation(np.radians(_TURN_DEG), np.radians(_TILT_DEG))
        self._draw_sphere(painter, centre, radius, view)
        flip = np.array([-1.0 if self.mirrored else 1.0, 1.0, 1.0])
        for mode in reversed(self.modes):
            draw_arrow(
                painter,
                centre,
                view @ (mode.normal * flip),
                0.96 * radius,
                theme.mode_colour(mode.track),
                theme.strength(mode.weight),
            )
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(QColor(theme.QUIET))
        toward = centre + QPointF(view[0, 2], -view[1, 2]) * radius
        painter.drawText(
            QRectF(toward.x() - 60, toward.y() + 4, 120, 20), Qt.AlignmentFlag.AlignCenter, "toward camera"
        )
        painter.setPen(QColor(theme.FAINT))
        painter.drawText(
            self.rect().adjusted(0, 0, 0, -8),
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom,
            NOTE,
        )

    def _draw_sphere(
        self, painter: QPainter, centre: QPointF, radius: float, view: NDArray[np.float64]
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.LINE), 1.5))
        painter.drawEllipse(centre, radius, radius)
        turns = np.linspace(0, 2 * np.pi, 97)
        zero = np.zeros_like(turns)
        painter.setPen(QPen(QColor(255, 255, 255, 32), 1.2))
        for circle in (
            (np.cos(turns), np.sin(turns), zero),  # parallel to the picture
            (np.cos(turns), zero, np.sin(turns)),  # level
        ):
            placed = (view @ np.stack(circle)) * radius
            points = [QPointF(centre.x() + x, centre.y() - y) for x, y in placed[:2].T.tolist()]
            painter.drawPolyline(QPolygonF(points))
        toward = view[:, 2] * radius
        end = QPointF(centre.x() + toward[0], centre.y() - toward[1])
        painter.setPen(QPen(QColor(255, 255, 255, 90), 1.2, Qt.PenStyle.DotLine))
        painter.drawLine(centre, end)
