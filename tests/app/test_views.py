"""Each view alone: what it draws for two hypotheses, for one, for none."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QToolTip

from handorient.app import picture as picture_view
from handorient.app import theme
from handorient.app.density import DensityView
from handorient.app.flat_scene import FlatSceneView
from handorient.app.glyph import arrow_mesh, cone_mesh, hand_mesh
from handorient.app.headline import Headline, headline
from handorient.app.main import opengl_works
from handorient.app.picture import PictureView
from handorient.hand.crop import WINDOW_PX
from handorient.hand.crop import Window as CropWindow
from handorient.mixture import GaussianMixture
from handorient.records import box_px
from handorient.replay import RecordedHand
from tests.app.conftest import estimate_of
from tests.estimates import hand_at, open_palm

TWO = ((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))


def pixels(widget) -> np.ndarray:
    """(H, W, 3) RGB of a widget, drawn at 640 x 480."""
    widget.resize(640, 480)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    data = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    return (
        data.reshape(image.height(), image.bytesPerLine())
        .copy()[:, : 3 * image.width()]
        .reshape(image.height(), -1, 3)
    )


def coloured(picture: np.ndarray, track: int) -> np.ndarray:
    """(H, W) where a picture has a hypothesis's hue, in any brightness."""
    colour = QColor(theme.mode_colour(track))
    target = np.array([colour.red(), colour.green(), colour.blue()], float)
    values = picture.astype(float)
    bright = values.max(-1) > 70
    ratio = values / np.maximum(values.max(-1, keepdims=True), 1)
    return bright & (np.abs(ratio - target / target.max()).max(-1) < 0.12)


def centre_x(where: np.ndarray) -> float:
    return float(np.nonzero(where)[1].mean())


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


def test_the_density_is_brightest_at_its_modes_and_marks_truth_and_mirror(qtbot):
    view = DensityView()
    qtbot.addWidget(view)
    view.show()
    view.show_estimate(estimate_of(*TWO))
    row, column = np.unravel_index(view.image.image.argmax(), view.image.image.shape)
    brightest = view.image.mapToParent(QPointF(column + 0.5, row + 0.5))
    assert (brightest.x(), brightest.y()) == pytest.approx((40, 20), abs=0.76), "half a cell"
    assert [tuple(np.round(p.pos())) for p in view.modes.points()] == [(40, 20), (-40, -20)]
    assert tuple(view.opposite.points()[0].pos()) == pytest.approx((-40, -20))
    assert tuple(view.truth.points()[0].pos()) == pytest.approx(np.degrees((0.3, 0.1)))
    view.show_estimate(estimate_of())
    assert not view.image.image.any() and len(view.modes.points()) == len(view.truth.points()) == 0
    assert not any(len(curve.getData()[0]) for curve in (*view.regions, view._azimuth, view._elevation))
    assert not view.legend.text(), "of marks that are not there"


def test_the_marks_in_the_density_grow_with_the_type(qtbot, qapp):
    view = DensityView()
    qtbot.addWidget(view)
    sizes = []
    try:
        for scaled in (1.0, 1.4):
            theme.apply(qapp, scaled=scaled)
            view.resize(600, 500)
            view.show()
            view.show_estimate(estimate_of((1.0, 40.0, 0.0)))
            sizes.append([marks.points()[0].size() for marks in (view.modes, view.opposite, view.truth)])
    finally:
        theme.apply(qapp)
    assert sizes[1] == pytest.approx([1.4 * size for size in sizes[0]], abs=0.6)


def test_the_pointer_reads_angles_off_the_density_and_a_share_off_a_mark(qtbot):
    view = DensityView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.show_estimate(estimate_of(*TWO))

    def at(azimuth: float, elevation: float) -> str:
        scene = view._plot.getViewBox().mapViewToScene(QPointF(azimuth, elevation))
        return view.told_at(QPointF(view.mapFromScene(scene)))

    assert re.fullmatch("azimuth −(59|60|61)°, elevation \\+(29|30|31)°", at(-60, 30))
    assert at(40, 20).startswith(f"{TWO[0][0]:.0%}: azimuth ")
    assert view.told_at(QPointF(1, 1)) == ""


def test_what_the_pointer_reads_stays_while_it_rests(qtbot):
    view = DensityView()
    qtbot.addWidget(view)
    view.show()
    here = QPoint(120, 90)
    QToolTip.showText(view.mapToGlobal(here), "azimuth 0°", view)
    QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, here, view.mapToGlobal(here)))
    qtbot.wait(400)  # a tip that is taken back goes a moment later
    assert QToolTip.isVisible() and QToolTip.text() == "azimuth 0°"
    QToolTip.hideText()


def test_the_density_outlines_what_is_believed_over_time(qtbot):
    view = DensityView()
    qtbot.addWidget(view)
    view.show()
    estimate = estimate_of((0.5, 30.0, 0.0), (0.5, -30.0, 0.0))
    (hand,) = estimate.hands
    view.show_estimate(estimate)
    assert "filter" not in view.legend.text() and not len(view.filtered[0].getData()[0])
    believed = GaussianMixture(np.array([0.02, 0.98]), hand.mixture.mean, hand.mixture.std)
    view.show_estimate(replace(estimate, hands=(replace(hand, filtered=believed),)))
    for raw, filtered in zip(view.regions, view.filtered, strict=True):
        assert np.nanmax(raw.getData()[0]) > 20, "the picture alone fits both sides"
        assert np.nanmax(filtered.getData()[0]) < 0, "how the hand got there leaves one"
    assert "filter" in view.legend.text()
    view.clear()
    assert not len(view.filtered[0].getData()[0])


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


