"""The ambiguity lab: the synthetic hand at each hypothesis, its outline laid over the observed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.capture.frame import Truth
from handorient.hand.crop import WINDOW_PX, CanonicalCrop, Window
from handorient.hand.landmarks import FINGERS, Facing, Landmarks, mapped
from handorient.hand.shape import cut_at_wrist, overlap
from handorient.mixture import GaussianMixture, Mode
from handorient.orientation import PALM_POINTS, angle_between, arrow, opposite, rotation, side_of
from handorient.palette import HAND_COLOURS
from handorient.pipeline import HandEstimate
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import Person, Pose, place

if TYPE_CHECKING:
    from handorient.hand.segmenter import Segmenter
    from handorient.propel.baselines import Baseline, BaselineAnswer
    from handorient.propel.predictor import Predictor  # both would load torch before the lab is used

Image = NDArray[np.uint8]

#: The demo hand's camera stands so far away that an outline hardly tells near from far, as the symmetry
#: asks; a real hand is held up at about an arm's length.
FAR_MM, ARM_MM = 2000.0, 600.0
#: Side of the square pictures, in pixels and, at the hand, in millimetres.
PICTURE_PX, PICTURE_MM = 320, 320.0
#: Behind the synthetic hands.
WALL = (38, 46, 56)
#: Nearer than this, a mode of a network means this hypothesis.
NEAR_RAD = float(np.radians(30.0))
#: Of two orientations that are nearer than this to each other, one answer may mean both.
SAME_RAD = float(np.radians(10.0))
#: How far the detector's landmarks may misread the roll; outlines are compared at the best of these.
TURNS_RAD = np.radians(np.arange(-14.0, 14.1, 2.0))
#: Flexion of a relaxed hand's fingers, below which the demo hand flattens as a whole, and the lift of the
#: thumb's first bone that brings its tip into the palm's plane.
RELAXED_RAD, FLAT_THUMB_RAD = 0.14, float(np.radians(-14.0))
_BENDS_RAD, _FANS_RAD = np.linspace(-0.2, 1.5, 18), np.linspace(-0.35, 0.35, 9)
#: The colours of a difference picture: where the two outlines agree, and what only one of them has.
NEITHER, AGREE = (22, 26, 32), (104, 112, 122)
ONLY_OBSERVED, ONLY_SYNTHETIC = HAND_COLOURS

Role = Literal["lead", "mirror", "other side", "further"]


@dataclass(frozen=True, slots=True)
class Orientation:
    """Canonical angles, and the side of the hand that faces the camera."""

    azimuth_rad: float
    elevation_rad: float
    facing: Facing

    @property
    def normal(self) -> NDArray[np.float64]:
        """(3,) unit normal of the palm plane in the canonical crop."""
        return arrow(self.azimuth_rad, self.elevation_rad)

    def opposite(self, facing: Facing) -> Orientation:
        """The opposite angles: another hand with (nearly) this outline."""
        azimuth, elevation = opposite(self.azimuth_rad, self.elevation_rad)
        return Orientation(float(azimuth), float(elevation), facing)


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a person can set of the demo hand; ``spread`` is 0 for fingers side by side, 1 fanned out."""

    orientation: Orientation
    roll_rad: float
    spread: float
    flexion_rad: float


