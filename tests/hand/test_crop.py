"""The canonical crop: one window for any roll and either hand, and what is read off it."""

from dataclasses import replace

import numpy as np
import pytest

from handorient.hand.crop import CROP_PX, WINDOW_PX, CanonicalCrop, Window
from handorient.hand.landmarks import GEOMETRY, mapped
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose

WIDTH, HEIGHT = 480, 360


@pytest.fixture(scope="module")
def hand():
    return HandScene(Person.average(), Pose.open())


def seen(hand, **view):
    view = View(np.radians(20.0), np.radians(-15.0), **view)
    picture = hand.render(view, Light.studio(), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return hand.landmarks(view, WIDTH, HEIGHT), picture.mask


@pytest.mark.parametrize("roll_deg", [0, 35, 100, 180, -120])
@pytest.mark.parametrize("mirrored", [False, True])
def test_any_roll_and_either_hand_land_in_the_same_window(hand, roll_deg, mirrored):
    reference, _ = seen(hand)
    landmarks, _ = seen(hand, roll_rad=np.radians(roll_deg), mirrored=mirrored)
    window = Window.around(landmarks)
    assert window.mirrored == mirrored
    # The roll read off the picture is the hand's own, turned by perspective by at most a little.
    assert abs(np.angle(np.exp(1j * (window.roll_rad - np.radians(roll_deg))))) < 0.03
    expected = mapped(reference.points_px, Window.around(reference).affine)
    np.testing.assert_allclose(mapped(landmarks.points_px, window.affine), expected, atol=0.5)


@pytest.mark.parametrize(
    ("facing", "mirrored", "handedness"),
    [("palm", False, "right"), ("palm", True, "left"), ("back", False, "left"), ("back", True, "right")],
)
def test_facing_follows_from_handedness_and_mirroring(hand, facing, mirrored, handedness):
    landmarks, _ = seen(hand, facing=facing, mirrored=mirrored)
    assert landmarks.handedness == handedness
    assert landmarks.facing == facing


def test_the_frame_mask_is_the_window_mask_brought_back(hand):
    landmarks, mask = seen(hand, roll_rad=0.8, mirrored=True)
    window = Window.around(landmarks)
    upright = window.cut(np.repeat(mask[..., None], 3, 2).astype(np.uint8) * 255)[..., 0]
    crop = CanonicalCrop(window, np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8), upright)
    inside = np.zeros((HEIGHT, WIDTH, 3), np.uint8) + 255
    covered = CanonicalCrop(window, inside, window.cut(inside)[..., 0]).frame_mask(HEIGHT, WIDTH)
    back = crop.frame_mask(HEIGHT, WIDTH)
    truth = mask & covered
    assert (back & truth).sum() / (back | truth).sum() > 0.97


def test_the_outline_lies_on_the_masks_edge(hand):
    landmarks, mask = seen(hand)
    window = Window.around(landmarks)
    upright = window.cut(np.repeat(mask[..., None], 3, 2).astype(np.uint8) * 255)[..., 0]
    upright[120:] = 0
    crop = CanonicalCrop(window, np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8), upright)
    (outline,) = crop.outline_px()
    rows, columns = np.nonzero(crop.frame_mask(HEIGHT, WIDTH))
    np.testing.assert_allclose(outline.min(0), [columns.min(), rows.min()], atol=2.5)
    np.testing.assert_allclose(outline.max(0), [columns.max(), rows.max()], atol=2.5)


def test_what_the_networks_see(hand):
    landmarks, _ = seen(hand)
    window = Window.around(landmarks)
    rgb = np.full((WINDOW_PX, WINDOW_PX, 3), (10, 20, 30), np.uint8)
    half = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
    half[:, : WINDOW_PX // 2] = 255
    crop = CanonicalCrop(window, rgb, half)
    silhouette, colour = crop.silhouette(), crop.colour()
    assert silhouette.shape == (CROP_PX, CROP_PX) and colour.shape == (CROP_PX, CROP_PX, 3)
    assert silhouette[:, : CROP_PX // 2].min() == 255 and silhouette[:, CROP_PX // 2 :].max() == 0
    np.testing.assert_array_equal(colour[5, 5], (10, 20, 30))
    np.testing.assert_array_equal(colour[5, -5], (255, 255, 255))


@pytest.mark.parametrize("roll_deg", [0, 70, -150])
@pytest.mark.parametrize("mirrored", [False, True])
def test_geometry_is_the_same_for_any_roll_and_either_hand(hand, roll_deg, mirrored):
    def numbers(**view):
        view = View(np.radians(20.0), np.radians(-15.0), distance_mm=3000, **view)
        exact = hand.landmarks(view, WIDTH, HEIGHT)
        turn, _, _ = view.pose(WIDTH, HEIGHT)
        seen_in_3d = replace(exact, world_m=hand.joints @ turn.T / 1000, score=0.9)
        window = Window.around(seen_in_3d)
        nothing = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
        return CanonicalCrop(window, nothing, nothing).geometry(seen_in_3d)

    upright = numbers()
    assert upright.shape == (GEOMETRY,)
    np.testing.assert_allclose(numbers(roll_rad=np.radians(roll_deg), mirrored=mirrored), upright, atol=0.02)
    assert np.abs(upright).max() < 3
    # The middle knuckle is above the wrist, in the picture (y down) and in space (y up).
    flat, space = upright[:42].reshape(21, 2), upright[42:105].reshape(21, 3)
    assert flat[9, 1] < flat[0, 1] - 0.3
    assert space[9, 1] > space[0, 1] + 0.8
    assert (upright[105], upright[106]) == (1, pytest.approx(0.8))


def test_a_detector_without_depth_leaves_the_spatial_numbers_empty(hand):
    landmarks, _ = seen(hand)
    nothing = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
    numbers = CanonicalCrop(Window.around(landmarks), nothing, nothing).geometry(landmarks)
    assert not numbers[42:105].any()
