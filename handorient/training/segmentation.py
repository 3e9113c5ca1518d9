"""Training the segmenter, on hands of the dataset's training people before they were cut out."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from handorient.errors import UserError
from handorient.hand.crop import WINDOW_PX, points_in_window
from handorient.hand.mask_net import MaskNet, save_mask_net
from handorient.hand.segmenter import Segmenter, evidence
from handorient.hand.shape import cut_at_wrist, overlap
from handorient.progress import Progress
from handorient.training.data import UNREADABLE, Split, SplitByPeople, made_ahead, read_dataset
from handorient.training.descent import (
    Descent,
    best_device,
    checkpoint_of,
    fast_bfloat16,
    mean_loss,
    read_checkpoint,
    write_checkpoint,
)
from handorient.training.pasting import Backdrops, render_faces

#: Batches that are made before the network asks for them; each takes 18 MB.
AHEAD = 4
#: Of the loss: 1 - intersection over union, beside the cross-entropy.
OVERLAP_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SegmenterSettings:
    """How to train.

    Attributes:
        learning_rate: the highest of the cycle.
        faces: how many are rendered to paste hands before.
    """

    epochs: int = 12
    batch: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    seed: int = 1
    faces: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows(SplitByPeople):
    """Hands before they were cut out.

    Attributes, beside :class:`SplitByPeople`'s:
        rgb_mask: (N, S, S, 4) uint8, memory-mapped: RGB, and the exact mask.
        points_px: (N, 21, 2) the landmarks in the window.
    """

    rgb_mask: NDArray[np.uint8]
    points_px: NDArray[np.float64]

    def batch(
        self, rows: NDArray[np.intp], backdrops: Backdrops, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Evidence (B, EVIDENCE, S, S); where hand is; and what counts, all above the wrist; (B, 1, S, S).

        Some hands are pasted before others than their own backgrounds.
        """
        window = np.stack([backdrops.paste(one, rng) for one in self.rgb_mask[rows]])
        points = self.points_px[rows]
        known = np.stack([evidence(*pair) for pair in zip(window[..., :3], points, strict=True)])
        whole = np.full(window.shape[1:3], 255, np.uint8)
        above = np.stack([cut_at_wrist(whole, p) for p in points])[:, None] == 255
        hand = (window[..., 3] >= 128)[:, None] & above
        return torch.from_numpy(known), torch.from_numpy(hand), torch.from_numpy(above)


def read_windows(folder: Path) -> Windows:
    """The windows of a dataset that `handorient dataset` wrote.

    Raises:
        UserError: if they are missing, incomplete or inconsistent.
    """
    hands = read_dataset(folder, "landmarks")
    try:
        pictures = np.load(folder / "window.npy", mmap_mode="r")
        with np.load(folder / "labels.npz") as labels:
            rows = labels["window_row"]
        geometry, split = hands.seen[rows], hands.split[rows]
    except (*UNREADABLE, IndexError) as error:
        raise UserError(
            f"The windows of the dataset {folder} cannot be read ({error}): make it anew."
        ) from error
    if len(pictures) != len(rows):
        raise UserError(f"The dataset {folder} has windows and labels of different number: make it anew.")
    return Windows(rgb_mask=pictures, points_px=points_in_window(geometry), split=split, facts=hands.facts)


