"""How good a network's mixtures are: errors in degrees, the symmetry problem, and the likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from handorient.mixture import GaussianMixture, climb, log_density
from handorient.orientation import opposite
from handorient.propel.network import OrientationNet
from handorient.training.data import HandDataset, Split, channels_first

Array = NDArray[np.float64]

#: A truth is symmetric if it lies this far from its mirror image: nearer, and one mode may cover both.
SYMMETRIC_DEG = 20.0
#: An estimate this near, in the plane of the two angles, counts as right.
RIGHT_DEG = 10.0
#: Azimuth and elevation up to which a palm is far enough from edge-on for the goals to hold.
CORE_DEG = (70.0, 60.0)


def evaluate_test_people(net: OrientationNet, data: HandDataset) -> dict[str, Any]:
    """Figures on the dataset's test people: on all their pictures, and on those within :data:`CORE_DEG`."""
    rows = data.rows(Split.TEST)
    core = rows[(np.abs(data.angles_deg[rows]) <= CORE_DEG).all(1)]
    return {
        "data": data.facts,
        "test": evaluate(net, data.pictures[rows], data.angles_deg[rows], data.facing[rows]),
        "test_core": evaluate(net, data.pictures[core], data.angles_deg[core], data.facing[core]),
    }


def evaluate(
    net: OrientationNet,
    pictures: NDArray[np.uint8],
    truth_deg: NDArray[np.floating],
    facing: NDArray[np.integer],
    batch: int = 256,
) -> dict[str, float]:
    """Figures of a network on pictures (N, S, S) or (N, S, S, 3) with angles (N, 2) and the side seen (N,).

    See :func:`figures` for what they are. The network is left in evaluation mode.
    """
    net.eval()
    device = next(net.parameters()).device
    outputs = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            some = torch.from_numpy(np.array(channels_first(pictures[start : start + batch])))
            some = some.to(device).contiguous(memory_format=torch.channels_last)
            outputs.append(net(some).cpu().numpy())
    mean_rad, std_rad = net.config.to_rad(np.concatenate(outputs))
    return figures(net.config.weights(facing), mean_rad, std_rad, np.radians(truth_deg))


def figures(weights: Array, mean_rad: Array, std_rad: Array, truth_rad: Array) -> dict[str, float]:
    """Figures of N mixtures, weights (N, I), means and standard deviations (N, I, 2), and truths (N, 2).

    Returns:
        samples: N.
        mae_azimuth_deg, mae_elevation_deg, cmae_deg: mean absolute error of the densest mode, and the mean
            of the two; bias_*: the mean signed error.
        nearest_mode_mae_*: the same for the mode nearest to the truth, which an oracle would choose.
        share_multimodal: outputs with more than one mode.
        share_within_10_deg: densest modes within 10 deg of the truth, in the plane of the two angles.
        symmetric_samples: truths at least 20 deg from their mirror image, (-azimuth, -elevation). Of those:
        symmetric_share_both: one component within 10 deg of the truth, another within 10 deg of the mirror.
        symmetric_share_wrong: the densest mode is nearer to the mirror than to the truth.
        nll_nats: mean negative log-likelihood of the truth, as a density per square radian.
    """
    position, height, _ = climb(weights, mean_rad, std_rad)
    everyone = np.arange(len(position))
    error = np.degrees(position - truth_rad[:, None])  # (N, I, 2)
    densest = error[everyone, height.argmax(1)]
    nearest = error[everyone, _length(error).argmin(1)]

    mirror_rad = np.stack(opposite(truth_rad[:, 0], truth_rad[:, 1]), 1)
    symmetric = np.degrees(_length(truth_rad - mirror_rad)) >= SYMMETRIC_DEG
    to_truth = np.degrees(_length(mean_rad - truth_rad[:, None])) < RIGHT_DEG  # (N, I)
    to_mirror = np.degrees(_length(mean_rad - mirror_rad[:, None])) < RIGHT_DEG
    both = to_truth.any(1) & to_mirror.any(1)
    best_rad = position[everyone, height.argmax(1)]
    wrong = _length(best_rad - mirror_rad) < _length(best_rad - truth_rad)

    counts = [len(GaussianMixture(*one).modes()) for one in zip(weights, mean_rad, std_rad, strict=True)]
    return {
        "samples": len(position),
        **_by_angle("mae", np.abs(densest)),
        "cmae_deg": float(np.abs(densest).mean()),
        **_by_angle("bias", densest),
        **_by_angle("nearest_mode_mae", np.abs(nearest)),
        "share_multimodal": float((np.array(counts) > 1).mean()),
        "share_within_10_deg": float((_length(densest) < RIGHT_DEG).mean()),
        "symmetric_samples": int(symmetric.sum()),
        "symmetric_share_both": _share(both[symmetric]),
        "symmetric_share_wrong": _share(wrong[symmetric]),
        "nll_nats": -float(log_density(weights, mean_rad, std_rad, truth_rad).mean()),
    }


def _length(vectors: Array) -> Array:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def _share(cases: NDArray[np.bool_]) -> float:
    return float(cases.mean()) if len(cases) else 0.0


def _by_angle(name: str, error_deg: Array) -> dict[str, float]:
    azimuth, elevation = error_deg.mean(0)
    return {f"{name}_azimuth_deg": float(azimuth), f"{name}_elevation_deg": float(elevation)}
