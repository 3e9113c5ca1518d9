from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from handorient.capture import camera as camera_module
from handorient.capture.camera import Camera, list_cameras
from handorient.errors import UserError

from .media import RED, FakeCapture


def test_camera_zero_is_opened_as_camera_zero() -> None:
    indices = []

    def connect(index: int) -> FakeCapture:
        indices.append(index)
        return FakeCapture()

    with Camera(0, connect=connect) as camera:
        assert camera.read() is not None
    assert indices == [0]


def test_pictures_arrive_as_rgb() -> None:
    with Camera(0, connect=lambda index: FakeCapture(rgb=RED)) as camera:
        frame = camera.read()
    assert frame is not None
    assert tuple(frame.rgb[0, 0]) == RED


def test_mjpg_size_and_rate_are_asked_in_that_order_and_what_was_granted_is_reported() -> None:
    capture = FakeCapture()
    with Camera(0, connect=lambda index: capture) as camera:
        assert camera.size == (640, 480)
        assert camera.frame_rate == 30.0
    assert capture.asked == [
        cv2.CAP_PROP_FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_FRAME_HEIGHT,
        cv2.CAP_PROP_FPS,
    ]


def test_only_the_newest_picture_is_kept() -> None:
    capture = FakeCapture(pictures=20)
    with Camera(0, connect=lambda index: capture) as camera:
        first = camera.read()
        while capture.attempts <= 20:  # until every picture was taken and the camera went silent
            camera_module.time.sleep(0.001)
        second = camera.read()
    assert first is not None and second is not None
    assert second.index == 1
    assert second.time_s >= 0.002 * 10, "an old picture was delivered"


def test_a_missing_camera_is_named_and_no_other_one_is_tried() -> None:
    tried: list[FakeCapture] = []

    def connect(index: int) -> FakeCapture:
        tried.append(FakeCapture(present=False))
        return tried[-1]

    with pytest.raises(UserError, match=r"No camera 7 was found"):
        Camera(7, connect=connect).open()
    assert len(tried) == 1
    assert tried[0].released


def test_a_camera_that_is_really_missing_says_so_once_and_nothing_on_stderr(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(UserError, match=r"No camera 97 was found"):
        Camera(97).open()
    assert capfd.readouterr().err == ""


def test_an_unplugged_camera_is_an_error_and_is_not_hammered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "PATIENCE_S", 0.2)
    capture = FakeCapture(pictures=3)
    with (
        Camera(0, connect=lambda index: capture) as camera,
        pytest.raises(UserError, match="stopped delivering"),
    ):
        while True:
            camera.read()
    assert capture.attempts < 100  # a tight loop makes millions
    assert capture.released


def test_closing_releases_the_device() -> None:
    capture = FakeCapture()
    camera = Camera(0, connect=lambda index: capture)
    camera.open()
    camera.close()
    assert capture.released


def test_linux_cameras_are_listed_by_index_and_name_without_their_metadata_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = {"video10": ("Microscope", "0"), "video2": ("Webcam", "0"), "video3": ("Webcam", "1")}
    for node, (name, index) in nodes.items():
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    (tmp_path / "video5").mkdir()  # unplugged between the listing and the look inside
    monkeypatch.setattr(camera_module, "_V4L_DEVICES", tmp_path)
    monkeypatch.setattr(camera_module.sys, "platform", "linux")
    assert list_cameras() == [(2, "Webcam"), (10, "Microscope")]


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_no_camera_is_an_empty_list(platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_V4L_DEVICES", tmp_path / "none")
    monkeypatch.setattr(camera_module, "connect", lambda index: FakeCapture(present=False))
    monkeypatch.setattr(camera_module.sys, "platform", platform)
    assert list_cameras() == []
