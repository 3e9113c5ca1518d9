"""What stands on the palm: that it stands there, upright on it, in perspective, behind nearer fingers."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from handorient import augment
from handorient.augment import stand_on
from handorient.capture.frame import Truth
from handorient.hand.crop import Window
from handorient.hand.landmarks import Facing
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
FLAT = Pose.open(flexion_rad=0.0)
CURLED = replace(Pose.open(), flexion=np.radians([[75.0, 80.0, 30.0]] * 4))


def seen(
    truth: Truth,
    mirrored: bool = False,
    roll_deg: float = 0.0,
    pose: Pose | None = None,
    facing: Facing = "palm",
):
    """A rendered hand's picture and an estimate that has it exactly right."""
    scene = OPEN if pose is None else HandScene(Person.average(), pose)
    view = View(
        truth.azimuth_rad,
        truth.elevation_rad,
        float(np.radians(roll_deg)),
        facing,
        mirrored,
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


def without_depth(hand: HandEstimate) -> HandEstimate:
    """The same where the detector made no 3D guess."""
    return replace(hand, landmarks=replace(hand.landmarks, world_m=None))


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


def test_a_hypothesis_that_fits_badly_makes_no_giant_of_it():
    _, hand = seen(truth_of(0, 0))
    for azimuth in (0.0, 85.0):
        mode = replace(hand.modes[0], azimuth_rad=np.radians(azimuth), elevation_rad=np.radians(azimuth))
        standing = Standing.on(hand, mode, WIDTH, HEIGHT)
        palm_px = -standing.focal_px / standing.foot[2]
        assert 0.7 < palm_px / palm_size(hand.landmarks.points_px) < 1.4


@pytest.mark.parametrize("mirrored", [False, True])
def test_flat_fingers_hide_nothing_and_curled_ones_do_from_the_palm_s_side(mirrored):
    counts = []
    for pose, facing in ((FLAT, "palm"), (CURLED, "palm"), (CURLED, "back")):
        _, hand = seen(truth_of(0, 0), mirrored, pose=pose, facing=facing)
        standing = Standing.on(hand, hand.modes[0], WIDTH, HEIGHT)
        counts.append(len(fingers_in_front(hand, standing)))
    assert counts[0] <= 2 and counts[1] >= 8 and counts[2] == 0, "a thumb may stand up"
    _, hand = seen(truth_of(0, 0), mirrored, pose=CURLED)
    assert fingers_in_front(without_depth(hand), standing) == []


def painted(rgb, hand):
    """The whole frame with what stands on the hand, as numbers that can be subtracted."""
    patch = stand_on(rgb, hand, [(hand.modes[0], 1.0)], 1.0)
    left, top, wide, high = patch.place
    whole = rgb.astype(int)
    whole[top : top + high, left : left + wide] = patch.rgb
    return whole


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_fingers_in_front_are_the_picture_s(monkeypatch, mirrored):
    monkeypatch.setattr(augment, "_GLOW", (0.0, 0.0, 0.0))  # which is before the fingers too
    rgb, hand = seen(truth_of(0, 0), mirrored, pose=CURLED)
    bones = fingers_in_front(hand, Standing.on(hand, hand.modes[0], WIDTH, HEIGHT))
    x, y = np.round([(start + end) / 2 for start, end, _ in bones]).astype(int).T
    change, hidden = (np.abs(painted(rgb, one) - rgb)[y, x].max(1) for one in (hand, without_depth(hand)))
    assert change.max() <= 2 and (hidden > 20).sum() == 4, "without its depth the object is before them"


def test_its_shadow_darkens_the_hand_and_nothing_beside_it(monkeypatch):
    monkeypatch.setattr(augment, "_GLOW", (0.0, 0.0, 0.0))
    rgb, hand = seen(truth_of(30, -30))
    drawn = drawing(Standing.on(hand, hand.modes[0], WIDTH, HEIGHT), ORANGE)
    bare, shadow = np.full((HEIGHT, WIDTH), 255, np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    for quad in drawn.polygons_px.round().astype(np.int32):
        cv2.fillConvexPoly(bare, quad, 0)
    bare = cv2.erode(bare, np.ones((7, 7), np.uint8)) > 0
    cv2.fillConvexPoly(shadow, drawn.shadow_px.round().astype(np.int32), 255)
    skin = cv2.erode(hand.crop.frame_mask(HEIGHT, WIDTH).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    wall = (rgb == 60).all(2)
    lighter = painted(rgb, hand).sum(2) / rgb.sum(2)
    shaded = (shadow > 0) & bare & skin
    assert shaded.sum() > 100 and lighter[shaded].mean() < 0.8
    assert ((shadow > 0) & bare & wall).sum() > 20 and lighter[bare & wall].min() > 0.95


def test_its_lamp_glows_yellow_around_itself():
    rgb, hand = seen(truth_of(30, -30))
    drawn = drawing(Standing.on(hand, hand.modes[0], WIDTH, HEIGHT), ORANGE)
    x, y = (drawn.lamp_px + drawn.unit_px * np.array([0.2, 0.0])).round().astype(int)
    assert (rgb[y, x] == 60).all(), "the wall beside the lamp"
    red, green, blue = painted(rgb, hand)[y, x] - 60
    assert red > green > blue > 5


def test_it_is_painted_within_its_place_and_as_finely_as_is_asked_for():
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
