"""A look inside the network: what every convolution block makes of a picture, and the talk's edge filters."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from handorient.propel.network import Network, members_of

Maps = NDArray[np.float32]

#: The talk's two filters: what a first block may learn.
VERTICAL_EDGE = ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
HORIZONTAL_EDGE = ((-1, -1, -1), (0, 0, 0), (1, 1, 1))


def feature_maps(net: Network, picture: NDArray[np.uint8]) -> list[Maps]:
    """What each convolution block of a network in evaluation mode gives for a picture (C, S, S).

    One array (channels, side, side) a block, not negative; a block halves the side. Of several networks that
    answer together it is the first one's.
    """
    found, first = [], members_of(net)[0]
    with torch.inference_mode():
        x = first.scaled(torch.from_numpy(np.ascontiguousarray(picture)[None]))
        for layer in first.blocks:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(x[0].numpy().copy())
    return found


def edges(picture: NDArray[np.uint8]) -> tuple[Maps, Maps]:
    """Responses (S - 2, S - 2) of the vertical and the horizontal edge filter to a picture (C, S, S).

    From -1 to 1; positive where it grows brighter to the right, or downward.
    """
    grey = torch.from_numpy(picture.mean(0, dtype=np.float32)[None, None] / 255)
    kernels = torch.tensor([VERTICAL_EDGE, HORIZONTAL_EDGE], dtype=torch.float32)[:, None] / 3
    vertical, horizontal = nn.functional.conv2d(grey, kernels)[0].numpy()
    return vertical, horizontal
