"""The talk's figures, drawn from our own runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from handorient.experiments.benchmark import HAND_ANGLES, REACH_DEG, Benchmark, read_benchmark, silhouette_of
from handorient.experiments.networks import TALK_HEATMAP_CELLS, config_for
from handorient.experiments.plan import Effort
from handorient.mixture import GaussianMixture
from handorient.orientation import arrow
from handorient.palette import mode_colour
from handorient.propel.network import OrientationNet
from handorient.training.plots import new_figure, save_figure

Array = NDArray[np.float64]

#: The talk's own figures: parameters and mean of the angles' errors, degrees.
TALK = {
    "colour": {"PROPEL": (1.27e5, 4.62), "HEATMAP-MSE": (1.25e6, 6.65), "MSE": (1.27e5, 7.70)},
    "heads": {"PROPEL": (5.0e4, 3.58), "MSE": (5.0e4, 6.88)},
}
COLOURS = {"PROPEL": "#0072b2", "MSE": "#d55e00", "HEATMAP-MSE": "#009e73", "MDN": "#cc79a7"}
OTHER = "#888888"
#: A palm's centre in a canonical crop, as shares of its width and height.
PALM = (0.45, 0.66)
PAIRS, SAMPLE_STEP_DEG = 6, 11.0


def draw_all(out: Path, hands: Path, effort: Effort, rows: list[dict[str, Any]]) -> None:
    """Write every figure to ``out``/figures.

    Raises:
        UserError: if one cannot be written.
    """
    folder = out / "figures"
    benchmark = read_benchmark(hands, HAND_ANGLES, effort.hand_px)
    draw_error_by_parameters(folder / "error-by-parameters.png", rows)
    draw_symmetry_errors(folder / "symmetry-errors.png", rows)
    draw_truth_and_prediction(folder / "truth-and-prediction.png", out / "runs")
    draw_samples(folder / "samples.png", benchmark)
    draw_pairs(folder / "symmetric-pairs.png", benchmark, out / "runs")
    draw_heatmap_size(folder / "heatmap-size.png", effort)


def draw_error_by_parameters(path: Path, rows: list[dict[str, Any]]) -> None:
    """Error on held-out participants against parameters, with the talk's own figures as hollow marks."""
    figure, plots = new_figure(2)
    for axes, (pictures, theirs) in zip(plots, TALK.items(), strict=True):
        for row in rows:
            if (row["pictures"], row["split"]) == (pictures, "held-out") and row["parameters"]:
                colour = COLOURS.get(row["method"], OTHER)
                at = row["parameters"], row["mean"]["cmae_deg"]
                axes.errorbar(*at, yerr=row["sd"].get("cmae_deg"), fmt="o", color=colour, capsize=3)
                # PROPEL's and MSE's points lie one above the other.
                beside, align = ((-8, 5), "right") if row["method"] == "MSE" else ((8, 5), "left")
                axes.annotate(
                    row["method"], at, xytext=beside, textcoords="offset points", color=colour, ha=align
                )
        for method, at in theirs.items():
            axes.plot(*at, "o", mfc="none", mec=COLOURS[method])
        axes.plot([], [], "o", mfc="none", mec=OTHER, label="the talk, on its own data")
        axes.set(xscale="log", xlabel="parameters", ylabel="mean error (degrees)")
        axes.set(xlim=(2e4, 1e7), ylim=(0, None), title="hands" if pictures == "colour" else "heads")
        axes.legend(loc="lower right")
    save_figure(figure, path)


