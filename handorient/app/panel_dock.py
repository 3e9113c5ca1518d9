"""The dock that a panel opens in."""

from __future__ import annotations

from typing import cast

from PyQt6.QtCore import QRect, QSize, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QApplication, QDockWidget, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from handorient.app import icons, theme
from handorient.app.buttons import tool_button
from handorient.app.caption import Caption
from handorient.app.views import Buttoned, Host, Panel

#: A panel that floats, on a screen that has room for it.
_FLOATING = QSize(1200, 700)


class PanelDock(QDockWidget):
    """A panel in its dock; the view is made when the dock is first seen, and hidden while it is not.

    Attributes:
        panel: its declaration.
        view: the view, or None before it was made.
        in_front: whether it can be seen: open, and not behind another dock's tab.
        closed: emitted when the person closes it.
        made: emitted with the view when it was made.
        seen: emitted with the view whenever it comes to the front.
    """

    closed = pyqtSignal()
    made = pyqtSignal(object)
    seen = pyqtSignal(object)

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.tab)
        self.panel = panel
        self.view: QWidget | None = None
        self.in_front = False
        self._presenting = False
        self._buttons: list[QToolButton] = []
        self.setObjectName(panel.name)
        self._name = ": ".join(filter(None, (panel.name, panel.caption)))
        self.setTitleBarWidget(self._title())
        self.visibilityChanged.connect(self._show)
        # Or the window that it becomes would begin with its first button.
        self.topLevelChanged.connect(lambda floating: floating and self.setFocus())

    def _title(self) -> QFrame:
        title = QFrame()
        title.setObjectName("dockTitle")
        row = QHBoxLayout(title)
        row.setContentsMargins(14, 7, 8, 3)
        row.addWidget(Caption(self._name), 1)
        for name, tip, act in (("float", "Float or dock", self._float), ("close", "Close", self._close)):
            button = tool_button(tip=tip)
            self._buttons.append(button)
            button.setIcon(icons.icon(name, theme.QUIET))
            button.clicked.connect(act)
            row.addWidget(button)
        return title

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        super().keyPressEvent(event)
        # Keys end at a window's edge, and a panel that floats is a window of its own.
        if self.isFloating() and (side := self.parentWidget()) is not None:
            QApplication.sendEvent(side.window(), event)

    def present(self, presenting: bool) -> None:
        """Show no button over it while presenting."""
        self._presenting = presenting
        for button in self._buttons:
            button.setVisible(not presenting)
        if self.isFloating():  # larger type wants more room
            self.resize(self.size().expandedTo(self.minimumSizeHint()))

    def wanted_px(self, most_px: int, wide_px: int | None) -> int:
        """The height that it wants of at most so much, where it is so wide; at the side, None, the width."""
        if not self.panel.alone:
            return min(theme.px(self.panel.size_px), most_px)
        if not self.in_front or wide_px is None:
            return most_px if self.in_front else 0
        around_px = self.minimumSizeHint().height() - cast(QWidget, self.view).minimumSizeHint().height()
        return around_px + cast(Host, self.view).filled_px(wide_px, most_px - around_px)

    def _close(self) -> None:
        self.close()
        self.closed.emit()

    def _float(self) -> None:
        self.setFloating(not self.isFloating())
        if self.isFloating() and (screen := self.screen()) is not None:
            room = screen.availableGeometry()
            place = QRect(room.topLeft(), _FLOATING.boundedTo(room.size()))
            place.moveCenter(room.center())
            self.setGeometry(place)

    def _show(self, in_front: bool) -> None:
        self.in_front = in_front
        if in_front and self.view is None:
            self.make()
        if (body := self.widget()) is not None:
            body.setVisible(in_front)  # Qt takes one behind a tab for visible, and it would go on drawing
        if in_front:
            self.seen.emit(self.view)

    def make(self) -> None:
        """Make the view, once."""
        self.view = self.panel.make()
        self.view.setAccessibleName(self._name)
        if isinstance(self.view, Buttoned):
            self._buttons += self.view.buttons
            self.present(self._presenting)
        body = QFrame()
        body.setObjectName("dockBody")
        policy = body.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that another tab moves nothing
        body.setSizePolicy(policy)
        column = QVBoxLayout(body)
        column.setContentsMargins(1, 0, 1, 6)
        column.addWidget(self.view)
        self.setWidget(body)
        body.setVisible(self.in_front)
        self.made.emit(self.view)
