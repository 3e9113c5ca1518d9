"""The detector: rendered hands found, followed, and lost."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from handorient.capture.opencv import LONGEST_PX
from handorient.hand.detector import LandmarkFollower, MediaPipeDetector, _drawn_hand, _each_once
from handorient.hand.shape import palm_size
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

#: In a process of its own, for MediaPipe is imported once.
TWO_AT_ONCE = """
import sys
import threading

from handorient.hand.detector import LandmarkFollower, MediaPipeDetector

sys.setswitchinterval(1e-5)
made, together = [], threading.Barrier(2)


def make(kind):
    together.wait()
    kind().close()
    made.append(kind)


threads = [threading.Thread(target=make, args=(kind,)) for kind in (MediaPipeDetector, LandmarkFollower)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(made))
"""


@pytest.fixture(scope="module")
def detector():
    detector = MediaPipeDetector()
    yield detector
    detector.close()


@pytest.fixture(scope="module")
def hand():
    return HandScene(Person.average(), Pose.open())


def picture(hand, **view):
    return hand.render(View(0.2, -0.1, **view), Light.studio(), np.full((480, 640, 3), 90, np.uint8)).rgb


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_rendered_hand_is_found_where_it_is_and_named_as_the_hand_it_is(detector, hand, mirrored):
    view = {"mirrored": mirrored, "roll_rad": 0.3, "distance_mm": 480.0}
    exact = hand.landmarks(View(0.2, -0.1, **view), 640, 480)
    (found,) = detector.detect(picture(hand, **view), alone=True)
    assert found.handedness == ("left" if mirrored else "right") == exact.handedness
    assert found.facing == "palm"
    error = np.linalg.norm(found.points_px - exact.points_px, axis=1).mean()
    assert error < 0.12 * palm_size(exact.points_px)
    assert found.world_m is not None and found.world_m.shape == (21, 3)


def test_an_empty_room_has_no_hand(detector):
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8), alone=True) == []


@pytest.mark.parametrize("shape", [(40, LONGEST_PX, 3), (LONGEST_PX, 40, 3)])
def test_the_longest_picture_that_a_source_gives_is_borne(detector, shape):
    assert detector.detect(np.full(shape, 128, np.uint8), alone=True) == []


def test_a_detector_that_was_reset_finds_hands_again(hand):
    detector = MediaPipeDetector()
    rgb = picture(hand, distance_mm=480.0)
    assert detector.detect(rgb)
    detector.reset()
    assert detector.detect(rgb)
    detector.close()


def points(detector, rgb, alone=False) -> list[np.ndarray]:
    return [hand.points_px for hand in detector.detect(rgb, alone)]


@pytest.fixture
def fresh():
    """A detector that has seen nothing yet."""
    detector = MediaPipeDetector()
    yield detector
    detector.close()


def test_a_detector_that_was_reset_knows_no_more_than_a_new_one(hand, fresh):
    here, there = (picture(hand, distance_mm=480.0, centre=(x, 0.5)) for x in (0.45, 0.5))
    (first,), (followed,) = points(fresh, here), points(fresh, here)
    assert np.abs(first - followed).max() > 0.1, "it is the hand that was followed that differs"
    points(fresh, there)
    fresh.reset()
    np.testing.assert_array_equal(points(fresh, here), [first])


def test_a_picture_that_stands_alone_is_looked_at_twice_whatever_came_before(hand, fresh):
    here, there = (picture(hand, distance_mm=480.0, centre=(x, 0.5)) for x in (0.45, 0.5))
    points(fresh, here)
    (followed,) = points(fresh, here)
    for before in (here, there):
        points(fresh, before)
        np.testing.assert_array_equal(points(fresh, here, alone=True), [followed])


def test_a_new_detector_has_seen_a_hand_already(fresh):
    assert fresh.detect(_drawn_hand(), alone=True)


def test_the_detector_knows_no_source():
    code = "print([name for name in sys.modules if name.startswith('handorient.capture')], file=sys.stderr)"
    assert stderr_of(code) == "[]\n"


def test_nothing_native_reaches_the_terminal(hand, capfd):
    detector = MediaPipeDetector()
    for alone in (False, True):
        detector.detect(picture(hand, distance_mm=480.0), alone)
    detector.close()
    assert "landmark_projection" not in capfd.readouterr().err


def stderr_of(code: str) -> str:
    """What a process that runs ``code`` writes there; os, sys and _quiet_stderr are imported."""
    imports = "import os, sys; from handorient.hand.detector import _quiet_stderr\n"
    return subprocess.run([sys.executable, "-c", imports + code], capture_output=True, text=True).stderr


def test_what_python_writes_while_native_chatter_is_kept_off_reaches_the_terminal():
    code = (
        "with _quiet_stderr():\n    os.write(2, b'native'); print('said', file=sys.stderr)\n"
        "print('and after', file=sys.stderr)"
    )
    assert stderr_of(code).split("\n") == ["said", "and after", ""]


def test_who_holds_on_to_stderr_while_native_chatter_is_kept_off_can_go_on_writing():
    code = (
        "for _ in range(2):\n    with _quiet_stderr():\n        held = sys.stderr\n"
        "os.open(os.devnull, os.O_WRONLY); print('held', file=held)"
    )
    assert stderr_of(code) == "held\n"


def test_a_hand_that_is_seen_twice_counts_once_and_two_hands_as_two(hand):
    one = hand.landmarks(View(0.2, -0.1, distance_mm=480.0), 640, 480)
    size = palm_size(one.points_px)
    again = replace(one, points_px=one.points_px + 0.2 * size, score=0.6)
    beside = replace(one, points_px=one.points_px + np.array([0.8 * size, 0.0]), score=0.7)
    assert _each_once([one, beside, again]) == [one, beside]
    nearer = replace(one, points_px=one.points_px + np.array([0.5 * size, 0.0]), score=0.7)
    assert _each_once([one, nearer]) == [one], "the same side of a hand half a palm away"
    other = replace(nearer, handedness="left" if one.handedness == "right" else "right")
    assert _each_once([one, other]) == [one, other], "folded hands"


def test_detectors_can_be_made_in_two_threads_at_once():
    made = subprocess.run([sys.executable, "-c", TWO_AT_ONCE], capture_output=True, text=True)
    assert (made.returncode, made.stdout.strip()) == (0, "2"), made.stderr


def test_a_hand_is_followed_from_where_it_was(hand):
    follower = LandmarkFollower()
    view = {"mirrored": True, "roll_rad": 0.3, "distance_mm": 480.0}
    exact = hand.landmarks(View(0.2, -0.1, **view), 640, 480)
    found = follower.follow(picture(hand, **view), exact.points_px + np.array([12, -8]))
    assert found is not None
    assert found.handedness == "left"
    assert np.linalg.norm(found.points_px - exact.points_px, axis=1).mean() < 0.12 * palm_size(
        exact.points_px
    )
    assert found.world_m is not None and found.world_m.shape == (21, 3)
    follower.close()


def test_a_hand_that_is_gone_is_not_followed(hand):
    follower = LandmarkFollower()
    near = hand.landmarks(View(0.2, -0.1, distance_mm=480.0), 640, 480).points_px
    assert follower.follow(np.full((480, 640, 3), 90, np.uint8), near) is None
    follower.close()
