"""Frame -> Estimate: the one road that the live view and the analysis both take, timed stage by stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Frame
from handorient.filtering import OrientationFilter
from handorient.hand.crop import CanonicalCrop
from handorient.hand.detector import HandDetector
from handorient.hand.landmarks import Facing, Landmarks
from handorient.hand.shape import palm_size
from handorient.mixture import GaussianMixture
from handorient.orientation import angle_between, arrow, palm_centre
from handorient.tracking import MOST_MODES, HandTracker, ModeTracker

if TYPE_CHECKING:
    from handorient.hand.segmenter import Segmenter
    from handorient.propel.predictor import Predictor  # both would load torch before the window is shown


@dataclass(frozen=True, slots=True)
class TrackedMode:
    """One hypothesis: a mode of the mixture with an identity that lasts from frame to frame.

    Attributes:
        track: the identity; it chooses the colour.
        weight: the mode's share of the mixture, 0 to 1.
        azimuth_rad, elevation_rad: canonical angles of the mode.
        std_rad: (2,) standard deviation around the mode.
        normal: (3,) unit normal of the palm plane in the camera frame, roll and mirroring undone.
    """

    track: int
    weight: float
    azimuth_rad: float
    elevation_rad: float
    std_rad: NDArray[np.float64]
    normal: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HandEstimate:
    """What the app knows, and does not know, about one hand of one frame; modes heaviest first.

    Attributes:
        id: the hand's own, for as long as it is in view.
        landmarks, crop: where it was seen, and what the network saw.
        mixture: the network's answer to this frame alone.
        mode_count: how many modes it has.
        modes: the likeliest of them, at most :data:`MOST_MODES`.
        filtered: the same answer, weighted by how the hand got there. None in a photograph.
    """

    id: int
    landmarks: Landmarks
    crop: CanonicalCrop
    mixture: GaussianMixture
    mode_count: int
    modes: tuple[TrackedMode, ...]
    filtered: GaussianMixture | None = None

    @property
    def facing(self) -> Facing:
        """The side of the hand that faces the camera."""
        return self.landmarks.facing

    @property
    def separation_rad(self) -> float:
        """Angle between the arrows of the two heaviest modes; 0 when there is one."""
        if len(self.modes) < 2:
            return 0.0
        return float(angle_between(self.modes[0].normal, self.modes[1].normal))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A frame, its hands (surest first), and the milliseconds that each stage took."""

    frame: Frame
    hands: tuple[HandEstimate, ...]
    ms: dict[str, float]

    def ran(self, stage: str) -> bool:
        """Whether a stage had anything to do: those after the detector wait for a hand."""
        return bool(self.hands) or stage in ("detect", "total")

    def add_ms(self, times: dict[str, list[float]]) -> None:
        """Add what each stage took to its list in ``times``, which is empty while the stage has not run."""
        for stage, value in self.ms.items():
            taken = times.setdefault(stage, [])
            if self.ran(stage):
                taken.append(value)


@dataclass(slots=True)
class _Followed:
    """What is remembered about a hand from frame to frame."""

    modes: ModeTracker = field(default_factory=ModeTracker)
    filter: OrientationFilter = field(default_factory=OrientationFilter)


