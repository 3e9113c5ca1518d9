"""Commands: what the window's keys do, on whatever keyboard."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLabel

from handorient.app import theme, topbar
from handorient.app.commands import Command, Keys
from handorient.app.settings import ARROWS, LANDMARKS, OUTLINE
from handorient.app.window import Window


@pytest.mark.parametrize(
    ("key", "setting", "shown"),
    [("E", OUTLINE, "outline_shown"), ("L", LANDMARKS, "landmarks_shown"), ("A", ARROWS, "arrows_shown")],
)
def test_a_key_hides_an_overlay_which_is_remembered_and_shown_again_on_reset(
    open_window, settings, key, setting, shown
):
    window = open_window()
    QTest.keyClick(window, key)
    assert not getattr(window.picture, shown) and not settings.get(setting)
    settings.reset()
    assert getattr(window.picture, shown)


def test_the_help_tells_every_key_and_what_it_does(open_window):
    window = open_window()
    QTest.keyClick(window, "?")
    assert window.help.isVisible()
    written = {label.text() for label in window.help.findChildren(QLabel)}
    for command in window._keys.commands:
        assert command.written in written and command.help in written
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.help.isVisible() and window.isVisible()


def test_the_help_is_as_much_wider_while_presenting_as_its_text_is_larger(open_window):
    window = open_window()
    before = window.help._box.maximumWidth()
    window.presentation.toggle()
    assert window.help._box.maximumWidth() == round(before * theme.scale) > before
    window.presentation.toggle()
    assert window.help._box.maximumWidth() == before


def test_the_menus_of_sources_and_views_need_no_mouse(open_window, qtbot, monkeypatch):
    monkeypatch.setattr(topbar, "list_cameras", list)
    window = open_window()
    for key, menu in (("C", window.bar.menu), ("V", window.bar.views)):
        QTest.keyClick(window, key)
        assert menu.isVisible(), "nobody waits for it to be closed"
        for press_key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
            QTest.keyClick(QApplication.activePopupWidget(), press_key)
        assert not menu.isVisible()
    qtbot.waitUntil(lambda: window.showing.player.source.uri == "demo")
    assert not window.stage.docks["Timeline"].isVisible()


def press(window: Window, key: int, text: str, scan: int = 0, virtual: int = 0, **how) -> None:
    """A key as the system reports it: what it writes, its place, and its name by the system."""
    modifiers = how.get("modifiers", Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, virtual, 0, text))


@pytest.mark.parametrize("modifier", ["ControlModifier", "AltModifier", "MetaModifier"])
def test_a_key_with_a_modifier_is_no_command(open_window, modifier):
    window = open_window(None)
    press(window, Qt.Key.Key_A, "a", modifiers=Qt.KeyboardModifier[modifier])
    assert window.picture.arrows_shown


def test_no_letter_alone_closes_the_window_and_the_usual_keys_quit_and_open(open_window, monkeypatch):
    asked = []
    monkeypatch.setattr("handorient.app.window.file_chosen_by_person", lambda *_: asked.append(1) or "")
    window = open_window(None)
    press(window, Qt.Key.Key_Q, "q")
    assert window.isVisible()
    press(window, Qt.Key.Key_O, "\x0f", modifiers=Qt.KeyboardModifier.ControlModifier)
    press(window, Qt.Key.Key_O, "o")
    assert len(asked) == 2
    press(window, Qt.Key.Key_Q, "\x11", modifiers=Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()


@pytest.mark.parametrize(
    ("letter", "scan", "virtual", "shown"),
    [
        ("ф", 38, 0x6C6, False),  # X11 or Wayland, with a Russian keyboard
        ("ф", 30, ord("A"), False),  # Windows
        ("ö", 47, 0xF6, True),  # not on a letter's place
    ],
)
def test_letters_work_with_keyboards_of_other_scripts(open_window, letter, scan, virtual, shown):
    window = open_window(None)
    press(window, ord(letter.upper()), letter, scan, virtual)
    assert window.picture.arrows_shown is shown


def test_two_commands_on_one_key_are_a_mistake():
    command = Command("Window", ("Q",), "quit", lambda: None)
    with pytest.raises(ValueError, match="two commands want the key Q"):
        Keys((command, command))
