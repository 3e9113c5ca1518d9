"""PROPEL: the probabilistic parametric regression loss for networks that output a mixture of Gaussians."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

Reduction = Literal["none", "mean", "sum"]
Sigma = float | Tensor


def propel_loss(
    output: Tensor,
    target: Tensor,
    sigma: Sigma = 0.1,
    reduction: Reduction = "mean",
    weight_logits: Tensor | None = None,
) -> Tensor:
    r"""Distance between the predicted mixture and a Gaussian around the truth, in natural log.

    .. math:: L = -\log \frac{2 \int P_{gt} P_m}{\int (P_{gt}^2 + P_m^2)}
              = \log\Big(G_{gt,gt} + \sum_{ij} w_i w_j G_{ij}\Big)
              - \log\Big(2 \sum_i w_i G_{gt,i}\Big)

    with :math:`P_m` the mixture of the I predicted axis-aligned Gaussians, of weights :math:`w_i = 1/I`
    in the paper, and :math:`G_{ab} = N(\mu_a - \mu_b; 0, \sigma_a^2 + \sigma_b^2)`, the integral of the
    product of two Gaussians. L is 0 where the mixture is exactly the Gaussian around the truth, and
    positive elsewhere. Everything stays in log space, so a target that is far from every component still
    gives a finite loss and a useful gradient, which can itself be differentiated. All standard deviations
    must be positive.

    Source: M. Asad, R. Basaru, S. M. M. R. Al Arif, G. Slabaugh, "PROPEL: Probabilistic Parametric
    Regression Loss for Convolutional Neural Networks", ICPR 2020, https://arxiv.org/abs/1807.10937.
    The paper writes variances as sigma; here, as in the network, sigma is a standard deviation. The
    authors' torchpropel 0.0.3 takes log10 and differs from the formula for n > 1.

    Args:
        output: (B, I, 2n), for each of I components n means, then n standard deviations.
        target: (B, n).
        sigma: the truth's standard deviation, one for all dimensions or a tensor (n,); a constant.
        reduction: "none" for (B,), else "mean" or "sum" over the batch.
        weight_logits: (B, I), the weights before a softmax, if they are learned: our extension.

    Raises:
        ValueError: on shapes that do not fit, an unknown reduction or a sigma that is not positive.
    """
    if output.ndim != 3 or output.shape[1] == 0 or output.shape[2] == 0 or output.shape[2] % 2:
        raise ValueError(f"output must be (batch, components, 2 n), not {tuple(output.shape)}")
    batch, n = output.shape[0], output.shape[2] // 2
    if target.shape != (batch, n):
        raise ValueError(f"target must be {(batch, n)} to fit the output, not {tuple(target.shape)}")
    if not isinstance(sigma, Tensor):
        sigma = torch.tensor(sigma, dtype=torch.float64)
    if sigma.shape not in {(), (n,)}:
        raise ValueError(f"sigma must be one number or {(n,)}, not {tuple(sigma.shape)}")
    if not (sigma.isfinite() & (sigma > 0)).all():
        raise ValueError(f"sigma must be positive, not {sigma}")
    if weight_logits is not None and weight_logits.shape != output.shape[:2]:
        raise ValueError(f"weight_logits must be {tuple(output.shape[:2])}, not {tuple(weight_logits.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f'reduction must be "none", "mean" or "sum", not {reduction!r}')
    # Half precision resolves neither the squared distances nor the variances.
    dtype = torch.promote_types(output.dtype, torch.float32)
    constant = sigma.detach().to(output.device, dtype).expand(n)
    log_weights = None if weight_logits is None else weight_logits.to(dtype).log_softmax(1)
    loss: Tensor = _Propel.apply(output.to(dtype), target.to(dtype), constant, log_weights)
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" else loss.sum()


class PROPELLoss(torch.nn.Module):
    """:func:`propel_loss` as a module."""

    def __init__(self, sigma: Sigma = 0.1, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.sigma = sigma
        self.reduction: Reduction = reduction

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return propel_loss(output, target, self.sigma, self.reduction)


class _Propel(torch.autograd.Function):
    """The loss (B,) and its analytic gradient in one pass.

    The tensors are so small that an autograd graph costs several times what the arithmetic does. The
    batch is the last dimension throughout, which keeps every operation contiguous.
    """

    @staticmethod
    def forward(
        ctx: Any, output: Tensor, target: Tensor, sigma: Tensor, log_weights: Tensor | None
    ) -> Tensor:
        n, components = target.shape[1], output.shape[1]
        mean, std = output.permute(2, 1, 0).contiguous().split(n)  # (n, I, B) each
        var, var_gt = std.square(), sigma.square()

        # log G(gt, i) = -(d^2 / v + log v) / 2; the factors of 2 pi cancel in the quotient.
        v = var + var_gt.view(n, 1, 1)
        d = mean - target.t().unsqueeze(1)
        slope_gt = d / v  # -d log G / d mean
        log_g = (d * slope_gt + v.log()).sum(0).mul_(-0.5)  # (I, B)
        log_gt_gt = -0.5 * (2 * var_gt).log().sum()
        if log_weights is None:
            scale = math.log(components)  # equal weights are left out of the sums and settled at the end
            log_gt_gt = log_gt_gt + 2 * scale
        else:
            scale, log_w = 0.0, log_weights.t()
            log_g = log_g + log_w
        log_t1 = log_g.logsumexp(0)
        share_gt = (log_g - log_t1).exp_()
        bend_gt = slope_gt.square() - v.reciprocal()  # 2 d log G / d v

        v = var.unsqueeze(2) + var.unsqueeze(1)  # (n, I, I, B)
        d = mean.unsqueeze(2) - mean.unsqueeze(1)
        slope = d / v
        log_g = d.mul_(slope).add_(v.log()).sum(0).mul_(-0.5)  # (I, I, B)
        if log_weights is not None:
            log_g = log_g + log_w.unsqueeze(1) + log_w
        largest = torch.maximum(log_g.amax((0, 1)), log_gt_gt)
        share = log_g.sub_(largest).exp_()
        t2 = share.sum((0, 1)).add_((log_gt_gt - largest).exp_())
        share.div_(t2)

        if any(ctx.needs_input_grad):
            # Every pair stands in the square twice, hence the factors of 2.
            pull = share_gt * slope_gt
            to_mean = pull - (share * slope).sum(2).mul_(2)
            bend = slope.square_().sub_(v.reciprocal_())
            to_std = (share * bend).sum(2).mul_(2).sub_(share_gt * bend_gt).mul_(std)
            to_weights = None if log_weights is None else (2 * share.sum(1) - share_gt).t()
            to_output = torch.cat((to_mean, to_std)).permute(2, 1, 0)
            ctx.save_for_backward(output, target, sigma, log_weights, to_output, -pull.sum(1).t(), to_weights)
        # Never below 0, by Cauchy and Schwarz, but for rounding.
        return t2.log_().add_(largest).sub_(log_t1).sub_(math.log(2) + scale).clamp_min_(0)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        output, target, sigma, log_weights, to_output, to_target, to_weights = ctx.saved_tensors
        if torch.is_grad_enabled():
            # It will be differentiated again, so autograd must see how it comes about.
            inputs = output, target, sigma, log_weights
            wanted = [value for value, need in zip(inputs, ctx.needs_input_grad, strict=True) if need]
            found = iter(torch.autograd.grad(_loss(*inputs), wanted, upstream, create_graph=True))
            return tuple(next(found) if need else None for need in ctx.needs_input_grad)
        return (
            to_output * upstream[:, None, None],
            to_target * upstream[:, None],
            None,
            None if to_weights is None else to_weights * upstream[:, None],
        )


def _loss(output: Tensor, target: Tensor, sigma: Tensor, log_weights: Tensor | None) -> Tensor:
    """The loss (B,) as its formula says, for autograd."""
    batch, components, _ = output.shape
    mean, std = output.chunk(2, 2)  # (B, I, n) each
    var, var_gt = std.square(), sigma.square()
    if log_weights is None:
        log_weights = output.new_full((batch, components), -math.log(components))
    log_g = log_weights + _log_gaussian(mean - target.unsqueeze(1), var + var_gt)  # (B, I)
    pairs = _log_gaussian(mean.unsqueeze(2) - mean.unsqueeze(1), var.unsqueeze(2) + var.unsqueeze(1))
    pairs = pairs + log_weights.unsqueeze(2) + log_weights.unsqueeze(1)  # (B, I, I)
    log_gt_gt = _log_gaussian(torch.zeros_like(target), 2 * var_gt)  # (B,)
    log_t2 = torch.cat((pairs.flatten(1), log_gt_gt.unsqueeze(1)), 1).logsumexp(1)
    return log_t2 - log_g.logsumexp(1) - math.log(2)


def _log_gaussian(distance: Tensor, var: Tensor) -> Tensor:
    """log N(distance; 0, var) of (..., n), without its factor of 2 pi."""
    return -0.5 * (distance.square() / var + var.log()).sum(-1)
