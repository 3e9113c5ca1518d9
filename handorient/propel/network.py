"""The talk's network: four small convolution blocks, two fully connected layers, a mixture of Gaussians."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float64]

Input = Literal["silhouette", "colour"]
CHANNELS: dict[Input, int] = {"silhouette": 1, "colour": 3}

#: Least predicted standard deviation, in units of the range of an angle (0.18 deg of 180). A sigmoid alone
#: comes arbitrarily close to 0, where the loss has no finite value. PROPEL's optimum lies near 0.8 of the
#: truth's own standard deviation, some twenty times higher, so the bound shapes no prediction.
LEAST_STD = 1e-3


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """All that it takes to build a network and to read its output.

    The default is the hand network of the talk: 126,258 + 51 d parameters at 3 channels, d = 2 n I.

    Attributes:
        input: what the network sees: "silhouette", hand 255 on 0, or "colour", RGB on white.
        size: side of the square input, pixels.
        channels: of each convolution block; a block halves the side.
        hidden: width of the first fully connected layer.
        components: I, Gaussians in the mixture.
        low_deg, high_deg: per angle (azimuth, elevation) the range that the unit interval stands for.
        sigma_deg: standard deviation around the truth that the network was or will be trained with.
        sides: 1, or 2 for a mixture of I components for a hand seen from its palm and another for one seen
            from its back. An outline does not tell the two apart: seen from afar, a hand's is that of its
            reflection in depth, the other side at the opposite angles. The detector names the side.
        side_trust: how far it is believed: that side's share of the whole mixture, where there are two.
    """

    input: Input = "silhouette"
    size: int = 128
    channels: tuple[int, ...] = (16, 32, 32, 32)
    hidden: int = 50
    components: int = 4
    low_deg: tuple[float, ...] = (-90.0, -90.0)
    high_deg: tuple[float, ...] = (90.0, 90.0)
    sigma_deg: float = 6.0
    sides: int = 1
    side_trust: float = 0.8

    def __post_init__(self) -> None:
        if self.input not in CHANNELS:
            raise ValueError(f"input must be one of {', '.join(CHANNELS)}, not {self.input!r}")
        if self.size <= 0 or self.size % 2 ** len(self.channels):
            raise ValueError(f"a side of {self.size} pixels cannot be halved {len(self.channels)} times")
        if len(self.low_deg) != len(self.high_deg) or not all(
            low < high for low, high in zip(self.low_deg, self.high_deg, strict=True)
        ):
            raise ValueError(f"{self.low_deg} to {self.high_deg} is no range of angles")
        if self.sides not in (1, 2) or not 0.5 <= self.side_trust <= 1:
            raise ValueError("a hand has 1 side or 2, and the side that is named is trusted by 0.5 to 1")
        if min(*self.channels, self.hidden, self.components, self.sigma_deg) <= 0:
            raise ValueError("every width, the number of components and sigma_deg must be positive")

    @property
    def angles(self) -> int:
        """n, how many angles the network predicts."""
        return len(self.low_deg)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, S, S) of one picture."""
        return CHANNELS[self.input], self.size, self.size

    @property
    def span_deg(self) -> Array:
        """(n,) length of each angle's range."""
        return np.subtract(self.high_deg, self.low_deg)

    def weights(self, facing: NDArray[np.integer]) -> Array:
        """Weights (B, sides I) of the components for hands that show the palm (0) or the back (1), (B,)."""
        if self.sides == 1:
            return np.full((len(facing), self.components), 1 / self.components)
        named = facing[:, None] == np.arange(2)  # (B, 2)
        share = np.where(named, self.side_trust, 1 - self.side_trust)
        return np.repeat(share / self.components, self.components, axis=1)

    def of_side(self, output: Tensor, facing: Tensor) -> Tensor:
        """Of an output (B, sides I, 2n) the components (B, I, 2n) for the side seen (B,), 0 or 1."""
        if self.sides == 1:
            return output
        return output.unflatten(1, (2, self.components))[torch.arange(len(output)), facing]

    def to_unit(self, angles_deg: NDArray[np.floating]) -> NDArray[np.float32]:
        """Angles (..., n) in degrees as targets of the loss: 0 at the low end of the range, 1 at the high."""
        unit: NDArray[np.float32] = ((angles_deg - np.array(self.low_deg)) / self.span_deg).astype(np.float32)
        return unit

    def to_rad(self, output: NDArray[np.floating]) -> tuple[Array, Array]:
        """A network's output (..., 2n) as means and standard deviations (..., n) in radians."""
        mean, std = np.split(output.astype(np.float64), 2, axis=-1)
        return np.radians(mean * self.span_deg + np.array(self.low_deg)), np.radians(std * self.span_deg)


class OrientationNet(nn.Module):
    """(B, C, S, S) uint8, or float from 0 to 1 -> (B, sides I, 2n): n means, n sds in unit range.

    Each block is 3x3 convolution, BatchNorm, 2x2 max pooling, ReLU. The talk draws ReLU before pooling;
    a maximum and ReLU commute, and this way round ReLU sees a quarter of the pixels. The talk names nothing
    between its two fully connected layers; without a ReLU there they would be one.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        widths = (CHANNELS[config.input], *config.channels)
        for before, after in pairwise(widths):
            layers += [
                nn.Conv2d(before, after, 3, padding=1),
                nn.BatchNorm2d(after),
                nn.MaxPool2d(2),
                nn.ReLU(),
            ]
        side = config.size // 2 ** len(config.channels)
        self.blocks = nn.Sequential(*layers)
        self.hidden = nn.Linear(widths[-1] * side * side, config.hidden)
        self.output = nn.Linear(config.hidden, config.sides * config.components * 2 * config.angles)
        self._spread_components()

    def _spread_components(self) -> None:
        """Start with components spread over the range, each a tenth of it wide.

        Sigmoids of nothing would start them all in the middle and half the range wide, where components
        get the same gradient and take long to part.
        """
        config = self.config
        with torch.no_grad():
            bias = self.output.bias.view(-1, 2 * config.angles)
            bias[:, : config.angles].uniform_(-1.5, 1.5)
            bias[:, config.angles :].fill_(math.log(0.1 / 0.9))

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.shape[1:] != self.config.input_shape:
            raise ValueError(f"pictures must be (B, *{self.config.input_shape}), not {tuple(pictures.shape)}")
        x = pictures / 255 if pictures.dtype == torch.uint8 else pictures
        x = self.blocks(x)  # (B, C, S / 16, S / 16)
        # Training may run the blocks in half precision; angles and LEAST_STD need more.
        with torch.autocast(x.device.type, enabled=False):
            x = torch.relu(self.hidden(x.float().flatten(1)))  # (B, hidden)
            x = self.output(x).view(len(pictures), -1, 2 * self.config.angles)
        mean, std = x.sigmoid().split(self.config.angles, -1)
        return torch.cat((mean, LEAST_STD + (1 - LEAST_STD) * std), -1)

    def parameter_count(self) -> int:
        """Trained numbers, running statistics not counted."""
        return sum(p.numel() for p in self.parameters())
