"""The few icons: drawn rather than taken from a font that may lack them."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

SIZE_PX = 18


def _play(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF([QPointF(5, 3), QPointF(15, 9), QPointF(5, 15)]))


def _pause(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4, 3, 3.6, 12), 1, 1)
    painter.drawRoundedRect(QRectF(10.4, 3, 3.6, 12), 1, 1)


def _forward(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(3.5, 3.5, 2.4, 11), 1, 1)
    painter.drawPolygon(QPolygonF([QPointF(8, 3.5), QPointF(15, 9), QPointF(8, 14.5)]))


def _back(painter: QPainter) -> None:
    painter.translate(SIZE_PX, 0)
    painter.scale(-1, 1)
    _forward(painter)


def _loop(painter: QPainter) -> None:
    colour = painter.brush().color()
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.8))
    painter.drawArc(QRectF(3, 3.5, 12, 11), 60 * 16, 300 * 16)
    painter.restore()
    painter.drawPolygon(QPolygonF([QPointF(9.5, 0.8), QPointF(15.2, 3.4), QPointF(10.6, 7.4)]))


def _record(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(3.5, 3.5, 11, 11))


def _stop(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4, 4, 10, 10), 1.5, 1.5)


def _float(painter: QPainter) -> None:
    painter.setPen(QPen(painter.brush().color(), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(6.5, 3.5, 8, 8), 1, 1)
    painter.drawPolyline(QPolygonF([QPointF(4, 6.5), QPointF(3.5, 14.5), QPointF(11.5, 14.5)]))


def _close(painter: QPainter) -> None:
    painter.setPen(QPen(painter.brush().color(), 1.7))
    painter.drawLine(QPointF(4.5, 4.5), QPointF(13.5, 13.5))
    painter.drawLine(QPointF(13.5, 4.5), QPointF(4.5, 13.5))


_DRAWN: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "forward": _forward,
    "back": _back,
    "loop": _loop,
    "record": _record,
    "stop": _stop,
    "float": _float,
    "close": _close,
}


def icon(name: str, colour: str) -> QIcon:
    """The icon called play, pause, forward, back, loop, record, stop, float or close."""
    pixmap = QPixmap(SIZE_PX * 2, SIZE_PX * 2)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    _DRAWN[name](painter)
    painter.end()
    return QIcon(pixmap)
