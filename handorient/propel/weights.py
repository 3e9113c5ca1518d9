"""Orientation networks on disk: rebuilt from the header of their weights file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from handorient.propel.calibration import Calibration
from handorient.propel.network import Network, NetworkConfig, build_network
from handorient.weightfile import read_weights, write_weights

_FORMAT = "handorient orientation network 2"


def save_network(path: Path, net: Network, facts: dict[str, Any], calibration: Calibration) -> None:
    """Write the network, its calibration and JSON-able ``facts`` about its training.

    ``path`` is whole or untouched.

    Raises:
        UserError: if the file cannot be written.
    """
    parts = {"config": asdict(net.config), "calibration": asdict(calibration), "facts": facts}
    write_weights(path, _FORMAT, net.state_dict(), parts)


def load_network(path: Path) -> tuple[Network, dict[str, Any], Calibration]:
    """The network in evaluation mode, on the CPU, and the facts and calibration that were saved with it.

    Raises:
        UserError: if the file is missing, damaged, not one of ours, or does not fit its architecture.
    """
    with read_weights(path, _FORMAT) as (tensors, parts):
        net = build_network(NetworkConfig(**_values(parts["config"])))
        net.load_state_dict(tensors)
        calibration = Calibration(**_values(parts["calibration"]))
        facts: dict[str, Any] = parts["facts"]
    return net.eval(), facts, calibration


def _values(fields: object) -> dict[str, Any]:
    """A dataclass's fields from JSON, which knows lists but no tuples."""
    if not isinstance(fields, dict):
        raise TypeError("a dataclass's fields have names")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
