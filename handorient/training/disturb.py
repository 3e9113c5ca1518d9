"""The same hand as another frame would have shown it: what training does to what a network sees.

Rendered people differ less from each other than real ones do from them. Whatever a network could learn of the
renderer's or the detector's habits alone, these take away from it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import hand_on_white
from handorient.hand.landmarks import GUESS

Picture = NDArray[np.uint8]

#: How far a detector's numbers for a real hand are off from those for any rendered one (standard deviation).
#: With this much, rendered test hands are as far from their nearest training hand as real ones are.
LANDMARK_NOISE = 0.04
#: The detector's 3D guess of a real hand is off in ways that its guess of a rendered one is not: the standard
#: deviation of a random linear map's entries, and the share of hands for which there is no guess at all.
GUESS_WARP, GUESS_MISSING = 0.2, 0.3
#: How far two croppings of the same outline differ: shares of the side, of the scale, and degrees of roll.
SHIFT, SCALE, ROLL_DEG = 0.015, 0.02, 2.0
EDGE_SHARE, HOLE_SHARE = 0.4, 0.15
#: The same for colours, of hands whose wrists the detector puts elsewhere.
COLOUR_SHIFT, COLOUR_SCALE, COLOUR_ROLL_DEG = 0.035, 0.07, 6.0
#: Standard deviations of the log of the power that colours are raised to by exposure and by tint.
EXPOSURE, TINT = 0.3, 0.08
#: Real light comes from more sides than rendered light, and skin and cameras make more or less of it: the
#: largest standard deviation of the log of its strength over the hand, and by how much at most the hand's
#: contrast grows. It may also fade to nothing, which leaves the outline.
UNEVEN, CONTRAST = 0.5, 1.2
UNEVEN_SHARE, CONTRAST_SHARE, DETAIL_SHARE = 0.6, 0.5, 0.6
GREY_SHARE, BLUR_SHARE, NOISE_SHARE = 0.25, 0.3, 0.4
SPOT_SHARE, CUT_SHARE = 0.25, 0.15
_LEVELS = np.linspace(0, 1, 256)[:, None]


def disturbed_numbers(numbers: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """What the detector might have said of the same hands, (B, GEOMETRY)."""
    count = len(numbers)
    result: NDArray[np.float32] = numbers + rng.normal(0, LANDMARK_NOISE, numbers.shape).astype(np.float32)
    warp = np.eye(3) + rng.normal(0, GUESS_WARP, (count, 3, 3))
    warp[rng.random(count) < GUESS_MISSING] = 0
    guess = result[:, GUESS].reshape(count, -1, 3)
    result[:, GUESS] = (guess @ warp).reshape(count, -1)
    return result


def disturbed(picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture as another frame's landmarks and segmenter might have cut it out.

    Every picture is moved, scaled and turned a little. Silhouettes may also get a softer, harder, thinner
    or thicker edge, and lose small spots. Colours may get other light, even or not, contrast, creases and
    texture stronger or fainter, another focus and noise, or none at all but grey, and lose or gain pieces.
    (S, S) or (S, S, 3), hand 255 on 0 or RGB on white.
    """
    if picture.ndim == 2:
        moved = _moved(picture, rng, SHIFT, SCALE, ROLL_DEG)
        if rng.random() < EDGE_SHARE:
            moved = _edge(moved, rng)
        return _holes(moved, rng) if rng.random() < HOLE_SHARE else moved
    moved = _moved(picture, rng, COLOUR_SHIFT, COLOUR_SCALE, COLOUR_ROLL_DEG)
    return _badly_cut(_relit(moved, rng), rng)


