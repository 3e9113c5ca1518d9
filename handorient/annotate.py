"""Draws an estimate into its picture, for videos and files; the window has its own, livelier drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import BONES, mapped
from handorient.hand.shape import palm_size
from handorient.mp4 import fitted, fitting, video_size
from handorient.orientation import palm_centre
from handorient.palette import mode_colour
from handorient.pipeline import Estimate, HandEstimate

Image = NDArray[np.uint8]

#: An arrow seen from the side is this long, in palm sizes.
ARROW_LENGTH = 1.1
#: The longer side of a video at least, in pixels: in a smaller one there is no room for what is written.
LEAST_PX = 480
_FONT = cv2.FONT_HERSHEY_SIMPLEX
#: The size of letters as OpenCV counts it, and what share of it is still readable.
_LETTERS, _LEAST_SHARE = 0.5, 0.8
_BITS = 4  # fractional bits of OpenCV's drawing coordinates


def annotated_size(rgb: Image) -> tuple[int, int]:
    """Width and height of the video that begins with this picture: a whole multiple of it if it is small."""
    height, width = rgb.shape[:2]
    factor = math.ceil(LEAST_PX / max(height, width))
    return video_size(factor * width, factor * height)


def annotated(estimate: Estimate, size: tuple[int, int]) -> Image:
    """The frame within ``size`` (width, height), with outline, landmarks and one arrow per mode of each hand.

    Returns:
        (H, W, 3) RGB, a copy.
    """
    rgb = estimate.frame.rgb
    image, place = fitted(rgb, size).copy(), fitting(rgb, size)
    unit = max(1, round(min(size) / 400))
    points = [mapped(hand.landmarks.points_px, place) for hand in estimate.hands]
    for hand, points_px in zip(estimate.hands, points, strict=True):
        _outline(image, [mapped(contour, place) for contour in hand.crop.outline_px()], points_px, unit)
        # The heaviest arrow comes last, on top.
        for mode in reversed(hand.modes):
            _arrow(image, points_px, mode.normal, mode.weight, mode_colour(mode.track), unit)
    _write_captions(image, estimate.hands, points, unit)
    return image


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return (np.asarray(points) * 2**_BITS).round().astype(np.int32)


def _outline(
    image: Image, contours: list[NDArray[np.float64]], points_px: NDArray[np.float64], unit: int
) -> None:
    for contour in contours:
        cv2.polylines(image, [_fixed(contour)], True, (255, 255, 255), unit, cv2.LINE_AA, _BITS)
    points = _fixed(points_px)
    for a, b in BONES:
        cv2.line(image, tuple(points[a]), tuple(points[b]), (170, 170, 170), unit, cv2.LINE_AA, _BITS)


def _arrow(
    image: Image,
    points_px: NDArray[np.float64],
    normal: NDArray[np.float64],
    weight: float,
    colour: tuple[int, int, int],
    unit: int,
) -> None:
    start = palm_centre(points_px)
    end = start + normal[:2] * (1, -1) * ARROW_LENGTH * palm_size(points_px)
    width = unit * (1 + round(4 * weight))
    a, b = (tuple(int(v) for v in point.round()) for point in (start, end))
    cv2.circle(image, a, width + unit, (0, 0, 0), -1, cv2.LINE_AA)
    cv2.circle(image, a, width, colour, -1, cv2.LINE_AA)
    length = float(np.linalg.norm(end - start))
    if length > 1:
        head = min(0.4, 6 * width / length)
        cv2.arrowedLine(image, a, b, (0, 0, 0), width + 2 * unit, cv2.LINE_AA, 0, head)
        cv2.arrowedLine(image, a, b, colour, width, cv2.LINE_AA, 0, head)


def _captions(hand: HandEstimate) -> list[str]:
    """What is said of a hand, the longest first, and then what does for it where there is less room."""
    if hand.mode_count == 1:
        return ["1 hypothesis"]
    shares = ", ".join(f"{mode.weight:.0%}" for mode in hand.modes)
    # cv2's letters have no sign for degrees.
    apart = f"{np.degrees(hand.separation_rad):.0f} deg apart"
    counted = f"{hand.mode_count} hypotheses ({shares})"
    return [f"{counted}, {apart}", counted, shares]


def _fitting_text(texts: list[str], room_px: int, unit: int) -> tuple[str, float, int]:
    """The first of the texts that fits into ``room_px``, the size of its letters, and its width in pixels.

    Letters become smaller before the text becomes shorter, and the last text is as small as it must be.
    """
    for text in texts:
        (width, _), _ = cv2.getTextSize(text, _FONT, _LETTERS * unit, 3 * unit)
        share = min(1.0, room_px / width)
        if share >= _LEAST_SHARE or text == texts[-1]:
            break
    return text, share * _LETTERS * unit, math.ceil(share * width)


def _write_captions(
    image: Image, hands: Sequence[HandEstimate], points: Sequence[NDArray[np.float64]], unit: int
) -> None:
    """Above each hand what is said of it, below those that are there already."""
    taken: list[tuple[int, int, int]] = []  # left and right end, and the line's foot
    step = 16 * unit
    for hand, points_px in zip(hands, points, strict=True):
        text, letters, width = _fitting_text(_captions(hand), image.shape[1] - 8, unit)
        left, foot = (int(v) for v in points_px.min(0) - 12 * unit)
        left = max(min(left, image.shape[1] - width - 4), 4)
        foot = max(foot, step)
        for other_left, other_right, other_foot in sorted(taken, key=lambda line: line[2]):
            if left < other_right and other_left < left + width and abs(foot - other_foot) < step:
                foot = other_foot + step
        taken.append((left, left + width, foot))
        for colour, thick in (((0, 0, 0), 3 * unit), ((255, 255, 255), unit)):
            cv2.putText(image, text, (left, foot), _FONT, letters, colour, thick, cv2.LINE_AA)
