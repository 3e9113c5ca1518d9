from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.errors import UserError
from handorient.mp4 import LONGEST_S, Mp4Writer

#: How far the codec may be from a picture's grey.
LOSS = 10


def grey(value: int, height: int = 48, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def pictures(path: Path) -> list[np.ndarray]:
    video, found = cv2.VideoCapture(str(path)), []
    while True:
        decoded, bgr = video.read()
        if not decoded:
            return found
        found.append(bgr)


def test_each_picture_stands_from_its_own_time_until_the_next(tmp_path: Path) -> None:
    """Ten frames a second; the picture at 0.52 s shares a frame with the one before, which gives way."""
    with Mp4Writer(tmp_path / "a.mp4", 10.0) as video:
        for value, time_s in [(20, 0.0), (60, 0.1), (100, 0.48), (140, 0.52), (180, 0.9)]:
            video.add(grey(value), time_s)
    shown = [picture.mean() for picture in pictures(tmp_path / "a.mp4")]
    assert shown == pytest.approx([20, 60, 60, 60, 60, 140, 140, 140, 140, 180], abs=LOSS)


@pytest.mark.parametrize("rate", [0.3, 1.0, 24.0, 30000 / 1001, 60.0, 240.0])
@pytest.mark.parametrize("begin_s", [0.0, 1.4])
def test_a_constant_rate_gives_one_frame_for_each_picture(
    rate: float, begin_s: float, tmp_path: Path
) -> None:
    """Its times to the millisecond, as Matroska has them, wherever they begin."""
    with Mp4Writer(tmp_path / "a.mp4", rate) as video:
        for index in range(200):
            video.add(grey(20 + 40 * (index % 5)), round(begin_s + index / rate, 3))
    shown = [picture.mean() for picture in pictures(tmp_path / "a.mp4")]
    assert shown == pytest.approx([20, 60, 100, 140, 180] * 40, abs=LOSS)
    assert cv2.VideoCapture(str(tmp_path / "a.mp4")).get(cv2.CAP_PROP_FPS) == pytest.approx(rate, abs=2e-3)


def test_a_rate_that_mpeg_4_cannot_tell_is_told_as_nearly_as_it_can(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 119.123) as video:
        for index in range(200):
            video.add(grey(20 + 40 * (index % 5)), index / 119.123)
    assert len(pictures(tmp_path / "a.mp4")) == pytest.approx(200, abs=1)


def test_a_long_pause_is_cut_short(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 2.0) as video:
        for value, time_s in [(20, 0.0), (100, 3600.0), (180, 3601.0)]:
            video.add(grey(value), time_s)
    shown = [picture.mean() for picture in pictures(tmp_path / "a.mp4")]
    assert shown == pytest.approx([20] * int(2 * LONGEST_S) + [100, 100, 180], abs=LOSS)


def test_of_pictures_that_are_all_far_apart_none_is_lost(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 1 / 60) as video:
        for index in range(6):
            video.add(grey(20 + 40 * index), 60.0 * index)
    shown = [picture.mean() for picture in pictures(tmp_path / "a.mp4")]
    assert shown == pytest.approx([20, 60, 100, 140, 180, 220], abs=LOSS)
    assert cv2.VideoCapture(str(tmp_path / "a.mp4")).get(cv2.CAP_PROP_FPS) == pytest.approx(1 / LONGEST_S)


def test_late_pictures_half_a_frame_off_are_all_kept(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 4.0) as video:
        for index, time_s in enumerate([0.0, 0.125, 0.5, 0.625, 1.0, 1.125]):
            video.add(grey(20 + 40 * index), time_s)
    shown = [picture.mean() for picture in pictures(tmp_path / "a.mp4")]
    assert shown == pytest.approx([20, 60, 100, 140, 180, 220], abs=LOSS)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(30, 9000, (12, 3840)), (9000, 30, (3840, 12)), (49, 65, (48, 64)), (1, 1, (2, 2))],
)
def test_the_video_has_the_first_pictures_size_as_far_as_players_go(
    height: int, width: int, expected: tuple[int, int], tmp_path: Path
) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 10.0) as video:
        video.add(grey(200, height, width), 0.0)
        video.add(grey(200, height, width), 0.1)
    assert [picture.shape[:2] for picture in pictures(tmp_path / "a.mp4")] == [expected] * 2
    assert pictures(tmp_path / "a.mp4")[0].mean() > 120  # the picture, not the black around it


def test_pictures_of_other_sizes_are_fitted_in(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", 10.0) as video:
        video.add(grey(200, 48, 64), 0.0)
        video.add(grey(200, 48, 24), 0.1)
    second = pictures(tmp_path / "a.mp4")[1]
    assert second.shape == (48, 64, 3)
    assert second[:, 22:42].mean() == pytest.approx(200, abs=LOSS)
    assert second[:, :16].mean() < 10 and second[:, 48:].mean() < 10


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from handorient.mp4 import Mp4Writer
pictures = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3)).astype(np.uint8)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with Mp4Writer(Path(sys.argv[1]), 25.0) as video:
        for index, rgb in enumerate(pictures):
            video.add(rgb, index / 25)
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [0, 20_000, 48_000])
def test_a_disk_that_fills_up_is_noticed(room: int, tmp_path: Path) -> None:
    """At the start, amid the pictures, or in the table of frames that ends the 48.6 kB."""
    pytest.importorskip("resource")
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "a.mp4"), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("a.mp4 could not be ")


def test_an_error_on_its_way_is_not_hidden_by_what_it_left_of_the_video(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Mp4Writer(tmp_path / "a.mp4", 25.0) as video:
        video.add(grey(20), 0.0)
        raise ZeroDivisionError


def test_a_name_that_is_not_in_utf_8_is_refused_before_opencv_crashes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"d\\udce9mos is not .*: rename it"):
        Mp4Writer(tmp_path / "d\udce9mos" / "a.mp4", 25.0)
