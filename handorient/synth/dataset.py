"""Datasets of canonical crops: rendered frames on the same road as live ones, split by person.

A dataset is a folder: ``dataset.json`` (how it was made), ``silhouette.npy`` (N, 128, 128) uint8,
``colour.npy`` (N, 128, 128, 3) uint8 RGB on white, and ``labels.npz`` with azimuth_deg, elevation_deg,
person, split (0 train, 1 validation, 2 test), facing (0 palm, 1 back), detected (whether the detector's own
landmarks were used) and landmarks (N, 21, 2) in pixels of the crop.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from handorient.errors import UserError
from handorient.hand.crop import CROP_PX, WINDOW_PX
from handorient.hand.detector import HandDetector, MediaPipeDetector
from handorient.hand.landmarks import Landmarks
from handorient.hand.segmenter import Segmenter, palm_size
from handorient.synth import scene
from handorient.synth.render import HandScene, Light
from handorient.synth.skeleton import Person, Pose

#: Share of rendered hands shown to the detector; the others get exact landmarks with its measured error.
DETECTED_SHARE = 0.6
#: A detection further than this from the joints, in palm sizes, has found something else.
MISSED = 0.25
VIEWS_PER_POSE = 8


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """What to make: ``people`` each in ``views`` pictures (a multiple of 8), from ``seed``."""

    people: int = 120
    views: int = 200
    seed: int = 1


def split_of(person: int) -> int:
    """0 train, 1 validation, 2 test: of ten people one validates and one tests."""
    return {0: 1, 1: 2}.get(person % 10, 0)


def make_dataset(folder: Path, config: DatasetConfig, workers: int | None = None) -> None:
    """Render the dataset into ``folder``, which must not exist yet; nothing is left there on failure.

    Raises:
        UserError: if the folder exists or cannot be written.
    """
    if folder.exists():
        raise UserError(f"{folder} already exists: choose another folder, or remove it first.")
    unfinished = folder.with_name(folder.name + ".unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(unfinished, config, workers or os.cpu_count() or 1)
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise UserError(
            f"The dataset could not be written to {folder}: {error.strerror or error}."
        ) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write(folder: Path, config: DatasetConfig, workers: int) -> None:
    total = config.people * config.views
    shape = (total, CROP_PX, CROP_PX)
    silhouettes = np.lib.format.open_memmap(folder / "silhouette.npy", "w+", np.uint8, shape)
    colours = np.lib.format.open_memmap(folder / "colour.npy", "w+", np.uint8, (*shape, 3))
    labels: dict[str, list[NDArray[np.generic]]] = {}
    jobs = [(config, person) for person in range(config.people)]
    # Not forked: the detector's threads do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(workers, _start_worker) as pool:
        bar = tqdm(total=total, unit="hand", desc="rendering")
        for person, (silhouette, colour, rows) in enumerate(pool.imap(_person, jobs)):
            part = slice(person * config.views, (person + 1) * config.views)
            silhouettes[part], colours[part] = silhouette, colour
            for name, values in rows.items():
                labels.setdefault(name, []).append(values)
            bar.update(config.views)
        bar.close()
    np.savez(folder / "labels.npz", **{name: np.concatenate(parts) for name, parts in labels.items()})
    facts = asdict(config) | {
        "azimuth_deg": scene.AZIMUTH_DEG,
        "elevation_deg": scene.ELEVATION_DEG,
        "detected_share": float(np.concatenate(labels["detected"]).mean()),
    }
    (folder / "dataset.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


_detector: HandDetector


def _start_worker() -> None:
    global _detector
    cv2.setNumThreads(1)
    _detector = MediaPipeDetector(max_hands=1, still=True, confidence=0.3)


Rows = dict[str, NDArray[np.generic]]


def _person(job: tuple[DatasetConfig, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Rows]:
    config, number = job
    rng = np.random.default_rng((config.seed, number))
    person, segmenter = Person.sample(number + 10_000 * config.seed), Segmenter()
    silhouettes = np.empty((config.views, CROP_PX, CROP_PX), np.uint8)
    colours = np.empty((config.views, CROP_PX, CROP_PX, 3), np.uint8)
    azimuth, elevation = np.empty(config.views, np.float32), np.empty(config.views, np.float32)
    facing, found = np.empty(config.views, np.int8), np.empty(config.views, bool)
    points = np.empty((config.views, 21, 2), np.float32)
    for i in range(config.views):
        if i % VIEWS_PER_POSE == 0:
            hand = HandScene(person, Pose.sample(rng), scene.sleeve(rng))
        view = scene.view(rng)
        picture = hand.render(view, Light.sample(rng), scene.background(rng))
        frame = scene.develop(picture.rgb, rng)
        exact = hand.landmarks(view, frame.shape[1], frame.shape[0])
        landmarks = _detected(frame, exact) if rng.uniform() < DETECTED_SHARE else None
        found[i] = landmarks is not None
        if landmarks is None:
            landmarks = scene.disturbed(exact, rng)
        crop = segmenter(frame, landmarks)
        silhouettes[i], colours[i] = crop.silhouette(), crop.colour()
        points[i] = landmarks.mapped(crop.window.affine).points_px * (CROP_PX / WINDOW_PX)
        azimuth[i], elevation[i] = np.degrees(view.azimuth_rad), np.degrees(view.elevation_rad)
        facing[i] = view.facing == "back"
    whole = np.full(config.views, number, np.int32)
    return (
        silhouettes,
        colours,
        {
            "azimuth_deg": azimuth,
            "elevation_deg": elevation,
            "person": whole,
            "split": np.full(config.views, split_of(number), np.int8),
            "facing": facing,
            "detected": found,
            "landmarks": points,
        },
    )


def _detected(frame: NDArray[np.uint8], exact: Landmarks) -> Landmarks | None:
    """The detector's landmarks, if it found this hand and saw its index side on the right side."""
    for hand in _detector.detect(frame):
        error = np.linalg.norm(hand.points_px - exact.points_px, axis=1).mean() / palm_size(exact.points_px)
        if error < MISSED and hand.index_side_right == exact.index_side_right:
            return hand
    return None