def train_segmenter(dataset: Path, out: Path, settings: SegmenterSettings) -> dict[str, Any]:
    """Train on the dataset's training people, write the weights to ``out``, return the training's facts.

    A training that was stopped goes on, as if never stopped, from ``out`` + ".checkpoint".

    Raises:
        UserError: if the dataset or the checkpoint does not fit, the training diverges, or ``out`` cannot be
            written.
    """
    cv2.setNumThreads(1)
    windows, checkpoint = read_windows(dataset), checkpoint_of(out)
    if not windows.enough_for(settings.batch):
        raise UserError(f"{dataset} is too small to train on: make one with more people.")
    run = _Run(windows, settings)
    if checkpoint.exists():
        run.resume(checkpoint)
    faces = render_faces(settings.faces, WINDOW_PX, settings.seed)
    backdrops = Backdrops(faces, windows.rgb_mask, windows.rows(Split.TRAIN))
    with Progress(range(settings.epochs), initial=run.epoch, unit="epoch", desc="training") as bar:
        while run.epoch < settings.epochs:
            loss = run.one_epoch(backdrops)
            run.save(checkpoint)
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}")
    net = run.net.cpu().eval()
    facts = run.plan | {
        "minutes": round(run.seconds / 60, 1),
        "validation_iou": mean_overlap(net, windows, windows.rows(Split.VALIDATION)),
        "test_iou": mean_overlap(net, windows, windows.rows(Split.TEST)),
        "torch": torch.__version__,
    }
    save_mask_net(out, net, facts)
    checkpoint.unlink()
    return facts


class _Run:
    """A training at the end of an epoch: all that a checkpoint holds."""

    def __init__(self, windows: Windows, settings: SegmenterSettings) -> None:
        torch.manual_seed(settings.seed)
        self.windows, self.settings = windows, settings
        self.rows = windows.rows(Split.TRAIN)
        self.device = best_device()
        self.net = MaskNet().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        steps = settings.epochs * (len(self.rows) // settings.batch)
        self.descent = Descent(self.net, settings.learning_rate, settings.weight_decay, steps)
        self.plan = {"settings": asdict(settings), "data": windows.facts, "windows": len(self.rows)}
        self.epoch, self.seconds = 0, 0.0

    def one_epoch(self, backdrops: Backdrops) -> float:
        """Train on every window once, as it is or pasted before a backdrop, and return the mean loss."""
        started = time.perf_counter()
        self.net.train()
        batch, half = self.settings.batch, fast_bfloat16(self.device)
        # Generators of their own: a resumed training draws what an unbroken one would have drawn.
        seed = self.settings.seed, self.epoch
        order = np.random.default_rng(seed).permutation(self.rows)

        def make(start: int) -> tuple[Tensor, Tensor, Tensor]:
            rng = np.random.default_rng((*seed, start))
            return self.windows.batch(order[start : start + batch], backdrops, rng)

        losses = []
        for known, hand, counts in made_ahead(make, range(0, len(order) - batch + 1, batch), AHEAD):
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=half):
                logit = self.net(known.to(self.device))
            loss = _loss(logit.float(), hand.to(self.device), counts.to(self.device))
            losses.append(self.descent.step(loss))
        self.epoch += 1
        self.seconds += time.perf_counter() - started
        return mean_loss(losses)

    def save(self, path: Path) -> None:
        progress = self.epoch, self.seconds
        write_checkpoint(path, self.plan, self.descent.state() | {"progress": progress})

    def resume(self, path: Path) -> None:
        state = read_checkpoint(path, self.plan, self.device)
        self.descent.restore(state)
        self.epoch, self.seconds = state["progress"]


def _loss(logit: Tensor, hand: Tensor, counts: Tensor) -> Tensor:
    """Cross-entropy, and what soft masks and exact ones do not share; all (B, 1, S, S)."""
    entropy = binary_cross_entropy_with_logits(logit[counts], hand[counts].float())
    soft = logit.sigmoid() * counts
    both = (soft * hand).sum((1, 2, 3))
    either = soft.sum((1, 2, 3)) + hand.sum((1, 2, 3)) - both
    return entropy + OVERLAP_SHARE * (1 - (both + 1) / (either + 1)).mean()


def mean_overlap(net: MaskNet, windows: Windows, rows: NDArray[np.intp]) -> float:
    """Mean intersection over union of the segmenter's masks with the exact ones, both cut at the wrist."""
    segmenter = Segmenter(net)
    overlaps = []
    for row in rows:
        window, points = windows.rgb_mask[row], windows.points_px[row]
        exact = cut_at_wrist(window[..., 3], points)
        overlaps.append(overlap(exact, segmenter.mask(window[..., :3], points)))
    return round(float(np.mean(overlaps)), 4)
