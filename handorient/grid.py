"""Densities over azimuth and elevation, given by their values on a grid of square cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: The least density that counts, per square radian: a density that is zero at one truth would otherwise
#: decide the mean log density of all. Its log is -9.2; that of an even density over 100 x 100 deg is -1.1.
FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Grid:
    """A square of angles, ``cells`` x ``cells`` of them, azimuth and elevation from low_deg to high_deg.

    A density is an array (N, A, E), one for each of N pictures, azimuth first: values proportional to the
    density at the cells' centres, none negative and not all 0. Their scale does not matter: what needs a
    density with integral 1 divides by the sum.

    Raises:
        ValueError: if there are fewer than two cells, or the square has no size.
    """

    low_deg: float
    high_deg: float
    cells: int

    def __post_init__(self) -> None:
        if self.cells < 2 or not self.low_deg < self.high_deg:
            raise ValueError(f"no grid: {self.cells} cells from {self.low_deg} to {self.high_deg} deg")

    @property
    def cell_deg(self) -> float:
        """The side of a cell."""
        return (self.high_deg - self.low_deg) / self.cells

    @property
    def centres_deg(self) -> Array:
        """(cells,) the centres of the cells, the same along both axes."""
        return self.low_deg + self.cell_deg * (np.arange(self.cells) + 0.5)

    def point_deg(self, density: NDArray[np.floating]) -> Array:
        """Where each density (N, A, E) is largest, (N, 2).

        Within the largest cell it is, axis by axis, the top of the parabola through that cell and its
        neighbours. Beyond the border the density goes on as its own mirror image.
        """
        largest = density.reshape(len(density), -1).argmax(1)
        azimuth, elevation = np.divmod(largest, self.cells)
        every = np.arange(len(density))
        cells = [
            _top(density[every, :, elevation], azimuth),
            _top(density[every, azimuth, :], elevation),
        ]
        return self.low_deg + self.cell_deg * (np.stack(cells, 1) + 0.5)

    def values(self, density: NDArray[np.floating], points_deg: ArrayLike) -> Array:
        """Each density (N, A, E) at K points (N, K, 2), (N, K): bilinear between the cells' centres.

        Off the grid it is 0.
        """
        cells, shares = self.corners(points_deg)
        every = np.arange(len(density))[:, None, None]
        around = density.reshape(len(density), -1)[every, cells]  # (N, K, 4)
        return np.where(self.holds(points_deg), (around * shares).sum(-1), 0.0)

    def log_density(self, density: NDArray[np.floating], truth_deg: ArrayLike) -> Array:
        """Natural log (N,) of the densities (N, A, E) at the truths (N, 2), per square radian.

        It is at least the log of :data:`FLOOR`.
        """
        whole = density.sum((1, 2), dtype=float) * np.radians(self.cell_deg) ** 2
        return np.log(np.maximum(self._at(density, truth_deg) / whole, FLOOR))

    def region_mass(self, density: NDArray[np.floating], truth_deg: ArrayLike) -> Array:
        """The share (N,) of each density's mass that lies in cells denser than it is at the truth (N, 2).

        So the truth is on the rim of the highest-density region of that mass.
        """
        level = self._at(density, truth_deg)
        # One at a time: a mask for all would take as much room as the densities themselves.
        above = [one[one > least].sum(dtype=float) for one, least in zip(density, level, strict=True)]
        return np.array(above) / density.sum((1, 2), dtype=float)

    def _at(self, density: NDArray[np.floating], truth_deg: ArrayLike) -> Array:
        return self.values(density, np.asarray(truth_deg)[:, None])[:, 0]

    def holds(self, points_deg: ArrayLike) -> NDArray[np.bool_]:
        """Whether points (..., 2) lie on the grid, (...)."""
        points = np.asarray(points_deg)
        return ((points >= self.low_deg) & (points <= self.high_deg)).all(-1)

    def corners(self, points_deg: ArrayLike) -> tuple[NDArray[np.intp], Array]:
        """The four cells (..., 4) whose centres surround points (..., 2), and their shares (..., 4).

        Cells are counted as in a flattened array (A, E); four shares have sum 1. Between the outermost
        centres and the border, those centres stand in.
        """
        position = (np.asarray(points_deg, float) - self.low_deg) / self.cell_deg - 0.5
        position = position.clip(0, self.cells - 1)
        first = np.minimum(position.astype(np.intp), self.cells - 2)
        over = position - first
        (i, j), (u, v) = np.moveaxis(first, -1, 0), np.moveaxis(over, -1, 0)
        corner = i * self.cells + j
        cells = np.stack([corner, corner + 1, corner + self.cells, corner + self.cells + 1], -1)
        return cells, np.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v], -1)


def _top(lines: NDArray[np.floating], largest: NDArray[np.intp]) -> Array:
    """Where the parabola through the largest cell of each line (N, K) and its neighbours peaks, in cells."""
    every, last = np.arange(len(lines)), lines.shape[1] - 1
    before, at, after = (
        lines[every, (largest + step).clip(0, last)].astype(float) for step in (-1, 0, 1)
    )  # fmt: skip
    bend = before - 2 * at + after
    return largest + np.divide(before - after, 2 * bend, out=np.zeros(len(lines)), where=bend < 0)
