"""What is shown: which hand comes first in the views."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QWidget

from handorient.app.settings import Settings
from handorient.app.showing import Showing
from handorient.app.stage import Stage
from handorient.app.timeline import TimelineView
from handorient.capture.player import Player
from handorient.pipeline import Estimate
from tests.app.conftest import FakeSource
from tests.estimates import TWO_MODES, estimate, hand


class FirstHand(QWidget):
    """A view that knows which hand it was given first, or None."""

    number: int | None = None

    def show_estimate(self, estimate: Estimate) -> None:
        self.number = estimate.hands[0].id if estimate.hands else None

    def clear(self) -> None:
        pass


@pytest.fixture
def view(qtbot, qapp) -> FirstHand:
    view = FirstHand()
    qtbot.addWidget(view)
    return view


@pytest.fixture
def showing(qtbot, view: FirstHand, settings: Settings) -> Showing:
    stage = Stage(QWidget(), QWidget(), QWidget(), settings)
    qtbot.addWidget(stage)
    showing = Showing((view,), stage, settings)
    showing.begin(Player(FakeSource()))
    return showing


def seen(*ids: int, index: int = 0, take: int = 0, path: Path | None = None) -> Estimate:
    """A picture with these hands, the surest first."""
    hands = tuple(replace(hand(TWO_MODES, number), id=number) for number in ids)
    one = estimate(index, index / 30)
    return replace(one, frame=replace(one.frame, take=take, path=path), hands=hands)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (seen(1, 2), seen(1, 2, take=1)),
        (seen(1, 2, path=Path("a.jpg")), seen(1, 2, index=1, path=Path("b.jpg"))),
    ],
    ids=["jump", "photograph"],
)
def test_where_hands_are_numbered_afresh_the_choice_does_not_pass_to_another(showing, view, before, after):
    showing.show(before)
    showing.choose_hand(2)
    assert view.number == 2
    showing.show(after)
    assert view.number == 1


def test_the_choice_holds_for_another_answer_to_the_same_photograph(showing, view):
    photograph = seen(1, 2, path=Path("a.jpg"))
    showing.show(photograph)
    showing.choose_hand(2)
    showing.show(photograph)
    assert view.number == 2


@pytest.mark.parametrize(
    ("shown", "due"),
    [
        (seen(1), False),
        (seen(2, index=1), True),
        (seen(index=1), False),
        (seen(1, index=1, take=1), True),
        (seen(take=1), True),
    ],
    ids=["the same", "another hand", "none", "the same number after a jump", "none after a jump"],
)
def test_numbers_are_due_at_once_where_those_there_are_of_something_else(showing, qtbot, shown, due):
    with qtbot.waitSignal(showing.renewed):
        showing.show(seen(1))
    asked = []
    showing.renewed.connect(lambda: asked.append(showing.estimate))
    showing.show(shown)
    assert asked == ([showing.estimate] if due else []), "once the views show it"


def test_a_photographs_numbers_are_not_the_last_ones(showing):
    asked = []
    showing.renewed.connect(lambda: asked.append(showing.estimate.frame.index))
    for index in (0, 1, 1, 2):
        showing.show(seen(1, index=index, path=Path(f"{index}.jpg")))
    assert asked == [0, 1, 2]


def test_the_timeline_begins_anew_with_another_network_and_is_cut_at_another_hand(showing):
    showing._stage.toggle("Timeline")
    timeline = showing._stage.view(TimelineView)
    for index in range(3):
        showing.show(seen(1, 2, index=index), "" if index == 1 else "silhouette")
    assert len(timeline.columns) == 3, "a network that is loaded once more is no other"
    showing.show(seen(1, 2, index=3), "landmarks")
    assert len(timeline.columns) == 1, "what the outline said is no past of what the landmarks say"
    showing.show(seen(1, 2, index=4), "landmarks")
    showing.choose_hand(1)
    assert len(timeline.columns) == 2 and not list(timeline._cuts_s()), "it is that one already"
    showing.choose_hand(2)
    assert len(timeline.columns) == 2 and not list(timeline._cuts_s()), "of that one all is known, too"
    showing.show(seen(1, index=5), "landmarks")
    showing.show(seen(3, index=6), "landmarks")
    assert len(timeline.columns) == 4 and len(list(timeline._cuts_s())) == 3, (
        "of that one nothing: they led in turn"
    )


def test_the_hand_that_leads_stays_while_it_is_in_view_whichever_is_surer(showing, view):
    for index, ids in enumerate(((1, 2), (2, 1), (), (2, 1))):
        showing.show(seen(*ids, index=index))
        assert view.number == (1 if ids else None)
    showing.show(seen(3, 2, index=4))
    assert view.number == 3, "the surest"
    showing.show(seen(1, 2, 3, index=5))
    assert view.number == 3, "and one that comes back does not take the lead again"
    showing.choose_hand(2)
    for index, ids in enumerate(((3, 1), (3, 1, 2)), start=6):
        showing.show(seen(*ids, index=index))
        assert view.number == (2 if 2 in ids else 3), "unless it was chosen"
    showing.show(seen(1, 3, 2, take=1))
    assert view.number == 1, "the surest, after a jump"
    showing.begin(Player(FakeSource("other")))
    showing.show(seen(2, 1, take=1))
    assert view.number == 2, "and in another source"
