"""Cuts the hand out: a shape drawn through the landmarks, corrected by what the picture's colours say."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import WINDOW_PX, CanonicalCrop, Window
from handorient.hand.landmarks import BONES, Landmarks
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
#: How fast certainty falls with distance from the drawn shape (palm sizes), and how sure it may get.
PRIOR_WIDTH, PRIOR_LIMIT = 0.05, 5.0
COLOUR_LIMIT = 4.0


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


def overlap(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Intersection over union of two masks (S, S) uint8, 0 to 255; 0 if both are empty."""
    a, b = first >= 128, second >= 128
    return float((a & b).sum() / max((a | b).sum(), 1))


class Segmenter:
    """Finds the hand's pixels in its upright window.

    The shape (capsules about the bones) gives each pixel prior odds of being hand; two colour histograms,
    of what is surely inside and of the ring around, give a likelihood ratio; the sum decides.
    """

    def __call__(self, rgb: NDArray[np.uint8], landmarks: Landmarks) -> CanonicalCrop:
        """The canonical crop of the hand at ``landmarks`` in a frame (H, W, 3)."""
        window = Window.around(landmarks)
        pixels = window.cut(rgb)
        points = landmarks.mapped(window.affine).points_px
        return CanonicalCrop(window, pixels, segment(pixels, points))


def segment(pixels: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Mask (S, S) uint8, 0 to 255, of the hand with landmarks (21, 2) in an upright window (S, S, 3)."""
    size = palm_size(points)
    distance = _shape_distance(points, size)
    prior = np.clip(-distance / (PRIOR_WIDTH * size), -PRIOR_LIMIT, PRIOR_LIMIT)
    rows = np.arange(WINDOW_PX)[:, None]
    surely = distance < -0.025 * size
    # The forearm has the hand's colour: it must not teach the background's histogram.
    ring = (distance > 0.07 * size) & (distance < 0.45 * size) & (rows < wrist_cut(points))
    logit = prior + _colour_evidence(pixels, surely, ring)
    logit = cv2.GaussianBlur(logit.astype(np.float32), (0, 0), 0.9)
    mask = _largest(logit > 0, surely)
    soft = (np.clip(logit * 0.5 + 0.5, 0, 1) * 255).astype(np.uint8)
    return cut_at_wrist(np.where(mask, np.maximum(soft, 128), 0).astype(np.uint8), points)


def _shape_distance(points: NDArray[np.float64], size: float) -> FloatImage:
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


def _colour_evidence(
    pixels: NDArray[np.uint8], hand: NDArray[np.bool_], ring: NDArray[np.bool_]
) -> FloatImage:
    """Log-likelihood ratio (S, S) of hand against background from smoothed Lab histograms."""
    if hand.sum() < 30 or ring.sum() < 30:
        return np.zeros(hand.shape, np.float32)
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    # Lightness in 16 coarse bins, the two colour axes in 32 fine ones about the neutral grey.
    bins = np.empty(lab.shape, np.int32)
    bins[..., 0] = lab[..., 0] >> 4
    bins[..., 1:] = np.clip((lab[..., 1:].astype(np.int32) - 128) // 3 + 16, 0, 31)
    index = (bins[..., 0] * 32 + bins[..., 1]) * 32 + bins[..., 2]
    tables = []
    for where in (hand, ring):
        table = np.bincount(index[where], minlength=16 * 1024).astype(np.float32).reshape(16, 1024)
        table = cv2.GaussianBlur(table, (1, 5), 0.01, sigmaY=0.9)
        planes = cv2.GaussianBlur(table.reshape(16, 32, 32).transpose(1, 2, 0), (0, 0), 1.2)
        tables.append(planes.transpose(2, 0, 1).ravel() / where.sum())
    floor = 1e-4
    ratio = np.log((tables[0] + floor) / (tables[1] + floor))
    return np.clip(ratio, -COLOUR_LIMIT, COLOUR_LIMIT)[index]


def _largest(mask: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of the mask that reach into the hand's core, with small holes filled."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[core & mask])] = True
    keep[0] = False
    return cv2.morphologyEx(keep[labels].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
