"""Networks on a benchmark: PROPEL and its baselines, each trained in the same way on the same pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.experiments.benchmark import Benchmark, range_deg
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


def config_for(method: Method, kind: Input, angles: int, size: int) -> NetworkConfig:
    """The talk's network for this input and number of angles, with the head that the method trains."""
    reach = range_deg(angles)
    trunk = NetworkConfig(kind, size, low_deg=(-reach,) * angles, high_deg=(reach,) * angles)
    config = suited(trunk, method)
    if config.head != "heatmap":
        return config
    return replace(config, cells=TALK_HEATMAP_CELLS, sigma_deg=TALK_HEATMAP_SIGMA_DEG)


def answer(
    benchmark: Benchmark,
    pictures: NDArray[np.uint8],
    tested: NDArray[np.bool_],
    config: NetworkConfig,
    settings: TrainSettings,
    checkpoint: Path,
) -> tuple[Answers, dict[str, Any]]:
    """Train on the pictures that are not ``tested`` (N,), answer to those that are.

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
    run = TrainingRun(data, config, settings)
    if checkpoint.exists():
        run.resume(checkpoint)
    while run.epoch < settings.epochs:
        run.one_epoch()
        run.save(checkpoint)
    return _answers(run.net, data, data.rows(Split.TEST)), {
        "parameters": run.net.parameter_count(),
        "seconds": round(run.seconds, 1),
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
