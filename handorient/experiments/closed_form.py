"""What a closed form saves: time and gradient noise of PROPEL beside losses that have to be integrated."""

from __future__ import annotations

import importlib
import timeit
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from handorient.propel.loss import propel_loss
from handorient.training.losses import bhattacharyya_loss, kl_loss, midpoints

#: Batch, components and angles; the first is what training uses.
SIZES = ((128, 4, 2), (128, 8, 2), (256, 8, 2), (512, 8, 3), (1024, 16, 3))
SIGMA = 0.06
#: Points that an integral over two angles is summed over: random draws, as few as are fast, and a fine grid.
DRAWS = (256, 1024, 4096)
FINE_CELLS = 96
TURNS, PASSES, NOISE_BATCHES = 6, 3, 8

Loss = Callable[[Tensor, Tensor], Tensor]
INTEGRATED = {"KL": kl_loss, "Bhattacharyya": bhattacharyya_loss}


def sizes_table() -> list[dict[str, Any]]:
    """Milliseconds forward and backward of PROPEL on one thread, by batch, components and angles.

    Beside it, and as a ratio to it, the authors' torchpropel where it is installed.
    """
    losses: list[Loss] = [partial(propel_loss, sigma=SIGMA)]
    with suppress(ModuleNotFoundError):
        losses.append(importlib.import_module("torchpropel").PROPEL(SIGMA))
    rows: list[dict[str, Any]] = []
    for batch, components, angles in SIZES:
        ms = _fastest_ms(losses, *_batch(batch, components, angles))
        row = {"batch": batch, "components": components, "angles": angles, "propel_ms": ms[0]}
        rows.append(row | ({"torchpropel_ms": ms[1], "ratio": ms[0] / ms[1]} if len(ms) > 1 else {}))
    return rows


def integrals_table() -> list[dict[str, Any]]:
    """Time and gradient noise of losses that are summed over points, beside PROPEL's, at the first size.

    Noise is the error of the gradient over the gradient, both as lengths, against a grid of FINE_CELLS per
    angle; PROPEL's is that of single against double precision.
    """
    output, target = _batch(*SIZES[0])
    propel = partial(propel_loss, sigma=SIGMA)
    exact = _gradient(propel, output.double(), target.double())
    table = [
        {
            "loss": "PROPEL",
            "points": 0,
            "ms": _fastest_ms([propel], output, target)[0],
            "gradient_noise": _apart(_gradient(propel, output, target), exact),
        }
    ]
    sigma = torch.full((2,), SIGMA)
    for name, loss in INTEGRATED.items():
        fine = _gradient(partial(loss, sigma=sigma, points=midpoints(FINE_CELLS, 2)), output, target)
        for draws in DRAWS:
            generator = torch.Generator().manual_seed(draws)
            noises = [
                _apart(_gradient(partial(loss, sigma=sigma, points=points), output, target), fine)
                for points in (torch.rand(draws, 2, generator=generator) for _ in range(NOISE_BATCHES))
            ]
            summed = partial(loss, sigma=sigma, points=torch.rand(draws, 2, generator=generator))
            ms = _fastest_ms([summed], output, target)[0]
            table.append({"loss": name, "points": draws, "ms": ms, "gradient_noise": float(np.mean(noises))})
    return table


def _batch(batch: int, components: int, angles: int) -> tuple[Tensor, Tensor]:
    """Outputs in the middle of a training: two fifths of the components near the truth, and narrow."""
    generator = torch.Generator().manual_seed(0)
    target = 0.2 + 0.6 * torch.rand(batch, angles, generator=generator)
    mean = torch.rand(batch, components, angles, generator=generator)
    near = torch.rand(batch, components, 1, generator=generator) < 0.4
    close = target.unsqueeze(1) + 0.05 * torch.randn(batch, components, angles, generator=generator)
    std = 0.04 + 0.08 * torch.rand(batch, components, angles, generator=generator)
    return torch.cat((torch.where(near, close, mean), std), -1), target


def _gradient(loss: Loss, output: Tensor, target: Tensor) -> Tensor:
    leaf = output.detach().clone().requires_grad_()
    loss(leaf, target).backward()
    assert leaf.grad is not None
    return leaf.grad


def _apart(gradient: Tensor, exact: Tensor) -> float:
    return float((gradient.double() - exact.double()).norm() / exact.double().norm())


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute on one thread, as what is timed does in the app."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _fastest_ms(losses: Sequence[Loss], output: Tensor, target: Tensor) -> list[float]:
    """Milliseconds of each loss, the fastest of several turns, taken in alternation on one thread."""
    best = [float("inf")] * len(losses)
    with one_thread():
        for _ in range(TURNS):
            for k, loss in enumerate(losses):
                work = partial(_gradient, loss, output, target)
                work()
                best[k] = min(best[k], timeit.timeit(work, number=PASSES) / PASSES)
    return [1000 * seconds for seconds in best]
