"""Hands pasted before what is hardest to tell from them: faces, and other hands.

In front of a webcam there is often a face behind the hand. Pasting shows every hand before many of them (G.
Ghiasi et al., "Simple copy-paste is a strong data augmentation method", CVPR 2021); it casts no shadows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.progress import Progress
from handorient.synth.head import head_picture
from handorient.synth.head_shape import Head

Image = NDArray[np.uint8]

#: Shares of the hands that are pasted before a face, and before another hand.
FACES, HANDS = 0.3, 0.15
#: The share of faces that get the hand's colour, more or less: standard deviations of the logs of how much
#: lighter all channels are, and each by itself.
OWN_COLOUR, LIGHTNESS, TINT = 0.75, 0.15, 0.03
#: Standard deviations of how far faces look aside, up or down, and tilt, degrees.
TURNED_DEG = (20.0, 12.0, 10.0)


@dataclass(frozen=True, slots=True)
class Backdrops:
    """What hands are pasted before.

    Attributes:
        faces: (M, S, S, 3) RGB, a face in the middle of each.
        hands: (N, S, S, 4) RGB and masks, memory-mapped.
        rows: which of the hands, those of the people to train on.
    """

    faces: Image
    hands: Image
    rows: NDArray[np.intp]

    def paste(self, window: Image, rng: np.random.Generator) -> Image:
        """A window (S, S, 4), RGB and exact mask, as it was, or with something else behind the hand.

        The hand's edge, half of which is what was behind it, is pasted over, and the mask is what is left.
        """
        kind = rng.random()
        if kind > FACES + HANDS:
            return window
        soft = cv2.GaussianBlur((window[..., 3] >= 128).astype(np.float32), (0, 0), rng.uniform(0.5, 1.1))
        share = np.clip(2 * soft - 1, 0, 1)[..., None]
        hand = window[..., :3].astype(np.float32)
        behind = self._face(hand, share, rng) if kind < FACES else self._hand(rng)
        pasted = share * hand + (1 - share) * behind.clip(0, 255)
        left = np.uint8(255) * (share >= 0.5)
        return np.dstack([pasted.round().astype(np.uint8), left])

    def _face(
        self, hand: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        face = self.faces[rng.integers(len(self.faces))][:, :: rng.choice([-1, 1])]
        behind = _moved(face, rng, turn_deg=10, scale=(0.7, 1.9))
        if rng.random() < OWN_COLOUR:
            third = face.shape[0] // 3
            skin = np.median(face[third:-third, third:-third], axis=(0, 1))
            usual = (hand * share).sum((0, 1)) / max(float(share.sum()), 1.0)
            # Neither is 0, nor is what it is divided by, however dark it is there.
            light = np.exp(rng.normal(0, LIGHTNESS) + rng.normal(0, TINT, 3))
            behind *= ((usual + 5) / (skin + 5) * light).astype(np.float32)
        return behind

    def _hand(self, rng: np.random.Generator) -> NDArray[np.float32]:
        other = self.hands[rng.choice(self.rows), ..., :3]
        return _moved(other, rng, turn_deg=180, scale=(0.8, 1.4))


def render_faces(count: int, side_px: int, seed: int) -> Image:
    """Pictures (count, side_px, side_px, 3) of as many people's heads, the faces in the middle."""
    faces = np.empty((count, side_px, side_px, 3), np.uint8)
    for number in Progress(range(count), desc="rendering faces", unit="face"):
        rng = np.random.default_rng((seed, number))
        yaw, pitch, roll = rng.normal(0, TURNED_DEG).tolist()
        faces[number] = head_picture(Head.sample(number), (yaw, pitch, roll), side_px, rng)
    return faces


def _moved(
    picture: Image, rng: np.random.Generator, turn_deg: float, scale: tuple[float, float]
) -> NDArray[np.float32]:
    """Turned, scaled and moved at random; its edges go on as in a mirror."""
    side = picture.shape[0]
    centre = (side - 1) / 2
    affine = cv2.getRotationMatrix2D((centre, centre), rng.uniform(-turn_deg, turn_deg), rng.uniform(*scale))
    affine[:, 2] += rng.normal(0, side / 5, 2)
    picture = np.ascontiguousarray(picture)
    return cv2.warpAffine(picture, affine, (side, side), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
