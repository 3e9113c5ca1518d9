"""PROPEL: its value against the integrals, its gradient against the talk's, and what both are good for."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchpropel import PROPEL

from handorient.propel import PROPELLoss, propel_loss


def random_case(batch: int, components: int, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    mean = torch.rand(batch, components, n, generator=rng, dtype=torch.float64)
    std = 0.05 + 0.2 * torch.rand(batch, components, n, generator=rng, dtype=torch.float64)
    return torch.cat([mean, std], 2), torch.rand(batch, n, generator=rng, dtype=torch.float64)


def gaussian(x: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Density of an axis-aligned Gaussian at points x (..., n)."""
    return np.prod(np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi)), axis=-1)


@pytest.mark.parametrize(("n", "points"), [(1, 4001), (2, 401)])
@pytest.mark.parametrize("components", [1, 2, 5])
def test_equals_the_integrals_of_its_definition(n: int, points: int, components: int) -> None:
    output, target = random_case(3, components, n)
    axis = np.linspace(-2.0, 3.0, points)
    x = np.stack(np.meshgrid(*[axis] * n, indexing="ij"), -1)
    cell = (axis[1] - axis[0]) ** n
    for row, truth, loss in zip(
        output.numpy(), target.numpy(), propel_loss(output, target, 0.1, "none"), strict=True
    ):
        p_gt = gaussian(x, truth, np.full(n, 0.1))
        p_m = np.mean([gaussian(x, c[:n], c[n:]) for c in row], axis=0)
        quotient = 2 * (p_gt * p_m).sum() * cell / ((p_gt**2 + p_m**2).sum() * cell)
        assert loss.item() == pytest.approx(-math.log(quotient), abs=1e-7)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_learned_weights_split_a_component_without_changing_the_loss(n: int) -> None:
    """A component of weight 2/3 is two of 1/3: what the unweighted formula says of the latter."""
    output, target = random_case(5, 2, n)
    thirds = propel_loss(torch.cat((output, output[:, :1]), 1), target, 0.1, "none")
    logits = torch.tensor([math.log(2.0), 0.0], dtype=torch.float64).expand(5, 2)
    torch.testing.assert_close(propel_loss(output, target, 0.1, "none", logits), thirds)


def test_gradient_to_learned_weights_matches_finite_differences() -> None:
    output, target = random_case(3, 4, 2)
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: propel_loss(output, target, 0.1, "none", w), logits)


def test_weights_that_do_not_fit_are_refused() -> None:
    output, target = random_case(3, 4, 2)
    with pytest.raises(ValueError, match="weight_logits"):
        propel_loss(output, target, weight_logits=torch.zeros(3, 2))


def test_equals_the_reference_code_in_one_dimension() -> None:
    output, target = random_case(16, 4, 1)
    reference = PROPEL(sigma=0.1, reduction="none").double()
    reference.sigma.data.fill_(0.1)  # built in float32
    theirs = reference(output, target).flatten() * math.log(10)  # it takes log10
    torch.testing.assert_close(propel_loss(output, target, 0.1, "none"), theirs, rtol=1e-9, atol=1e-9)


