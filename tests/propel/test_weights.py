"""Weights on disk: what was saved comes back, and anything else is refused in one sentence."""

import json
import pickle
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from handorient.errors import UserError
from handorient.hand.segmenter import SEGMENTER
from handorient.propel import NetworkConfig, OrientationNet
from handorient.propel.calibration import Calibration
from handorient.propel.weights import load_network, save_network

SMALL = NetworkConfig(input="colour", size=16, channels=(4, 8), hidden=12, components=3, sigma_deg=5.0)
CALIBRATION = Calibration((1.3, 1.5), (2.0, 0.5), 0.8)
FACTS = {"seed": 3, "test": {"mae_azimuth_deg": 4.5}, "data": {"people": 150}}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "hand.safetensors"
    save_network(path, OrientationNet(SMALL), FACTS, CALIBRATION)
    return path


def rewrite_header(path: Path, change: dict[str, str]) -> None:
    """Replace entries of a safetensors file's metadata."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] |= change
    new = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(new)) + new + data[8 + length :])


def test_network_comes_back_as_it_was_ready_to_use(tmp_path: Path) -> None:
    net = OrientationNet(SMALL)
    net(torch.rand(8, 3, 16, 16))  # gives BatchNorm statistics of its own
    save_network(tmp_path / "hand.safetensors", net, FACTS, CALIBRATION)
    again, facts, calibration = load_network(tmp_path / "hand.safetensors")
    assert again.config == SMALL
    assert facts == FACTS
    assert calibration == CALIBRATION
    assert not again.training
    picture = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(again(picture), net.eval()(picture), rtol=0, atol=0)


def test_saving_replaces_the_whole_file_and_leaves_nothing_else(weights: Path) -> None:
    save_network(weights, OrientationNet(NetworkConfig(size=16, channels=(4,))), {}, CALIBRATION)
    assert load_network(weights)[0].config.channels == (4,)
    assert list(weights.parent.iterdir()) == [weights]


def test_a_failed_save_leaves_the_old_file_alone(weights: Path) -> None:
    before = weights.read_bytes()
    with pytest.raises(TypeError):
        save_network(weights, OrientationNet(SMALL), {"not JSON": object()}, CALIBRATION)
    assert weights.read_bytes() == before
    assert list(weights.parent.iterdir()) == [weights]


def test_saving_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"hand\.safetensors: [^\[\]]+ Choose another folder"):
        save_network(tmp_path / "file" / "hand.safetensors", OrientationNet(SMALL), {}, CALIBRATION)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no weights at .*hand\.safetensors"):
        load_network(tmp_path / "hand.safetensors")


@pytest.mark.parametrize("kept", [0, 5, 100, -1])
def test_truncated_weights_are_refused(weights: Path, kept: int) -> None:
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(UserError, match="damaged"):
        load_network(weights)


def test_a_damaged_header_is_refused(weights: Path) -> None:
    data = bytearray(weights.read_bytes())
    data[20:40] = b"\xff" * 20
    weights.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        load_network(weights)


class Bomb:
    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("exploded"),))


def test_a_pickle_is_refused_without_being_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hand.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(UserError):
        load_network(path)
    assert not Path("exploded").exists()


def test_safetensors_of_something_else_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.rand(3)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="no handorient weights"):
        load_network(tmp_path / "other.safetensors")


def test_weights_of_another_kind_or_version_are_called_what_they_are(weights: Path) -> None:
    with pytest.raises(UserError, match="handorient's segmenter, and its orientation network is needed"):
        load_network(SEGMENTER)
    rewrite_header(weights, {"format": "handorient orientation network 1"})
    with pytest.raises(UserError, match="comes from another version of handorient: train it again"):
        load_network(weights)


@pytest.mark.parametrize(
    "config", ["{}", '{"hidden": 13}', '{"attention": true}', '{"size": "large"}', "[]", "no JSON"]
)
def test_weights_that_do_not_fit_their_header_are_refused(weights: Path, config: str) -> None:
    rewrite_header(weights, {"config": config})
    with pytest.raises(UserError, match="does not fit"):
        load_network(weights)


@pytest.mark.parametrize("calibration", ['{"scale": [1, -1]}', '{"colour": 3}', "[]"])
def test_a_broken_calibration_is_refused(weights: Path, calibration: str) -> None:
    rewrite_header(weights, {"calibration": calibration})
    with pytest.raises(UserError, match="does not fit"):
        load_network(weights)