def draw_symmetry_errors(path: Path, rows: list[dict[str, Any]]) -> None:
    """How often each method answers with the mirror image, or with neither of the two, as bars."""
    figure, plots = new_figure(2)
    for axes, pictures in zip(plots, ("colour", "silhouette"), strict=True):
        chosen = [row for row in rows if (row["pictures"], row["split"]) == (pictures, "held-out")]
        chosen.sort(key=lambda row: row["mean"]["mirrored"] + row["mean"]["between"], reverse=True)
        names = [row["method"] for row in chosen]
        mirrored = np.array([100 * row["mean"]["mirrored"] for row in chosen])
        between = np.array([100 * row["mean"]["between"] for row in chosen])
        axes.barh(names, mirrored, color="#d55e00", label="the mirror image")
        axes.barh(names, between, left=mirrored, color="#bbbbbb", label="neither of the two")
        axes.set(xlabel="answers 10° or more from the truth (%)", title=pictures)
    plots[0].figure.legend(*plots[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save_figure(figure, path)


def draw_truth_and_prediction(path: Path, runs: Path) -> None:
    """Predicted against true angles of the first fold: PROPEL in one row, MSE in the other."""
    figure, plots = new_figure(4)
    for k, (method, angle) in enumerate((m, a) for m in ("propel", "mse") for a in (0, 1)):
        axes, file = plots[k], runs / f"silhouette-held-out-0-{method}.npz"
        with np.load(file) as saved:
            truth, point = saved["truth_deg"][:, angle], saved["point_deg"][:, angle]
        ends = (-REACH_DEG, REACH_DEG)
        axes.plot(ends, ends, color=OTHER, linewidth=1)
        axes.plot(ends, ends[::-1], color=OTHER, linewidth=1, linestyle="--")
        colour = COLOURS[method.upper()]
        axes.plot(truth, point, ".", markersize=3, alpha=0.35, color=colour)
        name = HAND_ANGLES[angle]
        axes.set(xlabel=f"true {name} (degrees)", ylabel=f"predicted {name} (degrees)", aspect="equal")
        axes.set(title=method.upper(), xlim=(-50, 50), ylim=(-50, 50))
    save_figure(figure, path)


def draw_samples(path: Path, benchmark: Benchmark) -> None:
    """Pictures of the benchmark where their orientation is in the plane of azimuth and elevation."""
    figure, (axes,) = new_figure(1)
    figure.set_size_inches(8, 8)
    steps = np.arange(-44, 44.1, SAMPLE_STEP_DEG)
    size = SAMPLE_STEP_DEG * 0.48
    for azimuth in steps:
        for elevation in steps:
            away = np.hypot(*(benchmark.angles_deg - (azimuth, elevation)).T)
            nearest = int(away.argmin())
            if away[nearest] < SAMPLE_STEP_DEG / 3:
                extent = (azimuth - size, azimuth + size, elevation - size, elevation + size)
                axes.imshow(benchmark.pictures[nearest], extent=extent)
    axes.set(xlim=(-52, 52), ylim=(-52, 52), xlabel="azimuth (degrees)", ylabel="elevation (degrees)")
    axes.set_aspect("equal")
    save_figure(figure, path)


def draw_pairs(path: Path, benchmark: Benchmark, runs: Path) -> None:
    """Symmetric pairs: in each column two outlines of one participant at opposite orientations.

    Over them the palm's normal at each of PROPEL's hypotheses, and in black where the normal truly is.
    Without such a pair there is no figure.
    """
    with np.load(runs / "silhouette-held-out-0-propel.npz") as file:
        saved = dict(file)
    pairs = _pairs(saved, benchmark.participant[saved["rows"]])
    if not pairs:
        return
    figure, plots = new_figure(len(pairs))
    figure.set_size_inches(2.1 * len(pairs), 4.4)
    for axes, pair in zip(plots, pairs, strict=True):
        outlines = [silhouette_of(benchmark.pictures[saved["rows"][k]]) for k in pair]
        side = len(outlines[0])
        axes.imshow(255 - np.concatenate(outlines) // 3, cmap="gray", vmin=0, vmax=255)
        for k, top in zip(pair, (0, side), strict=True):
            centre = np.array([PALM[0] * side, top + PALM[1] * side])
            truth = saved["truth_deg"][k]
            _draw_normal(axes, centre, side, truth, "black", 0.9, width=1.0)
            for track, mode in enumerate(_mixture(saved, k).modes()):
                colour = np.array(mode_colour(track)) / 255
                _draw_normal(axes, centre, side, mode.mean, colour, max(float(mode.weight), 0.35), width=3.0)
            axes.text(3, top + 11, "{:+.0f}°, {:+.0f}°".format(*truth), fontsize=8)
        axes.set_axis_off()
    save_figure(figure, path)


def _mixture(saved: dict[str, Array], k: int) -> GaussianMixture:
    """A run's mixture in degrees."""
    return GaussianMixture(saved["weights"][k], saved["mean_deg"][k], saved["std_deg"][k])


def _pairs(saved: dict[str, Array], participant: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Pictures of the same participant closest to each other's mirror image, far from facing the camera."""
    truth = saved["truth_deg"]
    apart = np.linalg.norm(truth[:, None] + truth[None], axis=2)
    apart[participant[:, None] != participant[None]] = np.inf
    apart[np.linalg.norm(truth, axis=1) < REACH_DEG / 2] = np.inf
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for flat in np.argsort(apart, axis=None):
        one, other = (int(k) for k in np.unravel_index(flat, apart.shape))
        if len(pairs) == PAIRS or np.isinf(apart[one, other]):
            break
        # One pair of each part of the plane: like poses would all look like one.
        like = any(np.linalg.norm(truth[one] - truth[k]) < REACH_DEG / 3 for k in taken)
        if one != other and not like:
            pairs.append((one, other))
            taken |= {one, other}
    return pairs


def _draw_normal(
    axes: Axes, centre: Array, side: int, angles_deg: Array, colour: Any, alpha: float, width: float
) -> None:
    x, y, _ = arrow(*np.radians(angles_deg))
    tip = centre + 0.55 * side * np.array([x, -y])
    style = {"arrowstyle": "-|>", "color": colour, "alpha": alpha, "linewidth": width}
    axes.annotate("", xy=tuple(tip), xytext=tuple(centre), arrowprops=style)


def draw_heatmap_size(path: Path, effort: Effort) -> None:
    """Parameters of a heatmap network against the size of its heatmap; PROPEL's as a line."""
    figure, (axes,) = new_figure(1)
    config = config_for("heatmap", "colour", effort)
    cells = [10, 20, 30, 50, 75, 100, 125, TALK_HEATMAP_CELLS, 175, 200]
    counts = [OrientationNet(replace(config, cells=some)).parameter_count() for some in cells]
    ours = OrientationNet(config_for("propel", "colour", effort)).parameter_count()
    axes.plot(cells, counts, "o-", color=COLOURS["HEATMAP-MSE"], label="heatmap")
    axes.axhline(ours, color=COLOURS["PROPEL"], label="PROPEL, I = 4")
    axes.set(yscale="log", xlabel="cells along each angle", ylabel="parameters")
    axes.legend()
    save_figure(figure, path)
