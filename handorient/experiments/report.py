"""The table of all runs, as JSON and as Markdown, and the talk's figures from our own numbers."""

from __future__ import annotations

import json
import timeit
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from handorient.experiments import closed_form, figures
from handorient.experiments.networks import config_for
from handorient.experiments.plan import NETWORKS, Effort, Pictures
from handorient.files import write_json
from handorient.propel.network import OrientationNet

#: Forward passes that the time of one is taken from: the fastest of so many.
PASSES = 60


def write_report(out: Path, hands: Path, effort: Effort) -> dict[str, Any]:
    """Write ``out``/table.json, table.md and figures/*.png from the runs in ``out``/runs.

    Raises:
        OSError: if the table cannot be written.
        UserError: if a figure cannot be.
    """
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((out / "runs").glob("*.json"))]
    table = {
        "rows": rows_of(runs, effort),
        "loss_sizes": closed_form.sizes_table(),
        "loss_integrals": closed_form.integrals_table(),
    }
    write_json(out / "table.json", table)
    (out / "table.md").write_text(markdown(table), encoding="utf-8")
    figures.draw_all(out, hands, effort, table["rows"])
    return table


def rows_of(runs: Iterable[dict[str, Any]], effort: Effort) -> list[dict[str, Any]]:
    """One row for each method on each split of each benchmark: means over its folds, and their spread."""
    groups: dict[tuple[Pictures, str, str], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["pictures"], run["split"], run["method"]), []).append(run)
    rows = []
    for (pictures, split, method), folds in groups.items():
        names = folds[0]["scores"]
        values = {name: np.array([fold["scores"][name] for fold in folds]) for name in names}
        rows.append(
            {
                "pictures": pictures,
                "split": split,
                "method": method,
                "folds": len(folds),
                "parameters": folds[0].get("parameters"),
                "seconds": float(np.mean([fold["seconds"] for fold in folds])),
                "microseconds": _microseconds(pictures, method, effort) or folds[0].get("microseconds"),
                "mean": {name: float(value.mean()) for name, value in values.items()},
                "sd": {name: float(value.std(ddof=1)) for name, value in values.items() if len(folds) > 1},
            }
        )
    return sorted(rows, key=lambda row: (row["pictures"], row["split"], row["mean"]["cmae_deg"]))


def _microseconds(pictures: Pictures, method: str, effort: Effort) -> float | None:
    """Of one forward pass of one picture on one thread; None for a method that is no network."""
    if method not in NETWORKS:
        return None
    config = config_for(NETWORKS[method], pictures, effort)
    net = OrientationNet(config).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = torch.zeros(1, *config.input_shape, dtype=torch.uint8)
    with closed_form.one_thread(), torch.inference_mode():
        return 1e6 * min(timeit.repeat(partial(net, seen), number=1, repeat=PASSES))


def markdown(table: dict[str, Any]) -> str:
    """The table as Markdown."""
    lines = []
    last = None
    for row in table["rows"]:
        if (row["pictures"], row["split"]) != last:
            last = row["pictures"], row["split"]
            lines += [
                "",
                f"### {row['pictures']}, {row['split']}",
                "",
                "| method | CMAE | each angle | within 10° | symmetry errors | nearer of the pair "
                "| log-likelihood | inside 50 / 90% | parameters | training | one picture |",
                "|---|---|---|---|---|---|---|---|---|---|---|",
            ]
        lines.append(_line(row))
    lines += ["", "### Time of the loss, forward and backward, one thread", ""]
    lines += ["| batch x I x n | PROPEL | torchpropel | ratio |", "|---|---|---|---|"]
    for row in table["loss_sizes"]:
        size = f"{row['batch']} x {row['components']} x {row['angles']}"
        peer = f"{row['torchpropel_ms']:.2f} ms | {row['ratio']:.2f}" if "ratio" in row else "- | -"
        lines.append(f"| {size} | {row['propel_ms']:.2f} ms | {peer} |")
    lines += ["", "### Losses without a closed form, summed over random points", ""]
    lines += ["| loss | points | time | noise of the gradient |", "|---|---|---|---|"]
    for row in table["loss_integrals"]:
        noise = f"{row['gradient_noise']:.0%}" if row["points"] else f"{row['gradient_noise']:.0e}"
        lines.append(f"| {row['loss']} | {row['points'] or 'none'} | {row['ms']:.2f} ms | {noise} |")
    return "\n".join(lines).lstrip("\n") + "\n"


def _line(row: dict[str, Any]) -> str:
    mean, sd = row["mean"], row["sd"]

    def number(name: str, form: str, unit: str = "") -> str:
        if name not in mean:
            return "-"
        return format(mean[name], form) + unit + (f" ± {format(sd[name], form)}" if name in sd else "")

    angles = " / ".join(f"{mean[name]:.2f}°" for name in mean if name.startswith("mae_"))
    inside = f"{mean['inside_50']:.0%} / {mean['inside_90']:.0%}" if "inside_50" in mean else "-"
    cells = [
        row["method"],
        number("cmae_deg", ".2f", "°"),
        angles,
        number("within_10", ".0%"),
        number("mirrored", ".1%"),
        number("pair_cmae_deg", ".2f", "°"),
        number("log_likelihood", ".2f"),
        inside,
        f"{row['parameters']:,}" if row["parameters"] else "-",
        f"{row['seconds']:.0f} s",
        f"{row['microseconds']:.0f} µs" if row["microseconds"] else "-",
    ]
    return "| " + " | ".join(cells) + " |"
