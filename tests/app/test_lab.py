"""The lab's view, with the shipped network."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QFontMetricsF

from handorient.app import lab, lab_room, lab_sheet, text, theme
from handorient.app.lab import COMPARING, HELD, NOTHING_TO_HOLD, LabView
from handorient.app.lab_sheet import LabSheet
from handorient.mixture import GaussianMixture
from handorient.orientation import angle_between, arrow
from tests.app.conftest import estimate_of


@pytest.fixture
def view(qtbot, qapp) -> LabView:
    view = LabView()
    qtbot.addWidget(view)
    view.resize(1000, 560)
    return view


@pytest.fixture
def shown(view, qtbot) -> LabView:
    view.show()
    qtbot.waitUntil(lambda: view.sheet.comparison is not None, timeout=60_000)
    return view


def test_no_number_beside_a_slider_is_cut_in_large_type_either(view, qapp):
    view.show()
    theme.apply(qapp, scaled=theme.PRESENTED)
    try:
        for name, slider in view.sliders.items():
            for end in (slider.minimum(), slider.maximum()):
                slider.setValue(end)
                assert view._values[name].sizeHint().width() <= view._values[name].width()
    finally:
        theme.apply(qapp)


def test_in_a_high_lab_the_controls_stay_together(view):
    view.resize(1200, 1000)
    view.show()
    tops = [slider.mapTo(view, slider.rect().topLeft()).y() for slider in view.sliders.values()]
    assert all(0 < after - before <= 50 for before, after in pairwise(tops))
    for below in (view.palm, view.propel):
        top = below.mapTo(view, below.rect().topLeft()).y()
        assert 0 < top - tops[-1] <= 110


def settled(view: LabView, qtbot, condition) -> None:
    qtbot.waitUntil(lambda: view.sheet.comparison is not None and condition(), timeout=60_000)


def test_the_demo_hand_follows_its_sliders_and_the_truth_is_marked(shown, qtbot):
    shown.sliders["turn"].setValue(-40)
    settled(
        shown,
        qtbot,
        lambda: shown.sheet.comparison.observation.truth.azimuth_rad == pytest.approx(np.radians(-40)),
    )
    lead, mirror = shown.sheet.comparison.hypotheses[:2]
    assert lead.orientation == shown.sheet.comparison.observation.truth
    assert mirror.orientation.azimuth_rad == pytest.approx(np.radians(40))
    shown.back.click()
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.truth.facing == "back")


def test_what_does_not_change_is_computed_once_and_not_at_each_painting(shown, monkeypatch):
    before = shown.sheet.grab().toImage()
    monkeypatch.delattr(GaussianMixture, "modes")
    assert shown.sheet.grab().toImage() == before


def test_the_baselines_answer_to_the_same_outline_when_they_are_asked_for(shown, qtbot):
    shown.sliders["turn"].setValue(40)
    shown.sliders["tip"].setValue(30)
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.truth.elevation_rad > 0.5)
    before = shown.sheet.grab().toImage()
    shown.baselines.click()
    assert shown.sheet.grab().toImage() != before
    comparison = shown.sheet.comparison
    assert set(comparison.baselines) == {"MSE", "heatmap"}
    assert np.degrees(comparison.miss_rad("MSE")) > 30, "between the truth and its opposite"
    assert comparison.baselines["heatmap"].heat is not None
    shown.propel.click()
    assert shown.sheet.grab().toImage() == before


def test_networks_are_off_the_truth_or_else_away_from_the_one_whose_hypothesis_leads(shown, qtbot):
    titles = shown.sheet._titles
    assert all(missed.endswith("° off") for _, missed in titles.values())
    seen = estimate_of((1.0, 40.0, 20.0))
    shown.show_estimate(replace(seen, frame=replace(seen.frame, truth=None)))
    shown.freeze.click()
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.truth is None)
    comparison, (first, *others) = shown.sheet.comparison, shown.sheet._titles.values()
    assert first == ("silhouette", "")
    for name, (who, missed) in zip(["colour", "MSE", "heatmap"], others, strict=True):
        assert who == name
        modes = len(comparison.answers[name].modes()) if name == "colour" else 1
        best = f"best of {modes}: " if modes > 1 else ""
        assert missed == f"{best}{np.degrees(comparison.miss_rad(name)):.0f}° away"


def test_a_hand_in_view_is_held_still_and_let_go(shown, qtbot):
    seen, later = estimate_of((0.6, 40.0, 20.0), (0.4, -40.0, -20.0)), estimate_of((1.0, 0.0, 0.0))
    shown.show_estimate(seen)
    shown.freeze.click()
    assert shown.frozen is seen and shown.note.text() == HELD
    assert shown.sheet.comparison is None and shown.sheet.message == COMPARING, "not the demo hand's figures"
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.crop is seen.hands[0].crop)
    shown.show_estimate(later)
    shown.clear()
    assert shown.frozen is seen, "another picture, or another source, changes nothing"
    shown.demo.click()
    assert shown.frozen is None and shown.note.text() == "" and shown.sheet.message == COMPARING
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.crop is not seen.hands[0].crop)


def test_what_is_no_longer_asked_for_is_not_shown(shown, qtbot):
    seen = estimate_of((1.0, 40.0, 20.0))
    shown.show_estimate(seen)
    shown.sliders["turn"].setValue(-40)  # at work, or waiting, when the hand is frozen
    shown.freeze.click()
    wrong = []
    qtbot.waitUntil(
        lambda: (
            wrong.append(shown.sheet.comparison)
            or (shown.sheet.comparison is not None and not shown._background.busy)
        ),
        timeout=60_000,
    )
    crops = {id(one.observation.crop) for one in wrong if one is not None}
    assert crops == {id(seen.hands[0].crop)}


def test_without_a_hand_there_is_nothing_to_hold(shown):
    shown.show_estimate(estimate_of())
    shown.freeze.click()
    assert shown.frozen is None and shown.note.text() == NOTHING_TO_HOLD and shown.demo.isChecked()


def test_a_lab_that_nobody_looks_at_computes_nothing(view):
    view.show_estimate(estimate_of((1.0, 0.0, 0.0)))
    view.sliders["tip"].setValue(3)
    assert not view._background.busy and view.sheet.comparison is None


def test_missing_weights_are_said(qtbot, qapp, monkeypatch):
    monkeypatch.setattr(lab, "shipped_weights", lambda name: Path("missing") / name)
    view = LabView()
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: "train one first" in view.sheet.message, timeout=30_000)
    assert not view.grab().isNull()


def test_a_hypothesis_has_the_colour_that_other_views_give_it(shown, qtbot):
    seen = estimate_of((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))
    hand = seen.hands[0]
    modes = tuple(replace(mode, track=track) for mode, track in zip(hand.modes, (2, 1), strict=True))
    shown.show_estimate(replace(seen, hands=(replace(hand, modes=modes),)))
    shown.freeze.click()
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.crop is hand.crop)
    tracks, hypotheses = shown.sheet._tracks, shown.sheet.comparison.hypotheses
    for mode in modes:
        normal = arrow(mode.azimuth_rad, mode.elevation_rad)
        nearest = min(hypotheses[:2], key=lambda one: float(angle_between(one.orientation.normal, normal)))
        assert tracks[nearest.role] == mode.track
    assert tracks["mirror"] == tracks["other side"] != tracks["lead"]
    shown.demo.click()
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.crop is not hand.crop)
    assert [shown.sheet._tracks[role] for role in ("lead", "mirror", "further")] == [0, 1, 2]


def test_what_is_held_still_is_mirrored_like_the_live_picture(shown):
    seen = estimate_of((1.0, 40.0, 20.0))
    seen.frame.rgb[:, : seen.frame.rgb.shape[1] // 2] = 255
    seen.frame.rgb[:, seen.frame.rgb.shape[1] // 2 :] = 0
    shown.show_estimate(seen)
    shown.freeze.click()
    plain = shown._held.grab().toImage()
    shown.mirrored = True
    turned = shown._held.grab().toImage()
    assert plain != turned
    assert plain.pixelColor(5, 5).lightness() > 200 > 50 > turned.pixelColor(5, 5).lightness()


def test_a_pose_that_is_its_own_opposite_has_one_share(shown, qtbot):
    for name in ("turn", "tip"):
        shown.sliders[name].setValue(0)
    settled(shown, qtbot, lambda: shown.sheet.comparison.observation.truth.azimuth_rad == 0)
    lead, mirror, *_ = shown.sheet.comparison.hypotheses
    assert mirror.weight is None and lead.weight > 0.9
    assert lab_room.angles_of(mirror.orientation) == "0° / 0°"


@pytest.mark.parametrize("scaled", [1.0, 1.4, 2.625])
@pytest.mark.parametrize(
    "width, height", [(243, 215), (274, 190), (340, 300), (590, 310), (1150, 420), (2100, 720)]
)
def test_every_word_of_the_sheet_is_whole_and_clear_of_the_others(
    shown, qtbot, qapp, monkeypatch, width, height, scaled
):
    settled(shown, qtbot, lambda: len(shown.sheet.comparison.hypotheses) > 1)
    comparison, written = shown.sheet.comparison, []

    def note(painter, room, line, font, colour):
        if line:
            wide = QFontMetricsF(font).horizontalAdvance(line)
            if wide > room.width():
                wide = QFontMetricsF(text.smaller(font, room.width() / wide)).horizontalAdvance(line)
            written.append((QRectF(room.left(), room.top(), wide, room.height()), line, room.width()))

    for module in (lab_sheet, text):
        monkeypatch.setattr(module, "write", note)
    sheet = LabSheet()
    qtbot.addWidget(sheet)
    sheet.show_comparison(comparison)
    sheet.resize(round(width * scaled), round(height * scaled))
    theme.apply(qapp, scaled=scaled)
    try:
        sheet.grab()
    finally:
        theme.apply(qapp)
    assert not [line for place, line, room_px in written if place.width() > room_px + 0.5], "cut"
    for (first, one), (second, other) in combinations(((place, line) for place, line, _ in written), 2):
        assert not first.adjusted(0, 2, 0, -2).intersects(second), f"{one} over {other}"
    lines = {line for _, line, _ in written}
    assert {"observed", "truth", "synthetic"} <= lines and lines & {"opposite, back", "back"}


@pytest.mark.parametrize("width, height, least", [(590, 310, 70), (1150, 420, 100), (1900, 500, 150)])
def test_the_hands_are_as_large_as_there_is_room_for(shown, qtbot, monkeypatch, width, height, least):
    squares = []
    monkeypatch.setattr(lab_sheet, "_draw_rounded", lambda painter, square, image: squares.append(square))
    sheet = LabSheet()
    qtbot.addWidget(sheet)
    sheet.show_comparison(shown.sheet.comparison)
    sheet.resize(width, height)
    sheet.grab()
    assert squares[0].width() >= least


@pytest.mark.parametrize("width, most", [(590, 310), (680, 426), (680, 900), (1150, 420), (1150, 900)])
def test_a_sheet_as_high_as_it_can_fill_shows_what_a_higher_one_does_and_leaves_nothing_empty(
    shown, qtbot, monkeypatch, width, most
):
    settled(shown, qtbot, lambda: len(shown.sheet.comparison.hypotheses) == 3)
    squares, lines = [], []
    monkeypatch.setattr(lab_sheet, "_draw_rounded", lambda painter, square, image: squares.append(square))
    monkeypatch.setattr(lab_sheet, "write", lambda painter, room, *_: lines.append(room))
    sheet = LabSheet()
    qtbot.addWidget(sheet)
    sheet.show_comparison(shown.sheet.comparison)
    high, drawn = lab_room.filled_px(width, most), []
    for height in (most, high):
        sheet.resize(width, height)
        squares.clear()
        lines.clear()
        sheet.grab()
        drawn.append([square.width() for square in squares])
    assert high <= most and drawn[1] == pytest.approx(drawn[0], abs=1)
    assert 0 <= high - max(room.bottom() for room in (*squares, *lines)) <= 12
