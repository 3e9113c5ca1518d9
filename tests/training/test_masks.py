"""Masks measured: a hand before a white wall and hands over pictures, against what is known exactly."""

from dataclasses import replace

import numpy as np
import pytest

from handorient.hand.segmenter import Segmenter
from handorient.synth.head import head_picture
from handorient.synth.head_shape import Head
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose
from handorient.training.masks import composite_overlaps, face_overlaps, summary, wall_overlap


@pytest.fixture(scope="module")
def before_a_wall():
    """A hand before a wall that is darker toward its corners, its landmarks and its crop."""
    hand, view = HandScene(Person.average(), Pose.open()), View(0.2, -0.1, distance_mm=420.0)
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    wall = np.repeat((235 - 60 * (x**2 + y**2))[..., None], 3, 2).astype(np.uint8)
    rgb = hand.render(view, Light.studio(), wall).rgb
    landmarks = hand.landmarks(view, 400, 300)
    return rgb, landmarks, Segmenter.load()(rgb, landmarks)


def test_a_good_mask_overlaps_the_wall_s_silhouette(before_a_wall) -> None:
    assert wall_overlap(*before_a_wall) > 0.9


def test_half_a_mask_overlaps_by_half(before_a_wall) -> None:
    rgb, landmarks, crop = before_a_wall
    half = crop.mask.copy()
    half[:, : int(np.median(np.nonzero(crop.mask)[1]))] = 0
    assert 0.35 < wall_overlap(rgb, landmarks, replace(crop, mask=half)) < 0.65


def test_hands_pasted_before_faces_are_measured(before_a_wall) -> None:
    rgb, landmarks, _ = before_a_wall
    people = [head_picture(Head.sample(n), (0, 0, 0), 240, np.random.default_rng(n)) for n in range(6)]
    first, again = (face_overlaps([(rgb, landmarks)] * 4, people, Segmenter.load()) for _ in range(2))
    assert first == again and len(first) >= 2
    assert all(0.4 < value < 1 for value in first)


def test_photographs_without_faces_measure_nothing(before_a_wall) -> None:
    rgb, landmarks, _ = before_a_wall
    assert face_overlaps([(rgb, landmarks)], [np.full((200, 200, 3), 90, np.uint8)], Segmenter.load()) == []
    assert face_overlaps([(rgb, landmarks)], [], Segmenter.load()) == []


def test_composites_of_both_kinds_are_measured_alike_each_time() -> None:
    photograph = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    first, again = (composite_overlaps([photograph], 16, Segmenter.load()) for _ in range(2))
    assert first == again
    assert set(first) == {"photographs", "skin-coloured walls"}
    assert all(0.4 < row["worst_twentieth_iou"] <= row["mean_iou"] < 1 for row in first.values())


def test_a_summary_names_the_mean_and_the_worst() -> None:
    assert summary([0.5, 1.0]) == {"masks": 2, "mean_iou": 0.75, "worst_twentieth_iou": 0.525}
