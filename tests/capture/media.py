"""Small media written on the spot, and a camera made of nothing."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from handorient.matroska import MatroskaWriter, picture_places

RED = (255, 0, 0)


def picture(rgb: tuple[int, int, int] = RED, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """One colour, (height, width, 3) uint8 RGB."""
    return np.full((size[1], size[0], 3), rgb, np.uint8)


def write_video(
    path: Path, pictures: Iterable[np.ndarray], frame_rate: float = 25.0, codec: str = "mp4v"
) -> Path:
    pictures = list(pictures)
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), frame_rate, (width, height))
    for rgb in pictures:
        writer.write(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def jittered_s(count: int, frame_rate: float = 30.0) -> list[float]:
    """Times from 0 as a camera has them: up to a third of a frame early or late, so that no rate fits."""
    late_s = np.random.default_rng(2).uniform(-1 / 3, 1 / 3, count) / frame_rate
    times_s = np.arange(count) / frame_rate + late_s
    return (times_s - times_s[0]).tolist()


def write_recording(path: Path, pictures: Iterable[np.ndarray], times_s: Iterable[float]) -> Path:
    """RGB pictures as :class:`MatroskaWriter` writes them."""
    pictures = list(pictures)
    height, width = pictures[0].shape[:2]
    writer = MatroskaWriter(path, width, height)
    for rgb, time_s in zip(pictures, times_s, strict=True):
        jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
        writer.add(jpeg.tobytes(), time_s)
    writer.close()
    return path


def write_browser_video(path: Path, pictures: Iterable[np.ndarray], times_s: Iterable[float]) -> Path:
    """RGB pictures as a browser records them: VP8, few keyframes, times to the millisecond, no rate."""
    pictures = list(pictures)
    height, width = pictures[0].shape[:2]
    clip = write_video(path.with_suffix(".avi"), pictures, codec="VP80")
    packets = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, (cv2.CAP_PROP_FORMAT, -1))
    writer = MatroskaWriter(path, width, height)
    for time_s in times_s:
        read, packet = packets.read()
        assert read
        writer.add(packet.tobytes(), time_s)
    writer.close()
    packets.release()
    # What was written for Motion JPEG names its codec, and calls every picture a keyframe.
    data = bytearray(path.read_bytes().replace(b"V_MJPEG", b"V_VP8\0\0", 1))
    for start, *_ in picture_places(path):
        if data[start] & 1:
            data[start - 1] &= 0x7F
    path.write_bytes(data)
    return path


def write_image(path: Path, pixels: np.ndarray, params: Iterable[int] = ()) -> Path:
    """Pixels as OpenCV wants them: grey, BGR or BGRA."""
    encoded, data = cv2.imencode(path.suffix, pixels, list(params))
    assert encoded
    path.write_bytes(data.tobytes())
    return path


def with_wide_pixels(clip: Path, width: int, height: int) -> Path:
    """The same pictures, stored for pixels of this shape."""
    data, at = bytearray(clip.read_bytes()), 0
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v"):  # each in the one before
        at = data.index(box, at)
        (length,) = struct.unpack(">I", data[at - 4 : at])
        data[at - 4 : at] = struct.pack(">I", length + 16)
    end = at - 4 + length
    data[end:end] = struct.pack(">I4sII", 16, b"pasp", width, height)
    clip.write_bytes(data)
    return clip


class FakeCapture:
    """Stands in for cv2.VideoCapture on a camera that grants 640 x 480 at 30 fps, whatever it is asked.

    ``pictures`` is how many it delivers before it goes silent, as an unplugged one does.
    """

    def __init__(
        self, present: bool = True, pictures: int = 1_000_000, rgb: tuple[int, int, int] = RED
    ) -> None:
        self.present = present
        self.left = pictures
        self.bgr = picture(rgb)[..., ::-1].copy()
        self.asked: list[int] = []
        self.attempts = 0
        self.released = False

    def isOpened(self) -> bool:
        return self.present

    def get(self, prop: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0, cv2.CAP_PROP_FPS: 30.0}[
            prop
        ]

    def set(self, prop: int, value: float) -> bool:
        self.asked.append(prop)
        return False

    def grab(self) -> bool:
        assert not self.released, "read after release"
        self.attempts += 1
        if self.left == 0:
            return False
        self.left -= 1
        time.sleep(0.002)
        return True

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, self.bgr.copy()

    def release(self) -> None:
        self.released = True
