"""The picture: the frame as large as it fits, the hand that was cut out, one arrow for each hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from handorient.app import theme
from handorient.app.arrow import draw_arrow, draw_hollow_arrow, tip_of
from handorient.app.image import draw_scaled
from handorient.hand.landmarks import BONES
from handorient.hand.shape import palm_size
from handorient.orientation import palm_centre
from handorient.pipeline import Estimate, HandEstimate
from handorient.replay import RecordedHand

NO_HAND = "No hand in view"
#: Where somebody could hold one up.
NO_HAND_LIVE = f"{NO_HAND} —\nhold one up, fingers spread, an arm's length from the camera"
STARTING = "Starting hand detection…"
NO_ESTIMATE = "No estimate for this picture"
MIRRORED = "mirrored"
NO_SOURCE = "Choose a source above, or drop a video or a picture here"

_RECORDED = QColor(theme.TEXT)
_OUTLINE = QColor(255, 255, 255, 150)
_BONES = QColor(255, 255, 255, 95)
_SHADOW = QColor(6, 8, 10, 120)
#: An arrow lying in the picture plane is this many palm lengths long.
_ARROW_PALMS = 2.0
#: A palm is taken to be at least so large, and of a small picture's height at least this share.
_LEAST_PALM_PX, _LEAST_PALM_SHARE = 50.0, 0.2
#: What a label's type takes of a small picture's height at most, and how large it is at least.
_LABEL_SHARE, _LEAST_LABEL_PX = 0.125, 11.0


class PictureView(QWidget):
    """Shows the frame of the newest estimate and draws over it what was found.

    Attributes:
        mirrored: show the picture as a mirror would; the arrows follow, the estimate does not change.
        outline_shown, landmarks_shown, arrows_shown: draw the hand's edge, its skeleton, its modes.
        recorded: what a replayed session says of the same frame; drawn hollow.
        message: what the view says while there is no hand.
        cover: what may lie over the view, and percentages keep off; None: nothing.
        hand_chosen: emitted with the id of the hand that was clicked on.
        painted: emitted with an estimate once it has been drawn for the first time.
    """

    hand_chosen = pyqtSignal(int)
    painted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self.outline_shown = self.landmarks_shown = self.arrows_shown = True
        self.recorded: tuple[RecordedHand, ...] = ()
        self.message = NO_SOURCE
        self.cover: QWidget | None = None
        self.setAccessibleName("Picture, with an arrow for each orientation that fits it")
        self._estimate: Estimate | None = None
        self._painted: Estimate | None = None
        self._percent: dict[tuple[int, int], str] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 84)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def show_estimate(self, estimate: Estimate) -> None:
        self._estimate = estimate
        self.update()

    def clear(self) -> None:
        """Keep the last picture until the next one is here."""

    def say(self, message: str) -> None:
        """What to say while there is no hand."""
        if message != self.message:
            self.message = message
            self.update()

    def show_numbers(self, estimate: Estimate) -> None:
        """Bring the percentages up to date; called less often than the rest, so that they can be read."""
        self._percent = {
            (hand.id, mode.track): f"{mode.weight:.0%}" for hand in estimate.hands for mode in hand.modes
        }
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._estimate is None:
            return
        area, here = self._picture_area(), event.position()
        for hand in self._estimate.hands:
            outline = _polygon(self._on_screen(hand.landmarks.points_px, area)).boundingRect()
            if outline.adjusted(-12, -12, 12, 12).contains(here):
                self.hand_chosen.emit(hand.id)
                return

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = self._picture_area()
        if self._estimate is not None:
            self._draw_frame(painter, area)
            painter.setClipRect(area)
            hands = self._estimate.hands
            traced = hands if self.outline_shown or len(hands) > 1 else ()
            outlines = {hand.id: self._outline_of(hand, area) for hand in traced}
            for hand in hands:
                if self.outline_shown:
                    self._draw_outline(painter, hand, outlines[hand.id])
                if self.landmarks_shown:
                    self._draw_landmarks(painter, hand, area)
            painter.setClipping(False)  # arrows and their labels may reach past an upright picture's sides
            if self.arrows_shown:
                for hand in reversed(hands):
                    self._draw_arrows(painter, hand, area)
                for then in self.recorded:
                    if then.today is None:
                        self._draw_lost(painter, then, area)
                self._draw_percentages(painter, area, outlines)
            if self.recorded:
                self._draw_legend(painter, area)
            if self.mirrored:
                self._draw_mirrored(painter)
        if self._estimate is None or not (self._estimate.hands or self.recorded):
            self._draw_message(painter, area)
        if self._painted is not self._estimate:
            self._painted = self._estimate
            self.painted.emit(self._estimate)

    def _picture_area(self) -> QRectF:
        """Where the frame goes: as large as it fits, in the middle."""
        if self._estimate is None:
            return QRectF(self.rect())
        height, width = self._estimate.frame.rgb.shape[:2]
        size = QSize(width, height).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, size.width(), size.height())

    def _draw_frame(self, painter: QPainter, area: QRectF) -> None:
        assert self._estimate is not None
        painter.save()
        if self.mirrored:
            painter.translate(area.left() + area.right(), 0)
            painter.scale(-1, 1)
        draw_scaled(painter, area, self._estimate.frame.rgb, self.devicePixelRatioF())
        painter.restore()

    def _on_screen(self, points_px: NDArray[np.float64], area: QRectF) -> NDArray[np.float64]:
        """Widget coordinates (N, 2) of points (N, 2) in the frame's pixels."""
        assert self._estimate is not None
        scale = area.width() / self._estimate.frame.rgb.shape[1]
        placed = np.asarray(points_px, float) * scale
        if self.mirrored:
            placed = np.column_stack([area.width() - placed[:, 0], placed[:, 1]])
        return placed + np.array([area.left(), area.top()])

    def _draw_landmarks(self, painter: QPainter, hand: HandEstimate, area: QRectF) -> None:
        points = self._on_screen(hand.landmarks.points_px, area)
        skeleton = QPainterPath()
        for start, end in BONES:
            skeleton.moveTo(QPointF(*points[start]))
            skeleton.lineTo(QPointF(*points[end]))
        painter.strokePath(skeleton, QPen(_BONES, 1.2 * theme.scale))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BONES)
        for point in points:
            painter.drawEllipse(QPointF(*point), 2.4 * theme.scale, 2.4 * theme.scale)

    def _draw_outline(self, painter: QPainter, hand: HandEstimate, outline: QPainterPath) -> None:
        assert self._estimate is not None
        hands = self._estimate.hands
        colour, width = QColor(_OUTLINE), 1.6
        if len(hands) > 1:
            colour = theme.hand_colour(hand.id, (other.id for other in hands))
            width = 3.0 if hand is hands[0] else 1.4
        painter.strokePath(outline, QPen(_SHADOW, (width + 2.4) * theme.scale))
        painter.strokePath(outline, QPen(colour, width * theme.scale))

    def _outline_of(self, hand: HandEstimate, area: QRectF) -> QPainterPath:
        outline = QPainterPath()
        for contour in hand.crop.outline_px():
            outline.addPolygon(_polygon(_smoothed(self._on_screen(contour, area))))
            outline.closeSubpath()
        return outline

    def _draw_arrows(self, painter: QPainter, hand: HandEstimate, area: QRectF) -> None:
        centre, length = self._arrows_of(hand, area)
        flip = self._flip()
        # The lightest first, so that the leading hypothesis lies on top.
        for mode in reversed(hand.modes):
            draw_arrow(
                painter,
                centre,
                mode.normal * flip,
                length,
                theme.mode_colour(mode.track),
                theme.strength(mode.weight),
            )
        for then in self.recorded:
            if then.today == hand.id:
                self._draw_hollow(painter, then, centre, length)

    def _arrows_of(self, hand: HandEstimate, area: QRectF) -> tuple[QPointF, float]:
        """Where a hand's arrows begin, and how long one is that lies in the picture's plane."""
        points = self._on_screen(hand.landmarks.points_px, area)
        return QPointF(*palm_centre(points)), _arrow_length(palm_size(points), area)

    def _draw_percentages(
        self, painter: QPainter, area: QRectF, outlines: Mapping[int, QPainterPath]
    ) -> None:
        """The modes' weights beyond their arrows' tips, over all hands' arrows, on no other hand."""
        assert self._estimate is not None
        taken = [self._covered(), self._mirrored_box() if self.mirrored else QRectF()]
        room = QRectF(self.rect())
        painter.setFont(_label_font(room))
        for hand in self._estimate.hands:
            centre, length = self._arrows_of(hand, area)
            others = [outline for id, outline in outlines.items() if id != hand.id]
            for mode in hand.modes:
                text = self._percent.get((hand.id, mode.track))
                if text is not None:
                    tip = tip_of(centre, mode.normal * self._flip(), length)
                    box = _label_box(tip, centre, text, taken, room, others)
                    taken.append(box)
                    _draw_label(painter, box, text, theme.mode_colour(mode.track))

    def _covered(self) -> QRectF:
        cover = self.cover
        if cover is None or not cover.isVisible():
            return QRectF()
        return QRectF(QRect(self.mapFromGlobal(cover.mapToGlobal(QPoint())), cover.size()))

    def _draw_lost(self, painter: QPainter, then: RecordedHand, area: QRectF) -> None:
        """A hand that was found when the session was recorded and is not found today."""
        left, top, width, height = then.box_px
        corners = self._on_screen(np.array([(left, top), (left + width, top + height)]), area)
        palm_px = 0.5 * float(np.abs(corners[1] - corners[0]).max())
        self._draw_hollow(painter, then, QPointF(*corners.mean(0)), _arrow_length(palm_px, area))

    def _draw_hollow(self, painter: QPainter, then: RecordedHand, centre: QPointF, length: float) -> None:
        for mode in then.modes:
            strength = theme.strength(mode.weight)
            draw_hollow_arrow(painter, centre, mode.normal * self._flip(), length, _RECORDED, strength)

    def _flip(self) -> NDArray[np.float64]:
        """What a normal (3,) is multiplied by to point as it is seen."""
        return np.array([-1.0 if self.mirrored else 1.0, 1.0, 1.0])

    def _draw_legend(self, painter: QPainter, area: QRectF) -> None:
        """What the hollow arrows are, in the lower left corner."""
        painter.setFont(theme.font(theme.SMALL_PX))
        words = QFontMetricsF(painter.font()).boundingRect("recorded")
        box = QRectF(0, 0, words.width() + 58, words.height() + 10)
        box.moveBottomLeft(QPointF(area.left() + 10, area.bottom() - 10))
        _darken(painter, box, 8)
        painter.setPen(QPen(_RECORDED, 1.8, Qt.PenStyle.DashLine))
        painter.drawLine(
            QPointF(box.left() + 10, box.center().y()), QPointF(box.left() + 36, box.center().y())
        )
        painter.drawText(box.adjusted(44, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "recorded")

    def _mirrored_box(self) -> QRectF:
        """The lower right corner, which a picture often leaves free."""
        words = QFontMetricsF(theme.font(theme.SMALL_PX)).boundingRect(MIRRORED)
        box = QRectF(0, 0, words.width() + 20, words.height() + 10)
        box.moveBottomRight(QPointF(self.width() - 10, self.height() - 10))
        return box

    def _draw_mirrored(self, painter: QPainter) -> None:
        """That left and right are exchanged, for the plots of angles never are."""
        box = self._mirrored_box()
        painter.setFont(theme.font(theme.SMALL_PX))
        _darken(painter, box, 8)
        painter.setPen(QColor(theme.QUIET))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, MIRRORED)

    def _draw_message(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(_label_font(area, bold=False))
        metrics = QFontMetricsF(painter.font())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        # A sentence may be wider than a low picture, where it would have no room for more lines.
        room = QRectF(
            0, 0, max(0.9 * area.width(), min(0.9 * self.width(), 4 * area.height())), area.height()
        )
        box = metrics.boundingRect(room, flags, self.message).adjusted(-22, -14, 22, 14)
        # Near the lower edge, where it does not cover the person.
        above = min(28.0, (area.height() - box.height()) / 2)
        middle = area.center().y() if self._estimate is None else area.bottom() - box.height() / 2 - above
        box.moveCenter(QPointF(area.center().x(), middle))
        if self._estimate is not None:
            _darken(painter, box, 12)
        painter.setPen(QColor(theme.TEXT if self._estimate is not None else theme.QUIET))
        painter.drawText(box, flags, self.message)


def _polygon(points: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


def _smoothed(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    """A closed contour without the staircase of the pixels it was traced along."""
    reach = 3
    if len(contour) < 4 * reach:
        return contour
    padded = np.concatenate([contour[-reach:], contour, contour[:reach]])
    total = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
    window = 2 * reach + 1
    return ((total[window:] - total[:-window]) / window)[::reach]


def _arrow_length(palm_px: float, area: QRectF) -> float:
    """How long an arrow is that lies in the plane of a picture, in this area: even a small hand has one."""
    return _ARROW_PALMS * max(palm_px, min(_LEAST_PALM_PX, _LEAST_PALM_SHARE * area.height()))


def _label_font(room: QRectF, bold: bool = True) -> QFont:
    """What is written over a picture is in this: the less room, the smaller, down to what can be read."""
    font = theme.font(theme.LABEL_PX, bold)
    font.setPixelSize(round(min(font.pixelSize(), max(_LABEL_SHARE * room.height(), _LEAST_LABEL_PX))))
    return font


def _label_box(
    tip: QPointF,
    centre: QPointF,
    text: str,
    taken: Sequence[QRectF],
    room: QRectF,
    others: Sequence[QPainterPath] = (),
) -> QRectF:
    """A place for a label beyond the arrow's tip, inside the room.

    It is clear of the labels before it, which have ``taken`` their places, and of ``others``' outlines: where
    there is no such place, rather on another hand than on another label.
    """
    font = _label_font(room)
    metrics, unit = QFontMetricsF(font), font.pixelSize() / theme.LABEL_PX
    wide = max(map(metrics.horizontalAdvance, ("88%", text)))
    box = QRectF(0, 0, wide + 18 * unit, metrics.height() + 6 * unit)
    away = np.array([tip.x() - centre.x(), tip.y() - centre.y()])
    distance = float(np.linalg.norm(away))
    away = away / distance if distance > 25 else np.array([0.0, -1.0])
    reach = 16 * unit + abs(away[0]) * box.width() / 2 + abs(away[1]) * box.height() / 2
    if distance <= 25:
        reach += 34 * unit  # clear of the disc that an arrow toward the viewer becomes
    # Beyond the tip, or where the picture ends there, to the side that has room.
    sideways = 26 * unit + abs(away[1]) * box.width() / 2 + abs(away[0]) * box.height() / 2
    best: tuple[tuple[bool, bool], QRectF] | None = None
    # Where that is taken too, further and further above or below.
    for rows in (0, 1, -1, 2, -2, 3, -3):
        for x, y in (away * reach, away[::-1] * (-sideways, sideways), away[::-1] * (sideways, -sideways)):
            box.moveCenter(QPointF(tip.x() + x, tip.y() + y + rows * (box.height() + 4)))
            _move_into(box, room)
            if box.adjusted(-12 * unit, -12 * unit, 12 * unit, 12 * unit).contains(tip):
                continue
            covers = any(map(box.intersects, taken)), any(other.intersects(box) for other in others)
            if not any(covers):
                return box
            if best is None or covers < best[0]:
                best = covers, QRectF(box)
    return box if best is None else best[1]


def _move_into(box: QRectF, room: QRectF) -> None:
    box.moveLeft(min(max(box.left(), room.left() + 4), room.right() - box.width() - 4))
    box.moveTop(min(max(box.top(), room.top() + 4), room.bottom() - box.height() - 4))


def _darken(painter: QPainter, box: QRectF, radius: float, opacity: int = 185) -> None:
    """A dark ground for words over a picture; its ``opacity`` is of 255."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(8, 10, 13, opacity))
    painter.drawRoundedRect(box, radius, radius)


def _draw_label(painter: QPainter, box: QRectF, text: str, colour: QColor) -> None:
    _darken(painter, box, box.height() / 3, 205)
    painter.setPen(colour.lighter(112))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
