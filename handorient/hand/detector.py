"""Finds hands: MediaPipe's detector behind one small class, so that another can take its place."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol, TextIO

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import Handedness, Landmarks
from handorient.hand.shape import palm_size

#: How many hands are looked for in a picture.
MOST_HANDS = 2
#: How sure MediaPipe must be that there is a hand, and that it still follows it, 0 to 1.
CONFIDENCE = 0.4
#: Landmarks nearer to each other than this on average, in palm sizes, are of one hand, whatever it is named;
#: and those nearer than that are if both are named left, or both right.
SAME_HAND, SAME_SIDE = 0.35, 0.6
_NOTHING = np.zeros((32, 32, 3), np.uint8)


class HandDetector(Protocol):
    """Anything that turns a picture into landmarks. Use and close it in the thread that made it."""

    def detect(self, rgb: NDArray[np.uint8], alone: bool = False) -> list[Landmarks]:
        """Hands in an unmirrored RGB picture (H, W, 3), surest first.

        A picture that stands ``alone`` has nothing to do with those before and after it; in others, hands
        are followed from one to the next.
        """

    def reset(self) -> None:
        """Forget the hands of earlier frames: the next one is of another place or time."""

    def close(self) -> None:
        """Give the detector's memory and threads back."""


class MediaPipeDetector:
    """MediaPipe's 21-landmark hand model."""

    def __init__(self) -> None:
        with _quiet_stderr():
            from mediapipe.python.solutions.hands import Hands

            self._hands = Hands(
                max_num_hands=MOST_HANDS,
                min_detection_confidence=CONFIDENCE,
                min_tracking_confidence=CONFIDENCE,
            )
            # It loads its models with the first picture, and writes about its geometry with the first hand.
            self._hands.process(_drawn_hand())
        self.reset()

    def detect(self, rgb: NDArray[np.uint8], alone: bool = False) -> list[Landmarks]:
        if alone:
            # The second look begins where the first one found the hands, as it does from frame to frame: the
            # networks know hands that were followed.
            self.reset()
            self._hands.process(rgb)
        result = self._hands.process(rgb)
        if not result.multi_hand_landmarks:
            return []
        height, width = rgb.shape[:2]
        hands = [
            _landmarks(points, world, label, width, height)
            for points, world, label in zip(
                result.multi_hand_landmarks,
                result.multi_hand_world_landmarks,
                result.multi_handedness,
                strict=True,
            )
        ]
        return _each_once(sorted(hands, key=lambda hand: -hand.score))

    def reset(self) -> None:
        self._hands.process(_NOTHING)  # where there is no hand, none is followed any further

    def close(self) -> None:
        self._hands.close()


def _drawn_hand() -> NDArray[np.uint8]:
    """A picture that the detector takes for a hand: an open palm in a few strokes."""
    rgb, skin = np.full((256, 256, 3), 60, np.uint8), (224, 172, 140)
    cv2.fillPoly(rgb, [np.array([(104, 225), (152, 225), (166, 130), (90, 130)])], skin)
    fingers = ((155, 190), (205, 140)), ((162, 128), (178, 70)), ((140, 120), (145, 50))
    for knuckle, tip in (*fingers, ((117, 120), (112, 52)), ((97, 130), (82, 80))):
        cv2.line(rgb, knuckle, tip, skin, 20)
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 2), np.uint8)


