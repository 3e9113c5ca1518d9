"""Datasets of canonical crops as training reads them, and the small disturbances it adds to silhouettes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from handorient.errors import UserError
from handorient.propel.network import Input


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
            seen = seen + rng.normal(0, LANDMARK_NOISE, seen.shape).astype(np.float32)
        else:
            seen = np.stack([disturbed(picture, rng) for picture in seen])
        yield channels_first(seen), chosen


#: How far a detector's numbers for the same hand differ from frame to frame (standard deviation).
LANDMARK_NOISE = 0.01
#: How far two croppings of the same hand differ: shares of the side, of the scale, and degrees of roll.
SHIFT, SCALE, ROLL_DEG = 0.015, 0.02, 2.0
EDGE_SHARE, HOLE_SHARE = 0.4, 0.15
#: Standard deviations of the log of the power that exposure and tint raise colours to.
EXPOSURE, TINT, BLUR_SHARE = 0.3, 0.08, 0.3


def disturbed(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture as another frame's landmarks and segmenter might have cut it out.

    Every picture is moved, scaled and turned a little. Silhouettes may also get a softer, harder, thinner
    or thicker edge, and lose small spots; colours another exposure, tint and focus.
    (S, S) or (S, S, 3), hand 255 on 0 or RGB on white.
    """
    side, silhouette = picture.shape[0], picture.ndim == 2
    centre = (side - 1) / 2
    affine = cv2.getRotationMatrix2D(
        (centre, centre), rng.uniform(-ROLL_DEG, ROLL_DEG), rng.uniform(1 - SCALE, 1 + SCALE)
    )
    affine[:, 2] += rng.uniform(-SHIFT, SHIFT, 2) * side
    outside = 0 if silhouette else (255, 255, 255)
    moved = cv2.warpAffine(np.asarray(picture), affine, (side, side), borderValue=outside)
    if not silhouette:
        moved = _light(moved, rng)
    if silhouette and rng.random() < EDGE_SHARE:
        moved = _edge(moved, rng)
    if silhouette and rng.random() < HOLE_SHARE:
        moved = _holes(moved, rng)
    return np.asarray(moved, np.uint8)


def _light(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    # A power leaves white white. One for the exposure, and a little of another for each channel's tint.
    power = np.exp(rng.normal(0, EXPOSURE) + rng.normal(0, TINT, 3))
    table = 255 * (np.arange(256)[:, None] / 255) ** power
    lit = cv2.LUT(picture, table.round().astype(np.uint8)[None])
    if rng.random() < BLUR_SHARE:
        lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.5, 1.8))
    return np.asarray(lit, np.uint8)


def _edge(silhouette: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    treatment = rng.integers(4)
    if treatment == 0:
        return np.asarray(cv2.GaussianBlur(silhouette, (0, 0), rng.uniform(0.5, 1.5)), np.uint8)
    if treatment == 1:
        level = float(rng.uniform(90, 165))
        return np.asarray(cv2.threshold(silhouette, level, 255, cv2.THRESH_BINARY)[1], np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    change = cv2.erode if treatment == 2 else cv2.dilate
    return np.asarray(change(silhouette, kernel), np.uint8)


def _holes(silhouette: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    inside = np.flatnonzero(silhouette)
    for _ in range(int(rng.integers(1, 4)) if len(inside) else 0):
        y, x = divmod(int(rng.choice(inside)), silhouette.shape[1])
        cv2.circle(silhouette, (x, y), int(rng.integers(1, 4)), 0, cv2.FILLED)
    return silhouette
