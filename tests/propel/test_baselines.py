"""Baselines: one answer to a picture, from a network that was saved like any other."""

from pathlib import Path

import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.hand.crop import CROP_PX
from handorient.propel.baselines import Baseline
from handorient.propel.calibration import Calibration
from handorient.propel.network import NetworkConfig, OrientationNet
from handorient.propel.predictor import Predictor
from handorient.propel.weights import save_network


class Crop:
    """As much of a canonical crop as a network of silhouettes sees."""

    def silhouette(self) -> np.ndarray:
        return np.zeros((CROP_PX, CROP_PX), np.uint8)


def saved(path: Path, answer: list[float], **shape: object) -> Path:
    """A network that answers the same to everything."""
    net = OrientationNet(NetworkConfig(channels=(4, 4), hidden=4, **shape))
    with torch.no_grad():
        net.output.weight.zero_()
        net.output.bias.copy_(torch.tensor(answer))
    save_network(path, net, {}, Calibration())
    return path


def test_a_point_is_read_in_the_range_of_the_network(tmp_path):
    path = saved(tmp_path / "mse.safetensors", [0.0, float(np.log(3))], head="point")
    answer = Baseline.load(path)(Crop())
    assert np.degrees((answer.azimuth_rad, answer.elevation_rad)) == pytest.approx((0.0, 45.0), abs=1e-4)
    assert answer.heat is None


def test_a_heatmap_answers_with_its_peak_and_shows_both(tmp_path):
    heat = np.full((6, 6), -0.1)
    heat[4, 1], heat[1, 4] = 1.0, 0.8
    path = saved(tmp_path / "heat.safetensors", heat.ravel().tolist(), head="heatmap", cells=6)
    answer = Baseline.load(path)(Crop())
    assert np.degrees((answer.azimuth_rad, answer.elevation_rad)) == pytest.approx((45.0, -45.0), abs=1e-3)
    assert answer.heat.shape == (6, 6) and answer.heat.min() == 0
    assert answer.heat[1, 4] == pytest.approx(0.8)


def test_a_heatmap_with_nothing_above_0_is_even(tmp_path):
    path = saved(tmp_path / "heat.safetensors", [-0.1] * 36, head="heatmap", cells=6)
    assert (Baseline.load(path)(Crop()).heat == 1).all()


def test_a_network_that_answers_with_a_mixture_is_refused(tmp_path):
    net = OrientationNet(NetworkConfig(channels=(4, 4), hidden=4))
    save_network(tmp_path / "hand.safetensors", net, {}, Calibration())
    with pytest.raises(UserError, match="answers with a mixture"):
        Baseline.load(tmp_path / "hand.safetensors")


def test_one_answer_is_no_mixture_either(tmp_path):
    path = saved(tmp_path / "mse.safetensors", [0.0, 0.0], head="point")
    with pytest.raises(UserError, match="one orientation"):
        Predictor.load(path)
