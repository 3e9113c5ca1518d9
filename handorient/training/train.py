"""Training: one cycle of AdamW, a checkpoint after every epoch, the best epoch kept."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from handorient.errors import UserError
from handorient.progress import Progress
from handorient.propel.calibration import Calibration
from handorient.propel.network import Input, NetworkConfig, build_network, members_of
from handorient.propel.weights import save_network
from handorient.stderr import say
from handorient.training.calibrate import HALF, fit_calibration
from handorient.training.data import HandDataset, Split, as_tensor, read_dataset, shuffled_batches
from handorient.training.descent import (
    Descent,
    best_device,
    checkpoint_of,
    fast_bfloat16,
    mean_loss,
    read_checkpoint,
    write_checkpoint,
)
from handorient.training.evaluation import evaluate, leading_rad, predict_rows
from handorient.training.losses import Method, loss_for, suited

_TRUNK = NetworkConfig(shrink=2, channels=(16, 32, 48, 64), dropout=0.1)
#: What `handorient train` trains for each input. The talk's network on half its resolution, for a quarter of
#: the time, with wider late blocks: a wider range of angles wants more features. A silhouette gets a mixture
#: for each side of the hand, because it cannot tell them apart, and landmarks only break the tie. Colours get
#: one too: the skin tells the sides of rendered hands apart better than those of real ones, so that, too, is
#: left to the landmarks, which are trusted as often as they are right on rendered hands.
RECIPES: dict[Input, NetworkConfig] = {
    "landmarks": NetworkConfig(
        "landmarks",
        hidden=256,
        dropout=0.2,
        components=6,
        members=4,
        without_guess=2,
        learned_weights=True,
    ),
    "silhouette": replace(_TRUNK, input="silhouette", members=3, sides=2, side_trust=0.6),
    "colour": replace(_TRUNK, input="colour", members=3, sides=2, side_trust=0.98, learned_weights=True),
}
#: And for how many epochs.
EPOCHS: dict[Input, int] = {"landmarks": 30, "silhouette": 16, "colour": 12}
#: And in batches of how many: landmarks are small, and learn as well in larger ones.
BATCHES: dict[Input, int] = {"landmarks": 256, "silhouette": 64, "colour": 64}
#: And how many of the truths their regions of half the probability may hold. Pictures of real hands differ
#: more from rendered ones than the detector's numbers do, so their regions are rather wide than narrow.
SHARES: dict[Input, float] = {"landmarks": HALF, "silhouette": 0.58, "colour": 0.58}


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train; ``learning_rate`` is the highest of the cycle."""

    method: Method
    epochs: int
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    seed: int = 1


def train(dataset: Path, out: Path, config: NetworkConfig, settings: TrainSettings) -> dict[str, Any]:
    """Train on the dataset's training people, write the best epoch's weights to ``out``, return its facts.

    ``config`` says what the network sees and how large it is; the method gives it its head. Members are
    trained one after another, each with another seed. The best epoch is the one whose answer, of a mixture
    the densest mode, has the least mean absolute error on the validation people.
    A training that was stopped goes on, as if never stopped, from its checkpoints beside ``out``.

    Raises:
        UserError: if the dataset or the checkpoint does not fit, the training diverges, or ``out`` cannot be
            written.
    """
    config = suited(config, settings.method)
    cv2.setNumThreads(1)  # small pictures are disturbed faster so, and torch wants the cores
    if config.input == "landmarks":
        torch.set_num_threads(1)  # its layers are so small that threads would only wait for each other
    data = read_dataset(dataset, config.input)
    if data.seen.ndim > 2 and data.seen.shape[1] != config.size:
        raise UserError(f"{dataset} has pictures of {data.seen.shape[1]} pixels, not of {config.size}.")
    if not data.enough_for(settings.batch):
        raise UserError(f"{dataset} is too small to train on: make one with more people.")
    checkpoints = [checkpoint_of(out, member) for member in range(config.members)]
    net = build_network(config).to(best_device())
    say(f"{net.parameter_count():,} parameters on {best_device()}")
    trained = []
    with Progress(total=config.members * settings.epochs, unit="epoch", desc="training") as bar:
        for number, (part, checkpoint) in enumerate(zip(members_of(net), checkpoints, strict=True)):
            run = TrainingRun(data, part.config, replace(settings, seed=settings.seed + number))
            if checkpoint.exists():
                run.resume(checkpoint)
                bar.update(run.epoch)
            while run.epoch < settings.epochs:
                run.one_epoch()
                run.keep_best()
                run.save(checkpoint)
                bar.update()
                bar.set_postfix(loss=f"{run.loss:.3f}", validation_deg=f"{run.error_deg:.2f}")
            part.load_state_dict(run.best)
            trained.append(run.facts())
    unseen, calibration = data.rows(Split.VALIDATION), Calibration()
    if config.head == "mixture":
        predicted = predict_rows(net, data, unseen)
        calibration = fit_calibration(
            *predicted, data.truth_rad(unseen), config.mixtures, SHARES[config.input]
        )
    facts = {
        "settings": asdict(settings),
        "data": data.facts,
        "samples": {split.name.lower(): len(data.rows(split)) for split in Split},
        "members": trained,
        "torch": torch.__version__,
        "test": evaluate(net, data, data.rows(Split.TEST), calibration),
    }
    save_network(out, net, facts, calibration)
    for checkpoint in checkpoints:
        checkpoint.unlink()
    return facts


