"""Rates, latency and times per stage over the last moments: what the status line says about the machine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from handorient.pipeline import Estimate

_MOMENT_S = 3.0


@dataclass(frozen=True, slots=True)
class _Shown:
    """The numbers of an estimate on the screen, without its picture: seconds of those would fill the memory.

    Attributes:
        shown_s: when its picture was painted, on ``time.perf_counter()``.
        made: how many the worker had made by then.
        captured_s, index, take: its frame's.
        ms: what each stage took that ran; None for one that waits for a hand.
    """

    shown_s: float
    made: int
    captured_s: float
    index: int
    take: int
    ms: dict[str, float | None]


class Statistics:
    """Collects what was shown and when; old entries fall out, but for the newest of all."""

    def __init__(self) -> None:
        self._shown: deque[_Shown] = deque()

    def clear(self) -> None:
        self._shown.clear()

    def add(self, estimate: Estimate, shown_s: float, made: int) -> None:
        """Count an estimate, the worker's ``made``-th, painted at ``shown_s`` (time.perf_counter())."""
        frame = estimate.frame
        if self._shown and self._shown[-1].captured_s == frame.captured_s:
            # Another answer to a picture that is held: it is as new as when it came, whenever that was.
            shown_s = self._shown.pop().shown_s
        ms = {stage: value if estimate.ran(stage) else None for stage, value in estimate.ms.items()}
        self._shown.append(_Shown(shown_s, made, frame.captured_s, frame.index, frame.take, ms))
        self._forget(shown_s)

    def _forget(self, now_s: float) -> None:
        while len(self._shown) > 1 and now_s - self._shown[0].shown_s > _MOMENT_S:
            self._shown.popleft()

    def text(self, now_s: float, dropped: int) -> str:
        """One line of numbers at ``now_s``, each with room for its digits so that the line does not wander.

        Where there is nothing to count, it says so.
        """
        self._forget(now_s)
        if self._shown and (silent_s := now_s - self._shown[-1].shown_s) > _MOMENT_S:
            return f"no new picture for {silent_s:.0f} s"
        if len(self._shown) < 2:
            return "waiting for pictures"
        first, last = self._shown[0], self._shown[-1]
        took_s = max(last.shown_s - first.shown_s, 1e-3)
        inference, display = (last.made - first.made) / took_s, (len(self._shown) - 1) / took_s
        rate = self._capture_rate()
        capture = "  –" if rate is None else f"{rate:3.0f}"
        latency_s = [one.shown_s - one.captured_s for one in self._shown]
        middle, late = 1e3 * np.percentile(latency_s, (50, 95))
        return (
            f"capture {capture}   ·   inference {inference:3.0f}   ·   display {display:3.0f} fps   ·   "
            f"latency {middle:4.0f} ms (p95 {late:.0f})   ·   skipped {dropped}"
        )

    def _capture_rate(self) -> float | None:
        """Pictures a second that the source took, by the newest take of which two were shown, if any."""
        takes = [one.take for one, other in pairwise(self._shown) if one.take == other.take]
        if not takes:
            return None
        first, *_, last = (one for one in self._shown if one.take == takes[-1])
        took_s = last.captured_s - first.captured_s
        return (last.index - first.index) / took_s if took_s > 0 else None

    def stages(self) -> dict[str, tuple[float, float] | None]:
        """Median and 95th percentile of the milliseconds of each stage, in the pipeline's order.

        None for one that has not run.
        """
        names = list(self._shown[-1].ms) if self._shown else []
        times = {name: [ms for one in self._shown if (ms := one.ms.get(name)) is not None] for name in names}
        return {
            name: tuple(np.percentile(values, (50, 95)).tolist()) if values else None
            for name, values in times.items()
        }
