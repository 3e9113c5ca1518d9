"""The focus: which controls have it when, and that it can be seen."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QSlider, QToolButton, QWidget

from handorient.app.lab import LabView
from handorient.app.window import Window

_KEY = Qt.Key


@pytest.fixture
def window(open_window, qtbot) -> Window:
    """A window that plays a file and has the lab open, as the system leaves one to a person."""
    window = open_window("clip")
    window.stage.toggle("Ambiguity lab")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def press(window: QWidget, *keys: Qt.Key) -> QWidget | None:
    """Press keys as the system delivers them, to what has the focus; returns what has it then."""
    for key in keys:
        QTest.keyClick(window.windowHandle(), key)
    return QApplication.focusWidget()


def tab_to(window: QWidget, control: QWidget) -> None:
    for _ in range(60):
        if press(window, _KEY.Key_Tab) is control:
            return
    pytest.fail(f"Tab does not reach {control}")


def lab_of(window: Window) -> LabView:
    lab = window.stage.view(LabView)
    assert lab is not None
    return lab


def test_tab_reaches_every_control_the_bars_first(window):
    reached: list[QWidget | None] = []
    while (focused := press(window, _KEY.Key_Tab)) not in reached:
        reached.append(focused)
    assert reached[:3] == [window.bar.source, window.bar.pause, window.bar.record]
    controls = [
        control
        for kind in (QToolButton, QSlider)
        for control in window.findChildren(kind)
        if control.isVisible() and control.isEnabled()
    ]
    # Of buttons one of which is down, arrow keys reach the others.
    beside = {one for one in controls if isinstance(one, QToolButton) and one.group() and not one.isChecked()}
    assert set(controls) - beside <= set(reached)
    assert set(lab_of(window).sliders.values()) <= set(reached)


def test_the_keys_are_the_windows_until_tab_and_again_after_escape_or_a_click(window, qtbot):
    window.playing.seek(2.0)
    press(window, _KEY.Key_Space)
    assert window.playing.paused
    slider = lab_of(window).sliders["tip"]
    tip, place_s = slider.value(), window.playing.player.position_s
    for leave in (
        lambda: press(window, _KEY.Key_Escape),
        lambda: QTest.mouseClick(window.picture, Qt.MouseButton.LeftButton),
    ):
        tab_to(window, slider)
        tip += 2
        press(window, _KEY.Key_Right, _KEY.Key_Right)
        assert slider.value() == tip and window.playing.player.position_s == place_s
        leave()
        press(window, _KEY.Key_Left)
        assert slider.value() == tip
        qtbot.waitUntil(lambda before_s=place_s: window.playing.player.position_s < before_s)
        place_s = window.playing.player.position_s


def test_space_does_what_the_focused_button_says_and_letters_what_they_always_do(window):
    lab = lab_of(window)
    tab_to(window, lab.propel)
    press(window, _KEY.Key_Right, _KEY.Key_Space)
    assert lab.baselines.isChecked() and not window.playing.paused
    press(window, _KEY.Key_Question)
    assert window.help.isVisible()


def test_a_control_that_goes_gives_the_keys_back_to_the_window(window):
    tab_to(window, window.bar.record)
    window.bar.hide()
    assert QApplication.focusWidget() is window
    press(window, _KEY.Key_Space)
    assert window.playing.paused and not window.recordings.recording


def test_a_click_on_a_button_leaves_the_space_bar_to_the_window(window):
    QTest.mouseClick(lab_of(window).back, Qt.MouseButton.LeftButton)
    press(window, _KEY.Key_Space)
    assert window.playing.paused and lab_of(window).back.isChecked()


def test_a_panel_that_floats_begins_with_no_button(window, qtbot):
    dock = window.stage.docks["Ambiguity lab"]
    dock.setFloating(True)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    press(dock, _KEY.Key_Space)
    assert dock.isFloating() and window.playing.paused
    slider = lab_of(window).sliders["turn"]
    tab_to(dock, slider)
    assert press(dock, _KEY.Key_Escape) is dock


@pytest.mark.parametrize(
    "find",
    [
        lambda window: window.bar.pause,
        lambda window: window.bar.source,
        lambda window: window.controls.forward,
        lambda window: lab_of(window).demo,
        lambda window: lab_of(window).sliders["roll"],
    ],
)
def test_the_focus_can_be_seen(window, find):
    control = find(window)
    window.toggle_pause()
    before = control.grab().toImage()
    tab_to(window, control)
    assert control.grab().toImage() != before
    press(window, _KEY.Key_Escape)
    assert control.grab().toImage() == before


def test_tab_reaches_every_control_of_the_settings(window, qtbot):
    window.show_settings()
    dialog = window._dialog
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    for kind in (QCheckBox, QComboBox, QPushButton):
        for control in dialog.findChildren(kind):
            tab_to(dialog, control)