def test_the_density_outlines_the_half_inside_the_nine_tenths(qtbot):
    view = DensityView()
    qtbot.addWidget(view)
    view.show()
    view.show_estimate(estimate_of((1.0, 40.0, -20.0)))
    for region, share in zip(view.regions, (0.5, 0.9), strict=True):
        azimuth, elevation = np.array(region.getData())
        from_mode = np.hypot(azimuth - 40, elevation + 20)
        expected = 6.0 * np.sqrt(-2 * np.log(1 - share))  # of one round Gaussian of 6 degrees
        assert from_mode[np.isfinite(from_mode)] == pytest.approx(expected, abs=1.0)


def test_the_flat_scene_draws_the_same_arrows_without_opengl(qtbot, qapp):
    view = FlatSceneView()
    qtbot.addWidget(view)
    view.show_estimate(estimate_of(*TWO))
    drawn = pixels(view)
    assert coloured(drawn, 0).sum() > 300 and coloured(drawn, 1).sum() > 300
    view.truth = None
    ring = (drawn != pixels(view)).any(2)
    assert 50 < ring.sum() < 1500, "the truth"
    view.show_estimate(estimate_of())
    assert not coloured(pixels(view), 0).any() and view.truth is None


def test_the_3d_view_turns_an_arrow_to_each_hypothesis_and_reuses_its_items(qtbot, qapp):
    if not opengl_works():
        pytest.skip("no OpenGL here")
    from handorient.app.scene import SceneView

    view = SceneView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    count = len(view.items)
    estimate = estimate_of(*TWO)
    view.show_estimate(estimate)
    qtbot.waitExposed(view)
    assert len(view.items) == count
    for hypothesis, mode in zip(view.hypotheses, estimate.hands[0].modes, strict=False):
        x, y, z = hypothesis.arrow.transform().matrix()[:3, 2]
        direction = np.array([x, z, -y])  # back from the scene to the camera frame
        assert direction / np.linalg.norm(direction) == pytest.approx(mode.normal, abs=1e-5)
        assert hypothesis.arrow.visible() and hypothesis.ghost.visible() and hypothesis.cone.visible()
    drawn = pixels(view)
    assert coloured(drawn, 0).sum() > 300 and coloured(drawn, 1).sum() > 300
    view.show_estimate(estimate_of())
    assert not view.hypotheses[0].arrow.visible()


def test_headlines_say_how_many_how_far_apart_and_why(qapp):
    assert headline(estimate_of()) == ("No hand", "")
    assert headline(estimate_of((1.0, 10.0, 0.0)))[0] == "1 hypothesis, ±6°"
    two = estimate_of((0.5, 23.0, 0.0), (0.5, -23.0, 0.0))
    assert "this outline" in headline(two, "silhouette")[1]
    assert "this picture" in headline(two, "colour")[1]
    assert "these landmarks" in headline(two, "landmarks")[1]
    what, why = headline(two)
    assert what == "2 hypotheses, 46° apart" and "both" in why
    assert headline(estimate_of((0.5, 23.0, 0.0), (0.3, -23.0, 0.0), (0.2, 0.0, 50.0)))[0].startswith(
        "3 hypo"
    )
    (hand,) = two.hands
    what, why = headline(replace(two, hands=(replace(hand, mode_count=6),)), "silhouette")
    assert what.startswith("6 hypotheses") and why == "the likeliest 2 are shown, 100% in all"


@pytest.mark.parametrize("mesh", [hand_mesh, arrow_mesh])
def test_solid_meshes_are_closed_and_face_outward(mesh):
    vertices, faces = mesh()
    # Hard edges have their vertices twice, and what is turned about an axis has faces of no size on it.
    _, same = np.unique(vertices.round(5), axis=0, return_inverse=True)
    joined = same.reshape(-1)[faces]
    joined = joined[[len(set(face)) == 3 for face in joined.tolist()]]
    edges = np.sort(np.concatenate([joined[:, [0, 1]], joined[:, [1, 2]], joined[:, [2, 0]]]), 1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()
    corners = vertices[faces].astype(float)
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume > 0


def test_the_hand_mesh_has_fingers_up_and_its_thumb_on_the_index_side(qapp):
    vertices, _ = hand_mesh()
    assert vertices[:, 1].max() > 1.2 and vertices[:, 0].max() > abs(vertices[:, 0].min())
    assert cone_mesh()[0][:, 2].max() == 1.0


def test_a_reason_that_has_no_room_is_left_out_whole(qtbot, qapp):
    line = Headline()
    qtbot.addWidget(line)
    two = estimate_of(*TWO)
    for width, told in ((1200, True), (500, False)):
        line.resize(width, 60)
        line.show_numbers(two)
        assert ("finds both" in line.text.text()) == told
        assert "2 hypotheses" in line.text.text()


def test_a_line_that_has_no_room_is_cut_at_a_comma(qtbot, qapp):
    line = Headline()
    qtbot.addWidget(line)
    line.resize(380, 60)
    line.show_numbers(estimate_of((0.5, 23.0, 0.0), (0.3, -23.0, 0.0), (0.2, 0.0, 50.0)))
    assert "3 hypotheses" in line.text.text() and "leading" not in line.text.text()
