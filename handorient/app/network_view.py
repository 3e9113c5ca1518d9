"""Inside the network: its input, two edge filters for comparison, and every block's feature maps, live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt, QTimer
from PyQt6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PyQt6.QtWidgets import QWidget

from handorient.app import theme
from handorient.app.heat import COLOURS, shades
from handorient.app.image import image_copy
from handorient.app.text import line_height, write, write_row
from handorient.capture.mailbox import Mailbox
from handorient.hand.crop import CanonicalCrop
from handorient.pipeline import Estimate, Pipeline

if TYPE_CHECKING:
    from handorient.propel.features import Maps

NO_HAND = "Waiting for a hand to see what the network makes of it"
NO_PICTURE = "This network sees no picture: press I for another input"

#: So often the maps are computed, at most: enough to follow a hand, and a tenth of what the network itself
#: takes.
_PERIOD_MS = 120
_GAP = 10
#: How fast a block's brightness comes down again after something bright.
_FADE = 0.95

Ask = Callable[[Callable[[Pipeline], object]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Insight:
    """What is seen inside the network: its input (C, S, S), the input's edges, and each block's maps."""

    picture: NDArray[np.uint8]
    edges: tuple[Maps, Maps]
    blocks: list[Maps]


def look_inside(pipeline: Pipeline, crop: CanonicalCrop) -> Insight | None:
    """What the pipeline's network makes of a crop; None if it sees no picture."""
    from handorient.propel.features import edges, feature_maps  # the pipeline has loaded torch
    from handorient.propel.predictor import picture_of

    net = pipeline.predictor.net
    if len(net.config.input_shape) != 3:
        return None
    picture = picture_of(net.config.input, crop)
    return Insight(picture, edges(picture), feature_maps(net, picture))


