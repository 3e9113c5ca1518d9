"""The network that cuts the hand out of its window: a small U-Net over what shape and colours say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from handorient.weightfile import read_weights, write_weights

_FORMAT = "handorient segmenter 1"

#: Signed distance to the drawn hand, colour evidence, and colour about the hand's own.
EVIDENCE = 5
_WIDTHS = (8, 24, 32)


class MaskNet(nn.Module):
    """Evidence (B, EVIDENCE, S, S) to the log odds of hand (B, 1, S, S); S a multiple of 8.

    A U-Net (O. Ronneberger et al., "U-Net: convolutional networks for biomedical image segmentation", MICCAI
    2015) small enough for a part of a frame's time on one core: pixels are first folded two by two into
    channels and unfolded last, and what comes back from coarser maps is added, not appended.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.fold, self.unfold = nn.PixelUnshuffle(2), nn.PixelShuffle(2)
        self.enter = _block(4 * EVIDENCE, fine)
        self.down = nn.Sequential(_block(fine, middle, stride=2), _block(middle, middle))
        self.bottom = nn.Sequential(
            _block(middle, coarse, stride=2), _block(coarse, coarse), _block(coarse, coarse)
        )
        self.to_middle, self.middle = nn.Conv2d(coarse, middle, 1), _block(middle, middle)
        self.to_fine, self.fine = nn.Conv2d(middle, fine, 1), _block(fine, fine)
        self.leave = nn.Conv2d(fine, 4, 1)

    def forward(self, evidence: Tensor) -> Tensor:
        fine = self.enter(self.fold(evidence))
        middle = self.down(fine)
        middle = self.middle(middle + interpolate(self.to_middle(self.bottom(middle)), scale_factor=2))
        fine = self.fine(fine + interpolate(self.to_fine(middle), scale_factor=2))
        out: Tensor = self.unfold(self.leave(fine))
        return out


def _block(before: int, after: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


def save_mask_net(path: Path, net: MaskNet, facts: dict[str, Any]) -> None:
    """Write the network and JSON-able ``facts`` about its training; ``path`` is whole or untouched.

    Raises:
        UserError: if the file cannot be written.
    """
    write_weights(path, _FORMAT, net.state_dict(), {"facts": facts})


def load_mask_net(path: Path) -> MaskNet:
    """The network in evaluation mode, on the CPU.

    Raises:
        UserError: if the file is missing, damaged, or of something else.
    """
    with read_weights(path, _FORMAT) as (tensors, _):
        net = MaskNet()
        net.load_state_dict(tensors)
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
