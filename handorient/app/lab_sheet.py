"""The lab's sheet: the observed hand, the synthetic hand at each hypothesis, and what the networks answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from handorient.app import theme
from handorient.app.arrow import draw_arrow
from handorient.app.heat import COLOURS, shades
from handorient.app.image import image_copy
from handorient.app.lab_marks import BASELINE, draw_axes, draw_baseline, draw_goal, place, unit
from handorient.app.lab_room import (
    BETWEEN,
    GAP,
    angles_of,
    answer_px,
    arrangement,
    closer,
    column_px,
    divided,
    fitting,
    footers_px,
    inside,
    titles_px,
)
from handorient.app.text import line_height, smaller, write, write_row
from handorient.lab import (
    AGREE,
    ONLY_OBSERVED,
    ONLY_SYNTHETIC,
    Comparison,
    Hypothesis,
    Role,
    difference,
    role_of,
)
from handorient.mixture import Mode
from handorient.orientation import angle_between, arrow
from handorient.pipeline import TrackedMode

NO_BASELINES = "no baseline weights"
#: Of a density's cells, whose edges reach from -90 to 90 degrees.
_ANGLES = np.radians(np.arange(-88.5, 90, 3.0))


class LabSheet(QWidget):
    """Draws a comparison.

    Attributes:
        comparison: what is drawn, or None.
        message: what is said where there is none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.comparison: Comparison | None = None
        self.message = ""
        self._pictures: list[tuple[QImage, ...]] = []
        self._densities: dict[str, QImage] = {}
        self._modes: dict[str, tuple[Mode, ...]] = {}
        self._titles: dict[str, tuple[str, str]] = {}
        self._tracks: dict[Role, int] = {}
        self._baselines = False
        self.setMinimumSize(274, 190)

    def show_comparison(
        self, comparison: Comparison | None, message: str = "", tracked: Sequence[TrackedMode] = ()
    ) -> None:
        """Draw this comparison, or say why there is none; ``tracked`` is what other views show of it."""
        self.comparison, self.message = comparison, message
        self._pictures, self._densities, self._modes, self._titles = [], {}, {}, {}
        if comparison is not None:
            observed = comparison.observation.crop
            self._pictures = [(image_copy(observed.rgb), image_copy(_outline(observed.mask)))]
            for one in comparison.hypotheses:
                against = difference(observed.mask, one.mask)
                self._pictures.append(
                    (image_copy(one.picture), image_copy(_outline(one.mask)), image_copy(against))
                )
            self._densities = {
                name: _shaded(answer.grid(_ANGLES, _ANGLES)) for name, answer in comparison.answers.items()
            }
            # Worked out here: painting is more often.
            self._modes = {name: answer.modes() for name, answer in comparison.answers.items()}
            outline = next(iter(self._densities.values()))
            for name, baseline in comparison.baselines.items():
                # A point has no density: it is seen on that of the mixture for the same outline.
                self._densities[name] = outline if baseline.heat is None else _shaded(baseline.heat)
            self._titles = {
                name: _title(name, comparison, self._modes.get(name, ())) for name in self._densities
            }
            self._tracks = _tracks(comparison, tracked)
        self.update()

    def show_baselines(self, baselines: bool) -> None:
        """Whether to show what the baselines answer in the place of the networks of mixtures."""
        self._baselines = baselines
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        room = inside(QRectF(self.rect()))
        if self.comparison is None:
            painter.setFont(theme.font(theme.LABEL_PX))
            painter.setPen(QColor(theme.QUIET))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        columns, answers = divided(room)
        shown = fitting(columns.width(), self.comparison.hypotheses)
        self._draw_headline(painter, room, self.comparison, shown)
        self._draw_columns(painter, columns, self.comparison, shown)
        if answers is not None:
            self._draw_answers(painter, answers, self.comparison)

    def _draw_headline(
        self, painter: QPainter, room: QRectF, comparison: Comparison, hypotheses: Sequence[Hypothesis]
    ) -> None:
        """How well the outlines fit, of the hypotheses that are shown."""
        lead, *others = hypotheses
        known = comparison.observation.truth is not None
        name, whose = ("truth", "the") if known else ("leading hypothesis", "its")
        short = _name(lead, comparison)
        opposite = max((one for one in others if one.role != "further"), key=lambda one: one.iou)
        other = f"{opposite.orientation.facing} at {whose}" if opposite.role == "other side" else whose
        brief = _brief(_name(opposite, comparison))
        text = f"Outline overlap: {name} {lead.iou:.0%}, {other} opposite {opposite.iou:.0%}"
        line = QRectF(room.left(), room.top(), room.width(), line_height(theme.LABEL_PX))
        wordings = (
            (text,),
            (f"Overlap: {short} {lead.iou:.0%}, {brief} {opposite.iou:.0%}",),
            (f"{short} {lead.iou:.0%}, {brief} {opposite.iou:.0%}",),
        )
        write_row(painter, [line], wordings, theme.font(theme.LABEL_PX, bold=True), [theme.TEXT])

    def _draw_columns(
        self, painter: QPainter, room: QRectF, comparison: Comparison, hypotheses: Sequence[Hypothesis]
    ) -> None:
        count = 1 + len(hypotheses)
        small, large = line_height(theme.SMALL_PX), line_height(theme.LABEL_PX)
        titles, wide = titles_px(), column_px(room.width(), count)
        shown, beside, side = arrangement(wide, room.height() - titles - footers_px())
        step = side + BETWEEN
        columns = [QRectF(room.left() + k * (wide + GAP), room.top(), wide, small) for k in range(count)]
        drawn = dict(zip((None, *comparison.hypotheses), self._pictures, strict=True))
        for column, one in zip(columns, (None, *hypotheses), strict=True):
            pictures = drawn[one]
            if one is not None and shown < len(pictures):
                pictures = (pictures[0], pictures[-1])
            for index, picture in enumerate(pictures):
                down, right = divmod(index, beside)
                left, top = column.left() + right * step, column.top() + titles + down * step
                square = QRectF(left, top, side, side)
                _draw_rounded(painter, square, picture)
                if picture is pictures[0]:
                    self._draw_normals(painter, square, comparison, one)
        self._draw_titles(painter, columns, comparison, hypotheses)
        bottom = room.top() + titles + -(-shown // beside) * step
        self._draw_footers(
            painter, [column.translated(0, bottom - room.top()) for column in columns], comparison, hypotheses
        )
        self._draw_key(painter, QRectF(room.left(), bottom + large + small, room.width(), small))

    def _draw_normals(
        self, painter: QPainter, square: QRectF, comparison: Comparison, one: Hypothesis | None
    ) -> None:
        """A hypothesis's normal, and on the observed hand the MSE network's, between two hypotheses'."""
        if one is not None:
            colour = theme.mode_colour(self._tracks[one.role])
            _draw_normal(painter, square, one.mask, one.orientation.normal, colour)
        elif self._baselines and (answer := comparison.baselines.get("MSE")) is not None:
            mask = comparison.observation.crop.mask
            for either in comparison.hypotheses[:2]:
                colour = theme.mode_colour(self._tracks[either.role])
                _draw_normal(painter, square, mask, either.orientation.normal, colour)
            normal = arrow(answer.azimuth_rad, answer.elevation_rad)
            _draw_normal(painter, square, mask, normal, BASELINE)

    def _draw_titles(
        self, painter: QPainter, rooms: list[QRectF], comparison: Comparison, hypotheses: Sequence[Hypothesis]
    ) -> None:
        """What each column shows: the observed hand, then the hypotheses with their angles."""
        names = ["observed", *(_name(one, comparison) for one in hypotheses)]
        shorter = [_brief(name) for name in names]
        colours = [QColor(theme.TEXT), *(theme.mode_colour(self._tracks[one.role]) for one in hypotheses)]
        write_row(painter, rooms, [names, shorter], theme.font(theme.SMALL_PX, bold=True), colours)
        wide = [angles_of(one.orientation) for one in hypotheses]
        below = [room.translated(0, room.height()) for room in rooms[1:]]
        narrow = [closer(text) for text in wide]
        nothing = [""] * len(wide)
        font, quiet = theme.font(theme.SMALL_PX), [theme.QUIET] * len(wide)
        write_row(painter, below, [wide, narrow, nothing], font, quiet)

    def _draw_footers(
        self, painter: QPainter, rooms: list[QRectF], comparison: Comparison, hypotheses: Sequence[Hypothesis]
    ) -> None:
        """How well each hypothesis's outline fits, and what share the outline's network gives it."""
        whose = next(iter(comparison.answers))
        large, small = line_height(theme.LABEL_PX), line_height(theme.SMALL_PX)
        above = [QRectF(room.left(), room.top(), room.width(), large) for room in rooms[1:]]
        below = [QRectF(room.left(), room.bottom(), room.width(), small) for room in above]
        overlaps = [f"{one.iou:.0%}" for one in hypotheses]
        font, colours = theme.font(theme.LABEL_PX, bold=True), [theme.TEXT] * len(above)
        write_row(painter, above, [[f"IoU {text}" for text in overlaps], overlaps], font, colours)
        shares = ["" if one.weight is None else f"{whose} {one.weight:.0%}" for one in hypotheses]
        nothing = [""] * len(shares)
        font, colours = theme.font(theme.SMALL_PX), [theme.QUIET] * len(below)
        write_row(painter, below, [shares, nothing], font, colours)

    def _draw_key(self, painter: QPainter, room: QRectF) -> None:
        """What the colours of the difference pictures mean."""
        entries = {"both": AGREE, "observed": ONLY_OBSERVED, "synthetic": ONLY_SYNTHETIC}
        font, mark = theme.font(theme.SMALL_PX), 0.55 * room.height()
        wide = QFontMetricsF(font).horizontalAdvance("".join(entries))
        if (share := (room.width() - 3 * mark * len(entries)) / wide) < 1:
            font = smaller(font, share)
        left = room.left()
        for text, colour in entries.items():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*colour))
            painter.drawRoundedRect(QRectF(left, room.center().y() - mark / 2, mark, mark), 3, 3)
            word = QRectF(
                left + 1.5 * mark, room.top(), QFontMetricsF(font).horizontalAdvance(text), room.height()
            )
            write(painter, word, text, font, theme.QUIET)
            left = word.right() + 1.5 * mark

    def _draw_answers(self, painter: QPainter, room: QRectF, comparison: Comparison) -> None:
        """Each network's density, under what the network sees, or under its baseline's name."""
        line = line_height(theme.SMALL_PX)
        names = list(comparison.baselines if self._baselines else comparison.answers)
        count = max(len(names), 2)
        side = min(room.width(), (room.height() - count * answer_px() - (count - 1) * GAP) / count)
        top = room.top()
        for name in names:
            title, (who, missed) = QRectF(room.left(), top, room.width(), line), self._titles[name]
            write(painter, title, who, theme.font(theme.SMALL_PX, bold=True), theme.TEXT)
            write(painter, title.translated(0, line), missed, theme.font(theme.SMALL_PX), theme.QUIET)
            square = QRectF(room.left(), top + answer_px(), side, side)
            _draw_rounded(painter, square, self._densities[name])
            painter.save()
            painter.setClipRect(square)
            draw_axes(painter, square)
            if self._baselines:
                draw_baseline(painter, square, comparison.baselines[name])
            else:
                self._draw_modes(painter, square, comparison, self._modes[name])
            draw_goal(painter, square, comparison)
            painter.restore()
            top = square.bottom() + GAP
        if not names:
            write(painter, room, NO_BASELINES, theme.font(theme.SMALL_PX), theme.QUIET)

    def _draw_modes(
        self, painter: QPainter, square: QRectF, comparison: Comparison, modes: tuple[Mode, ...]
    ) -> None:
        """The network's modes in the hypotheses' colours."""
        lead, mirror = (one.orientation for one in comparison.hypotheses[:2])
        for mode in modes:
            painter.setPen(QPen(QColor(theme.BACKGROUND), 1.5))
            painter.setBrush(theme.mode_colour(self._tracks[role_of(mode, lead, mirror)]))
            radius = (3 + 3.5 * theme.strength(mode.weight)) * unit(square)
            painter.drawEllipse(place(square, float(mode.mean[0]), float(mode.mean[1])), radius, radius)


