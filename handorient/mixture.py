"""The prediction: a mixture of axis-aligned Gaussians, its density and its modes (NumPy, immutable)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_LOG_2PI = float(np.log(2 * np.pi))
_QUADRATURE_POINTS = 9
#: Share of the weight from which on a hill is a hypothesis.
LEAST_SHARE = 0.05
#: A valley falls below this share of the lower top: what is not as deep is no gap to the eye in the density's
#: colours either. Where to look for it on the way from one top to another.
_SHALLOW = float(np.log(0.7))
_STEPS = np.linspace(0, 1, 13)[1:-1]


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """One hypothesis: a local maximum of the density and the components whose mean lies on its slope.

    Attributes:
        weight: the sum of those components' weights, 0 to 1.
        mean: (n,) where that maximum is.
        std: (n,) root of those components' second moment about the maximum, along each axis.
        log_density: of the whole mixture, at the maximum.
    """

    weight: float
    mean: Array
    std: Array
    log_density: float

    def __post_init__(self) -> None:
        _freeze(self, "mean", "std")


@dataclass(frozen=True, slots=True, eq=False)
class GaussianMixture:
    """P(x) = sum_i w_i N(x; mean_i, diag(std_i^2)), in the units of the mean.

    Attributes:
        weights: (I,), not negative, with sum 1.
        mean: (I, n).
        std: (I, n), positive.

    The arrays are copied to float64 and read-only.

    Raises:
        ValueError: on shapes that do not fit, weights that are no distribution, or std <= 0.
    """

    weights: Array
    mean: Array
    std: Array

    def __post_init__(self) -> None:
        _freeze(self, "weights", "mean", "std")
        if self.mean.ndim != 2 or self.mean.size == 0:
            raise ValueError(f"mean must be (components, n), not {self.mean.shape}")
        if self.std.shape != self.mean.shape or self.weights.shape != self.mean.shape[:1]:
            raise ValueError(
                f"std {self.std.shape} and weights {self.weights.shape} do not fit a mean {self.mean.shape}"
            )
        if not (self.std > 0).all() or not np.isfinite([self.mean, self.std]).all():
            raise ValueError("every std must be positive, and it and every mean finite")
        if not (self.weights >= 0).all() or abs(self.weights.sum() - 1) > 1e-5:
            raise ValueError(f"weights must not be negative and sum to 1: {self.weights}")

    def log_prob(self, points: ArrayLike) -> Array:
        """Natural log of the density (...) at points (..., n).

        Raises:
            ValueError: if the points have another number of dimensions.
        """
        points = np.asarray(points, float)
        if points.shape[-1:] != self.mean.shape[1:]:
            raise ValueError(f"points must be (..., {self.mean.shape[1]}), not {points.shape}")
        return log_density(self.weights, self.mean, self.std, points)

    def grid(self, *axes: ArrayLike) -> Array:
        """Density on the grid that n axes span, (len(axes[0]), ..., len(axes[n - 1])).

        The components are axis-aligned, so each is an outer product of n one-dimensional Gaussians.

        Raises:
            ValueError: if there is not one axis for each dimension.
        """
        if len(axes) != self.mean.shape[1]:
            raise ValueError(
                f"a mixture over {self.mean.shape[1]} dimensions has no grid of {len(axes)} axes"
            )
        *others, last = (self.factors(k, axis) for k, axis in enumerate(axes))  # (I, K) each
        product = self.weights
        for k, factor in enumerate(others):
            product = product[..., None] * factor.reshape(len(factor), *[1] * k, -1)
        result: Array = np.tensordot(product, last, (0, 0))
        return result

    def marginal(self, dimension: int, axis: ArrayLike) -> Array:
        """Density (K,) of one dimension alone at the points (K,) of its axis."""
        return self.weights @ self.factors(dimension, axis)

    def factors(self, dimension: int, axis: ArrayLike) -> Array:
        """Density (I, K) of each component along one dimension, at the points (K,) of its axis."""
        mean, std = self.mean[:, dimension, None], self.std[:, dimension, None]
        z = (np.asarray(axis, float) - mean) / std
        return np.exp(-0.5 * z * z) / (std * np.sqrt(2 * np.pi))

    def entropy(self) -> float:
        """Differential entropy in nats, by Gauss-Hermite quadrature of -log P over each component.

        Exact for one Gaussian, and off by up to 0.5 where a narrow one lies in another fifteen times as wide;
        on the shipped networks' answers by less than 0.03. Free of randomness, so that the number on the
        screen does not flicker on a still picture.
        """
        offsets, shares = _quadrature(self.mean.shape[1])
        log_prob = self.log_prob(self.mean[:, None] + self.std[:, None] * offsets)  # (I, K)
        return -float(self.weights @ (log_prob @ shares))

    def modes(self) -> tuple[Mode, ...]:
        """The hills of the density that lie uphill of the components' means, heaviest first.

        A component that is only a shoulder of another reaches the other's maximum and is merged with it. So
        is a hill that no real valley parts from a denser one: on the straight way there the density stays
        above 70% of the lower top. It joins the mode that it is least parted from. (Two equal Gaussians are
        parted from 2.9 standard deviations on.)
        Hills of less than 5% of the weight are no hypothesis that anybody should be shown, and left out.
        (Components that cross at right angles and are many times longer than wide can have a further
        maximum where they cross; it is nobody's mean, and not looked for.)
        """
        found = climb(self.weights[None], self.mean[None], self.std[None])
        position, height, owner = (part[0] for part in found)
        owner = self._without_shallow_valleys(position, height, owner)
        modes = []
        for index in np.unique(owner):
            mine = owner == index
            share = self.weights[mine]
            weight = float(share.sum())
            square = np.square(self.std[mine])
            moment = share @ (square + np.square(self.mean[mine] - position[index]))
            # A mode of weight 0 has no moments; its components' own spread is the limit.
            std = np.sqrt(moment / weight if weight > 0 else square.mean(0))
            modes.append(Mode(weight, position[index], std, float(height[index])))
        heaviest = max(mode.weight for mode in modes)
        modes = [mode for mode in modes if mode.weight >= min(LEAST_SHARE, heaviest)]
        # Rounded, so that equal weights fall back on the density and not on the last bit of a sum.
        return tuple(sorted(modes, key=lambda m: (-round(m.weight, 9), -m.log_density)))

    def _without_shallow_valleys(
        self, position: Array, height: Array, owner: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """The owner of each component (I,) once only hills are left that valleys part from denser ones."""
        hills = np.unique(owner)
        if len(hills) == 1:
            return owner
        hills = hills[np.argsort(-height[hills], kind="stable")]
        tops = position[hills]
        ways = tops[:, None, None] + _STEPS[:, None] * (tops[None, :, None] - tops[:, None, None])
        lowest = self.log_prob(ways).min(-1)  # (H, H), symmetric
        parted = [0]
        for hill in range(1, len(hills)):
            if lowest[hill, parted].max() - height[hills[hill]] <= _SHALLOW:
                parted.append(hill)
        # Every other hill joins the one across the least valley, which need not be the densest.
        joins = np.arange(len(owner))
        joins[hills] = hills[parted][lowest[:, parted].argmax(1)]
        return np.asarray(joins[owner])


def densest(modes: Sequence[Mode]) -> Mode:
    """The mode with the highest density: the point estimate."""
    return max(modes, key=lambda mode: mode.log_density)


def log_density(weights: Array, mean: Array, std: Array, x: Array) -> Array:
    """Natural log (...) of the density of mixtures (..., I), (..., I, n), (..., I, n) at points (..., n)."""
    with np.errstate(divide="ignore"):  # a weight may be 0
        log_weights = np.log(weights)
    squares = np.square((x[..., None, :] - mean) / std)
    each = log_weights - (0.5 * squares + np.log(std) + 0.5 * _LOG_2PI).sum(-1)
    largest = each.max(-1, keepdims=True)
    result: Array = largest[..., 0] + np.log(np.exp(each - largest).sum(-1))
    return result


def region_levels(density: ArrayLike, shares: ArrayLike) -> Array:
    """The densities (S,) above which the given shares (S,) of the mass lie: highest-density regions.

    ``density`` is a mixture's, on a grid of equal cells; only the mass on the grid counts.
    """
    falling = np.sort(np.asarray(density, float), axis=None)[::-1]
    mass = np.cumsum(falling)
    inside = np.searchsorted(mass, np.asarray(shares, float) * mass[-1])
    return falling[np.minimum(inside, len(falling) - 1)]


@cache
def _quadrature(n: int) -> tuple[Array, Array]:
    """Points (K, n) and their weights (K,) that average a function over a standard normal of n dimensions."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_QUADRATURE_POINTS)
    points = np.stack(np.meshgrid(*[nodes] * n, indexing="ij"), -1).reshape(-1, n)
    products = np.stack(np.meshgrid(*[weights / weights.sum()] * n, indexing="ij"), -1).reshape(-1, n)
    return points, products.prod(-1)


def climb(weights: Array, mean: Array, std: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Climb from every component's mean to the local maximum above it, for B mixtures at once.

    Args:
        weights: (B, I).
        mean, std: (B, I, n).

    Returns:
        position: (B, I, n), the maximum reached from each component.
        log_density: (B, I), the mixture's there.
        owner: (B, I), the first component that reached the same maximum: equal owners, equal mode.

    Each step starts from mean shift, x' = (sum_i r_i / var_i)^-1 sum_i r_i mean_i / var_i with r_i the
    posterior of component i, which never goes downhill (Carreira-Perpinan, "Mode-finding for mixtures of
    Gaussian distributions", PAMI 2000). Near a maximum it is slow, so every principal direction in which
    the log density is concave takes Newton's longer step, unless that turns out to lead downhill.
    """
    narrowest = std.min((1, 2))
    # A mean may lie exactly on a saddle between two others, where no gradient leads off.
    x = (mean + 1e-3 * std * np.linspace(1.0, 0.5, mean.shape[-1])).reshape(-1, mean.shape[-1])
    reached = np.empty(len(x))
    live = np.arange(len(x))  # the points that still move
    settled = _SETTLED * narrowest.repeat(mean.shape[1])
    surface = _Surface.of(weights, mean, std)
    at, (height, shift, newton) = x, surface.evaluate(x)
    for _ in range(_MOST_STEPS):
        trial = at + newton
        state = surface.evaluate(trial)
        downhill = state[0] < height - 1e-12
        if downhill.any():
            trial[downhill] = at[downhill] + shift[downhill]
            for whole, part in zip(state, surface.only(downhill).evaluate(trial[downhill]), strict=True):
                whole[downhill] = part
        at, (height, shift, newton) = trial, state
        x[live], reached[live] = at, height
        moving = np.abs(newton).max(1) > settled[live]
        if not moving.any():
            break
        if not moving.all():
            live, surface = live[moving], surface.only(moving)
            at, height, shift, newton = at[moving], height[moving], shift[moving], newton[moving]
    x, reached = x.reshape(mean.shape), reached.reshape(weights.shape)
    apart = np.abs(x[:, :, None] - x[:, None]) / narrowest[:, None, None, None]  # (B, I, I, n)
    return x, reached, (apart.max(-1) < _SAME_MODE).argmax(-1)


#: In standard deviations of the narrowest component: a step that moves nothing, and two equal maxima.
_SETTLED, _SAME_MODE = 1e-5, 1e-2
_MOST_STEPS = 100
#: Newton's step at most this many times mean shift's, and at most one local standard deviation.
_LONGEST_STRIDE = 50.0


@dataclass(frozen=True, slots=True)
class _Surface:
    """The log density of the mixture that each of K points climbs, and the ways uphill on it."""

    log_scale: Array  # (K, I)
    mean: Array  # (K, I, n)
    precision: Array  # (K, I, n)

    @classmethod
    def of(cls, weights: Array, mean: Array, std: Array) -> _Surface:
        """For a point on each component of mixtures (B, I), (B, I, n), (B, I, n)."""
        with np.errstate(divide="ignore"):  # a weight may be 0
            log_scale = np.log(weights) - (np.log(std) + 0.5 * _LOG_2PI).sum(-1)
        each = np.repeat(np.arange(len(mean)), mean.shape[1])
        return cls(log_scale[each], mean[each], 1 / np.square(std)[each])

    def only(self, chosen: NDArray[np.bool_]) -> _Surface:
        return _Surface(self.log_scale[chosen], self.mean[chosen], self.precision[chosen])

    def evaluate(self, x: Array) -> tuple[Array, Array, Array]:
        """At points (K, n): log density (K,), mean-shift step and safeguarded Newton step (K, n)."""
        away = self.mean - x[:, None]  # (K, I, n)
        pull = self.precision * away
        each = self.log_scale - 0.5 * np.einsum("kin,kin->ki", pull, away)
        largest = each.max(-1, keepdims=True)
        posterior = np.exp(each - largest)
        total = posterior.sum(-1, keepdims=True)
        posterior /= total
        height = (largest + np.log(total))[:, 0]

        local = np.sqrt((posterior[:, None] @ self.precision)[:, 0])  # (K, n), 1 / local spread
        pull = pull / local[:, None]
        weighted = posterior[..., None] * pull
        gradient = weighted.sum(1)
        # Scaled by the local spread, mean shift's step is the gradient, and minus the Hessian is 1 - cov.
        cov = weighted.swapaxes(1, 2) @ pull - gradient[:, :, None] * gradient[:, None]
        eigenvalues, axes = np.linalg.eigh(cov)
        stride = 1 / np.where(eigenvalues < 1, np.maximum(1 - eigenvalues, 1 / _LONGEST_STRIDE), 1)
        along = (axes.swapaxes(1, 2) @ gradient[..., None])[..., 0] * stride
        newton = (axes @ along[..., None])[..., 0]
        length = np.sqrt(np.square(newton).sum(-1, keepdims=True))
        newton = np.where(length > 1, gradient, newton)
        return height, gradient / local, newton / local


def _freeze(owner: object, *names: str) -> None:
    for name in names:
        value = np.array(getattr(owner, name), dtype=np.float64)
        value.setflags(write=False)
        object.__setattr__(owner, name, value)