def test_gradient_is_the_talks_partial_derivatives() -> None:
    """The slide's equations with variances for its sigma; its constant factor 2/I goes into T1."""
    output, target = random_case(1, 3, 2)
    output.requires_grad_()
    propel_loss(output, target, 0.1).backward()

    components, n, var_gt = 3, 2, 0.01
    mean, std = output.detach()[0].split(n, -1)
    var = std**2

    def g(mean_a: Tensor, var_a: Tensor, mean_b: Tensor, var_b: Tensor) -> Tensor:
        v = var_a + var_b
        return (torch.exp(-((mean_a - mean_b) ** 2) / (2 * v)) / torch.sqrt(2 * math.pi * v)).prod()

    def g_by_mean(mean_a: Tensor, var_a: Tensor, mean_b: Tensor, var_b: Tensor) -> Tensor:
        return g(mean_a, var_a, mean_b, var_b) * (mean_b - mean_a) / (var_a + var_b)

    def g_by_var(mean_a: Tensor, var_a: Tensor, mean_b: Tensor, var_b: Tensor) -> Tensor:
        v = var_a + var_b
        return g(mean_a, var_a, mean_b, var_b) * 0.5 * ((mean_a - mean_b) ** 2 / v**2 - 1 / v)

    def h(var_a: Tensor) -> Tensor:
        return 1 / ((2 * math.sqrt(math.pi)) ** n * torch.sqrt(var_a.prod()))

    truth = (target[0], torch.full((n,), var_gt, dtype=torch.float64))
    model = [(mean[i], var[i]) for i in range(components)]
    t1 = sum(g(*truth, *one) for one in model)
    pairs = sum(g(*model[i], *model[j]) for i in range(components) for j in range(i + 1, components))
    t2 = h(truth[1]) + (sum(h(one[1]) for one in model) + 2 * pairs) / components**2
    for i, one in enumerate(model):
        others = [model[j] for j in range(components) if j != i]
        by_mean = -g_by_mean(*one, *truth) / t1
        by_mean = by_mean + 2 / components**2 * sum(g_by_mean(*one, *other) for other in others) / t2
        h_by_var = -h(one[1]) / (2 * one[1])
        by_var = -g_by_var(*one, *truth) / t1
        by_var = by_var + (h_by_var + 2 * sum(g_by_var(*one, *other) for other in others)) / (
            components**2 * t2
        )
        torch.testing.assert_close(output.grad[0, i], torch.cat([by_mean, by_var * 2 * std[i]]))


@pytest.mark.parametrize(("components", "n"), [(1, 1), (1, 3), (4, 2), (5, 3)])
def test_gradients_to_output_and_target_match_finite_differences(components: int, n: int) -> None:
    output, target = (t.requires_grad_() for t in random_case(3, components, n))
    sigma = torch.linspace(0.1, 0.2, n, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda o, t: propel_loss(o, t, sigma, "none"), (output, target))


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize(("components", "n"), [(1, 1), (3, 2)])
def test_second_derivatives_match_finite_differences(components: int, n: int, learned: bool) -> None:
    inputs = [t.requires_grad_() for t in random_case(2, components, n)]
    if learned:
        inputs.append(torch.randn(2, components, dtype=torch.float64, requires_grad=True))
    sigma = torch.linspace(0.1, 0.2, n, dtype=torch.float64)

    def loss(output: Tensor, target: Tensor, logits: Tensor | None = None) -> Tensor:
        return propel_loss(output, target, sigma, "none", logits)

    assert torch.autograd.gradgradcheck(loss, inputs)


def test_a_gradient_that_can_be_differentiated_is_the_same_gradient() -> None:
    output, target = random_case(3, 4, 2)
    output.requires_grad_()  # and the target is a constant, as in training
    loss = propel_loss(output, target, 0.1)
    (differentiable,) = torch.autograd.grad(loss, output, create_graph=True)
    (plain,) = torch.autograd.grad(loss, output)
    torch.testing.assert_close(differentiable, plain)
    assert differentiable.requires_grad and not plain.requires_grad


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("components", [1, 4])
def test_is_zero_with_no_gradient_where_the_mixture_is_the_truth(components: int, n: int) -> None:
    target = torch.rand(5, n, dtype=torch.float64)
    output = torch.cat([target, torch.full_like(target, 0.1)], 1).unsqueeze(1).repeat(1, components, 1)
    output.requires_grad_()
    loss = propel_loss(output, target, 0.1, "sum")
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-12)
    assert output.grad.abs().max() < 1e-12


@pytest.mark.parametrize(("components", "n"), [(1, 2), (4, 1), (6, 3)])
def test_is_positive_elsewhere(components: int, n: int) -> None:
    assert (propel_loss(*random_case(200, components, n), 0.1, "none") > 0).all()


def test_mirrored_pair_costs_the_exact_two_mode_mixture_ln_one_and_a_half() -> None:
    std = [0.1, 0.1]
    output = torch.tensor([[[2.0, 1.0, *std], [-2.0, -1.0, *std]]] * 2, dtype=torch.float64)
    target = torch.tensor([[2.0, 1.0], [-2.0, -1.0]], dtype=torch.float64)
    torch.testing.assert_close(
        propel_loss(output, target, 0.1, "none"), torch.full((2,), math.log(1.5), dtype=torch.float64)
    )


