"""What every source promises, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handorient.capture.camera import Camera
from handorient.capture.demo import Demo
from handorient.capture.images import Images
from handorient.capture.source import SeekableSource, Source
from handorient.capture.video import VideoFile
from handorient.recording import Recorder
from handorient.replay import Session

from ..estimates import estimate
from .media import (
    FakeCapture,
    jittered_s,
    picture,
    write_browser_video,
    write_image,
    write_recording,
    write_video,
)


def session(folder: Path) -> SeekableSource:
    recorder = Recorder(folder, {})
    for index in range(20):
        recorder.add(estimate(index, 100.0 + index / 10))
    recorder.close()
    return Session(recorder.folder)


def camera(folder: Path) -> Source:
    return Camera(0, connect=lambda index: FakeCapture())


def greys(count: int) -> list[np.ndarray]:
    return [picture((shade, shade, shade)) for shade in np.linspace(20, 235, count).astype(int).tolist()]


def video(folder: Path) -> SeekableSource:
    return VideoFile(write_video(folder / "clip.mp4", greys(60)))


def recorded_video(folder: Path) -> SeekableSource:
    return VideoFile(write_recording(folder / "picture.mkv", greys(60), jittered_s(60)))


def steady_recorded_video(folder: Path) -> SeekableSource:
    return VideoFile(write_recording(folder / "picture.mkv", greys(60), [index / 30 for index in range(60)]))


def browser_video(folder: Path) -> SeekableSource:
    return VideoFile(write_browser_video(folder / "clip.webm", greys(60), jittered_s(60)))


def video_stamped_as_decoded(folder: Path) -> SeekableSource:
    """AVI knows no other times, and its first picture is decoded before it is shown: it begins at 0.04 s."""
    return VideoFile(write_video(folder / "clip.avi", greys(60), codec="mpg2"))


def video_cut_at_its_beginning(folder: Path) -> SeekableSource:
    """Its first pictures refer to one that is gone, and cannot be shown: it promises more than there are."""
    clip = write_video(folder / "clip.ts", greys(60), codec="mpg2")
    packets = clip.read_bytes()
    clip.write_bytes(packets[188 * (len(packets) // 188 // 8) :])
    return VideoFile(clip)


def videos_put_together(folder: Path) -> SeekableSource:
    """Twice the same: its times start over in the middle, and it promises half of what there is."""
    clip = write_video(folder / "clip.ts", greys(30), codec="mpg2")
    clip.write_bytes(2 * clip.read_bytes())
    return VideoFile(clip)


def video_without_a_time_for_each(folder: Path) -> SeekableSource:
    """Its container tells one time less than there are pictures, and promises half of them."""
    return VideoFile(write_video(folder / "clip.mpg", greys(40), codec="mpg2"))


def image_folder(folder: Path) -> SeekableSource:
    for name, rgb in zip("abcde", greys(5), strict=True):
        write_image(folder / f"{name}.png", rgb)
    return Images(folder)


def damaged_folder(folder: Path) -> SeekableSource:
    images = image_folder(folder)
    for name in "ac":
        (folder / f"{name}.png").write_text("not an image")
    return images


def image(folder: Path) -> SeekableSource:
    return Images(write_image(folder / "one.png", picture()))


def demo(folder: Path) -> SeekableSource:
    return Demo()


FILES: list[Callable[[Path], SeekableSource]] = [
    video,
    recorded_video,
    steady_recorded_video,
    browser_video,
    video_stamped_as_decoded,
    video_cut_at_its_beginning,
    videos_put_together,
    video_without_a_time_for_each,
    image_folder,
    image,
    session,
    demo,
]
MAKERS = [*FILES, camera]


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


def test_every_source_with_an_end_can_be_sought_and_no_other(source: Source) -> None:
    assert isinstance(source, SeekableSource) is not source.live


@pytest.fixture(params=[*FILES, damaged_folder], ids=lambda make: make.__name__)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> SeekableSource:
    return request.param(tmp_path)


def test_a_file_ends_with_none_for_good_after_no_more_frames_than_it_promised(file: SeekableSource) -> None:
    with file:
        count = len(read_some(file, 1000))
        assert file.frame_count is not None and 0 < count <= file.frame_count
        assert file.read() is None
        assert file.read() is None


def test_a_seek_gives_exactly_the_frame_that_playing_gave_and_playing_goes_on_there(
    file: SeekableSource,
) -> None:
    with file:
        played = read_some(file, 1000)
        last = len(played) - 1
        for index in [last, 0, last // 2, last // 2, (last + 1) // 2, last // 3, last]:
            file.seek(played[index].index)
            for expected in played[index : index + 2]:
                frame = file.read()
                assert frame is not None
                assert (frame.index, frame.time_s) == (expected.index, expected.time_s)
                np.testing.assert_array_equal(frame.rgb, expected.rgb)


def test_the_frame_shown_at_a_time_is_the_last_one_that_has_begun(file: SeekableSource) -> None:
    with file:
        played = read_some(file, 1000)
        for frame in played:
            assert file.index_at(frame.time_s) == frame.index
            assert file.index_at(frame.time_s + 0.4 / file.frame_rate) == frame.index
        assert file.index_at(-1.0) <= played[0].index
        assert file.index_at(1e6) == played[-1].index
        assert file.duration_s is not None and file.duration_s > played[-1].time_s


def test_past_the_end_there_is_nothing_to_read_and_one_can_seek_back(file: SeekableSource) -> None:
    with file:
        played = read_some(file, 1000)
        file.seek(played[-1].index + 3)
        assert file.read() is None
        file.seek(0)
        frame = file.read()
        assert frame is not None and frame.index == played[0].index


def test_a_closed_file_ignores_a_seek(file: SeekableSource) -> None:
    file.seek(0)
    assert file.read() is None
    with file:
        read_some(file, 3)
    file.seek(0)
    assert file.read() is None


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


def test_a_source_starts_over(source: Source) -> None:
    with source:
        for _ in range(2):
            frame = source.read()
            assert frame is not None and frame.index == 0
            source.read()
            source.start_over()


def test_a_source_introduces_itself_before_it_is_opened(source: Source) -> None:
    assert source.name
    assert source.uri
    assert source.frame_rate > 0
