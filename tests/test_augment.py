"""What stands on the palm: that it stands there, upright on it, in perspective, behind nearer fingers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from handorient.augment import stand_on
from handorient.capture.frame import Truth
from handorient.hand.crop import Window
from handorient.hand.shape import palm_size
from handorient.lighthouse import Standing, drawing, fingers_in_front
from handorient.orientation import arrow, palm_centre
from handorient.pipeline import HandEstimate, TrackedMode
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose
from tests.estimates import hand as paper_hand

WIDTH, HEIGHT = 640, 480
ORANGE = (230, 159, 0)


OPEN = HandScene(Person.average(), Pose.open())


def seen(truth: Truth, mirrored: bool = False, roll_deg: float = 0.0, pose: Pose | None = None):
    """A rendered hand's picture and an estimate that has it exactly right."""
    scene = OPEN if pose is None else HandScene(Person.average(), pose)
    view = View(
        truth.azimuth_rad,
        truth.elevation_rad,
        float(np.radians(roll_deg)),
        mirrored=mirrored,
        distance_mm=700,
    )
    picture = scene.render(view, Light.studio(), np.full((HEIGHT, WIDTH, 3), 60, np.uint8))
    turn = view.pose(WIDTH, HEIGHT)[0]
    landmarks = replace(scene.landmarks(view, WIDTH, HEIGHT), world_m=(scene.joints @ turn.T) / 1000)
    window = Window.around(landmarks)
    mask = window.cut(np.where(picture.mask, 255, 0).astype(np.uint8))
    normal = arrow(truth.azimuth_rad, truth.elevation_rad, window.roll_rad, window.mirrored)
    mode = TrackedMode(0, 1.0, truth.azimuth_rad, truth.elevation_rad, np.full(2, 0.1), normal)
    crop = replace(paper_hand().crop, window=window, rgb=window.cut(picture.rgb), mask=mask)
    estimate = HandEstimate(1, landmarks, crop, paper_hand().mixture, 1, (mode,))
    return picture.rgb, estimate


def truth_of(azimuth: float, elevation: float) -> Truth:
    return Truth(float(np.radians(azimuth)), float(np.radians(elevation)))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("azimuth", "elevation"), [(40, 0), (-40, 20), (0, -50), (25, 45)])
def test_it_rises_from_the_palm_along_the_hypothesis_s_arrow(azimuth, elevation, mirrored):
    _, hand = seen(truth_of(azimuth, elevation), mirrored, roll_deg=15)
    drawn = drawing(Standing.on(hand, hand.modes[0], WIDTH, HEIGHT), ORANGE)
    palm = palm_centre(hand.landmarks.points_px)
    foot = drawn.shadow_px.mean(0)
    assert np.linalg.norm(foot - palm) < 0.7 * palm_size(hand.landmarks.points_px)
    rise = (drawn.lamp_px - palm) * np.array([1, -1])
    along = hand.modes[0].normal[:2]
    cosine = rise @ along / np.linalg.norm(rise) / np.linalg.norm(along)
    assert cosine > 0.8


@pytest.mark.parametrize("mirrored", [False, True])
def test_only_faces_that_look_at_the_camera_are_drawn(mirrored):
    """All of one winding in the picture, or the object would be seen from inside."""
    _, hand = seen(truth_of(30, -30), mirrored)
    x, y = np.moveaxis(drawing(Standing.on(hand, hand.modes[0], WIDTH, HEIGHT), ORANGE).polygons_px, -1, 0)
    area = (x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)
    sizeable = area[np.abs(area) > 2]
    assert len(sizeable) > 80
    assert (sizeable > 0).all() == mirrored and (sizeable < 0).all() != mirrored


def test_a_hand_twice_as_near_carries_one_twice_as_large():
    _, hand = seen(truth_of(30, -20))
    near = replace(
        hand.landmarks,
        points_px=(hand.landmarks.points_px - [WIDTH / 2, HEIGHT / 2]) * 2 + [WIDTH / 2, HEIGHT / 2],
    )
    units = [
        drawing(Standing.on(replace(hand, landmarks=at), hand.modes[0], WIDTH, HEIGHT), ORANGE).unit_px
        for at in (hand.landmarks, near)
    ]
    assert 1.9 < units[1] / units[0] < 2.6, "a little more than twice, for it reaches toward the camera"


def test_the_side_toward_the_light_is_the_brighter_one():
    _, hand = seen(truth_of(0, -60))
    drawn = drawing(Standing.on(hand, hand.modes[0], WIDTH, HEIGHT), ORANGE)
    white = np.ptp(drawn.colours.astype(int), axis=1) < 14
    white &= drawn.colours.max(1) > 90
    middles = drawn.polygons_px.mean(1)
    left = white & (middles[:, 0] < drawn.lamp_px[0] - 4)
    right = white & (middles[:, 0] > drawn.lamp_px[0] + 4)
    assert drawn.colours[left].mean() > drawn.colours[right].mean() + 8


def test_flat_fingers_hide_nothing_and_curled_ones_do():
    flexion = np.radians([[75.0, 80.0, 30.0]] * 4)
    counts = []
    for pose in (Pose.open(flexion_rad=0.0), replace(Pose.open(), flexion=flexion)):
        _, hand = seen(truth_of(0, 0), pose=pose)
        standing = Standing.on(hand, hand.modes[0], WIDTH, HEIGHT)
        counts.append(len(fingers_in_front(hand, standing)))
    assert counts[0] <= 2 and counts[1] >= 8, "a thumb may stand up"
    without = replace(hand, landmarks=replace(hand.landmarks, world_m=None))
    assert fingers_in_front(without, standing) == []


def test_it_is_painted_within_its_place_and_the_fingers_in_front_are_the_picture_s():
    rgb, hand = seen(truth_of(30, -30))
    patch = stand_on(rgb, hand, [(hand.modes[0], 1.0)], 1.0)
    left, top, wide, high = patch.place
    assert patch.rgb.shape == (high, wide, 3)
    before = rgb[top : top + high, left : left + wide].astype(int)
    changed = np.abs(patch.rgb - before).max(-1) > 12
    assert changed.sum() > 800
    finer = stand_on(rgb, hand, [(hand.modes[0], 1.0)], 2.0)
    assert finer.rgb.shape[:2] == (2 * high, 2 * wide) and finer.place == patch.place


def test_a_fainter_one_changes_the_picture_less():
    rgb, hand = seen(truth_of(30, -30))
    change = []
    for opacity in (1.0, 0.3):
        patch = stand_on(rgb, hand, [(hand.modes[0], opacity)], 1.0)
        left, top, wide, high = patch.place
        change.append(np.abs(patch.rgb - rgb[top : top + high, left : left + wide].astype(int)).mean())
    assert change[1] < 0.6 * change[0]


def test_a_hand_at_the_edge_or_out_of_the_picture_is_no_error():
    rgb, hand = seen(truth_of(30, -30))
    for shift in ((-300, 0), (0, 260), (5000, 5000)):
        landmarks = replace(hand.landmarks, points_px=hand.landmarks.points_px + np.array(shift))
        moved = replace(hand, landmarks=landmarks, crop=replace(hand.crop, window=Window.around(landmarks)))
        patch = stand_on(rgb, moved, [(moved.modes[0], 1.0)], 0.7)
        if patch is None:
            assert shift[0] == 5000
        else:
            left, top, wide, high = patch.place
            assert left >= 0 and left + wide <= WIDTH and top >= 0 and top + high <= HEIGHT