def _tracks(comparison: Comparison, tracked: Sequence[TrackedMode]) -> dict[Role, int]:
    """The track of each role, which chooses its colour: that of the mode which other views show there.

    Opposite angles have one arrow, and so one colour, on either side of the hand.
    """
    gaps = []
    for one in comparison.hypotheses:
        if one.role != "other side":
            for mode in tracked:
                shown = arrow(mode.azimuth_rad, mode.elevation_rad)
                gaps.append((float(angle_between(one.orientation.normal, shown)), one.role, mode.track))
    tracks: dict[Role, int] = {}
    for _, role, track in sorted(gaps):
        if role not in tracks and track not in tracks.values():
            tracks[role] = track
    others = (track for track in count() if track not in {mode.track for mode in tracked})
    every: tuple[Role, ...] = ("lead", "mirror", "further")
    tracks |= {role: next(others) for role in every if role not in tracks}
    tracks["other side"] = tracks["mirror"]
    return tracks


def _draw_normal(
    painter: QPainter, square: QRectF, mask: NDArray[np.uint8], normal: NDArray[np.float64], colour: QColor
) -> None:
    """A palm's normal (3,), from the palm's centre in a picture that shows the hand of this mask."""
    rows, columns = np.nonzero(mask >= 128)
    if not len(rows):
        return
    size = len(mask)
    centre = QPointF(
        square.left() + columns.mean() / size * square.width(),
        square.top() + (0.35 * rows.mean() + 0.65 * np.quantile(rows, 0.72)) / size * square.height(),
    )
    painter.save()
    painter.setClipRect(square)
    draw_arrow(painter, centre, normal, 0.42 * square.width(), colour, 1.0)
    painter.restore()


