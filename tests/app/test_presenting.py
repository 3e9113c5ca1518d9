"""Presenting: large type has room on a small projector, and afterwards all is as it was."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QFontMetricsF
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLabel, QTabBar, QToolButton, QWidget

from handorient.app import caption, theme
from handorient.app.augmented import AugmentedView
from handorient.app.settings import FOLDER
from handorient.app.text import smaller
from handorient.app.views import PANELS
from tests.app.conftest import estimate_of, settled


@pytest.mark.parametrize("width, height", [(1024, 768), (1366, 768), (1920, 1080), (2560, 1440)])
def test_a_projector_has_room_for_lab_and_augmented_reality_and_for_what_a_session_adds(
    open_window, width, height
):
    window = open_window()
    for name in ("Ambiguity lab", "Augmented reality"):
        window.stage.toggle(name)
    window.density.legend.setText("a legend that is longer than any plot is wide, so that it must be cut")
    hint = window.minimumSizeHint()
    assert hint.width() <= 1024 and hint.height() <= 768 - 40
    window.presentation.toggle()
    window.resize(width, height)  # as the full screen does
    hint = window.minimumSizeHint()
    assert hint.width() <= width and hint.height() <= height
    window.presentation.toggle()


def test_the_lab_is_presented_in_the_place_of_the_plots(open_window, qtbot):
    window = open_window(None)
    lab = window.stage.docks["Ambiguity lab"]
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: lab.in_front)
    assert window.density.isVisible()
    QTest.keyClick(window, "P")
    qtbot.waitUntil(lambda: not window.density.isVisible() and lab.width() > 0.9 * window.width())
    QTest.keyClick(window, "1")
    qtbot.waitUntil(lambda: window.density.isVisible() and not lab.isAncestorOf(window.picture))
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: not window.density.isVisible() and lab.isAncestorOf(window.picture))
    window.resize(1440, 900)  # as the full screen does
    qtbot.waitUntil(lambda: lab.view.sheet.height() > 0.6 * window.height())
    assert window.picture.isVisible() and window.picture.height() > 200
    assert lab.view.sheet.width() > 2 * window.picture.width()
    window.showing.show(estimate_of((0.6, 40.0, 20.0), (0.4, -40.0, -20.0)))
    assert not len(window.density.modes.points()), "nobody sees it, so it computes nothing"
    QTest.keyClick(window, "P")
    assert window.density.isVisible() and len(window.density.modes.points()) == 2
    assert window.picture.isVisible() and not lab.isAncestorOf(window.picture)
    assert window.scene.hypotheses[1].arrow.visible()


def test_the_tabs_of_all_panels_can_be_read_while_presenting_on_a_small_projector(open_window, qtbot):
    window = open_window(None)
    window.resize(1024, 768)
    for panel in PANELS[1:]:
        QTest.keyClick(window, panel.key)
    theme.apply(QApplication.instance(), scaled=theme.PRESENTED)
    try:
        QApplication.processEvents()
        tabs = next(bar for bar in window.stage.findChildren(QTabBar) if bar.isVisible())
        assert [tabs.tabText(index) for index in range(tabs.count())] == [
            "Timeline",
            "Lab",
            "Network",
            "Times",
        ]
        metrics = tabs.fontMetrics()
        for index in range(tabs.count()):
            assert metrics.horizontalAdvance(tabs.tabText(index)) < tabs.tabRect(index).width()
    finally:
        theme.apply(QApplication.instance())
    titles = [dock.titleBarWidget().findChild(QLabel).text() for dock in window.stage.docks.values()]
    assert all(title.startswith(panel.name) for title, panel in zip(titles, PANELS, strict=True))


def test_the_densitys_legend_is_whole_while_presenting_on_a_small_projector(open_window, qtbot, monkeypatch):
    window, legend = open_window("clip"), "+ opposite   ○ truth   ┄ filter"
    shown = {}

    def note(painter, room, line, font, colour, alignment):
        smallest = QFontMetricsF(smaller(font, 0.0)).horizontalAdvance(line)
        shown[line] = smallest <= room.width()

    monkeypatch.setattr(caption, "write", note)
    window.presentation.toggle()
    window.resize(1024, 768)
    window.density.legend.setText(legend)
    try:
        theme.apply(QApplication.instance(), scaled=theme.PRESENTED)
        QApplication.processEvents()
        window.grab()
    finally:
        theme.apply(QApplication.instance())
    assert shown["How likely"] and shown[legend]


def test_no_button_lies_over_a_panel_while_presenting(open_window, qtbot):
    window = open_window()
    window.presentation.toggle()
    QTest.keyClick(window, "4")  # made while presenting
    view = window.stage.view(AugmentedView)
    for presenting in (True, False, True):
        assert [button.isVisible() for button in view.buttons] == [not presenting] * 2
        window.presentation.toggle()


def test_a_message_stays_whole_in_large_type(open_window, qtbot):
    window = open_window(None)
    window.complain("A sentence that is so long that it needs a line more in larger type. " * 2)
    small = window.banner.height()
    QTest.keyClick(window, "P")
    label = window.banner.label
    qtbot.waitUntil(lambda: window.banner.height() > small)
    assert label.height() >= label.heightForWidth(label.width())


@pytest.mark.parametrize("size", [(1024, 768), (900, 700)])
def test_the_presented_lab_is_whole_and_what_is_beside_it_gives_way(open_window, qtbot, size):
    window = open_window()
    lab, augmented = (window.stage.docks[name] for name in ("Ambiguity lab", "Augmented reality"))
    window.resize(*size)
    for key in "42P":
        QTest.keyClick(window, key)
    window.resize(*size)  # as the full screen does
    qtbot.waitUntil(lambda: window.picture.isVisible() and lab.isAncestorOf(window.picture))
    qtbot.wait(100)
    assert not augmented.isVisible()
    for view in lab.view.findChildren(QWidget):
        if view.isVisible() and view is not lab.view.note:
            place = QRect(view.mapTo(window, QPoint()), view.size())
            assert window.rect().contains(place) and view.width() >= view.minimumSizeHint().width()
    for button in lab.view.findChildren(QToolButton):
        assert not button.isVisible() or button.width() >= button.sizeHint().width(), button.text()
    QTest.keyClick(window, "4")  # which asks for what has no place here
    qtbot.waitUntil(lambda: augmented.isVisible() and window.density.isVisible() and not lab.isVisible())
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: lab.in_front and not augmented.isVisible())
    QTest.keyClick(window, "P")
    assert augmented.isVisible() and lab.in_front
    QTest.keyClick(window, "P")
    assert not augmented.isVisible()
    window.close()
    assert open_window(None).stage.docks["Augmented reality"].isVisible()


def test_recording_can_be_seen_while_presenting(open_window, qtbot, settings, tmp_path):
    settings.set(FOLDER, str(tmp_path))
    window = open_window()
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: window.bar.record.text() == "0:00")
    assert not window.headline.recording.isVisible(), "the bar says it"
    QTest.keyClick(window, "P")
    qtbot.waitUntil(window.headline.recording.isVisible)
    assert "0:0" in window.headline.recording.text()
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: not window.headline.recording.isVisible())


def test_presenting_is_large_and_bare_and_escape_ends_it(open_window, qtbot):
    window = open_window()
    height = window.headline.height()
    QTest.keyClick(window, Qt.Key.Key_P)
    assert window.headline.height() > height and window.isFullScreen()
    assert not window.bar.isVisible() and not window.status.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.headline.height() == height and not window.isFullScreen()
    assert window.bar.isVisible() and window.status.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.isVisible(), "a key pressed once too often does not end the show"


@pytest.mark.parametrize(("size", "keys"), [((900, 700), "4"), ((800, 640), "2")])
def test_panels_and_a_presentation_leave_the_window_the_size_that_it_had(
    open_window, qtbot, monkeypatch, size, keys
):
    monkeypatch.setattr("handorient.app.presenting._SETTLED_MS", 50)
    window = open_window("clip")
    qtbot.waitUntil(window.controls.isVisible)
    window.resize(*size)
    for key in keys:
        QTest.keyClick(window, key)
    qtbot.wait(200)
    side = window.stage._side
    assert (window.width(), window.height()) == size
    assert side.width() >= side.minimumSizeHint().width(), "nothing is cut off"
    for _ in range(2):
        QTest.keyClick(window, "P")
        qtbot.wait(200)
    assert (window.width(), window.height()) == size


def test_the_plots_share_a_full_screen_that_comes_late_and_have_their_own_width_after_it(open_window):
    stage = open_window(None).stage
    before = stage.sizes()
    stage.present(True)
    stage.resize(2 * stage.width(), stage.height())
    assert stage.sizes()[1] == pytest.approx(0.42 * stage.width(), abs=10)
    stage.present(False)
    stage.resize(stage.width() // 2, stage.height())
    assert stage.sizes() == before


@pytest.mark.parametrize("keys", ["", "2"])
def test_a_presentation_in_a_small_window_changes_nothing_there_and_in_a_larger_one(open_window, qtbot, keys):
    window = open_window("clip")
    qtbot.waitUntil(window.controls.isVisible)
    for key in keys:
        QTest.keyClick(window, key)
    window.resize(1400, 860)
    before = settled(qtbot, window.stage.sizes)
    window.resize(900, 700)
    small = settled(qtbot, lambda: (window.stage.sizes(), window.picture.size()))
    assert small[0][1] < before[1], "the picture needs what is missing"
    for _ in range(2):
        QTest.keyClick(window, "P")
        qtbot.wait(50)
    qtbot.waitUntil(lambda: (window.stage.sizes(), window.picture.size()) == small)
    window.resize(1400, 860)
    qtbot.waitUntil(lambda: window.stage.sizes() == before)
    window.close()
    window = open_window("clip")
    window.resize(1400, 860)
    qtbot.waitUntil(lambda: window.stage.sizes() == before)


def test_type_is_as_large_as_the_window_that_presents_which_a_screen_may_leave_small(open_window):
    window = open_window(None)
    QTest.keyClick(window, "P")
    for size in (QSize(1440, 900), QSize(900, 700), QSize(1920, 1080)):
        window.resize(size)
        assert theme.scale == theme.presented(size)
    QTest.keyClick(window, "P")
    assert theme.scale == 1.0
    window.resize(QSize(1440, 900))
    assert theme.scale == 1.0


def test_a_full_screen_that_was_there_before_a_presentation_is_there_after_it(open_window):
    window = open_window(None)
    QTest.keyClick(window, "F")
    for _ in range(2):
        QTest.keyClick(window, "P")
        assert window.isFullScreen()
    QTest.keyClick(window, "P")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.isFullScreen() and window.bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()


def test_the_densitys_marks_are_as_large_as_its_type_though_nothing_plays(open_window, qtbot):
    window = open_window("clip")
    window.toggle_pause()
    marks = window.density.modes, window.density.opposite
    qtbot.waitUntil(lambda: len(marks[0].points()) > 0)

    def sizes() -> list[float]:
        return [points.points()[0].size() for points in marks]

    before, scale = sizes(), theme.scale
    QTest.keyClick(window, "P")
    grown = theme.scale / scale
    qtbot.waitUntil(lambda: sizes() == pytest.approx([grown * size for size in before], abs=0.6))
    assert grown > 1
    QTest.keyClick(window, "P")
    qtbot.waitUntil(lambda: sizes() == before)


def test_a_hint_that_made_way_for_the_lab_is_not_back_after_a_presentation(open_window):
    window = open_window()
    window.show_hint()
    QTest.keyClick(window, "P")
    assert not window.hint.isVisible()
    QTest.keyClick(window, "P")
    assert window.hint.isVisible(), "nobody has read it yet"
    for key in "P2P":
        QTest.keyClick(window, key)
    assert not window.hint.isVisible()


def test_the_layout_can_be_put_back_while_presenting_and_is_so_afterwards(open_window, qtbot):
    window = open_window()
    stage, usual = window.stage, window.stage.sizes()
    stage.setSizes([500, 700])
    assert stage.sizes() != usual
    QTest.keyClick(window, "P")
    presented = stage.sizes()
    stage.reset()
    assert stage.sizes() == presented
    QTest.keyClick(window, "P")
    qtbot.waitUntil(lambda: stage.sizes() == usual)


def test_a_window_comes_back_as_it_was_before_the_presentation_that_it_was_closed_in(open_window, qtbot):
    window = open_window()
    window.resize(1000, 700)
    window.stage.setSizes([500, 460])
    left = settled(qtbot, window.stage.sizes)
    QTest.keyClick(window, "P")
    assert window.isFullScreen()
    window.close()
    again = open_window(None, size=None)
    assert not again.isFullScreen() and (again.width(), again.height()) == (1000, 700)
    qtbot.waitUntil(lambda: again.stage.sizes() == left)
