"""Which input the network looks at where nobody says, or where what was said is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from handorient.capture import demo
from handorient.capture.source import Source
from handorient.replay import Session, read_facts


def usual_input(source: Source, inputs: Iterable[str]) -> str:
    """The one of the networks' ``inputs`` for a source: for a session what it saw, for most the first.

    Raises:
        UserError: if the source is a session that says nothing of itself.
    """
    known, usual = list(inputs), None
    if isinstance(source, demo.Demo):
        usual = demo.INPUT
    elif isinstance(source, Session):
        usual = (source.facts or read_facts(source.folder)).get("input")
    return usual if usual in known else known[0]


def first_input(weights: Mapping[str, Path], wanted: str) -> str:
    """``wanted`` if its file is among the networks' ``weights``, or else the first whose is, or the first."""
    there = [name for name, file in weights.items() if file.is_file()]
    return wanted if wanted in there else (there or list(weights))[0]
