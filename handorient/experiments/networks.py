"""Networks on a benchmark: PROPEL and its baselines, each trained in the same way on the same pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.experiments.benchmark import Benchmark, range_deg
from handorient.experiments.plan import NETWORKS, Effort, Pictures, Run
from handorient.experiments.scores import Answers, grid_answers
from handorient.hand.landmarks import GEOMETRY
from handorient.mixture import GaussianMixture, densest, log_density
from handorient.propel.baselines import grid_of, heatmaps
from handorient.propel.network import Input, Network, NetworkConfig
from handorient.training.calibrate import region_mass
from handorient.training.data import HandDataset, Split
from handorient.training.disturb import disturbed, disturbed_head
from handorient.training.evaluation import leading_rad, outputs, predict_rows
from handorient.training.losses import Method, suited
from handorient.training.train import TrainingRun, TrainSettings

#: Cells along each angle of a heatmap that has ten times the parameters of PROPEL's network.
TALK_HEATMAP_CELLS = 150
#: Spread of a heatmap's peaks: 50 hidden units cannot draw as many as the 6 degrees of the others would give.
TALK_HEATMAP_SIGMA_DEG = 10.0


def config_for(method: Method, pictures: Pictures, effort: Effort) -> NetworkConfig:
    """The talk's network for these pictures, with the head that the method trains."""
    angles, size = (3, effort.head_px) if pictures == "heads" else (2, effort.hand_px)
    kind: Input = "silhouette" if pictures == "silhouette" else "colour"
    reach = range_deg(angles)
    trunk = NetworkConfig(kind, size, low_deg=(-reach,) * angles, high_deg=(reach,) * angles)
    config = suited(trunk, method)
    if config.head != "heatmap":
        return config
    return replace(config, cells=TALK_HEATMAP_CELLS, sigma_deg=TALK_HEATMAP_SIGMA_DEG)


def answer(
    run: Run,
    effort: Effort,
    benchmark: Benchmark,
    pictures: NDArray[np.uint8],
    tested: NDArray[np.bool_],
    checkpoint: Path,
) -> tuple[Answers, dict[str, Any]]:
    """Do a run: train on the pictures that are not ``tested`` (N,), answer to those that are.

    ``pictures`` are (N, S, S, 3) or silhouettes (N, S, S). Goes on from ``checkpoint`` if it exists;
    whoever has written the answers may remove it.

    Returns:
        the answers, and the facts: parameters and the seconds that training took.
    """
    cv2.setNumThreads(1)
    split = np.where(tested, Split.TEST, Split.TRAIN).astype(np.int8)
    data = HandDataset(
        seen=pictures,
        angles_deg=benchmark.angles_deg,
        geometry=np.zeros((len(split), GEOMETRY), np.float32),
        facing=np.zeros(len(split), np.int8),
        split=split,
        facts={},
        disturb=disturbed if benchmark.angles_deg.shape[1] == 2 else disturbed_head,
    )
    method, batch = NETWORKS[run.method], min(64, int((~tested).sum()))
    settings = TrainSettings(method, effort.epochs, batch, seed=run.fold + 1)
    training = TrainingRun(data, config_for(method, run.pictures, effort), settings)
    if checkpoint.exists():
        training.resume(checkpoint)
    while training.epoch < settings.epochs:
        training.one_epoch()
        training.save(checkpoint)
    return _answers(training.net, data, data.rows(Split.TEST)), {
        "parameters": training.net.parameter_count(),
        "seconds": round(training.seconds, 1),
    }


def _answers(net: Network, data: HandDataset, rows: NDArray[np.intp]) -> Answers:
    config = net.config
    if config.head == "point":
        return Answers(np.degrees(leading_rad(net, data, rows)))
    if config.head == "heatmap":
        heat = heatmaps(config, outputs(net, data, rows))
        return grid_answers(grid_of(config), heat, data.angles_deg[rows])
    weights, mean, std = predict_rows(net, data, rows)
    truth = data.truth_rad(rows)
    best = [densest(GaussianMixture(*one).modes()).mean for one in zip(weights, mean, std, strict=True)]
    return Answers(
        np.degrees(best),
        log_density(weights, mean, std, truth),
        region_mass(weights, mean, std, truth),
        {"weights": weights, "mean_deg": np.degrees(mean), "std_deg": np.degrees(std)},
    )
