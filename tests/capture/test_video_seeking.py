"""Where a video's frames are in time, and that a seek finds exactly the one that is meant."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.capture.video import VideoFile

from .clips import read_all
from .media import jittered_s, picture, with_wide_pixels, write_browser_video, write_recording, write_video


def moving(count: int) -> list[np.ndarray]:
    """Noise, so that no two frames look alike to an encoder or a test."""
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(count)]


def panned(count: int) -> list[np.ndarray]:
    """The same for an encoder that is to find each frame in the one before."""
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (48, 1, 3))
    return [np.roll(ramp, index, axis=1) for index in range(count)]


def assert_seeks_are_exact(video: VideoFile, indices: list[int]) -> None:
    played = read_all(video)
    with video:
        for index in indices:
            video.seek(index)
            frame = video.read()
            assert frame is not None
            assert frame.index == index
            np.testing.assert_array_equal(frame.rgb, played[index].rgb)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.webm", "VP80"), ("a.mkv", "mp4v"),
     ("a.mpg", "PIM1")],
)  # fmt: skip
def test_seeking_is_exact_in_every_container(name: str, codec: str, tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / name, moving(80), codec=codec))
    assert_seeks_are_exact(video, [79, 0, 40, 41, 60, 13, 12, 79])


def test_seeking_is_exact_where_frames_refer_to_later_ones(real: Callable[[str], Path]) -> None:
    video = VideoFile(real("video/mp_hand_landmarker_test.mp4"))
    assert_seeks_are_exact(video, [201, 0, 100, 101, 99, 150, 37, 200])


def test_seeking_is_exact_where_pixels_are_wide(tmp_path: Path) -> None:
    video = VideoFile(with_wide_pixels(write_video(tmp_path / "a.mp4", moving(80)), 4, 3))
    assert_seeks_are_exact(video, [79, 0, 40, 41, 60])


def test_times_that_a_container_tells_wrongly_do_not_lead_astray(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "clip.mp4", moving(80)))
    with video:
        video._times_s = [i / 25 + 0.02 * (i > 40) for i in range(80)]
        video.seek(70)
        frame = video.read()
    assert frame is not None
    assert frame.index == 70
    np.testing.assert_array_equal(frame.rgb, read_all(video)[70].rgb)


WRITERS = pytest.mark.parametrize("write", [write_recording, write_browser_video])


def test_times_that_are_repeated_or_go_back_are_those_of_the_rate(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.mkv", [picture()] * 6, [index / 10 for index in range(6)])
    data = path.read_bytes()
    for said_ms, instead_ms in ((300, 200), (400, 100)):
        said, instead = (b"\xe7\x01" + struct.pack(">xxxxxxBQ", 8, ms) for ms in (said_ms, instead_ms))
        assert data.count(said) == 1
        data = data.replace(said, instead)
    path.write_bytes(data)
    times_s = [frame.time_s for frame in read_all(VideoFile(path))]
    assert times_s == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])


@WRITERS
def test_where_only_the_clocks_tick_is_stated_rate_and_count_are_those_of_the_frames(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    times_s = jittered_s(90, frame_rate=24.0)
    video = VideoFile(write(tmp_path / "a.mkv", moving(90), times_s))
    with video:
        assert video.frame_count == 90
        assert video.frame_rate == pytest.approx(89 / times_s[-1], rel=1e-3)
        assert video.duration_s == pytest.approx(90 / 24, abs=0.02)
    with video:  # as when it starts over
        assert video.frame_count == 90


def test_a_frame_whose_time_the_container_does_not_tell_can_be_sought(tmp_path: Path) -> None:
    greys = [picture((shade, shade, shade)) for shade in np.linspace(20, 235, 40).astype(int).tolist()]
    video = VideoFile(write_video(tmp_path / "a.mpg", greys, codec="mpg2"))
    with video:
        assert len(video._all_times()) == 39
        video.seek(39)
        frame = video.read()
    assert frame is not None and frame.index == 39
    np.testing.assert_array_equal(frame.rgb, read_all(video)[39].rgb)


def trimmed(clip: Path, hidden: int) -> Path:
    """The same, to be shown from the frame of this index on, as phones and FFmpeg trim without encoding."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"elst") + 12
    length_ms, begin = struct.unpack(">Ii", data[at : at + 8])
    data[at : at + 8] = struct.pack(">Ii", length_ms - hidden * 40, begin + hidden * 512)
    clip.write_bytes(data)
    return clip


