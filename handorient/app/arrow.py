"""An arrow in space, drawn with QPainter: foreshortened, shaded, legible on any background."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QConicalGradient,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTransform,
)

# The arrow's own proportions, in units of its length.
_NECK = 0.74  # where the head begins
_HEAD = 0.115  # the head's radius
_SHAFT = 0.044  # the shaft's radius
_SIDES = 40

#: Toward the light, in the viewer's frame (x right, y up, z toward the viewer).
_LIGHT = np.array([-0.42, 0.62, 0.66])
_HALO = QColor(6, 8, 10, 190)
_HALO_PX, _HALO_SHARE = 5.0, 0.06


def tip_of(centre: QPointF, normal: NDArray[np.float64], length_px: float) -> QPointF:
    """Where the arrow's tip is on the screen; ``normal`` (3,) is a unit vector in the viewer's frame."""
    return QPointF(centre.x() + normal[0] * length_px, centre.y() - normal[1] * length_px)


def draw_hollow_arrow(
    painter: QPainter,
    centre: QPointF,
    normal: NDArray[np.float64],
    length_px: float,
    colour: QColor,
    strength: float,
) -> None:
    """Draw the dashed outline of what :func:`draw_arrow` would draw."""
    shape = _Shape(normal, length_px, strength)
    outline = shape.rod.united(shape.cone)
    painter.save()
    shape.place(painter, centre)
    painter.strokePath(outline, QPen(_HALO, 3.6))
    painter.strokePath(outline, QPen(colour, 1.8, Qt.PenStyle.DashLine))
    painter.restore()


def draw_arrow(
    painter: QPainter,
    centre: QPointF,
    normal: NDArray[np.float64],
    length_px: float,
    colour: QColor,
    strength: float,
) -> None:
    """Draw an arrow from ``centre`` along ``normal`` (3,), x right, y up, z toward the viewer.

    ``strength`` (0 to 1) is its opacity and its girth. Pointing at the viewer it becomes a shaded disc.
    """
    shape = _Shape(normal, length_px, strength)
    rod, cone = shape.rod, shape.cone
    base = QPainterPath()
    base.addEllipse(QPointF(shape.neck, 0), shape.head * abs(shape.toward), shape.head)

    painter.save()
    shape.place(painter, centre)
    outline = rod.united(cone).united(base)
    halo_px = min(_HALO_PX, _HALO_SHARE * length_px)  # a short arrow is no more shade than colour
    painter.strokePath(outline, QPen(_HALO, halo_px * (0.6 + 0.4 * strength)))
    local_light = QTransform().rotate(-shape.heading_deg).map(QPointF(_LIGHT[0], -_LIGHT[1]))
    light = np.array([local_light.x(), local_light.y(), _LIGHT[2]])
    rod_brush, cone_brush = _rod_brush(shape, colour, light), _cone_brush(shape, colour, light)
    if shape.toward >= 0:
        painter.fillPath(rod.subtracted(cone), rod_brush)
        painter.fillPath(cone, cone_brush)
    else:  # pointing away, the head's flat base is seen with the shaft in front of it
        painter.fillPath(cone.subtracted(base), cone_brush)
        painter.fillPath(base.subtracted(rod), colour.darker(170))
        painter.fillPath(rod, rod_brush)
    painter.strokePath(cone, QPen(_lit(colour, 1.35), 1.0))
    if shape.toward > 0.94:  # the sign for "out of the page", where shading alone would be a plain disc
        painter.setBrush(_HALO)
        painter.drawEllipse(QPointF(shape.tip, 0), 0.16 * shape.head, 0.16 * shape.head)
    painter.restore()


class _Shape:
    """An arrow seen from the front, pointing to the right before it is placed; lengths in pixels.

    Attributes:
        along, toward: the normal's parts in the screen's plane and toward the viewer.
        neck, tip: where its head begins and ends.
        head, shaft: its radii.
        cone, rod: the outlines of its head and of its shaft.
        heading_deg: how far the painter turns so that the arrow points to its right.
        opacity: 0 to 1.
    """

    def __init__(self, normal: NDArray[np.float64], length_px: float, strength: float) -> None:
        girth = length_px * (0.35 + 0.65 * strength)
        self.along, self.toward = math.hypot(normal[0], normal[1]), float(normal[2])
        self.neck, self.tip = _NECK * length_px * self.along, length_px * self.along
        self.head, self.shaft = _HEAD * girth, _SHAFT * girth
        self.cone = _cone(self.neck, self.tip, self.head, self.head * abs(self.toward))
        self.rod = _rod(self.neck, self.shaft, self.shaft * abs(self.toward))
        self.heading_deg = math.degrees(math.atan2(-normal[1], normal[0])) if self.along > 1e-6 else -90.0
        self.opacity = 0.25 + 0.75 * strength

    def place(self, painter: QPainter, centre: QPointF) -> None:
        """Let the painter draw it from ``centre``, in its direction, as opaque as it is strong."""
        painter.translate(centre)
        painter.rotate(self.heading_deg)
        painter.setOpacity(painter.opacity() * self.opacity)


def _cone(neck: float, tip: float, radius: float, squash: float) -> QPainterPath:
    """The head's outline: the hull of its base's ellipse and its apex."""
    path = QPainterPath()
    if tip - neck <= squash:
        path.addEllipse(QPointF(neck, 0), max(squash, 0.5), radius)
        return path
    tangent = math.acos(squash / (tip - neck))
    turns = np.linspace(tangent, 2 * math.pi - tangent, _SIDES)
    points = [QPointF(neck + squash * math.cos(t), radius * math.sin(t)) for t in turns]
    path.addPolygon(QPolygonF([QPointF(tip, 0), *points, QPointF(tip, 0)]))
    path.closeSubpath()
    return path


def _rod(neck: float, radius: float, squash: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(0, 0), squash, radius)
    body = QPainterPath()
    body.addRect(0, -radius, max(neck, 0.01), 2 * radius)
    end = QPainterPath()
    end.addEllipse(QPointF(neck, 0), squash, radius)
    return path.united(body).united(end)


def _rod_brush(shape: _Shape, colour: QColor, light: NDArray[np.float64]) -> QBrush:
    gradient = QLinearGradient(0, -shape.shaft, 0, shape.shaft)
    for y in np.linspace(-1, 1, 9):
        shade = y * light[1] + math.sqrt(1 - y * y) * shape.along * light[2]
        gradient.setColorAt((y + 1) / 2, _lit(colour, 0.42 + 0.55 * max(0.0, shade)))
    return QBrush(gradient)


def _cone_brush(shape: _Shape, colour: QColor, light: NDArray[np.float64]) -> QBrush:
    """Lambert shading of the head: seen from anywhere, a cone's lit strips fan out from its apex."""
    along, toward, radius = shape.along, shape.toward, shape.head
    slope = _HEAD / (1 - _NECK)
    turns = np.linspace(0, 2 * math.pi, _SIDES)
    cos, sin = np.cos(turns), np.sin(turns)
    normals = np.stack([toward * cos + slope * along, sin, slope * toward - along * cos], 1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light_on = 0.5 + 0.62 * (normals @ light).clip(0)
    # Qt counts counter-clockwise on a screen whose y points down.
    angles = np.arctan2(-radius * sin, shape.neck + radius * toward * cos - shape.tip) / (2 * math.pi) % 1.0
    seen = normals[:, 2] >= 0
    if not seen.any():  # the head points away, behind its base
        return QBrush(_lit(colour, 0.5))
    shades = {
        angle: _lit(colour, lit)
        for angle, lit in zip(angles[seen].tolist(), light_on[seen].tolist(), strict=True)
    }
    gradient = QConicalGradient(QPointF(shape.tip, 0), 0.0)
    for turn, shade in shades.items():
        gradient.setColorAt(turn, shade)
    # One colour where the gradient closes, or its seam would show.
    gradient.setColorAt(0.0, shades[min(shades)])
    gradient.setColorAt(1.0, shades[min(shades)])
    return QBrush(gradient)


def _lit(colour: QColor, light: float) -> QColor:
    """``colour`` under this much light: darker below 1, toward white above."""
    if light <= 1:
        return QColor.fromRgbF(colour.redF() * light, colour.greenF() * light, colour.blueF() * light)
    white = min(1.0, light - 1)
    return QColor.fromRgbF(*(c + (1 - c) * white for c in (colour.redF(), colour.greenF(), colour.blueF())))
