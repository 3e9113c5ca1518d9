"""How well hands are cut out: overlap with exact masks, before a white wall and in composites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import CanonicalCrop
from handorient.hand.detector import LandmarkFollower
from handorient.hand.landmarks import Landmarks
from handorient.hand.segmenter import Segmenter
from handorient.hand.shape import cut_at_wrist, overlap
from handorient.synth import scene
from handorient.synth.dataset import MISSED, landmark_error
from handorient.synth.render import HandScene, Light
from handorient.synth.skeleton import Person, Pose

Image = NDArray[np.uint8]

#: People of this seed range are in no dataset that `handorient dataset` makes with a small seed.
_FIRST_PERSON = 9_000_000
_VIEWS = 4


def wall_overlap(rgb: Image, landmarks: Landmarks, crop: CanonicalCrop) -> float:
    """IoU of the crop's mask with the silhouette that a threshold cuts from a hand before a white wall.

    Colourfulness tells where the hand is, since shadows on a white wall are dark but grey; the edge is where
    lightness is halfway between the hand and the wall around it.
    """
    colourful = cv2.GaussianBlur(np.ptp(rgb, axis=2), (3, 3), 0)
    _, above = cv2.threshold(colourful, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    rough = _largest_outline(above)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    inner, outer = cv2.erode(rough, disc) > 0, cv2.dilate(rough, disc) > 0
    around = (cv2.dilate(rough, disc, iterations=2) > 0) & ~outer
    darkest = rgb.min(2)
    level = (np.median(darkest[inner]) + np.median(darkest[around])) / 2
    exact = _largest_outline(np.uint8(255) * (outer & ((darkest < level) | (rough > 0))))
    return _overlap_in_window(exact, landmarks, crop)


def _largest_outline(mask: Image) -> Image:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    return filled


def composite_overlaps(photographs: Sequence[Image], count: int, seed: int = 0) -> dict[str, Any]:
    """IoU of masks of hands rendered over hand-free photographs, and over walls of the hand's own colour."""
    rng = np.random.default_rng(seed)
    follower, segmenter = LandmarkFollower(), Segmenter.load()
    overlaps: dict[str, list[float]] = {"photographs": [], "skin-coloured walls": []}
    for number in range(count):
        if number % _VIEWS == 0:
            person = Person.sample(_FIRST_PERSON + number)
            hand = HandScene(person, Pose.sample(rng), scene.sleeve(rng))
        kind = "photographs" if photographs and number % 2 else "skin-coloured walls"
        if kind == "photographs":
            photograph = photographs[rng.integers(len(photographs))]
            behind = cv2.resize(photograph, (scene.FRAME_WIDTH, scene.FRAME_HEIGHT))
        else:
            behind = _skin_wall(person, rng)
        view = scene.view(rng)
        picture = hand.render(view, Light.sample(rng), behind)
        frame = scene.develop(picture.rgb, rng)
        exact = hand.landmarks(view, frame.shape[1], frame.shape[0])
        found = follower.follow(frame, exact.points_px)
        if found is not None and landmark_error(found, exact) < MISSED:
            overlaps[kind].append(
                _overlap_in_window(np.uint8(255) * picture.mask, found, segmenter(frame, found))
            )
    follower.close()
    return {kind: summary(values) for kind, values in overlaps.items() if values}


def summary(overlaps: Sequence[float]) -> dict[str, float]:
    """Number, mean and 5th percentile."""
    return {
        "masks": len(overlaps),
        "mean_iou": round(float(np.mean(overlaps)), 3),
        "worst_twentieth_iou": round(float(np.percentile(overlaps, 5)), 3),
    }


def _overlap_in_window(exact: Image, landmarks: Landmarks, crop: CanonicalCrop) -> float:
    """IoU in the crop's window, both cut at the same wrist."""
    points = landmarks.mapped(crop.window.affine).points_px
    truth = cut_at_wrist(crop.window.cut(exact), points)
    return overlap(truth, crop.mask)


def _skin_wall(person: Person, rng: np.random.Generator) -> Image:
    """A blotchy wall in about the person's skin colour."""
    size = (scene.FRAME_HEIGHT, scene.FRAME_WIDTH)
    blotches = cv2.GaussianBlur(rng.normal(0, 1, size).astype(np.float32), (0, 0), 12)
    blotches *= 0.06 / max(float(blotches.std()), 1e-6)
    colour = person.tone * rng.uniform(0.75, 1.1) + rng.normal(0, 0.02, 3)
    return (255 * np.clip(colour * (1 + blotches[..., None]), 0, 1)).astype(np.uint8)