@dataclass(frozen=True, slots=True)
class Observation:
    """A hand as it was observed.

    Attributes:
        crop, landmarks: as every network gets them.
        model: the synthetic hand with its fingers held in the same way, where that is known; otherwise each
            hypothesis holds its fingers as its own explanation of the landmarks asks.
        truth: its orientation, where it is known.
        distance_mm: of the camera, which the hypotheses are seen from as well.
    """

    crop: CanonicalCrop
    landmarks: Landmarks
    model: HandScene | None
    truth: Orientation | None
    distance_mm: float

    @classmethod
    def of(cls, hand: HandEstimate, truth: Truth | None) -> Observation:
        """A hand that the pipeline saw, and its orientation, if its source knows it."""
        known = None if truth is None else Orientation(truth.azimuth_rad, truth.elevation_rad, hand.facing)
        return cls(hand.crop, hand.landmarks, None, known, ARM_MM)


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """The synthetic hand at one orientation, beside the observed hand.

    Attributes:
        role: "lead" is the truth where it is known, else the network's heaviest mode; "mirror" is at the
            opposite angles; "further" is the network's heaviest mode that is neither, and where there is
            none the "other side" of the hand is shown at the opposite angles.
        weight: the network's share for these angles; None for the other side, which it shares with the
            mirror, and for a mirror that is hardly elsewhere than the lead, which has the share of both.
        picture: (WINDOW_PX, WINDOW_PX, 3) the synthetic hand.
        mask: (WINDOW_PX, WINDOW_PX), 0 to 255: its outline, laid on the observed one as well as shift, size
            and a small turn can: the crop knows place, scale and roll only as the landmarks do.
        iou: intersection over union of the two outlines, 0 to 1.
    """

    role: Role
    orientation: Orientation
    weight: float | None
    picture: Image
    mask: Image
    iou: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What the lab found: the hypotheses of the first network, and what each network and baseline answers."""

    observation: Observation
    hypotheses: tuple[Hypothesis, ...]
    answers: dict[str, GaussianMixture]
    baselines: dict[str, BaselineAnswer]

    def miss_rad(self, name: str) -> float | None:
        """How far a baseline's palm normal, or the nearest of a network's, is from the truth's, or where that
        is not known from the leading hypothesis's; None for the network that this hypothesis is of.
        """
        if self.observation.truth is None and name == next(iter(self.answers)):
            return None
        if name in self.baselines:
            baseline = self.baselines[name]
            said = [(baseline.azimuth_rad, baseline.elevation_rad)]
        else:
            said = [tuple(mode.mean) for mode in self.answers[name].modes()]
        goal = self.hypotheses[0].orientation.normal
        return min(float(angle_between(arrow(*angles), goal)) for angles in said)


class Laboratory:
    """Makes comparisons, one at a time."""

    def __init__(
        self, segmenter: Segmenter, predictors: Mapping[str, Predictor], baselines: Mapping[str, Baseline]
    ) -> None:
        """``predictors`` by their inputs, the hypotheses are the first one's; ``baselines`` by name."""
        self._predictors, self._baselines = dict(predictors), dict(baselines)
        self._segmenter = segmenter

    def demo_hand(self, knobs: Knobs) -> Observation:
        """The synthetic hand, cut out and made upright as a live one is; its landmarks are exact."""
        model, goal = _demo_hand(knobs.spread, knobs.flexion_rad), knobs.orientation
        view = _view(goal, FAR_MM, knobs.roll_rad)
        rgb = model.render(view, Light.studio(), _wall()).rgb
        landmarks = model.landmarks(view, PICTURE_PX, PICTURE_PX)
        return Observation(self._segmenter(rgb, landmarks), landmarks, model, goal, FAR_MM)

    def compare(self, observation: Observation) -> Comparison:
        """The synthetic hand at the first network's hypotheses, and every network's answer."""
        crops, landmarks = [observation.crop], [observation.landmarks]
        answers = {name: ask(crops, landmarks)[0] for name, ask in self._predictors.items()}
        hypotheses = tuple(
            _beside(observation, role, orientation, weight)
            for role, orientation, weight in _hypotheses(observation, next(iter(answers.values())))
        )
        baselines = {name: baseline(observation.crop) for name, baseline in self._baselines.items()}
        return Comparison(observation, hypotheses, answers, baselines)


def fitted_pose(points: NDArray[np.float64], orientation: Orientation) -> Pose:
    """The fingers' pose that explains upright landmarks (21, 2), y down, of a hand of this orientation.

    A finger bends in all its joints together and points somewhere within its fan; both are tried on a grid,
    for all fingers at once, as they are independent of each other.
    """
    turn = rotation(orientation.azimuth_rad, orientation.elevation_rad) @ side_of(orientation.facing)
    poses, costs = [], []
    for bend, fan in product(_BENDS_RAD, _FANS_RAD):
        relaxed = Pose.open(0.6, float(bend))
        thumb = np.array([0.65 + 1.2 * fan, 0.5 * bend, 0.35 * bend, 0.35 * bend - 0.1])
        pose = replace(relaxed, spread=relaxed.spread + fan, thumb=thumb)
        seen = (place(Person.average(), pose).joints @ turn.T)[:, :2] * np.array([1.0, -1.0])
        gaps = np.square(_laid_on(seen, points) - points).sum(1)
        # What the landmarks leave open is settled for a hand that is held at ease.
        ease = 1 + 0.2 * (bend - RELAXED_RAD) ** 2 + 0.5 * fan**2
        costs.append([ease * gaps[list(chain[2:])].sum() for chain in FINGERS])
        poses.append(pose)
    thumb_of, *best = np.argmin(costs, axis=0)
    flexion = np.array([poses[i].flexion[finger] for finger, i in enumerate(best)])
    spread = np.array([poses[i].spread[finger] for finger, i in enumerate(best)])
    return replace(poses[0], flexion=flexion, spread=spread, thumb=poses[thumb_of].thumb)


