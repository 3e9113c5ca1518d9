"""Figures as pictures: is the probability honest, and where are the errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from handorient.errors import unwritable

Array = NDArray[np.float64]

OURS, PEER, IDEAL = "#0072b2", "#d55e00", "#888888"
BIN_DEG = 15.0
#: Fewer samples than this make no point on a curve.
FEWEST = 8


def draw_reliability(path: Path, mass: Array) -> None:
    """Share of truths inside the p highest-density region against p, from :func:`region_mass` (N,).

    Raises:
        UserError: if the picture cannot be written.
    """
    figure, (axes,) = new_figure(1)
    levels = np.linspace(0, 1, 51)
    axes.plot([0, 1], [0, 1], color=IDEAL, linestyle="--", label="calibrated")
    axes.plot(levels, [(mass <= level).mean() for level in levels], color=OURS, label="measured")
    axes.set(xlabel="predicted probability of the region", ylabel="share of truths inside it", aspect="equal")
    axes.legend()
    save_figure(figure, path)


def draw_errors(path: Path, truth_deg: Array, best_deg: Array, peer_deg: Array) -> None:
    """Median absolute error of the densest mode and of the detector's 3D, by true angle, (N, 2) degrees each.

    Raises:
        UserError: if the picture cannot be written.
    """
    figure, both = new_figure(2)
    for k, (axes, name) in enumerate(zip(both, ("azimuth", "elevation"), strict=True)):
        bins = np.floor(truth_deg[:, k] / BIN_DEG)
        for answer, colour, label in ((best_deg, OURS, "handorient"), (peer_deg, PEER, "MediaPipe 3D")):
            error = np.abs((answer[:, k] - truth_deg[:, k] + 180) % 360 - 180)
            points = [
                ((b + 0.5) * BIN_DEG, np.median(error[bins == b]))
                for b in np.unique(bins)
                if (bins == b).sum() >= FEWEST
            ]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=label)
        axes.set(xlabel=f"true {name} (degrees)", ylabel="median error (degrees)", ylim=(0, None))
        if axes.lines:
            axes.legend()
    save_figure(figure, path)


def new_figure(columns: int) -> tuple[Figure, list[Axes]]:
    """A figure with plots side by side."""
    figure = Figure(figsize=(5 * columns, 4.2), dpi=110, layout="constrained")
    axes = [figure.add_subplot(1, columns, k + 1) for k in range(columns)]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25)
    return figure, axes


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as a picture.

    Raises:
        UserError: if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
    except OSError as error:
        raise unwritable(f"The plot could not be written to {path}", error) from error
