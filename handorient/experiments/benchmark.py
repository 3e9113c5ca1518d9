"""The benchmark: the synthetic twin of the talk's hand orientation dataset, and a reader for any other.

A benchmark is a folder of pictures with a table, ``manifest.csv``: a header, then a line for each picture
with its ``file`` (relative to the table), its angles in degrees (``azimuth`` and ``elevation`` for hands,
``yaw``, ``pitch`` and ``roll`` for heads) and its ``participant`` (any name). Further columns do no harm.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from handorient.errors import UserError
from handorient.hand.detector import LandmarkFollower
from handorient.hand.segmenter import Segmenter
from handorient.synth import scene
from handorient.synth.dataset import MOST_TRIES, followed, new_folder
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import SPREAD, Person, Pose

MANIFEST = "manifest.csv"
HAND_ANGLES = ("azimuth", "elevation")
HEAD_ANGLES = ("yaw", "pitch", "roll")

#: The talk's dataset: so many pictures of so many people, azimuth^2 + elevation^2 <= 45^2 degrees.
PICTURES, PARTICIPANTS, REACH_DEG = 9414, 22, 45.0
#: An arm's length, mm.
NEAR_MM, FAR_MM = 450.0, 900.0
#: What is darker than this in some channel is no background.
WHITE = 250
#: Pictures of one way of holding the hand, before it is held a little differently.
PICTURES_PER_POSE = 12


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Pictures with the orientations that they show.

    Attributes:
        pictures: (N, S, S, 3) uint8 RGB.
        angles_deg: (N, n) float32.
        participant: (N,) intp, who is seen, numbered from 0 in the order of their names.
        angles: the names of the n angles.
    """

    pictures: NDArray[np.uint8]
    angles_deg: NDArray[np.float32]
    participant: NDArray[np.intp]
    angles: tuple[str, ...]


def read_benchmark(folder: Path, angles: Sequence[str], side_px: int) -> Benchmark:
    """Read a folder of pictures with its manifest.

    Pictures that are not square are filled up with white, and all are resized to ``side_px``.

    Raises:
        UserError: naming what is missing or wrong, with its line.
    """
    manifest = folder / MANIFEST
    pictures, rows, names = [], [], []
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            missing = [
                name for name in ("file", *angles, "participant") if name not in (table.fieldnames or ())
            ]
            if missing:
                raise UserError(f"{manifest} has no column {missing[0]!r}: its first line names the columns.")
            for row in table:
                where = f"{manifest}, line {table.line_num}"
                rows.append([_degrees(row[name], name, where) for name in angles])
                pictures.append(_picture(folder / (row["file"] or ""), side_px, where))
                names.append((row["participant"] or "").strip())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"The benchmark's table {manifest} cannot be read: {error}.") from error
    if not pictures:
        raise UserError(f"{manifest} lists no pictures.")
    participant = np.unique(names, return_inverse=True)[1]
    return Benchmark(np.stack(pictures), np.array(rows, np.float32), participant, tuple(angles))