def disturbed_head(picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture of a head (S, S, 3), RGB up to its edges, in other light, focus and noise, and moved.

    It is not turned: roll is one of the angles to be told.
    """
    moved = _moved(picture, rng, SHIFT, SCALE, 0.0, cv2.BORDER_REPLICATE)
    lit = _exposed(moved, rng)
    if rng.random() < BLUR_SHARE:
        lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.4, 1.0))
    if rng.random() < NOISE_SHARE:
        lit += np.float32(rng.uniform(0.01, 0.03)) * rng.standard_normal(lit.shape, np.float32)
    return np.asarray((lit.clip(0, 1) * 255).round(), np.uint8)


def _moved(
    picture: Picture,
    rng: np.random.Generator,
    shift: float,
    scale: float,
    roll_deg: float,
    border: int = cv2.BORDER_CONSTANT,
) -> Picture:
    side = picture.shape[0]
    centre = (side - 1) / 2
    affine = cv2.getRotationMatrix2D(
        (centre, centre), rng.uniform(-roll_deg, roll_deg), rng.uniform(1 - scale, 1 + scale)
    )
    affine[:, 2] += rng.uniform(-shift, shift, 2) * side
    outside = 0 if picture.ndim == 2 else (255, 255, 255)
    return np.asarray(
        cv2.warpAffine(np.asarray(picture), affine, (side, side), borderMode=border, borderValue=outside),
        np.uint8,
    )


def _exposed(picture: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """In a light of other strength and colour, 0 to 1. A power leaves white white."""
    power = np.exp(rng.normal(0, EXPOSURE) + rng.normal(0, TINT, 3))
    return np.asarray(cv2.LUT(picture, (_LEVELS**power).astype(np.float32)[:, None]))


def _relit(picture: Picture, rng: np.random.Generator) -> Picture:
    side = picture.shape[0]
    lit = _exposed(picture, rng)
    hand = hand_on_white(picture).astype(np.float32)[..., None]
    if rng.random() < UNEVEN_SHARE:
        coarse = int(rng.integers(2, 5))
        patches = rng.normal(0, rng.uniform(0.1, UNEVEN), (coarse, coarse)).astype(np.float32)
        light = cv2.exp(cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC))
        lit *= 1 + hand * (light[..., None] - 1)
    if rng.random() < CONTRAST_SHARE:
        mean = (lit * hand).sum((0, 1)) / (hand.sum() + 1)
        lit += (rng.uniform(0, CONTRAST) - 1) * hand * (lit - mean)
    if rng.random() < DETAIL_SHARE:
        coarse_lit = _smooth_inside(lit, hand, rng.uniform(2, 6))
        lit += hand * (rng.uniform(0, 1.5) - 1) * (lit - coarse_lit)
    if rng.random() < GREY_SHARE:
        lit = cv2.cvtColor(cv2.cvtColor(lit, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if rng.random() < BLUR_SHARE:
        lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.8, 2.8))
    if rng.random() < NOISE_SHARE:
        sigma = np.float32(rng.uniform(0.01, 0.06))
        lit += sigma * hand * rng.standard_normal(lit.shape, np.float32)
    return np.asarray((lit.clip(0, 1) * 255).round(), np.uint8)


def _smooth_inside(
    picture: NDArray[np.float32], hand: NDArray[np.float32], sigma_px: float
) -> NDArray[np.float32]:
    """Blurred, but with nothing of what is outside the hand (S, S, 1)."""
    # At half the size: what is smooth has no need of every pixel.
    small = tuple(n // 2 for n in picture.shape[:2])
    within, share = (cv2.resize(a, small, interpolation=cv2.INTER_AREA) for a in (picture * hand, hand))
    within, share = (cv2.GaussianBlur(a, (0, 0), sigma_px / 2) for a in (within, share))
    smooth = within / (share[..., None] + 1e-3)
    return np.asarray(cv2.resize(smooth, picture.shape[:2], interpolation=cv2.INTER_LINEAR))


def _badly_cut(picture: Picture, rng: np.random.Generator) -> Picture:
    """With spots of background in the hand or of the hand beside it, or a piece of it missing."""
    inside = hand_on_white(picture)
    if not inside.any():
        return picture
    if rng.random() < SPOT_SHARE:
        for _ in range(int(rng.integers(1, 5))):
            cv2.circle(picture, _somewhere(inside, rng), int(rng.integers(2, 7)), (255, 255, 255), cv2.FILLED)
    if rng.random() < SPOT_SHARE:
        for _ in range(int(rng.integers(1, 6))):
            x, y = _somewhere(inside, rng)
            beside = int(x + rng.normal(0, 10)), int(y + rng.normal(0, 10))
            cv2.circle(picture, beside, int(rng.integers(2, 7)), picture[y, x].tolist(), cv2.FILLED)
    if rng.random() < CUT_SHARE:
        x, y = _somewhere(inside, rng)
        width, height = rng.integers(6, 20, 2)
        picture[max(y - height, 0) : y + height, max(x - width, 0) : x + width] = 255
    return picture


def _edge(silhouette: Picture, rng: np.random.Generator) -> Picture:
    treatment = rng.integers(4)
    if treatment == 0:
        return np.asarray(cv2.GaussianBlur(silhouette, (0, 0), rng.uniform(0.5, 1.5)), np.uint8)
    if treatment == 1:
        level = float(rng.uniform(90, 165))
        return np.asarray(cv2.threshold(silhouette, level, 255, cv2.THRESH_BINARY)[1], np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    change = cv2.erode if treatment == 2 else cv2.dilate
    return np.asarray(change(silhouette, kernel), np.uint8)


def _holes(silhouette: Picture, rng: np.random.Generator) -> Picture:
    inside = silhouette > 0
    for _ in range(int(rng.integers(1, 4)) if inside.any() else 0):
        cv2.circle(silhouette, _somewhere(inside, rng), int(rng.integers(1, 4)), 0, cv2.FILLED)
    return silhouette


def _somewhere(inside: NDArray[np.bool_], rng: np.random.Generator) -> tuple[int, int]:
    """A random pixel of a mask (S, S) that is not empty, as OpenCV wants it: x, y."""
    y, x = divmod(int(rng.choice(np.flatnonzero(inside))), inside.shape[1])
    return x, y
