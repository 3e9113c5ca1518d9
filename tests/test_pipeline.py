"""The pipeline over time: what is remembered about a hand, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handorient.capture.frame import Frame
from handorient.errors import UserError
from handorient.hand.landmarks import Landmarks
from handorient.hand.segmenter import Segmenter
from handorient.mixture import GaussianMixture
from handorient.pipeline import Pipeline
from handorient.propel.predictor import Predictor
from handorient.resources import shipped_weights
from handorient.tracking import MOST_MODES
from tests.estimates import hand

PALM = hand().landmarks


class Scripted:
    """Detector and network in one: they see and say what ``landmarks`` and ``weights`` hold."""

    input = "silhouette"

    def __init__(self) -> None:
        self.landmarks: list[Landmarks] = [PALM]
        self.weights = (0.5, 0.5)
        self.answer: GaussianMixture | None = None
        self.resets = 0

    def detect(self, rgb, alone=False):
        self.alone = alone
        return self.landmarks

    def __call__(self, crops, landmarks):
        means, stds = np.radians([(40.0, 20.0), (-40.0, -20.0)]), np.full((2, 2), 0.1)
        answer = self.answer or GaussianMixture(np.array(self.weights), means, stds)
        return [answer] * len(crops)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass


class Run:
    """A pipeline that is fed one frame after the other."""

    def __init__(self) -> None:
        self.seen, self.index = Scripted(), 0
        self.pipeline = Pipeline(self.seen, Segmenter.load(), self.seen)

    def estimate(self, frames: int = 1, weights: tuple[float, float] = (0.5, 0.5)):
        self.seen.weights = weights
        for _ in range(frames):
            frame = Frame(self.index, self.index / 30, 0.0, np.zeros((120, 160, 3), np.uint8))
            self.index += 1
            estimate = self.pipeline.process(frame)
        return estimate


@pytest.fixture
def run() -> Run:
    run = Run()
    run.estimate(30, (0.95, 0.05))
    return run


def test_the_filter_leans_on_the_past_and_the_raw_answer_does_not(run):
    found = run.estimate(10, (0.4, 0.6)).hands[0]
    assert found.mixture.weights == pytest.approx((0.4, 0.6))
    assert found.modes[0].azimuth_rad == pytest.approx(np.radians(-40), abs=0.01)
    assert found.filtered.modes()[0].mean[0] == pytest.approx(np.radians(40), abs=0.01)


def test_forget_makes_the_filter_begin_again_and_keeps_the_hand(run):
    before = run.estimate().hands[0]
    run.pipeline.forget()
    after = run.estimate().hands[0]
    assert before.filtered.weights[0] > 0.8 and after.filtered.weights[0] == pytest.approx(0.5, abs=0.01)
    assert before.id == after.id


@pytest.mark.parametrize("how", ["reset", "another network", "another hand", "turned past its edge"])
def test_nothing_is_carried_over_to_another_hand_or_another_side(run, how, monkeypatch):
    if how == "reset":
        run.pipeline.reset()
    elif how == "another network":
        monkeypatch.setattr(Predictor, "load", lambda path: run.seen)
        run.pipeline.use(Path("another"))
    elif how == "another hand":
        run.seen.landmarks = [replace(PALM, points_px=PALM.points_px + 1000)]
    else:
        turned = PALM.points_px * np.array([-1.0, 1.0])
        turned += PALM.points_px.mean(0) - turned.mean(0)
        run.seen.landmarks = [replace(PALM, points_px=turned)]
    found = run.estimate().hands[0]
    assert found.filtered.weights == pytest.approx((0.5, 0.5), abs=0.01)
    assert run.seen.resets == (how == "reset"), "or the detector would look where the hand was"


def test_hands_keep_their_numbers_when_another_network_answers(run, monkeypatch):
    monkeypatch.setattr(Predictor, "load", lambda path: run.seen)
    run.seen.landmarks = [PALM, replace(PALM, points_px=PALM.points_px + 300)]
    before = {hand.id for hand in run.estimate().hands}
    run.seen.landmarks.reverse()
    run.pipeline.use(Path("another"))
    first, second = run.estimate().hands
    assert {first.id, second.id} == before and first.id > second.id


def test_another_network_answers_in_the_same_pipeline_and_one_that_is_missing_changes_nothing(run):
    with pytest.raises(UserError, match="missing"):
        run.pipeline.use(Path("missing"))
    assert run.pipeline.predictor is run.seen
    run.pipeline.use(shipped_weights("colour"))
    assert run.pipeline.input == "colour" and len(run.estimate().hands) == 1


def test_each_hand_has_a_past_of_its_own():
    run = Run()
    run.seen.landmarks = [PALM]
    run.estimate(30, (0.95, 0.05))
    run.seen.landmarks = [PALM, replace(PALM, points_px=PALM.points_px + 300)]
    first, second = run.estimate().hands
    assert first.filtered.weights[0] > 0.8 and second.filtered.weights[0] == pytest.approx(0.5, abs=0.01)


def test_photographs_have_nothing_to_do_with_each_other(run):
    photographs = [Frame(i, i / 30, 0.0, np.zeros((120, 160, 3), np.uint8), Path("a.jpg")) for i in (0, 1)]
    run.seen.weights = (0.9, 0.1)
    run.estimate()
    assert not run.seen.alone
    first, second = (run.pipeline.process(photograph).hands[0] for photograph in photographs)
    assert run.seen.alone
    assert first.id == second.id == 1
    assert first.filtered is None and second.filtered is None, "no time passes in a photograph"


def test_no_hand_has_more_hypotheses_than_there_are_colours_for_them(run):
    means = np.radians([(-60.0, 0.0), (-30.0, 40.0), (0.0, -40.0), (30.0, 40.0), (60.0, 0.0)])
    weights = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    run.seen.answer = GaussianMixture(weights, means, np.full((5, 2), 0.05))
    (found,) = run.estimate().hands
    assert len(run.seen.answer.modes()) == found.mode_count == 5 > len(found.modes) == MOST_MODES
    assert sorted(mode.track for mode in found.modes) == list(range(MOST_MODES))
