"""Datasets of canonical crops: rendered frames on the same road as live ones, split by person.

A dataset is a folder: ``dataset.json`` (how it was made), ``silhouette.npy`` (N, 128, 128) uint8,
``colour.npy`` (N, 128, 128, 3) uint8 RGB on white, and ``labels.npz`` with azimuth_deg, elevation_deg,
person, split (0 train, 1 validation, 2 test), facing (the side seen: 0 palm, 1 back), named (the side that
the detector names) and geometry (N, 107), what the detector says (``CanonicalCrop.geometry``). To train the
segmenter from, ``window.npy`` (M, 160, 160, 4) uint8 holds the first view of each pose before it was cut out:
RGB, and its exact mask; window_row (M,) in ``labels.npz`` are their rows among the N.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from handorient.errors import UserError
from handorient.files import new_folder, write_json
from handorient.hand.crop import CROP_PX, WINDOW_PX, CanonicalCrop
from handorient.hand.detector import LandmarkFollower
from handorient.hand.landmarks import GEOMETRY, Landmarks
from handorient.hand.segmenter import Segmenter
from handorient.hand.shape import palm_size
from handorient.processes import in_order, processes
from handorient.progress import Progress
from handorient.synth import scene
from handorient.synth.render import HandScene, Light
from handorient.synth.skeleton import Person, Pose

#: Landmarks further than this from the joints, in palm sizes, are on something else.
MISSED = 0.3
#: How far a hand moves from frame to frame, in palm sizes (standard deviation).
MOVED = 0.05
VIEWS_PER_POSE = 8
#: Share of the hands that are seen before something of their own colour.
SKIN_COLOURED = 0.2
#: Views of one pose tried before another pose takes its place.
MOST_TRIES = 40


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """What to make: ``people`` each in ``views`` pictures, eight of a pose, from ``seed``."""

    people: int
    views: int
    seed: int = 1

    @property
    def poses(self) -> int:
        """Of each person."""
        return -(-self.views // VIEWS_PER_POSE)

    @property
    def size_bytes(self) -> int:
        """Of the pictures; the labels are little beside them."""
        return self.people * (self.views * 4 * CROP_PX**2 + self.poses * 4 * WINDOW_PX**2)


def split_of(person: int) -> int:
    """0 train, 1 validation, 2 test: of ten people one validates and one tests."""
    return {0: 1, 1: 2}.get(person % 10, 0)


def make_dataset(folder: Path, config: DatasetConfig) -> None:
    """Render the dataset into ``folder``, which must not exist yet; nothing is left there on failure.

    Raises:
        UserError: if the folder exists or cannot be written, the disk is too full, or a process that renders
            is ended.
    """
    with new_folder(folder) as unfinished:
        free = shutil.disk_usage(unfinished).free
        if config.size_bytes > free:
            raise UserError(
                f"The dataset takes {config.size_bytes // 10**9} GB, and there are {free // 10**9} GB for "
                f"{folder}: free some space, or make one with fewer pictures."
            )
        _write(unfinished, config)


def _write(folder: Path, config: DatasetConfig) -> None:
    total = config.people * config.views
    shape = (total, CROP_PX, CROP_PX)
    window = (config.people * config.poses, WINDOW_PX, WINDOW_PX, 4)
    labels: dict[str, list[NDArray[np.generic]]] = {}
    jobs = [(config, person, folder) for person in range(config.people)]
    with (
        _begun(folder / "silhouette.npy", shape) as silhouettes,
        _begun(folder / "colour.npy", (*shape, 3)) as colours,
        _begun(folder / "window.npy", window) as windows,
        processes(start_worker) as pool,
        Progress(total=total, unit="hand", desc="rendering") as bar,
    ):
        for part in in_order(pool, _person, jobs):
            with np.load(part) as file:
                person = dict(file)
            part.unlink()
            silhouettes.write(person.pop("silhouette").data)
            colours.write(person.pop("colour").data)
            windows.write(person.pop("window").data)
            for name, values in person.items():
                labels.setdefault(name, []).append(values)
            bar.update(config.views)
    np.savez(folder / "labels.npz", **{name: np.concatenate(parts) for name, parts in labels.items()})
    facts = asdict(config) | {
        "azimuth_deg": scene.AZIMUTH_DEG,
        "elevation_deg": scene.ELEVATION_DEG,
        "named_right_share": float(
            (np.concatenate(labels["named"]) == np.concatenate(labels["facing"])).mean()
        ),
    }
    write_json(folder / "dataset.json", facts)


def _begun(path: Path, shape: tuple[int, ...]) -> BinaryIO:
    """A .npy file of an array of bytes, begun with its header: the bytes follow in their order.

    Were it mapped to memory, a disk that fills up would end the process without a word.
    """
    file = path.open("wb")
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file


_follower: LandmarkFollower
_segmenter: Segmenter


def start_worker() -> None:
    """What a process does before its first :func:`seen_live`: one core is all that it shall use."""
    global _follower, _segmenter
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _follower, _segmenter = LandmarkFollower(), Segmenter.load()


def _person(job: tuple[DatasetConfig, int, Path]) -> Path:
    """Render the pictures of a person of this number into a file in the folder, with their labels."""
    config, number, folder = job
    rng = np.random.default_rng((config.seed, number))
    person = Person.sample(number + 10_000 * config.seed)
    silhouettes = np.empty((config.views, CROP_PX, CROP_PX), np.uint8)
    colours = np.empty((config.views, CROP_PX, CROP_PX, 3), np.uint8)
    windows = np.empty((config.poses, WINDOW_PX, WINDOW_PX, 4), np.uint8)
    azimuth, elevation = np.empty(config.views, np.float32), np.empty(config.views, np.float32)
    facing, named = np.empty(config.views, np.int8), np.empty(config.views, np.int8)
    numbers = np.empty((config.views, GEOMETRY), np.float32)
    i = tries = next_pose = 0
    while i < config.views:
        if i == next_pose or tries == MOST_TRIES:
            hand, tries = HandScene(person, Pose.sample(rng), scene.sleeve(rng)), 0
            next_pose = i - i % VIEWS_PER_POSE + VIEWS_PER_POSE
        tries += 1
        view = scene.view(rng)
        own_colour = rng.uniform() < SKIN_COLOURED
        behind = scene.skin_coloured(person.tone, rng) if own_colour else scene.background(rng)
        picture = hand.render(view, Light.sample(rng), behind)
        frame = scene.develop(picture.rgb, rng)
        seen = seen_live(frame, hand.landmarks(view, frame.shape[1], frame.shape[0]), rng)
        if seen is None:
            continue  # live, too, a hand that the detector loses is never seen by the network
        landmarks, crop = seen
        silhouettes[i], colours[i] = crop.silhouette(), crop.colour()
        numbers[i] = crop.geometry(landmarks)
        if i % VIEWS_PER_POSE == 0:
            exact = crop.window.cut(np.uint8(255) * picture.mask)
            windows[i // VIEWS_PER_POSE] = np.dstack([crop.rgb, exact])
        azimuth[i], elevation[i] = np.degrees(view.azimuth_rad), np.degrees(view.elevation_rad)
        facing[i], named[i] = view.facing == "back", landmarks.facing == "back"
        i += 1
    path = folder / f"{number}.npz"
    np.savez(
        path,
        silhouette=silhouettes,
        colour=colours,
        window=windows,
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        person=np.full(config.views, number, np.int32),
        split=np.full(config.views, split_of(number), np.int8),
        facing=facing,
        named=named,
        geometry=numbers,
        window_row=number * config.views + np.arange(0, config.views, VIEWS_PER_POSE),
    )
    return path


def seen_live(
    frame: NDArray[np.uint8], exact: Landmarks, rng: np.random.Generator
) -> tuple[Landmarks, CanonicalCrop] | None:
    """The detector's landmarks in an RGB frame (H, W, 3), and the crop that the live road makes of them.

    The detector has followed the hand for a frame or two. None if it lost it, or took the index side for the
    little finger's: that is another hand.
    """
    size = palm_size(exact.points_px)
    near = exact.points_px + size * rng.normal(0, MOVED, 2)
    frames = rng.integers(1, 3)
    found = _follower.follow(frame, near)
    if found is not None and frames == 2:
        found = _follower.follow(frame, found.points_px)
    if found is None or found.index_side_right != exact.index_side_right:
        return None
    return (found, _segmenter(frame, found)) if landmark_error(found, exact) < MISSED else None


def landmark_error(found: Landmarks, exact: Landmarks) -> float:
    """Mean distance of landmarks from the joints, in palm sizes."""
    distance = np.linalg.norm(found.points_px - exact.points_px, axis=1).mean()
    return float(distance) / palm_size(exact.points_px)
