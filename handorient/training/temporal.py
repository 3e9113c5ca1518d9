"""How often the leading hypothesis is the right one of its pair, frame by frame and filtered over time.

    python -m handorient.training.temporal [WEIGHTS]

The demo hand's path is known and visits symmetric poses again and again. As it is, its side is
read off the landmarks in nearly every frame, and the side decides. So the same answers are also taken as if
nothing had been read, and as if it had been wrong for half a second now and then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from handorient.capture.demo import PERIOD_S, Demo
from handorient.capture.frame import Truth
from handorient.filtering import OrientationFilter
from handorient.mixture import GaussianMixture
from handorient.orientation import angle_between, arrow, opposite
from handorient.pipeline import Pipeline
from handorient.resources import shipped_weights

#: A truth this far from its opposite is one of a pair, degrees between the arrows.
APART_DEG = 25.0
#: How long the side is wrong at a time, in what share of the time, and how many such courses are averaged.
ERRS_S, ERRS_SHARE, ERR_PATTERNS = 0.5, 0.3, 10

Answer = tuple[float, Truth, bool, GaussianMixture]


def answers_to_demo(pipeline: Pipeline) -> list[Answer]:
    """Time, truth, mirroring and mixture of every frame of the demo in which the hand is found."""
    found: list[Answer] = []
    with Demo() as demo:
        while (frame := demo.read()) is not None and frame.time_s < PERIOD_S:
            hands = pipeline.process(frame).hands
            if hands and frame.truth is not None:
                found.append((frame.time_s, frame.truth, hands[0].crop.window.mirrored, hands[0].mixture))
    return found


def leading_right(answers: list[Answer]) -> dict[str, float]:
    """Over the frames with a symmetric pose: their number, and the shares in which the leading hypothesis
    is nearer to the truth than to its opposite, raw and filtered; and the median errors, in degrees.
    """
    belief = OrientationFilter()
    right, errors = [], []  # (raw, filtered) each
    for time_s, truth, mirrored, answer in answers:
        filtered = belief.update(answer, time_s, mirrored)
        here = arrow(truth.azimuth_rad, truth.elevation_rad)
        there = arrow(*opposite(truth.azimuth_rad, truth.elevation_rad))
        if np.degrees(angle_between(here, there)) < APART_DEG:
            continue
        leading = [arrow(*mixture.modes()[0].mean) for mixture in (answer, filtered)]
        gaps = angle_between(leading, here)
        right.append(gaps < angle_between(leading, there))
        errors.append(gaps)
    raw, filtered_share = np.mean(right, axis=0)
    raw_error, filtered_error = np.degrees(np.median(errors, axis=0))
    return {
        "frames": len(right),
        "right_raw": round(float(raw), 3),
        "right_filtered": round(float(filtered_share), 3),
        "median_error_raw_deg": round(float(raw_error), 1),
        "median_error_filtered_deg": round(float(filtered_error), 1),
    }


def evaluate_filter(pipeline: Pipeline) -> dict[str, dict[str, float]]:
    """:func:`leading_right` on the demo: with the side as it is read, without it, with errors in it."""
    answers = answers_to_demo(pipeline)
    figures = {"side read off the landmarks": leading_right(answers)}
    config = pipeline.predictor.net.config
    if config.sides == 2:
        unread = _changed(answers, lambda weights, _: (weights + _other(weights, config.members)) / 2)
        figures["side not read"] = leading_right(unread)
        rng, each = np.random.default_rng(0), []
        for _ in range(ERR_PATTERNS):
            wrong = rng.random(round(PERIOD_S / ERRS_S) + 1) < ERRS_SHARE
            each.append(leading_right(_erring(answers, wrong, config.members)))
        figures["side read wrongly at times"] = {
            name: round(float(np.mean([one[name] for one in each])), 3) for name in each[0]
        }
    return figures


def _other(weights: np.ndarray, members: int) -> np.ndarray:
    """The weights had the other side been read: in every member the two sides' shares change places."""
    sides = weights.reshape(members, 2, -1)
    return (sides * (sides.sum(2)[:, ::-1] / sides.sum(2))[..., None]).ravel()


def _erring(answers: list[Answer], wrong: np.ndarray, members: int) -> list[Answer]:
    """The answers had the other side been read in those stretches of time that are ``wrong``."""
    return _changed(answers, lambda w, time_s: _other(w, members) if wrong[int(time_s / ERRS_S)] else w)


def _changed(answers: list[Answer], change: Callable[[np.ndarray, float], np.ndarray]) -> list[Answer]:
    return [
        (time_s, truth, mirrored, GaussianMixture(change(answer.weights, time_s), answer.mean, answer.std))
        for time_s, truth, mirrored, answer in answers
    ]


if __name__ == "__main__":
    with Pipeline.load(Path(sys.argv[1]) if len(sys.argv) > 1 else shipped_weights("silhouette")) as made:
        print(json.dumps(evaluate_filter(made), indent=2))
