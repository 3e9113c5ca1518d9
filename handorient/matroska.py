"""Motion JPEG in Matroska, written so that every picture that was added can be read whatever happens next.

OpenCV's own writer tells nobody when the disk is full, knows no times but a constant rate, and loses most of
a file, or all of it, when the program dies. Here each picture is a cluster of its own, written at once, with
its own time; there is no index at the end that could be missing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
#: Where a value that is not known yet will stand.
_LATER = struct.pack(">d", 0.0)


def _head(code: int, size: int) -> bytes:
    """What begins an EBML element: its code, and the length of its data in eight bytes."""
    return code.to_bytes((code.bit_length() + 7) // 8, "big") + (size | 1 << 56).to_bytes(8, "big")


def _element(code: int, data: bytes) -> bytes:
    return _head(code, len(data)) + data


def _number(code: int, value: int) -> bytes:
    return _element(code, value.to_bytes(8, "big"))


def _before_picture(time_ms: int, size: int) -> bytes:
    """All of a cluster that comes before its picture, of which ``size`` is the length."""
    # Track 1, no time beyond the cluster's own, a picture that depends on no other.
    inner = _number(0xE7, time_ms) + _head(0xA3, 4 + size) + b"\x81\0\0\x80"
    return _head(_CLUSTER, len(inner) + size) + inner


#: Code and size of an element, the same and all else that comes before a picture, and where its time is.
_HEAD, _BEFORE, _TIME = 12, len(_before_picture(0, 0)), slice(21, 29)
#: How much is read at once where the next whole cluster is looked for.
_CHUNK = 1 << 20


class MatroskaWriter:
    """A file of JPEG pictures with their times, to the millisecond."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        """Begin a file of pictures of this size in pixels.

        Raises:
            OSError: if it cannot be written.
        """
        self._file = path.open("wb", buffering=0)
        self._count, self._first_ms, self._last_ms = 0, 0, -1
        # Type, version, and the version that a reader must know.
        kind = _element(0x4282, b"matroska") + _number(0x4287, 4) + _number(0x4285, 2)
        info = _element(
            _INFO,
            _number(0x2AD7B1, 1_000_000)  # nanoseconds in the unit of times
            + _element(0x4D80, b"handorient")
            + _element(0x5741, b"handorient")
            + _element(0x4489, _LATER),  # the duration
        )
        size = _number(0xB0, width) + _number(0xBA, height)
        track = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _number(0x9C, 0)
        track += _element(0x86, b"V_MJPEG") + _element(0xE0, size)
        # The segment ends where the file ends.
        start = _element(_EBML, kind) + _SEGMENT.to_bytes(4, "big") + _UNKNOWN_SIZE + info
        self._duration_at = len(start) - len(_LATER)
        self._write(start + _element(_TRACKS, _element(0xAE, track)))

    def add(self, jpeg: bytes, time_s: float) -> None:
        """Append a picture; two times that round to the same millisecond are kept apart.

        Raises:
            OSError: if the disk is full or gone; what was added before stays readable.
        """
        time_ms = max(round(1e3 * time_s), self._last_ms + 1)
        self._write(_before_picture(time_ms, len(jpeg)) + jpeg)
        self._first_ms = self._first_ms if self._count else time_ms
        self._last_ms = time_ms
        self._count += 1

    def close(self) -> None:
        """Note the duration, from which players count the pictures, and close the file.

        The last picture lasts as long as the others do on average; a single one has no length.

        Raises:
            OSError: if that cannot be written; the pictures are safe.
        """
        usual_ms = (self._last_ms - self._first_ms) / (self._count - 1) if self._count > 1 else 0.0
        with self._file as file:
            file.seek(self._duration_at)
            file.write(struct.pack(">d", max(0.0, self._last_ms + usual_ms)))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:  # a disk that is nearly full takes a part of it
            view = view[self._file.write(view) :]


def picture_places(path: Path) -> Iterator[tuple[int, int, int]]:
    """Offset and length in bytes and time in milliseconds of each picture that :class:`MatroskaWriter` wrote.

    What lies between two of them and is damaged is passed over, and so is a last one that is not whole.

    Raises:
        OSError: if the file cannot be read.
    """
    end = path.stat().st_size
    with path.open("rb") as file:
        place = _next_cluster(file, 0)
        while len(head := _read(file, place, _BEFORE)) == _BEFORE:
            after = place + _HEAD + int.from_bytes(head[5:_HEAD], "big")
            if after <= end and _is_whole(head):
                offset = place + _BEFORE
                yield offset, after - offset, int.from_bytes(head[_TIME], "big")
                place = after
            else:
                place = _next_cluster(file, place + 1)


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _is_whole(head: bytes) -> bool:
    """Whether a cluster begins with what :class:`MatroskaWriter` writes before a picture."""
    picture = int.from_bytes(head[5:_HEAD], "big") - (_BEFORE - _HEAD)
    return picture >= 0 and head == _before_picture(int.from_bytes(head[_TIME], "big"), picture)


def _next_cluster(file: BinaryIO, place: int) -> int:
    """Where from ``place`` on the next thing is that may be a cluster; the end of the file if nothing is."""
    code = _CLUSTER.to_bytes(4, "big")
    while chunk := _read(file, place, _CHUNK):
        if (found := chunk.find(code)) >= 0:
            return place + found
        # The code may lie across two chunks.
        place += max(len(chunk) - len(code) + 1, 1)
    return place
