"""The status line's numbers over the last moments."""

from __future__ import annotations

import weakref
from dataclasses import replace

import pytest

from handorient.app.statistics import Statistics
from tests.estimates import estimate


def shown(count: int, first: int = 0, take: int = 0) -> Statistics:
    """Of ``count`` estimates, each captured 30 ms after the last and shown 20 ms later."""
    statistics = Statistics()
    add(statistics, count, first, take)
    return statistics


def add(statistics: Statistics, count: int, first: int = 0, take: int = 0) -> None:
    for index in range(first, first + count):
        one = estimate(index, 0.03 * index)
        statistics.add(replace(one, frame=replace(one.frame, take=take)), 0.03 * index + 0.02, index // 2)


def test_rates_latency_and_stages():
    statistics = shown(50)
    text = " ".join(statistics.text(1.5, 3).split())
    assert "capture 33" in text and "inference 16" in text and "display 33 fps" in text
    assert "latency 20 ms (p95 20)" in text and "skipped 3" in text
    assert statistics.stages() == {"detect": (8.0, 8.0), "total": (12.3456, 12.3456)}


def test_a_stage_has_a_median_and_a_95th_percentile():
    statistics = Statistics()
    assert statistics.stages() == {}
    for index in range(61):
        one = replace(estimate(index, index / 30), ms={"detect": float(index % 10)})
        statistics.add(one, index / 30, index)
    assert statistics.stages()["detect"] == pytest.approx((4.5, 9.0), abs=0.6)


def test_a_stage_that_waits_for_a_hand_is_timed_only_where_there_is_one():
    statistics = Statistics()
    for index in range(20):
        one = estimate(index, index / 30, hands=index % 2 if index < 10 else 0)
        ms = {"detect": 8.0, "network": 2.0 if one.hands else 0.0, "total": 10.0}
        statistics.add(replace(one, ms=ms), index / 30, index)
    assert statistics.stages() == {"detect": (8.0, 8.0), "network": (2.0, 2.0), "total": (10.0, 10.0)}
    statistics.clear()
    statistics.add(replace(one, ms=ms), 1.0, 21)
    assert statistics.stages() == {"detect": (8.0, 8.0), "network": None, "total": (10.0, 10.0)}


def test_pictures_are_captured_at_the_rate_of_the_newest_take():
    statistics = shown(20)
    later = estimate(3, 0.7)
    for index, captured_s in ((3, 0.7), (4, 0.8), (5, 0.9)):
        frame = replace(later.frame, index=index, captured_s=captured_s, take=1)
        statistics.add(replace(later, frame=frame), captured_s, 30)
    assert statistics.text(0.9, 0).startswith("capture  10")
    again = replace(later.frame, index=0, captured_s=1.0, take=2)
    statistics.add(replace(later, frame=again), 1.0, 31)
    assert statistics.text(1.0, 0).startswith("capture  10"), "one picture has no rate"


def test_what_was_shown_before_the_last_moments_is_forgotten():
    statistics = shown(10)
    add(statistics, 2, first=1000)
    assert "latency   20 ms" in statistics.text(30.1, 0) and len(statistics._shown) == 2


def test_where_no_picture_comes_any_more_no_rates_pretend_that_they_do():
    statistics = shown(50)
    assert "fps" in statistics.text(1.5, 0) and "fps" in statistics.text(4.0, 0)
    assert statistics.text(6.5, 0) == "no new picture for 5 s"
    assert list(statistics.stages()) == ["detect", "total"], "of the last one"
    add(statistics, 1, first=1000)
    assert statistics.text(30.1, 0) == Statistics().text(30.1, 0) == "waiting for pictures"


def test_another_answer_to_a_held_picture_counts_as_no_new_picture():
    statistics = shown(50)
    held = replace(estimate(49, 0.03 * 49), ms={"detect": 8.0, "total": 99.0})
    statistics.add(held, 42.0, 26)
    assert statistics.text(42.0, 0).startswith("no new picture for 4")
    assert statistics.stages()["total"][1] > 13, "though its stages took what they took"
    add(statistics, 2, first=1500)
    text = " ".join(statistics.text(45.1, 0).split())
    assert "capture 33" in text and "latency 20 ms (p95 20)" in text


def test_no_picture_is_kept():
    statistics, one = Statistics(), estimate(0, 0.0)
    picture = weakref.ref(one.frame.rgb)
    statistics.add(one, 0.02, 1)
    del one
    assert picture() is None
