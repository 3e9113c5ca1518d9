from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handorient.capture.opencv import LONGEST_PX
from handorient.capture.video import VideoFile
from handorient.errors import UserError

from .clips import read_all
from .media import RED, picture, with_wide_pixels, write_video


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
