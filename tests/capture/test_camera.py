from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from handorient.capture import camera as camera_module
from handorient.capture.camera import Camera
from handorient.capture.cameras import CameraInfo, ask_to_use_cameras
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
    with pytest.raises(UserError, match="choose another source") as caught:
        Camera(7, connect=connect).open()
    assert "System Settings" not in str(caught.value)
    assert len(tried) == 2
    assert tried[0].released


def test_on_macos_opening_waits_for_the_persons_leave_and_says_where_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Callable[[bool], None]] = []
    device = SimpleNamespace(
        requestAccessForMediaType_completionHandler_=lambda kind, answer: asked.append(answer)
    )
    stand_in = SimpleNamespace(AVCaptureDevice=device, AVMediaTypeVideo="vide")
    monkeypatch.setitem(sys.modules, "AVFoundation", stand_in)
    monkeypatch.setenv("OPENCV_AVFOUNDATION_SKIP_AUTH", "0")
    monkeypatch.setattr(sys, "platform", "darwin")
    ask_to_use_cameras()
    assert os.environ["OPENCV_AVFOUNDATION_SKIP_AUTH"] == "1"
    before = time.perf_counter()
    threading.Timer(0.1, lambda: asked[0](False)).start()
    with pytest.raises(UserError, match="System Settings → Privacy & Security → Camera"):
        Camera(7, connect=lambda index: FakeCapture(present=time.perf_counter() - before < 0.1)).open()
    assert len(asked) == 1


def test_a_camera_that_is_really_missing_says_so_once_and_nothing_on_stderr(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(UserError, match=r"No camera 97 was found"):
        Camera(97).open()
    assert capfd.readouterr().err == ""


def test_a_damaged_picture_is_left_out_and_the_next_one_shown() -> None:
    class Damaged(FakeCapture):
        """Its first pictures cannot be decoded, each in its own way."""

        def retrieve(self) -> tuple[bool, np.ndarray | None]:
            if self.attempts == 1:
                raise cv2.error("(-215:Assertion failed) !buf.empty() in function 'imdecode_'")
            return (self.attempts != 2, None) if self.attempts < 4 else super().retrieve()

    capture = Damaged(rgb=RED)
    with Camera(0, connect=lambda index: capture) as camera:
        frame = camera.read()
    assert frame is not None and tuple(frame.rgb[0, 0]) == RED
    assert capture.attempts >= 4


def test_opencv_lets_a_silent_camera_go_before_it_is_given_up() -> None:
    assert int(os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"]) < camera_module.PATIENCE_S


def test_a_camera_that_was_silent_for_a_moment_goes_on() -> None:
    class Hesitant(FakeCapture):
        def grab(self) -> bool:
            return super().grab() and self.attempts > 3

    with Camera(0, connect=lambda index: Hesitant()) as camera:
        assert camera.read() is not None


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


def test_a_camera_that_never_gave_a_picture_is_named_and_not_said_to_have_stopped(
    plugged: list[CameraInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "FIRST_PICTURE_S", 0.2)
    with (
        Camera(2, connect=lambda index: FakeCapture(pictures=0)) as camera,
        pytest.raises(UserError, match="No picture came from Microscope"),
    ):
        camera.read()


def test_a_camera_that_is_silent_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FIRST_PICTURE_S", 10.0)
    with Camera(0, connect=lambda index: FakeCapture(pictures=0)) as camera:
        threading.Timer(0.1, lambda: setattr(camera, "given_up", True)).start()
        started = time.perf_counter()
        assert camera.read() is None
    assert time.perf_counter() - started < 2


def test_a_camera_that_waits_for_the_persons_leave_can_be_given_up_and_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, "ANSWERED", threading.Event())
    monkeypatch.setattr(camera_module, "ANSWER_S", 10.0)
    opened: list[int] = []
    camera = Camera(0, connect=lambda index: opened.append(index) or FakeCapture())
    threading.Timer(0.1, lambda: setattr(camera, "given_up", True)).start()
    started = time.perf_counter()
    with pytest.raises(UserError, match="given up"):
        camera.open()
    assert time.perf_counter() - started < 2 and opened == []


def test_closing_releases_the_device() -> None:
    capture = FakeCapture()
    camera = Camera(0, connect=lambda index: capture)
    camera.open()
    camera.close()
    assert capture.released


def test_size_and_rate_can_be_chosen_and_what_was_granted_is_said_in_words() -> None:
    asked: dict[int, float] = {}

    class Obliging(FakeCapture):
        def set(self, prop: int, value: float) -> bool:
            asked[prop] = value
            return super().set(prop, value)

    camera = Camera(0, (1920, 1080), 60.0, connect=lambda index: Obliging())
    assert camera.uri == "camera:0?size=1920x1080&fps=60"
    assert camera.granted is None
    for _ in range(2):  # what it granted the first time is not what it is asked the second time
        with camera:
            assert camera.granted == "640 × 480, 30 fps"
        assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (1920, 1080)
        assert asked[cv2.CAP_PROP_FPS] == 60.0


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> list[CameraInfo]:
    """The cameras that are there, for a test to change."""
    cameras = [CameraInfo("webcam-00000001", "Webcam", 0), CameraInfo("microscope-00000002", "Microscope", 2)]
    monkeypatch.setattr(camera_module, "list_cameras", lambda: list(cameras))
    return cameras


def test_a_remembered_camera_is_found_wherever_it_is_now(plugged: list[CameraInfo]) -> None:
    opened: list[int] = []

    def connect(index: int) -> FakeCapture:
        opened.append(index)
        return FakeCapture()

    camera = Camera("microscope-00000002", connect=connect)
    with camera:
        assert camera.name == "Microscope"
    plugged[:] = [
        CameraInfo("microscope-00000002", "Microscope", 0),
        CameraInfo("webcam-00000001", "Webcam", 1),
    ]
    with camera:
        assert camera.read() is not None
    assert opened == [2, 0]
    assert camera.uri == "camera:microscope-00000002"


def test_a_remembered_camera_that_is_gone_is_never_replaced_by_another(plugged: list[CameraInfo]) -> None:
    opened: list[int] = []
    del plugged[1]
    camera = Camera("microscope-00000002", connect=lambda index: opened.append(index) or FakeCapture())
    with pytest.raises(UserError, match="microscope-00000002 is not plugged in"):
        camera.open()
    assert opened == []
    assert camera.read() is None


def test_a_camera_by_index_bears_its_name_and_needs_no_listing(plugged: list[CameraInfo]) -> None:
    with Camera(2, connect=lambda index: FakeCapture()) as camera:
        assert (camera.name, camera.uri) == ("Microscope", "camera:2")
    camera = Camera(2, (640, 480), 60, connect=lambda index: FakeCapture())
    with camera:
        assert camera.lasting_uri == "camera:microscope-00000002?size=640x480&fps=60"
        assert camera.uri == "camera:2?size=640x480&fps=60"
    with Camera(5, connect=lambda index: FakeCapture()) as camera:
        assert (camera.name, camera.lasting_uri) == ("camera 5", "camera:5")
