"""The timeline: where an estimate is drawn, live and in a file, and what a click asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest

from handorient.app import theme
from handorient.app.text import clock
from handorient.app.timeline import WINDOW_S, TimelineView
from handorient.pipeline import Estimate
from tests.app.conftest import estimate_of
from tests.app.drawn import coloured, pixels

#: Pictures a second, where a test does not say otherwise.
RATE = 10.0
TWO = ((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))


def at(time_s: float, *modes: tuple[float, float, float]) -> Estimate:
    estimate = estimate_of(*modes)
    return replace(estimate, frame=replace(estimate.frame, time_s=time_s, captured_s=1000 + time_s))


@pytest.fixture
def timeline(qtbot, qapp) -> TimelineView:
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def play(view: TimelineView, start_s: float, end_s: float, *modes: tuple[float, float, float]) -> None:
    for time_s in np.arange(start_s, end_s, 1 / RATE):
        view.show_estimate(at(float(time_s), *modes))


def share_across(view: TimelineView, where: np.ndarray) -> tuple[float, float]:
    """Where on the strips, 0 to 1, the first and the last of some pixels are."""
    room, columns = view._room(), np.nonzero(where)[1]
    return tuple(((columns.min(), columns.max()) - np.array(room.left())) / room.width())


def test_a_file_is_drawn_at_its_time_and_stays_there(timeline):
    timeline.begin(10.0, RATE)
    play(timeline, 2.0, 4.0, *TWO)
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.2, 0.39), abs=0.02)
    play(timeline, 6.0, 7.0)
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.2, 0.39), abs=0.02)


def test_modes_are_drawn_at_their_angles_azimuth_above_elevation(timeline):
    timeline.begin(2.0, RATE)
    play(timeline, 0.0, 2.0, (1.0, 45.0, -45.0))
    azimuth, elevation, _ = timeline._strips()
    rows = np.nonzero(coloured(pixels(timeline), 0)[:, 300])[0]
    for strip, share in ((azimuth, 0.25), (elevation, 0.75)):
        expected = timeline._room().top() + strip.top() + share * strip.height()
        assert np.abs(rows - expected).min() < 3


@pytest.mark.parametrize("rate", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("duration_s", [None, WINDOW_S])
def test_few_pictures_a_second_leave_no_gaps(timeline, duration_s, rate):
    timeline.begin(duration_s, rate)
    for time_s in np.arange(0.0, WINDOW_S, 1 / rate):
        timeline.show_estimate(at(float(time_s), *TWO))
    there = coloured(pixels(timeline), 1)
    assert share_across(timeline, there) == pytest.approx((0.0, 1.0), abs=0.02)
    assert there.any(0).sum() > 0.99 * timeline._room().width(), "but for the playhead"


@pytest.mark.parametrize("rate", [1.0, 30.0])
def test_a_files_only_picture_is_there_from_its_beginning_to_its_end(timeline, rate):
    timeline.begin(1 / rate, rate)
    timeline.show_estimate(at(0.0, *TWO))
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.0, 1.0), abs=0.02)


def test_a_photograph_has_the_second_in_which_it_is_shown_and_none_has_that_of_a_missing_one(timeline):
    timeline.begin(5.0, 1.0)
    for time_s in (1.0, 2.0, 4.0):
        estimate = at(time_s, *TWO)
        timeline.show_estimate(replace(estimate, frame=replace(estimate.frame, path=Path("a.jpg"))))
    there = coloured(pixels(timeline), 1)
    assert share_across(timeline, there) == pytest.approx((0.2, 1.0), abs=0.02)
    assert there.any(0).mean() == pytest.approx(0.6 * timeline._room().width() / there.shape[1], abs=0.02)


def test_playing_a_file_again_replaces_what_was_there(timeline):
    timeline.begin(2.0, RATE)
    play(timeline, 0.0, 2.0, *TWO)
    play(timeline, 0.0, 2.0)
    assert not coloured(pixels(timeline), 1).any()


def test_a_live_source_scrolls_out_of_view_and_the_newest_is_at_the_end(timeline):
    timeline.begin(None, RATE)
    play(timeline, 0.0, 5.0, *TWO)
    first, last = share_across(timeline, coloured(pixels(timeline), 1))
    assert first == pytest.approx(1 - 5 / WINDOW_S, abs=0.02) and last == pytest.approx(1.0, abs=0.01)
    play(timeline, 5.0, WINDOW_S + 6)
    assert not coloured(pixels(timeline), 1).any()


def test_a_pause_leaves_a_gap_and_not_what_was_there_a_turn_ago(timeline):
    timeline.begin(None, RATE)
    play(timeline, 0.0, 10.0, *TWO)
    play(timeline, 10.0 + 0.9 * WINDOW_S, 10.0 + WINDOW_S)
    assert not coloured(pixels(timeline), 1).any()


@pytest.mark.parametrize("duration_s", [None, 1.0])
def test_a_second_answer_to_the_same_picture_takes_the_firsts_place(timeline, duration_s):
    timeline.begin(duration_s, RATE)
    for time_s, modes in ((0.5, TWO), (0.6, ()), (0.6, TWO)):
        timeline.show_estimate(at(time_s, *modes))
    both = pixels(timeline)
    timeline.show_estimate(at(0.6))
    assert coloured(pixels(timeline), 1).sum() < coloured(both, 1).sum()
    timeline.show_estimate(at(0.6, *TWO))
    assert (pixels(timeline) == both).all()


def test_a_photograph_that_was_shown_before_the_network_was_there_is_drawn(timeline):
    timeline.begin(1.0, 1.0)
    for modes in ((), TWO):
        estimate = at(0.0, *modes)
        timeline.show_estimate(replace(estimate, frame=replace(estimate.frame, path=Path("a.jpg"))))
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.0, 1.0), abs=0.02)


def test_a_long_file_is_there_as_a_whole_after_it_was_hidden(timeline):
    timeline.hide()
    count, estimate = 7000, at(0.0, *TWO)
    timeline.begin(count / 30, 30.0)
    for index in range(1, count):
        timeline.show_estimate(replace(estimate, frame=replace(estimate.frame, time_s=index / 30)))
    timeline.show()
    there = coloured(pixels(timeline), 1)
    assert share_across(timeline, there) == pytest.approx((0.0, 1.0), abs=0.02)
    first, last = np.nonzero(there.any(0))[0][[0, -1]]
    assert there[:, first:last].any(0).all(), "without gaps"


def test_a_live_source_keeps_what_can_be_seen(timeline):
    timeline.hide()
    timeline.begin(None, RATE)
    play(timeline, 0.0, 3 * WINDOW_S, *TWO)
    oldest_s = min(column.end_s for column in timeline.columns.values())
    assert oldest_s == pytest.approx(1000 + 2 * WINDOW_S, abs=0.2)


def test_a_resize_stretches_what_was_drawn_and_draws_anew_once_it_is_over(timeline, qtbot, monkeypatch):
    timeline.begin(10.0, RATE)
    play(timeline, 2.0, 4.0, *TWO)
    pixels(timeline)
    drawn = []
    draw = timeline._draw_column
    monkeypatch.setattr(timeline, "_draw_column", lambda painter, column: drawn.append(draw(painter, column)))
    for width in range(500, 639, 10):
        timeline.resize(width, 480)
    there = share_across(timeline, coloured(pixels(timeline), 1))
    assert not drawn and there == pytest.approx((0.2, 0.39), abs=0.02)
    qtbot.waitUntil(lambda: len(drawn) == len(timeline.columns))
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.2, 0.39), abs=0.02)


def of_hand(id: int, time_s: float) -> Estimate:
    estimate = at(time_s, *TWO)
    return replace(estimate, hands=(replace(estimate.hands[0], id=id),))


def cuts(view: TimelineView) -> list[float]:
    """Where on the strips, 0 to 1, the history is cut from top to bottom."""
    shown, room = pixels(view), view._room()
    rows = shown[round(room.top()) + 1 : round(room.bottom()) - 1, round(room.left()) : round(room.right())]
    panel = QColor(theme.PANEL).getRgb()[:3]
    cut = np.flatnonzero((rows == panel).all(-1).mean(0) > 0.9)  # but for the lines at 0 degrees
    groups = np.split(cut, np.flatnonzero(np.diff(cut) > 1) + 1) if len(cut) else []
    return [float(group.mean() / room.width()) for group in groups]


@pytest.mark.parametrize("duration_s", [None, 10.0])
def test_where_another_hand_takes_the_lead_the_history_is_cut_and_not_forgotten(timeline, duration_s):
    timeline.begin(duration_s, RATE)
    for time_s in np.arange(0.0, 10.0, 1 / RATE):
        timeline.show_estimate(of_hand(1 if time_s < 4.95 else 2, float(time_s)))
    expected = 1 - 5.05 / WINDOW_S if duration_s is None else 0.5
    assert cuts(timeline) == pytest.approx([expected], abs=0.01)
    first, last = share_across(timeline, coloured(pixels(timeline), 1))
    assert first == pytest.approx(0.5 if duration_s is None else 0.0, abs=0.02) and last > 0.98


def test_the_hand_that_leads_shows_its_own_history(timeline):
    timeline.begin(1.0, RATE)
    hands = {
        id: replace(estimate_of(*modes).hands[0], id=id) for id, modes in ((1, TWO), (2, ((1.0, 0.0, 0.0),)))
    }
    for time_s, led in ((0.1, (1, 2)), (0.2, (1, 2)), (0.3, (1,)), (0.4, (2, 1))):
        estimate = at(time_s, *TWO)
        timeline.show_estimate(replace(estimate, hands=tuple(hands[id] for id in led)))
    drawn = coloured(pixels(timeline), 1)  # the second mode, which the second hand has not
    assert share_across(timeline, drawn) == pytest.approx((0.3, 0.4), abs=0.01), "it was away then"
    timeline.show_estimate(replace(at(0.4, *TWO), hands=(hands[1], hands[2])))
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.1, 0.5), abs=0.01)
    timeline.show_estimate(replace(at(0.4, *TWO), hands=(hands[2], hands[1])))
    pixels(timeline)  # it is painted so
    timeline.show_estimate(replace(at(0.5, *TWO), hands=(replace(hands[2], id=3),)))
    drawn = coloured(pixels(timeline), 1)
    assert share_across(timeline, drawn) == pytest.approx((0.1, 0.4), abs=0.01), "as they led, of another"


def test_one_hand_that_comes_back_is_not_cut_off_and_another_one_is(timeline):
    timeline.begin(10.0, RATE)
    play(timeline, 0.0, 1.0)
    play(timeline, 1.0, 3.0, *TWO)
    play(timeline, 3.0, 5.0)
    play(timeline, 5.0, 6.0, *TWO)
    assert cuts(timeline) == []
    play(timeline, 6.0, 7.0)
    for time_s in (7.0, 7.0, 7.1, 7.2):  # another answer to the same picture does not mend it
        timeline.show_estimate(of_hand(2, time_s))
    assert cuts(timeline) == pytest.approx([0.7], abs=0.01)
    timeline.span(8.0)
    assert cuts(timeline) == pytest.approx([7 / 8], abs=0.01)


def test_a_jump_is_no_change_of_hands(timeline):
    timeline.begin(10.0, RATE)
    for id, time_s in ((3, 2.0), (3, 2.1), (1, 6.0), (1, 6.1), (2, 2.05), (2, 2.15)):
        timeline.show_estimate(of_hand(id, time_s))
    assert cuts(timeline) == []


def test_another_size_shows_the_same_history(timeline):
    timeline.begin(10.0, RATE)
    timeline.resize(400, 300)
    play(timeline, 2.0, 4.0, *TWO)
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.2, 0.39), abs=0.02)


def test_a_click_asks_for_the_time_beneath_it_and_only_where_there_is_an_end(timeline, qtbot):
    room = timeline._room()
    middle = QPoint(round(room.left() + room.width() / 4), round(room.center().y()))
    timeline.begin(None, RATE)
    with qtbot.assertNotEmitted(timeline.jumped):
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=middle)
    timeline.begin(20.0, RATE)
    with qtbot.waitSignal(timeline.jumped) as jumped:
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=middle)
    assert jumped.args[0] == pytest.approx(5.0, abs=0.05)


def test_times_are_written_as_players_write_them():
    assert [clock(t) for t in (0, 59.9, 61, 3600)] == ["0:00", "0:59", "1:01", "60:00"]


def test_the_pointer_reads_the_time_and_what_was_there(timeline):
    timeline.begin(10.0, RATE)
    play(timeline, 0.0, 5.0, *TWO)
    room = timeline._room()
    azimuth, _, apart = (strip.translated(room.topLeft()) for strip in timeline._strips())

    def at(share: float, strip: QRectF, height: float) -> str:
        return timeline.told_at(
            QPointF(room.left() + share * room.width(), strip.top() + height * strip.height())
        )

    assert at(0.2, azimuth, 0.25) == "0:02: azimuth +45°"
    assert at(0.2, azimuth, 0.5) == "0:02: azimuth 0°"
    assert at(0.2, apart, 0.5) == "0:02: 88° apart"
    assert at(0.8, apart, 0.5) == "0:08", "nothing is known yet"
    assert timeline.told_at(QPointF(2, 2)) == ""


def test_pictures_that_stand_still_are_counted(timeline):
    timeline.begin(4.0, 1.0, stills=True)
    timeline.show_estimate(at(2.0, *TWO))
    room, azimuth = timeline._room(), timeline._strips()[0]
    places = [QPointF(room.left() + share * room.width(), azimuth.center().y() + 4) for share in (0.01, 0.7)]
    assert [timeline.told_at(place) for place in places] == ["1: azimuth 0°", "3: azimuth 0°"]
    assert [timeline._place(time_s) for time_s in (0.0, 4.0)] == ["1", "4"], "at the ends"


def test_the_pointer_reads_what_is_drawn_on_top(timeline):
    timeline.begin(10.0, 1.0)
    room, apart = timeline._room(), timeline._strips()[2]
    place = room.topLeft() + QPointF(0.075 * room.width(), apart.center().y())
    for start_s, modes, told in (
        (0.0, TWO, "0:00: 88° apart"),
        (0.5, ((1.0, 40.0, 20.0),), "0:00: 1 hypothesis"),
        (0.25, (), "0:00"),
    ):
        timeline.show_estimate(at(5.0))  # each is a jump, and begins where it says
        timeline.show_estimate(at(start_s, *modes))
        assert timeline.told_at(place) == told


def test_the_pointer_asks_for_no_other_time_unless_its_button_is_down(timeline, qtbot):
    timeline.begin(10.0, RATE)
    asked = []
    timeline.jumped.connect(asked.append)
    QTest.mouseMove(timeline, QPoint(300, 100))
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert len(asked) == 1


def test_a_source_that_proves_shorter_leaves_what_is_drawn_at_its_times(timeline):
    timeline.begin(10.0, RATE)
    play(timeline, 0.0, 4.0, *TWO)
    timeline.span(5.0)
    assert share_across(timeline, coloured(pixels(timeline), 1)) == pytest.approx((0.0, 0.78), abs=0.04)
