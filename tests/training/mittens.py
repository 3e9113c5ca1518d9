"""A dataset in the format of `handorient dataset`, of flat polygons instead of hands: drawn in no time."""

import json
from pathlib import Path

import cv2
import numpy as np

from handorient.hand.landmarks import GEOMETRY

#: A mitten in the palm plane, x toward the index side and y up, about 1 high.
MITTEN = np.array(
    [[-0.25, -0.5], [0.2, -0.5], [0.3, -0.1], [0.5, 0.1], [0.3, 0.1], [0.25, 0.5], [-0.2, 0.45]]
)
SIDE = 32


def draw(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """The mitten's silhouette (SIDE, SIDE) from afar: turned about y, then about x."""
    a, e = np.radians([azimuth_deg, elevation_deg])
    x = MITTEN[:, 0] * np.cos(a)
    y = MITTEN[:, 1] * np.cos(e) + MITTEN[:, 0] * np.sin(a) * np.sin(e)
    pixels = np.stack([SIDE / 2 + 0.8 * SIDE * x, SIDE / 2 - 0.8 * SIDE * y], 1)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(picture, [np.round(pixels * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return picture


def write_dataset(folder: Path, people: int = 10, views: int = 24) -> None:
    """Write a dataset: person 0 of ten validates, person 1 tests."""
    rng = np.random.default_rng(0)
    count = people * views
    angles = rng.uniform(-60, 60, (count, 2)).astype(np.float32)
    silhouettes = np.stack([draw(*pair) for pair in angles])
    person = np.repeat(np.arange(people), views).astype(np.int32)
    folder.mkdir()
    np.save(folder / "silhouette.npy", silhouettes)
    np.save(folder / "colour.npy", np.repeat(255 - silhouettes[..., None], 3, axis=-1))
    np.savez(
        folder / "labels.npz",
        azimuth_deg=angles[:, 0],
        elevation_deg=angles[:, 1],
        person=person,
        split=np.select([person % 10 == 0, person % 10 == 1], [1, 2], 0).astype(np.int8),
        facing=np.zeros(count, np.int8),
        geometry=rng.normal(0, 1, (count, GEOMETRY)).astype(np.float32),
    )
    (folder / "dataset.json").write_text(json.dumps({"people": people, "views": views, "seed": 0}))
