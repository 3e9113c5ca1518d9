"""Benchmarks as folders, whoever made them: written, read, and their outlines.

A benchmark is a folder of pictures with a table, ``manifest.csv``: a header, then a line for each picture
with its ``file`` (relative to the table), its angles in degrees (``azimuth`` and ``elevation`` for hands,
``yaw``, ``pitch`` and ``roll`` for heads) and its ``participant`` (any name). Further columns do no harm.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.images import read_image
from handorient.errors import UserError
from handorient.files import new_folder
from handorient.hand.crop import hand_on_white
from handorient.hand.shape import largest_piece
from handorient.processes import in_order, processes
from handorient.progress import Progress

MANIFEST = "manifest.csv"
HAND_ANGLES = ("azimuth", "elevation")
HEAD_ANGLES = ("yaw", "pitch", "roll")
#: Hands: azimuth^2 + elevation^2 <= 45^2 degrees, as in the talk's dataset.
REACH_DEG = 45.0
#: A sigmoid reaches the ends of its range only in the limit: they lie this far beyond the benchmark's.
MARGIN_DEG = 5.0
#: What heads can be turned to, degrees.
HEAD_DEG = 90.0

#: Pictures (S, S, 3) uint8 RGB and the angles of each, degrees.
Rendered = tuple[list[NDArray[np.uint8]], list[tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Pictures with the orientations that they show.

    Attributes:
        pictures: (N, S, S, 3) uint8 RGB.
        angles_deg: (N, n) float32.
        participant: (N,) intp, who is seen, numbered from 0 in the order of their names.
    """

    pictures: NDArray[np.uint8]
    angles_deg: NDArray[np.float32]
    participant: NDArray[np.intp]


def range_deg(angles: int) -> float:
    """The largest angle that a method can answer with: two angles are a hand's, three a head's."""
    return REACH_DEG + MARGIN_DEG if angles == 2 else HEAD_DEG


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
                rows.append([_degrees(row[name], name, range_deg(len(angles)), where) for name in angles])
                pictures.append(_picture(folder / (row["file"] or ""), side_px, where))
                names.append((row["participant"] or "").strip())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"The benchmark's table {manifest} cannot be read: {error}.") from error
    if not pictures:
        raise UserError(f"{manifest} lists no pictures.")
    participant = np.unique(names, return_inverse=True)[1]
    return Benchmark(np.stack(pictures), np.array(rows, np.float32), participant)


def _degrees(text: str | None, name: str, most: float, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) <= most:
        raise UserError(f"{where}: {name} must be degrees from {-most:g} to {most:g}, not {text!r}.")
    return value


def _picture(path: Path, side_px: int, where: str) -> NDArray[np.uint8]:
    rgb = read_image(path)
    if rgb is None:
        raise UserError(f"{where}: there is no picture that can be read at {path}.")
    height, width = rgb.shape[:2]
    if height != width:
        above, before = max(width - height, 0), max(height - width, 0)
        margins = (above // 2, above - above // 2), (before // 2, before - before // 2), (0, 0)
        rgb = np.pad(rgb, margins, constant_values=255)
    if len(rgb) != side_px:
        rgb = np.asarray(cv2.resize(rgb, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)
    return rgb


def write_manifest(folder: Path, angles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the table: for each picture its file, its angles and its participant."""
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file", *angles, "participant"))
        table.writerows(rows)


def render_benchmark(
    folder: Path,
    angles: Sequence[str],
    pictures: int,
    people: int,
    render: Callable[[int, int], Rendered],
    start: Callable[[], None],
) -> None:
    """Write a benchmark of so many pictures of so many people into ``folder``, which must not exist yet.

    ``render`` takes a person's number, which decides everything, and how many pictures of them are wanted. It
    is called in processes of their own, each of which begins with ``start``.

    Raises:
        UserError: if the folder exists or cannot be written, or a process is ended.
    """
    share, more = divmod(pictures, people)
    counts = [share + (person < more) for person in range(people)]
    rows: list[tuple[object, ...]] = []
    with new_folder(folder) as unfinished, processes(start) as pool:
        (unfinished / "pictures").mkdir()
        draw = partial(_draw, render, unfinished)
        drawn = in_order(pool, draw, range(people), counts, accumulate(counts, initial=0))
        with Progress(total=pictures, unit="picture", desc=f"rendering {folder.name}") as bar:
            for participant, angles_deg in enumerate(drawn, 1):
                for degrees in angles_deg:
                    file = _picture_file(len(rows))
                    rows.append((file, *(f"{angle:.2f}" for angle in degrees), participant))
                bar.update(len(angles_deg))
        write_manifest(unfinished, angles, rows)


def _draw(
    render: Callable[[int, int], Rendered], folder: Path, person: int, count: int, first: int
) -> list[tuple[float, ...]]:
    """Write so many pictures of a person, numbered from ``first``; gives their angles, degrees."""
    pictures, angles_deg = render(person, count)
    for number, rgb in enumerate(pictures, first):
        data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
        (folder / _picture_file(number)).write_bytes(data.tobytes())
    return angles_deg


def _picture_file(number: int) -> str:
    return f"pictures/{number:05d}.png"


def silhouette_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outline (S, S), 255 on 0, of a hand on white (S, S, 3): its largest piece, without holes."""
    return largest_piece(hand_on_white(picture).astype(np.uint8))