def _degrees(text: str | None, name: str, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise UserError(f"{where}: {name} must be a number of degrees, not {text!r}.")
    return value


def _picture(path: Path, side_px: int, where: str) -> NDArray[np.uint8]:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise UserError(f"{where}: there is no picture that can be read at {path}.")
    height, width = bgr.shape[:2]
    if height != width:
        above, before = max(width - height, 0), max(height - width, 0)
        bgr = cv2.copyMakeBorder(
            bgr, above // 2, above - above // 2, before // 2, before - before // 2,
            cv2.BORDER_CONSTANT, value=(255, 255, 255),
        )  # fmt: skip
    if len(bgr) != side_px:
        bgr = cv2.resize(bgr, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


def write_manifest(folder: Path, angles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the table: for each picture its file, its angles and its participant."""
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file", *angles, "participant"))
        table.writerows(rows)


def make_hands(
    folder: Path, pictures: int = PICTURES, participants: int = PARTICIPANTS, seed: int = 1,
    workers: int | None = None,
) -> None:  # fmt: skip
    """Render the twin of the talk's dataset into ``folder``, which must not exist yet.

    Open right palms, cut out on white, each participant with a hand, a skin and a way of holding it of their
    own; directions are uniform over the disc of :data:`REACH_DEG`. Frames take the road of live ones, through
    the detector, the segmenter and the crop.

    Raises:
        UserError: if the folder exists or cannot be written.
    """
    share, more = divmod(pictures, participants)
    jobs = [(seed, person, share + (person < more)) for person in range(participants)]
    rows: list[tuple[object, ...]] = []
    with (
        new_folder(folder) as unfinished,
        multiprocessing.get_context("spawn").Pool(workers or os.cpu_count() or 1, _start_worker) as pool,
    ):
        (unfinished / "pictures").mkdir()
        with tqdm(total=pictures, unit="hand", desc="rendering") as bar:
            for person, (seen, angles) in enumerate(pool.imap(_participant, jobs)):
                for rgb, (azimuth, elevation) in zip(seen, angles, strict=True):
                    file = f"pictures/{len(rows):05d}.png"
                    data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
                    (unfinished / file).write_bytes(data.tobytes())
                    rows.append((file, f"{azimuth:.2f}", f"{elevation:.2f}", person + 1))
                bar.update(len(seen))
        write_manifest(unfinished, HAND_ANGLES, rows)


_follower: LandmarkFollower


def _start_worker() -> None:
    global _follower
    cv2.setNumThreads(1)
    _follower = LandmarkFollower()


def _participant(job: tuple[int, int, int]) -> tuple[list[NDArray[np.uint8]], list[tuple[float, float]]]:
    seed, number, count = job
    rng = np.random.default_rng((22, seed, number))
    # Far from the people of `handorient dataset`, whose numbers count up from 10,000 times their seed.
    person, segmenter = Person.sample(10**9 + 1000 * seed + number), Segmenter()
    style, cover = _style(rng), scene.sleeve(rng)
    seen: list[NDArray[np.uint8]] = []
    angles: list[tuple[float, float]] = []
    while len(seen) < count:
        hand = HandScene(person, _held(style, rng), cover)
        wanted = min(count, len(seen) + PICTURES_PER_POSE)
        for _ in range(MOST_TRIES):
            view = _view(rng)
            frame = scene.develop(hand.render(view, Light.sample(rng), scene.background(rng)).rgb, rng)
            landmarks = followed(_follower, frame, hand.landmarks(view, frame.shape[1], frame.shape[0]), rng)
            if landmarks is not None:
                seen.append(segmenter(frame, landmarks).colour())
                angles.append((float(np.degrees(view.azimuth_rad)), float(np.degrees(view.elevation_rad))))
            if len(seen) == wanted:
                break
    return seen, angles


def _style(rng: np.random.Generator) -> Pose:
    """How a participant holds a hand that is to be flat: as unlike as in :meth:`Pose.sample`, but flatter."""
    flexion = rng.normal([5, 6, 4], [4, 4, 3]) * np.array([0.85, 1.0, 1.1, 1.3])[:, None]
    thumb = rng.normal([14 + 34 * rng.uniform(), 6, 3, -5], [8, 11, 10, 12])
    return Pose(
        np.radians(flexion + rng.normal(0, [4, 4, 2], (4, 3))),
        SPREAD * rng.uniform(-0.1, 1.1) + np.radians(rng.normal(0, 2.5, 4)),
        np.radians(thumb),
        np.radians(np.abs(rng.normal(0, [3.0, 6.0]))),
        np.radians(rng.normal([0, 3], [10, 7])),
    )


def _held(style: Pose, rng: np.random.Generator) -> Pose:
    """The open hand as this participant holds it this time."""
    return replace(
        style,
        flexion=style.flexion + np.radians(rng.normal(0, [3.0, 2.5, 1.5], (4, 3))),
        spread=style.spread + np.radians(rng.normal(0, 1.5, 4)),
        thumb=style.thumb + np.radians(rng.normal(0, 4.0, 4)),
    )


def _view(rng: np.random.Generator) -> View:
    reach, turn = REACH_DEG * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    distance = float(rng.uniform(NEAR_MM, FAR_MM))
    focal = rng.uniform(90, 170) * distance / scene.HAND_MM
    return View(
        azimuth_rad=np.radians(reach * np.cos(turn)),
        elevation_rad=np.radians(reach * np.sin(turn)),
        roll_rad=np.radians(rng.normal(0, 12)),
        distance_mm=distance,
        centre=(float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.42, 0.58))),
        field_rad=2 * np.arctan(scene.FRAME_WIDTH / 2 / focal),
    )


def silhouette_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outline (S, S), 255 on 0, of a hand on white (S, S, 3): its largest piece, without holes."""
    hand = (picture.min(2) < WHITE).astype(np.uint8)
    contours, _ = cv2.findContours(hand, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.zeros(hand.shape, np.uint8)
    if contours:
        cv2.drawContours(outline, [max(contours, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    return outline
