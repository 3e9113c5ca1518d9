"""The status line."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel


class StatusLine(QLabel):
    """One line under everything: what is open, what goes on, and how fast."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>.jpg
        self.setMinimumWidth(1)  # how long its text is says nothing about how wide the window must be
        self.setObjectName("status")
        self.setFixedHeight(36)
        self.setContentsMargins(18, 0, 18, 2)

    def show_parts(self, *parts: str | None) -> None:
        """Write those that say something."""
        self.setText("   ·   ".join(filter(None, parts)))
