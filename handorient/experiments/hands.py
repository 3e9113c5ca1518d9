"""The first benchmark: the synthetic twin of the talk's hand orientation dataset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handorient.experiments.benchmark import HAND_ANGLES, REACH_DEG, Rendered, render_benchmark
from handorient.synth import scene
from handorient.synth.dataset import MOST_TRIES, seen_live, start_worker
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import SPREAD, Person, Pose

#: An arm's length, mm.
NEAR_MM, FAR_MM = 450.0, 900.0
#: Pictures of one way of holding the hand, before it is held a little differently.
PICTURES_PER_POSE = 12


def make_hands(folder: Path, pictures: int, participants: int) -> None:
    """Render the twin of the talk's dataset into ``folder``, which must not exist yet.

    Open right palms, cut out on white, each participant with a hand, a skin and a way of holding it of their
    own; directions are uniform over the disc of :data:`REACH_DEG`. Frames take the road of live ones, through
    the detector, the segmenter and the crop.

    Raises:
        UserError: if the folder exists or cannot be written.
    """
    render_benchmark(folder, HAND_ANGLES, pictures, participants, _participant, start_worker)


def _participant(number: int, count: int) -> Rendered:
    rng = np.random.default_rng((22, 1, number))
    # Far from the people of `handorient dataset`, whose numbers count up from 10,000 times their seed.
    person = Person.sample(10**9 + 1000 + number)
    style, cover = _style(rng), scene.sleeve(rng)
    pictures: list[NDArray[np.uint8]] = []
    angles: list[tuple[float, ...]] = []
    while len(pictures) < count:
        hand = HandScene(person, _held(style, rng), cover)
        wanted = min(count, len(pictures) + PICTURES_PER_POSE)
        for _ in range(MOST_TRIES):
            view = _view(rng)
            frame = scene.develop(hand.render(view, Light.sample(rng), scene.background(rng)).rgb, rng)
            seen = seen_live(frame, hand.landmarks(view, frame.shape[1], frame.shape[0]), rng)
            if seen is not None:
                pictures.append(seen[1].colour())
                angles.append((float(np.degrees(view.azimuth_rad)), float(np.degrees(view.elevation_rad))))
            if len(pictures) == wanted:
                break
    return pictures, angles


def _style(rng: np.random.Generator) -> Pose:
    """How a participant holds a hand that is to be flat: as unlike as in :meth:`Pose.sample`, but flatter."""
    flexion = rng.normal([5, 6, 4], [4, 4, 3]) * np.array([0.85, 1.0, 1.1, 1.3])[:, None]
    thumb = rng.normal([14 + 34 * rng.uniform(), 6, 3, -5], [8, 11, 10, 12])
    return Pose(
        np.radians(flexion + rng.normal(0, [4, 4, 2], (4, 3))),
        SPREAD * rng.uniform(-0.1, 1.1) + np.radians(rng.normal(0, 2.5, 4)),
        np.radians(thumb),
        np.radians(np.abs(rng.normal(0, [3.0, 6.0]))),
        np.radians(rng.normal([0, 3], [10, 7])),
    )


def _held(style: Pose, rng: np.random.Generator) -> Pose:
    """The open hand as this participant holds it this time."""
    return replace(
        style,
        flexion=style.flexion + np.radians(rng.normal(0, [3.0, 2.5, 1.5], (4, 3))),
        spread=style.spread + np.radians(rng.normal(0, 1.5, 4)),
        thumb=style.thumb + np.radians(rng.normal(0, 4.0, 4)),
    )


def _view(rng: np.random.Generator) -> View:
    reach, turn = REACH_DEG * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    distance = float(rng.uniform(NEAR_MM, FAR_MM))
    focal = rng.uniform(90, 170) * distance / scene.HAND_MM
    return View(
        azimuth_rad=np.radians(reach * np.cos(turn)),
        elevation_rad=np.radians(reach * np.sin(turn)),
        roll_rad=np.radians(rng.normal(0, 12)),
        distance_mm=distance,
        centre=(float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.42, 0.58))),
        field_rad=2 * np.arctan(scene.FRAME_WIDTH / 2 / focal),
    )
