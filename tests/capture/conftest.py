"""What the tests of the player share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from handorient.capture.player import Player
from handorient.capture.source import Source

from .clips import Tape


@pytest.fixture
def play() -> Iterator[Callable[..., Player]]:
    """Makes players, and stops them when the test is over."""
    players: list[Player] = []

    def make(source: Source, loop: bool = True) -> Player:
        player = Player(source)
        player.loop = loop
        player.frames = Tape()
        players.append(player)
        return player

    yield make
    for player in players:
        player.stop()
