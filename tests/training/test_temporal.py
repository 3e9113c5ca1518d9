"""Measuring the filter: answers whose right hypothesis is known."""

from __future__ import annotations

import numpy as np
import pytest

from handorient.capture.frame import Truth
from handorient.mixture import GaussianMixture
from handorient.training.temporal import _other, leading_right


def answers(weights, azimuth_deg: float = 40.0, mirrored=lambda index: False):
    """One answer for each weight that the true one of two opposite hypotheses has."""
    truth = np.radians((azimuth_deg, 20.0))
    return [
        (
            index / 30,
            Truth(*truth.tolist()),
            mirrored(index),
            GaussianMixture(np.array([w, 1 - w]), np.stack([truth, -truth]), np.full((2, 2), 0.1)),
        )
        for index, w in enumerate(weights)
    ]


def test_a_filter_corrects_single_frames_that_lead_the_wrong_way():
    found = leading_right(answers([0.9] * 30 + [0.9, 0.4] * 30))
    assert found["frames"] == 90
    assert found["right_raw"] == pytest.approx(60 / 90, abs=0.001)
    assert found["right_filtered"] == 1.0
    assert found["median_error_raw_deg"] < 1


def test_the_other_side_is_read_in_every_member():
    weights = np.array([0.1, 0.1, 0.2, 0.1, 0.05, 0.15, 0.1, 0.2])  # two members: palm, palm, back, back
    np.testing.assert_allclose(_other(weights, 2), [0.15, 0.15, 2 / 15, 1 / 15, 0.075, 0.225, 1 / 15, 2 / 15])


def test_poses_without_an_opposite_far_away_are_not_counted():
    truth = np.radians((2.0, 1.0))
    still = GaussianMixture(np.ones(1), truth[None], np.full((1, 2), 0.1))
    both = answers([0.9] * 3) + [(1.0 + i / 30, Truth(*truth.tolist()), False, still) for i in range(5)]
    assert leading_right(both)["frames"] == 3


def test_a_mirrored_crop_begins_afresh():
    found = leading_right(answers([0.9] * 30 + [0.45] * 5, mirrored=lambda index: index >= 30))
    assert found["right_filtered"] < 1.0
