"""One cycle of AdamW, which a checkpoint on disk can interrupt."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from handorient.errors import UserError, unwritable
from handorient.files import new_file

#: Longer gradients are shortened to this norm.
GRADIENT_NORM = 5.0


class Descent:
    """Steps of the optimiser on a network's parameters; the learning rate rises to its highest and falls."""

    def __init__(self, net: nn.Module, learning_rate: float, weight_decay: float, steps: int) -> None:
        self._net = net
        self._optimiser = torch.optim.AdamW(net.parameters(), weight_decay=weight_decay)
        # The rate would reach its highest within no step of five, which divides by zero.
        rise = 0.2 if steps != 5 else 0.4
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, max_lr=learning_rate, total_steps=steps, pct_start=rise
        )

    def step(self, loss: Tensor) -> Tensor:
        """Make the loss smaller; returns it without its graph."""
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._net.parameters(), GRADIENT_NORM)
        self._optimiser.step()
        self._schedule.step()
        return loss.detach()

    def state(self) -> dict[str, Any]:
        """All that :meth:`restore` needs to go on from here, the network included."""
        return {
            "net": self._net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self._net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])


def mean_loss(losses: list[Tensor]) -> float:
    """The mean of an epoch's losses.

    Raises:
        UserError: if it is no number.
    """
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise UserError("The training diverged, its loss is no number: try another sigma or seed.")
    return mean


def best_device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16; emulating it would be slower than single precision."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities: dict[str, Any] = getattr(
        torch.cpu, "get_capabilities", dict
    )()  # not in every version that will do
    return bool(capabilities.get("avx512_bf16", False))


def checkpoint_of(out: Path, member: int = 0) -> Path:
    """Where a training that will write ``out`` keeps what it has so far of this member.

    Raises:
        UserError: if ``out`` is a folder, which its weights could not replace in the end.
    """
    if out.is_dir():
        raise UserError(f"{out} is a folder: choose a file for the weights.")
    return out.with_name(f"{out.name}.checkpoint{member + 1 if member else ''}")


def write_checkpoint(path: Path, plan: dict[str, Any], state: dict[str, Any]) -> None:
    """Write ``state``; ``plan`` is what must be equal to go on from it. ``path`` is whole or untouched.

    Raises:
        UserError: if it cannot be written.
    """
    data = io.BytesIO()  # of a full disk torch would say only that some position is unexpected
    torch.save(state | {"plan": plan}, data)
    try:
        with new_file(path) as unfinished:
            unfinished.write_bytes(data.getbuffer())
    except OSError as error:
        raise unwritable(f"The checkpoint could not be written to {path}", error) from error


def read_checkpoint(path: Path, plan: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """The state that was written for the same ``plan``.

    Raises:
        UserError: if the file may not be read, is damaged, or is of another plan.
    """
    try:
        with zipfile.ZipFile(path) as parts:  # torch itself reads numbers that have become others
            if parts.testzip() is not None:
                raise ValueError("a part of it is not what was written")
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        found = state["plan"]
    except PermissionError as error:
        raise UserError(f"The checkpoint {path} may not be read: ask its owner for leave.") from error
    except Exception as error:  # a damaged file makes torch raise almost anything
        raise UserError(f"The checkpoint {path} is damaged: remove it to start anew.") from error
    if found != plan:
        raise UserError(f"{path} is from a training with other data or settings: remove it to start anew.")
    return state
