"""How text is written: lines that fit where they are drawn, names on buttons, and times."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from handorient.app import theme

#: Text is made no smaller than this share of its size to make it fit.
LEAST_SHARE = 0.7


def line_height(size_px: int) -> float:
    """The height of a line of text of one of the theme's sizes."""
    return QFontMetricsF(theme.font(size_px)).height() + 2


def write(
    painter: QPainter,
    room: QRectF,
    text: str,
    font: QFont,
    colour: str | QColor,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
) -> None:
    """One line of text, smaller where it does not fit, and cut short where that is not enough."""
    share = room.width() / max(QFontMetricsF(font).horizontalAdvance(text), 1.0)
    if share < 1:
        font = smaller(font, share)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    fits = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, alignment, fits)


def write_row(
    painter: QPainter,
    rooms: Sequence[QRectF],
    wordings: Sequence[Sequence[str]],
    font: QFont,
    colours: Sequence[str | QColor],
) -> None:
    """Lines beside each other, of one size and in the first of the wordings, a text for each room, that fits.

    Where none does, not even in smaller type, the last is cut short.
    """
    for texts in wordings:
        wide = max(map(QFontMetricsF(font).horizontalAdvance, texts))
        share = min(room.width() for room in rooms) / max(wide, 1.0)
        if share >= LEAST_SHARE:
            break
    if share < 1:
        font = smaller(font, share)
    for room, text, colour in zip(rooms, texts, colours, strict=True):
        write(painter, room, text, font, colour)


def smaller(font: QFont, share: float) -> QFont:
    """The font at this share of its size, or at the least that can be read."""
    smaller = QFont(font)
    smaller.setPixelSize(math.floor(font.pixelSize() * max(share, LEAST_SHARE)))
    return smaller


def without_mnemonics(text: str) -> str:
    """The text of a button or menu that shows every & in ``text``, where Qt would underline what follows."""
    return text.replace("&", "&&")


def with_minus(number: str) -> str:
    """A number as it is printed, with a minus where a keyboard has a hyphen."""
    return number.replace("-", "−")


def degrees(angle_deg: float) -> str:
    """An angle in whole degrees with its sign, which 0 has none of."""
    whole = round(angle_deg)
    return with_minus(f"{whole:+d}°") if whole else "0°"


def clock(time_s: float) -> str:
    """Minutes and seconds, as players write them."""
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"
