"""The window with a source and a pipeline behind it: what a person sees and does."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest

from handorient.app import picture, theme, worker
from handorient.app.settings import MIRROR, THEME
from handorient.app.settings_dialog import SettingsDialog
from handorient.app.window import Window
from handorient.capture.player import PlayerState
from tests.app.conftest import WEIGHTS, open_fake


def test_before_a_source_the_window_says_what_to_do(open_window):
    window = open_window(None)
    assert window.picture.message == picture.NO_SOURCE
    assert not window.bar.pause.isEnabled()


def test_the_window_is_no_larger_than_the_screen(open_window, monkeypatch):
    sizes = []
    screen = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 1024, 700))
    monkeypatch.setattr(Window, "screen", lambda window: screen)
    monkeypatch.setattr(Window, "resize", lambda window, *size: sizes.append(size))
    open_window(None)
    (first,) = sizes[0]
    assert first.width() <= 1024 and first.height() < 700


def test_two_hypotheses_reach_every_view_and_the_headline(open_window, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: "2 hypotheses" in window.headline.text.text())
    assert "60%" in window.headline.shares.text() and "40%" in window.headline.shares.text()
    assert len(window.density.modes.points()) == 2
    assert sum(h.arrow.visible() for h in window.scene.hypotheses) == 2
    qtbot.waitUntil(lambda: "latency" in window.status.text())
    assert window.bar.inputs["colour"].isChecked()


def test_what_is_not_painted_does_not_count_as_shown(open_window, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: "latency" in window.status.text())
    window.picture.setUpdatesEnabled(False)
    window._statistics.clear()
    held = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not held)
    window.show_numbers()
    assert "waiting for pictures" in window.status.text()
    window.picture.setUpdatesEnabled(True)
    qtbot.waitUntil(lambda: "latency" in window.status.text())


def test_numbers_follow_at_once_when_a_hypothesis_comes_or_goes(open_window, qtbot, pipeline):
    window = open_window()
    qtbot.waitUntil(lambda: "2 hypotheses" in window.headline.text.text())
    window._text_timer.stop()
    pipeline.modes = ((0.5, 40.0, 20.0), (0.3, -40.0, -20.0), (0.2, 0.0, 50.0))
    qtbot.waitUntil(lambda: "3 hypotheses" in window.headline.text.text())
    pipeline.modes = ((0.7, 40.0, 20.0), (0.2, -40.0, -20.0), (0.1, 0.0, 50.0))
    qtbot.waitUntil(lambda: window.estimate.hands[0].modes[0].weight == pytest.approx(0.7))
    assert "50%" in window.headline.shares.text(), "else they change only as often as they can be read"
    pipeline.modes = ((1.0, 40.0, 20.0),)
    qtbot.waitUntil(lambda: "1 hypothesis" in window.headline.text.text())
    assert "100%" in window.headline.shares.text()


def test_the_layout_stays_when_the_hand_leaves(open_window, qtbot, pipeline):
    window = open_window()
    qtbot.waitUntil(lambda: "2 hypotheses" in window.headline.text.text())
    places = [view.geometry() for view in (*window.showing.views, window.headline, window.status)]
    pipeline.modes = ()
    qtbot.waitUntil(lambda: "No hand" in window.headline.text.text())
    assert window.picture.message == picture.NO_HAND
    assert len(window.density.modes.points()) == 0
    assert not any(h.arrow.visible() or h.ghost.visible() for h in window.scene.hypotheses)
    assert [view.geometry() for view in (*window.showing.views, window.headline, window.status)] == places


def test_a_hand_is_asked_for_only_where_somebody_could_hold_one_up(open_window, qtbot, pipeline):
    pipeline.modes = ()
    window = open_window("camera:0")
    qtbot.waitUntil(lambda: "hold one up" in window.picture.message)
    window.open("clip")
    qtbot.waitUntil(lambda: window.picture.message == picture.NO_HAND)


def test_another_source_takes_over_and_the_pipeline_starts_afresh(open_window, qtbot, pipeline):
    window = open_window()
    old, resets = window.switch.player, pipeline.resets
    window.open("other")
    qtbot.waitUntil(lambda: window.bar.source.text().startswith("other"))
    assert window.switch.player is not old
    qtbot.waitUntil(lambda: old.state is PlayerState.STOPPED)
    qtbot.waitUntil(lambda: pipeline.resets > resets)


def test_the_space_bar_holds_the_picture_and_lets_it_go_on(open_window, qtbot):
    window = open_window()
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.bar.pause.text() == "Play"
    qtbot.wait(150)
    held = window.estimate.frame.index
    qtbot.wait(150)
    assert window.estimate.frame.index == held
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.bar.pause.text() == "Pause"
    qtbot.waitUntil(lambda: window.estimate.frame.index != held)


def test_a_camera_is_mirrored_a_file_is_not_and_m_is_remembered(open_window, qtbot, settings):
    window = open_window("fake")
    assert not window.picture.mirrored
    window.open("camera:0")
    qtbot.waitUntil(lambda: window.picture.mirrored)
    assert window.scene.mirrored
    QTest.keyClick(window, Qt.Key.Key_M)
    assert not window.picture.mirrored and not window.scene.mirrored
    assert not settings.get(MIRROR)


def test_the_plots_show_the_surest_hand_until_another_is_chosen(open_window, qtbot, pipeline):
    pipeline.other_modes = ((1.0, -70.0, 0.0),)
    window = open_window()

    def shown() -> list[tuple[float, float]]:
        return [tuple(np.round(point.pos())) for point in window.density.modes.points()]

    qtbot.waitUntil(lambda: shown() == [(40, 20), (-40, -20)])
    QTest.keyClick(window, "H")
    assert shown() == [(-70, 0)] and "Right hand" in window.headline.text.text()
    shown_before = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown_before)
    assert shown() == [(-70, 0)], "and it stays chosen"
    pipeline.other_modes = ()
    qtbot.waitUntil(lambda: shown() == [(40, 20), (-40, -20)])


def test_an_input_is_chosen_in_the_bar_and_remembered_and_one_without_weights_cannot_be(
    open_window, qtbot, settings
):
    window = open_window()
    assert not window.bar.inputs["landmarks"].isEnabled()
    assert "missing" in window.bar.inputs["landmarks"].toolTip()
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    window.bar.inputs["silhouette"].click()
    qtbot.waitUntil(lambda: settings.input == "silhouette")
    assert window._worker.input == "silhouette" and window.bar.inputs["silhouette"].isChecked()
    QTest.keyClick(window, "I")
    qtbot.waitUntil(lambda: window._worker.input == "colour")
    window.close()
    settings.input = "colour"
    assert open_window()._worker.wanted == "colour"


@pytest.mark.parametrize("theme_name", ["light", "dark"])
def test_a_theme_changes_the_bars_at_once_and_never_the_views(open_window, settings, theme_name):
    window = open_window()
    settings.set(THEME, theme_name)
    bar, plot = window.bar.grab().toImage(), window.density.grab().toImage()
    assert (bar.pixelColor(bar.width() // 2, 2).lightness() > 128) == (theme_name == "light")
    assert plot.pixelColor(2, 2).lightness() < 60
    close = window.banner.close_button.icon().pixmap(36, 36).toImage()
    middle = close.pixelColor(close.width() // 2, close.height() // 2)
    assert middle == QColor(theme.chrome.banner[2]), "of a message"


def test_closing_while_the_pipeline_is_busy_takes_less_than_a_second(open_window, pipeline, monkeypatch):
    window = open_window()
    busy, process = threading.Event(), pipeline.process

    def slow(frame):
        busy.set()
        time.sleep(3.0)
        return process(frame)

    monkeypatch.setattr(pipeline, "process", slow)
    assert busy.wait(10)
    started = time.perf_counter()
    window.close()
    assert time.perf_counter() - started < 1.0


def test_the_pipeline_lives_in_one_thread_that_is_not_the_windows(open_window, qtbot, pipeline):
    window = open_window()
    window.close()
    qtbot.waitUntil(lambda: pipeline.closed)
    assert len(pipeline.threads) == 1
    assert threading.get_ident() not in pipeline.threads


def test_a_window_that_leaves_full_screen_is_as_large_as_it_was(open_window):
    window = open_window(None)
    window.setWindowState(Qt.WindowState.WindowMaximized)
    QTest.keyClick(window, "F")
    assert window.isFullScreen()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.isMaximized() and not window.isFullScreen()


def test_a_newcomer_sees_the_demo_in_outline_and_everything_else_as_usual(open_window, qtbot, settings):
    window = open_window("demo")
    qtbot.waitUntil(lambda: window._worker.wanted == "silhouette")
    window.open("fake")
    qtbot.waitUntil(lambda: window._worker.wanted == "colour")
    assert settings.input == ""  # it is still open what this person prefers
    window.inputs.use("colour")
    window.open("demo")
    qtbot.waitUntil(lambda: window.showing.player.source.uri == "demo")
    assert window._worker.wanted == "colour"


def test_a_newcomers_first_network_is_the_demos_and_no_other_is_loaded(
    qtbot, qapp, settings, pipeline, monkeypatch
):
    monkeypatch.setattr(worker, "_HEAD_START_S", 10.0)
    made = []
    monkeypatch.setattr(pipeline, "use", made.append)
    window = Window(lambda file: made.append(file) or pipeline, WEIGHTS, settings, False, open_fake)
    qtbot.addWidget(window)
    window.show()
    window.open("demo")
    qtbot.waitUntil(lambda: window._worker.input == "silhouette")
    assert made == [WEIGHTS["silhouette"]]


def test_a_video_whose_name_begins_like_the_demos_is_remembered_as_any_other(open_window, qtbot, settings):
    window = open_window("demonstration")
    assert window._worker.wanted == "colour" and settings.recent == ["demonstration"]


def test_the_window_does_not_load_what_renders_hands_before_the_lab_is_wanted():
    code = "import sys, handorient.app.window; print('handorient.lab' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


def test_the_settings_are_opened_once(open_window):
    window = open_window()
    window.show_settings()
    window.show_settings()
    assert len(window.findChildren(SettingsDialog)) == 1
