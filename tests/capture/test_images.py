from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.capture.images import Images, read_image
from handorient.capture.opencv import LONGEST_PX
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.sources import open_source

from .clips import PATIENCE_S
from .media import RED, picture, write_image

BGR_RED = RED[::-1]


def with_orientation(jpeg: Path, orientation: int) -> Path:
    """The JPEG with an EXIF block that holds nothing but this orientation."""
    tiff = (
        b"MM\0*\0\0\0\x08"
        + b"\0\x01"
        + b"\x01\x12\0\x03\0\0\0\x01"
        + bytes([0, orientation, 0, 0])
        + b"\0" * 4
    )
    block = b"Exif\0\0" + tiff
    data = jpeg.read_bytes()
    jpeg.write_bytes(data[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + data[2:])
    return jpeg


def test_a_folder_is_read_in_name_order_and_frames_say_which_file_they_are(tmp_path: Path) -> None:
    for name in ["b.png", "a.JPG", "10.png", "9.bmp"]:
        write_image(tmp_path / name, picture())
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._a.jpg").write_text("another system's note")
    with Images(tmp_path) as images:
        frames = list(iter(images.read, None))
        assert images.frame_count == 4
    assert [frame.path for frame in frames] == [tmp_path / n for n in ["10.png", "9.bmp", "a.JPG", "b.png"]]
    assert [frame.time_s for frame in frames] == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_has_an_images_name_and_is_no_file_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_image(tmp_path / "c.png", picture())
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "b.png").mkdir()
    (tmp_path / "d.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "e.png").symlink_to(tmp_path / "c.png")
    with Images(tmp_path) as images:
        assert images.frame_count == 2
        frames = list(iter(images.read, None))
    assert [frame.path.name for frame in frames if frame.path] == ["c.png", "e.png"]
    assert not caplog.messages


def test_one_image_is_one_frame(tmp_path: Path) -> None:
    path = write_image(tmp_path / "手 é.png", np.full((4, 6, 3), BGR_RED, np.uint8))
    with Images(path) as images:
        (frame,) = iter(images.read, None)
    assert frame.path == path
    assert frame.rgb.shape == (4, 6, 3)
    assert tuple(frame.rgb[0, 0]) == RED


@pytest.mark.parametrize(
    ("pixels", "rgb"),
    [
        (np.full((4, 6), 200, np.uint8), (200, 200, 200)),
        (np.full((4, 6), 200 * 257, np.uint16), (200, 200, 200)),
        (np.full((4, 6, 4), (*BGR_RED, 128), np.uint8), RED),
        (np.full((4, 6, 3), np.array(BGR_RED, np.uint16) * 257, np.uint16), RED),
    ],
    ids=["grey", "grey 16 bit", "transparent", "colour 16 bit"],
)
def test_every_kind_of_png_becomes_8_bit_rgb(pixels: np.ndarray, rgb: tuple, tmp_path: Path) -> None:
    read = read_image(write_image(tmp_path / "image.png", pixels))
    assert read is not None
    assert read.dtype == np.uint8
    assert read.shape == (4, 6, 3)
    assert tuple(read[0, 0]) == rgb


@pytest.mark.parametrize("size", [(40_000, 20), (20, 40_000), (1, 40_000)])
def test_a_picture_too_long_for_the_detector_is_scaled_down_be_it_an_image_or_a_videos(
    size: tuple[int, int], tmp_path: Path
) -> None:
    image = write_image(tmp_path / "image.jpg", picture(BGR_RED, size))
    (tmp_path / "video.mjpeg").write_bytes(image.read_bytes() * 3)
    width, height = (max(1, round(side * LONGEST_PX / 40_000)) for side in size)
    for path in (image, tmp_path / "video.mjpeg"):
        with open_source(str(path)) as source:
            frame = source.read()
        assert frame is not None and frame.rgb.shape == (height, width, 3)
        assert np.abs(frame.rgb.reshape(-1, 3).mean(0) - RED).max() < 3


def test_a_photo_is_upright_as_its_exif_data_asks(tmp_path: Path) -> None:
    wide = np.zeros((32, 64, 3), np.uint8)
    wide[:, :32] = 255  # white on the left, so on top once turned clockwise
    read = read_image(with_orientation(write_image(tmp_path / "phone.jpg", wide), 6))
    assert read is not None
    assert read.shape == (64, 32, 3)
    assert read[:24].mean() > 240
    assert read[40:].mean() < 15


def test_an_unreadable_image_is_skipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_image(tmp_path / "a.png", picture())
    (tmp_path / "b.png").write_text("not an image")
    (tmp_path / "c.png").touch()
    write_image(tmp_path / "d.png", picture())
    with caplog.at_level(logging.WARNING), Images(tmp_path) as images:
        frames = list(iter(images.read, None))
    assert [frame.path.name for frame in frames if frame.path] == ["a.png", "d.png"]
    assert [frame.index for frame in frames] == [0, 3]
    assert "b.png" in caplog.text and "c.png" in caplog.text


def test_a_source_that_was_given_up_looks_for_no_readable_picture(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.png").write_text("not an image")
    write_image(tmp_path / "c.png", picture())
    with Images(tmp_path) as images:
        images.given_up = True
        images.seek(1)
        assert images.read() is None
        assert images.skipped == [], "none was even looked at"


def test_what_stands_at_a_time_does_not_depend_on_what_was_read_before(tmp_path: Path) -> None:
    """Before the unreadable third image is met and after, and it stands where the second one still does."""

    def at(time_s: float) -> tuple[str, float]:
        images.seek(images.index_at(time_s))
        frame = images.read()
        assert frame is not None and frame.path is not None
        return frame.path.stem, frame.time_s

    for name in "abde":
        write_image(tmp_path / f"{name}.png", picture())
    (tmp_path / "c.png").write_text("not an image")
    with Images(tmp_path) as images:
        for _ in range(2):
            assert [at(t) for t in (3.5, 2.5, 1.5)] == [("d", 3.0), ("b", 1.0), ("b", 1.0)]
            assert len(list(iter(images.read, None))) == 2
        assert images.duration_s == 5.0


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no image or folder"):
        Images(tmp_path / "nowhere").open()


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(UserError, match="contains no images"):
        Images(tmp_path).open()


def test_a_folder_in_which_nothing_can_be_read_is_said_by_its_player(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_text("not an image")
    player = Player(Images(tmp_path))
    player.start()
    assert player.frames.get(PATIENCE_S) is None
    assert isinstance(player.error, UserError)
    assert "no readable picture" in str(player.error)
    assert caplog.messages == [f"skipped {tmp_path / name}: it cannot be read" for name in ("a.png", "b.png")]


def test_a_single_image_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not an image")
    with Images(tmp_path / "a.png") as images, pytest.raises(UserError, match="cannot be read as an image"):
        images.read()


def test_opencv_decodes_every_suffix_that_counts_as_an_image(tmp_path: Path) -> None:
    for suffix in [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"]:
        assert cv2.haveImageReader(str(write_image(tmp_path / f"image{suffix}", picture())))


READ_ONE = """
import sys
from pathlib import Path
from handorient.capture.images import read_image
print(read_image(Path(sys.argv[1])))
"""


def test_opencv_says_nothing_of_a_damaged_image_though_no_video_was_ever_opened(tmp_path: Path) -> None:
    path = write_image(tmp_path / "torn.png", picture())
    path.write_bytes(path.read_bytes()[:-40])
    quiet = {name: value for name, value in os.environ.items() if name != "OPENCV_LOG_LEVEL"}
    command = [sys.executable, "-c", READ_ONE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=quiet)
    assert (done.stdout, done.stderr) == ("None\n", "")
