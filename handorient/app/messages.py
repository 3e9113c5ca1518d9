"""What the window says to a person: the hint for newcomers, the banner over the picture, and the help."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from PyQt6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QTextDocument
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from handorient.app import icons, theme
from handorient.app.buttons import tool_button
from handorient.app.commands import Command
from handorient.app.resizing import Resizing
from handorient.app.text import LEAST_SHARE
from handorient.app.views import PANELS

IDEA = (
    "One picture often fits several orientations of a hand. Each arrow shows one that fits, pointing where "
    "the visible side of the hand faces; the more solid the arrow, the likelier that orientation."
)
HINT = (
    "Each arrow is an orientation that the network thinks possible: where there are two, it shows both. "
    "Press I to change what the network sees (an outline is the most ambiguous), ? for help, "
    f"{PANELS[0].key} to {PANELS[-1].key} for more views."
)

#: What is left over a message's words, and under them.
_OVER_PX = 10


class Message(QFrame):
    """A sentence with a button that closes it.

    Attributes:
        closed: emitted when the person closes it.
    """

    closed = pyqtSignal()

    def __init__(self, parent: QWidget, text: str = "") -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.label = QLabel(text)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = tool_button(tip="Close this message")
        self.close_button.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, _OVER_PX, 8, _OVER_PX)
        row.addWidget(self.label)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._restyle()
        self.hide()

    def dismiss(self) -> None:
        """Close it, as the person does."""
        self.hide()
        self.closed.emit()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._restyle()

    def _restyle(self) -> None:
        self.close_button.setIcon(icons.icon("close", theme.chrome.banner[2]))


#: How long messages stay that nobody closes, after the last of them: to notice them, and to read a letter.
NOTICE_MS, READ_MS = 4_000, 40
#: How many are kept at once, and how much of the picture's height those that are shown may cover.
_MOST, _COVERED = 3, 0.33
#: How wide the help is at most.
_READABLE_PX = 1180


class Banner(Message):
    """Sentences over the picture, the newest last, until they are closed or have been read.

    They lie in its upper left corner, where nothing is written but percentages, which make way.
    """

    def __init__(self, parent: QWidget, picture: QWidget) -> None:
        super().__init__(parent)
        self._picture = picture
        self._waiting: list[str] = []
        self._shown: dict[str, float] = {}  # and since when
        self._read = QTimer(self)
        self._read.setSingleShot(True)
        self._read.timeout.connect(self._show_waiting)
        Resizing(picture, self._place)

    def show_message(self, sentence: str) -> None:
        """Show it below those that nobody has closed yet, of which the oldest make room."""
        if self.isHidden():
            self._waiting, self._shown = [], {}
        self._shown.pop(sentence, None)
        self._read.stop()
        others = [other for other in (*self._waiting, *self._shown) if other != sentence]
        self._show([*others, sentence][-_MOST:])

    def dismiss(self) -> None:
        self._show_waiting()
        self.closed.emit()

    def _show_waiting(self) -> None:
        """Go on to those that had no room beside what was shown until now."""
        waiting = [] if self.isHidden() else self._waiting
        self._waiting, self._shown = [], {}
        self.hide()
        if waiting:
            self._show(waiting)

    def _show(self, sentences: Sequence[str]) -> None:
        """Show the newest that there is room for; older ones wait, unless they could be noticed already."""
        count, size_px = self._fitting(sentences)
        older, newest, now_s = sentences[:-count], sentences[-count:], time.perf_counter()
        self._waiting = [one for one in older if now_s - self._shown.get(one, now_s) < NOTICE_MS / 1000]
        self._shown = {one: self._shown.get(one, now_s) for one in newest}
        text, style = "\n".join(newest), f"font-size: {size_px}px"
        if style != self.label.styleSheet():
            self.label.setStyleSheet(style)
        if text != self.label.text() or not self._read.isActive():
            self.label.setText(text)
            self._read.start(NOTICE_MS + READ_MS * len(text))
        self.show()
        self._take_place()
        self.raise_()

    def _place(self) -> None:
        """Show what there is room for now."""
        if not self.isHidden():
            self._show([*self._waiting, *self._shown])

    def _fitting(self, sentences: Sequence[str]) -> tuple[int, int]:
        """How many of them, the newest, fit into their share of the picture, and in how large type.

        One is shown in any case, smaller where it takes too much, but no smaller than at a desk.
        """
        body_px = theme.px(theme.BODY_PX)
        least = max(round(LEAST_SHARE * body_px), theme.BODY_PX)
        ways = [(count, body_px) for count in range(len(sentences), 0, -1)]
        for count, size_px in [*ways, (1, (body_px + least) // 2)]:
            if self._high("\n".join(sentences[-count:]), size_px) <= _COVERED * self._picture.height():
                return count, size_px
        return 1, least

    def _high(self, text: str, size_px: int) -> float:
        """How high it is with this text."""
        document = QTextDocument(text)
        font = theme.font(theme.BODY_PX)
        font.setPixelSize(size_px)
        document.setDefaultFont(font)
        document.setDocumentMargin(0)
        document.setTextWidth(self._most_wide() - self._beside_px())
        return document.size().height() + 2 * (_OVER_PX + self.frameWidth())

    def _beside_px(self) -> int:
        """What it is wider than its words."""
        return self.sizeHint().width() - self.label.sizeHint().width()

    def _most_wide(self) -> int:
        return min(self._picture.width() - 16, theme.px(880))

    def _take_place(self) -> None:
        """Take its place over the picture, as wide and as high as its sentences need."""
        words = max(map(self.label.fontMetrics().horizontalAdvance, self._shown), default=0)
        width = min(words + self._beside_px() + 2, self._most_wide())
        corner = self._picture.mapTo(self.parentWidget(), QPoint(8, 8))
        self.setGeometry(QRect(corner, QSize(width, self.heightForWidth(width))))

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place()  # its text has changed its size
        return super().event(event)


class Help(QFrame):
    """The idea and the keys, over the whole window; a click or its own key closes it."""

    def __init__(self, parent: QWidget, commands: Iterable[Command]) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        self.hide()
        Resizing(parent, self._cover)
        title = QLabel("What the arrows mean")
        title.setObjectName("helpTitle")
        idea = QLabel(IDEA)
        idea.setObjectName("quiet")
        idea.setWordWrap(True)
        groups: dict[str, list[Command]] = {}
        for command in commands:
            groups.setdefault(command.group, []).append(command)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        for group, members in groups.items():
            columns.addLayout(_keys_of(group, members), 1)
        self._box = QWidget()
        inside = QVBoxLayout(self._box)
        inside.setSpacing(10)
        for label in (title, idea):
            inside.addWidget(label)
        inside.addSpacing(18)
        inside.addLayout(columns)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(10, 12, 10, 12)
        outer.addStretch(1)
        outer.addWidget(self._box, 20, Qt.AlignmentFlag.AlignVCenter)
        outer.addStretch(1)
        self._fit()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        self._box.setMaximumWidth(theme.px(_READABLE_PX))

    def toggle(self) -> None:
        self.setVisible(not self.isVisible())
        self._cover()
        self.raise_()

    def _cover(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())

    def dismiss(self) -> None:
        """Close it, as the person does."""
        self.hide()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.dismiss()


def _keys_of(group: str, commands: list[Command]) -> QGridLayout:
    """One column of the help: a heading, and each key beside what it does."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(11)
    grid.setVerticalSpacing(7)
    heading = QLabel(group)
    heading.setObjectName("helpGroup")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, command in enumerate(commands, 1):
        cap = QLabel(command.written)
        cap.setObjectName("key")
        cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        cap.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        meaning = QLabel(command.help)
        meaning.setWordWrap(True)
        grid.addWidget(cap, row, 0)
        grid.addWidget(meaning, row, 1)
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(len(commands) + 1, 1)
    return grid
