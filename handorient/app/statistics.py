"""Rates, latency and times per stage over the last moments: what the status line says about the machine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from handorient.pipeline import Estimate

_MOMENT_S = 3.0


@dataclass(frozen=True, slots=True)
class _Shown:
    """One estimate on the screen: when it came there, and how many the worker had made by then."""

    shown_s: float
    made: int
    estimate: Estimate


class Statistics:
    """Collects what was shown and when; old entries fall out by themselves."""

    def __init__(self) -> None:
        self._shown: deque[_Shown] = deque()

    def clear(self) -> None:
        self._shown.clear()

    def add(self, estimate: Estimate, shown_s: float, made: int) -> None:
        """Count an estimate on the screen at ``shown_s`` (time.monotonic()), the worker's ``made``-th."""
        self._shown.append(_Shown(shown_s, made, estimate))
        while shown_s - self._shown[0].shown_s > _MOMENT_S:
            self._shown.popleft()

    def text(self, dropped: int) -> str:
        """One line of numbers, each with room for its digits so that the line does not wander."""
        if len(self._shown) < 2:
            return "waiting for pictures"
        first, last = self._shown[0], self._shown[-1]
        took_s = max(last.shown_s - first.shown_s, 1e-3)
        inference, display = (last.made - first.made) / took_s, (len(self._shown) - 1) / took_s
        capture = self._capture_rate()
        latency_s = [one.shown_s - one.estimate.frame.captured_s for one in self._shown]
        middle, late = 1e3 * np.percentile(latency_s, (50, 95))
        return (
            f"capture {capture:3.0f}   ·   inference {inference:3.0f}   ·   display {display:3.0f} fps   ·   "
            f"latency {middle:4.0f} ms (p95 {late:.0f})   ·   dropped {dropped}"
        )

    def _capture_rate(self) -> float:
        """Pictures a second that the source took, by what it counted since it last started over."""
        frames = [one.estimate.frame for one in self._shown]
        frames = [frame for frame in frames if frame.take == frames[-1].take]
        captured_s = max(frames[-1].captured_s - frames[0].captured_s, 1e-3)
        return (frames[-1].index - frames[0].index) / captured_s

    def stages(self) -> dict[str, tuple[float, float]]:
        """Median and 95th percentile of the milliseconds of each stage, in the pipeline's order."""
        names = list(self._shown[-1].estimate.ms) if self._shown else []
        times = {name: [s.estimate.ms[name] for s in self._shown if name in s.estimate.ms] for name in names}
        return {name: tuple(np.percentile(values, (50, 95)).tolist()) for name, values in times.items()}
