"""The talk's network: four small convolution blocks, two fully connected layers, a mixture of Gaussians."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from handorient.hand.landmarks import GEOMETRY, GUESS

Array = NDArray[np.float64]

Input = Literal["landmarks", "colour", "silhouette"]
Head = Literal["mixture", "point", "heatmap"]
#: Channels of the picture; landmarks are none.
CHANNELS: dict[Input, int] = {"landmarks": 0, "colour": 3, "silhouette": 1}

#: What reads the side of the hand: units, and the share of them that training leaves out.
SIDE_HIDDEN, SIDE_DROPOUT = 64, 0.3

#: Least predicted standard deviation, in units of the range of an angle (0.18 deg of 180). A sigmoid alone
#: comes arbitrarily close to 0, where the loss has no finite value. PROPEL's optimum is near the standard
#: deviation around the truth, some thirty times higher, so the bound shapes no prediction.
LEAST_STD = 1e-3


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """All that it takes to build a network and to read its output.

    The default is the hand network of the talk: 126,258 + 51 d parameters at 3 channels, d = 2 n I.

    Attributes:
        input: what the network sees: "silhouette", hand 255 on 0; "colour", RGB on white; or "landmarks",
            what the detector says of the hand.
        size: side of the square input, pixels.
        shrink: by how much the input is averaged down before the first block.
        channels: of each convolution block; a block halves the side.
        hidden: width of the first fully connected layer, and for landmarks of the two first.
        dropout: share of the fully connected units that training leaves out.
        head: what the network answers with: a mixture of Gaussians, or, as its baselines do, one point or a
            density on a grid.
        cells: of a heatmap, along each angle.
        components: I, Gaussians in the mixture.
        members: how many networks of this kind answer together, each with a mixture of its own; the answer is
            the mean of their densities.
        without_guess: how many of the members, the last ones, answer without the detector's 3D guess. It is
            off on real hands in ways that rendered ones do not show: where it matters, members then differ,
            and the answer is less sure.
        learned_weights: whether the network predicts the components' weights; in the talk they are 1 / I.
        low_deg, high_deg: per angle (azimuth, elevation) the range that the unit interval stands for.
        sigma_deg: standard deviation around the truth that the network was or will be trained with.
        sides: 1, or 2 for a mixture of I components for a hand seen from its palm and another for one seen
            from its back. An outline does not tell the two apart: seen from afar, a hand's is that of its
            reflection in depth, the other side at the opposite angles. Landmarks do, mostly.
        side_trust: how far they are believed: the most that one side's share of the whole mixture can be,
            where there are two.

    Raises:
        ValueError: if no network can be built so.
    """

    input: Input = "silhouette"
    size: int = 128
    shrink: int = 1
    channels: tuple[int, ...] = (16, 32, 32, 32)
    hidden: int = 50
    dropout: float = 0.0
    head: Head = "mixture"
    cells: int = 0
    components: int = 4
    members: int = 1
    without_guess: int = 0
    learned_weights: bool = False
    low_deg: tuple[float, ...] = (-90.0, -90.0)
    high_deg: tuple[float, ...] = (90.0, 90.0)
    sigma_deg: float = 6.0
    sides: int = 1
    side_trust: float = 0.8

    def __post_init__(self) -> None:
        if self.input not in CHANNELS:
            raise ValueError(f"input must be one of {', '.join(CHANNELS)}, not {self.input!r}")
        if min(self.size, self.shrink) <= 0 or self.size % (self.shrink * 2 ** len(self.channels)):
            raise ValueError(
                f"a side of {self.size} pixels cannot be shrunk {self.shrink} times and then halved "
                f"{len(self.channels)} times"
            )
        if len(self.low_deg) != len(self.high_deg) or not all(
            low < high for low, high in zip(self.low_deg, self.high_deg, strict=True)
        ):
            raise ValueError(f"{self.low_deg} to {self.high_deg} is no range of angles")
        if self.head == "heatmap" and len({*self.low_deg}) * len({*self.high_deg}) > 1:
            raise ValueError("a heatmap is square: every angle has the same range")
        if self.members < 1:
            raise ValueError("a network has at least one member")
        if not 0 <= self.without_guess <= self.members:
            raise ValueError("from none to all of the members do without the guess")
        if self.without_guess and self.input != "landmarks":
            raise ValueError("only landmarks hold a guess to do without")
        if self.head != "mixture" and not self.sides == self.members == 1:
            raise ValueError("only a mixture has sides or members")
        if self.sides not in (1, 2) or not 0.5 <= self.side_trust <= 1:
            raise ValueError("a hand has 1 side or 2, and the likelier one is trusted by 0.5 to 1")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be from 0 to below 1, not {self.dropout}")
        if (self.head == "heatmap") != (self.cells > 0):
            raise ValueError("a heatmap has cells, and nothing else has")
        if min(*self.channels, self.hidden, self.components, self.sigma_deg) <= 0:
            raise ValueError("every width, the number of components and sigma_deg must be positive")

    @property
    def angles(self) -> int:
        """n, how many angles the network predicts."""
        return len(self.low_deg)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(C, S, S) of one picture, or (GEOMETRY,) of one hand's landmarks."""
        channels = CHANNELS[self.input]
        return (channels, self.size, self.size) if channels else (GEOMETRY,)

    @property
    def mixtures(self) -> int:
        """How many mixtures of I components make up the answer: one for each member and side."""
        return self.members * self.sides

    def member(self, number: int) -> NetworkConfig:
        """What the member of this number, from 0, is: a network alone."""
        blind = number >= self.members - self.without_guess
        return replace(self, members=1, without_guess=int(blind))

    @property
    def output_shape(self) -> tuple[int, int]:
        """What comes out for one hand: rows and the numbers in each, see :class:`OrientationNet`."""
        if self.head == "heatmap":
            return 1, self.cells**self.angles
        if self.head == "point":
            return 1, self.angles
        return self.mixtures * self.components, 2 * self.angles + self.learned_weights

    @property
    def span_deg(self) -> Array:
        """(n,) length of each angle's range."""
        return np.subtract(self.high_deg, self.low_deg)

    def weights(self, back: NDArray[np.floating], output: NDArray[np.floating]) -> Array:
        """Weights (B, R) of the components of an output (B, R, 2n or 2n + 1), R = members x sides x I.

        ``back`` (B,) is how likely it is that the hand is seen from its back, 0 to 1.
        """
        logits = output[..., -1] if self.learned_weights else np.zeros(output.shape[:2])
        logits = logits.reshape(len(output), -1, self.components).astype(np.float64)
        share = np.exp(logits - logits.max(2, keepdims=True))
        share /= self.members * share.sum(2, keepdims=True)
        if self.sides == 2:
            believed = np.clip(back, 1 - self.side_trust, self.side_trust)
            share *= np.tile(np.stack([1 - believed, believed], 1), self.members)[:, :, None]
        return share.reshape(len(output), -1)

    def of_side(self, output: Tensor, facing: Tensor) -> Tensor:
        """Of a member's output (B, sides x I, ...) the rows (B, I, ...) for the side seen (B,), 0 or 1."""
        if self.sides == 1:
            return output
        return output.unflatten(1, (2, -1))[torch.arange(len(output)), facing]

    def to_unit(self, angles_deg: NDArray[np.floating]) -> NDArray[np.float32]:
        """Angles (..., n) in degrees as targets of the loss: 0 at the low end of the range, 1 at the high."""
        unit: NDArray[np.float32] = ((angles_deg - np.array(self.low_deg)) / self.span_deg).astype(np.float32)
        return unit

    def to_rad(self, output: NDArray[np.floating]) -> tuple[Array, Array]:
        """A network's output (..., 2n or 2n + 1) as means and standard deviations (..., n) in radians."""
        mean, std = np.split(output[..., : 2 * self.angles].astype(np.float64), 2, axis=-1)
        return np.radians(mean * self.span_deg + np.array(self.low_deg)), np.radians(std * self.span_deg)


