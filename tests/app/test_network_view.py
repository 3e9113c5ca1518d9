"""Inside the network: asked for in the pipeline's thread, drawn when it is there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from PyQt6.QtGui import QFontMetricsF

from handorient.app import text, theme
from handorient.app.network_view import NO_PICTURE, NetworkView
from handorient.propel.network import NetworkConfig, OrientationNet
from tests.app.conftest import estimate_of
from tests.app.drawn import pixels

HAND = estimate_of((1.0, 0.0, 0.0))


class Pipelines:
    """Keeps the jobs until they are run, as a busy worker would."""

    def __init__(self, kind: str = "silhouette") -> None:
        torch.manual_seed(1)  # of some random networks a whole block is dark
        net = OrientationNet(NetworkConfig(input=kind, channels=(4, 6, 6, 8))).eval()
        self.pipeline = SimpleNamespace(predictor=SimpleNamespace(net=net))
        self.jobs = []

    def run(self) -> None:
        while self.jobs:
            self.jobs.pop(0)(self.pipeline)


@pytest.fixture
def view(qtbot, qapp) -> NetworkView:
    view = NetworkView()
    qtbot.addWidget(view)
    view.show()
    return view


@pytest.mark.parametrize(("kind", "channels"), [("silhouette", 1), ("colour", 3)])
def test_every_block_is_drawn(view, qtbot, kind, channels):
    pipelines = Pipelines(kind)
    view.ask = pipelines.jobs.append
    before = pixels(view)
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    pipelines.run()
    qtbot.waitUntil(lambda: view.insight is not None)
    assert view.insight.picture.shape == (channels, 128, 128)
    assert [maps.shape[0] for maps in view.insight.blocks] == [4, 6, 6, 8]
    drawn = pixels(view)
    for block in range(4):  # each has something bright in its quarter of what is right of the input
        left = 210 + block * 105
        assert (drawn[40:, left : left + 95].max(-1) > 120).sum() > 20
    assert (before != drawn).any()


def test_it_asks_again_only_when_it_was_answered_and_there_is_another_picture(view, qtbot):
    pipelines = Pipelines()
    view.ask = pipelines.jobs.append
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    view.show_estimate(HAND)
    view._look()
    assert len(pipelines.jobs) == 1, "unanswered"
    pipelines.run()
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    pipelines.run()
    view._look()
    assert not pipelines.jobs, "no other picture"


def test_without_a_hand_or_a_source_the_old_maps_go(view, qtbot):
    pipelines = Pipelines()
    view.ask = pipelines.jobs.append
    for forget in (view.clear, lambda: view.show_estimate(estimate_of())):
        view.show_estimate(HAND)
        qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
        pipelines.run()
        qtbot.waitUntil(lambda: view.insight is not None)
        view.show_estimate(HAND)
        qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
        forget()
        pipelines.run()  # too late
        view._look()
        assert view.insight is None


def test_a_job_that_fails_is_not_waited_for(view, qtbot):
    pipelines, broken = Pipelines(), SimpleNamespace()
    view.ask = pipelines.jobs.append
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    with pytest.raises(AttributeError):
        pipelines.jobs.pop()(broken)
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)


def test_hidden_it_asks_for_nothing(view, qtbot):
    pipelines = Pipelines()
    view.ask = pipelines.jobs.append
    view.hide()
    view.show_estimate(HAND)
    qtbot.wait(300)
    assert not pipelines.jobs and view.insight is None


def test_of_a_network_that_sees_no_picture_it_says_so(view, qtbot):
    pipelines = Pipelines()
    view.ask = pipelines.jobs.append
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    numbers = SimpleNamespace(config=SimpleNamespace(input_shape=(107,)))
    pipelines.pipeline = SimpleNamespace(predictor=SimpleNamespace(net=numbers))
    pipelines.run()
    qtbot.waitUntil(lambda: view.message == NO_PICTURE)
    assert view.insight is None


def test_the_blocks_titles_are_whole_and_as_large_as_other_text_on_a_small_projector(
    view, qtbot, qapp, monkeypatch
):
    pipelines, titles = Pipelines(), {}
    view.ask = pipelines.jobs.append
    view.show_estimate(HAND)
    qtbot.waitUntil(lambda: len(pipelines.jobs) == 1)
    pipelines.run()
    qtbot.waitUntil(lambda: view.insight is not None)

    def note(painter, room, line, font, colour):
        assert QFontMetricsF(font).horizontalAdvance(line) <= room.width()
        titles[line] = font.pixelSize()

    monkeypatch.setattr(text, "write", note)
    for scaled, width, written in ((1.0, 840, "block 1: low level"), (theme.PRESENTED, 554, "1: low")):
        theme.apply(qapp, scaled=scaled)
        try:
            view.resize(width, 360)
            view.grab()
            assert titles[written] == theme.px(theme.SMALL_PX)
        finally:
            theme.apply(qapp)
