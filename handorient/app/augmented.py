"""Augmented reality: the picture with a lighthouse on the palm, wherever the palm is taken to face."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from handorient.app import theme
from handorient.app.buttons import exclusive, tool_button
from handorient.app.image import draw_scaled, image_view
from handorient.augment import stand_on
from handorient.pipeline import Estimate

NO_HAND = "Waiting for an open hand"
_OVER_A_PICTURE = (
    f"QToolButton {{ background: {theme.RAISED}; color: {theme.TEXT}; border-color: {theme.LINE}; }}"
    f"QToolButton:checked {{ background: {theme.LINE}; color: {theme.ACCENT}; }}"
    f"QToolButton:focus {{ border-color: {theme.ACCENT}; }}"
)


class AugmentedView(QWidget):
    """The picture with something on each palm: at the leading hypothesis, or at every one.

    Attributes:
        mirrored: show the picture as a mirror would.
        leading, each: the buttons that ask for one at the leading hypothesis, and at every one.
        buttons: both.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self._estimate: Estimate | None = None
        self.setMinimumSize(170, 110)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.leading = tool_button("One", "One, at the leading hypothesis", self)
        self.each = tool_button("Each", "One at each hypothesis: the fainter, the less likely", self)
        self.buttons = self.leading, self.each
        self._pair = exclusive(*self.buttons)
        row = QHBoxLayout(self)  # which knows the size of text
        row.setContentsMargins(8, 10, 8, 0)
        for button in self.buttons:
            button.setStyleSheet(_OVER_A_PICTURE)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self.each.toggled.connect(lambda _: self.update())

    def show_estimate(self, estimate: Estimate) -> None:
        self._estimate = estimate
        self.update()  # which does nothing while hidden

    def clear(self) -> None:
        """Keep the last picture until the next one is here."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        if self._estimate is None:
            self._say(painter)
            return
        rgb = self._estimate.frame.rgb
        height, width = rgb.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.save()
        painter.translate((self.width() - scale * width) / 2, (self.height() - scale * height) / 2)
        painter.scale(scale, scale)
        if self.mirrored:  # as a whole: what is painted into a picture is mirrored with it
            painter.translate(width, 0)
            painter.scale(-1, 1)
        ratio = scale * self.devicePixelRatioF()
        draw_scaled(painter, QRectF(0, 0, width, height), rgb, ratio)
        for hand in reversed(self._estimate.hands):
            modes = [(mode, theme.strength(mode.weight)) for mode in hand.modes]
            if not self.each.isChecked():
                modes = [(hand.modes[0], 1.0)]
            patch = stand_on(rgb, hand, modes, ratio)
            if patch is not None:
                painter.drawImage(QRectF(*patch.place), image_view(patch.rgb))
        painter.restore()
        if self._estimate.ms and not self._estimate.hands:  # else nobody has looked for one
            self._say(painter)

    def _say(self, painter: QPainter) -> None:
        painter.setFont(theme.font(theme.LABEL_PX))
        painter.setPen(QColor(theme.TEXT))
        room = self.rect().adjusted(8, 0, -8, -24)
        below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(room, below | Qt.TextFlag.TextWordWrap, NO_HAND)
