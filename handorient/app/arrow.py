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
_HALO_PX = 5.0


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
    girth = length_px * (0.35 + 0.65 * strength)
    along, toward = math.hypot(normal[0], normal[1]), abs(float(normal[2]))
    neck, head, shaft = _NECK * length_px * along, _HEAD * girth, _SHAFT * girth
    outline = _rod(neck, shaft, shaft * toward)
    outline = outline.united(_cone(neck, length_px * along, head, head * toward))
    painter.save()
    painter.translate(centre)
    painter.rotate(_heading_deg(normal))
    painter.setOpacity(painter.opacity() * (0.25 + 0.75 * strength))
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
    girth = length_px * (0.35 + 0.65 * strength)
    head, shaft = _HEAD * girth, _SHAFT * girth
    along = math.hypot(normal[0], normal[1])
    toward = float(normal[2])
    heading = _heading_deg(normal)
    neck, tip = _NECK * length_px * along, length_px * along

    cone = _cone(neck, tip, head, head * abs(toward))
    rod = _rod(neck, shaft, shaft * abs(toward))
    base = QPainterPath()
    base.addEllipse(QPointF(neck, 0), head * abs(toward), head)

    painter.save()
    painter.translate(centre)
    painter.rotate(heading)
    painter.setOpacity(painter.opacity() * (0.25 + 0.75 * strength))
    outline = rod.united(cone).united(base)
    painter.strokePath(outline, QPen(_HALO, _HALO_PX * (0.6 + 0.4 * strength)))
    local_light = QTransform().rotate(-heading).map(QPointF(_LIGHT[0], -_LIGHT[1]))
    light = np.array([local_light.x(), local_light.y(), _LIGHT[2]])
    rod_brush = _rod_brush(shaft, colour, light, along)
    if toward >= 0:
        painter.fillPath(rod.subtracted(cone), rod_brush)
        painter.fillPath(cone, _cone_brush(neck, tip, head, toward, colour, light))
    else:  # pointing away, the head's flat base is seen with the shaft in front of it
        painter.fillPath(cone.subtracted(base), _cone_brush(neck, tip, head, toward, colour, light))
        painter.fillPath(base.subtracted(rod), colour.darker(170))
        painter.fillPath(rod, rod_brush)
    painter.strokePath(cone, QPen(_lit(colour, 1.35), 1.0))
    if toward > 0.94:  # the classic sign for "out of the page", where shading alone would be a plain disc
        painter.setBrush(_HALO)
        painter.drawEllipse(QPointF(tip, 0), 0.16 * head, 0.16 * head)
    painter.restore()


def _heading_deg(normal: NDArray[np.float64]) -> float:
    """How far the painter turns so that the arrow points to its right, y across it."""
    if math.hypot(normal[0], normal[1]) < 1e-6:
        return -90.0
    return math.degrees(math.atan2(-normal[1], normal[0]))


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


def _rod_brush(radius: float, colour: QColor, light: NDArray[np.float64], along: float) -> QBrush:
    gradient = QLinearGradient(0, -radius, 0, radius)
    for y in np.linspace(-1, 1, 9):
        shade = y * light[1] + math.sqrt(1 - y * y) * along * light[2]
        gradient.setColorAt((y + 1) / 2, _lit(colour, 0.42 + 0.55 * max(0.0, shade)))
    return QBrush(gradient)


def _cone_brush(
    neck: float, tip: float, radius: float, toward: float, colour: QColor, light: NDArray[np.float64]
) -> QBrush:
    """Lambert shading of the head: seen from anywhere, a cone's lit strips fan out from its apex."""
    shades: dict[float, QColor] = {}
    along = math.sqrt(max(0.0, 1.0 - toward * toward))
    slope = _HEAD / (1 - _NECK)
    for t in np.linspace(0, 2 * math.pi, _SIDES):
        x, y = neck + radius * toward * math.cos(t) - tip, radius * math.sin(t)
        normal = np.array(
            [toward * math.cos(t) + slope * along, math.sin(t), -along * math.cos(t) + slope * toward]
        )
        normal /= np.linalg.norm(normal)
        if normal[2] < 0:
            continue
        shade = _lit(colour, 0.5 + 0.62 * max(0.0, float(normal @ light)))
        # Qt counts counter-clockwise on a screen whose y points down.
        shades[(math.atan2(-y, x) / (2 * math.pi)) % 1.0] = shade
    gradient = QConicalGradient(QPointF(tip, 0), 0.0)
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
