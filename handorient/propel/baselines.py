"""What the talk's baselines answer to a crop: a network that regresses one point, or a heatmap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from handorient.errors import UserError
from handorient.grid import Grid
from handorient.propel.network import Network, NetworkConfig
from handorient.propel.predictor import picture_of
from handorient.propel.weights import load_network

if TYPE_CHECKING:
    from handorient.hand.crop import CanonicalCrop  # it would load OpenCV


@dataclass(frozen=True, slots=True, eq=False)
class BaselineAnswer:
    """One orientation, whatever the picture leaves open.

    Attributes:
        azimuth_rad, elevation_rad: the answer; of a heatmap, where it is largest.
        heat: (A, E) the heatmap, not negative, from -90 to 90 degrees; None of a network without one.
    """

    azimuth_rad: float
    elevation_rad: float
    heat: NDArray[np.float32] | None = None


class Baseline:
    """A trained network that answers with one orientation.

    Attributes:
        net: in evaluation mode.
    """

    def __init__(self, net: Network) -> None:
        self.net = net.eval()

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """The baseline of a weights file.

        Raises:
            UserError: if the file is missing, damaged, or of another kind.
        """
        net = load_network(path)[0]
        if net.config.head == "mixture":
            raise UserError(
                f"{path} holds a network that answers with a mixture: choose an MSE or heatmap one."
            )
        return cls(net)

    def __call__(self, crop: CanonicalCrop) -> BaselineAnswer:
        """The answer to one crop."""
        config = self.net.config
        with torch.inference_mode():
            output = self.net(torch.from_numpy(picture_of(config.input, crop)[None]))[:, 0].numpy()
        azimuth, elevation = answers_rad(config, output)[0].tolist()
        return BaselineAnswer(
            azimuth, elevation, heatmaps(config, output)[0] if config.head == "heatmap" else None
        )


def answers_rad(config: NetworkConfig, output: NDArray[np.float32]) -> NDArray[np.float64]:
    """The orientations (B, n) that outputs (B, n or cells) say; of a heatmap, where it is largest."""
    if config.head == "heatmap":
        return np.radians(grid_of(config).point_deg(heatmaps(config, output)))
    return np.radians(output * config.span_deg + np.array(config.low_deg))


def grid_of(config: NetworkConfig) -> Grid:
    """The grid that the heatmaps of a network are on."""
    return Grid(config.low_deg[0], config.high_deg[0], config.cells)


def heatmaps(config: NetworkConfig, output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heatmaps (B, A, E), not negative, of outputs (B, A x E); one with nothing above 0 is even."""
    heat = output.reshape(-1, config.cells, config.cells).clip(0)
    heat[~heat.any((1, 2))] = 1
    return heat