def _draw_rounded(painter: QPainter, square: QRectF, image: QImage) -> None:
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(square, 7, 7)
    painter.setClipPath(path)
    painter.drawImage(square, image)
    painter.restore()


def _name(one: Hypothesis, comparison: Comparison) -> str:
    if one.role == "lead":
        return "truth" if comparison.observation.truth is not None else "leading"
    if one.role == "mirror":
        return "opposite"
    return "third" if one.role == "further" else f"opposite, {one.orientation.facing}"


def _brief(name: str) -> str:
    """A hypothesis's name where there is little room: of an opposite of the other side, that side."""
    return name.rpartition(", ")[-1]


def _title(name: str, comparison: Comparison, modes: tuple[Mode, ...]) -> tuple[str, str]:
    """A network's or a baseline's name, and how far it is from the truth, or from the leading hypothesis."""
    miss_rad = comparison.miss_rad(name)
    if miss_rad is None:
        return name, ""
    # Nobody is known to be off where there is no truth.
    missed = f"{np.degrees(miss_rad):.0f}° {'away' if comparison.observation.truth is None else 'off'}"
    return name, f"best of {len(modes)}: {missed}" if len(modes) > 1 else missed


def _outline(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The silhouette (S, S, 3) as the network sees it, softened to the view's own black and white."""
    share = mask[..., None] / 255.0
    return (np.array([22, 26, 32]) * (1 - share) + np.array([226, 230, 236]) * share).astype(np.uint8)


def _shaded(density: NDArray[np.floating]) -> QImage:
    """A density (A, E) as a picture, azimuth to the right and elevation up."""
    density = density.T[::-1]
    return image_copy(COLOURS[shades(density, density.max())])
