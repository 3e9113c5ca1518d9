"""The stage times: how long each step from picture to estimate takes, as bars."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget

from handorient.app import theme
from handorient.pipeline import Estimate

_ROW_PX, _NAME_PX, _NUMBER_PX, _EDGE_PX = 30, 92, 152, 14
#: What the bars' full width stands for, at the least: a frame of a camera with 30 a second.
_FRAME_MS = 33.3


class StageTimesView(QWidget):
    """A bar for each stage: solid up to the median, faint up to the 95th percentile.

    Attributes:
        stages: median and 95th percentile in milliseconds by the stage's name; None for one that has not
            run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stages: dict[str, tuple[float, float] | None] = {}
        self.setMinimumSize(240, 110)

    def clear(self) -> None:
        self.show_stages({})

    def show_estimate(self, estimate: Estimate) -> None:
        """Nothing: single frames' times cannot be read; see :meth:`show_stages`."""

    def show_stages(self, stages: dict[str, tuple[float, float] | None]) -> None:
        """Bring the bars up to date; called a few times a second."""
        self.stages = stages
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.BODY_PX))
        if not self.stages:
            painter.setPen(QColor(theme.QUIET))
            sentence = "Times appear once a picture is searched for hands"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, sentence)
            return
        longest = max(_FRAME_MS, *(times[1] for times in self.stages.values() if times is not None))
        name_px, number_px = theme.px(_NAME_PX), theme.px(_NUMBER_PX)
        room = max(20, self.width() - name_px - number_px - 2 * _EDGE_PX)
        row_px = min(theme.px(_ROW_PX), self.height() / len(self.stages))
        for row, (name, times) in enumerate(self.stages.items()):
            line = QRectF(_EDGE_PX, row * row_px, name_px, row_px)
            painter.setPen(QColor(theme.TEXT if name == "total" else theme.QUIET))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
            numbers = QRectF(self.width() - _EDGE_PX - number_px, line.top(), number_px, row_px)
            painter.drawText(
                numbers,
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                "–" if times is None else f"{times[0]:.1f} ms  ({times[1]:.1f})",
            )
            painter.setPen(Qt.PenStyle.NoPen)
            thick = 0.36 * row_px
            for ms, alpha in zip(times or (), (255, 80), strict=False):
                colour = QColor(theme.TEXT if name == "total" else theme.ACCENT)
                colour.setAlpha(alpha)
                painter.setBrush(colour)
                bar = QRectF(line.right(), line.center().y() - thick / 2, room * ms / longest, thick)
                painter.drawRoundedRect(bar, 3, 3)
