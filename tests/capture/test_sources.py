"""What every source promises, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handorient.capture.camera import Camera
from handorient.capture.images import Images
from handorient.capture.source import Source
from handorient.capture.video import VideoFile
from handorient.synth.demo import DemoSource

from .media import FakeCapture, picture, write_image, write_video


def camera(folder: Path) -> Source:
    return Camera(0, connect=lambda index: FakeCapture())


def video(folder: Path) -> Source:
    return VideoFile(write_video(folder / "clip.mp4", [picture()] * 6))


def image_folder(folder: Path) -> Source:
    for name in "abcd":
        write_image(folder / f"{name}.png", picture())
    return Images(folder)


def image(folder: Path) -> Source:
    return Images(write_image(folder / "one.png", picture()))


def demo(folder: Path) -> Source:
    return DemoSource()


FILES: list[Callable[[Path], Source]] = [video, image_folder, image]
MAKERS = [*FILES, camera, demo]


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return request.param(tmp_path)


def read_some(source: Source, most: int = 8) -> list:
    frames = []
    while len(frames) < most and (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def test_frames_are_contiguous_rgb_pictures(source: Source) -> None:
    with source:
        frames = read_some(source)
    assert frames
    for frame in frames:
        assert frame.rgb.dtype == np.uint8
        assert frame.rgb.ndim == 3 and frame.rgb.shape[2] == 3
        assert frame.rgb.flags.c_contiguous


def test_frames_count_from_zero_and_times_strictly_increase(source: Source) -> None:
    with source:
        frames = read_some(source)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert frames[0].time_s >= 0
    assert all(np.diff([frame.time_s for frame in frames]) > 0)
    assert all(np.diff([frame.captured_s for frame in frames]) >= 0)


@pytest.mark.parametrize("make", FILES, ids=lambda make: make.__name__)
def test_a_file_ends_with_none_for_good_after_the_frames_it_promised(
    make: Callable[[Path], Source], tmp_path: Path
) -> None:
    with make(tmp_path) as source:
        assert len(read_some(source)) == source.frame_count
        assert source.read() is None
        assert source.read() is None


def test_close_is_idempotent_and_harmless_before_open(source: Source) -> None:
    source.close()
    source.open()
    source.close()
    source.close()


def test_a_closed_source_reads_none(source: Source) -> None:
    assert source.read() is None
    with source:
        assert source.read() is not None
    assert source.read() is None


def test_reopening_starts_over(source: Source) -> None:
    with source:
        read_some(source, 2)
    with source:
        again = source.read()
    assert again is not None
    assert again.index == 0


def test_a_source_introduces_itself_before_it_is_opened(source: Source) -> None:
    assert source.name
    assert source.uri
    assert source.frame_rate > 0
