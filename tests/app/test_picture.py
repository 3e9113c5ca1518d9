"""The picture alone: arrows, outlines, percentages and what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtTest import QTest

from handorient.app import picture as picture_view
from handorient.app import theme
from handorient.app.density import DensityView
from handorient.app.picture import PictureView
from handorient.hand.crop import WINDOW_PX
from handorient.hand.crop import Window as CropWindow
from handorient.records import box_px
from handorient.replay import RecordedHand
from tests.app.conftest import estimate_of
from tests.app.drawn import TWO, centre_x, coloured, pixels
from tests.estimates import hand_at, open_palm


@pytest.fixture
def picture(qtbot) -> PictureView:
    view = PictureView()
    qtbot.addWidget(view)
    return view


def test_the_picture_has_an_arrow_in_each_hypothesis_colour_on_its_side(picture):
    picture.show_estimate(estimate_of(*TWO))
    drawn = pixels(picture)
    right, left = coloured(drawn, 0), coloured(drawn, 1)
    assert right.sum() > 300 and left.sum() > 300
    assert centre_x(right) > 320 > centre_x(left)


def test_a_mirrored_picture_mirrors_its_arrows_and_not_the_estimate(picture):
    estimate = estimate_of(*TWO)
    picture.mirrored = True
    picture.show_estimate(estimate)
    drawn = pixels(picture)
    assert centre_x(coloured(drawn, 0)) < 320 < centre_x(coloured(drawn, 1))
    assert drawn[10, 10].max() > drawn[10, -10].max()  # the picture's dark half is on its left
    assert estimate.hands[0].modes[0].normal[0] > 0


def test_a_mirrored_picture_says_so_in_its_corner_where_no_percentage_lies(picture, monkeypatch):
    boxes = []
    monkeypatch.setattr(picture_view, "_draw_label", lambda painter, box, text, colour: boxes.append(box))
    estimate = estimate_of((1.0, 89.0, -89.0))
    picture.show_estimate(estimate)
    picture.show_numbers(estimate)
    for mirrored in (False, True):
        picture.mirrored = mirrored
        assert (pixels(picture)[-40:, -100:] > 150).any() == mirrored
    picture.resize(140, 90)  # hardly room for both
    boxes.clear()
    picture.grab()
    assert boxes and not any(box.intersects(picture._mirrored_box()) for box in boxes)


def test_a_weak_hypothesis_looks_weaker(picture):
    picture.show_estimate(estimate_of((0.9, 40.0, 20.0), (0.1, -40.0, -20.0)))
    drawn = pixels(picture)
    assert coloured(drawn, 0).sum() > 2 * coloured(drawn, 1).sum()


def test_each_overlay_can_be_left_out(picture):
    estimate = estimate_of((1.0, 40.0, 20.0))
    picture.show_estimate(estimate)
    for overlay in ("arrows_shown", "landmarks_shown", "outline_shown"):
        before = pixels(picture)
        setattr(picture, overlay, False)
        after = pixels(picture)
        assert (before != after).any()
    assert not (after.reshape(-1, 3).std(1) > 3).any(), "nothing is left but the grey picture"


def test_an_estimate_counts_as_painted_once_and_not_before_it_is(picture):
    first, second = estimate_of((1.0, 40.0, 20.0)), estimate_of()
    painted = []
    picture.painted.connect(painted.append)
    pixels(picture)
    picture.show_estimate(first)
    assert painted == []
    pixels(picture)
    pixels(picture)
    picture.show_estimate(second)
    picture.show_estimate(first)
    assert painted == [first]
    picture.show_estimate(second)
    pixels(picture)
    assert painted == [first, second]


def test_two_hands_have_a_colour_each_and_a_click_chooses_one(picture, qtbot):
    first = estimate_of((1.0, 40.0, 20.0))
    hand = first.hands[0]
    moved = replace(hand.landmarks, points_px=hand.landmarks.points_px - (100, 0))
    other = replace(hand, id=2, landmarks=moved, crop=replace(hand.crop, window=CropWindow.around(moved)))
    picture.arrows_shown = False
    picture.show_estimate(replace(first, hands=(hand, other)))
    picture.resize(640, 480)
    colours = [theme.hand_colour(id, (2, 1)).getRgb()[:3] for id in (1, 2)]
    drawn = pixels(picture)
    columns = [np.nonzero(np.abs(drawn - colour).max(-1) < 30)[1].mean() for colour in np.array(colours)]
    assert columns[0] - columns[1] == pytest.approx(200, abs=40)
    for chosen, x in ((1, 330), (2, 130)):
        with qtbot.waitSignal(picture.hand_chosen) as clicked:
            QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(x, 260))
        assert clicked.args == [chosen]
    with qtbot.assertNotEmitted(picture.hand_chosen):
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(610, 20))


def test_a_picture_without_a_hand_has_no_arrows_and_says_what_to_do(picture):
    picture.show_estimate(estimate_of())
    drawn = pixels(picture)
    assert not coloured(drawn, 0).any() and not coloured(drawn, 1).any()
    assert (drawn[300:] > 200).all(-1).any(), "the line that says what to do"


@pytest.mark.parametrize("width, height", [(560, 84), (560, 146), (240, 400)])
def test_what_the_picture_says_is_whole_in_a_small_one(picture, width, height):
    picture.show_estimate(estimate_of())
    picture.resize(width, height)
    drawn = {}
    for message in (picture_view.NO_HAND_LIVE, ""):
        picture.say(message)
        drawn[message] = picture.grab().toImage()
    edge = [(x, y) for x in range(width) for y in (0, height - 1)]
    assert drawn[""] != drawn[picture_view.NO_HAND_LIVE]
    assert all(drawn[""].pixel(*at) == drawn[picture_view.NO_HAND_LIVE].pixel(*at) for at in edge)


def test_an_arrow_toward_the_viewer_is_still_seen(picture):
    picture.show_estimate(estimate_of((1.0, 0.0, 0.0)))
    assert coloured(pixels(picture), 0).sum() > 300


def test_no_percentage_covers_another_of_either_hand(qtbot, picture, monkeypatch):
    boxes = []
    monkeypatch.setattr(picture_view, "_draw_label", lambda painter, box, text, colour: boxes.append(box))
    two = estimate_of((0.5, 40.0, 0.0), (0.3, 42.0, 5.0), (0.2, -40.0, 0.0))
    both = replace(two, hands=(two.hands[0], replace(two.hands[0], id=2)))
    picture.show_estimate(both)
    picture.show_numbers(both)
    pixels(picture)
    assert len(boxes) == 6
    assert not any(a.intersects(b) for a, b in combinations(boxes, 2))


def test_a_percentage_lies_on_no_other_hand_where_there_is_room_beside_it(picture, monkeypatch):
    boxes = []
    monkeypatch.setattr(picture_view, "_draw_label", lambda painter, box, text, colour: boxes.append(box))
    whole = np.full((WINDOW_PX, WINDOW_PX), 255, np.uint8)
    fingers, knuckles = (130, 115, 100, 85, 70), (150, 130)
    left = hand_at(open_palm((100, 180), fingers, knuckles, 18), ((1.0, 50.0, 0.0),), 1, whole)
    beside = tuple(x + 110 for x in fingers)
    right = hand_at(open_palm((210, 180), beside, knuckles, 18), ((1.0, -50.0, 0.0),), 2, whole)
    estimate = replace(estimate_of(), hands=(left, right))
    picture.show_estimate(estimate)
    picture.show_numbers(estimate)
    pixels(picture)
    outlines = [picture._outline_of(hand, picture._picture_area()) for hand in (left, right)]
    assert len(boxes) == 2
    for box, other in zip(boxes, reversed(outlines), strict=True):
        assert not other.intersects(box)
        assert other.intersects(QRectF(other.boundingRect().center(), box.size()))


@pytest.mark.parametrize("tip", [(6, 200), (634, 200), (320, 4), (320, 476), (3, 3), (637, 477)])
def test_at_the_edge_a_percentage_stays_in_the_picture_and_off_its_arrows_tip(qtbot, tip):
    room = QRectF(0, 0, 640, 480)
    tip = QPointF(*tip)
    box = picture_view._label_box(tip, QPointF(320, 240), "100%", [], room)
    assert room.contains(box) and not box.adjusted(-8, -8, 8, 8).contains(tip)


@pytest.mark.parametrize("height", [84, 146])
def test_in_a_small_picture_arrows_and_percentages_are_small_and_stay_inside(picture, monkeypatch, height):
    boxes, lengths = [], []
    monkeypatch.setattr(picture_view, "_draw_label", lambda painter, box, text, colour: boxes.append(box))
    monkeypatch.setattr(picture_view, "draw_arrow", lambda *words: lengths.append(words[3]))
    estimate = estimate_of(*TWO)
    picture.show_estimate(estimate)
    picture.show_numbers(estimate)
    picture.resize(560, height)
    picture.grab()
    assert max(lengths) < 0.6 * height
    for box in boxes:
        assert QRectF(picture.rect()).contains(box) and 11 <= box.height() < 0.25 * height


def test_percentages_of_one_place_keep_clear_of_each_other_at_the_edge(qtbot):
    room, boxes = QRectF(0, 0, 640, 480), []
    for number in range(4):
        tip = QPointF(320 + number, 470)
        boxes.append(picture_view._label_box(tip, QPointF(320, 300), "25%", boxes, room))
    assert all(map(room.contains, boxes))
    assert not any(a.intersects(b) for a, b in combinations(boxes, 2))


def test_an_arrow_reaches_past_an_upright_pictures_side(picture):
    estimate = estimate_of((1.0, 80.0, 0.0))
    frame = replace(estimate.frame, rgb=np.ascontiguousarray(estimate.frame.rgb[:, 130:210]))
    hand = estimate.hands[0]
    points = hand.landmarks.points_px - (130.0, 0.0)
    hand = replace(hand, landmarks=replace(hand.landmarks, points_px=points))
    picture.show_estimate(replace(estimate, frame=frame, hands=(hand,)))
    assert coloured(pixels(picture), 0)[:, 402:].sum() > 100


def test_recorded_modes_are_hollow_beside_todays(qtbot, picture):
    view = DensityView()
    qtbot.addWidget(view)
    view.show()
    estimate = estimate_of((1.0, 40.0, 20.0))
    hand = estimate_of((1.0, -40.0, -20.0)).hands[0]
    then = RecordedHand(1, box_px(hand), hand.modes)
    picture.show_estimate(estimate)
    today = pixels(picture)
    for each in (view, picture):
        each.recorded = (then,)
        each.show_estimate(estimate)
    assert tuple(view.then.points()[0].pos()) == pytest.approx((-40, -20))
    assert "recorded" in view.legend.text()
    both = pixels(picture)
    assert (both != today)[:, :300].any(), "another arrow, to the left"
    assert coloured(both, 0).sum() == pytest.approx(coloured(today, 0).sum(), rel=0.05), "in no mode's colour"
    view.recorded = ()
    view.show_estimate(estimate)
    assert not len(view.then.points()) and "recorded" not in view.legend.text()


def test_a_recorded_hand_that_is_not_found_today_is_drawn_where_it_was(qtbot, picture):
    hand = estimate_of((1.0, -40.0, 0.0)).hands[0]
    picture.show_estimate(estimate_of())
    picture.recorded = (RecordedHand(None, box_px(hand), hand.modes),)
    drawn = pixels(picture)
    picture.recorded = (RecordedHand(None, box_px(hand) + np.array([40, 0, 0, 0]), hand.modes),)
    moved = pixels(picture)
    picture.recorded = ()
    empty = pixels(picture)
    first, second = (np.nonzero((one != empty)[:320].any((0, 2)))[0] for one in (drawn, moved))
    assert len(first) and second.min() > first.min()
