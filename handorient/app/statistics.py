"""Rates and latency over the last moments: what the status bar says about the machine."""

from __future__ import annotations

from collections import deque

import numpy as np

from handorient.pipeline import Estimate

_MOMENT_S = 3.0


class Statistics:
    """Collects what was shown and when; old entries fall out by themselves."""

    def __init__(self) -> None:
        self._shown: deque[tuple[float, float, int]] = deque()
        self._ms: dict[str, float] = {}

    def clear(self) -> None:
        self._shown.clear()
        self._ms = {}

    def add(self, estimate: Estimate, shown_s: float) -> None:
        """Count an estimate whose picture was on the screen at ``shown_s``, on time.monotonic()."""
        frame = estimate.frame
        if self._shown and frame.index <= self._shown[-1][2]:
            self._shown.clear()  # the source started over
        self._shown.append((shown_s, frame.captured_s, frame.index))
        while shown_s - self._shown[0][0] > _MOMENT_S:
            self._shown.popleft()
        self._ms = estimate.ms

    def text(self, dropped: int) -> str:
        """One line of numbers, each with room for its digits so that the line does not wander."""
        if len(self._shown) < 2:
            return "waiting for pictures"
        shown, captured, index = np.array(self._shown).T
        capture_fps = (index[-1] - index[0]) / max(captured[-1] - captured[0], 1e-3)
        estimate_fps = (len(shown) - 1) / max(shown[-1] - shown[0], 1e-3)
        middle, late = 1e3 * np.percentile(shown - captured, (50, 95))
        return (
            f"capture {capture_fps:3.0f} fps   ·   estimates {estimate_fps:3.0f} fps   ·   "
            f"latency {middle:4.0f} ms (p95 {late:.0f})   ·   dropped {dropped}"
        )

    def stages(self) -> str:
        """The milliseconds of each stage, one a line."""
        return "\n".join(f"{stage}  {ms:.1f} ms" for stage, ms in self._ms.items())
