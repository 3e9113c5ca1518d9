"""Datasets of canonical crops as training reads them."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from handorient.errors import UserError
from handorient.propel.network import Input
from handorient.training.disturb import disturbed, disturbed_numbers

#: Batches that are made before the network asks for them, and threads that make them: more of these only wait
#: for the interpreter, and let the network wait for it.
AHEAD, MOST_THREADS = 32, 4


T = TypeVar("T")

#: What a file of arrays raises that is missing, damaged, cut off, or of something else.
UNREADABLE = (OSError, EOFError, KeyError, ValueError, BadZipFile)


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
        angles_deg: (N, n) float32: azimuth, elevation and, of heads, roll.
        geometry: (N, 107) float32, what the detector says, whatever the network sees.
        facing: (N,) int8, the side seen: 0 the palm, 1 the back.
        disturb: shows a picture as another frame would have; landmarks have a disturbance of their own.
    """

    seen: NDArray[np.uint8] | NDArray[np.float32]
    angles_deg: NDArray[np.float32]
    geometry: NDArray[np.float32]
    facing: NDArray[np.int8]
    disturb: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]] = disturbed

    def truth_rad(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The angles (B, n) of some samples."""
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
            geometry, facing, split = labels["geometry"], labels["facing"], labels["split"]
    except UNREADABLE as error:
        raise UserError(f"The dataset {folder} cannot be read ({error}): make it anew.") from error
    seen = geometry if pictures is None else pictures
    if any(len(column) != len(seen) for column in (angles, geometry, facing, split)):
        raise UserError(f"The dataset {folder} has pictures and labels of different number: make it anew.")
    return HandDataset(
        seen=seen, angles_deg=angles, geometry=geometry, facing=facing, split=split, facts=facts
    )


def channels_first(seen: NDArray[Any]) -> NDArray[Any]:
    """(B, S, S) or (B, S, S, 3) as the (B, C, S, S) that a network takes; landmarks stay (B, 107)."""
    if seen.ndim == 2:
        return seen
    return seen[:, None] if seen.ndim == 3 else np.moveaxis(seen, -1, 1)


def as_tensor(seen: NDArray[Any], device: torch.device) -> Tensor:
    """A batch on the device; pictures in the order in memory that convolutions are fastest in."""
    tensor = torch.from_numpy(np.array(seen)).to(device)
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples ``rows`` (B,) in an epoch: ``seen`` (B, *input_shape) and ``geometry`` (B, 107), disturbed."""

    seen: NDArray[Any]
    geometry: NDArray[np.float32]
    rows: NDArray[np.intp]


def shuffled_batches(data: HandDataset, size: int, seed: int, epoch: int) -> Iterator[Batch]:
    """One epoch of the training split; the same for the same ``seed`` and ``epoch``.

    Threads disturb the batches to come; most of it is NumPy's and OpenCV's work. What does not fill a last
    batch waits for another epoch: BatchNorm cannot use a handful of samples.
    """
    rows = np.random.default_rng((seed, epoch)).permutation(data.rows(Split.TRAIN))

    def make(start: int) -> Batch:
        return _batch(data, rows[start : start + size], np.random.default_rng((seed, epoch, start // size)))

    yield from made_ahead(make, range(0, len(rows) - size + 1, size), AHEAD)


def made_ahead(make: Callable[[int], T], jobs: Iterable[int], ahead: int) -> Iterator[T]:
    """What ``make`` makes of each job, in their order; threads are ``ahead`` of what is asked for."""
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads:
        try:
            for job in jobs:
                waiting.append(threads.submit(make, job))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)


def _batch(data: HandDataset, rows: NDArray[np.intp], rng: np.random.Generator) -> Batch:
    geometry = disturbed_numbers(data.geometry[rows], rng)
    if data.seen.ndim == 2:
        return Batch(geometry, geometry, rows)
    seen = np.stack([data.disturb(picture, rng) for picture in data.seen[rows]])
    return Batch(channels_first(seen), geometry, rows)
