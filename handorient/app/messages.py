"""What covers the window for a moment: the banner that says what went wrong, and the help."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

SHORTCUTS = (
    ("Space", "pause or go on"),
    ("→", "one frame further"),
    ("O", "open a video or a picture"),
    ("M", "mirror the picture"),
    ("L", "show or hide the landmarks"),
    ("R", "look at the 3D view from the start"),
    ("F  or  F11", "full screen"),
    ("?", "this help"),
    ("Q  or  Esc", "quit; Esc leaves full screen first"),
)
IDEA = (
    "One picture often fits several orientations of a hand. Each arrow is one that fits, in the direction "
    "the palm's plane faces; the stronger the arrow, the more likely."
)


class _Overlay(QFrame):
    """A frame that keeps its place over its parent whatever size that takes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        parent.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def place(self) -> None:
        raise NotImplementedError


class Banner(_Overlay):
    """One sentence over the top of the views, until it is closed or another takes its place."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip("Close this message")
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 8, 10)
        row.addWidget(self.label)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def show_message(self, sentence: str) -> None:
        self.label.setText(sentence)
        self.show()
        self.place()
        self.raise_()

    def place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        width = min(parent.width() - 40, 880)
        self.setGeometry((parent.width() - width) // 2, 118, width, self.heightForWidth(width))


class Help(_Overlay):
    """The idea and the keys, over the whole window; any key or click closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        box = QWidget()
        box.setFixedWidth(620)
        grid = QGridLayout(box)
        grid.setHorizontalSpacing(22)
        grid.setVerticalSpacing(9)
        title = QLabel("What the arrows mean")
        title.setObjectName("helpTitle")
        idea = QLabel(IDEA)
        idea.setObjectName("quiet")
        idea.setWordWrap(True)
        grid.addWidget(title, 0, 0, 1, 2)
        grid.addWidget(idea, 1, 0, 1, 2)
        grid.setRowMinimumHeight(2, 12)
        for row, (key, meaning) in enumerate(SHORTCUTS, 3):
            cap = QLabel(key)
            cap.setObjectName("key")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cap.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            grid.addWidget(cap, row, 0)
            grid.addWidget(QLabel(meaning), row, 1)
        grid.setColumnStretch(1, 1)
        outer = QHBoxLayout(self)
        outer.addWidget(box, 0, Qt.AlignmentFlag.AlignCenter)

    def toggle(self) -> None:
        self.setVisible(not self.isVisible())
        self.place()
        self.raise_()

    def place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.hide()
