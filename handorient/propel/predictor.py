"""From canonical crops to mixtures in radians: the trained network as the pipeline uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from handorient.errors import UserError
from handorient.mixture import GaussianMixture
from handorient.propel.calibration import Calibration
from handorient.propel.network import Input, Network
from handorient.propel.weights import load_network

if TYPE_CHECKING:
    from handorient.hand.crop import CanonicalCrop  # it would load OpenCV
    from handorient.hand.landmarks import Landmarks


def picture_of(kind: Input, crop: CanonicalCrop) -> NDArray[np.uint8]:
    """The picture (C, S, S) of a crop that a network with this input sees, one channel or three."""
    return crop.silhouette()[None] if kind == "silhouette" else crop.colour().transpose(2, 0, 1)


class Predictor:
    """A trained network.

    Attributes:
        net: in evaluation mode.
        calibration: how its spreads are corrected.
    """

    def __init__(self, net: Network, calibration: Calibration | None = None) -> None:
        # The order of the channels in memory that the convolutions are fastest in.
        self.net = net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.calibration = calibration or Calibration()

    @classmethod
    def load(cls, path: Path) -> Predictor:
        """The predictor of a weights file.

        Raises:
            UserError: if the file is missing, damaged, not one of ours, or of a baseline.
        """
        net, _, calibration = load_network(path)
        if net.config.head != "mixture":
            raise UserError(f"{path} holds a network that answers with one orientation, not with a mixture.")
        return cls(net, calibration)

    @property
    def input(self) -> Input:
        """What the network looks at: "landmarks", "colour" or "silhouette"."""
        return self.net.config.input

    def __call__(self, crops: list[CanonicalCrop], landmarks: list[Landmarks]) -> list[GaussianMixture]:
        """One mixture over (azimuth, elevation) in radians for each crop and the landmarks it was cut by."""
        if not crops:
            return []
        geometry = np.stack([crop.geometry(hand) for crop, hand in zip(crops, landmarks, strict=True)])
        if self.input == "landmarks":
            return self.predict(geometry, geometry)
        return self.predict(np.stack([picture_of(self.input, crop) for crop in crops]), geometry)

    def predict(self, seen: NDArray[Any], geometry: NDArray[np.float32]) -> list[GaussianMixture]:
        """The same for what the network sees (B, *input_shape) and what the detector says (B, GEOMETRY)."""
        with torch.inference_mode():
            output = self.net(torch.from_numpy(seen)).numpy()
            back = self.net.back_logit(torch.from_numpy(geometry)).sigmoid().numpy()
        mean, std = self.net.config.to_rad(output)
        std = self.calibration.spread(std)
        config = self.net.config
        weights = self.calibration.weigh(config.weights(back, output), config.mixtures)
        return [GaussianMixture(w, m, s) for w, m, s in zip(weights, mean, std, strict=True)]
