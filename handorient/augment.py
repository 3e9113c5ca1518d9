"""Augmented reality: paints a lighthouse onto the palm in a picture, with its shadow, behind the fingers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import CanonicalCrop
from handorient.hand.landmarks import mapped
from handorient.lighthouse import Drawing, Standing, drawing, fingers_in_front
from handorient.palette import mode_colour
from handorient.pipeline import HandEstimate, TrackedMode

Image = NDArray[np.uint8]
FloatImage = NDArray[np.float32]
Array = NDArray[np.float64]

#: How much darker the middle of the shadow is, and how soft its edge, in palm lengths.
_DARKER, _SOFT = 0.45, 0.035
_GLOW, _GLOW_REACH = (110.0, 84.0, 38.0), 0.16
#: Coordinates for cv2 with this many fractional bits; shapes are drawn this much larger, for smooth edges.
_BITS, _FINER = 4, 2


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of a picture, painted over: its place (left, top, width, height) in frame pixels, and its
    pixels, which may be finer than the frame's.
    """

    place: tuple[int, int, int, int]
    rgb: Image


def stand_on(
    rgb: Image, hand: HandEstimate, modes: Sequence[tuple[TrackedMode, float]], scale: float
) -> Patch | None:
    """The part of a frame (H, W, 3) in which a lighthouse stands on the hand, at each of the modes.

    Args:
        modes: each with its opacity, 0 to 1; the first one on top.
        scale: pixels of the patch for each of the frame's.

    None if nothing of it would be in the picture.
    """
    height, width = rgb.shape[:2]
    standing = [Standing.on(hand, mode, width, height) for mode, _ in modes]
    drawings = [drawing(at, mode_colour(mode.track)) for at, (mode, _) in zip(standing, modes, strict=True)]
    place = _place(drawings, width, height)
    if place is None:
        return None
    left, top, wide, high = place
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    bare = cv2.resize(rgb[top : top + high, left : left + wide], size).astype(np.float32)
    to_patch = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    mask = _hand_mask(hand.crop, to_patch, size)
    painted = bare.copy()
    for one, (_, opacity) in reversed(list(zip(drawings, modes, strict=True))):
        _shade(painted, one, to_patch, mask * np.float32(opacity * _DARKER))
        _paint(painted, one, to_patch, opacity)
    front = _fingers(hand, standing[0], to_patch, mask)
    painted += (bare - painted) * front[..., None]
    _shine(painted, drawings[0], to_patch, scale)
    return Patch(place, np.clip(painted, 0, 255).astype(np.uint8))


def _place(drawings: list[Drawing], width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, width and height, in the frame, of all that is painted."""
    points = [np.concatenate([one.polygons_px.reshape(-1, 2), one.shadow_px]) for one in drawings]
    glow = 2.5 * _GLOW_REACH * drawings[0].unit_px
    points.append(drawings[0].lamp_px + glow * np.array([(-1.0, -1.0), (1.0, 1.0)]))
    every = np.concatenate(points)
    edge = 2 + 3 * _SOFT * drawings[0].unit_px
    low = np.clip(np.floor(every.min(0) - edge), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(every.max(0) + edge), 0, (width, height)).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _fixed(points: Array) -> NDArray[np.int32]:
    """Points for cv2 with :data:`_BITS` fractional bits; its pixels have their centres at whole numbers."""
    return np.round((points - 0.5) * 2**_BITS).astype(np.int32)


def _hand_mask(crop: CanonicalCrop, to_patch: Array, size: tuple[int, int]) -> FloatImage:
    """How much of each of the patch's pixels is hand, 0 to 1."""
    inverse = crop.window.inverse
    whole = np.column_stack(
        [to_patch[:, :2] @ inverse[:, :2], to_patch[:, :2] @ inverse[:, 2] + to_patch[:, 2]]
    )
    return cv2.warpAffine(crop.mask, whole, size).astype(np.float32) / 255


def _shade(painted: FloatImage, one: Drawing, to_patch: Array, strength: FloatImage) -> None:
    shadow = np.zeros(painted.shape[:2], np.uint8)
    cv2.fillConvexPoly(shadow, _fixed(mapped(one.shadow_px, to_patch)), 255, cv2.LINE_8, _BITS)
    soft = max(_SOFT * one.unit_px * float(to_patch[0, 0]), 0.5)
    dark = cv2.GaussianBlur(shadow, (0, 0), soft).astype(np.float32) / 255
    painted *= (1 - dark * strength)[..., None]


def _paint(painted: FloatImage, one: Drawing, to_patch: Array, opacity: float) -> None:
    """Paint the object as a whole, so that its faces are not seen through each other."""
    pixels = mapped(one.polygons_px, to_patch)
    low = np.maximum(np.floor(pixels.min((0, 1))).astype(int) - 1, 0)
    high = np.minimum(np.ceil(pixels.max((0, 1))).astype(int) + 2, painted.shape[1::-1])
    if (high <= low).any():
        return
    wide, tall = high - low
    canvas = np.zeros((tall * _FINER, wide * _FINER, 4), np.uint8)
    corners = _fixed((pixels - low) * _FINER)
    for quad, colour in zip(corners, one.colours.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, quad, (*colour, 255), cv2.LINE_8, _BITS)
    # Averaged with nothing at its rim, the colour comes out multiplied by the alpha, as it is wanted.
    layer = cv2.resize(canvas, (int(wide), int(tall)), interpolation=cv2.INTER_AREA).astype(np.float32)
    part = painted[low[1] : high[1], low[0] : high[0]]
    part *= 1 - layer[..., 3:] * np.float32(opacity / 255)
    part += layer[..., :3] * np.float32(opacity)


def _fingers(hand: HandEstimate, standing: Standing, to_patch: Array, mask: FloatImage) -> FloatImage:
    """How much of each pixel is a finger in front of the object, 0 to 1."""
    front = np.zeros(mask.shape, np.uint8)
    for start, end, thickness in fingers_in_front(hand, standing):
        a, b = _fixed(mapped(np.stack([start, end]), to_patch)).tolist()
        cv2.line(front, a, b, 255, max(round(thickness * float(to_patch[0, 0])), 1), cv2.LINE_AA, _BITS)
    return front.astype(np.float32) / 255 * mask


def _shine(painted: FloatImage, one: Drawing, to_patch: Array, scale: float) -> None:
    """Add the lamp's glow."""
    x, y = mapped(one.lamp_px, to_patch)
    reach = max(_GLOW_REACH * one.unit_px * scale, 1.0)
    height, width = painted.shape[:2]
    fall = [np.exp(-np.square((np.arange(n) + 0.5 - at) / reach) / 2) for n, at in ((height, y), (width, x))]
    painted += np.outer(*fall)[..., None].astype(np.float32) * np.array(_GLOW, np.float32)
