"""The contour-distance function: how far each point of a hand's outline lies from its wrist."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

Array = NDArray[np.float64]

#: Values that describe an outline.
LENGTH = 1000
#: Smooths the staircase of pixels away, whose length would depend on the outline's direction.
_BLUR_PX = 1.0


def contour_distances(silhouette: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the largest outline in a silhouette (H, W), hand 255 on 0, by :data:`LENGTH` distances.

    From Asad and Slabaugh, "Learning marginalization through regression for hand orientation inference"
    (CVPRW 2016): the distances of the outline's points from a point on the wrist, where the sequence starts,
    in equal steps along the outline, divided by the largest. Neither size nor place nor roll matters.

    Returns:
        (LENGTH,) float32, 0 to 1, once around the hand from the wrist, counter-clockwise in the picture.

    Raises:
        ValueError: if the silhouette is empty.
    """
    outline = _outline(silhouette)
    from_wrist = np.roll(outline, -_wrist(outline), axis=0)
    closed = np.concatenate([from_wrist, from_wrist[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    steps = np.linspace(0, along[-1], LENGTH, endpoint=False)
    points = np.stack([np.interp(steps, along, closed[:, k]) for k in range(2)], axis=1)
    distances = np.linalg.norm(points - points[0], axis=1)
    return (distances / distances.max()).astype(np.float32)


def _outline(silhouette: NDArray[np.uint8]) -> Array:
    """The points (K, 2), x and y in pixels, of the outline that encloses the largest area."""
    # A hand that the picture cuts off ends at its border: without a margin that outline would stay open.
    padded = cv2.copyMakeBorder(silhouette, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0)
    blurred = cv2.GaussianBlur(padded.astype(np.float32), (0, 0), _BLUR_PX)
    outlines = [outline[:-1, ::-1].astype(np.float32) for outline in find_contours(blurred, 127.5)]
    if not outlines:
        raise ValueError("the silhouette is empty: there is no hand in it")
    return np.asarray(max(outlines, key=cv2.contourArea), np.float64)


def _wrist(outline: Array) -> int:
    """The index of the point where a ray from the centroid toward the wrist meets the outline.

    The ray runs along the longer axis of the ellipse that has the silhouette's second moments. An axis has
    two ends: the wrist is at the one away from the gaps between the fingers, so on the side of the
    silhouette's centroid as seen from its convex hull's. That holds for every roll.
    """
    flat = outline.astype(np.float32)
    moments = cv2.moments(flat)
    centroid = _centroid(moments)
    angle = 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
    axis = np.array([np.cos(angle), np.sin(angle)])
    if axis @ (centroid - _centroid(cv2.moments(cv2.convexHull(flat)))) < 0:
        axis = -axis
    away = outline - centroid
    cosine = (away @ axis) / np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    return int(cosine.argmax())


def _centroid(moments: dict[str, float]) -> Array:
    return np.array([moments["m10"], moments["m01"]]) / moments["m00"]
