"""The filter: what it remembers, what it gives up, and that it never moves a hypothesis."""

from __future__ import annotations

import numpy as np
import pytest

from handorient.filtering import GAP_S, OrientationFilter
from handorient.mixture import GaussianMixture

RATE = 30


def answer(*modes: tuple[float, float, float], std_deg: float = 6.0) -> GaussianMixture:
    """A mixture of weight, azimuth and elevation in degrees each."""
    table = np.array(modes, float)
    return GaussianMixture(
        table[:, 0], np.radians(table[:, 1:]), np.full((len(modes), 2), np.radians(std_deg))
    )


def run(belief: OrientationFilter, answers, start_s: float = 0.0) -> GaussianMixture:
    for index, one in enumerate(answers):
        filtered = belief.update(one, start_s + index / RATE)
    return filtered


def test_the_first_answer_is_taken_as_it_is():
    said = answer((0.7, 40, 20), (0.3, -40, -20))
    assert OrientationFilter().update(said, 5.0).weights == pytest.approx(said.weights, abs=0.01)


def test_a_pose_that_was_clear_stays_clear_when_the_picture_no_longer_decides():
    belief = OrientationFilter()
    run(belief, [answer((1.0, 40, 20))] * RATE)
    filtered = run(belief, [answer((0.45, 40, 20), (0.55, -40, -20))] * RATE, 1.0)
    assert filtered.weights[0] > 0.8


def test_the_hand_is_followed_into_ambiguity_and_out_on_its_own_side():
    """From beyond what has an opposite in the range, through symmetric poses, always 50 to 50."""
    belief, path = OrientationFilter(), np.linspace(70, 30, 2 * RATE)
    answers = [
        answer((1.0, a, 20)) if a > 55 else answer((0.5, a, 20), (0.5, -a, -20)) for a in path.tolist()
    ]
    assert run(belief, answers).weights[0] > 0.8


def test_where_a_hypothesis_lies_and_how_wide_it_is_stays_the_network_s_word():
    belief = OrientationFilter()
    run(belief, [answer((1.0, 40, 20))] * RATE)
    said = answer((0.5, 46, 24), (0.5, -46, -24), std_deg=9)
    filtered = belief.update(said, 1.0)
    assert (filtered.mean == said.mean).all() and (filtered.std == said.std).all()


def test_a_belief_that_was_wrong_is_given_up_in_time():
    belief = OrientationFilter()
    run(belief, [answer((1.0, 40, 20))] * RATE)
    contrary = answer((0.2, 40, 20), (0.8, -40, -20))
    assert belief.update(contrary, 1.0).weights[0] > 0.5
    assert run(belief, [contrary] * round(2.5 * RATE), 1.0 + 1 / RATE).weights[0] < 0.3


def test_it_takes_the_same_time_at_any_frame_rate():
    """Pictures that are taken more often are no further witnesses."""
    weights = []
    for rate in (15, 60):
        belief = OrientationFilter()
        belief.update(answer((0.5, 40, 20), (0.5, -40, -20)), 0.0)
        for index in range(1, rate // 2 + 1):
            filtered = belief.update(answer((0.7, 40, 20), (0.3, -40, -20)), index / rate)
        weights.append(filtered.weights[0])
    assert weights[0] == pytest.approx(weights[1], abs=0.03)
    assert 0.7 < weights[0] < 0.97


@pytest.mark.parametrize("how", ["forget", "gap", "back in time", "turned past its edge"])
def test_it_forgets_when_it_is_told_to_when_time_jumps_and_when_the_angles_are_another_frame_s(how):
    belief = OrientationFilter()
    run(belief, [answer((1.0, 40, 20))] * RATE)
    said = answer((0.5, 40, 20), (0.5, -40, -20))
    if how == "forget":
        belief.forget()
    time_s = {"gap": 1.0 + 2 * GAP_S, "back in time": 0.2}.get(how, 1.0)
    filtered = belief.update(said, time_s, mirrored=how == "turned past its edge")
    assert filtered.weights == pytest.approx([0.5, 0.5], abs=0.01)


def test_an_answer_far_beyond_the_grid_is_no_reason_to_believe_nothing():
    belief = OrientationFilter()
    far, near = (answer((0.3, a, 0), (0.7, -a, 0), std_deg=1) for a in (170, 40))
    for index, said in enumerate((far, far, near)):
        assert belief.update(said, index / RATE).weights == pytest.approx([0.3, 0.7], abs=0.05)


def test_the_strangest_answers_leave_weights_that_are_a_distribution():
    belief, rng = OrientationFilter(), np.random.default_rng(3)
    for index in range(300):
        spots = rng.uniform(-np.pi, np.pi, (4, 2))
        weights = rng.dirichlet(np.full(4, 0.2))
        weights[rng.integers(4)] = 0.0
        weights /= weights.sum()
        said = GaussianMixture(weights, spots, rng.uniform(0.003, 2.0, (4, 2)))
        filtered = belief.update(said, index / RATE)
        assert filtered.weights.sum() == pytest.approx(1.0) and (filtered.weights >= 0).all()
