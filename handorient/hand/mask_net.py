"""The network that cuts the hand out of its window: a small U-Net over what shape and colours say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.utils import fuse_conv_bn_eval

from handorient.weightfile import read_weights, write_weights

_FORMAT = "handorient segmenter 1"

#: Signed distance to the drawn hand, colour evidence, and colour about the hand's own.
EVIDENCE = 5
_WIDTHS = (8, 24, 32)


class _Block(nn.Sequential):
    """Convolution, BatchNorm, ReLU."""

    def __init__(self, before: int, after: int, size: int = 3, stride: int = 1, padding: int = 1) -> None:
        convolution = nn.Conv2d(before, after, size, stride, padding, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))

    def fuse(self) -> None:
        """Let the convolution do what BatchNorm does once it is trained: a factor and a shift."""
        convolution, norm, _ = self
        assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        self[0], self[1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()


class MaskNet(nn.Module):
    """Evidence (B, EVIDENCE, S, S) to the log odds of hand (B, 1, S, S); S a multiple of 8.

    A U-Net (O. Ronneberger et al., "U-Net: convolutional networks for biomedical image segmentation", MICCAI
    2015) small enough for a part of a frame's time on one core: its maps have half the side or less, the
    last one is unfolded into pixels, and what comes back from coarser maps is added, not appended.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        # Six wide: what a pixel of this map sees is three pixels of its own size.
        self.enter = _Block(EVIDENCE, fine, size=6, stride=2, padding=2)
        self.down = nn.Sequential(_Block(fine, middle, stride=2), _Block(middle, middle))
        self.bottom = nn.Sequential(
            _Block(middle, coarse, stride=2), _Block(coarse, coarse), _Block(coarse, coarse)
        )
        self.to_middle, self.middle = nn.Conv2d(coarse, middle, 1), _Block(middle, middle)
        self.to_fine, self.fine = nn.Conv2d(middle, fine, 1), _Block(fine, fine)
        self.leave, self.unfold = nn.Conv2d(fine, 4, 1), nn.PixelShuffle(2)

    def forward(self, evidence: Tensor) -> Tensor:
        fine = self.enter(evidence)
        middle = self.down(fine)
        middle = self.middle(middle + interpolate(self.to_middle(self.bottom(middle)), scale_factor=2))
        fine = self.fine(fine + interpolate(self.to_fine(middle), scale_factor=2))
        out: Tensor = self.unfold(self.leave(fine))
        return out


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
    for module in net.eval().modules():
        if isinstance(module, _Block):
            module.fuse()
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
