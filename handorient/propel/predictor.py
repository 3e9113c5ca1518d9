"""From canonical crops to mixtures in radians: the trained network as the pipeline uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from handorient.mixture import GaussianMixture
from handorient.propel.network import Input, OrientationNet
from handorient.propel.weights import load_network

if TYPE_CHECKING:
    from handorient.hand.crop import CanonicalCrop  # it would load OpenCV
    from handorient.hand.landmarks import Facing


class Predictor:
    """A trained network and the facts of its training.

    Attributes:
        net: in evaluation mode.
        facts: what the training saved beside the weights.
    """

    def __init__(self, net: OrientationNet, facts: dict[str, Any]) -> None:
        # The order of the channels in memory that the convolutions are fastest in.
        self.net = net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.facts = facts

    @classmethod
    def load(cls, path: Path) -> Predictor:
        """The predictor of a weights file.

        Raises:
            UserError: if the file is missing, damaged, or not one of ours.
        """
        return cls(*load_network(path))

    @property
    def input(self) -> Input:
        """What the network looks at: "silhouette" or "colour"."""
        return self.net.config.input

    def __call__(self, crops: list[CanonicalCrop], facing: list[Facing]) -> list[GaussianMixture]:
        """One mixture over (azimuth, elevation) in radians for each crop and the side that faces us."""
        if not crops:
            return []
        back = np.array([side == "back" for side in facing], int)
        if self.input == "silhouette":
            return self.predict(np.stack([crop.silhouette()[None] for crop in crops]), back)
        return self.predict(np.stack([crop.colour().transpose(2, 0, 1) for crop in crops]), back)

    def predict(self, pictures: NDArray[np.uint8], facing: NDArray[np.integer]) -> list[GaussianMixture]:
        """The same for pictures (B, C, S, S) of hands that face with the palm (0) or the back (1), (B,)."""
        with torch.inference_mode():
            output = self.net(torch.from_numpy(pictures)).numpy()
        mean, std = self.net.config.to_rad(output)
        weights = self.net.config.weights(facing)
        return [GaussianMixture(w, m, s) for w, m, s in zip(weights, mean, std, strict=True)]
