"""What goes wrong behind the window: said once, where it is seen, and the rest goes on."""

from __future__ import annotations

import signal
import sys
import threading
import weakref

import pytest
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from handorient.app import main, picture, worker
from handorient.app.window import STOPPED, Window
from handorient.capture.player import PlayerState
from handorient.interruptions import INTERRUPTIONS
from tests.app.conftest import NO_WEIGHTS, WEIGHTS, open_fake


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("broken", "There is no source called broken: choose another."),
        ("unplugged", "The camera is gone: plug it in."),
        ("bug", "bug could not be opened; details are in the terminal."),
    ],
)
def test_a_source_that_fails_is_explained_and_the_old_one_plays_on(open_window, qtbot, source, sentence):
    window = open_window()
    old = window.switch.player
    window.open(source)
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == sentence
    assert window.switch.player is old and old.state is PlayerState.RUNNING
    shown = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.banner.isVisible() and window.isVisible()


def test_why_the_first_source_failed_is_said_in_the_place_of_the_picture_until_another_is_opened(
    open_window, qtbot
):
    window = open_window(None)
    window.open("broken")
    qtbot.waitUntil(window.banner.isVisible)
    window.banner.hide()
    window.show_numbers()
    assert window.picture.message == "There is no source called broken: choose another."
    window.open("fake")
    qtbot.waitUntil(lambda: window.estimate is not None)
    assert "broken" not in window.picture.message


def test_a_source_that_stops_by_itself_is_said_for_as_long_as_it_is_so_and_space_opens_it_again(
    open_window, qtbot, pipeline
):
    pipeline.modes = ()
    window = open_window("torn")
    old = window.switch.player
    qtbot.waitUntil(lambda: "latency" in window.status.text())
    old.source.pulled.set()
    qtbot.waitUntil(lambda: window.status.text() == STOPPED)
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == "The camera stopped: check its cable."
    assert window.picture.message == STOPPED and STOPPED in window.headline.text.text()
    assert window.failed == "The camera stopped: check its cable."
    assert window.bar.pause.text() == "Play"
    window.banner.hide()
    window.show_numbers()
    assert window.status.text() == STOPPED
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "latency" in window.status.text())
    assert window.switch.player is not old and window.bar.pause.text() == "Pause" and window.failed is None
    assert window.picture.message == picture.NO_HAND and "No hand" in window.headline.text.text()


def test_where_nothing_plays_any_more_no_numbers_pretend_that_something_does(open_window, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: "latency" in window.status.text())
    window.switch.stop()  # as a camera that made way and did not come back
    window.show_numbers()
    assert window.status.text() == picture.NO_SOURCE


def test_an_error_in_the_pipeline_is_said_once_and_pictures_go_on(open_window, qtbot, pipeline):
    window = open_window()
    pipeline.error = ZeroDivisionError("not for a person's eyes")
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == worker.BROKEN_FRAME
    window.banner.hide()
    shown = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown and not window.estimate.hands)
    pipeline.error = None
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    assert not window.banner.isVisible()


def test_a_picture_without_an_estimate_is_not_said_to_wait_for_one(open_window, qtbot, pipeline):
    pipeline.error = ZeroDivisionError("not for a person's eyes")
    window = open_window()
    qtbot.waitUntil(window.banner.isVisible)
    qtbot.waitUntil(lambda: window.picture.message == picture.NO_ESTIMATE)
    window.show_numbers()
    assert "No estimate" in window.headline.text.text()


def test_before_there_is_a_pipeline_it_is_said_to_start(qtbot, qapp, settings, pipeline):
    made = threading.Event()
    window = Window(lambda _: made.wait(10) and pipeline, WEIGHTS, settings, False, open_fake)
    qtbot.addWidget(window)
    window.show()
    window.open("fake")
    qtbot.waitUntil(lambda: window.estimate is not None)
    window.show_numbers()
    assert window.picture.message == picture.STARTING and "Starting" in window.headline.text.text()
    made.set()
    qtbot.waitUntil(lambda: bool(window.estimate.hands))


def test_pictures_of_another_source_that_all_fail_are_said_too(open_window, qtbot, pipeline):
    window = open_window()
    for source in (None, "other"):
        if source is not None:
            pipeline.error = None
            qtbot.waitUntil(lambda: bool(window.estimate.hands))
            window.open(source)
            qtbot.waitUntil(lambda: window.showing.player.source.uri == "other")
            assert not window.banner.isVisible()
        pipeline.error = ZeroDivisionError("not for a person's eyes")
        qtbot.waitUntil(window.banner.isVisible)
        assert window.banner.label.text() == worker.BROKEN_FRAME


def test_a_pipeline_that_cannot_be_made_leaves_a_window_that_says_so(window_without_network, qtbot):
    window = window_without_network
    window.open("fake")
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == NO_WEIGHTS
    assert window.failed == window.banner.label.text()


def test_an_error_in_a_timer_is_one_message(open_window, monkeypatch, capsys):
    window = open_window()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    main.guard(window)
    painters = []

    def paint() -> None:
        painters.append(weakref.ref(painter := QObject()))
        raise ValueError("drawn wrongly", painter.objectName())

    for _ in range(3):
        with pytest.raises(ValueError) as caught:
            paint()
        sys.excepthook(caught.type, caught.value, caught.tb)
    assert "drawn wrongly" in window.banner.label.text()
    assert capsys.readouterr().err.count("ValueError: ") == 1
    assert [painter() for painter in painters] == [None] * 3, "Qt crashes where one is left active"


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_an_interruption_in_the_middle_of_painting_waits_for_the_end_of_it(
    qapp, qtbot, interruptible, interruption
):
    class Painted(QWidget):
        was_open: list[bool]

        def paintEvent(self, event):
            signal.raise_signal(interruption)
            self.was_open.append(self.isVisible())

    window = Painted()
    window.was_open = []
    qtbot.addWidget(window)
    main.close_on_interrupt(window)
    window.show()
    qtbot.waitUntil(lambda: bool(window.was_open) and not window.isVisible())
    assert window.was_open[0]


def test_what_goes_wrong_all_the_time_is_said_once_and_what_comes_back_again(open_window, monkeypatch):
    window = open_window()
    window.complain("No room.")
    window.banner.hide()
    window.complain("No room.")
    assert not window.banner.isVisible()
    monkeypatch.setattr("handorient.app.window._AGAIN_S", 0.0)
    window.complain("No room.")
    assert window.banner.isVisible()
    window.complain("No room there.")
    assert len(window._said) == 1, "what may be said again need not be remembered"
