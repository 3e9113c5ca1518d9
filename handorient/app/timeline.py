"""The timeline: where the density and its modes were over time, and how far apart the answers lay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from handorient.app import theme
from handorient.app.heat import COLOURS
from handorient.app.history import ROWS, Column, Told, told
from handorient.app.text import clock, degrees, with_minus
from handorient.pipeline import Estimate

#: How far a live source's timeline looks back.
WINDOW_S = 20.0
#: What it takes to be a break rather than a slow estimate: so long, and so many pictures' time.
_BREAK_S, _BREAK_PICTURES = 0.5, 1.5
#: Into how many equal parts the time that is shown is divided; of each the newest column is kept.
_PARTS = 2000
#: How long a size must last until everything is drawn anew for it.
_SETTLED_MS = 150
_HALF_RAD = np.pi / 2
_FURTHEST_DEG = 180.0
_GUTTER_PX, _EDGE_PX, _GAP_PX, _FOOT_PX = 96, 44, 5, 22
#: How wide a cut is between two hands.
_CUT_PX = 4
#: The strips' shares of the height, their names, and the degrees at their lower and upper edge.
_STRIPS = (
    (0.36, "azimuth", -90, 90),
    (0.36, "elevation", -90, 90),
    (0.28, "separation", 0, round(_FURTHEST_DEG)),
)
_GROUND = QColor("#000004")  # where the density's colours begin


class TimelineView(QWidget):
    """The last moments of a live source, scrolling, or a whole file with a playhead.

    An estimate paints only its own column; the rest is moved as a picture. Shown is what is known of the hand
    that leads now, and where that was not there, of the one that led then. Between two hands the strips are
    cut, for that is no change over time. They go on all the same: neither a key nor a detector that loses a
    hand for one picture must cost the history of a whole file.

    Attributes:
        duration_s: how long the file is, or None for a source without an end.
        columns: what the estimates added, by the part of the time that they are in, the newest last.
        jumped: emitted with the time in seconds that was clicked at; only where there is a duration.
    """

    jumped = pyqtSignal(float)

    def __init__(self) -> None:
        super().__init__()
        self.duration_s: float | None = None
        self.columns: dict[int, Column] = {}
        self._picture_s = 0.0  # what a picture lasts
        self._stills = False
        self._forget()
        red, green, blue = COLOURS.astype(np.uint32).T
        self._table = 0xFF000000 | red << 16 | green << 8 | blue
        self._canvas = QImage()
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self._redraw)
        self.setMinimumSize(240, 110)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- what comes in ---------------------------------------------------------------------------------

    def begin(self, duration_s: float | None, frame_rate: float, stills: bool = False) -> None:
        """Another source: forget what was, and span ``duration_s`` or, for None, the last moments.

        A picture lasts 1 / ``frame_rate``; ``stills`` are counted, for time says little of them.
        """
        self.duration_s, self._picture_s, self._stills = duration_s, 1 / frame_rate, stills
        self.setCursor(
            Qt.CursorShape.ArrowCursor if duration_s is None else Qt.CursorShape.PointingHandCursor
        )
        self.clear()

    def span(self, duration_s: float | None) -> None:
        """Go on with the same source, of which another duration is known now."""
        if duration_s == self.duration_s:
            return
        self.duration_s = duration_s
        columns, self.columns = self.columns, {}
        for column in columns.values():
            self._keep(column)
        self._redraw()

    def clear(self) -> None:
        self._forget()
        self._redraw()

    def _forget(self) -> None:
        self.columns.clear()
        # The newest picture's time, and from when to when its column reaches.
        self._newest_s = self._started_s = self._ended_s = -np.inf
        self._hand: int | None = None

    def show_estimate(self, estimate: Estimate) -> None:
        """Add a column; cheap, and done while hidden too, so that nothing is missing afterwards."""
        frame = estimate.frame
        now_s = frame.captured_s if self.duration_s is None else frame.time_s
        last_s, self._newest_s = self._newest_s, now_s
        ended_s = self._ended_s
        if now_s != last_s:  # another answer to the same picture takes the first one's place
            # A file's picture stands until the next one; what comes after a live source's is not known yet.
            back_s, ahead_s = (self._picture_s, 0.0) if self.duration_s is None else (0.0, self._picture_s)
            broken = not 0 < now_s - last_s < max(_BREAK_S, _BREAK_PICTURES * self._picture_s)
            self._started_s = now_s - back_s if broken else ended_s
            self._ended_s = now_s + ahead_s
        led, hands = self._hand, {hand.id: told(hand) for hand in estimate.hands}
        self._hand = next(iter(hands), led)
        other = self._hand != led and any(len(column.hands) > 1 for column in self.columns.values())
        added = [Column(self._started_s, self._ended_s, hands)]
        if self.duration_s is None and self.columns and self._started_s > ended_s:
            # Nothing is known of a pause; on the ring it must cover what was there a turn ago.
            start_s = max(ended_s, self._started_s - WINDOW_S)
            added.insert(0, Column(start_s, self._started_s, {}))
        added = [self._keep(column) for column in added]
        if other:  # another hand may stand for what was there
            self._canvas = QImage()
            self.update()
        elif self.isVisible() and not self._canvas.isNull():
            painter = QPainter(self._canvas)
            for column in added:
                self._draw_column(painter, column)
            painter.end()
            self.update()
        else:
            self._canvas = QImage()  # drawn anew when it is next seen

    @property
    def _span_s(self) -> float:
        """How much time the strips show."""
        return WINDOW_S if self.duration_s is None else self.duration_s

    def _keep(self, column: Column) -> Column:
        """The column, which now stands for all of the part that it begins in, where it is the only one."""
        part_s = self._span_s / _PARTS
        part = int(column.start_s // part_s)
        start_s, end_s = part * part_s, (part + 1) * part_s
        column = replace(column, start_s=min(start_s, column.start_s), end_s=max(end_s, column.end_s))
        self.columns.pop(part, None)  # the newest is the last, and drawn over the others
        self.columns[part] = column
        if self.duration_s is None:
            while self.columns[first := next(iter(self.columns))].end_s < self._newest_s - WINDOW_S:
                del self.columns[first]
        return column

    def _shown(self, column: Column) -> int | None:
        """The hand of a column that is drawn; None: there is none."""
        return self._hand if self._hand in column.hands else next(iter(column.hands), None)

    def _told(self, column: Column) -> Told | None:
        return None if (shown := self._shown(column)) is None else column.hands[shown]

    def _cuts_s(self) -> Iterator[float]:
        """Where one hand follows another; a jump to another place in a file is no such moment."""
        last = before = None
        for column in self.columns.values():
            shown = self._shown(column)
            handed_over = None not in (last, shown) and last != shown
            if handed_over and before is not None and before.start_s < column.start_s <= before.end_s:
                yield column.start_s
            last, before = last if shown is None else shown, column

    # -- the canvas: one picture of all strips, a ring where the source has no end -----------------------

    def _redraw(self) -> None:
        """Draw the canvas anew, at its present size."""
        size = self._canvas_size()
        if size.isEmpty():
            self._canvas = QImage()
            return
        self._canvas = QImage(size, QImage.Format.Format_RGB32)
        self._canvas.setDevicePixelRatio(self.devicePixelRatioF())
        self._canvas.fill(QColor(theme.PANEL))
        painter = QPainter(self._canvas)
        for strip in self._strips():
            painter.fillRect(strip, _GROUND)
        for column in self.columns.values():
            self._draw_column(painter, column)
        painter.end()
        self.update()

    def _fit(self) -> None:
        """Stretch the canvas to another size: drawn anew at each step, it would hold a resize up."""
        size = self._canvas_size()
        if self._canvas.isNull() or size.isEmpty() or not self.isVisible():
            self._canvas = QImage()  # drawn anew when it is next seen
            return
        self._canvas = self._canvas.scaled(size)
        self._canvas.setDevicePixelRatio(self.devicePixelRatioF())
        self._settled.start(_SETTLED_MS)

    def _canvas_size(self) -> QSize:
        """The canvas's size in the screen's pixels."""
        return (self._room().size() * self.devicePixelRatioF()).toSize()

    def _room(self) -> QRectF:
        """Where the strips are in the widget."""
        left, edge, foot = map(theme.px, (_GUTTER_PX, _EDGE_PX, _FOOT_PX))
        return QRectF(left, 4, self.width() - left - edge, self.height() - 4 - foot)

    def _strips(self) -> list[QRectF]:
        """The strips within the canvas."""
        room, top, strips = self._room(), 0.0, []
        for share, *_ in _STRIPS:
            height = share * (room.height() - _GAP_PX * (len(_STRIPS) - 1))
            strips.append(QRectF(0, top, room.width(), height))
            top += height + _GAP_PX
        return strips

    def _place(self, time_s: float) -> str:
        """Where in the source a time is: its clock, or which picture it is, which at the end is the last."""
        if not self._stills:
            return clock(time_s)
        number, count = ((s + 1e-6) / self._picture_s for s in (time_s, self._span_s))
        return str(min(int(number) + 1, int(count)))

    def _x(self, time_s: float) -> float:
        """Where a time is on the canvas; on a ring it may lie beyond its end."""
        return time_s / self._span_s * self._room().width()

    def _draw_column(self, painter: QPainter, column: Column) -> None:
        width = self._room().width()
        # Whole pixels, or the seams between columns would show.
        left, right = round(self._x(column.start_s)), round(self._x(column.end_s))
        across = max(1, right - left)
        if self.duration_s is None:
            left = left % max(1, round(width))
            self._draw_at(painter, column, left - round(width), across)  # what hangs over the ring's end
        self._draw_at(painter, column, left, across)

    def _draw_at(self, painter: QPainter, column: Column, left: int, across: int) -> None:
        if left + across <= 0 or left >= self._room().width():
            return
        (*densities, apart), here = self._strips(), self._told(column)
        for k, strip in enumerate(densities):
            place = QRectF(left, strip.top(), across, strip.height())
            painter.setClipRect(place)
            if here is None:
                painter.fillRect(place, _GROUND)
                continue
            colours = self._table[here.shades[k]].astype(np.uint32)
            image = QImage(colours.tobytes(), 1, ROWS, 4, QImage.Format.Format_RGB32)
            painter.drawImage(place, image)
            for track, strength, *angles in reversed(here.modes):
                middle = strip.center().y() - angles[k] / _HALF_RAD * strip.height() / 2
                painter.fillRect(QRectF(left, middle - 2.5, across, 5), QColor(0, 0, 4, 200))
                painter.setOpacity(0.3 + 0.7 * strength)
                painter.fillRect(QRectF(left, middle - 1.5, across, 3), theme.mode_colour(track))
                painter.setOpacity(1.0)
        painter.setClipping(False)
        painter.fillRect(QRectF(left, apart.top(), across, apart.height()), _GROUND)
        if here is None:
            return
        high = min(1.0, here.apart_deg / _FURTHEST_DEG) * apart.height()
        painter.fillRect(QRectF(left, apart.bottom() - high, across, high), QColor(theme.ACCENT))

    # -- Qt's own events -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        if self._canvas.isNull():
            self._redraw()
        if self._canvas.isNull():
            return
        room = self._room()
        newest_s = max(self._newest_s, 0.0)
        if self.duration_s is None:
            split = round(self._x(newest_s)) % max(1, round(room.width()))
            painter.setClipRect(room)
            painter.drawImage(QPointF(room.left() - split, room.top()), self._canvas)
            painter.drawImage(QPointF(room.left() - split + round(room.width()), room.top()), self._canvas)
            painter.setClipping(False)
            self._draw_cuts(painter, room.left() + round(room.width()) - round(self._x(newest_s)))
        else:
            painter.drawImage(room.topLeft(), self._canvas)
            self._draw_cuts(painter, room.left())
            self._draw_playhead(painter, room.left() + self._x(newest_s))
        self._draw_scales(painter)

    def _draw_cuts(self, painter: QPainter, zero_x: float) -> None:
        """Gaps between one hand and another, where the time 0 is at ``zero_x``."""
        room, wide = self._room(), theme.px(_CUT_PX)
        for time_s in self._cuts_s():
            x = zero_x + round(self._x(time_s))
            painter.fillRect(QRectF(x - wide / 2, room.top(), wide, room.height()), QColor(theme.PANEL))

    def _draw_playhead(self, painter: QPainter, x: float) -> None:
        room = self._room()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.TEXT), 1.6 * theme.scale))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom() + 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.TEXT))
        tip, wide, high = room.bottom(), theme.px(6), theme.px(8)
        corners = QPointF(x, tip), QPointF(x - wide, tip + high), QPointF(x + wide, tip + high)
        painter.drawPolygon(QPolygonF(corners))

    def _draw_scales(self, painter: QPainter) -> None:
        room = self._room()
        gutter = theme.px(_GUTTER_PX)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        small = theme.font(theme.SMALL_PX)
        edge = theme.px(_EDGE_PX)
        for strip, (_, name, low, high) in zip(self._strips(), _STRIPS, strict=True):
            place = strip.translated(0, room.top())
            painter.setFont(theme.font(theme.BODY_PX))
            painter.setPen(QColor(theme.QUIET))
            painter.drawText(QRectF(0, place.top(), gutter - 10, place.height()), right, name)
            if place.height() >= 2 * theme.px(theme.SMALL_PX):  # room for both ends
                painter.setFont(small)
                painter.setPen(QColor(theme.FAINT))
                beside = QRectF(room.right() + 6, place.top() - 3, edge - 6, place.height() + 6)
                painter.drawText(beside, Qt.AlignmentFlag.AlignTop, f"{high}°")
                painter.drawText(beside, Qt.AlignmentFlag.AlignBottom, with_minus(f"{low}°"))
            painter.setPen(QColor(255, 255, 255, 45))  # 0 degrees, and of the separation 90
            y = place.center().y()
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        if self.duration_s is None:
            start, end = f"{WINDOW_S:.0f} s ago", "now"
        else:
            start, end = self._place(0.0), self._place(self.duration_s)
        painter.setFont(small)
        painter.setPen(QColor(theme.FAINT))
        foot = QRectF(room.left(), room.bottom(), room.width(), self.height() - room.bottom())
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, start)
        painter.drawText(foot, right, end)

    def changeEvent(self, event: QEvent | None) -> None:
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._fit()  # text of another size leaves other room

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self._fit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self._jump(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._jump(event)
        QToolTip.showText(event.globalPosition().toPoint(), self.told_at(event.position()), self)

    def told_at(self, place: QPointF) -> str:
        """The time at a place in the view, and the angle there or how far apart the answers were; or ""."""
        room = self._room()
        if not room.contains(place):
            return ""
        share = (place.x() - room.left()) / room.width()
        if self.duration_s is None:
            back_s = (1 - share) * WINDOW_S
            time_s, when = self._newest_s - back_s, f"{back_s:.0f} s ago"
        else:
            time_s = share * self.duration_s
            when = self._place(time_s)
        *densities, apart = self._strips()
        y = place.y() - room.top()
        for strip, (_, name, low, high) in zip(densities, _STRIPS, strict=False):
            if strip.top() <= y <= strip.bottom():
                return f"{when}: {name} {degrees(high + (y - strip.top()) / strip.height() * (low - high))}"
        on_top = (c for c in reversed(self.columns.values()) if c.start_s <= time_s < c.end_s)
        column = next(on_top, None) if y >= apart.top() else None
        if column is None or (here := self._told(column)) is None:
            return when
        return f"{when}: {'1 hypothesis' if len(here.modes) == 1 else f'{round(here.apart_deg)}° apart'}"

    def _jump(self, event: QMouseEvent | None) -> None:
        if event is None or self.duration_s is None:
            return
        room = self._room()
        share = (event.position().x() - room.left()) / max(1.0, room.width())
        self.jumped.emit(min(1.0, max(0.0, share)) * self.duration_s)
