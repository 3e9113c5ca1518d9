"""The stage: panels open and close by key and menu, and everything is remembered and put back."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLabel, QToolButton

from handorient.app import theme
from handorient.app.caption import Caption
from handorient.app.stage import framed
from handorient.app.timeline import TimelineView
from handorient.app.views import PANELS
from tests.app.conftest import settled


def test_every_panel_opens_and_closes_with_its_key_and_shows_estimates(open_window, qtbot):
    window = open_window()
    for panel in PANELS:
        dock = window.stage.docks[panel.name]
        if dock.isVisible():
            QTest.keyClick(window, panel.key)
            assert not dock.isVisible()
        QTest.keyClick(window, panel.key)
        qtbot.waitUntil(lambda dock=dock: dock.isVisible() and dock.view is not None)
        assert dock.view in window.showing.views
    shown = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown)
    assert not window.banner.isVisible()


def test_a_panel_behind_another_one_rests_until_its_key_brings_it_to_the_front(open_window, qtbot):
    window = open_window()
    timeline, times = (window.stage.docks[name] for name in ("Timeline", "Stage times"))
    qtbot.waitUntil(lambda: timeline.in_front)
    QTest.keyClick(window, "5")
    qtbot.waitUntil(lambda: times.in_front and not timeline.in_front)
    assert times.view.isVisible() and not timeline.view.isVisible()
    QTest.keyClick(window, "1")
    qtbot.waitUntil(lambda: timeline.in_front and not times.in_front)
    assert timeline.view.isVisible() and times.isVisible(), "still open, behind"
    QTest.keyClick(window, "1")
    qtbot.waitUntil(lambda: times.in_front)
    assert not timeline.isVisible()


def test_a_panel_opened_while_paused_shows_what_is_held(open_window, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.wait(150)
    QTest.keyClick(window, "4")
    augmented = window.stage.docks["Augmented reality"]
    qtbot.waitUntil(lambda: augmented.in_front)
    assert augmented.view._estimate is window.estimate


def test_the_window_fits_a_small_screen_and_with_every_panel_a_laptop(open_window, qtbot):
    window = open_window("clip")
    qtbot.waitUntil(window.controls.isVisible)
    smallest = window.minimumSizeHint()
    assert smallest.width() <= 800 and smallest.height() <= 560, "800 x 600, less a title"
    help_ = window.help.layout()
    assert help_.minimumSize().width() <= 800 and help_.minimumHeightForWidth(800) <= 560
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: window.stage.docks["Ambiguity lab"].in_front)
    smallest = window.minimumSizeHint()
    assert smallest.width() <= 1024 and smallest.height() <= 640, "1280 x 720, less a title and a task bar"
    for panel in PANELS:
        if not window.stage.docks[panel.name].isVisible():
            QTest.keyClick(window, panel.key)
    qtbot.waitUntil(lambda: all(dock.view is not None for dock in window.stage.docks.values()))
    qtbot.wait(100)
    assert (window.width(), window.height()) == (1280, 800)
    smallest = window.minimumSizeHint()
    assert smallest.width() <= 1280 and smallest.height() <= 700, "768 pixels, less a title and a task bar"


def test_a_high_panel_leaves_the_picture_room_in_a_small_window(open_window, qtbot):
    window = open_window(None)
    window.resize(1280, 660)
    QTest.keyClick(window, "2")
    lab = window.stage.docks["Ambiguity lab"]
    qtbot.waitUntil(lambda: lab.in_front and lab.height() > window.stage.docks["Timeline"].panel.size_px)
    QApplication.processEvents()  # the rest of the layout
    assert window.picture.height() >= 140


def test_the_lab_takes_most_of_the_height_while_it_is_in_front(open_window, qtbot):
    window = open_window(None)
    timeline, lab = (window.stage.docks[name] for name in ("Timeline", "Ambiguity lab"))
    window.resize(1400, 880)
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: 0.6 * window.stage.height() < lab.height() < 0.7 * window.stage.height())
    QTest.keyClick(window, "1")
    qtbot.waitUntil(lambda: timeline.in_front and timeline.height() < 0.55 * window.stage.height())


def test_the_picture_keeps_a_third_beside_the_lab_and_all_that_the_lab_cannot_fill(open_window, qtbot):
    window = open_window("clip")
    qtbot.waitUntil(window.controls.isVisible)
    lab, picture = window.stage.docks["Ambiguity lab"], window.picture.parentWidget()
    window.resize(1440, 900)
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: lab.in_front and lab.height() > 300)

    def share() -> float:
        return picture.height() / window.stage.height()

    assert share() >= 0.33
    window.show_hint()  # which takes its height from the stage
    foot = window.hint.parentWidget()
    qtbot.waitUntil(lambda: window.hint.isVisible() and foot.y() >= window.stage.geometry().bottom())
    qtbot.waitUntil(lambda: share() >= 0.33)
    window.hint.dismiss()
    QTest.keyClick(window, "2")
    window.resize(1440, 1500)
    QTest.keyClick(window, "2")
    qtbot.waitUntil(lambda: lab.in_front and share() > 0.5)
    most = round(0.6 * window.stage.height())
    assert lab.view.height() <= lab.view.filled_px(lab.view.width(), most) + 2 < most


def test_a_lower_window_leaves_what_is_beside_the_picture_its_width(open_window, qtbot):
    window = open_window("clip")
    qtbot.waitUntil(window.controls.isVisible)
    window.resize(1440, 900)
    for key in "42":
        QTest.keyClick(window, key)
    beside, picture = window.stage.docks["Augmented reality"], window.picture.parentWidget()
    window.stage._side.resizeDocks([beside], [300], Qt.Orientation.Horizontal)
    assert settled(qtbot, beside.width) == pytest.approx(300, abs=2)
    window.resize(1440, 700)
    assert settled(qtbot, beside.width) == pytest.approx(300, abs=2)
    assert picture.height() >= 0.33 * window.stage.height()


def test_panels_grow_with_what_is_written_in_them_and_have_their_own_size_after_it(open_window, qtbot):
    window = open_window(None)
    timeline, augmented = (window.stage.docks[name] for name in ("Timeline", "Augmented reality"))
    QTest.keyClick(window, "4")
    high, wide = timeline.panel.size_px, augmented.panel.size_px
    qtbot.waitUntil(lambda: (timeline.height(), augmented.width()) == (high, wide))
    QTest.keyClick(window, "P")
    window.resize(2560, 1440)
    qtbot.waitUntil(lambda: timeline.height() == theme.px(high) and augmented.width() > 1.5 * wide)
    QTest.keyClick(window, "P")
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: (timeline.height(), augmented.width()) == (high, wide))


def test_a_panel_that_is_made_to_float_is_large(open_window):
    window = open_window(None)
    QTest.keyClick(window, "2")
    lab = window.stage.docks["Ambiguity lab"]
    lab.titleBarWidget().findChildren(QToolButton)[0].click()
    assert lab.isFloating() and (lab.width(), lab.height()) == (1200, 700)
    assert lab.screen().availableGeometry().contains(lab.geometry())


def test_the_row_of_panels_is_as_high_as_before_once_a_high_one_is_closed(open_window, qtbot):
    window = open_window(None)
    timeline, lab = (window.stage.docks[name] for name in ("Timeline", "Ambiguity lab"))
    before = timeline.panel.size_px
    qtbot.waitUntil(lambda: timeline.height() == before)
    button = lab.titleBarWidget().findChildren(QToolButton)[-1]
    for close in (lambda: QTest.keyClick(window, "2"), button.click, lab.toggleViewAction().trigger):
        QTest.keyClick(window, "2")
        qtbot.waitUntil(lambda: lab.height() > before + 50)
        close()
        qtbot.waitUntil(lambda: timeline.height() == before)


def test_only_the_panels_meant_to_be_open_are_open_at_first(open_window):
    window = open_window(None)
    assert [p.name for p in PANELS if window.stage.docks[p.name].isVisible()] == ["Timeline"]
    assert all((window.stage.docks[p.name].view is None) == (not p.visible) for p in PANELS)


def test_panels_stay_as_they_were_left_until_they_are_put_back(open_window):
    window = open_window(None)
    QTest.keyClick(window, "1")
    QTest.keyClick(window, "5")
    window.close()
    window = open_window(None)
    timeline, times = (window.stage.docks[name] for name in ("Timeline", "Stage times"))
    assert not timeline.isVisible() and times.isVisible()
    timeline.show()
    timeline.setFloating(True)
    window.stage.reset()
    assert timeline.isVisible() and not timeline.isFloating() and not times.isVisible()


@pytest.mark.parametrize("keys", ["5", "1"], ids=["behind a tab", "closed"])
def test_the_timeline_collects_from_the_start_where_it_was_left_unseen(open_window, qtbot, keys):
    window = open_window(None)
    QTest.keyClick(window, keys)
    qtbot.waitUntil(lambda: not window.stage.docks["Timeline"].in_front)
    window.close()
    window = open_window("clip")
    timeline = window.stage.view(TimelineView)
    qtbot.waitUntil(lambda: len(timeline.columns) > 10)
    assert not timeline.isVisible()
    QTest.keyClick(window, "1")
    qtbot.waitUntil(timeline.isVisible)
    assert len(timeline.columns) > 10


def test_a_panel_that_floats_passes_keys_on_to_the_window(open_window):
    window = open_window()
    dock = window.stage.docks["Timeline"]
    dock.setFloating(True)
    for receiver, text in ((dock, "Play"), (dock.view, "Pause")):
        QTest.keyClick(receiver, Qt.Key.Key_Space)
        assert window.bar.pause.text() == text


def test_a_legend_makes_way_for_the_title_beside_it(qtbot, qapp):
    legend = Caption("a legend that is longer than any plot is wide, so that it must be cut")
    frame = framed(QLabel(), "How likely", legend)
    qtbot.addWidget(frame)
    frame.resize(240, 100)
    frame.show()
    title = next(label for label in frame.findChildren(Caption) if label.text() == "How likely")
    assert title.width() >= title.sizeHint().width() and legend.geometry().right() < frame.width()


def test_every_view_has_a_name_for_who_cannot_see_it(open_window):
    window = open_window(None)
    names = [view.accessibleName() for view in window.showing.views]
    assert all(names) and len(set(names)) == len(names)


def test_a_panel_floats_with_every_view_alive(open_window, qtbot):
    window = open_window()
    window.stage.docks["Timeline"].setFloating(True)
    timeline = window.stage.view(TimelineView)
    count = len(timeline.columns)
    qtbot.waitUntil(lambda: timeline.isVisible() and len(timeline.columns) > count)
    window.stage.docks["Timeline"].close()
    assert not window.stage.docks["Timeline"].isVisible()


def test_the_height_that_a_person_gave_a_panel_outlasts_a_presentation_and_the_window(open_window, qtbot):
    window = open_window()
    timeline = window.stage.docks["Timeline"]
    qtbot.waitUntil(lambda: timeline.in_front)
    QApplication.processEvents()
    window.stage._side.resizeDocks([timeline], [300], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: abs(timeline.height() - 300) < 20)
    given = timeline.height()
    window.presentation.toggle()
    qtbot.waitUntil(lambda: timeline.height() != given)
    window.presentation.toggle()
    qtbot.waitUntil(lambda: abs(timeline.height() - given) <= 2)
    window.presentation.toggle()
    window.close()
    again = open_window().stage.docks["Timeline"]
    qtbot.waitUntil(lambda: abs(again.height() - given) <= 12)
