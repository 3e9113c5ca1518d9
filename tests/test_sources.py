from __future__ import annotations

import os
from pathlib import Path

import pytest

from handorient import sources
from handorient.capture.camera import Camera
from handorient.capture.cameras import CameraInfo
from handorient.capture.images import Images
from handorient.capture.video import VideoFile
from handorient.errors import UserError
from handorient.sources import open_source, usual_sources

from .capture.media import picture, write_image, write_video


@pytest.mark.parametrize("index", [0, 1, 12])
def test_a_camera_is_named_by_its_index(index: int) -> None:
    source = open_source(f"camera:{index}")
    assert isinstance(source, Camera)
    assert source.which == index


def test_a_cameras_size_and_rate_can_be_asked_for() -> None:
    source = open_source("camera:0?size=1920x1080&fps=59.94")
    assert isinstance(source, Camera)
    assert (source.size, source.frame_rate) == ((1920, 1080), 59.94)
    assert source.uri == "camera:0?size=1920x1080&fps=59.94"
    assert open_source("camera:hd-webcam-0123abcd?fps=15").uri == "camera:hd-webcam-0123abcd?fps=15"
    assert open_source("camera:0?size=1280x720&fps=30").uri == "camera:0"  # what is always asked for


@pytest.mark.parametrize(
    "options",
    ["?", "?size=big", "?size=0x0", "?fps=0", "?fps=fast", "?zoom=2", "?fps=30&", "?size=640x480,fps=30"],
)
def test_what_a_camera_cannot_be_asked_for_is_an_error_that_shows_how(options: str) -> None:
    with pytest.raises(UserError, match=r"camera:0\?size=1280x720&fps=30"):
        open_source(f"camera:0{options}")


@pytest.mark.parametrize("text", ["camera:", "camera:x", "camera:-1", "camera:0.5", "camera:99999999999"])
def test_a_camera_that_is_no_number_is_an_error(text: str) -> None:
    with pytest.raises(UserError, match="camera:0"):
        open_source(text)


def test_files_are_told_apart_by_their_suffix(tmp_path: Path) -> None:
    image = write_image(tmp_path / "hand.JPG", picture())
    clip = write_video(tmp_path / "clip.mp4", [picture()] * 3)
    clip.rename(tmp_path / "clip.MP4")
    assert isinstance(open_source(str(image)), Images)
    assert isinstance(open_source(str(tmp_path / "clip.MP4")), VideoFile)
    assert isinstance(open_source(str(tmp_path)), Images)


@pytest.mark.parametrize("suffix", [".3gp", ".ts", ".MTS", ".m2ts", ".flv", ".ogv"])
def test_a_damaged_file_with_a_videos_suffix_is_a_damaged_video(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(bytes(100))
    with pytest.raises(UserError, match="cannot be read as a video: it is damaged"):
        open_source(str(path)).open()


def test_pictures_behind_one_another_are_a_video_not_the_first_of_them(tmp_path: Path) -> None:
    path = tmp_path / "camera.mjpeg"
    path.write_bytes(write_image(tmp_path / "one.jpg", picture()).read_bytes() * 5)
    with open_source(str(path)) as source:
        assert len(list(iter(source.read, None))) == 5


def test_a_folder_of_results_is_called_what_it_is_unless_it_holds_images_too(tmp_path: Path) -> None:
    (tmp_path / "estimates.jsonl").touch()
    with pytest.raises(UserError, match="contains the results of an analysis: choose its source, or a video"):
        open_source(str(tmp_path))
    write_image(tmp_path / "hand.JPG", picture())
    assert isinstance(open_source(str(tmp_path)), Images)


def test_files_without_a_telling_suffix_are_told_apart_by_their_content(tmp_path: Path) -> None:
    image = write_image(tmp_path / "hand.png", picture()).rename(tmp_path / "hand")
    clip = write_video(tmp_path / "clip.mp4", [picture()] * 3).rename(tmp_path / "clip.bin")
    assert isinstance(open_source(str(image)), Images)
    assert isinstance(open_source(str(clip)), VideoFile)


@pytest.mark.parametrize("text", ["", "nowhere.mp4", "webcam", "rtsp://host/stream", "0"])
def test_anything_else_is_an_error_that_lists_what_is_accepted(text: str) -> None:
    with pytest.raises(
        UserError, match="camera:0, a video, an image, a folder of images, a recorded session, or demo"
    ):
        open_source(text)


def test_a_file_that_is_neither_video_nor_image_is_an_error_that_lists_what_is_accepted(
    tmp_path: Path,
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("hello\n" * 100)
    with pytest.raises(
        UserError, match="camera:0, a video, an image, a folder of images, a recorded session, or demo"
    ):
        open_source(str(notes))


@pytest.mark.parametrize("name", ["clip.vob", "clip"])
def test_a_file_that_says_nothing_of_what_it_is_because_it_cannot_be_read_is_called_that(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).touch()
    with pytest.raises(UserError, match=rf"{name} is empty"):
        open_source(str(tmp_path / name))

    def forbidden(*_: object) -> None:  # root may read any file
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(UserError, match=rf"{name} cannot be opened \(Permission denied\): check its permis"):
        open_source(str(tmp_path / name))


def test_a_source_keeps_the_text_that_names_it(tmp_path: Path) -> None:
    clip = str(write_video(tmp_path / "clip.mp4", [picture()] * 3))
    for text in ["camera:0", clip, str(tmp_path)]:
        assert open_source(text).uri == text


def test_a_file_is_remembered_by_a_name_that_works_in_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "demo.mp4", [picture()] * 3)
    monkeypatch.chdir(tmp_path)
    source = open_source("demo.mp4")
    assert isinstance(source, VideoFile) and source.uri == str(tmp_path / "demo.mp4")


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_an_error(text: str) -> None:
    with pytest.raises(UserError):
        open_source(text)


@pytest.mark.parametrize("name", [b"d\xe9mo.mp4", b"d\xe9mo", b"d\xe9mos/clip.mp4"])
def test_a_video_whose_name_is_not_in_utf_8_is_refused_before_opencv_crashes(
    name: bytes, tmp_path: Path
) -> None:
    clip = write_video(tmp_path / "clip.mp4", [picture()] * 3)
    path = tmp_path / os.fsdecode(name)
    try:
        path.parent.mkdir(exist_ok=True)
        clip.rename(path)
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    with pytest.raises(UserError, match=r"d\\udce9mo.*: rename it"), open_source(str(path)):
        pass


WEBCAM, MICROSCOPE = "camera:webcam-00000001", "camera:microscope-00000002"


@pytest.mark.parametrize(
    ("last", "tried"),
    [
        ("", [WEBCAM, MICROSCOPE, "demo"]),
        (f"{MICROSCOPE}?fps=60", [f"{MICROSCOPE}?fps=60", WEBCAM, "demo"]),
        ("camera:gone-00000003", ["camera:gone-00000003", WEBCAM, MICROSCOPE, "demo"]),
    ],
)
def test_without_a_name_the_last_camera_is_tried_then_the_others_then_the_demo(
    last: str, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [CameraInfo("webcam-00000001", "Webcam", 0), CameraInfo("microscope-00000002", "Microscope", 2)]
    monkeypatch.setattr(sources, "list_cameras", lambda: found)
    assert usual_sources(last) == tried
    assert [open_source(text).uri for text in tried] == tried
