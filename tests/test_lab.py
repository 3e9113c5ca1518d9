"""The lab: what it says about hands whose orientation and fingers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from handorient.hand.segmenter import Segmenter
from handorient.lab import (
    AGREE,
    ONLY_OBSERVED,
    ONLY_SYNTHETIC,
    Knobs,
    Laboratory,
    Orientation,
    difference,
    fitted_pose,
)
from handorient.mixture import GaussianMixture
from handorient.orientation import angle_between, arrow
from handorient.propel.baselines import BaselineAnswer
from handorient.synth.render import HandScene, View
from handorient.synth.skeleton import Person, Pose


class Answers:
    """A network that always answers with these modes (weight, azimuth, elevation), in degrees."""

    def __init__(self, *modes: tuple[float, float, float]) -> None:
        table = np.array(modes, float)
        self.mixture = GaussianMixture(
            table[:, 0], np.radians(table[:, 1:]), np.full((len(modes), 2), np.radians(5))
        )

    def __call__(self, crops, landmarks):
        return [self.mixture] * len(crops)


def knobs(azimuth=30.0, elevation=-25.0, roll=0.0, flexion=0.0, facing="palm") -> Knobs:
    goal = Orientation(float(np.radians(azimuth)), float(np.radians(elevation)), facing)
    return Knobs(goal, float(np.radians(roll)), 0.6, float(np.radians(flexion)))


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Segmenter.load(), {"silhouette": Answers((0.6, 30, -25), (0.4, -30, 25))}, {})


def compare(laboratory: Laboratory, **how):
    return laboratory.compare(laboratory.demo_hand(knobs(**how)))


def test_a_flat_hand_and_its_opposite_cast_almost_the_same_outline(laboratory):
    lead, mirror, other = compare(laboratory).hypotheses
    assert lead.iou > 0.95 and mirror.iou > 0.8
    assert other.iou > 0.9, "the other side of a hand, seen from afar, has its very outline"
    assert (mirror.orientation.azimuth_rad, mirror.orientation.elevation_rad) == pytest.approx(
        np.radians((-30, 25))
    )
    assert other.orientation.facing == "back"


def test_bent_fingers_break_the_tie_between_opposites_but_not_between_the_sides(laboratory):
    flat, bent = compare(laboratory).hypotheses, compare(laboratory, flexion=45).hypotheses
    assert bent[1].iou < flat[1].iou - 0.1
    assert bent[0].iou > 0.9 and bent[2].iou > 0.85


def test_roll_and_the_side_of_the_hand_change_nothing_about_the_truth(laboratory):
    for how in ({"roll": 30.0}, {"facing": "back"}):
        assert compare(laboratory, **how).hypotheses[0].iou > 0.93


def test_the_network_s_shares_go_to_the_truth_and_to_its_opposite(laboratory):
    lead, mirror, _ = compare(laboratory).hypotheses
    assert (lead.weight, mirror.weight) == pytest.approx((0.6, 0.4))


def test_a_mode_that_is_neither_is_shown_too():
    third = compare(
        Laboratory(Segmenter.load(), {"silhouette": Answers((0.7, -60, -50), (0.3, 30, -25))}, {})
    ).hypotheses[2]
    assert third.role == "further" and third.weight == pytest.approx(0.7)
    assert third.orientation.azimuth_rad == pytest.approx(np.radians(-60), abs=0.01)


def test_without_a_truth_the_heaviest_mode_leads_and_every_network_is_asked():
    networks = {"silhouette": Answers((0.6, -30, 25), (0.4, 30, -25)), "colour": Answers((1.0, 30, -25))}
    laboratory = Laboratory(Segmenter.load(), networks, {})
    seen = replace(laboratory.demo_hand(knobs()), truth=None)
    found = laboratory.compare(seen)
    assert found.hypotheses[0].orientation.azimuth_rad == pytest.approx(np.radians(-30), abs=0.01)
    assert {name: len(answer.weights) for name, answer in found.answers.items()} == {
        "silhouette": 2,
        "colour": 1,
    }


def test_fingers_are_fitted_to_each_hypothesis(laboratory):
    """With fingers of its own the opposite hand explains bent fingers better than with the truth's."""
    seen = laboratory.demo_hand(knobs(flexion=30))
    same = laboratory.compare(seen).hypotheses
    own = laboratory.compare(replace(seen, model=None)).hypotheses
    assert own[1].iou > same[1].iou
    assert own[0].iou > 0.85


def test_a_fitted_finger_is_bent_as_the_seen_one_is():
    bent = replace(Pose.open(0.6, 0.1), flexion=np.array([[1.0, 1.2, 0.7]] * 4))
    bent.flexion[0] = 0.1
    view = View(float(np.radians(20)), float(np.radians(-30)), distance_mm=3000)
    seen = HandScene(Person.average(), bent).landmarks(view, 320, 320).points_px
    flexion = fitted_pose(seen, Orientation(view.azimuth_rad, view.elevation_rad, "palm")).flexion
    assert flexion[0, 0] < 0.3 and (flexion[1:, 0] > 0.7).all()


def test_the_difference_names_who_has_what_the_other_lacks():
    first, second = np.zeros((2, 40, 40), np.uint8)
    first[:, :30], second[:, 10:] = 255, 255
    shown = difference(first, second)
    row = shown[40]
    assert (row[10] == ONLY_OBSERVED).all() and (row[70] == ONLY_SYNTHETIC).all()
    assert (row[40] == AGREE).all()


def test_a_baseline_s_one_answer_is_measured_from_the_truth():
    """Squared error answers with the middle of the two, which is as wrong for one as for the other."""
    network = Answers((0.5, 30, -25), (0.5, -30, 25))
    laboratory = Laboratory(
        Segmenter.load(), {"silhouette": network}, {"MSE": lambda crop: BaselineAnswer(0.0, 0.0)}
    )
    found = compare(laboratory)
    assert found.baselines["MSE"].heat is None
    straight = float(np.degrees(angle_between(arrow(*np.radians((30, -25))), (0.0, 0.0, 1.0))))
    assert np.degrees(found.miss_rad("MSE")) == pytest.approx(straight)


def test_a_network_is_as_far_off_as_its_nearest_hypothesis():
    network = Answers((0.6, -30, 25), (0.4, 30, -15))
    found = compare(Laboratory(Segmenter.load(), {"silhouette": network}, {}))
    # Ten degrees of elevation move a normal by cos(azimuth) of them.
    assert np.degrees(found.miss_rad("silhouette")) == pytest.approx(10 * np.cos(np.radians(30)), abs=0.1)


def test_without_a_truth_the_others_are_measured_from_the_first_network_s_heaviest_mode_and_it_is_not():
    networks = {"silhouette": Answers((0.6, 30, 0), (0.4, -30, 0)), "colour": Answers((1.0, 20, 0))}
    laboratory = Laboratory(Segmenter.load(), networks, {"MSE": lambda crop: BaselineAnswer(0.0, 0.0)})
    found = laboratory.compare(replace(laboratory.demo_hand(knobs()), truth=None))
    assert found.miss_rad("silhouette") is None
    assert np.degrees([found.miss_rad("colour"), found.miss_rad("MSE")]) == pytest.approx((10, 30), abs=0.5)