class Network(nn.Module):
    """What is seen (B, *input_shape) to answers (B, *output_shape): one network, or several together.

    Pictures are uint8, or float from 0 to 1. Of a mixture, the answer has a row for each of members
    x sides x I components: n means and n standard deviations in the unit range and, if weights are learned,
    the logit of the component's weight. Of a point, one row: n angles in the unit range. Of a heatmap, one
    row: the density in each cell over its largest, the last angle fastest, not bounded.

    Attributes:
        config: how it is built, and how its answers are read.
        side: where there are two sides, what reads off the landmarks which one is seen.

    Raises:
        ValueError: when called, if what is seen has another shape.
    """

    side: nn.Module | None

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.side = None

    def back_logit(self, geometry: Tensor) -> Tensor:
        """Log odds (B,) that hands of which the detector says this (B, GEOMETRY) are seen from the back.

        Even odds if the network has one mixture for both sides.
        """
        return torch.zeros(len(geometry)) if self.side is None else self.side(geometry)[:, 0]

    def parameter_count(self) -> int:
        """Trained numbers, running statistics not counted."""
        return sum(p.numel() for p in self.parameters())


class OrientationNet(Network):
    """The talk's network.

    Each block is 3x3 convolution, BatchNorm, 2x2 max pooling, ReLU. The talk draws ReLU before pooling;
    a maximum and ReLU commute, and this way round ReLU sees a quarter of the pixels. The talk names nothing
    between its two fully connected layers; without a ReLU there they would be one. Landmarks meet one more
    fully connected layer in the place of the blocks.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        pictures = CHANNELS[config.input] > 0
        self.blocks, width = _convolutions(config) if pictures else _numbers(config.hidden, config.dropout)
        self.hidden = nn.Linear(width, config.hidden)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden, math.prod(config.output_shape))
        if config.sides == 2:
            reading, width = _numbers(SIDE_HIDDEN, SIDE_DROPOUT)
            self.side = reading.append(nn.Linear(width, 1))
        if config.head == "mixture":
            self._spread_components()
        elif config.head == "heatmap":
            # Thousands of random cells would be silenced soonest by silencing the layer before them for good.
            nn.init.zeros_(self.output.weight)
            nn.init.zeros_(self.output.bias)

    def _spread_components(self) -> None:
        """Start with components spread over the range, each a tenth of it wide.

        Sigmoids of nothing would start them all in the middle and half the range wide, where components
        get the same gradient and take long to part.
        """
        n = self.config.angles
        with torch.no_grad():
            bias = self.output.bias.view(self.config.output_shape)
            bias[:, :n].uniform_(-1.5, 1.5)
            bias[:, n : 2 * n].fill_(math.log(0.1 / 0.9))
            bias[:, 2 * n :].zero_()

    def forward(self, seen: Tensor) -> Tensor:
        if seen.shape[1:] != self.config.input_shape:
            raise ValueError(f"the input must be (B, *{self.config.input_shape}), not {tuple(seen.shape)}")
        if self.config.without_guess:
            seen = seen.clone()
            seen[:, GUESS] = 0
        x = self.blocks(self.scaled(seen))  # (B, C, side, side); of landmarks (B, hidden)
        # Training may run the blocks in half precision; angles and LEAST_STD need more.
        with torch.autocast(x.device.type, enabled=False):
            x = self.dropout(torch.relu(self.hidden(x.float().flatten(1))))  # (B, hidden)
            x = self.output(x).view(len(seen), *self.config.output_shape)
        if self.config.head == "heatmap":
            return x
        if self.config.head == "point":
            return x.sigmoid()
        n = self.config.angles
        mean, std, logit = x[..., :n], x[..., n : 2 * n], x[..., 2 * n :]
        return torch.cat((mean.sigmoid(), LEAST_STD + (1 - LEAST_STD) * std.sigmoid(), logit), -1)

    def scaled(self, seen: Tensor) -> Tensor:
        """What is seen as the first block gets it: from 0 to 1, shrunk."""
        x = seen / 255 if seen.dtype == torch.uint8 else seen
        if x.ndim == 4 and self.config.shrink > 1:
            x = nn.functional.avg_pool2d(x, self.config.shrink)
        return x


class Ensemble(Network):
    """Members of the same configuration that were trained apart: their components, one member after another.

    What the data do not settle, they settle differently; where they differ, their mean is less sure than each
    (B. Lakshminarayanan et al., "Simple and scalable predictive uncertainty estimation using deep ensembles",
    NIPS 2017).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        self.members = nn.ModuleList(OrientationNet(config.member(k)) for k in range(config.members))

    def back_logit(self, geometry: Tensor) -> Tensor:
        return torch.stack([member.back_logit(geometry) for member in members_of(self)]).mean(0)

    def forward(self, seen: Tensor) -> Tensor:
        return torch.cat([member(seen) for member in self.members], 1)


def build_network(config: NetworkConfig) -> Network:
    """The network of a configuration, not trained."""
    return OrientationNet(config) if config.members == 1 else Ensemble(config)


def members_of(net: Network) -> list[OrientationNet]:
    """The networks that answer together, or the one alone."""
    return [one for one in net.modules() if isinstance(one, OrientationNet)]


def _convolutions(config: NetworkConfig) -> tuple[nn.Sequential, int]:
    """The blocks, and how many numbers come out of them."""
    layers: list[nn.Module] = []
    widths = (CHANNELS[config.input], *config.channels)
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.MaxPool2d(2), nn.ReLU()]
    side = config.size // config.shrink // 2 ** len(config.channels)
    return nn.Sequential(*layers), widths[-1] * side * side


def _numbers(width: int, dropout: float) -> tuple[nn.Sequential, int]:
    """What landmarks pass instead of the blocks, and how many numbers come out of it."""
    layers = nn.BatchNorm1d(GEOMETRY), nn.Linear(GEOMETRY, width), nn.ReLU(), nn.Dropout(dropout)
    return nn.Sequential(*layers), width
