"""Weights on disk: safetensors with architecture and training facts in the header, never a pickle."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from handorient.errors import UserError
from handorient.propel.calibration import Calibration
from handorient.propel.network import NetworkConfig, OrientationNet, build_network

_FORMAT = "handorient orientation network 2"


def save_network(path: Path, net: OrientationNet, facts: dict[str, Any], calibration: Calibration) -> None:
    """Write the network, its calibration and JSON-able ``facts`` about its training.

    ``path`` is whole or untouched.

    Raises:
        UserError: if the file cannot be written.
    """
    parts = {"config": asdict(net.config), "calibration": asdict(calibration), "facts": facts}
    header = {"format": _FORMAT} | {name: json.dumps(part) for name, part in parts.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, unfinished, metadata=header)
        unfinished.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise UserError(f"The weights could not be written to {path}: {error}.") from error


def load_network(path: Path) -> tuple[OrientationNet, dict[str, Any], Calibration]:
    """The network in evaluation mode, on the CPU, and the facts and calibration that were saved with it.

    Raises:
        UserError: if the file is missing, damaged, not one of ours, or does not fit its architecture.
    """
    if not path.is_file():
        raise UserError(f"There are no weights at {path}: train some with `handorient train`.")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} is damaged or is no weights file: replace it with a fresh copy.") from error
    if header.get("format") != _FORMAT:
        raise UserError(f"{path} holds no handorient weights: choose a file that `handorient train` wrote.")
    try:
        net = build_network(NetworkConfig(**_values(header["config"])))
        net.load_state_dict(tensors)
        calibration = Calibration(**_values(header["calibration"]))
        facts: dict[str, Any] = json.loads(header["facts"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"{path} does not fit the architecture that it names: "
            "it comes from another version of handorient, train it anew."
        ) from error
    return net.eval(), facts, calibration


def _values(text: str) -> dict[str, Any]:
    """A dataclass's fields from JSON, which knows lists but no tuples."""
    fields = json.loads(text)
    if not isinstance(fields, dict):
        raise TypeError("a dataclass's fields have names")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
