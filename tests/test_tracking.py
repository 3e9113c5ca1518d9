import numpy as np

from handorient.orientation import arrow
from handorient.tracking import FORGET_S, MOST_MODES, HandTracker, ModeTracker


def normals(*degrees):
    return np.array([arrow(np.radians(a), np.radians(e)) for a, e in degrees])


def test_modes_keep_their_number_when_their_weights_swap():
    tracker = ModeTracker()
    assert tracker.update(normals((40, 10), (-40, -10)), 0.0) == [0, 1]
    assert tracker.update(normals((-37, -12), (43, 8)), 0.1) == [1, 0]


def test_a_lone_mode_keeps_its_number_and_the_other_comes_back():
    tracker = ModeTracker()
    tracker.update(normals((40, 0), (-40, 0)), 0.0)
    assert tracker.update(normals((-41, 0)), 0.1) == [1]
    assert tracker.update(normals((-41, 0), (39, 0)), 0.2) == [1, 0]


def test_a_mode_elsewhere_is_another_mode():
    tracker = ModeTracker()
    tracker.update(normals((40, 0)), 0.0)
    assert tracker.update(normals((-40, 0)), 0.1) == [1]


def test_modes_not_seen_for_long_free_their_number():
    tracker = ModeTracker()
    tracker.update(normals((40, 0)), 0.0)
    assert tracker.update(normals((-40, 0)), FORGET_S + 0.1) == [0]


def test_a_mode_too_many_takes_the_number_of_the_one_not_seen_for_longest():
    tracker = ModeTracker()
    first = (0, 0), (60, 0), (-60, 0), (0, 60)
    assert tracker.update(normals(*first), 0.0) == [0, 1, 2, 3]
    tracker.update(normals(first[0], first[1], first[3]), 0.1)
    assert tracker.update(normals((0, -60)), 0.2) == [2]


def test_no_two_modes_share_a_number():
    tracker = ModeTracker()
    rng = np.random.default_rng(1)
    for step in range(200):
        spots = [tuple(rng.uniform(-80, 80, 2)) for _ in range(rng.integers(1, 5))]
        numbers = tracker.update(normals(*spots), step / 30)
        assert len(set(numbers)) == len(numbers)
        assert max(numbers) < MOST_MODES


def test_hands_keep_their_id_when_their_order_swaps():
    tracker, sizes = HandTracker(), np.array([80.0, 80.0])
    assert tracker.update(np.array([[100.0, 100.0], [400.0, 100.0]]), sizes, 0.0) == [1, 2]
    assert tracker.update(np.array([[390.0, 110.0], [110.0, 90.0]]), sizes, 0.1) == [2, 1]


def test_how_far_a_hand_may_go_is_measured_by_its_own_size():
    for size, after in ((80.0, 1), (20.0, 2)):
        tracker = HandTracker()
        tracker.update(np.array([[100.0, 100.0]]), np.array([size]), 0.0)
        assert tracker.update(np.array([[190.0, 100.0]]), np.array([size]), 0.1) == [after]


def test_a_new_hand_gets_a_new_id_even_after_another_left():
    tracker, size = HandTracker(), np.array([80.0])
    assert tracker.update(np.array([[100.0, 100.0]]), size, 0.0) == [1]
    assert tracker.update(np.array([[600.0, 100.0]]), size, 5.0) == [2]
    assert tracker.update(np.zeros((0, 2)), np.zeros(0), 5.1) == []


def test_only_hands_that_are_not_forgotten_are_known():
    tracker, size = HandTracker(), np.array([80.0])
    tracker.update(np.array([[100.0, 100.0]]), size, 0.0)
    tracker.update(np.array([[600.0, 100.0]]), size, 0.5)
    assert tracker.ids == [1, 2]
    tracker.update(np.array([[600.0, 100.0]]), size, 0.5 + FORGET_S)
    assert tracker.ids == [2]
