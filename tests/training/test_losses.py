"""The baselines' losses: each against what it stands for, computed in another way."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from handorient.mixture import GaussianMixture
from handorient.propel import NetworkConfig, OrientationNet, propel_loss
from handorient.propel.network import build_network
from handorient.training.losses import (
    HEATMAP_CELLS,
    bhattacharyya_loss,
    heatmap_loss,
    kl_loss,
    loss_for,
    midpoints,
    mixture_log_density,
    suited,
)
from handorient.training.train import RECIPES

CPU = torch.device("cpu")
SIGMA = torch.tensor([0.06, 0.08])
TARGET = torch.tensor([[0.4, 0.5], [0.6, 0.3]])


def single(target: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """One component exactly where the truth is."""
    return torch.cat((target, sigma.expand_as(target)), 1).unsqueeze(1)


def test_the_density_of_a_mixture_is_that_of_the_mixture_in_numpy():
    generator = torch.Generator().manual_seed(1)
    output = torch.rand(3, 4, 5, generator=generator) + 0.05
    points = torch.rand(1, 7, 2, generator=generator)
    found = mixture_log_density(output, points)
    for k in range(3):
        mean, std, logit = output[k, :, :2], output[k, :, 2:4], output[k, :, 4]
        mixture = GaussianMixture(logit.softmax(0).numpy(), mean.numpy(), std.numpy())
        assert found[k].numpy() == pytest.approx(mixture.log_prob(points[0].numpy()), abs=1e-4)


def test_divergences_of_the_truth_from_itself_vanish():
    points = midpoints(64, 2)
    for loss in (kl_loss, bhattacharyya_loss):
        assert abs(float(loss(single(TARGET, SIGMA), TARGET, SIGMA, points))) < 1e-3


def test_divergences_are_those_of_two_gaussians():
    """Closed forms of a single Gaussian of equal spread, moved by d: d^2 / (2 s^2) and d^2 / (8 s^2)."""
    moved = single(TARGET + torch.tensor([0.05, 0.0]), SIGMA)
    points = midpoints(96, 2)
    square = 0.05**2 / 0.06**2
    assert float(kl_loss(moved, TARGET, SIGMA, points)) == pytest.approx(square / 2, rel=0.01)
    assert float(bhattacharyya_loss(moved, TARGET, SIGMA, points)) == pytest.approx(square / 8, rel=0.01)


def test_a_heatmap_that_is_the_truth_costs_nothing_and_an_empty_one_everything():
    cells = 40
    centres = (np.arange(cells) + 0.5) / cells
    bells = [
        np.exp(-0.5 * ((centres[:, None] - a) / 0.06) ** 2 - 0.5 * ((centres - e) / 0.08) ** 2)
        for a, e in TARGET.tolist()
    ]
    truth = torch.from_numpy(np.array(bells, np.float32)).flatten(1)
    assert float(heatmap_loss(truth, TARGET, SIGMA)) == pytest.approx(0, abs=1e-8)
    assert float(heatmap_loss(torch.zeros_like(truth), TARGET, SIGMA)) == pytest.approx(1, rel=0.01)


def test_midpoints_fill_the_unit_range_evenly():
    points = midpoints(4, 3)
    assert points.shape == (64, 3)
    assert points.mean(0).tolist() == pytest.approx([0.5] * 3)
    assert float(points.min()) == 0.125 and float(points.max()) == 0.875


@pytest.mark.parametrize("method", ["propel", "mse", "heatmap", "likelihood", "kl", "bhattacharyya"])
def test_every_method_trains_the_network_that_suits_it(method):
    config = suited(NetworkConfig(size=32, channels=(4, 8), hidden=8, sides=2), method)
    net = OrientationNet(config)
    pictures = torch.randint(0, 256, (5, 1, 32, 32), dtype=torch.uint8)
    output = config.of_side(net(pictures), torch.tensor([0, 1, 0, 1, 1]))
    assert (
        output.shape[1:]
        == {
            "propel": (4, 4),
            "mse": (1, 2),
            "heatmap": (1, HEATMAP_CELLS**2),
            "likelihood": (4, 5),
            "kl": (4, 4),
            "bhattacharyya": (4, 4),
        }[method]
    )
    loss = loss_for(method, config, CPU)(output, torch.rand(5, 2))
    loss.backward()
    assert math.isfinite(loss.item())
    learning = [p for name, p in net.named_parameters() if not name.startswith("side.")]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in learning)
    assert float(net.output.bias.grad.abs().max()) > 0


def test_propel_is_propel_with_the_spread_of_the_configuration():
    config = replace(NetworkConfig(), sigma_deg=9.0)
    output = torch.rand(4, 4, 4) + 0.05
    target = torch.rand(4, 2)
    expected = propel_loss(output, target, 9.0 / 180.0)
    torch.testing.assert_close(loss_for("propel", config, CPU)(output, target), expected)


@pytest.mark.parametrize("method", ["propel", "mse", "heatmap", "likelihood"])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_method_can_train_every_recipe(recipe, method):
    config = suited(recipe, method)
    output = build_network(config)(torch.rand(2, *config.input_shape))
    seen = config.of_side(output, torch.tensor([0, 1]))
    assert torch.isfinite(loss_for(method, config, CPU)(seen, TARGET))
