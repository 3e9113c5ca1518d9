"""Playing: pause, step, seek, speed and loop, by bar, key and timeline; what has stopped is opened again."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QTabBar, QWidget

from handorient.app.controls import PlayerBar
from handorient.app.switch import SourceSwitch
from handorient.app.timeline import TimelineView
from handorient.app.views import PANELS
from handorient.app.window import OPENING, STOPPED, Window
from handorient.capture.cameras import CameraInfo
from handorient.capture.player import Player, PlayerState
from handorient.recording import Recorder
from handorient.sources import open_source
from tests.app.conftest import newest_message, open_fake
from tests.estimates import estimate


@pytest.fixture
def window(open_window, qtbot) -> Window:
    window = open_window("clip")
    qtbot.waitUntil(lambda: window.controls.isVisible() and bool(window.estimate.hands))
    return window


def shown(window: Window) -> int:
    return window.estimate.frame.index


def test_a_player_that_is_taken_away_between_two_looks_breaks_nothing(window, monkeypatch):
    player, playing, looks = window.switch.player, window.playing, 0

    def look(_: SourceSwitch) -> Player | None:
        nonlocal looks
        looks += 1
        return player if looks % 2 else None

    monkeypatch.setattr(SourceSwitch, "player", property(look), raising=False)
    for act in (
        playing.toggle_pause,
        playing.step,
        playing.toggle_loop,
        lambda: playing.seek(2.0),
        lambda: playing.choose_speed(0.5),
        lambda: playing.duration_s,
        lambda: playing.paused,
        lambda: window.switch.faulted,
    ):
        looks = 0
        act()


def test_a_stopped_source_that_is_being_opened_again_is_said_to_be(open_window, qtbot, monkeypatch):
    window = open_window("torn")
    window.switch.player.source.pulled.set()
    qtbot.waitUntil(lambda: window.status.text() == STOPPED)
    let = threading.Event()
    monkeypatch.setattr(window.switch, "open_source", lambda text: let.wait(10) and open_fake(text))
    QTest.keyClick(window, Qt.Key.Key_Space)
    window.show_numbers()
    assert window.status.text() == window.picture.message == OPENING
    assert OPENING in window.headline.text.text()
    let.set()
    qtbot.waitUntil(lambda: "latency" in window.status.text())


def test_a_camera_that_has_stopped_is_opened_again_by_what_it_is_not_by_its_number(
    open_window, qtbot, monkeypatch
):
    webcam = CameraInfo("webcam-00000001", "Webcam", 0)
    monkeypatch.setattr("handorient.capture.camera.list_cameras", lambda: [webcam])
    window, asked = open_window("camera:0"), []
    monkeypatch.setattr(window.switch, "request", lambda text, last: asked.append(text))
    monkeypatch.setattr(SourceSwitch, "faulted", True)
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert asked == [webcam.uri]


def test_only_a_source_that_can_seek_has_a_player_bar(open_window, qtbot):
    window = open_window("camera:0")
    window.playing.show()
    assert not window.controls.isVisible()
    window.open("clip")
    qtbot.waitUntil(window.controls.isVisible)
    assert window.controls.time.text().endswith("/ 0:05")


def test_the_slider_follows_the_file_and_moves_it(window, qtbot):
    window.toggle_pause()
    before = window.controls.slider.value()
    window.controls.sought.emit(3.5)
    qtbot.waitUntil(lambda: shown(window) == 350)
    qtbot.waitUntil(lambda: window.controls.slider.value() == 350 != before)
    assert window.playing.paused


def test_pointer_wheel_and_keys_move_the_slider_and_with_it_the_file(window, qtbot):
    window.toggle_pause()
    slider = window.controls.slider
    slider.setFocus()
    for act, index in (
        (lambda: QTest.keyClick(slider, Qt.Key.Key_Home), 0),
        (lambda: QTest.keyClick(slider, Qt.Key.Key_Right), 100),
        (lambda: QTest.keyClick(slider, Qt.Key.Key_End), 499),
        (lambda: QTest.keyClick(slider, Qt.Key.Key_Left), 400),
        (lambda: turn_wheel(slider, -1), 100),
        (lambda: QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center()), 250),
    ):
        act()
        qtbot.waitUntil(lambda index=index: shown(window) == pytest.approx(index, abs=3))
    window.show_numbers()
    assert slider.value() == pytest.approx(250, abs=3) and window.playing.paused


def test_a_click_anywhere_on_the_slider_moves_it_there_once_and_lets_it_go(qtbot, qapp):
    bar = PlayerBar()
    qtbot.addWidget(bar)
    bar.resize(700, bar.sizeHint().height())
    bar.show()
    bar.show_player(0.0, 20.0, "0:00", "0:20", paused=True, speed=1.0, loop=False)
    slider, sought = bar.slider, []
    bar.sought.connect(sought.append)
    places = []
    for y in (1, slider.height() // 2, slider.height() - 1):
        for x in range(slider.width()):
            slider.setValue(1 if x > slider.width() / 2 else slider.maximum() - 1)
            sought.clear()
            QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
            assert len(sought) == 1 and not slider.isSliderDown(), (x, y)
            places += sought
        assert places == sorted(places) and (places[0], places[-1]) == (0.0, 20.0)
        places.clear()


def test_the_slider_follows_the_pointer_that_holds_it(qtbot, qapp):
    bar = PlayerBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.show_player(0.0, 20.0, "0:00", "0:20", paused=True, speed=1.0, loop=False)
    slider, left = bar.slider, Qt.MouseButton.LeftButton
    middle, end = slider.rect().center(), QPoint(slider.width() + 50, 3)
    QTest.mousePress(slider, left, pos=middle)
    bar.show_player(2.0, 20.0, "0:02", "0:20", paused=True, speed=1.0, loop=False)
    assert slider.isSliderDown() and slider.value() == pytest.approx(1000, abs=50)
    QApplication.sendEvent(slider, moved(end, left))
    assert slider.value() == 2000
    QTest.mouseRelease(slider, left, pos=end)
    bar.show_player(2.0, 20.0, "0:02", "0:20", paused=True, speed=1.0, loop=False)
    assert not slider.isSliderDown() and slider.value() == 200


def test_what_plays_is_held_for_as_long_as_the_slider_is(window, qtbot):
    slider, player = window.controls.slider, window.playing.player
    middle = slider.rect().center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.waitUntil(lambda: player.state is PlayerState.PAUSED)
    qtbot.waitUntil(lambda: player.position_s == pytest.approx(player.duration_s / 2, rel=0.1))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.waitUntil(lambda: player.state is PlayerState.RUNNING)
    assert player.position_s > player.duration_s / 3
    player.pause()
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle)
    assert player.state is PlayerState.PAUSED, "as it was before"


def moved(to: QPoint, held: Qt.MouseButton) -> QMouseEvent:
    return QMouseEvent(
        QEvent.Type.MouseMove, QPointF(to), Qt.MouseButton.NoButton, held, Qt.KeyboardModifier.NoModifier
    )


def turn_wheel(widget: QWidget, notches: int) -> None:
    middle, none = QPointF(widget.rect().center()), QPoint()
    QApplication.sendEvent(
        widget,
        QWheelEvent(
            middle,
            widget.mapToGlobal(middle),
            none,
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_arrow_keys_step_by_one_picture_both_ways(window, qtbot):
    window.playing.seek(2.0)
    QTest.keyClick(window, Qt.Key.Key_Space)
    window.playing.seek(2.0)
    qtbot.waitUntil(lambda: shown(window) == 200)
    QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown(window) == 201)
    QTest.keyClick(window, Qt.Key.Key_Left)
    QTest.keyClick(window, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: shown(window) == 199)


def test_arrow_keys_are_the_pictures_though_panels_have_tabs(window, qtbot):
    for panel in PANELS:
        window.stage.toggle(panel.name)
    qtbot.waitUntil(lambda: any(tabs.isVisible() for tabs in window.findChildren(QTabBar)))
    window.toggle_pause()
    window.playing.seek(2.0)
    qtbot.waitUntil(lambda: shown(window) == 200)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for key, index in ((Qt.Key.Key_Left, 199), (Qt.Key.Key_Right, 200)):
        QTest.keyClick(window.windowHandle(), key)  # as the system delivers it: to what has the focus
        qtbot.waitUntil(lambda index=index: shown(window) == index)


def test_a_click_on_the_timeline_jumps_there(window, qtbot):
    window.toggle_pause()
    timeline = window.stage.view(TimelineView)
    room = timeline._room()
    place = QPoint(round(room.left() + 0.6 * room.width()), round(room.center().y()))
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: abs(shown(window) - 300) < 3)


def test_speed_and_loop_are_set_and_shown(window, qtbot):
    window.controls.speed_chosen.emit(0.25)
    assert window.switch.player.speed == 0.25 and window.controls.speed.text() == "0.25×"
    window.controls.loop.click()
    assert not window.switch.player.loop and not window.controls.loop.isChecked()
    window.controls.speed_chosen.emit(2.0)
    window.playing.seek(4.9)
    qtbot.waitUntil(lambda: window.playing.paused)
    qtbot.waitUntil(lambda: shown(window) == 499)  # the last picture is estimated after it was played


def test_the_menu_of_speeds_marks_the_one_that_is_chosen(window, qtbot):
    actions = {action.text(): action for action in window.controls.speed.menu().actions()}
    actions["0.5×"].trigger()
    assert [name for name, action in actions.items() if action.isChecked()] == ["0.5×"]


def test_of_pictures_that_stand_still_the_bar_counts_and_the_status_line_names(open_window, qtbot, tmp_path):
    for name in ("<b>first.png", "second.png"):
        cv2.imwrite(str(tmp_path / name), np.full((120, 160, 3), 90, np.uint8))
    window = open_window(None)
    window.switch.open_source = open_source
    window.open(str(tmp_path))
    qtbot.waitUntil(lambda: window.estimate is not None)
    window.toggle_pause()  # each stands for a second only
    window.playing.seek(0.0)
    qtbot.waitUntil(lambda: window.controls.time.text() == "1 / 2")
    qtbot.waitUntil(lambda: window.status.text().startswith("<b>first.png"))
    assert window.status.textFormat() == Qt.TextFormat.PlainText, "and shows it as it is"
    QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.controls.time.text() == "2 / 2")
    qtbot.waitUntil(lambda: window.status.text().startswith("second.png"))


def test_pictures_that_cannot_be_read_are_told_of_once(open_window, qtbot, tmp_path):
    for name in ("a.png", "d.png"):
        cv2.imwrite(str(tmp_path / name), np.full((48, 64, 3), 90, np.uint8))
    for name in ("b.png", "c.png"):
        (tmp_path / name).write_text("no picture")
    window = open_window(None)
    window.switch.open_source = open_source
    window.open(str(tmp_path))
    qtbot.waitUntil(lambda: window.estimate is not None)
    window.playing.step()
    qtbot.waitUntil(lambda: "left out" in newest_message(window))
    assert "b.png cannot be read" in newest_message(window) or "2 pictures" in newest_message(window)
    assert not window.playing.skipped()


def test_what_is_damaged_of_a_session_is_told_of_while_the_rest_plays(open_window, qtbot, tmp_path):
    recorder = Recorder(tmp_path / "sessions", {"input": "colour"})
    for index in range(6):
        recorder.add(estimate(index, 100.0 + index / 10))
    recorder.close()
    path = recorder.folder / "estimates.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["damaged\n", *lines[1:]]))
    window = open_window(str(recorder.folder))
    window.show_numbers()
    part = f"a part of {recorder.folder} (1 of the 6 lines of estimates.jsonl)"
    assert newest_message(window) == f"{part} cannot be read and is left out."
    qtbot.waitUntil(lambda: window.estimate.frame.index == 5)