def test_what_is_hidden_of_a_trimmed_video_neither_counts_nor_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its first frame that is shown lies behind a keyframe, which is decoded, and promised, all the same."""
    video = VideoFile(trimmed(write_video(tmp_path / "a.mp4", panned(24)), 10))
    assert len(read_all(video)) == 14 and not caplog.records
    long = trimmed(write_video(tmp_path / "long.mp4", panned(100)), 10)
    assert_seeks_are_exact(VideoFile(long), [89, 0, 45, 44, 60])
    monkeypatch.setattr(cv2, "VideoCapture", CountedCapture)
    with VideoFile(long) as video:
        assert video.index_at(1e6) == 89
        assert video.duration_s == pytest.approx(90 / 25)
        CountedCapture.grabs = 0
        video.seek(89)
        assert CountedCapture.grabs <= 40


OPENCVS = cv2.VideoCapture


def test_the_usual_rate_is_the_stated_one_or_where_there_are_pauses_that_between_them(tmp_path: Path) -> None:
    with VideoFile(write_recording(tmp_path / "a.mkv", panned(60), [i / 29.97 for i in range(60)])) as steady:
        assert steady.frame_rate == steady.usual_rate() == pytest.approx(29.97, rel=1e-3)
    paused_s = [time_s + 0.7 * (index // 20) for index, time_s in enumerate(jittered_s(60, 25.0))]
    with VideoFile(write_recording(tmp_path / "b.mkv", panned(60), paused_s)) as paused:
        assert paused.frame_rate == pytest.approx(59 / paused_s[-1], rel=1e-3)
        assert paused.usual_rate() == pytest.approx(25, rel=0.1)


class CountedCapture:
    """Counts the frames that are grabbed one by one, and not those that OpenCV passes over in a jump."""

    grabs = 0

    def __init__(self, *args: object) -> None:
        self._capture = OPENCVS(*args)

    def grab(self) -> bool:
        CountedCapture.grabs += 1
        return self._capture.grab()

    def __getattr__(self, name: str) -> object:
        return getattr(self._capture, name)


@WRITERS
def test_a_seek_decodes_little_more_than_from_the_last_keyframe_on(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.mkv", moving(300), jittered_s(300))
    monkeypatch.setattr(cv2, "VideoCapture", CountedCapture)
    with VideoFile(path) as video:
        video.index_at(0.0)  # which reads all times once
        for index in [290, 150, 149, 200, 60]:
            CountedCapture.grabs = 0
            video.seek(index)
            assert CountedCapture.grabs <= 40


class EndlessCapture(CountedCapture):
    """A video that does not come to its end."""

    def grab(self) -> bool:
        self._capture.grab()
        return True


@pytest.mark.parametrize("times_s", [None, []], ids=["reading the times of all frames", "decoding"])
def test_a_long_seek_ends_once_nobody_wants_the_video_any_more(
    times_s: list[float] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", EndlessCapture)
    with VideoFile(write_video(tmp_path / "a.mp4", moving(60))) as video:
        video._times_s = times_s
        seeking = threading.Thread(target=video.seek, args=(1_000_000_000,), daemon=True)
        seeking.start()
        seeking.join(0.1)
        video.given_up = True
        seeking.join(10)
        assert not seeking.is_alive()
        assert video.read() is None


def test_opening_a_video_that_states_its_rate_does_not_read_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "a.mp4", moving(60))
    monkeypatch.setattr(cv2, "VideoCapture", CountedCapture)
    CountedCapture.grabs = 0
    with VideoFile(path) as video:
        assert video.frame_count == 60
        assert CountedCapture.grabs == 1
        video.seek(20 - 17)
        video.seek(video.index_at(0.0))
        first = video.read()
    assert first is not None and first.index == 0
    assert CountedCapture.grabs < 10, "nor does who goes back to its beginning"


@WRITERS
def test_seeking_is_exact_where_the_rate_varies(write: Callable[..., Path], tmp_path: Path) -> None:
    video = VideoFile(write(tmp_path / "a.mkv", moving(80), jittered_s(80)))
    assert_seeks_are_exact(video, [79, 0, 40, 41, 60, 13, 12, 79])


def test_a_file_that_was_not_copied_whole_says_so_once_and_expects_no_more_than_there_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (25, 48, 64, 3), np.uint8)
    whole = write_video(tmp_path / "whole.avi", noise, codec="MJPG")
    with VideoFile(whole) as video:
        assert sum(1 for _ in iter(video.read, None)) == 25 and not caplog.records
    torn = tmp_path / "torn.avi"
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with VideoFile(torn) as video:
        assert video.frame_count == 25
        for _ in range(2):
            found = sum(1 for _ in iter(video.read, None))
            assert 5 < found < 20 and video.frame_count == found
            assert video.duration_s == pytest.approx(found / video.frame_rate)
            video.start_over()
    (record,) = caplog.records
    assert record.getMessage() == f"torn.avi ends after {found} of 25 pictures: it may be damaged"


def test_a_picture_that_begins_late_on_the_containers_clock_is_no_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As where sound comes first: what the container promises is counted from there."""
    for late_s, promised in ((2.0, 120), (0.1, 63)):
        times_s = [late_s + index / 30 for index in range(60)]
        with VideoFile(write_recording(tmp_path / f"{late_s}.mkv", moving(60), times_s)) as video:
            assert video.frame_count == promised
            assert sum(1 for _ in iter(video.read, None)) == 60
            assert video.frame_count == 60 and video.duration_s == pytest.approx(2.0, abs=0.01)
    assert not caplog.records


@pytest.mark.parametrize("sought", [False, True])
def test_what_cannot_be_decoded_at_the_end_is_not_sought(sought: bool, tmp_path: Path) -> None:
    """The container tells of it all the same."""
    clip = write_video(tmp_path / "a.mp4", moving(40))
    data = bytearray(clip.read_bytes())
    end = data.index(b"moov") - 4
    data[end - 3000 : end] = bytes(3000)
    clip.write_bytes(data)
    with VideoFile(clip) as video:
        if sought:
            assert video.index_at(1e6) == 39
        last = list(iter(video.read, None))[-1]
        assert last.index < 39
        video.seek(video.index_at(1e6))
        frame = video.read()
        assert frame is not None and frame.index == last.index
        assert video.duration_s == pytest.approx((last.index + 1) / 25)
