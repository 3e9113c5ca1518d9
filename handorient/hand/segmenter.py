"""Cuts the hand out: a network weighs the shape that the landmarks draw against the picture's colours."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from handorient.hand.crop import WINDOW_PX, CanonicalCrop, Window
from handorient.hand.landmarks import Landmarks, mapped
from handorient.hand.mask_net import EVIDENCE, MaskNet, load_mask_net
from handorient.hand.shape import FloatImage, cut_at_wrist, palm_size, shape_distance, wrist_cut
from handorient.resources import WEIGHTS

#: The weights that come with the app.
SEGMENTER = WEIGHTS / "segmenter.safetensors"
#: Inside the drawn hand by this much, in tenths of the palm's size, is surely hand.
SURELY = -0.25
#: How much lightness and the two colour axes differ within a hand, of 255.
LAB_UNITS = (30, 12, 12)
#: Evidence beyond this tells no more.
EVIDENCE_LIMIT = 3.0
#: Of the histograms: lightness in 16 coarse bins, the two colour axes in 32 fine ones about the neutral grey.
_LEVELS = np.arange(256)
_FINE = ((_LEVELS - 128) // 3 + 16).clip(0, 31)
_BINS = np.stack([_LEVELS >> 4, _FINE, _FINE], 1).astype(np.uint8)[None]


class Segmenter:
    """Finds the hand's pixels in its upright window.

    A hand drawn through the landmarks says where it should be, two colour histograms, of what is surely
    inside and of the ring around, how much each pixel looks like it; a network draws the line.
    """

    def __init__(self, net: MaskNet) -> None:
        self._net = net

    @classmethod
    def load(cls, path: Path = SEGMENTER) -> Segmenter:
        """The segmenter of a weights file, by default the one that comes with the app.

        Raises:
            UserError: if the file is missing, damaged, or of something else.
        """
        return cls(load_mask_net(path))

    def __call__(self, rgb: NDArray[np.uint8], landmarks: Landmarks) -> CanonicalCrop:
        """The canonical crop of the hand at ``landmarks`` in a frame (H, W, 3)."""
        window = Window.around(landmarks)
        pixels = window.cut(rgb)
        points = mapped(landmarks.points_px, window.affine)
        return CanonicalCrop(window, pixels, self.mask(pixels, points))

    def mask(self, pixels: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Mask (S, S) uint8, 0 to 255, of the hand with landmarks (21, 2) in an upright window (S, S, 3)."""
        known = evidence(pixels, points)
        with torch.inference_mode():
            logit = self._net(torch.from_numpy(known)[None])[0, 0].numpy()
        hand = _reaching(logit > 0, known[0] < SURELY)
        soft = (np.clip(logit * 0.25 + 0.5, 0, 1) * 255).astype(np.uint8)
        return cut_at_wrist(np.where(hand, np.maximum(soft, 128), 0).astype(np.uint8), points)


def evidence(pixels: NDArray[np.uint8], points: NDArray[np.float64]) -> FloatImage:
    """What a window (S, S, 3) and the landmarks in it (21, 2) say about each pixel, (EVIDENCE, S, S).

    The signed distance to the drawn hand, negative inside, in tenths of the palm's size; the log-likelihood
    ratio of hand against background by colour; and CIE L, a and b about the mean of what is surely hand.
    """
    size = palm_size(points)
    out = np.empty((EVIDENCE, WINDOW_PX, WINDOW_PX), np.float32)
    out[0] = shape_distance(points, size) / (0.1 * size)
    rows = np.arange(WINDOW_PX)[:, None]
    surely = out[0] < SURELY
    # The forearm has the hand's colour: it must not teach the background's histogram.
    ring = (out[0] > 0.7) & (out[0] < 4.5) & (rows < wrist_cut(points))
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    out[1] = _colour_evidence(lab, surely, ring)
    usual = cv2.mean(lab, surely.astype(np.uint8))
    for channel, unit in enumerate(LAB_UNITS):
        out[2 + channel] = (lab[..., channel] - np.float32(usual[channel])) / unit
    return np.clip(out, -EVIDENCE_LIMIT, EVIDENCE_LIMIT, out)


def _colour_evidence(lab: NDArray[np.uint8], hand: NDArray[np.bool_], ring: NDArray[np.bool_]) -> FloatImage:
    """Log-likelihood ratio (S, S) of hand against background from smoothed histograms of Lab (S, S, 3)."""
    if hand.sum() < 30 or ring.sum() < 30:
        return np.zeros(hand.shape, np.float32)
    bins = cv2.LUT(lab, _BINS).astype(np.int32)
    index = (bins[..., 0] * 32 + bins[..., 1]) * 32 + bins[..., 2]
    tables = []
    for where in (hand, ring):
        table = np.bincount(index[where], minlength=16 * 1024).astype(np.float32).reshape(16, 1024)
        table = cv2.GaussianBlur(table, (1, 5), 0.01, sigmaY=0.9)
        planes = cv2.GaussianBlur(table.reshape(16, 32, 32).transpose(1, 2, 0), (0, 0), 1.2)
        tables.append(planes.transpose(2, 0, 1).ravel() / where.sum())
    floor = 1e-4
    ratio: FloatImage = np.log((tables[0] + floor) / (tables[1] + floor))[index]
    return ratio


def _reaching(mask: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of the mask that reach into the hand's core, with small holes filled."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[core & mask])] = True
    keep[0] = False
    return cv2.morphologyEx(keep[labels].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