class NetworkView(QWidget):
    """Feature maps as pictures, from low to high level.

    Attributes:
        ask: calls a job with the pipeline, in the thread that the pipeline belongs to; None: nobody does.
        insight: what is drawn, or None.
        message: what is said where there is none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ask: Ask | None = None
        self.insight: Insight | None = None
        self.message = NO_HAND
        self._crop: CanonicalCrop | None = None  # the newest that nobody looked inside for yet
        self._waiting = False
        self._found: Mailbox[Insight | str] = Mailbox()
        self._brightest: list[float] = []
        self._images: list[QImage] = []
        self.setMinimumSize(320, 130)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def show_estimate(self, estimate: Estimate) -> None:
        if estimate.hands:
            self._crop = estimate.hands[0].crop
        else:
            self.clear()

    def clear(self) -> None:
        self._crop, self._waiting, self._brightest = None, False, []
        self._found = Mailbox()  # what is still under way is nobody's any more
        self._say(NO_HAND)

    def _say(self, message: str) -> None:
        if self.insight is not None or message != self.message:
            self.insight, self.message = None, message
            self.update()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._timer.start(_PERIOD_MS)

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _look(self) -> None:
        found = self._found.get(0)
        if isinstance(found, str):
            self._say(found)
        elif found is not None:
            self._show(found)
        if self._crop is not None and self.ask is not None and not self._waiting:
            crop, results, self._crop, self._waiting = self._crop, self._found, None, True

            def job(pipeline: Pipeline) -> None:
                try:
                    results.put(look_inside(pipeline, crop) or NO_PICTURE)
                finally:
                    self._waiting = False

            self.ask(job)

    def _show(self, insight: Insight) -> None:
        self.insight = insight
        sharpest = max(float(np.abs(np.stack(insight.edges)).max()), 1e-6)
        self._images = [image_copy(insight.picture.transpose(1, 2, 0))]
        self._images += [_coloured(np.abs(edge) / sharpest) for edge in insight.edges]
        if len(self._brightest) != len(insight.blocks):
            self._brightest = [0.0] * len(insight.blocks)
        for block, maps in enumerate(insight.blocks):
            bright = float(np.quantile(maps, 0.995))
            self._brightest[block] = max(bright, _FADE * self._brightest[block], 1e-6)
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        room = QRectF(self.rect()).adjusted(14, 6, -14, -12)
        if self.insight is None:
            painter.setFont(theme.font(theme.LABEL_PX))
            painter.setPen(QColor(theme.QUIET))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        line = line_height(theme.SMALL_PX) + 2
        side = min((room.height() - 2 * line - 4) / 1.5, 0.26 * room.width())
        self._draw_input(painter, QRectF(room.left(), room.top(), side, room.height()), line)
        room.setLeft(room.left() + side + 2 * _GAP)
        blocks = self.insight.blocks
        count = len(blocks)
        wide = (room.width() - _GAP * (count - 1)) / count
        titles = [
            QRectF(room.left() + block * (wide + _GAP), room.top(), wide, line_height(theme.SMALL_PX))
            for block in range(count)
        ]
        short = [f"{block + 1}: {_level(block, count)}" for block in range(count)]
        wordings = [f"block {text} level" for text in short], short
        write_row(painter, titles, wordings, theme.font(theme.SMALL_PX), [theme.QUIET] * count)
        for title, maps, brightest in zip(titles, blocks, self._brightest, strict=True):
            below = QRectF(title.left(), room.top() + line, wide, room.height() - line)
            self._draw_maps(painter, below, maps, brightest)

    def _draw_input(self, painter: QPainter, room: QRectF, line: float) -> None:
        _caption(painter, room, "input")
        square = QRectF(room.left(), room.top() + line, room.width(), room.width())
        painter.drawImage(square, self._images[0])
        half = (room.width() - 4) / 2
        below = QRectF(room.left(), square.bottom() + 4, room.width(), line)
        _caption(painter, below, "edges: | and —")
        for index, image in enumerate(self._images[1:]):
            left = room.left() + index * (half + 4)
            painter.drawImage(QRectF(left, below.bottom(), half, half), image)

    def _draw_maps(self, painter: QPainter, room: QRectF, maps: Maps, brightest: float) -> None:
        """The maps of a block, in rows, as large as they fit."""
        count, size = maps.shape[:2]
        columns = max(
            range(1, count + 1), key=lambda n: min(room.width() / n, room.height() / -(-count // n))
        )
        rows = -(-count // columns)
        pad = max(1, size // 16)
        tiles = np.zeros((rows * columns, size + pad, size + pad), np.float32)
        tiles[:count, :size, :size] = maps / brightest
        cell = size + pad
        sheet = tiles.reshape(rows, columns, cell, cell).transpose(0, 2, 1, 3).reshape(rows * cell, -1)
        shown = np.zeros((rows * columns, cell, cell), bool)
        shown[:count, :size, :size] = True
        shown = shown.reshape(rows, columns, cell, cell).transpose(0, 2, 1, 3).reshape(rows * cell, -1)
        side = min(room.width() / columns, room.height() / rows)
        ground = QColor(theme.PANEL).getRgb()[:3]
        where = QRectF(room.left(), room.top(), side * columns, side * rows)
        painter.drawImage(where, _coloured(sheet, shown, ground))


def _level(block: int, count: int) -> str:
    """The talk's word for how much of the picture a block sees at once."""
    if block == 0:
        return "low"
    return "high" if block == count - 1 else "mid"


def _caption(painter: QPainter, room: QRectF, text: str) -> None:
    """A line at the top of a picture's room."""
    line = QRectF(room.left(), room.top(), room.width(), line_height(theme.SMALL_PX))
    write(painter, line, text, theme.font(theme.SMALL_PX), theme.QUIET)


def _coloured(
    values: Maps, shown: NDArray[np.bool_] | None = None, ground: tuple[int, ...] = (0, 0, 0)
) -> QImage:
    """Values (H, W), 0 to 1, in the density's colours; ``ground`` where nothing is ``shown``."""
    rgb = COLOURS[shades(values, 1.0)]
    if shown is not None:
        rgb[~shown] = ground
    return image_copy(rgb)
