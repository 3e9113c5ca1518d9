"""What is written about a source: one JSON line a frame as scripts read it, and tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from handorient.errors import UserError
from handorient.pipeline import Estimate, HandEstimate, TrackedMode

#: A frame as a line of ``estimates.jsonl``.
Record = dict[str, Any]

#: The files of a session's folder. What tells the folder of a session from any other is FACTS.
PICTURES, ESTIMATES, FACTS = "picture.mkv", "estimates.jsonl", "session.json"

#: The columns of a table of estimates: one row a mode, heaviest first; frames without a hand have none.
CSV_COLUMNS = (
    "frame",  # counted from 0
    "t_s",  # the frame's time in the source, seconds
    "path",  # the image's file, for a folder of images
    "hand",  # the hand's id
    "handedness",  # left or right
    "facing",  # palm or back
    "roll_deg",
    "track",  # the mode's identity from frame to frame
    "weight",  # the mode's share, 0 to 1
    "azimuth_deg",
    "elevation_deg",
    "azimuth_std_deg",  # spread around the mode
    "elevation_std_deg",
    "normal_x",  # the palm's unit normal in the camera frame: right, up, toward the camera
    "normal_y",
    "normal_z",
    "modes",  # how many the hand has
    "separation_deg",  # between its two heaviest modes, 0 for one
    "entropy_nats",
)


def _rounded(values: ArrayLike, digits: int = 3) -> Any:
    return np.round(np.asarray(values, float), digits).tolist()


def box_px(hand: HandEstimate) -> NDArray[np.float64]:
    """(4,) left, top, width and height of the hand's landmarks in the frame's pixels."""
    low, high = hand.landmarks.points_px.min(0), hand.landmarks.points_px.max(0)
    return np.concatenate([low, high - low])


def _hand(hand: HandEstimate) -> dict[str, Any]:
    return {
        "id": hand.id,
        "handedness": hand.landmarks.handedness,
        "facing": hand.facing,
        "roll_deg": _rounded(np.degrees(hand.crop.window.roll_rad)),
        "box_px": _rounded(box_px(hand), 1),
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
                "std_deg": _rounded(np.degrees(mode.std_rad)),
                "normal": _rounded(mode.normal, 5),
            }
            for mode in hand.modes
        ],
        "ambiguity": {
            "modes": hand.mode_count,
            "separation_deg": _rounded(np.degrees(hand.separation_rad)),
            "entropy_nats": _rounded(hand.mixture.entropy()),
        },
    }


def estimate_record(estimate: Estimate) -> Record:
    """The estimate as a line of ``estimates.jsonl``: degrees, pixels of the frame, milliseconds."""
    frame = estimate.frame
    record = {
        "frame": frame.index,
        "t_s": _rounded(frame.time_s, 6),
        "path": None if frame.path is None else str(frame.path),
        "hands": [_hand(hand) for hand in estimate.hands],
        "ms": {stage: _rounded(value) for stage, value in estimate.ms.items()},
    }
    if frame.truth is not None:
        angles = np.degrees([frame.truth.azimuth_rad, frame.truth.elevation_rad])
        record["truth_deg"] = _rounded(angles)
    return record


def recorded_mode(mode: Record) -> TrackedMode:
    """The mode that a hand's record tells of.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: if the record is not whole, or a number is none.
    """
    tracked = TrackedMode(
        int(mode["track"]),
        float(mode["weight"]),
        float(np.radians(mode["azimuth_deg"])),
        float(np.radians(mode["elevation_deg"])),
        np.radians(np.array(mode["std_deg"], float).reshape(2)),
        np.array(mode["normal"], float).reshape(3),
    )
    angles = tracked.azimuth_rad, tracked.elevation_rad
    if not np.isfinite([tracked.weight, *angles, *tracked.std_rad, *tracked.normal]).all():
        raise ValueError("a mode's number is none")
    return tracked


def read_records(path: Path) -> Iterator[Record]:
    """The lines of an ``estimates.jsonl`` that can be read.

    Raises:
        UserError: if the file cannot be read.
    """
    return (record for _, record in placed_records(path) if record is not None)


def placed_records(path: Path) -> Iterator[tuple[int, Record | None]]:
    """The same records, each after the place of its line: how many bytes of the file come before it.

    A line that cannot be read is None, but for the last one, which a crash may leave so: it is left out.

    Raises:
        UserError: if the file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            place, unreadable = 0, None
            for line in lines:
                if unreadable is not None:
                    yield unreadable, None
                record = _record(line) if line.endswith(b"\n") else None
                unreadable = place if record is None else None
                if record is not None:
                    yield place, record
                place += len(line)
    except OSError as error:
        raise UserError(f"The estimates in {path} cannot be read: {error.strerror or error}.") from error


def record_at(path: Path, place: int) -> Record | None:
    """The record at a place of :func:`placed_records`, or None if it is no longer there."""
    try:
        with path.open("rb") as lines:
            lines.seek(place)
            return _record(lines.readline())
    except OSError:
        return None


def _record(line: bytes) -> Record | None:
    try:
        record = json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):  # the latter where somebody nested a thousand lists
        return None
    return record if isinstance(record, dict) else None


def write_csv(records: Iterable[Record], path: Path) -> None:
    """Write the records' modes as a table with the columns :data:`CSV_COLUMNS`, in UTF-8.

    Of a file's name that is not, the bytes that no character stands for are written as ``\\udcNN``.

    Raises:
        OSError: if the file cannot be written.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(CSV_COLUMNS)
        for record in records:
            frame = (record["frame"], record["t_s"], record["path"] or "")
            for hand in record["hands"]:
                ambiguity = hand["ambiguity"]
                for mode in hand["modes"]:
                    table.writerow(
                        (
                            *frame,
                            *(hand[name] for name in ("id", "handedness", "facing", "roll_deg")),
                            *(mode[name] for name in ("track", "weight", "azimuth_deg", "elevation_deg")),
                            *mode["std_deg"],
                            *mode["normal"],
                            *(ambiguity[name] for name in ("modes", "separation_deg", "entropy_nats")),
                        )
                    )
