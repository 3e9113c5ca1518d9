"""Scores: errors in degrees, and what counts as a symmetry error."""

import numpy as np
import pytest

from handorient.experiments.scores import Answers, grid_answers, scores
from handorient.grid import Grid

TRUTH = np.array([[30.0, 20.0], [-25.0, 5.0], [2.0, 1.0], [0.0, 40.0]])


def test_a_perfect_answer_has_no_error():
    found = scores(Answers(TRUTH), TRUTH)
    assert found["cmae_deg"] == 0 and found["within_10"] == 1 and found["mirrored"] == 0
    assert "log_likelihood" not in found and "inside_50" not in found


def test_the_mirror_image_is_a_symmetry_error_unless_it_is_the_truth_s_neighbour():
    found = scores(Answers(-TRUTH), TRUTH)
    assert found["mirrored"] == 1 and found["between"] == 0
    assert found["pair_cmae_deg"] == 0
    assert found["within_10"] == pytest.approx(1 / 4), "(2, 1) lies beside its own mirror image"


def test_an_answer_between_the_two_is_neither():
    found = scores(Answers(np.zeros_like(TRUTH)), TRUTH)
    assert found["mirrored"] == 0 and found["between"] == 1
    assert found["mae_0_deg"] == pytest.approx(57 / 4) and found["mae_1_deg"] == pytest.approx(66 / 4)
    assert found["cmae_deg"] == pytest.approx(123 / 8)


def test_truths_that_are_all_too_near_to_their_mirror_images_have_no_symmetry_errors():
    near = np.array([[3.0, 4.0], [-9.0, 1.0]])
    found = scores(Answers(-near), near)
    assert found["mirrored"] == 0 and found["between"] == 0


def test_three_angles_have_errors_and_no_mirror_image():
    found = scores(Answers(np.zeros((2, 3))), np.array([[3.0, 6.0, 9.0], [-3.0, -6.0, -9.0]]))
    assert found["cmae_deg"] == 6 and found["mae_2_deg"] == 9
    assert "mirrored" not in found


def test_densities_are_scored_by_likelihood_and_by_their_regions():
    grid = Grid(-50.0, 50.0, 50)
    azimuth, elevation = np.meshgrid(grid.centres_deg, grid.centres_deg, indexing="ij")
    bells = [np.exp(-((azimuth - a) ** 2 + (elevation - e) ** 2) / (2 * 8.0**2)) for a, e in TRUTH]
    right = scores(grid_answers(grid, np.array(bells), TRUTH), TRUTH)
    wrong = scores(grid_answers(grid, np.array(bells)[::-1], TRUTH), TRUTH)
    assert right["cmae_deg"] < 0.2 and right["inside_50"] == 1
    assert right["log_likelihood"] == pytest.approx(-np.log(2 * np.pi * np.radians(8.0) ** 2), abs=0.05)
    assert wrong["log_likelihood"] < right["log_likelihood"] - 2 and wrong["inside_90"] < 0.5
