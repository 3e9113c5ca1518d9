"""Training: it learns, repeats, goes on where it stopped, and refuses what does not belong to it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.propel import NetworkConfig
from handorient.propel.calibration import Calibration
from handorient.propel.network import members_of
from handorient.propel.weights import load_network
from handorient.training import train as training
from handorient.training.data import Split, read_dataset
from handorient.training.descent import Descent, read_checkpoint, write_checkpoint
from handorient.training.evaluation import evaluate
from handorient.training.train import TrainSettings, train

from .mittens import write_dataset

CONFIG = NetworkConfig(size=32, channels=(4, 8), hidden=16, dropout=0.2, sigma_deg=10.0)
SETTINGS = TrainSettings("propel", epochs=3, batch=32)


def same_weights(first: Path, second: Path) -> bool:
    one, other = (load_network(path)[0].state_dict() for path in (first, second))
    return all(torch.equal(one[name], other[name]) for name in one)


def test_learns_poses_up_to_the_symmetry(tmp_path: Path) -> None:
    """A flat mitten seen from afar never tells a pose from its mirror image."""
    write_dataset(tmp_path / "data", views=150)
    settings = TrainSettings("propel", epochs=12, batch=32, learning_rate=0.01)
    facts = train(tmp_path / "data", tmp_path / "hand.safetensors", CONFIG, settings)
    figures = facts["test"]
    assert figures["nearest_mode_mae_azimuth_deg"] < 12  # of 30 for someone who always says 0
    assert figures["nearest_mode_mae_elevation_deg"] < 12
    assert figures["share_multimodal"] > 0.6


def test_saves_the_epoch_that_was_best_on_the_validation_people(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "hand.safetensors"
    facts = train(dataset, out, CONFIG, SETTINGS)
    net, saved, calibration = load_network(out)
    assert saved == facts
    assert net.config == CONFIG
    data = read_dataset(dataset, "silhouette")
    rows = data.rows(Split.VALIDATION)
    error = evaluate(net, data, rows)["cmae_deg"]
    assert error == pytest.approx(facts["members"][0]["validation_cmae_deg"], rel=1e-3)
    assert calibration != Calibration()
    assert 1 <= facts["members"][0]["best_epoch"] <= 3
    assert list(out.parent.iterdir()) == [out]


def test_members_are_what_the_same_networks_trained_alone_would_be(dataset: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, sides=2, members=2)
    facts = train(dataset, tmp_path / "both.safetensors", config, SETTINGS)
    assert len(facts["members"]) == 2
    net, _, _ = load_network(tmp_path / "both.safetensors")
    assert net.config == config
    for seed, member in zip((1, 2), members_of(net), strict=True):
        alone = tmp_path / f"{seed}.safetensors"
        train(dataset, alone, config.member(seed - 1), replace(SETTINGS, seed=seed))
        weights = load_network(alone)[0].state_dict()
        assert all(torch.equal(weights[name], value) for name, value in member.state_dict().items())
    assert not list(tmp_path.glob("*.checkpoint*"))


@pytest.mark.parametrize("steps", range(2, 13))
def test_a_training_may_be_of_few_steps(steps: int) -> None:
    net = torch.nn.Linear(2, 1)
    before = net.weight.detach().clone()
    descent = Descent(net, 1e-3, 1e-2, steps)
    for _ in range(steps):
        descent.step(net(torch.ones(1, 2)).square().sum())
    assert torch.isfinite(net.weight).all() and not torch.equal(net.weight, before)


def test_says_what_it_learned_from(dataset: Path, tmp_path: Path) -> None:
    facts = train(dataset, tmp_path / "hand.safetensors", CONFIG, SETTINGS)
    assert facts["data"] == {"people": 10, "views": 24, "seed": 0}
    assert facts["samples"] == {"train": 192, "validation": 24, "test": 24}
    assert facts["settings"]["seed"] == SETTINGS.seed
    assert facts["test"]["samples"] == 24


def test_repeats_exactly_with_the_seed_and_differs_without(dataset: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.safetensors" for name in ("first", "again", "other")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        train(dataset, path, CONFIG, replace(SETTINGS, seed=seed))
    assert same_weights(paths[0], paths[1])
    assert not same_weights(paths[0], paths[2])


@pytest.fixture
def stopped(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights file of a training that was interrupted in its second epoch."""
    out = tmp_path / "stopped.safetensors"
    batches = training.shuffled_batches
    epochs = []

    def interrupted(*arguments: object) -> object:
        epochs.append(None)
        for number, batch in enumerate(batches(*arguments)):
            if len(epochs) == 2 and number == 3:
                raise KeyboardInterrupt
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr(training, "shuffled_batches", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(dataset, out, CONFIG, SETTINGS)
    assert not out.exists()
    return out


def test_goes_on_as_if_never_stopped(stopped: Path, dataset: Path, tmp_path: Path) -> None:
    train(dataset, stopped, CONFIG, SETTINGS)
    unbroken = tmp_path / "unbroken.safetensors"
    train(dataset, unbroken, CONFIG, SETTINGS)
    assert same_weights(stopped, unbroken)


def test_goes_on_with_the_member_that_was_stopped(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, out = replace(CONFIG, members=2), tmp_path / "stopped.safetensors"
    epochs: list[int] = []
    one_epoch = training.TrainingRun.one_epoch

    def counted(run: training.TrainingRun) -> None:
        epochs.append(run.settings.seed)
        if len(epochs) == 5:
            raise KeyboardInterrupt
        one_epoch(run)

    monkeypatch.setattr(training.TrainingRun, "one_epoch", counted)
    with pytest.raises(KeyboardInterrupt):
        train(dataset, out, config, SETTINGS)
    train(dataset, out, config, SETTINGS)
    assert epochs == [1, 1, 1, 2, 2, 2, 2], "no epoch twice but the one that was broken off"
    unbroken = tmp_path / "unbroken.safetensors"
    train(dataset, unbroken, config, SETTINGS)
    assert same_weights(out, unbroken)


def test_a_checkpoint_of_other_settings_is_refused(stopped: Path, dataset: Path) -> None:
    with pytest.raises(UserError, match="other data or settings"):
        train(dataset, stopped, CONFIG, replace(SETTINGS, learning_rate=1e-3))


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 half a zip"])
def test_a_damaged_checkpoint_is_refused(stopped: Path, dataset: Path, content: bytes) -> None:
    stopped.with_name(stopped.name + ".checkpoint").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        train(dataset, stopped, CONFIG, SETTINGS)


def test_a_checkpoint_with_a_few_wrong_bytes_is_refused(tmp_path: Path) -> None:
    """Unless they are between its parts, where nothing is: then what is read is what was written."""
    checkpoint, rng = tmp_path / "checkpoint", np.random.default_rng(0)
    plan, weights = {"epochs": 2}, torch.randn(200, 200)
    write_checkpoint(checkpoint, plan, {"net": weights})
    whole, refused = checkpoint.read_bytes(), 0
    for _ in range(40):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] ^= int(rng.integers(1, 256))
        checkpoint.write_bytes(damaged)
        try:
            assert torch.equal(read_checkpoint(checkpoint, plan, torch.device("cpu"))["net"], weights)
        except UserError:
            refused += 1
    assert refused >= 38


def test_a_training_that_diverges_says_so(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="diverged"):
        train(dataset, tmp_path / "hand.safetensors", replace(CONFIG, sigma_deg=1e-30), SETTINGS)
    assert not (tmp_path / "hand.safetensors").exists()


def test_a_checkpoint_is_never_unpickled(stopped: Path, dataset: Path) -> None:
    torch.save({"plan": Path("anything")}, stopped.with_name(stopped.name + ".checkpoint"))
    with pytest.raises(UserError, match="damaged"):
        train(dataset, stopped, CONFIG, SETTINGS)


def test_a_dataset_that_does_not_fit_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pixels"):
        train(dataset, tmp_path / "hand.safetensors", NetworkConfig(), SETTINGS)
    with pytest.raises(UserError, match="too small"):
        train(dataset, tmp_path / "hand.safetensors", CONFIG, replace(SETTINGS, batch=500))


def test_a_place_that_cannot_be_written_is_refused(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        train(dataset, tmp_path / "file" / "hand.safetensors", CONFIG, SETTINGS)


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from handorient.errors import UserError
from handorient.training.descent import write_checkpoint
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
try:
    write_checkpoint(Path(sys.argv[1]), {}, {"net": torch.zeros(10000)})
except UserError as error:
    print(error)
"""


def test_a_checkpoint_that_the_disk_has_no_room_for_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    file = tmp_path / "checkpoint"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, file], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"The checkpoint could not be written to {file}: File too large. Choose")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("method", "head"), [("mse", "point"), ("heatmap", "heatmap")])
def test_a_baseline_is_trained_and_kept_in_the_same_way(
    dataset: Path, tmp_path: Path, method: str, head: str
) -> None:
    out = tmp_path / "baseline.safetensors"
    facts = train(dataset, out, CONFIG, replace(SETTINGS, method=method))
    net, saved, calibration = load_network(out)
    assert net.config.head == head and saved == facts and saved["settings"]["method"] == method
    assert calibration == Calibration()
    data = read_dataset(dataset, "silhouette")
    assert evaluate(net, data, data.rows(Split.TEST))["cmae_deg"] == pytest.approx(facts["test"]["cmae_deg"])
    assert "nll_nats" not in facts["test"]
