"""Draws an estimate into its picture, for videos and files; the window has its own, livelier drawing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import BONES
from handorient.hand.shape import palm_size
from handorient.orientation import PALM_POINTS
from handorient.palette import mode_colour
from handorient.pipeline import Estimate, HandEstimate

Image = NDArray[np.uint8]

#: An arrow seen from the side is this long, in palm sizes.
ARROW_LENGTH = 1.1
_BITS = 4  # fractional bits of OpenCV's drawing coordinates


def annotated(estimate: Estimate) -> Image:
    """A copy of the frame (H, W, 3) RGB with outline, landmarks and one arrow per mode of each hand."""
    image = estimate.frame.rgb.copy()
    unit = max(1, round(min(image.shape[:2]) / 400))
    for hand in estimate.hands:
        _outline(image, hand, unit)
        # The heaviest arrow comes last, on top.
        for mode in reversed(hand.modes):
            _arrow(image, hand, mode.normal, mode.weight, mode_colour(mode.track), unit)
        _caption(image, hand, unit)
    return image


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return (np.asarray(points) * 2**_BITS).round().astype(np.int32)


def _outline(image: Image, hand: HandEstimate, unit: int) -> None:
    for contour in hand.crop.outline_px():
        cv2.polylines(image, [_fixed(contour)], True, (255, 255, 255), unit, cv2.LINE_AA, _BITS)
    points = _fixed(hand.landmarks.points_px)
    for a, b in BONES:
        cv2.line(image, tuple(points[a]), tuple(points[b]), (170, 170, 170), unit, cv2.LINE_AA, _BITS)


def _arrow(
    image: Image,
    hand: HandEstimate,
    normal: NDArray[np.float64],
    weight: float,
    colour: tuple[int, int, int],
    unit: int,
) -> None:
    points = hand.landmarks.points_px
    start = points[list(PALM_POINTS)].mean(0)
    end = start + normal[:2] * (1, -1) * ARROW_LENGTH * palm_size(points)
    width = unit * (1 + round(4 * weight))
    a, b = (tuple(int(v) for v in point.round()) for point in (start, end))
    cv2.circle(image, a, width + unit, (0, 0, 0), -1, cv2.LINE_AA)
    cv2.circle(image, a, width, colour, -1, cv2.LINE_AA)
    length = float(np.linalg.norm(end - start))
    if length > 1:
        head = min(0.4, 6 * width / length)
        cv2.arrowedLine(image, a, b, (0, 0, 0), width + 2 * unit, cv2.LINE_AA, 0, head)
        cv2.arrowedLine(image, a, b, colour, width, cv2.LINE_AA, 0, head)


def _caption(image: Image, hand: HandEstimate, unit: int) -> None:
    count = hand.mode_count
    text = (
        f"{count} hypotheses, {np.degrees(hand.separation_rad):.0f} deg apart"
        if count > 1
        else "1 hypothesis"
    )
    low = hand.landmarks.points_px.min(0) - 12 * unit
    where = (max(int(low[0]), 4), max(int(low[1]), 16 * unit))
    for colour, width in (((0, 0, 0), 3 * unit), ((255, 255, 255), unit)):
        cv2.putText(image, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * unit, colour, width, cv2.LINE_AA)
