"""Draws an estimate into its picture, for videos and files; the window has its own, livelier drawing."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import BONES
from handorient.hand.shape import palm_size
from handorient.orientation import palm_centre
from handorient.palette import mode_colour
from handorient.pipeline import Estimate, HandEstimate

Image = NDArray[np.uint8]

#: An arrow seen from the side is this long, in palm sizes.
ARROW_LENGTH = 1.1
_FONT = cv2.FONT_HERSHEY_SIMPLEX
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
    _write_captions(image, estimate.hands, unit)
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
    start = palm_centre(points)
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


def _caption(hand: HandEstimate) -> str:
    if hand.mode_count == 1:
        return "1 hypothesis"
    shares = ", ".join(f"{mode.weight:.0%}" for mode in hand.modes)
    # cv2's letters have no sign for degrees.
    apart = f"{np.degrees(hand.separation_rad):.0f} deg apart"
    return f"{hand.mode_count} hypotheses ({shares}), {apart}"


def _write_captions(image: Image, hands: Sequence[HandEstimate], unit: int) -> None:
    """Above each hand what is said of it, below those that are there already."""
    taken: list[tuple[int, int, int]] = []  # left and right end, and the line's foot
    step = 16 * unit
    for hand in hands:
        text = _caption(hand)
        (width, _), _ = cv2.getTextSize(text, _FONT, 0.5 * unit, 3 * unit)
        left, foot = (int(v) for v in hand.landmarks.points_px.min(0) - 12 * unit)
        left = max(min(left, image.shape[1] - width - 4), 4)
        foot = max(foot, step)
        for other_left, other_right, other_foot in sorted(taken, key=lambda line: line[2]):
            if left < other_right and other_left < left + width and abs(foot - other_foot) < step:
                foot = other_foot + step
        taken.append((left, left + width, foot))
        for colour, thick in (((0, 0, 0), 3 * unit), ((255, 255, 255), unit)):
            cv2.putText(image, text, (left, foot), _FONT, 0.5 * unit, colour, thick, cv2.LINE_AA)