class Pipeline:
    """Detector, segmenter, network and tracker in a row. Use and close it in the thread that made it."""

    def __init__(self, detector: HandDetector, segmenter: Segmenter, predictor: Predictor) -> None:
        self._detector, self._segmenter, self._predictor = detector, segmenter, predictor
        self._restart()

    @classmethod
    def load(cls, weights: Path) -> Pipeline:
        """The pipeline with MediaPipe's detector and the network of these weights.

        Raises:
            UserError: if the weights are missing or broken.
        """
        import torch

        # Two threads would compete with the detector and the window for no gain on a network this small.
        torch.set_num_threads(1)
        from handorient.hand.detector import MediaPipeDetector
        from handorient.hand.segmenter import Segmenter
        from handorient.propel.predictor import Predictor

        segmenter, predictor = Segmenter.load(), Predictor.load(weights)
        return cls(MediaPipeDetector(), segmenter, predictor)

    def _restart(self) -> None:
        self._hand_tracker = HandTracker()
        self._followed: dict[int, _Followed] = {}

    def use(self, weights: Path) -> None:
        """Answer with the network of these weights from now on. Hands keep their numbers, and nothing else.

        Raises:
            UserError: if they are missing or broken; the network at work then stays.
        """
        from handorient.propel.predictor import Predictor

        self._predictor = Predictor.load(weights)
        self._followed = {}

    @property
    def predictor(self) -> Predictor:
        """The network that answers."""
        return self._predictor

    @property
    def input(self) -> str:
        """What the network looks at, such as "silhouette"."""
        return self._predictor.input

    def process(self, frame: Frame) -> Estimate:
        """All that can be said about one frame. Frames come in order; :meth:`reset` where they do not."""
        started = time.perf_counter()
        if frame.alone:
            self._restart()
        landmarks = self._detector.detect(frame.rgb, frame.alone)
        detected = time.perf_counter()
        crops = [self._segmenter(frame.rgb, hand) for hand in landmarks]
        segmented = time.perf_counter()
        mixtures = self._predictor(crops, landmarks)
        predicted = time.perf_counter()
        hands = self._track(frame, landmarks, crops, mixtures)
        done = time.perf_counter()
        ms = {
            "detect": 1e3 * (detected - started),
            "segment": 1e3 * (segmented - detected),
            "network": 1e3 * (predicted - segmented),
            "track": 1e3 * (done - predicted),
            "total": 1e3 * (done - started),
        }
        return Estimate(frame, hands, ms)

    def reset(self) -> None:
        """Forget all hands: the next frame is of another source or another time."""
        self._detector.reset()
        self._restart()

    def forget(self) -> None:
        """Let the filters believe nothing about the hands in view; their identities stay."""
        for followed in self._followed.values():
            followed.filter.forget()

    def close(self) -> None:
        """Give the detector back."""
        self._detector.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _track(
        self,
        frame: Frame,
        landmarks: list[Landmarks],
        crops: list[CanonicalCrop],
        mixtures: list[GaussianMixture],
    ) -> tuple[HandEstimate, ...]:
        centres = np.array([palm_centre(hand.points_px) for hand in landmarks]).reshape(-1, 2)
        sizes = np.array([palm_size(hand.points_px) for hand in landmarks])
        ids = self._hand_tracker.update(centres, sizes, frame.time_s)
        self._followed = {hand: self._followed.get(hand) or _Followed() for hand in self._hand_tracker.ids}
        return tuple(
            self._estimate(number, hand, crop, mixture, frame)
            for number, hand, crop, mixture in zip(ids, landmarks, crops, mixtures, strict=True)
        )

    def _estimate(
        self,
        number: int,
        landmarks: Landmarks,
        crop: CanonicalCrop,
        mixture: GaussianMixture,
        frame: Frame,
    ) -> HandEstimate:
        followed = self._followed[number]
        every = mixture.modes()
        modes, window = every[:MOST_MODES], crop.window
        means = np.array([mode.mean for mode in modes])
        normals = arrow(means[:, 0], means[:, 1], window.roll_rad, window.mirrored)  # (K, 3)
        tracks = followed.modes.update(normals, frame.time_s)
        tracked = tuple(
            TrackedMode(track, mode.weight, float(mode.mean[0]), float(mode.mean[1]), mode.std, normal)
            for track, mode, normal in zip(tracks, modes, normals, strict=True)
        )
        filtered = None
        if not frame.alone:
            filtered = followed.filter.update(mixture, frame.time_s, window.mirrored)
        return HandEstimate(number, landmarks, crop, mixture, len(every), tracked, filtered)
