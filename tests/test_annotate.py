"""Drawing into a picture: the arrows that were estimated, and how many hypotheses there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from handorient import annotate
from handorient.annotate import annotated, annotated_size
from handorient.hand.landmarks import BONES
from handorient.hand.shape import palm_size
from handorient.mp4 import fitted
from handorient.orientation import palm_centre
from handorient.palette import mode_colour

from .estimates import TWO_MODES, Modes, estimate

#: Width and height of the pictures of :func:`estimate`, and what they are enlarged to in a video.
OWN, LARGE = (160, 120), (480, 360)


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg"), [(50.0, 0.0), (-50.0, 0.0), (0.0, 50.0), (30.0, -50.0)]
)
def test_an_arrow_points_where_its_normal_does(azimuth_deg: float, elevation_deg: float) -> None:
    drawn = estimate(0, 0.0, ((1.0, azimuth_deg, elevation_deg),))
    (hand,) = drawn.hands
    before = drawn.frame.rgb.copy()
    picture = annotated(drawn, OWN)
    np.testing.assert_array_equal(drawn.frame.rgb, before)
    y, x = np.nonzero((picture == mode_colour(0)).all(2))
    assert len(x) > 20
    away = np.array([x.mean(), y.mean()]) - palm_centre(hand.landmarks.points_px)
    ahead = hand.modes[0].normal[:2] * (1, -1)
    assert away @ ahead > 0.9 * np.linalg.norm(away) * np.linalg.norm(ahead)


def test_every_hypothesis_has_an_arrow_of_its_colour_and_every_bone_a_line() -> None:
    drawn = estimate(0, 0.0, TWO_MODES, hands=2)
    picture = annotated(drawn, OWN)
    for track in (0, 1):
        assert (picture == mode_colour(track)).all(2).any()
    for hand in drawn.hands:
        x, y = palm_centre(hand.landmarks.points_px).round().astype(int)
        assert tuple(picture[y, x]) == mode_colour(0), "where all arrows begin the heaviest is on top"
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
    annotated(replace(drawn, hands=(replace(drawn.hands[0], mode_count=found),)), LARGE)
    assert set(written) == {written[0]} and written[0].startswith(said)


def test_captions_say_shares_and_never_cover_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, tuple[int, int]]] = []
    monkeypatch.setattr(annotate.cv2, "putText", lambda image, text, where, *_: written.append((text, where)))
    drawn = estimate(0, 0.0, TWO_MODES)
    (hand,) = drawn.hands
    beside = replace(hand.landmarks, points_px=hand.landmarks.points_px + 1.0)
    hands = (hand, replace(hand, landmarks=beside), replace(hand, mode_count=1))
    annotated(replace(drawn, hands=hands), LARGE)
    texts, places = zip(*written[::2], strict=True)
    assert texts[0] == "2 hypotheses (60%, 40%), 88 deg apart" and texts[2] == "1 hypothesis"
    feet = sorted(foot for _, foot in places)
    assert min(np.diff(feet)) >= 16
    width, height = LARGE
    assert all(0 < x < width and 0 < foot < height for x, foot in places)
    written.clear()
    aside = replace(hand.landmarks, points_px=hand.landmarks.points_px + np.array([110.0, 0.0]))
    annotated(replace(drawn, hands=(replace(hand, mode_count=1, landmarks=aside),)), LARGE)
    text, (left, _) = written[0]
    assert left + annotate.cv2.getTextSize(text, annotate.cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0] <= width


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 100), (500, 500)),
        ((160, 120), LARGE),
        ((479, 300), (958, 600)),
        ((101, 35), (504, 174)),  # 505 x 175, and encoders want even sides
        ((480, 640), (480, 640)),
        ((5000, 100), (3840, 76)),
    ],
)
def test_a_small_picture_is_enlarged_by_a_whole_factor(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert annotated_size(np.zeros((*size[::-1], 3), np.uint8)) == expected


@pytest.mark.parametrize("size", [(480, 360), (640, 360), (360, 640), (80, 60)])
def test_all_is_drawn_where_it_is_in_the_fitted_picture(size: tuple[int, int]) -> None:
    drawn = estimate(0, 0.0, ((1.0, 50.0, 0.0),))
    (hand,) = drawn.hands
    rgb = drawn.frame.rgb.copy()
    x, y = palm_centre(hand.landmarks.points_px).round().astype(int)
    rgb[y - 3 : y + 4, x - 3 : x + 4] = (0, 255, 0)  # around the arrow's foot
    picture = annotated(replace(drawn, frame=replace(drawn.frame, rgb=rgb)), size)
    assert picture.shape == (size[1], size[0], 3)
    plain = fitted(rgb, size)
    marked = np.argwhere((plain == (0, 255, 0)).all(2)).mean(0)
    foot = np.argwhere((picture == mode_colour(0)).all(2))
    scale = min(size[0] / 160, size[1] / 120)
    assert np.linalg.norm(foot - marked, axis=1).min() < 1.5
    tip = marked[::-1] + scale * hand.modes[0].normal[:2] * (1, -1) * annotate.ARROW_LENGTH * palm_size(
        hand.landmarks.points_px
    )
    assert np.linalg.norm(foot[:, ::-1] - tip, axis=1).min() < 3


def test_a_caption_is_made_smaller_then_shorter_and_is_never_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, int, float]] = []
    monkeypatch.setattr(
        annotate.cv2,
        "putText",
        lambda image, text, where, font, letters, *_: written.append((text, where[0], letters)),
    )
    drawn = estimate(0, 0.0, TWO_MODES)
    said = {}
    for width in range(40, 700, 10):
        written.clear()
        annotated(drawn, (width, 400))
        (text, left, letters), _ = written
        long_px = annotate.cv2.getTextSize(text, annotate.cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
        assert left >= 4 and left + long_px * letters / 0.5 <= width - 3
        assert letters >= 0.4 or text == "60%, 40%"
        said.setdefault(text, []).append(letters)
    shortest, short, long = said
    assert (shortest, short) == ("60%, 40%", "2 hypotheses (60%, 40%)")
    assert long == "2 hypotheses (60%, 40%), 88 deg apart"
    for letters in said.values():
        assert letters == sorted(letters) and letters[0] < letters[-1] == 0.5
