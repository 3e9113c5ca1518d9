"""Drawing into a picture: the arrows that were estimated, and how many hypotheses there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from handorient import annotate
from handorient.annotate import annotated
from handorient.hand.landmarks import BONES
from handorient.orientation import palm_centre
from handorient.palette import mode_colour

from .estimates import TWO_MODES, Modes, estimate


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg"), [(50.0, 0.0), (-50.0, 0.0), (0.0, 50.0), (30.0, -50.0)]
)
def test_an_arrow_points_where_its_normal_does(azimuth_deg: float, elevation_deg: float) -> None:
    drawn = estimate(0, 0.0, ((1.0, azimuth_deg, elevation_deg),))
    (hand,) = drawn.hands
    before = drawn.frame.rgb.copy()
    picture = annotated(drawn)
    np.testing.assert_array_equal(drawn.frame.rgb, before)
    y, x = np.nonzero((picture == mode_colour(0)).all(2))
    assert len(x) > 20
    away = np.array([x.mean(), y.mean()]) - palm_centre(hand.landmarks.points_px)
    ahead = hand.modes[0].normal[:2] * (1, -1)
    assert away @ ahead > 0.9 * np.linalg.norm(away) * np.linalg.norm(ahead)


def test_every_hypothesis_has_an_arrow_of_its_colour_and_every_bone_a_line() -> None:
    drawn = estimate(0, 0.0, TWO_MODES, hands=2)
    picture = annotated(drawn)
    for track in (0, 1):
        assert (picture == mode_colour(track)).all(2).any()
    for hand in drawn.hands:
        for a, b in BONES:
            middle = hand.landmarks.points_px[[a, b]].mean(0).round().astype(int)
            assert (picture[middle[1], middle[0]] != drawn.frame.rgb[middle[1], middle[0]]).any()


@pytest.mark.parametrize(
    ("modes", "found", "said"),
    [
        (((1.0, 0.0, 0.0),), 1, "1 hypothesis"),
        (TWO_MODES, 2, "2 hypotheses"),
        (TWO_MODES, 7, "7 hypotheses"),  # of which the leading ones are drawn
    ],
)
def test_the_caption_counts_all_hypotheses(
    modes: Modes, found: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(annotate.cv2, "putText", lambda image, text, *_: written.append(text))
    drawn = estimate(0, 0.0, modes)
    annotated(replace(drawn, hands=(replace(drawn.hands[0], mode_count=found),)))
    assert set(written) == {written[0]} and written[0].startswith(said)


def test_captions_say_shares_and_never_cover_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, tuple[int, int]]] = []
    monkeypatch.setattr(annotate.cv2, "putText", lambda image, text, where, *_: written.append((text, where)))
    drawn = estimate(0, 0.0, TWO_MODES)
    (hand,) = drawn.hands
    beside = replace(hand.landmarks, points_px=hand.landmarks.points_px + 6.0)
    annotated(replace(drawn, hands=(hand, replace(hand, landmarks=beside), replace(hand, mode_count=1))))
    texts, places = zip(*written[::2], strict=True)
    assert texts[0] == "2 hypotheses (60%, 40%), 88 deg apart" and texts[2] == "1 hypothesis"
    feet = sorted(foot for _, foot in places)
    assert min(np.diff(feet)) >= 16
    height, width = drawn.frame.rgb.shape[:2]
    assert all(0 < x < width and 0 < foot < height for x, foot in places)
    written.clear()
    aside = replace(hand.landmarks, points_px=hand.landmarks.points_px + np.array([110.0, 0.0]))
    annotated(replace(drawn, hands=(replace(hand, mode_count=1, landmarks=aside),)))
    text, (left, _) = written[0]
    assert left + annotate.cv2.getTextSize(text, annotate.cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0] <= width
