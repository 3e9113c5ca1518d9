"""What the landmarks alone say about a hand's size and outline."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import WINDOW_PX
from handorient.hand.landmarks import BONES
from handorient.orientation import INDEX_MCP, LITTLE_MCP, MIDDLE_MCP, WRIST

FloatImage = NDArray[np.float32]

#: The hand ends this far below the wrist landmark, in palm sizes.
WRIST_MARGIN = 0.06
#: Half the width of a hand's parts about its bones, in palm sizes, by the landmark at the bone's far end.
RADII = {
    **dict.fromkeys((2, 3, 4), 0.11),
    **dict.fromkeys((6, 10, 14), 0.105),
    **dict.fromkeys((7, 11, 15), 0.095),
    **dict.fromkeys((8, 12, 16), 0.083),
    18: 0.09, 19: 0.08, 20: 0.07,
}  # fmt: skip
PALM_RADIUS = 0.13
PALM = (0, 1, 5, 9, 13, 17)


def palm_size(points: NDArray[np.float64]) -> float:
    """The palm's size in pixels, from whichever of its length and breadth is foreshortened less."""
    length = np.linalg.norm(points[MIDDLE_MCP] - points[WRIST])
    breadth = np.linalg.norm(points[INDEX_MCP] - points[LITTLE_MCP])
    return max(float(length), float(breadth) / 0.72, 1.0)


def wrist_cut(points: NDArray[np.float64]) -> float:
    """The row of the upright window at which the hand ends and the forearm begins."""
    return float(points[WRIST, 1] + WRIST_MARGIN * palm_size(points))


def cut_at_wrist(mask: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The window's mask without the forearm, for landmarks (21, 2) in the window's pixels."""
    out = mask.copy()
    out[max(round(wrist_cut(points)), 0) :] = 0
    return out


def largest_piece(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest piece of what is not 0 in a mask (H, W), without holes, 255 on 0; empty if it is."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    return filled


def overlap(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Intersection over union of two masks (S, S) uint8, 0 to 255; 0 if both are empty."""
    a, b = first >= 128, second >= 128
    return float((a & b).sum() / max((a | b).sum(), 1))


def shape_distance(points: NDArray[np.float64], size: float) -> FloatImage:
    """Signed distance (S, S) in pixels to the drawn hand, negative inside."""
    scale = 16  # four fractional bits: cv2 draws with subpixel ends
    shape = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)

    def fixed(p: NDArray[np.float64]) -> tuple[int, int]:
        return round(p[0] * scale), round(p[1] * scale)

    for a, b in BONES:
        if b in RADII:
            thick = max(round(2 * RADII[b] * size), 1)
            cv2.line(shape, fixed(points[a]), fixed(points[b]), 255, thick, cv2.LINE_8, 4)
    # The heel under the little finger has no landmark: it is placed by the palm's own two directions.
    heel = points[WRIST] + 0.42 * (points[LITTLE_MCP] - points[INDEX_MCP])
    heel = heel + 0.16 * (points[MIDDLE_MCP] - points[WRIST])
    palm = (np.vstack([points[list(PALM)], heel]) * scale).round().astype(np.int32)
    cv2.fillPoly(shape, [palm], 255, cv2.LINE_8, 4)
    cv2.polylines(shape, [palm], True, 255, max(round(2 * PALM_RADIUS * size), 1), cv2.LINE_8, 4)
    outside = cv2.distanceTransform(255 - shape, cv2.DIST_L2, 3)
    inside = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
    return outside - inside
