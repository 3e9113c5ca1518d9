"""What the network looks at of a source where nobody says."""

from __future__ import annotations

from collections.abc import Iterable

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
