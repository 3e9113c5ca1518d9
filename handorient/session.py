"""What is written about a source: one JSON line a frame, as scripts read it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from handorient.pipeline import Estimate, HandEstimate


def _rounded(values: ArrayLike, digits: int = 3) -> Any:
    return np.round(np.asarray(values, float), digits).tolist()


def _hand(hand: HandEstimate) -> dict[str, Any]:
    low, high = hand.landmarks.points_px.min(0), hand.landmarks.points_px.max(0)
    return {
        "id": hand.id,
        "handedness": hand.landmarks.handedness,
        "facing": hand.facing,
        "roll_deg": _rounded(np.degrees(hand.crop.window.roll_rad)),
        "box_px": _rounded(np.concatenate([low, high - low]), 1),
        "mixture": {
            "weights": _rounded(hand.mixture.weights, 5),
            "mean_deg": _rounded(np.degrees(hand.mixture.mean)),
            "std_deg": _rounded(np.degrees(hand.mixture.std)),
        },
        "modes": [
            {
                "track": mode.track,
                "weight": _rounded(mode.weight, 5),
                "azimuth_deg": _rounded(np.degrees(mode.azimuth_rad)),
                "elevation_deg": _rounded(np.degrees(mode.elevation_rad)),
                "normal": _rounded(mode.normal, 5),
            }
            for mode in hand.modes
        ],
        "ambiguity": {
            "modes": len(hand.modes),
            "separation_deg": _rounded(np.degrees(hand.separation_rad)),
            "entropy_nats": _rounded(hand.mixture.entropy()),
        },
    }


def estimate_record(estimate: Estimate) -> dict[str, Any]:
    """The estimate as a line of ``estimates.jsonl``: degrees, pixels of the frame, milliseconds."""
    frame = estimate.frame
    return {
        "frame": frame.index,
        "t_s": _rounded(frame.time_s, 6),
        "path": None if frame.path is None else str(frame.path),
        "hands": [_hand(hand) for hand in estimate.hands],
        "ms": {stage: _rounded(value) for stage, value in estimate.ms.items()},
    }
