from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient import matroska
from handorient.capture.video import VideoFile
from handorient.matroska import MatroskaWriter, picture_places


def jpeg(shade: int) -> bytes:
    return cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes()


JPEGS = [jpeg(shade) for shade in range(20, 220, 20)]
#: As a camera that hesitates delivers them.
TIMES_S = [0.0, 0.033, 0.066, 0.3, 0.333, 0.4, 0.466, 0.5, 1.2, 1.233]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "picture.mkv"
    writer = MatroskaWriter(path, 64, 48)
    for data, time_s in zip(JPEGS, TIMES_S, strict=True):
        writer.add(data, time_s)
    writer.close()
    return path


def assert_pictures(path: Path, count: int) -> None:
    data = path.read_bytes()
    assert [data[start : start + size] for start, size, _ in picture_places(path)] == JPEGS[:count]


def test_the_pictures_come_back_to_the_byte(file: Path) -> None:
    assert_pictures(file, len(JPEGS))


def test_it_is_a_video_like_any_other_with_the_pictures_own_times(file: Path) -> None:
    video = VideoFile(file)
    with video:
        frames = list(iter(video.read, None))
        assert video.duration_s == pytest.approx(TIMES_S[-1] * 10 / 9, abs=0.02)
    assert [frame.time_s for frame in frames] == pytest.approx(TIMES_S, abs=1e-3)
    assert [frame.rgb.mean() for frame in frames] == pytest.approx(range(20, 220, 20), abs=2)


@pytest.mark.parametrize("start_s", [0.0, 5.0])
@pytest.mark.parametrize("frame_rate", [25.0, 29.97, 30.0])
def test_the_duration_lasts_to_the_end_of_the_last_picture(
    frame_rate: float, start_s: float, tmp_path: Path
) -> None:
    writer = MatroskaWriter(tmp_path / "a.mkv", 64, 48)
    for index in range(60):
        writer.add(JPEGS[index % 10], start_s + index / frame_rate)
    writer.close()
    capture = cv2.VideoCapture(str(tmp_path / "a.mkv"), cv2.CAP_FFMPEG)
    duration_s = capture.get(cv2.CAP_PROP_FRAME_COUNT) / capture.get(cv2.CAP_PROP_FPS)
    assert duration_s == pytest.approx(start_s + 60 / frame_rate, abs=0.01)


@pytest.mark.parametrize("count", [1, 4, 9])
def test_a_file_that_breaks_off_anywhere_keeps_the_pictures_before(file: Path, count: int) -> None:
    """Nobody closed it, and the last picture is torn."""
    start, size, _ = list(picture_places(file))[count]
    data = file.read_bytes()
    for end in (start - 20, start, start + 1, start + size - 1):
        file.write_bytes(data[:end])
        assert_pictures(file, count)
        with VideoFile(file) as video:
            assert len(list(iter(video.read, None))) >= count


def test_the_times_of_the_pictures_come_back_to_the_millisecond(file: Path) -> None:
    assert [time_ms for *_, time_ms in picture_places(file)] == [round(1e3 * time_s) for time_s in TIMES_S]


@pytest.mark.parametrize(
    ("start", "size", "lost"),
    [
        (-30, 1, [4]),  # what says that a picture follows
        (-22, 1, [4]),  # how long it is, impossibly
        (-1, 1, [4]),
        (-30, 2000, [4, 5, 6]),
        (300, 1000, [5]),  # number 4 has its place, if not its content
    ],
)
@pytest.mark.parametrize("byte", [b"\0", b"\x1f", b"\xff"])
def test_pictures_around_a_damaged_place_are_found(
    file: Path, start: int, size: int, lost: list[int], byte: bytes
) -> None:
    before = list(picture_places(file))
    data = bytearray(file.read_bytes())
    begin = before[4][0] + start
    data[begin : begin + size] = size * byte
    file.write_bytes(data)
    assert list(picture_places(file)) == [place for index, place in enumerate(before) if index not in lost]


def test_a_damaged_beginning_hides_no_picture(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matroska, "_CHUNK", 7)  # so that what is looked for lies across chunks
    before = list(picture_places(file))
    file.write_bytes(bytes(200) + file.read_bytes()[200:])
    assert list(picture_places(file)) == before


def test_pictures_of_the_same_moment_are_kept_apart(tmp_path: Path) -> None:
    writer = MatroskaWriter(tmp_path / "a.mkv", 64, 48)
    for data in JPEGS[:3]:
        writer.add(data, 0.0)
    writer.close()
    with VideoFile(tmp_path / "a.mkv") as video:
        assert [frame.time_s for frame in iter(video.read, None)] == pytest.approx([0.0, 0.001, 0.002])


def test_what_a_nearly_full_disk_takes_in_parts_is_written_whole(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Parts(io.FileIO):
        def write(self, data: bytes) -> int:
            return super().write(data[:100])

    monkeypatch.setattr(Path, "open", lambda path, *_, **__: Parts(path, "wb"))
    writer = MatroskaWriter(tmp_path / "a.mkv", 64, 48)
    for data, time_s in zip(JPEGS, TIMES_S, strict=True):
        writer.add(data, time_s)
    writer.close()
    monkeypatch.undo()
    assert (tmp_path / "a.mkv").read_bytes() == file.read_bytes()


def test_what_is_no_such_file_holds_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    for data in (b"", b"not a video", bytes(100), np.random.default_rng(0).bytes(1000)):
        path.write_bytes(data)
        assert list(picture_places(path)) == []
