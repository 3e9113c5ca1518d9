"""Each of the other views alone: what it draws for two hypotheses, for one, for none."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, QSize
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from handorient.app import theme
from handorient.app.density import DensityView
from handorient.app.flat_scene import FlatSceneView
from handorient.app.glyph import arrow_mesh, cone_mesh, hand_mesh
from handorient.app.headline import Headline, headline
from handorient.app.main import opengl_works
from handorient.app.window import STOPPED
from handorient.mixture import GaussianMixture
from tests.app.conftest import estimate_of
from tests.app.drawn import TWO, coloured, pixels


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
    assert at(41.5, 20) == f"{TWO[0][0]:.0%}: azimuth +40°, elevation +20°", "the mark's, not the pointer's"
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


@pytest.mark.parametrize("width, height", [(800, 600), (900, 700), (1024, 768), (1920, 1080)])
@pytest.mark.parametrize("elapsed", [None, "12:34"])
def test_the_headline_is_whole_while_presenting_on_a_small_projector(qtbot, qapp, width, height, elapsed):
    line = Headline()
    qtbot.addWidget(line)
    line.resize(width, 90)
    line.show()
    estimate = estimate_of((0.3, 23.0, 0.0), (0.28, -23.0, 0.0), (0.22, 0.0, 50.0), (0.2, 0.0, -50.0))
    (hand,) = estimate.hands
    crowd = replace(estimate, hands=(replace(hand, mode_count=5), replace(hand, id=2)))
    theme.apply(qapp, scaled=theme.presented(QSize(width, height)))
    try:
        line.show_recording(elapsed)
        line.show_numbers(crowd)
        written = line.text.text()
        assert "Right" in written and "5 hypotheses" in written and "20%" in line.shares.text()
        for label in (line.text, line.shares, line.recording):
            assert label.width() >= label.sizeHint().width() or not label.isVisible()
        line.show_recording(None)
        line.say(STOPPED)
        assert line.text.width() >= line.text.sizeHint().width() and not line.shares.text()
        assert STOPPED.partition(":")[0] in line.text.text()
    finally:
        theme.apply(qapp)


def test_the_headline_leaves_words_out_before_it_is_written_smaller(qtbot, qapp):
    line = Headline()
    qtbot.addWidget(line)
    two = estimate_of(*TWO)
    full, smaller = f"font-size:{theme.HEADLINE_PX}px", f"font-size:{round(0.7 * theme.HEADLINE_PX)}px"
    for width, size in ((1200, full), (480, full), (250, smaller)):
        line.resize(width, 60)
        line.show_numbers(two)
        assert size in line.text.text() and size in line.shares.text()
