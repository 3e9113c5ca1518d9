"""Accuracy on real hands, beside the detector's own 3D landmarks on the very same frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.capture.images import read_image
from handorient.errors import UserError
from handorient.hand.crop import CanonicalCrop
from handorient.hand.detector import MediaPipeDetector
from handorient.hand.landmarks import Landmarks
from handorient.hand.segmenter import Segmenter
from handorient.mixture import densest
from handorient.progress import Progress
from handorient.propel.predictor import Predictor
from handorient.training.calibrate import region_mass
from handorient.training.masks import composite_overlaps, face_overlaps, summary, wall_overlap
from handorient.training.plots import draw_errors, draw_reliability
from handorient.training.stereo import stereo_frames, truth_error_deg, world_angles

Array = NDArray[np.float64]

#: Hands before a white wall, and photographs without any hand, by file pattern.
WHITE_WALL, HAND_FREE = "sign-digits/5/*.JPG", "hagrid/no_gesture_*.jpg"
#: Photographs of people who make gestures, most of them with their faces.
PEOPLE = "hagrid/[!mn]*.jpg"
#: Open hands that face the camera; their true angles are near 0.
FRONTAL = (WHITE_WALL, "hagrid/palm_*.jpg", "hagrid/stop_0*.jpg")
#: The same with the back of the hand to the camera.
AWAY = ("hagrid/stop_inverted_*.jpg",)
#: How many masks of each kind are measured.
MASKS = 60
#: How often the clips' seconds are drawn anew for an interval.
BOOTSTRAPS = 2000
#: Fingers straighter than this are an open hand.
OPEN = 0.9
#: The detector wants hands larger than in a picture this small.
SMALL_PX = 200


def evaluate_real(folder: Path, predictor: Predictor, plots: Path | None = None) -> dict[str, Any]:
    """Figures of our network and of the detector's 3D landmarks ("mediapipe"), degrees.

    Args:
        folder: a folder with ``stereo/`` (see :mod:`handorient.training.stereo`) and pictures of open hands
            that face the camera (:data:`FRONTAL`) or away from it (:data:`AWAY`).
        plots: a folder for two pictures of the stereo figures: reliability and error by angle.

    Raises:
        UserError: if the folder or both are missing, what is there cannot be read or shows no hand, or plots
            are asked for without ``stereo/`` or cannot be written.
    """
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist.")
    if plots is not None and not (folder / "stereo").is_dir():
        raise UserError(f"{folder} has no stereo/ to draw pictures of: leave --plots out.")
    segmenter = Segmenter.load()
    figures: dict[str, Any] = {}
    if (folder / "stereo").is_dir():
        table = _stereo(folder / "stereo", predictor, segmenter)
        truth_error = _pair(truth_error_deg(folder / "stereo"))
        figures["stereo"] = {"truth_error_deg": truth_error, "all": _stereo_figures(table)}
        if (table.straightness > OPEN).any():
            figures["stereo"]["open"] = _stereo_figures(table.only_open())
        if plots is not None:
            draw_reliability(plots / "reliability.png", table.mass)
            draw_errors(plots / "error-by-angle.png", table.truth, table.best, table.peer)
    for pattern in (*FRONTAL, *AWAY):
        if paths := sorted(folder.glob(pattern)):
            figures[pattern] = _frontal(paths, predictor, segmenter)
    if walls := sorted(folder.glob(WHITE_WALL)):
        figures["masks"] = _masks(
            walls[:: -(-len(walls) // MASKS)],
            sorted(folder.glob(HAND_FREE)),
            sorted(folder.glob(PEOPLE)),
            segmenter,
        )
    if not figures:
        raise UserError(
            f"{folder} has neither stereo/ nor any of {', '.join((*FRONTAL, *AWAY))}: nothing to measure."
        )
    return figures


@dataclass(frozen=True, slots=True)
class _StereoTable:
    """Answers on N stereo frames, degrees, (N, 2) each as the frame's crop sees it."""

    mass: Array  # (N,) probability of the smallest region that reaches the truth
    truth: Array
    best: Array
    nearest: Array
    peer: Array
    straightness: Array  # (N,)
    second: Array  # (N,) of the clip, both views alike
    right_hand: NDArray[np.bool_]  # (N,) whether the detector took it for a right hand

    def only_open(self) -> _StereoTable:
        rows = self.straightness > OPEN
        return _StereoTable(*(getattr(self, field.name)[rows] for field in fields(self)))


def _stereo(folder: Path, predictor: Predictor, segmenter: Segmenter) -> _StereoTable:
    rows, mixtures = [], []
    for view in (0, 1):
        detector = MediaPipeDetector()
        for item in Progress(stereo_frames(folder, view), unit="frame", desc=f"stereo, view {view}"):
            seen = _look(item.frame, detector, segmenter)
            if seen is None:
                continue
            hand, crop = seen
            mirrored = crop.window.mirrored
            truth, peer = item.truth.as_seen(mirrored), world_angles(hand).as_seen(mirrored)
            mixture = predictor([crop], [hand])[0]
            modes = mixture.modes()
            nearest = min(modes, key=lambda mode: float(np.linalg.norm(mode.mean - truth)))
            angles = [np.degrees(a) for a in (truth, densest(modes).mean, nearest.mean, peer)]
            second = int(item.frame.time_s)
            rows.append((*angles, item.straightness, second, hand.handedness == "right"))
            mixtures.append((mixture.weights, mixture.mean, mixture.std, truth))
        detector.close()
    if not rows:
        raise UserError(f"No hand was found in the clips of {folder}: are they the right ones?")
    # All at once: frame by frame, the draws behind these estimates would be the same for every frame.
    mass = region_mass(*(np.stack(parts) for parts in zip(*mixtures, strict=True)))
    return _StereoTable(mass, *map(np.array, zip(*rows, strict=True)))