@pytest.mark.parametrize("components", [1, 4])
def test_far_targets_pull_with_a_finite_gradient_in_single_precision(components: int) -> None:
    output = torch.tensor([0.5, 0.5, 0.1, 0.1]).repeat(1, components, 1).requires_grad_()
    target = torch.tensor([[100.5, 0.5]])  # a thousand sigma away
    loss = propel_loss(output, target, 0.1)
    loss.backward()
    assert math.isfinite(loss.item())
    assert torch.isfinite(output.grad).all()
    assert (output.grad[0, :, 0] < 0).all()  # toward the target
    assert (output.grad[0, :, 2] < 0).all()  # and wider


def test_half_precision_output_is_computed_in_single() -> None:
    output, target = (t.float() for t in random_case(8, 4, 2))
    half = output.bfloat16()
    torch.testing.assert_close(propel_loss(half, target), propel_loss(half.float(), target))


@pytest.mark.parametrize(("optimiser", "rate"), [(torch.optim.Adam, 0.02), (torch.optim.RMSprop, 0.005)])
def test_learns_both_modes_of_an_ambiguous_problem(
    optimiser: type[torch.optim.Optimizer], rate: float
) -> None:
    """y = +-sqrt(x): what a squared error would answer with 0."""
    torch.manual_seed(0)
    x = torch.rand(256, 1)
    y = x.sqrt() * torch.where(torch.rand(256, 1) < 0.5, -1.0, 1.0)
    net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 4))
    steps = optimiser(net.parameters(), lr=rate)  # type: ignore[call-arg]

    def output(at: Tensor) -> Tensor:
        mean, log_std = net(at).view(-1, 2, 2).unbind(-1)
        return torch.stack([mean, log_std.exp()], -1)

    for _ in range(300):
        steps.zero_grad()
        propel_loss(output(x), y, 0.1).backward()
        steps.step()
    at = torch.tensor([[0.25], [0.49], [0.81]])
    means = output(at)[..., 0].sort(1).values
    torch.testing.assert_close(means, torch.cat([-at.sqrt(), at.sqrt()], 1), rtol=0, atol=0.1)


def test_sigma_may_differ_between_dimensions() -> None:
    """Two independent dimensions with I = 1: the log of each integral is a sum over dimensions."""
    target = torch.tensor([[0.3, 0.6]], dtype=torch.float64)
    output = torch.cat([target, torch.tensor([[0.1, 0.2]], dtype=torch.float64)], 1).unsqueeze(1)
    assert propel_loss(output, target, torch.tensor([0.1, 0.2])).item() == pytest.approx(0, abs=1e-7)
    assert propel_loss(output, target, torch.tensor([0.2, 0.1])).item() > 0.1


def test_reductions_agree() -> None:
    output, target = random_case(7, 4, 2)
    each = propel_loss(output, target, reduction="none")
    assert each.shape == (7,)
    torch.testing.assert_close(propel_loss(output, target, reduction="mean"), each.mean())
    torch.testing.assert_close(propel_loss(output, target, reduction="sum"), each.sum())


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_module_equals_function(reduction: str) -> None:
    output, target = random_case(7, 4, 2)
    torch.testing.assert_close(
        PROPELLoss(0.2, reduction)(output, target), propel_loss(output, target, 0.2, reduction)
    )


@pytest.mark.parametrize(
    ("output", "target", "named"),
    [
        ((8, 4), (8, 2), "output"),
        ((8, 0, 4), (8, 2), "output"),
        ((8, 4, 5), (8, 2), "output"),
        ((8, 4, 4), (8, 3), "target"),
        ((8, 4, 4), (7, 2), "target"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(output: tuple, target: tuple, named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}"):
        propel_loss(torch.ones(output), torch.ones(target))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sigma": 0.0},
        {"sigma": -1.0},
        {"sigma": torch.zeros(2)},
        {"sigma": torch.tensor([0.1, float("nan")])},
        {"sigma": float("inf")},
        {"sigma": [0.1, 0.2, 0.3]},
        {"sigma": torch.ones(3)},
        {"reduction": "average"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}"):
        propel_loss(torch.ones(8, 4, 4), torch.ones(8, 2), **wrong)
