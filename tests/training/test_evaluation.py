"""The figures: each against a case small enough to work out by hand."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.mixture import GaussianMixture
from handorient.propel import NetworkConfig, OrientationNet
from handorient.propel.calibration import Calibration
from handorient.training.data import read_dataset
from handorient.training.evaluation import evaluate, evaluate_test_people, figures, outputs
from tests.draws import draws

from .mittens import write_dataset


def of(means_deg: list, truth_deg: list, std_deg: float | list = 5.0) -> dict[str, float]:
    mean = np.radians(np.array(means_deg, float))
    std = np.radians(np.broadcast_to(np.array(std_deg, float), mean.shape))
    weights = np.full(mean.shape[:2], 1 / mean.shape[1])
    return figures(weights, mean, std, np.radians(np.array(truth_deg, float)))


def test_a_perfect_single_hypothesis() -> None:
    result = of([[[30, 10], [30, 10]]], [[30, 10]])
    for name in ("mae_azimuth_deg", "mae_elevation_deg", "cmae_deg", "nearest_mode_mae_azimuth_deg"):
        assert result[name] == pytest.approx(0, abs=1e-6)
    assert result["share_within_10_deg"] == 1
    assert result["share_multimodal"] == 0
    assert result["nll_nats"] == pytest.approx(math.log(2 * math.pi * math.radians(5) ** 2))


def test_errors_keep_their_sign_in_the_bias_only() -> None:
    result = of([[[34, 10]], [[28, 7]]], [[30, 10], [30, 10]])
    assert result["mae_azimuth_deg"] == pytest.approx(3)
    assert result["bias_azimuth_deg"] == pytest.approx(1)
    assert result["mae_elevation_deg"] == pytest.approx(1.5)
    assert result["bias_elevation_deg"] == pytest.approx(-1.5)
    assert result["cmae_deg"] == pytest.approx(2.25)


def test_the_densest_mode_is_the_estimate_and_the_nearest_one_the_oracles() -> None:
    std = [[[4, 4], [8, 8]]]  # the first, on the wrong side, is the denser
    result = of([[[-30, -20], [33, 18]]], [[30, 20]], std)
    assert result["mae_azimuth_deg"] == pytest.approx(60, abs=0.01)
    assert result["nearest_mode_mae_azimuth_deg"] == pytest.approx(3, abs=0.01)
    assert result["nearest_mode_mae_elevation_deg"] == pytest.approx(2, abs=0.01)
    assert result["share_multimodal"] == 1
    assert result["symmetric_share_wrong"] == 1
    assert result["symmetric_share_both"] == 1


def test_overlapping_components_are_one_mode() -> None:
    assert of([[[30, 10], [32, 10]]], [[31, 10]])["share_multimodal"] == 0


def test_truths_near_their_mirror_image_count_in_no_symmetric_figure() -> None:
    result = of([[[9, 0]], [[11, 0]], [[-30, 0]]], [[9.9, 0], [10.1, 0], [30, 0]])
    assert result["symmetric_samples"] == 2
    assert result["symmetric_share_wrong"] == 0.5
    assert result["symmetric_share_both"] == 0


def test_both_hypotheses_must_be_within_ten_degrees() -> None:
    near, far = [[30, 9.9], [-30, 0]], [[30, 10.1], [-30, 0]]
    assert of([near, far], [[30, 0], [30, 0]])["symmetric_share_both"] == 0.5


def test_a_far_truth_has_a_finite_likelihood() -> None:
    assert math.isfinite(of([[[80, 60]]], [[-80, -60]], 0.2)["nll_nats"])


@pytest.mark.parametrize("kind", ["silhouette", "colour", "landmarks"])
def test_a_network_predicts_the_same_in_any_batches(dataset: Path, kind: str) -> None:
    torch.manual_seed(0)
    net = OrientationNet(NetworkConfig(input=kind, size=32, channels=(4, 8), learned_weights=True))
    data = read_dataset(dataset, kind)
    rows = np.arange(100)
    whole, parts = outputs(net, data, rows), outputs(net, data, rows, batch=7)
    assert len(whole) == 100
    np.testing.assert_allclose(whole, parts, rtol=1e-4, atol=1e-5)


def test_a_calibration_changes_what_is_evaluated(dataset: Path) -> None:
    torch.manual_seed(0)
    net = OrientationNet(NetworkConfig(size=32, channels=(4, 8)))
    data = read_dataset(dataset, "silhouette")
    rows = np.arange(50)
    raw, wide = evaluate(net, data, rows), evaluate(net, data, rows, Calibration(scale=(3.0, 3.0)))
    assert wide["inside_90"] > raw["inside_90"]


def test_truths_drawn_from_the_prediction_fall_into_its_regions_as_often_as_they_should() -> None:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(0, 0.5, (800, 3, 2)), rng.uniform(0.05, 0.3, (800, 3, 2))
    weights = rng.dirichlet(np.ones(3), 800)
    mixtures = [GaussianMixture(*one) for one in zip(weights, mean, std, strict=True)]
    truth = np.concatenate([draws(mixture, rng, 1) for mixture in mixtures])
    result = figures(weights, mean, std, truth)
    assert result["inside_50"] == pytest.approx(0.5, abs=0.05)
    assert result["inside_90"] == pytest.approx(0.9, abs=0.03)
    narrow = figures(weights, mean, 0.5 * std, truth)
    assert narrow["inside_90"] < 0.8


def test_a_dataset_with_nobody_to_test_on_is_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", people=1)
    data = read_dataset(tmp_path / "data", "silhouette")
    with pytest.raises(UserError, match="nobody to test on"):
        evaluate_test_people(OrientationNet(NetworkConfig()), Calibration(), data)


def test_a_network_with_a_mixture_for_each_side_is_also_told_the_side_that_is_seen(dataset: Path) -> None:
    torch.manual_seed(0)
    data = read_dataset(dataset, "silhouette")
    net = OrientationNet(NetworkConfig(size=32, channels=(4, 8), sides=2, side_trust=0.6))

    def answers(back_logit: float) -> dict[str, Any]:
        net.back_logit = lambda geometry: torch.full((len(geometry),), back_logit)
        return evaluate_test_people(net, Calibration(), data)

    right, misled = answers(-99.0), answers(99.0)  # all of the hands are palms
    assert right["test_core_told_the_side"] == misled["test_core_told_the_side"]
    # What is read off the landmarks is believed by 60%; who knows the side is believed.
    assert right["test_core"] != right["test_core_told_the_side"] != misled["test_core"]
    assert (right["test_core_side_right"], misled["test_core_side_right"]) == (1, 0)
    net.config = replace(net.config, side_trust=1.0)
    assert answers(-99.0)["test_core"] == right["test_core_told_the_side"]
    one_side = OrientationNet(NetworkConfig(size=32, channels=(4, 8)))
    assert "test_core_told_the_side" not in evaluate_test_people(one_side, Calibration(), data)
