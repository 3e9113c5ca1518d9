"""The 21 landmarks of a hand in MediaPipe's order, and what they say without any network."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from handorient.orientation import INDEX_MCP, LITTLE_MCP, WRIST

Handedness = Literal["left", "right"]
Facing = Literal["palm", "back"]

#: The five chains from the wrist to a fingertip, thumb first.
FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16), (0, 17, 18, 19, 20))
#: Pairs of landmarks joined when a hand is drawn.
BONES = tuple(
    dict.fromkeys([bone for chain in FINGERS for bone in pairwise(chain)] + [(5, 9), (9, 13), (13, 17)])
)
#: How many numbers of a hand CanonicalCrop.geometry makes of what the detector says: landmarks in the picture
#: (21 x 2) and in space (21 x 3), the side of the hand, and how sure that is.
GEOMETRY = 21 * 2 + 21 * 3 + 2
#: Where among them the detector's 3D guess is, (21, 3).
GUESS = slice(21 * 2, 21 * 5)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where a detector saw one hand.

    Attributes:
        points_px: (21, 2) float, x right and y down, in the frame's pixels; may lie outside the frame.
        handedness: the person's hand, right or left, in the unmirrored picture.
        score: the detector's confidence in the handedness, 0 to 1.
        world_m: (21, 3) the detector's own 3D guess in metres, camera frame (Y up, Z to the camera), or None.
    """

    points_px: NDArray[np.float64]
    handedness: Handedness
    score: float = 1.0
    world_m: NDArray[np.float64] | None = None

    @property
    def index_side_right(self) -> bool:
        """Whether the index side is on the right once the fingers point up."""
        index, little = (self.points_px[i] - self.points_px[WRIST] for i in (INDEX_MCP, LITTLE_MCP))
        return bool(little[0] * index[1] - little[1] * index[0] > 0)

    @property
    def facing(self) -> Facing:
        """The side of the hand that faces the camera, from handedness and where the index side is."""
        return "palm" if (self.handedness == "right") == self.index_side_right else "back"


def mapped(points: NDArray[Any], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (..., 2) through a (2, 3) affine map."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2])
