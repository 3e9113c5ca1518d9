"""How the lab's sheet divides its room: columns for the hands, and the densities at their right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QFontMetricsF

from handorient.app import theme
from handorient.app.text import degrees, line_height, smaller
from handorient.lab import Hypothesis, Orientation

GAP = 12
_MARGIN = 14
#: How many of a hypothesis's pictures are shown, and in how many columns. Of two pictures the synthetic
#: outline is left out, which the differences show as well.
_ARRANGEMENTS = ((3, 1), (3, 2), (3, 3), (2, 1), (2, 2))
BETWEEN = 6
#: How many hypotheses most hands have: the truth, its opposite, and that on the other side of the hand.
_HYPOTHESES = 3
_WIDEST = Orientation(-1.0, -1.0, "palm")


def inside(sheet: QRectF) -> QRectF:
    """A sheet without its margins."""
    return sheet.adjusted(_MARGIN, 2, -_MARGIN, -4)


def divided(room: QRectF) -> tuple[QRectF, QRectF | None]:
    """The columns' room under the headline, and the densities', where the columns' words leave them any."""
    side = min(max(0.2 * room.width(), 110.0 * theme.scale), 250.0 * theme.scale)
    below = room.adjusted(0, line_height(theme.LABEL_PX) + 8, 0, 0)
    columns = below.adjusted(0, 0, -side - 2 * GAP, 0)
    if column_px(columns.width(), 3) < _narrowest_px():  # the hand and two hypotheses
        return below, None
    return columns, QRectF(room.right() - side, below.top(), side, below.height())


def column_px(width: float, count: int) -> float:
    """How wide each of so many columns is."""
    return (width + GAP) / count - GAP


def titles_px() -> float:
    """The height of what is written over a column's pictures."""
    return 2 * line_height(theme.SMALL_PX) + 4


def footers_px() -> float:
    """The height of what is written under a column's pictures."""
    return line_height(theme.LABEL_PX) + 2 * line_height(theme.SMALL_PX)


def answer_px() -> float:
    """The height of what is written over a density."""
    return 2 * line_height(theme.SMALL_PX) + 6


def filled_px(wide_px: int, most_px: int) -> int:
    """How much of this height a sheet of this width can fill, with the hypotheses that most hands have."""
    room = inside(QRectF(0, 0, wide_px, most_px))
    columns, answers = divided(room)
    wide = column_px(columns.width(), 1 + _HYPOTHESES)
    if wide < _narrowest_px():
        wide = column_px(columns.width(), _HYPOTHESES)
    written = titles_px() + footers_px()
    shown, beside, side = arrangement(wide, columns.height() - written)
    high = written + -(-shown // beside) * (side + BETWEEN)
    if answers is not None:
        high = max(high, 2 * (answer_px() + answers.width()) + GAP)
    return min(math.ceil(most_px - columns.height() + high), most_px)


def arrangement(wide: float, high: float) -> tuple[int, int, float]:
    """How many pictures of a hypothesis fit best, in how many columns, and how large they are then.

    They are as large as they can be; where more of them are as large as fewer, more are shown.
    """

    def side(shown: int, beside: int) -> float:
        rows = -(-shown // beside)
        return min((wide + BETWEEN) / beside, high / rows) - BETWEEN

    largest = max(_ARRANGEMENTS, key=lambda one: (round(side(*one)), one[0]))
    return *largest, max(side(*largest), 24.0)


def _narrowest_px() -> float:
    """The width that a column's words take, in the smallest type."""
    fonts = theme.font(theme.SMALL_PX, bold=True), theme.font(theme.SMALL_PX)
    words = "observed", closer(angles_of(_WIDEST))
    return max(
        QFontMetricsF(smaller(font, 0.0)).horizontalAdvance(text)
        for font, text in zip(fonts, words, strict=True)
    )


def fitting(width: float, hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Those that are drawn beside the observed hand: rather fewer than cut words, and those that fit best."""
    if column_px(width, 1 + len(hypotheses)) >= _narrowest_px():
        return hypotheses
    # The leading one and an opposite stay in any case.
    left_out = min(hypotheses[1:], key=lambda one: (one.role != "further", one.iou))
    return [one for one in hypotheses if one is not left_out]


def angles_of(orientation: Orientation) -> str:
    """Azimuth and elevation as they are written."""
    return " / ".join(map(degrees, np.degrees((orientation.azimuth_rad, orientation.elevation_rad))))


def closer(angles: str) -> str:
    """The same where there is little room."""
    return angles.replace(" ", "")
