"""The predictor: from pictures to mixtures in radians."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from handorient.propel import NetworkConfig, OrientationNet
from handorient.propel.predictor import Predictor
from handorient.propel.weights import save_network


@dataclass
class Crop:
    """Stands for a canonical crop of 16 pixels."""

    seed: int

    def silhouette(self) -> np.ndarray:
        return self.colour()[..., 0]

    def colour(self) -> np.ndarray:
        return np.random.default_rng(self.seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def predictor(kind: str) -> Predictor:
    torch.manual_seed(0)
    return Predictor(OrientationNet(NetworkConfig(input=kind, size=16, channels=(4, 8))), {})


def test_mixtures_are_the_networks_output_in_radians() -> None:
    net = OrientationNet(NetworkConfig(size=16, channels=(4, 8), low_deg=(-80, -60), high_deg=(80, 60)))
    pictures = np.random.default_rng(0).integers(0, 256, (3, 1, 16, 16), dtype=np.uint8)
    mixtures = Predictor(net, {}).predict(pictures, np.zeros(3, int))
    output = net(torch.from_numpy(pictures)).detach().numpy()
    for mixture, row in zip(mixtures, output, strict=True):
        np.testing.assert_allclose(np.degrees(mixture.mean), row[:, :2] * [160, 120] - [80, 60], atol=1e-3)
        np.testing.assert_allclose(np.degrees(mixture.std), row[:, 2:] * [160, 120], atol=1e-3)
        np.testing.assert_allclose(mixture.weights, 0.25)


@pytest.mark.parametrize("kind", ["silhouette", "colour"])
def test_each_crop_gets_its_own_mixture(kind: str) -> None:
    predict = predictor(kind)
    together = predict([Crop(1), Crop(2)], ["palm", "back"])
    alone_each = [predict([Crop(1)], ["palm"])[0], predict([Crop(2)], ["back"])[0]]
    for mixture, alone in zip(together, alone_each, strict=True):
        np.testing.assert_allclose(mixture.mean, alone.mean, atol=1e-5)
    assert not np.allclose(together[0].mean, together[1].mean)


def test_the_side_that_is_named_gets_the_trusted_share() -> None:
    torch.manual_seed(0)
    config = NetworkConfig(size=16, channels=(4, 8), components=3, sides=2, side_trust=0.7)
    pictures = np.zeros((2, 1, 16, 16), np.uint8)
    palm, back = Predictor(OrientationNet(config), {}).predict(pictures, np.array([0, 1]))
    np.testing.assert_array_equal(palm.mean, back.mean)
    np.testing.assert_allclose(palm.weights, [0.7 / 3] * 3 + [0.3 / 3] * 3)
    np.testing.assert_allclose(back.weights, [0.3 / 3] * 3 + [0.7 / 3] * 3)


def test_a_frame_without_hands_has_no_mixtures() -> None:
    assert predictor("silhouette")([], []) == []


def test_loads_weights_with_their_facts(tmp_path: Path) -> None:
    net = OrientationNet(NetworkConfig(input="colour", size=16, channels=(4,)))
    save_network(tmp_path / "hand.safetensors", net, {"seed": 4})
    loaded = Predictor.load(tmp_path / "hand.safetensors")
    assert (loaded.input, loaded.facts) == ("colour", {"seed": 4})


def test_needs_neither_opencv_nor_mediapipe_nor_qt() -> None:
    code = "import sys, handorient.propel.predictor; print(*{'cv2', 'mediapipe', 'PyQt6'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
