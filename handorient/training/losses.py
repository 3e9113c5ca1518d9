"""What a network can be trained with: PROPEL, and the baselines that it is measured against."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from handorient.propel.loss import propel_loss
from handorient.propel.network import NetworkConfig

Method = Literal["propel", "mse", "heatmap", "likelihood", "kl", "bhattacharyya"]
#: The loss of a batch: of outputs (B, *output_shape of one side) and targets (B, n) in the unit range.
Loss = Callable[[Tensor, Tensor], Tensor]

#: Cells along each angle that integrals without a closed form are summed over.
INTEGRAL_CELLS = 48
#: Cells along each angle of a heatmap, 5 deg wide on the range that training covers.
HEATMAP_CELLS = 36


def suited(config: NetworkConfig, method: Method) -> NetworkConfig:
    """The configuration with the head that the method trains; its trunk stays as it is.

    A point and a heatmap are of one network, and of what it sees alone: only mixtures can be weighed, by side
    or among members.
    """
    alone = replace(config.member(0), sides=1)
    if method == "mse":
        return replace(alone, head="point")
    if method == "heatmap":
        return replace(alone, head="heatmap", cells=HEATMAP_CELLS)
    if method == "likelihood":
        return replace(config, learned_weights=True)
    return config


def loss_for(method: Method, config: NetworkConfig, device: torch.device) -> Loss:
    """The method's loss for networks of this configuration, truths of its ``sigma_deg`` where it has one."""
    n = config.angles
    sigma = torch.tensor(config.sigma_deg / config.span_deg, dtype=torch.float32)
    if method == "propel":  # looks at its sigma, and would wait for the device at every step

        def propel(output: Tensor, target: Tensor) -> Tensor:
            logits = output[..., 2 * n] if config.learned_weights else None
            return propel_loss(output[..., : 2 * n], target, sigma, weight_logits=logits)

        return propel
    there = sigma.to(device)
    if method == "mse":
        return lambda output, target: torch.nn.functional.mse_loss(output[:, 0], target)
    if method == "heatmap":
        return lambda output, target: heatmap_loss(output[:, 0], target, there)
    if method == "likelihood":
        return lambda output, target: -mixture_log_density(output, target[:, None]).mean()
    points = midpoints(INTEGRAL_CELLS, n).to(device)
    integral = kl_loss if method == "kl" else bhattacharyya_loss
    return lambda output, target: integral(output, target, there, points)


def heatmap_loss(output: Tensor, target: Tensor, sigma: Tensor) -> Tensor:
    """Mean squared error of heatmaps (B, cells^n) against Gaussians of height 1 around targets (B, n).

    It is given as a share of the mean square of those Gaussians, so that it begins near 1 however small they
    are on the grid; on its own it would be as small as the share of the cells that they cover.
    """
    n = target.shape[1]
    cells = round(output.shape[1] ** (1 / n))
    centres = (torch.arange(cells, device=output.device) + 0.5) / cells
    bells = torch.exp(-0.5 * ((centres - target.unsqueeze(2)) / sigma.unsqueeze(1)) ** 2)  # (B, n, cells)
    truth = bells[:, 0]
    for k in range(1, n):
        truth = (truth.unsqueeze(-1) * bells[:, k].unsqueeze(1)).flatten(1)
    energy = math.pi ** (n / 2) * sigma.prod()
    return (output - truth).square().mean() / energy


def mixture_log_density(output: Tensor, points: Tensor) -> Tensor:
    """Natural log (B, K) of the densities of mixtures (B, I, 2n or 2n + 1) at points (B or 1, K, n)."""
    n = points.shape[-1]
    mean, std = output[..., None, :n], output[..., None, n : 2 * n]  # (B, I, 1, n)
    z = (points.unsqueeze(1) - mean) / std
    each = -(0.5 * z.square() + std.log()).sum(-1) - 0.5 * n * math.log(2 * math.pi)  # (B, I, K)
    if output.shape[-1] > 2 * n:
        each = each + output[..., 2 * n].log_softmax(1).unsqueeze(2)
    else:
        each = each - math.log(output.shape[1])
    return each.logsumexp(1)


def midpoints(cells: int, n: int) -> Tensor:
    """Centres (cells^n, n) of equal cells that fill the unit range."""
    axis = (torch.arange(cells) + 0.5) / cells
    return torch.cartesian_prod(*[axis] * n).reshape(-1, n)


def kl_loss(output: Tensor, target: Tensor, sigma: Tensor, points: Tensor) -> Tensor:
    """Kullback-Leibler divergence of mixtures from Gaussians around the targets (B, n), in nats.

    Its integral has no closed form. It is the mean over ``points`` (K, n), which fill the unit range evenly:
    midpoints of a grid, or draws from it.
    """
    truth = _truth(target, sigma, points)
    return (truth.exp() * (truth - mixture_log_density(output, points[None]))).mean()


def bhattacharyya_loss(output: Tensor, target: Tensor, sigma: Tensor, points: Tensor) -> Tensor:
    """Bhattacharyya distance of mixtures from Gaussians around the targets, as :func:`kl_loss` sums it up."""
    half = 0.5 * (_truth(target, sigma, points) + mixture_log_density(output, points[None]))
    return (math.log(len(points)) - half.logsumexp(1)).mean()


def _truth(target: Tensor, sigma: Tensor, points: Tensor) -> Tensor:
    """Natural log (B, K) of the density of the Gaussians around the targets."""
    single = torch.cat((target, sigma.expand_as(target)), 1).unsqueeze(1)
    return mixture_log_density(single, points[None])
