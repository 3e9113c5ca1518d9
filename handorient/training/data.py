"""Datasets of canonical crops as training reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from handorient.errors import UserError
from handorient.propel.network import Input
from handorient.training.disturb import disturbed, disturbed_numbers


class Split(IntEnum):
    """Which people a sample belongs to; nobody is in two splits."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitByPeople:
    """Samples that are split by the people they are of.

    Attributes:
        split: (N,) int8, values of :class:`Split`.
        facts: how the dataset was made.
    """

    split: NDArray[np.int8]
    facts: dict[str, Any]

    def rows(self, split: Split) -> NDArray[np.intp]:
        """Indices of the samples in a split."""
        return np.flatnonzero(self.split == split)

    def enough_for(self, batch: int) -> bool:
        """Whether there is a batch to train on, and somebody in every split."""
        return len(self.rows(Split.TRAIN)) >= batch and all(len(self.rows(split)) for split in Split)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandDataset(SplitByPeople):
    """A dataset's pictures, read from the disk as they are needed, and its labels.

    Attributes, beside :class:`SplitByPeople`'s:
        seen: what the network sees: (N, S, S) silhouettes or (N, S, S, 3) RGB, uint8, memory-mapped, or
            (N, 107) float32, what the detector says of the hand.
        angles_deg: (N, 2) float32, azimuth and elevation.
        facing: (N,) int8, the side seen: 0 the palm, 1 the back.
        named: (N,) int8, the side that the detector names.
    """

    seen: NDArray[np.uint8] | NDArray[np.float32]
    angles_deg: NDArray[np.float32]
    facing: NDArray[np.int8]
    named: NDArray[np.int8]

    def truth_rad(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """(B, 2) azimuth and elevation of some samples."""
        return np.radians(self.angles_deg[rows].astype(np.float64))


def read_dataset(folder: Path, kind: Input) -> HandDataset:
    """Open a dataset that `handorient dataset` wrote.

    Raises:
        UserError: if it is missing, incomplete or inconsistent.
    """
    if not (folder / "dataset.json").is_file():
        raise UserError(f"{folder} is no dataset: make one with `handorient dataset --out {folder}`.")
    try:
        facts = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        pictures = None if kind == "landmarks" else np.load(folder / f"{kind}.npy", mmap_mode="r")
        with np.load(folder / "labels.npz") as labels:
            angles = np.stack([labels["azimuth_deg"], labels["elevation_deg"]], 1).astype(np.float32)
            facing, named, split = labels["facing"], labels["named"], labels["split"]
            seen = labels["geometry"] if pictures is None else pictures
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise UserError(f"The dataset {folder} cannot be read ({error}): make it anew.") from error
    if any(len(column) != len(seen) for column in (angles, facing, named, split)):
        raise UserError(f"The dataset {folder} has pictures and labels of different number: make it anew.")
    return HandDataset(seen=seen, angles_deg=angles, facing=facing, named=named, split=split, facts=facts)


def channels_first(seen: NDArray[Any]) -> NDArray[Any]:
    """(B, S, S) or (B, S, S, 3) as the (B, C, S, S) that a network takes; landmarks stay (B, 107)."""
    if seen.ndim == 2:
        return seen
    return seen[:, None] if seen.ndim == 3 else np.moveaxis(seen, -1, 1)


def as_tensor(seen: NDArray[Any], device: torch.device) -> Tensor:
    """A batch on the device; pictures in the order in memory that convolutions are fastest in."""
    tensor = torch.from_numpy(np.array(seen)).to(device)
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def shuffled_batches(
    data: HandDataset, size: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[Any], NDArray[np.intp]]]:
    """One epoch of the training split: what the network sees, disturbed, (B, ...), and its rows (B,).

    What does not fill a last batch waits for another epoch: BatchNorm cannot use a handful of samples.
    """
    rows = rng.permutation(data.rows(Split.TRAIN))
    for start in range(0, len(rows) - size + 1, size):
        chosen = rows[start : start + size]
        seen = data.seen[chosen]
        if seen.ndim == 2:
            seen = disturbed_numbers(seen, rng)
        else:
            seen = np.stack([disturbed(picture, rng) for picture in seen])
        yield channels_first(seen), chosen
