"""Identity over time: which hand is which, and which mode of a hand is which."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from handorient.orientation import angle_between
from handorient.palette import MODE_COLOURS

Array = NDArray[np.float64]

#: A hand or mode that was not seen for this long is forgotten.
FORGET_S = 1.0
#: A mode further than this from where it was is another mode.
MODE_REACH_RAD = np.radians(35.0)
#: As many modes of a hand are told apart as there are colours for them.
MOST_MODES = len(MODE_COLOURS)
#: A hand further than this from where it was, in its own sizes, is another hand.
HAND_REACH = 1.5


@dataclass(slots=True, eq=False)
class _Track:
    number: int
    where: Array = field(default_factory=lambda: np.zeros(0))
    seen_s: float = 0.0


def _match(costs: Array, limit: float) -> dict[int, int]:
    """Column -> row pairs, nearest first, no row or column twice, none past ``limit``."""
    pairs: dict[int, int] = {}
    for flat in np.argsort(costs, axis=None):
        row, column = np.unravel_index(flat, costs.shape)
        if costs[row, column] > limit:
            break
        if column not in pairs and row not in pairs.values():
            pairs[int(column)] = int(row)
    return pairs


def _remembered(tracks: list[_Track], time_s: float) -> list[_Track]:
    return [track for track in tracks if 0 <= time_s - track.seen_s <= FORGET_S]


@dataclass(slots=True)
class ModeTracker:
    """Gives each mode of one hand the number it had in the last frame.

    A new mode takes the lowest free number. With more than :data:`MOST_MODES` remembered, the one that was
    not seen for longest is forgotten early: numbers choose colours, and there are no more.
    """

    _tracks: list[_Track] = field(default_factory=list)

    def update(self, normals: Array, time_s: float) -> list[int]:
        """Numbers of the modes with these unit normals (K, 3), at most :data:`MOST_MODES` of them."""
        self._tracks = _remembered(self._tracks, time_s)
        known = np.array([track.where for track in self._tracks]).reshape(-1, 1, 3)
        pairs = _match(angle_between(known, normals[None]), MODE_REACH_RAD)
        seen = {column: self._tracks[row] for column, row in pairs.items()}
        for column in range(len(normals)):
            if column not in seen:
                seen[column] = self._new_track(list(seen.values()))
                self._tracks.append(seen[column])
        for column, track in seen.items():
            track.where, track.seen_s = normals[column], time_s
        return [seen[column].number for column in range(len(normals))]

    def _new_track(self, in_use: list[_Track]) -> _Track:
        unseen = [track for track in self._tracks if track not in in_use]
        if len(self._tracks) >= MOST_MODES and unseen:
            oldest = min(unseen, key=lambda track: track.seen_s)
            self._tracks.remove(oldest)
        taken = {track.number for track in self._tracks}
        return _Track(next(n for n in count() if n not in taken))


@dataclass(slots=True)
class HandTracker:
    """Gives each hand the id it had in the last frame, counted from 1 and never used again."""

    _tracks: list[_Track] = field(default_factory=list)
    _next: int = 1

    @property
    def ids(self) -> list[int]:
        """The hands that are not forgotten yet."""
        return [track.number for track in self._tracks]

    def update(self, centres_px: Array, sizes_px: Array, time_s: float) -> list[int]:
        """Ids of hands with these palm centres (K, 2) and sizes (K,) in pixels."""
        self._tracks = _remembered(self._tracks, time_s)
        known = np.array([track.where for track in self._tracks]).reshape(-1, 1, 2)
        pairs = _match(np.linalg.norm(known - centres_px[None], axis=-1) / sizes_px, HAND_REACH)
        ids = []
        for column, centre in enumerate(centres_px):
            if column in pairs:
                track = self._tracks[pairs[column]]
            else:
                track = _Track(self._next)
                self._next += 1
                self._tracks.append(track)
            track.where, track.seen_s = centre, time_s
            ids.append(track.number)
        return ids
