from __future__ import annotations

import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.capture.frame import Frame
from handorient.capture.opencv import LONGEST_PX
from handorient.capture.video import VideoFile
from handorient.errors import UserError

from .media import RED, jittered_s, picture, write_browser_video, write_recording, write_video


def read_all(video: VideoFile) -> list[Frame]:
    with video:
        return list(iter(video.read, None))


def turned_by_metadata(clip: Path) -> Path:
    """The same pictures with the flag of a phone held upright: to be shown a quarter turn clockwise."""
    data = bytearray(clip.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30)
    clip.write_bytes(data)
    return clip


def test_the_frame_rate_is_never_rounded(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "ntsc.mp4", [picture()] * 300, frame_rate=29.97))
    frames = read_all(video)
    assert video.frame_rate == pytest.approx(29.97)
    assert len(frames) == video.frame_count == 300
    assert frames[-1].time_s + 1 / video.frame_rate == pytest.approx(300 / 29.97, abs=1e-3)


def test_red_stays_red(tmp_path: Path) -> None:
    frame = read_all(VideoFile(write_video(tmp_path / "red.mp4", [picture(RED)] * 3)))[0]
    red, green, blue = frame.rgb.mean((0, 1))
    assert red > 240 and green < 15 and blue < 15


def test_a_clip_filmed_upright_is_upright(tmp_path: Path) -> None:
    wide = picture(size=(64, 48))
    wide[:, :32] = 255  # white on the left, so on top once turned clockwise
    frame = read_all(VideoFile(turned_by_metadata(write_video(tmp_path / "phone.mp4", [wide] * 3))))[0]
    assert frame.rgb.shape == (64, 48, 3)
    assert frame.rgb[:28, :, 1].mean() > 240
    assert frame.rgb[36:, :, 1].mean() < 15


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


@pytest.mark.parametrize(("shape", "shown"), [((4, 3), 85), ((8, 9), 57), ((1, 1), 64), ((0, 1), 64)])
def test_a_picture_is_as_wide_as_its_pixels_are(tmp_path: Path, shape: tuple[int, int], shown: int) -> None:
    half_white = picture(size=(64, 48))
    half_white[:, :32] = 255
    video = VideoFile(with_wide_pixels(write_video(tmp_path / "dv.mp4", [half_white] * 3), *shape))
    for frame in read_all(video):
        assert frame.rgb.shape == (48, shown, 3)
        assert (frame.rgb[..., 1] > 127).mean() == pytest.approx(0.5, abs=0.02)


def test_the_pixels_of_a_clip_filmed_upright_are_turned_with_it(tmp_path: Path) -> None:
    clip = turned_by_metadata(with_wide_pixels(write_video(tmp_path / "a.mp4", [picture()] * 3), 4, 3))
    assert read_all(VideoFile(clip))[0].rgb.shape == (64, 36, 3)


def test_pixels_of_an_absurd_shape_make_no_picture_that_is_too_long(tmp_path: Path) -> None:
    clip = with_wide_pixels(write_video(tmp_path / "a.mp4", [picture()] * 3), 10_000, 1)
    assert read_all(VideoFile(clip))[0].rgb.shape == (2, LONGEST_PX, 3)


def test_a_real_portrait_clip_is_portrait(real: Callable[[str], Path]) -> None:
    video = VideoFile(real("video/tfjs_asl_hand.mp4"))
    with video:
        frame = video.read()
    assert frame is not None
    assert frame.rgb.shape == (1080, 620, 3)
    assert video.frame_rate == 25.0


def test_a_clip_cut_off_in_the_middle_plays_to_its_last_readable_frame(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(60)]
    clip = write_video(tmp_path / "cut.avi", noise, codec="MJPG")
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    assert 20 < len(read_all(VideoFile(clip))) < 40


def test_a_real_clip_cut_off_in_the_middle_plays_on(real: Callable[[str], Path], tmp_path: Path) -> None:
    data = real("video/mp_hand_landmarker_test.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) // 2])
    assert 50 < len(read_all(VideoFile(cut))) < 202


def test_a_file_name_may_hold_any_letters(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", [picture()] * 3).rename(tmp_path / "手 é.mp4")
    assert len(read_all(VideoFile(tmp_path / "手 é.mp4"))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no colon in a name")
def test_a_colon_in_a_file_name_is_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "clip.mp4", [picture()] * 3).rename(tmp_path / "take:2.mp4")
    assert len(read_all(VideoFile(Path("take:2.mp4")))) == 3


def test_a_video_that_begins_with_text_is_a_video(tmp_path: Path) -> None:
    """YUV4MPEG2, whose header is text, and whose dark pictures begin with 16."""
    clip = tmp_path / "clip.y4m"
    planes = bytes([16]) * (64 * 48) + bytes([128]) * (64 * 48 // 2)
    clip.write_bytes(b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420jpeg\n" + 3 * (b"FRAME\n" + planes))
    assert [frame.rgb.max() for frame in read_all(VideoFile(clip))] == [0, 0, 0]


def nothing(path: Path) -> None:
    pass


def folder(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("not a video\n" * 100)


def rubbish(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(5000))


def no_frames(path: Path) -> None:
    clip = write_video(path.with_suffix(".avi"), [picture()], codec="MJPG")
    data = clip.read_bytes()
    path.write_bytes(data[: data.index(b"movi") + 4])


def av1(path: Path) -> None:
    """By the name of its codec, without the description of the true one."""
    write_video(path, [picture()] * 3)
    data = path.read_bytes()
    at = data.index(b"stsd")
    path.write_bytes(data[:at] + data[at:].replace(b"mp4v", b"av01", 1).replace(b"esds", b"free", 1))


def headless(path: Path) -> None:
    write_video(path, [picture()] * 30)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (nothing, "There is no video"),
        (folder, "is a folder, not a video"),
        (empty, "is empty"),
        (text, "is a text file, not a video"),
        (rubbish, "cannot be read as a video"),
        (headless, "cannot be read as a video"),
        (no_frames, "contains no readable picture"),
        (av1, "such as AV1; .* convert it to H.264"),
    ],
)
def test_what_is_no_video_says_why_in_one_sentence_and_nothing_on_stderr(
    make: Callable[[Path], None], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "clip.mp4"
    make(path)
    video = VideoFile(path)
    with pytest.raises(UserError, match=sentence) as raised:
        video.open()
    assert str(path) in str(raised.value)
    assert video.read() is None
    assert capfd.readouterr().err == ""


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
    late = write_recording(tmp_path / "late.mkv", moving(60), [2 + index / 30 for index in range(60)])
    with VideoFile(late) as video:
        assert video.frame_count == 120
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
