"""The 3D view without OpenGL: the same arrows on a sphere, seen from the same place, drawn in 2D."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from handorient.app import theme
from handorient.app.arrow import draw_arrow
from handorient.app.text import line_height
from handorient.orientation import arrow, rotation
from handorient.pipeline import Estimate, TrackedMode

NOTE = "Drawn without OpenGL, which is not available here"

_TURN_DEG, _TILT_DEG = -48.0, 30.0
_TRUTH_RADIUS = 0.1


class FlatSceneView(QWidget):
    """The first hand's arrows in a sphere.

    Attributes:
        mirrored: show the scene as a mirror would, to agree with a mirrored picture.
        modes: the hypotheses that are drawn.
        truth: (3,) unit normal of the palm plane in the camera frame, where it is known.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self.modes: tuple[TrackedMode, ...] = ()
        self.truth: NDArray[np.float64] | None = None
        self.setMinimumSize(240, 120)

    def reset_camera(self) -> None:
        """Nothing to reset: this view cannot be turned."""

    def show_estimate(self, estimate: Estimate) -> None:
        self.clear()
        truth = estimate.frame.truth
        if estimate.hands:
            self.modes, window = estimate.hands[0].modes, estimate.hands[0].crop.window
            if truth is not None:
                self.truth = arrow(truth.azimuth_rad, truth.elevation_rad, window.roll_rad, window.mirrored)

    def clear(self) -> None:
        self.modes, self.truth = (), None
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
        if self.truth is not None:
            painter.setPen(QPen(QColor(theme.TRUTH), 2.5))
            _draw_line(painter, centre, radius, view @ (_ring_about(self.truth) * flip[:, None]))
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(QColor(theme.QUIET))
        toward = centre + QPointF(view[0, 2], -view[1, 2]) * radius
        below = QRectF(toward.x() - radius, toward.y() + 4, 2 * radius, line_height(theme.SMALL_PX))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "toward camera")
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
            _draw_line(painter, centre, radius, view @ np.stack(circle))
        toward = view[:, 2] * radius
        end = QPointF(centre.x() + toward[0], centre.y() - toward[1])
        painter.setPen(QPen(QColor(255, 255, 255, 90), 1.2, Qt.PenStyle.DotLine))
        painter.drawLine(centre, end)


def _draw_line(painter: QPainter, centre: QPointF, radius: float, points: NDArray[np.float64]) -> None:
    """Join points (3, K) of the unit sphere, as seen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    placed = (radius * points[:2].T).tolist()
    painter.drawPolyline(QPolygonF([QPointF(centre.x() + x, centre.y() - y) for x, y in placed]))


def _ring_about(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """A small circle (3, K) on the unit sphere around a direction (3,)."""
    turns = np.linspace(0, 2 * np.pi, 49)
    across = np.cross(normal, [0.0, 1.0, 0.0])
    if np.linalg.norm(across) < 1e-6:
        across = np.array([1.0, 0.0, 0.0])
    across = across / np.linalg.norm(across)
    circle = np.outer(across, np.cos(turns)) + np.outer(np.cross(normal, across), np.sin(turns))
    around: NDArray[np.float64] = normal[:, None] + _TRUTH_RADIUS * circle
    return around / np.linalg.norm(around, axis=0)
