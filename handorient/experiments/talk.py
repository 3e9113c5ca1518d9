"""The talk's experiments from one command: makes what is missing, goes on where it stopped, reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handorient.errors import UserError, unwritable
from handorient.experiments.benchmark import (
    HAND_ANGLES,
    HEAD_ANGLES,
    MANIFEST,
    Benchmark,
    read_benchmark,
    silhouette_of,
)
from handorient.experiments.plan import NETWORKS, Effort, Run, is_tested, plan
from handorient.experiments.scores import Answers, scores
from handorient.files import new_file, write_json
from handorient.processes import heard_here_alone, processes
from handorient.progress import Progress

# What trains is imported by the processes that train.

#: A smaller share of the picture than this is a speck, and no hand.
LEAST_HAND = 0.005


def reproduce(out: Path, data: Path | None, effort: Effort) -> dict[str, Any]:
    """Do every run that ``out`` has no result of yet, and write table and figures there.

    ``data`` is a folder that `handorient dataset --protocol talk` made, or a benchmark of hands alone;
    without it one is made in ``out``.

    Returns:
        the table, as it is in ``out``/table.json.

    Raises:
        UserError: if the data are damaged or are not those that ``out`` was begun with, nothing can be
            written, or a process that does a run is ended.
    """
    from handorient.experiments.report import write_report

    try:
        (out / "runs").mkdir(parents=True, exist_ok=True)
        if data is None:
            data = out / "data"
            make_benchmarks(data, effort)
        hands, heads = benchmark_folders(data)
        _same_plan(out / "plan.json", effort, hands, heads)
        runs = plan(effort, heads is not None)
        left = [run for run in runs if not (out / "runs" / f"{run.name}.json").exists()]
        with Progress(total=len(runs), initial=len(runs) - len(left), unit="run", desc="experiments") as bar:
            for run, figures in _results(left, out / "runs", effort, hands, heads):
                bar.set_postfix_str(f"{run.name}: {figures['scores']['cmae_deg']:.2f} deg")
                bar.update()
        return write_report(out, hands, effort)
    except OSError as error:
        raise unwritable(f"The results could not be written to {out}", error) from error


def make_benchmarks(folder: Path, effort: Effort) -> None:
    """Make the synthetic benchmarks that are missing: ``folder``/hands and ``folder``/heads."""
    from handorient.experiments.hands import make_hands
    from handorient.experiments.heads import make_heads

    if not (folder / "hands").exists():
        make_hands(folder / "hands", effort.hands, effort.participants)
    if not (folder / "heads").exists():
        make_heads(folder / "heads", effort.heads, effort.people, effort.head_px)


def benchmark_folders(data: Path) -> tuple[Path, Path | None]:
    """The folder of the hands, and that of the heads if there is one."""
    if (data / MANIFEST).is_file():
        return data, None
    heads = data / "heads"
    return data / "hands", heads if (heads / MANIFEST).is_file() else None


def _same_plan(path: Path, effort: Effort, hands: Path, heads: Path | None) -> None:
    """Refuse to mix results of different benchmarks.

    Raises:
        UserError: if there is no benchmark, or the results are another's.
        OSError: if the plan cannot be written.
    """
    try:
        digests = [hashlib.sha256((f / MANIFEST).read_bytes()).hexdigest() for f in (hands, heads) if f]
    except OSError as error:
        raise UserError(
            f"There is no benchmark in {hands.parent}: make one with `handorient dataset --protocol talk`."
        ) from error
    facts = {"effort": asdict(effort), "manifests": digests}
    if not path.exists():
        with new_file(path) as unfinished:
            write_json(unfinished, facts)
    elif _plan_in(path) != facts:
        raise UserError(f"{path.parent} has results of other pictures or settings: choose another folder.")


def _plan_in(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _results(
    runs: list[Run], folder: Path, effort: Effort, hands: Path, heads: Path | None
) -> Iterator[tuple[Run, dict[str, Any]]]:
    """Do the runs, as many at once as there are cores: a network this small gains nothing from two."""
    if not runs:
        return
    folders = hands, heads or hands
    with processes(_start_worker) as pool:
        with heard_here_alone():
            jobs = {
                pool.submit(do, run, folder, effort, folders[run.pictures == "heads"]): run for run in runs
            }
        for job in as_completed(jobs):
            yield jobs[job], job.result()


def _start_worker() -> None:
    import torch

    torch.set_num_threads(1)


@lru_cache(maxsize=1)
def _read(folder: Path, heads: bool, side_px: int) -> Benchmark:
    return read_benchmark(folder, HEAD_ANGLES if heads else HAND_ANGLES, side_px)


@lru_cache(maxsize=1)
def _silhouettes(folder: Path, side_px: int) -> NDArray[np.uint8]:
    silhouettes = np.stack([silhouette_of(picture) for picture in _read(folder, False, side_px).pictures])
    empty = silhouettes.mean((1, 2)) < 255 * LEAST_HAND
    if empty.any():
        raise UserError(f"Picture {empty.argmax() + 1} of {folder / MANIFEST} shows no hand.")
    return silhouettes


def do(run: Run, results: Path, effort: Effort, data: Path) -> dict[str, Any]:
    """Do a run on the benchmark in the folder ``data``, and write its figures and answers to ``results``."""
    heads = run.pictures == "heads"
    side_px = effort.head_px if heads else effort.hand_px
    benchmark = _read(data, heads, side_px)
    pictures = _silhouettes(data, side_px) if run.pictures == "silhouette" else benchmark.pictures
    test = is_tested(run, benchmark.participant)
    truth = benchmark.angles_deg[test]
    checkpoint = results / f"{run.name}.checkpoint"
    if run.method in NETWORKS:
        from handorient.experiments.networks import answer

        answers, facts = answer(run, effort, benchmark, pictures, test, checkpoint)
    else:
        from handorient.experiments.forests import forest_answers

        answers, facts = forest_answers(
            run.method, pictures, benchmark.angles_deg, test, run.fold + 1, effort.trees
        )
    figures = asdict(run) | facts | {"scores": scores(answers, truth)}
    _keep(results / run.name, figures, answers, test, truth)
    checkpoint.unlink(missing_ok=True)
    return figures


def _keep(
    path: Path,
    figures: dict[str, Any],
    answers: Answers,
    test: NDArray[np.bool_],
    truth_deg: NDArray[np.float32],
) -> None:
    """Write a run's figures, and its answers to the pictures of these rows."""
    np.savez(
        path.with_suffix(".npz"),
        rows=np.flatnonzero(test),
        point_deg=answers.point_deg,
        truth_deg=truth_deg,
        **answers.mixtures_deg,
    )
    # Last, because it says that the run is done.
    with new_file(path.with_suffix(".json")) as unfinished:
        write_json(unfinished, figures)
