"""The predictor: from pictures to mixtures in radians."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from handorient.hand.landmarks import GEOMETRY, Landmarks
from handorient.propel import NetworkConfig, OrientationNet
from handorient.propel.calibration import Calibration
from handorient.propel.predictor import Predictor
from handorient.propel.weights import save_network


def hand(index_x: float) -> Landmarks:
    points = np.zeros((21, 2))
    points[[5, 17]] = (index_x, -1), (-index_x, -1)
    return Landmarks(points, "right", 0.9)


PALM, BACK = hand(0.3), hand(-0.3)


@dataclass
class Crop:
    """Stands for a canonical crop of 16 pixels."""

    seed: int

    def silhouette(self) -> np.ndarray:
        return self.colour()[..., 0]

    def geometry(self, landmarks: Landmarks) -> np.ndarray:
        return np.resize(landmarks.points_px, GEOMETRY).astype(np.float32) * landmarks.score

    def colour(self) -> np.ndarray:
        return np.random.default_rng(self.seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def numbers(count: int) -> np.ndarray:
    return np.zeros((count, GEOMETRY), np.float32)


def predictor(kind: str) -> Predictor:
    torch.manual_seed(0)
    return Predictor(OrientationNet(NetworkConfig(input=kind, size=16, channels=(4, 8))))


def test_mixtures_are_the_networks_output_in_radians() -> None:
    net = OrientationNet(NetworkConfig(size=16, channels=(4, 8), low_deg=(-80, -60), high_deg=(80, 60)))
    pictures = np.random.default_rng(0).integers(0, 256, (3, 1, 16, 16), dtype=np.uint8)
    mixtures = Predictor(net).predict(pictures, numbers(3))
    output = net(torch.from_numpy(pictures)).detach().numpy()
    for mixture, row in zip(mixtures, output, strict=True):
        np.testing.assert_allclose(np.degrees(mixture.mean), row[:, :2] * [160, 120] - [80, 60], atol=1e-3)
        np.testing.assert_allclose(np.degrees(mixture.std), row[:, 2:] * [160, 120], atol=1e-3)
        np.testing.assert_allclose(mixture.weights, 0.25)


@pytest.mark.parametrize("kind", ["silhouette", "colour", "landmarks"])
def test_each_crop_gets_its_own_mixture(kind: str) -> None:
    predict = predictor(kind)
    together = predict([Crop(1), Crop(2)], [PALM, BACK])
    alone_each = [predict([Crop(1)], [PALM])[0], predict([Crop(2)], [BACK])[0]]
    for mixture, alone in zip(together, alone_each, strict=True):
        np.testing.assert_allclose(mixture.mean, alone.mean, atol=1e-5)
    assert not np.allclose(together[0].mean, together[1].mean)


def test_each_side_gets_as_much_as_the_landmarks_say_and_the_likelier_at_most_what_it_is_trusted_by() -> None:
    torch.manual_seed(0)
    config = NetworkConfig(size=16, channels=(4, 8), components=3, sides=2, side_trust=0.7)
    net = OrientationNet(config).eval()
    net.back_logit = lambda geometry: geometry[:, 0]
    logits = np.log([1e-4, 0.45 / 0.55, 1e4])
    said = numbers(3)
    said[:, 0] = logits
    palm, unsure, back = Predictor(net).predict(np.zeros((3, 1, 16, 16), np.uint8), said)
    np.testing.assert_array_equal(palm.mean, back.mean)
    np.testing.assert_allclose(palm.weights, [0.7 / 3] * 3 + [0.3 / 3] * 3)
    np.testing.assert_allclose(unsure.weights, [0.55 / 3] * 3 + [0.45 / 3] * 3, rtol=1e-6)
    np.testing.assert_allclose(back.weights, [0.3 / 3] * 3 + [0.7 / 3] * 3)


def test_learned_weights_are_the_softmax_of_the_last_number() -> None:
    torch.manual_seed(0)
    net = OrientationNet(NetworkConfig(size=16, channels=(4, 8), components=3, learned_weights=True)).eval()
    pictures = np.random.default_rng(0).integers(0, 256, (2, 1, 16, 16), dtype=np.uint8)
    logits = net(torch.from_numpy(pictures))[..., -1]
    mixtures = Predictor(net).predict(pictures, numbers(2))
    for mixture, expected in zip(mixtures, logits.softmax(1), strict=True):
        np.testing.assert_allclose(mixture.weights, expected.detach(), rtol=1e-5)


def test_landmarks_are_all_that_their_network_looks_at() -> None:
    predict = predictor("landmarks")
    one, other = predict([Crop(1), Crop(2)], [PALM, PALM])
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-6)
    sure, unsure = predict([Crop(1), Crop(1)], [PALM, replace(PALM, score=0.1)])
    assert not np.allclose(sure.mean, unsure.mean)


def test_a_calibration_widens_spreads_and_evens_weights_out() -> None:
    torch.manual_seed(0)
    net = OrientationNet(NetworkConfig(size=16, channels=(4, 8), components=2, learned_weights=True))
    pictures = np.random.default_rng(0).integers(0, 256, (1, 1, 16, 16), dtype=np.uint8)
    raw = Predictor(net).predict(pictures, numbers(1))[0]
    calibration = Calibration(scale=(2.0, 1.0), floor_deg=(0.0, 5.0), sharpness=0.5)
    wide = Predictor(net, calibration).predict(pictures, numbers(1))[0]
    np.testing.assert_allclose(wide.std[:, 0], 2 * raw.std[:, 0])
    np.testing.assert_allclose(wide.std[:, 1], np.hypot(raw.std[:, 1], np.radians(5)))
    np.testing.assert_allclose(wide.weights, np.sqrt(raw.weights) / np.sqrt(raw.weights).sum())
    np.testing.assert_array_equal(wide.mean, raw.mean)


def test_a_frame_without_hands_has_no_mixtures() -> None:
    assert predictor("silhouette")([], []) == []


def test_loads_weights_with_their_calibration(tmp_path: Path) -> None:
    net = OrientationNet(NetworkConfig(input="colour", size=16, channels=(4,)))
    calibration = Calibration((2.0, 2.0), (1.0, 1.0), 0.9)
    save_network(tmp_path / "hand.safetensors", net, {}, calibration)
    loaded = Predictor.load(tmp_path / "hand.safetensors")
    assert (loaded.input, loaded.calibration) == ("colour", calibration)


def test_needs_neither_opencv_nor_mediapipe_nor_qt() -> None:
    code = "import sys, handorient.propel.predictor; print(*{'cv2', 'mediapipe', 'PyQt6'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