def _stereo_figures(table: _StereoTable) -> dict[str, Any]:
    return {
        "frames": len(table.truth),
        "densest mode": _errors(table.best, table.truth, table.second),
        "nearest mode": _errors(table.nearest, table.truth, table.second),
        "mediapipe": _errors(table.peer, table.truth, table.second),
        "inside_50": round(float((table.mass <= 0.5).mean()), 3),
        "inside_90": round(float((table.mass <= 0.9).mean()), 3),
        "taken for a right hand": round(float(table.right_hand.mean()), 3),
    }


def _frontal(paths: list[Path], predictor: Predictor, segmenter: Segmenter) -> dict[str, Any]:
    detector = MediaPipeDetector()
    best, peer, count = [], [], {"palm": 0, "back": 0}
    for frame in Progress(_pictures(paths), total=len(paths), unit="picture", desc=paths[0].parent.name):
        seen = _look(frame, detector, segmenter)
        if seen is None:
            continue
        hand, crop = seen
        best.append(np.degrees(densest(predictor([crop], [hand])[0].modes()).mean))
        peer.append(np.degrees(world_angles(hand).as_seen(crop.window.mirrored)))
        count[hand.facing] += 1
    detector.close()
    figures: dict[str, Any] = {"pictures": len(paths), "found": len(best), "facing": count}
    if best:
        figures |= {"densest mode": _spread(np.array(best)), "mediapipe": _spread(np.array(peer))}
    return figures


def _masks(
    walls: list[Path], hand_free: list[Path], people: list[Path], segmenter: Segmenter
) -> dict[str, Any]:
    detector = MediaPipeDetector()
    hands, overlaps = [], []
    for frame in _pictures(walls):
        seen = _look(frame, detector, segmenter)
        if seen is not None:
            overlaps.append(wall_overlap(frame.rgb, *seen))
            hands.append((frame.rgb, seen[0]))
    detector.close()
    figures = {"white wall": summary(overlaps)} if overlaps else {}
    figures |= composite_overlaps(_read(hand_free), 2 * MASKS, segmenter)
    if before_faces := face_overlaps(hands, _read(people), segmenter):
        figures["faces"] = summary(before_faces)
    return figures


def _read(paths: list[Path]) -> list[NDArray[np.uint8]]:
    return [rgb for path in paths if (rgb := read_image(path)) is not None]


def _pictures(paths: list[Path]) -> Iterator[Frame]:
    for index, path in enumerate(paths):
        rgb = read_image(path)
        if rgb is None:
            continue
        if min(rgb.shape[:2]) < SMALL_PX:
            times = -(-SMALL_PX // min(rgb.shape[:2]))
            rgb = np.ascontiguousarray(rgb.repeat(times, 0).repeat(times, 1))
        yield Frame(index, float(index), 0.0, rgb, path)


def _look(
    frame: Frame, detector: MediaPipeDetector, segmenter: Segmenter
) -> tuple[Landmarks, CanonicalCrop] | None:
    hands = detector.detect(frame.rgb, frame.alone)
    return (hands[0], segmenter(frame.rgb, hands[0])) if hands else None


def _errors(answer_deg: Array, truth_deg: Array, second: Array) -> dict[str, Any]:
    # Past edge-on azimuth goes on past 90 degrees, so differences wrap, and answers are taken on their side.
    error = (answer_deg - truth_deg + 180) % 360 - 180
    answer_deg = truth_deg + error
    return {
        "mae_deg": _pair(np.abs(error).mean(0)),
        "mae_interval_deg": [_pair(end) for end in _interval(np.abs(error), second)],
        "median_deg": _pair(np.median(np.abs(error), 0)),
        "bias_deg": _pair(error.mean(0)),
        "correlation": [
            round(float(np.corrcoef(answer_deg[:, k], truth_deg[:, k])[0, 1]), 3) for k in (0, 1)
        ],
    }


def _interval(error_deg: Array, second: Array) -> Array:
    """The ends (2, 2) of what holds the mean of errors (N, 2) in 95% of clips of these seconds, drawn anew.

    Frames of one second are nearly the same, so seconds are drawn, not frames (block bootstrap).
    """
    rng = np.random.default_rng(0)
    which = np.unique(second, return_inverse=True)[1]
    count = np.bincount(which)
    total = np.stack([np.bincount(which, error) for error in error_deg.T], 1)
    drawn = rng.integers(0, len(count), (BOOTSTRAPS, len(count)))
    return np.percentile(total[drawn].sum(1) / count[drawn].sum(1)[:, None], [2.5, 97.5], axis=0)


def _spread(answer_deg: Array) -> dict[str, Any]:
    return {
        "median_abs_deg": _pair(np.median(np.abs(answer_deg), 0)),
        "mean_deg": _pair(answer_deg.mean(0)),
        "std_deg": _pair(answer_deg.std(0)),
    }


def _pair(values: Array) -> list[float]:
    """Azimuth and elevation."""
    return [round(float(value), 2) for value in values]