class LandmarkFollower:
    """MediaPipe's landmark model alone, told where the hand was: what its tracking does in every frame.

    It also follows hands that the detector would not have found in a single picture.
    """

    def __init__(self) -> None:
        with _quiet_stderr():
            from google.protobuf import text_format
            from mediapipe.framework import calculator_pb2
            from mediapipe.framework.formats import landmark_pb2
            from mediapipe.python import solution_base
            from mediapipe.python.solutions import hands  # noqa: F401 (it registers the graph's parts)

            image, proto = solution_base.PacketDataType.IMAGE, solution_base.PacketDataType.PROTO
            outputs = ["landmarks", "world", "handedness"]
            self._pb2 = landmark_pb2
            self._graph = solution_base.SolutionBase(
                graph_config=text_format.Parse(_FOLLOWING, calculator_pb2.CalculatorGraphConfig()),
                side_inputs={"complexity": 1},
                outputs=outputs,
                stream_type_hints={"image": image, "near": proto, **dict.fromkeys(outputs, proto)},
            )

    def follow(self, rgb: NDArray[np.uint8], near_px: NDArray[np.float64]) -> Landmarks | None:
        """The hand that was near the landmarks (21, 2) in the frame before; None if it is lost."""
        height, width = rgb.shape[:2]
        near = [self._pb2.NormalizedLandmark(x=x / width, y=y / height) for x, y in near_px]
        with _quiet_stderr():
            found = self._graph.process(
                {"image": rgb, "near": self._pb2.NormalizedLandmarkList(landmark=near)}
            )
        if not found.landmarks:
            return None
        return _landmarks(found.landmarks, found.world, found.handedness, width, height)

    def close(self) -> None:
        """Give the model's memory and threads back."""
        self._graph.close()


_FOLLOWING = """
input_stream: "image"
input_stream: "near"
input_side_packet: "complexity"
node {
  calculator: "ImagePropertiesCalculator"
  input_stream: "IMAGE:image"
  output_stream: "SIZE:size"
}
node {
  calculator: "HandLandmarkLandmarksToRoi"
  input_stream: "LANDMARKS:near"
  input_stream: "IMAGE_SIZE:size"
  output_stream: "ROI:roi"
}
node {
  calculator: "HandLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:roi"
  input_side_packet: "MODEL_COMPLEXITY:complexity"
  output_stream: "LANDMARKS:landmarks"
  output_stream: "WORLD_LANDMARKS:world"
  output_stream: "HANDEDNESS:handedness"
}
"""


def _each_once(hands: list[Landmarks]) -> list[Landmarks]:
    """Without those that are another hand seen twice; surest first."""
    kept: list[Landmarks] = []
    for hand in hands:
        if not any(_same(hand, other) for other in kept):
            kept.append(hand)
    return kept


def _same(one: Landmarks, other: Landmarks) -> bool:
    apart = np.linalg.norm(one.points_px - other.points_px, axis=1).mean()
    nearest = SAME_SIDE if one.handedness == other.handedness else SAME_HAND
    return bool(apart <= nearest * max(palm_size(one.points_px), palm_size(other.points_px)))


def _landmarks(points: Any, world: Any, label: Any, width: int, height: int) -> Landmarks:
    """MediaPipe's messages as ours."""
    return Landmarks(
        np.array([(p.x * width, p.y * height) for p in points.landmark]),
        _handedness(label.classification[0].label),
        float(label.classification[0].score),
        np.array([(p.x, -p.y, -p.z) for p in world.landmark]),
    )


def _handedness(label: str) -> Handedness:
    # MediaPipe's legacy labels assume a mirrored (selfie) picture; ours never is.
    return "right" if label == "Left" else "left"


#: There is one stderr; and MediaPipe's import fails if two threads begin it at once.
_ONE_AT_A_TIME = threading.Lock()


@cache
def _terminal() -> TextIO:
    """Another way to where stderr goes; it stays open, for whoever got hold of it may keep it."""
    ours = sys.stderr
    return os.fdopen(os.dup(ours.fileno()), "w", 1, encoding=ours.encoding, errors=ours.errors)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep native chatter, which no Python setting reaches, off the terminal. One thread at a time.

    What any thread writes to ``sys.stderr`` meanwhile gets there all the same.
    """
    with _ONE_AT_A_TIME:
        ours = sys.stderr
        try:
            descriptor = ours.fileno()
            sys.stderr = _terminal()
        except (OSError, ValueError, AttributeError):  # no real stderr, as under pythonw or a test's capture
            yield
            return
        saved = os.dup(descriptor)
        with open(os.devnull, "w") as null:  # noqa: PTH123
            os.dup2(null.fileno(), descriptor)
        try:
            yield
        finally:
            sys.stderr = ours
            os.dup2(saved, descriptor)
            os.close(saved)
