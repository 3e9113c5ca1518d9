"""The window's buttons."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QButtonGroup, QToolButton, QWidget


def tool_button(text: str = "", tip: str = "", parent: QWidget | None = None) -> QToolButton:
    """A button with this text, or none where an icon follows, and the tip that says what it does."""
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    if not text:
        button.setAccessibleName(tip)
    # Keys belong to the window: a button that was clicked would swallow the space bar.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def open_menu(button: QToolButton) -> None:
    """Open a button's menu under it, and go on.

    The button's own showMenu() would wait until the menu is closed, and so would all other threads, since
    PyQt keeps Python's lock meanwhile.
    """
    menu = button.menu()
    assert menu is not None
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def exclusive(*buttons: QToolButton) -> QButtonGroup:
    """A group of buttons, one of which is down, the first at first; it lasts as long as it is kept."""
    group = QButtonGroup()
    for button in buttons:
        button.setCheckable(True)
        group.addButton(button)
    buttons[0].setChecked(True)
    return group
