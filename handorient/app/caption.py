"""A line of text that ends in dots where there is no room for it."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel


class Caption(QLabel):
    """What is written over a view; how long it is says nothing about how wide the window must be."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setObjectName("caption")
        self.setMinimumWidth(1)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment(), text)
