"""A line of text that is smaller where it has too little room, and ends in dots where that is not enough."""

from __future__ import annotations

from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel

from handorient.app.text import write


class Caption(QLabel):
    """What is written over a view; how long it is says nothing about how wide the window must be."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setObjectName("caption")
        self.setMinimumWidth(1)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colour = self.palette().color(self.foregroundRole())
        write(QPainter(self), QRectF(self.rect()), self.text(), self.font(), colour, self.alignment())
