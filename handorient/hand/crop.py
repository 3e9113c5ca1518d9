"""The canonical crop: every hand upright, index side to the right, the same size, cut out of its frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import Landmarks, mapped
from handorient.orientation import MIDDLE_MCP, WRIST, hand_rotation, palm_centre, roll_of

#: Side of the square that segmentation works in, pixels.
WINDOW_PX = 160
#: Side of the network's input, pixels.
CROP_PX = 128
#: The square's side over the larger side of the landmarks' box: room for flesh and a ring of background.
MARGIN = 1.35
#: From here on, of 255, a channel is the background's white.
WHITE = 250


@dataclass(frozen=True, slots=True)
class Window:
    """The upright square around a hand: an affine map from the frame to WINDOW_PX x WINDOW_PX pixels.

    Attributes:
        affine: (2, 3) frame pixels -> window pixels.
        roll_rad: the roll that the map undoes.
        mirrored: whether the map flips left and right (after the roll) to bring the index side to the right.
    """

    affine: NDArray[np.float64]
    roll_rad: float
    mirrored: bool

    @classmethod
    def around(cls, landmarks: Landmarks) -> Window:
        """The window that shows this hand upright, index side right, centred on its landmarks' box."""
        roll = roll_of(landmarks.points_px)
        mirrored = not landmarks.index_side_right
        c, s = np.cos(roll), np.sin(roll)
        turn = np.array([[c, -s], [s, c]])  # y points down, so this undoes a counter-clockwise roll
        if mirrored:
            turn = np.diag([-1.0, 1.0]) @ turn
        upright = landmarks.points_px @ turn.T
        low, high = upright.min(0), upright.max(0)
        scale = WINDOW_PX / (MARGIN * max(float((high - low).max()), 1.0))
        shift = WINDOW_PX / 2 - scale * (low + high) / 2
        return cls(np.column_stack([scale * turn, shift]), roll, mirrored)

    @property
    def inverse(self) -> NDArray[np.float64]:
        """(2, 3) window pixels -> frame pixels."""
        return np.asarray(cv2.invertAffineTransform(self.affine))

    def cut(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The window (WINDOW_PX, WINDOW_PX[, 3]) of a frame (H, W[, 3]); outside it the edge repeats."""
        size = (WINDOW_PX, WINDOW_PX)
        return cv2.warpAffine(rgb, self.affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@dataclass(frozen=True, slots=True)
class CanonicalCrop:
    """A hand cut out of its frame: what a network sees, and the way back to the frame.

    Attributes:
        window: the map between frame and window.
        rgb: (WINDOW_PX, WINDOW_PX, 3) uint8, the window's pixels, background included.
        mask: (WINDOW_PX, WINDOW_PX) uint8, 0 to 255: how much of each pixel is hand.
    """

    window: Window
    rgb: NDArray[np.uint8]
    mask: NDArray[np.uint8]

    def silhouette(self) -> NDArray[np.uint8]:
        """(CROP_PX, CROP_PX) uint8, hand 255 on 0."""
        return cv2.resize(self.mask, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)

    def colour(self) -> NDArray[np.uint8]:
        """(CROP_PX, CROP_PX, 3) uint8 RGB, the hand on white."""
        alpha = self.mask[..., None].astype(np.float32) / 255.0
        blend = self.rgb * alpha + 255.0 * (1.0 - alpha)
        return cv2.resize(blend, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA).round().astype(np.uint8)

    def geometry(self, landmarks: Landmarks) -> NDArray[np.float32]:
        """(GEOMETRY,) numbers of about unit size: what the detector says, in the crop's upright frame.

        First the landmarks in the window, -1 to 1, then the detector's 3D guess about the palm's centre in
        palm lengths (0 where it has none), the side that it names (-1 back, 1 palm), and its score for that
        from 0 (a coin toss) to 1.
        """
        flat = mapped(landmarks.points_px, self.window.affine) * (2 / WINDOW_PX) - 1
        space = np.zeros((21, 3))
        if landmarks.world_m is not None:
            turned = hand_rotation(0.0, 0.0, self.window.roll_rad, self.window.mirrored)
            # Rows times a rotation are turned back: the roll is undone first, then the hand mirrored.
            space = (landmarks.world_m - palm_centre(landmarks.world_m)) @ turned
            space /= max(float(np.linalg.norm(space[MIDDLE_MCP] - space[WRIST])), 1e-3)
        side = [1.0 if landmarks.facing == "palm" else -1.0, 2 * landmarks.score - 1]
        return np.concatenate([flat.ravel(), space.ravel(), side]).astype(np.float32)

    def frame_mask(self, height: int, width: int) -> NDArray[np.bool_]:
        """The mask in the frame's pixels, (height, width) bool."""
        full = cv2.warpAffine(
            self.mask, self.window.affine, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        return full >= 128

    def outline_px(self) -> list[NDArray[np.float64]]:
        """The mask's outer contours in frame pixels, each (K, 2)."""
        contours, _ = cv2.findContours(
            (self.mask >= 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        back = self.window.inverse
        return [mapped(contour[:, 0], back) for contour in contours]


def hand_on_white(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where (S, S) RGB on white (S, S, 3) shows the hand: darker than :data:`WHITE` in some channel."""
    red, green, blue = cv2.split(picture)  # much faster than the least of each pixel's three
    return np.asarray(cv2.min(cv2.min(red, green), blue) < WHITE)


def points_in_window(geometry: NDArray[np.floating]) -> NDArray[np.float64]:
    """The landmarks (B, 21, 2), pixels of the window, in :meth:`CanonicalCrop.geometry` (B, GEOMETRY)."""
    flat = geometry[:, : 21 * 2].reshape(-1, 21, 2).astype(np.float64)
    return (flat + 1) * (WINDOW_PX / 2)
