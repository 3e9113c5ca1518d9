"""How good a network's mixtures are: errors in degrees, the symmetry problem, and the likelihood."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from handorient.errors import UserError
from handorient.mixture import GaussianMixture, climb, densest, log_density
from handorient.propel.baselines import answers_rad
from handorient.propel.calibration import Calibration
from handorient.propel.network import Network
from handorient.training.calibrate import region_mass
from handorient.training.data import HandDataset, Split, as_tensor, channels_first
from handorient.training.symmetry import RIGHT_DEG, distances, share, symmetric

Array = NDArray[np.float64]

#: Azimuth and elevation up to which a palm is far enough from edge-on for the goals to hold.
CORE_DEG = (70.0, 60.0)
#: Mixtures whose maxima are looked for at once: four times as fast as one by one.
_CLIMBED = 256


def evaluate_test_people(net: Network, calibration: Calibration, data: HandDataset) -> dict[str, Any]:
    """Figures on the dataset's test people: on all their pictures, and on those within :data:`CORE_DEG`.

    Of a network with a mixture for each side of the hand there are figures of the latter once more, told
    which side is seen, and the share of hands whose side it finds likelier itself.

    Raises:
        UserError: if there is nobody to test on.
    """
    rows = data.rows(Split.TEST)
    core = rows[(np.abs(data.angles_deg[rows]) <= CORE_DEG).all(1)]
    if not len(core):
        raise UserError("The dataset has nobody to test on: make one with at least ten people.")
    found: dict[str, Any] = {
        "data": data.facts,
        "test": evaluate(net, data, rows, calibration),
        "test_core": evaluate(net, data, core, calibration),
    }
    if net.config.sides == 2:
        found["test_core_told_the_side"] = evaluate(net, data, core, calibration, told_side=True)
        found["test_core_side_right"] = float(
            ((back_probability(net, data, core) > 0.5) == (data.facing[core] == 1)).mean()
        )
    return found


def evaluate(
    net: Network,
    data: HandDataset,
    rows: NDArray[np.intp],
    calibration: Calibration | None = None,
    told_side: bool = False,
) -> dict[str, float]:
    """Figures of a network on some of a dataset's samples.

    See :func:`figures` for what they are, or :func:`point_figures` if the network answers with one point or a
    heatmap. A network with a mixture for each side of the hand, ``told_side``, is told which one is seen. The
    network is left in evaluation mode.
    """
    if net.config.head != "mixture":
        return point_figures(leading_rad(net, data, rows), data.truth_rad(rows))
    calibration = calibration or Calibration()
    weights, mean_rad, std_rad = predict_rows(net, data, rows, told_side)
    weights = calibration.weigh(weights, net.config.mixtures)
    return figures(weights, mean_rad, calibration.spread(std_rad), data.truth_rad(rows))


def predict_rows(
    net: Network, data: HandDataset, rows: NDArray[np.intp], told_side: bool = False
) -> tuple[Array, Array, Array]:
    """Mixtures of samples, before calibration: weights (B, I), means and deviations (B, I, n) in radians."""
    output, config = outputs(net, data, rows), net.config
    if told_side:  # by who knows it, and is believed
        weights = replace(config, side_trust=1.0).weights(data.facing[rows].astype(np.float64), output)
    else:
        weights = config.weights(back_probability(net, data, rows), output)
    return weights, *config.to_rad(output)


def back_probability(net: Network, data: HandDataset, rows: NDArray[np.intp]) -> Array:
    """How likely (B,) the network, in evaluation mode, finds it that samples are seen from the back."""
    device = next(net.parameters()).device
    with torch.inference_mode():
        return net.back_logit(as_tensor(data.geometry[rows], device)).sigmoid().cpu().double().numpy()


def outputs(net: Network, data: HandDataset, rows: NDArray[np.intp], batch: int = 256) -> NDArray[np.float32]:
    """What the network, in evaluation mode from here on, answers (B, *output_shape) to some samples."""
    net.eval()
    device = next(net.parameters()).device
    answers = []
    with torch.inference_mode():
        for start in range(0, len(rows), batch):
            some = rows[start : start + batch]
            answers.append(net(as_tensor(channels_first(data.seen[some]), device)).cpu().numpy())
    return np.concatenate(answers)


def leading_rad(net: Network, data: HandDataset, rows: NDArray[np.intp]) -> Array:
    """The one answer (B, n) of the network: of a mixture its highest maximum, of a heatmap its peak.

    Maxima of little weight count, too: :meth:`GaussianMixture.modes` leaves them out, and takes longer.
    """
    config = net.config
    if config.head == "mixture":
        parts, found = predict_rows(net, data, rows), []
        for start in range(0, len(rows), _CLIMBED):
            position, height, _ = climb(*(part[start : start + _CLIMBED] for part in parts))
            found.append(position[np.arange(len(position)), height.argmax(1)])
        return np.concatenate(found)
    return answers_rad(config, outputs(net, data, rows)[:, 0])


def figures(weights: Array, mean_rad: Array, std_rad: Array, truth_rad: Array) -> dict[str, float]:
    """Figures of N mixtures, weights (N, I), means and standard deviations (N, I, 2), and truths (N, 2).

    Returns:
        those of :func:`point_figures` for the densest modes, and
        nearest_mode_mae_*: the same for the mode nearest to the truth, which an oracle would choose.
        share_multimodal: outputs with more than one mode.
        symmetric_share_both: of the symmetric samples, those with one component within 10 deg of the truth
            and another within 10 deg of its mirror image.
        nll_nats: mean negative log-likelihood of the truth, as a density per square radian.
        second_weight: mean weight of the heaviest mode but one, 0 where there is one mode.
        entropy_nats: mean differential entropy, over square radians.
        inside_50, inside_90: truths inside the 50% and 90% highest-density regions.
    """
    mixtures = [GaussianMixture(*one) for one in zip(weights, mean_rad, std_rad, strict=True)]
    modes = [mixture.modes() for mixture in mixtures]
    best_rad = np.array([densest(some).mean for some in modes])
    nearest_rad = np.array(
        [
            min((mode.mean for mode in some), key=lambda mean: float(np.linalg.norm(mean - truth)))
            for some, truth in zip(modes, truth_rad, strict=True)
        ]
    )
    near_truth, near_mirror = np.degrees(distances(mean_rad, truth_rad[:, None])) < RIGHT_DEG  # (N, I) each
    both = near_truth.any(1) & near_mirror.any(1)

    mass = region_mass(weights, mean_rad, std_rad, truth_rad)
    return {
        **point_figures(best_rad, truth_rad),
        **_by_angle("nearest_mode_mae", np.degrees(np.abs(nearest_rad - truth_rad))),
        "share_multimodal": float(np.mean([len(some) > 1 for some in modes])),
        "symmetric_share_both": share(both[symmetric(np.degrees(truth_rad))]),
        "second_weight": float(np.mean([some[1].weight if len(some) > 1 else 0.0 for some in modes])),
        "entropy_nats": float(np.mean([mixture.entropy() for mixture in mixtures])),
        "inside_50": float((mass <= 0.5).mean()),
        "inside_90": float((mass <= 0.9).mean()),
        "nll_nats": -float(log_density(weights, mean_rad, std_rad, truth_rad).mean()),
    }


def point_figures(point_rad: Array, truth_rad: Array) -> dict[str, float]:
    """Figures of N answers (N, 2), one for each truth (N, 2).

    Returns:
        samples: N.
        mae_azimuth_deg, mae_elevation_deg, cmae_deg: mean absolute errors, and the mean of the two; bias_*:
            the mean signed error.
        share_within_10_deg: answers within 10 deg of the truth, in the plane of the two angles.
        symmetric_samples: truths at least 20 deg from their mirror image, (-azimuth, -elevation). Of those:
        symmetric_share_wrong: the answer is nearer to the mirror image than to the truth.
    """
    away = np.degrees(point_rad - truth_rad)
    apart = symmetric(np.degrees(truth_rad))
    to_truth, to_mirror = np.degrees(distances(point_rad, truth_rad))
    return {
        "samples": len(truth_rad),
        **_by_angle("mae", np.abs(away)),
        "cmae_deg": float(np.abs(away).mean()),
        **_by_angle("bias", away),
        "share_within_10_deg": float((to_truth < RIGHT_DEG).mean()),
        "symmetric_samples": int(apart.sum()),
        "symmetric_share_wrong": share((to_mirror < to_truth)[apart]),
    }


def _by_angle(name: str, error_deg: Array) -> dict[str, float]:
    azimuth, elevation = error_deg.mean(0)
    return {f"{name}_azimuth_deg": float(azimuth), f"{name}_elevation_deg": float(elevation)}
