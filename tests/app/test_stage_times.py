"""The stage times: bars, and what is said before there are any."""

from __future__ import annotations

from PyQt6.QtGui import QPainter
from PyQt6.QtTest import QTest

from handorient.app import stage_times
from handorient.app.stage_times import StageTimesView
from tests.app.drawn import pixels


def test_times_wait_for_a_picture_that_is_searched_and_for_no_hand_in_it(
    open_window, qtbot, pipeline, monkeypatch
):
    said = []

    class Painter(QPainter):
        def drawText(self, *args):
            said.append(args[-1])

    monkeypatch.setattr(stage_times, "QPainter", Painter)
    pipeline.modes = ()
    window = open_window(None)
    QTest.keyClick(window, "5")
    view = window.stage.view(StageTimesView)
    said.clear()
    pixels(view)
    assert said == ["Times appear once a picture is searched for hands"]
    window.open("fake")
    qtbot.waitUntil(lambda: list(view.stages) == ["detect", "total"])
    assert not window.estimate.hands


def test_the_stage_times_are_bars_as_long_as_their_stages(qtbot, qapp):
    view = StageTimesView()
    qtbot.addWidget(view)
    view.show_stages({"detect": (10.0, 10.0), "total": (30.0, 30.0), "network": None})
    drawn = pixels(view)
    short, long = (
        max((drawn[row : row + 30].astype(int).sum(-1) > 300)[:, 100:480].sum(1)) for row in (0, 30)
    )
    assert 2.5 < long / short < 3.5