def _laid_on(points: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (21, 2) moved, scaled and turned so that the palm's lie on the target's."""
    palm = list(PALM_POINTS)
    here, there = (p @ np.array([1, 1j]) for p in (points, target))
    a, b = here[palm] - here[palm].mean(), there[palm] - there[palm].mean()
    moved = (here - here[palm].mean()) * (np.vdot(a, b) / max(np.vdot(a, a).real, 1e-9)) + there[palm].mean()
    return np.stack([moved.real, moved.imag], 1)


def difference(observed: Image, synthetic: Image) -> Image:
    """Two masks (S, S) on each other, (2 S, 2 S, 3) RGB: where they agree, and what only one of them has."""
    # At a larger size, so that the edges are those of the outlines and not of their pixels.
    large = (4 * observed.shape[1], 4 * observed.shape[0])
    first, second = (cv2.resize(mask, large) >= 128 for mask in (observed, synthetic))
    out = np.full((*first.shape, 3), NEITHER, np.uint8)
    out[first & second], out[first & ~second], out[~first & second] = AGREE, ONLY_OBSERVED, ONLY_SYNTHETIC
    return cv2.resize(out, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def flat_pose(spread: float, flexion_rad: float) -> Pose:
    """An open hand that is as flat as it can be at flexion 0, the thumb beside the palm."""
    pose, flat = Pose.open(spread, flexion_rad), min(1.0, flexion_rad / RELAXED_RAD)
    thumb = pose.thumb * np.array([1.0, 1.0, flat, flat])
    thumb[1] = flat * thumb[1] + (1 - flat) * FLAT_THUMB_RAD
    return replace(pose, thumb=thumb, arch=flat * pose.arch)


@lru_cache(maxsize=2)
def _demo_hand(spread: float, flexion_rad: float) -> HandScene:
    return HandScene(Person.average(), flat_pose(spread, flexion_rad))


def _wall() -> Image:
    return np.full((PICTURE_PX, PICTURE_PX, 3), WALL, np.uint8)


def _view(orientation: Orientation, distance_mm: float, roll_rad: float = 0.0) -> View:
    return View(
        orientation.azimuth_rad,
        orientation.elevation_rad,
        roll_rad,
        orientation.facing,
        distance_mm=distance_mm,
        field_rad=2 * float(np.arctan(PICTURE_MM / 2 / distance_mm)),
    )


def _hypotheses(
    observation: Observation, mixture: GaussianMixture
) -> list[tuple[Role, Orientation, float | None]]:
    """What is worth a picture, and the mixture's share for it."""
    facing = observation.landmarks.facing
    modes = mixture.modes()
    lead = observation.truth or _orientation(modes[0], facing)
    mirror = lead.opposite(lead.facing)
    shares: dict[Role, float] = {"lead": 0.0, "mirror": 0.0}
    further = []
    for mode in modes:
        role = role_of(mode, lead, mirror)
        if role == "further":
            further.append(mode)
        else:
            shares[role] += mode.weight
    other = lead.opposite("back" if lead.facing == "palm" else "palm")
    third: tuple[Role, Orientation, float | None] = ("other side", other, None)
    if further:
        third = ("further", _orientation(further[0], facing), further[0].weight)
    if float(angle_between(lead.normal, mirror.normal)) < SAME_RAD:
        return [("lead", lead, shares["lead"] + shares["mirror"]), ("mirror", mirror, None), third]
    return [("lead", lead, shares["lead"]), ("mirror", mirror, shares["mirror"]), third]


def _orientation(mode: Mode, facing: Facing) -> Orientation:
    return Orientation(float(mode.mean[0]), float(mode.mean[1]), facing)


def role_of(mode: Mode, lead: Orientation, mirror: Orientation) -> Role:
    """The hypothesis that a network's mode means, "lead" or "mirror", or "further" if it is neither."""
    normal = arrow(*mode.mean)
    gaps = [float(angle_between(normal, one.normal)) for one in (lead, mirror)]
    if min(gaps) >= NEAR_RAD:
        return "further"
    return "lead" if gaps[0] <= gaps[1] else "mirror"


def _beside(
    observation: Observation, role: Role, orientation: Orientation, weight: float | None
) -> Hypothesis:
    """The synthetic hand at one orientation, through the canonical crop and onto the observed mask."""
    view, observed = _view(orientation, observation.distance_mm), observation.crop.mask
    model = observation.model
    if model is None:
        upright = mapped(observation.landmarks.points_px, observation.crop.window.affine)
        model = HandScene(Person.average(), fitted_pose(upright, orientation))
    picture = model.render(view, Light.studio(), _wall())
    landmarks = model.landmarks(view, PICTURE_PX, PICTURE_PX)
    window = Window.around(landmarks)
    size = (WINDOW_PX, WINDOW_PX)
    mask = cv2.warpAffine(np.where(picture.mask, 255, 0).astype(np.uint8), window.affine, size)
    mask = cut_at_wrist(mask, mapped(landmarks.points_px, window.affine))
    onto = _onto(mask, observed)
    mask = cv2.warpAffine(mask, onto, size)
    rgb = cv2.warpAffine(window.cut(picture.rgb), onto, size, borderMode=cv2.BORDER_REPLICATE)
    return Hypothesis(role, orientation, weight, rgb, mask, overlap(observed, mask))


def _onto(mask: Image, target: Image) -> NDArray[np.float64]:
    """The affine map (2, 3) that lays a mask on another: of its area, about its centre, turned a little."""
    areas, centres = [], []
    for one in (mask, target):
        rows, columns = np.nonzero(one >= 128)
        if not len(rows):
            return np.eye(2, 3)
        areas.append(len(rows))
        centres.append(np.array([columns.mean(), rows.mean()]))
    scale = float(np.sqrt(areas[1] / areas[0]))
    ways = []
    for turn in TURNS_RAD:
        c, s = scale * np.cos(turn), scale * np.sin(turn)
        linear = np.array([[c, -s], [s, c]])
        ways.append(np.column_stack([linear, centres[1] - linear @ centres[0]]))
    return max(ways, key=lambda way: overlap(cv2.warpAffine(mask, way, target.shape), target))