class TrainingRun:
    """The training of one network or member at the end of an epoch: all that a checkpoint holds.

    Attributes:
        net: the network, on the device.
        epoch: epochs done.
        loss: mean loss of the last of them.
        seconds: spent on training, evaluation included.
    """

    def __init__(self, data: HandDataset, config: NetworkConfig, settings: TrainSettings) -> None:
        torch.manual_seed(settings.seed)
        self.data, self.settings = data, settings
        self.device = best_device()
        self.net = build_network(config).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.loss_of = loss_for(settings.method, config, self.device)
        steps = settings.epochs * (len(data.rows(Split.TRAIN)) // settings.batch)
        self.descent = Descent(self.net, settings.learning_rate, settings.weight_decay, steps)
        pictures = len(config.input_shape) == 3
        self.half = pictures and fast_bfloat16(self.device)
        self.epoch, self.best_epoch = 0, 0
        self.loss = self.error_deg = self.best_deg = float("inf")
        self.best: dict[str, Tensor] = {}
        self.seconds = 0.0

    def one_epoch(self) -> None:
        """Train on every sample once."""
        started = time.perf_counter()
        torch.manual_seed(self.settings.seed + self.epoch)  # dropout is the same after a resume
        self.net.train()
        losses = []
        config, settings = self.net.config, self.settings
        for batch in shuffled_batches(self.data, settings.batch, settings.seed, self.epoch):
            target = torch.from_numpy(config.to_unit(self.data.angles_deg[batch.rows])).to(self.device)
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.half):
                output = self.net(as_tensor(batch.seen, self.device))
            side = torch.from_numpy(self.data.facing[batch.rows]).to(self.device, torch.long)
            loss = self.loss_of(config.of_side(output, side), target)
            if config.sides == 2:
                back = self.net.back_logit(as_tensor(batch.geometry, self.device))
                loss = loss + binary_cross_entropy_with_logits(back, side.float())
            losses.append(self.descent.step(loss))
        self.loss = mean_loss(losses)
        self.epoch += 1
        self.seconds += time.perf_counter() - started

    def keep_best(self) -> None:
        """Keep the network as it is now if none before it was as good on the validation people."""
        started = time.perf_counter()
        rows = self.data.rows(Split.VALIDATION)
        away_rad = leading_rad(self.net, self.data, rows) - self.data.truth_rad(rows)
        self.error_deg = float(np.degrees(np.abs(away_rad).mean()))
        if self.error_deg < self.best_deg:
            self.best_deg, self.best_epoch = self.error_deg, self.epoch
            self.best = {name: value.clone() for name, value in self.net.state_dict().items()}
        self.seconds += time.perf_counter() - started

    def plan(self) -> dict[str, Any]:
        """What must be equal for a checkpoint to be of this training."""
        return {"config": asdict(self.net.config), "settings": asdict(self.settings), "data": self.data.facts}

    def facts(self) -> dict[str, Any]:
        """What is worth knowing about the finished training, as JSON takes it."""
        return {
            "best_epoch": self.best_epoch,
            "validation_cmae_deg": self.best_deg,
            "minutes": round(self.seconds / 60, 1),
        }

    def save(self, path: Path) -> None:
        """Write the checkpoint; ``path`` is whole or untouched."""
        progress = self.epoch, self.best_epoch, self.loss, self.error_deg, self.best_deg, self.seconds
        write_checkpoint(path, self.plan(), self.descent.state() | {"progress": progress, "best": self.best})

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint of this very training."""
        state = read_checkpoint(path, self.plan(), self.device)
        self.descent.restore(state)
        self.epoch, self.best_epoch, self.loss, self.error_deg, self.best_deg, self.seconds = state[
            "progress"
        ]
        self.best = state["best"]
