"""How well hands are cut out: overlap with exact masks, before a white wall and in composites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.crop import CanonicalCrop
from handorient.hand.detector import LandmarkFollower
from handorient.hand.landmarks import Landmarks, mapped
from handorient.hand.segmenter import Segmenter
from handorient.hand.shape import cut_at_wrist, largest_piece, overlap
from handorient.synth import scene
from handorient.synth.dataset import MISSED, landmark_error
from handorient.synth.render import HandScene, Light
from handorient.synth.skeleton import Person, Pose

Image = NDArray[np.uint8]

#: People of this seed range are in no dataset that `handorient dataset` makes with a small seed.
_FIRST_PERSON = 9_000_000
_VIEWS = 4


def wall_overlap(rgb: Image, landmarks: Landmarks, crop: CanonicalCrop) -> float:
    """IoU of the crop's mask with the silhouette of a hand before a white wall."""
    return _overlap_in_window(wall_silhouette(rgb), landmarks, crop)


def wall_silhouette(rgb: Image) -> Image:
    """The silhouette (H, W), 255 on 0, that a threshold cuts from a hand (H, W, 3) before a white wall.

    Colourfulness tells where the hand is, since shadows on a white wall are dark but grey; the edge is where
    lightness is halfway between the hand and the wall around it.
    """
    colourful = cv2.GaussianBlur(np.ptp(rgb, axis=2), (3, 3), 0)
    _, above = cv2.threshold(colourful, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    rough = largest_piece(above)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    inner, outer = cv2.erode(rough, disc) > 0, cv2.dilate(rough, disc) > 0
    around = (cv2.dilate(rough, disc, iterations=2) > 0) & ~outer
    darkest = rgb.min(2)
    level = (np.median(darkest[inner]) + np.median(darkest[around])) / 2
    return largest_piece(np.uint8(255) * (outer & ((darkest < level) | (rough > 0))))


def face_overlaps(
    hands: Sequence[tuple[Image, Landmarks]], photographs: Sequence[Image], segmenter: Segmenter
) -> list[float]:
    """IoU of masks of hands, photographed before a white wall, that are pasted before faces in photographs.

    A hand is 0.7 to 1.3 times as large as the face, and covers some of it.
    """
    rng, follower = np.random.default_rng(0), LandmarkFollower()
    finder = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")  # type: ignore[attr-defined]
    faces = [(rgb, box) for rgb in photographs if (box := _face(rgb, finder)) is not None]
    overlaps = []
    for rgb, landmarks in hands if faces else ():
        behind, (left, top, width, height) = faces[rng.integers(len(faces))]
        points, size = landmarks.points_px, behind.shape[1::-1]
        scale = height * rng.uniform(0.7, 1.3) / np.ptp(points, axis=0).max()
        place = left + width * rng.uniform(0.2, 0.8), top + height * rng.uniform(0.4, 1.0)
        affine = scale * np.eye(2, 3)
        # All of it stays in the picture.
        shift = np.minimum(place - scale * points.mean(0), size - scale * points.max(0))
        affine[:, 2] = np.maximum(shift, -scale * points.min(0))
        hand = cv2.warpAffine(rgb, affine, size, borderMode=cv2.BORDER_REPLICATE)
        # The white of the wall is on the outermost pixels: they stay out.
        inner = cv2.erode(cv2.warpAffine(wall_silhouette(rgb), affine, size), np.ones((3, 3), np.uint8))
        share = cv2.GaussianBlur(inner, (0, 0), 1.0)[..., None] / np.float32(255)
        frame = (share * hand + (1 - share) * behind).round().astype(np.uint8)
        exact = np.uint8(255) * (share[..., 0] >= 0.5)
        found = follower.follow(frame, mapped(points, affine))
        if found is not None:
            overlaps.append(_overlap_in_window(exact, found, segmenter(frame, found)))
    follower.close()
    return overlaps


def _face(rgb: Image, finder: cv2.CascadeClassifier) -> NDArray[np.int32] | None:
    """Left, top, width and height (4,) of the largest face, px, if there is one."""
    found = finder.detectMultiScale(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 1.1, 6, minSize=(60, 60))
    boxes = np.asarray(found, np.int32).reshape(-1, 4)
    return boxes[boxes[:, 2].argmax()] if len(boxes) else None


def composite_overlaps(photographs: Sequence[Image], count: int, segmenter: Segmenter) -> dict[str, Any]:
    """IoU of masks of hands rendered over hand-free photographs, and over walls of the hand's own colour."""
    rng, follower = np.random.default_rng(0), LandmarkFollower()
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
    points = mapped(landmarks.points_px, crop.window.affine)
    truth = cut_at_wrist(crop.window.cut(exact), points)
    return overlap(truth, crop.mask)


def _skin_wall(person: Person, rng: np.random.Generator) -> Image:
    """A blotchy wall in about the person's skin colour."""
    size = (scene.FRAME_HEIGHT, scene.FRAME_WIDTH)
    blotches = cv2.GaussianBlur(rng.normal(0, 1, size).astype(np.float32), (0, 0), 12)
    blotches *= 0.06 / max(float(blotches.std()), 1e-6)
    colour = person.tone * rng.uniform(0.75, 1.1) + rng.normal(0, 0.02, 3)
    return (255 * np.clip(colour * (1 + blotches[..., None]), 0, 1)).astype(np.uint8)
