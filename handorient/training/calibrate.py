"""Fits a calibration on people that the network was not trained on, and measures how well it holds."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from handorient.mixture import log_density
from handorient.propel.calibration import Calibration

Array = NDArray[np.float64]

_DRAWS = 256
#: Truths whose draws are in memory at once.
_AT_ONCE = 512
_FACTORS = np.geomspace(0.5, 2.0, 71).tolist()
#: Share of the truths that the region of half the probability may hold. Poses near edge-on are the hardest,
#: so within the angles that matter it holds some 3% more.
HALF = 0.51
#: Truths that the regions are checked on.
_MOST = 3000


def fit_calibration(
    weights: Array, mean_rad: Array, std_rad: Array, truth_rad: Array, mixtures: int = 1, share: float = HALF
) -> Calibration:
    """The calibration under which the truths (N, n) are likeliest, with regions that hold.

    Errors have heavier tails than Gaussians, so the likeliest spreads are too wide for most truths. One more
    factor on all of them, the largest that does it, makes the 50% highest-density region hold no more than
    this ``share`` of the truths. ``weights`` (N, R), ``mean_rad`` and ``std_rad`` (N, R, n) are the
    network's own, of so many ``mixtures`` side by side; the mixtures' shares are chosen, not to be corrected.
    """
    likeliest = _likeliest(weights, mean_rad, std_rad, truth_rad, mixtures)
    some = slice(None, None, -(-len(truth_rad) // _MOST))
    shares, spread = likeliest.weigh(weights[some], mixtures), likeliest.spread(std_rad[some])

    def half(factor: float) -> float:
        mass = region_mass(shares, mean_rad[some], factor * spread, truth_rad[some])
        return float((mass <= 0.5).mean())

    factor = _FACTORS[max(bisect_right(_FACTORS, share, key=half) - 1, 0)]  # wider regions hold more
    return Calibration(
        tuple(round(factor * v, 4) for v in likeliest.scale),
        tuple(round(factor * v, 3) for v in likeliest.floor_deg),
        likeliest.sharpness,
    )


def _likeliest(
    weights: Array, mean_rad: Array, std_rad: Array, truth_rad: Array, mixtures: int
) -> Calibration:
    w, mean, std = (torch.from_numpy(a) for a in (weights, mean_rad, std_rad))
    log_weights = w.clamp_min(1e-12).log().unflatten(1, (mixtures, -1))
    log_shares = log_weights.logsumexp(2, keepdim=True)
    away = torch.from_numpy(truth_rad).unsqueeze(1) - mean
    n = mean.shape[2]
    log_scale, log_floor, log_sharpness = (torch.zeros(k, dtype=torch.float64) for k in (n, n, 1))
    log_floor -= 4.0  # about one degree
    parameters = [p.requires_grad_() for p in (log_scale, log_floor, log_sharpness)]
    optimiser = torch.optim.LBFGS(parameters, max_iter=100, line_search_fn="strong_wolfe")

    def nll() -> Tensor:
        optimiser.zero_grad()
        spread = torch.sqrt((std * log_scale.exp()).square() + log_floor.exp().square())
        sharpened = (log_sharpness.exp() * log_weights).log_softmax(2)
        shares = (log_shares + sharpened).flatten(1)
        loss = -(shares - (0.5 * (away / spread).square() + spread.log()).sum(2)).logsumexp(1).mean()
        loss.backward()
        return loss

    optimiser.step(nll)
    with torch.no_grad():
        # A network that knows nothing would be widened, or its spreads ignored, without end.
        scale, sharpness = log_scale.clamp(-3, 3).exp(), log_sharpness.clamp(-3, 3).exp()
        floor = log_floor.clamp(max=0).exp()
        return Calibration(
            tuple(round(v, 4) for v in scale.tolist()),
            tuple(round(v, 3) for v in np.degrees(floor.numpy()).tolist()),
            round(float(sharpness), 4),
        )


def region_mass(weights: Array, mean: Array, std: Array, truth: Array) -> Array:
    """Probability (N,) of the smallest region that reaches each truth (N, n): uniform if all is calibrated.

    It is the mass of where the density exceeds the density at the truth, so the truth lies inside the 50%
    highest-density region where this is below 0.5. Estimated from 256 draws of every mixture.
    """
    rng = np.random.default_rng(0)
    n, components = weights.shape
    which, where = rng.uniform(size=(n, _DRAWS, 1)), rng.standard_normal((n, _DRAWS, mean.shape[2]))
    mass = np.empty(n)
    for first in range(0, n, _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        w, m, s = weights[some], mean[some], std[some]
        edges = w.cumsum(1)
        chosen = (which[some] * edges[:, None, -1:] > edges[:, None]).sum(2).clip(max=components - 1)
        rows = np.arange(len(w))[:, None]
        draws = m[rows, chosen] + s[rows, chosen] * where[some]
        there = log_density(w[:, None], m[:, None], s[:, None], draws)
        mass[some] = (there > log_density(w, m, s, truth[some])[:, None]).mean(1)
    return mass
