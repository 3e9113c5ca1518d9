"""Changing the source: cameras that serve one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from handorient.app.switch import SourceSwitch
from handorient.app.worker import Worker
from handorient.capture.camera import FIRST_PICTURE_S, REQUESTED_SIZE, Camera
from handorient.capture.cameras import CameraInfo
from handorient.capture.source import Source
from handorient.sources import open_source
from tests.app.conftest import WEIGHTS, FakePipeline, FakeSource
from tests.capture.media import FakeCapture


class Device:
    """One camera at index 0 that serves one capture at a time, and none that asks for ``refused``.

    To one that asks for ``silent`` it gives no picture.

    Any size but the usual one ``takes_s`` to come up, and every one waits until it is ``let``.
    """

    def __init__(self) -> None:
        self.captures: list[FakeCapture] = []
        self.refused: tuple[int, int] | None = None
        self.silent: tuple[int, int] | None = None
        self.takes_s = 0.0
        self.connecting, self.let = threading.Event(), threading.Event()
        self.let.set()

    def open(self, text: str) -> Source:
        source = open_source(text)
        if not isinstance(source, Camera):
            return source
        return Camera(source.which, source.size, connect=lambda index: self._connect(index, source.size))

    def _connect(self, index: int, size: tuple[int, int]) -> FakeCapture:
        time.sleep(self.takes_s if size != REQUESTED_SIZE else 0.0)
        in_use = any(not capture.released for capture in self.captures if capture.present)
        present = index == 0 and not in_use and size != self.refused
        capture = FakeCapture(present, pictures=0 if size == self.silent else 1_000_000)
        self.captures.append(capture)
        self.connecting.set()
        self.let.wait(10)
        return capture


class LongFile(FakeSource):
    """Opening it means reading all of it, unless nobody wants it any more."""

    def __init__(self) -> None:
        super().__init__("long")
        self.opening, self.given = threading.Event(), threading.Event()

    def open(self) -> None:
        self.opening.set()
        end_s = time.perf_counter() + 10
        while not self.given_up and time.perf_counter() < end_s:
            time.sleep(0.001)
        if self.given_up:
            self.given.set()


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def empty(device: Device) -> Iterator[SourceSwitch]:
    """Nothing plays yet."""
    worker = Worker(lambda _: FakePipeline(), WEIGHTS, "silhouette")
    worker.start()
    switch = SourceSwitch(worker, device.open)
    yield switch
    switch.stop()
    worker.stop(5)


@pytest.fixture
def switch(empty: SourceSwitch) -> SourceSwitch:
    """The camera plays."""
    empty.request("camera:0")
    wait_for(empty, "camera:0")
    return empty


def wait_for(switch: SourceSwitch, uri: str) -> None:
    end_s = time.perf_counter() + 10
    while switch.connecting is not None or switch.player is None or switch.player.source.uri != uri:
        assert time.perf_counter() < end_s, switch.failed
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("last", "there", "why", "shown"),
    [
        ("", ["busy"], "No busy was found, or it is in use", "demo"),
        ("", ["busy", "free"], "No busy was found, or it is in use", "camera:free-0000000a"),
        ("camera:gone-0000000a", ["free"], "gone-0000000a is not plugged in", "camera:free-0000000a"),
        ("camera:0?size=640x480", ["free"], "No free was found, or it is in use", "camera:free-0000000a"),
        ("camera:free-0000000a?size=800x600", ["busy", "free"], None, "camera:free-0000000a?size=800x600"),
    ],
)
def test_without_a_name_what_works_is_shown_and_why_the_first_camera_does_not_is_said(
    empty: SourceSwitch,
    device: Device,
    monkeypatch: pytest.MonkeyPatch,
    last: str,
    there: list[str],
    why: str | None,
    shown: str,
) -> None:
    found = [CameraInfo(f"{name}-0000000a", name, ["free", "busy"].index(name)) for name in there]
    for module in ("capture.camera", "sources"):
        monkeypatch.setattr(f"handorient.{module}.list_cameras", lambda: found)
    device.refused = (640, 480)
    empty.request(None, last)
    if why is not None:
        assert why in empty._worker.messages.get(timeout=10)
    wait_for(empty, shown)
    assert empty.failed is None and empty._worker.messages.empty()


def test_only_for_a_camera_is_the_person_asked_and_in_the_main_thread(
    empty: SourceSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[threading.Thread] = []
    monkeypatch.setattr(
        "handorient.app.switch.ask_to_use_cameras", lambda: asked.append(threading.current_thread())
    )
    for text in ("demo", "camera:0", None):
        empty.request(text)
    assert asked == 2 * [threading.main_thread()]


def test_the_camera_that_plays_can_be_opened_in_another_size(switch: SourceSwitch) -> None:
    switch.request("camera:0?size=1920x1080&fps=30")
    wait_for(switch, "camera:0?size=1920x1080")
    assert switch.failed is None


def test_a_camera_that_cannot_be_opened_in_another_size_goes_on_in_the_old_one(
    switch: SourceSwitch, device: Device
) -> None:
    old, device.refused = switch.player, (1920, 1080)
    switch.request("camera:0?size=1920x1080")
    assert "in use" in switch._worker.messages.get(timeout=10)
    wait_for(switch, "camera:0")
    assert switch.player is not old


def test_a_camera_that_made_way_comes_back_by_what_it_is_for_numbers_change(
    empty: SourceSwitch, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    webcam = CameraInfo("webcam-00000001", "Webcam", 0)
    monkeypatch.setattr("handorient.capture.camera.list_cameras", lambda: [webcam])
    empty.request("camera:0")
    wait_for(empty, "camera:0")
    device.refused = (1920, 1080)
    empty.request("camera:0?size=1920x1080")
    assert "in use" in empty._worker.messages.get(timeout=10)
    wait_for(empty, webcam.uri)


def test_another_camera_that_is_not_there_leaves_the_one_that_plays_alone(switch: SourceSwitch) -> None:
    old = switch.player
    switch.request("camera:1")
    assert "camera 1" in switch._worker.messages.get(timeout=10)
    wait_for(switch, "camera:0")
    assert switch.player is old


def test_a_camera_that_made_way_for_what_was_given_up_comes_back_if_the_next_wish_fails(
    switch: SourceSwitch, device: Device
) -> None:
    device.takes_s = 0.5
    switch.request("camera:0?size=1920x1080")
    while switch.player is not None:
        time.sleep(0.01)
    switch.request("camera:1")
    assert "camera 1" in switch._worker.messages.get(timeout=10)
    wait_for(switch, "camera:0")


def test_a_camera_that_is_still_being_opened_can_be_had_in_another_size(
    empty: SourceSwitch, device: Device
) -> None:
    device.let.clear()
    empty.request("camera:0")
    assert device.connecting.wait(10)
    empty.request("camera:0?size=640x480")
    empty.request("camera:0?size=1920x1080")
    device.let.set()
    wait_for(empty, "camera:0?size=1920x1080")
    assert empty.failed is None and len(device.captures) == 2, "what was given up was not opened"


def test_a_camera_that_gives_no_picture_is_given_up_for_the_next_wish_and_not_opened_again(
    empty: SourceSwitch, device: Device
) -> None:
    device.silent = REQUESTED_SIZE
    empty.request("camera:0")
    while not any(capture.attempts for capture in device.captures):
        time.sleep(0.01)
    started = time.perf_counter()
    empty.request("camera:0?size=1920x1080")
    wait_for(empty, "camera:0?size=1920x1080")
    assert time.perf_counter() - started < 4 < FIRST_PICTURE_S
    assert len(device.captures) == 2 and empty.failed is None and empty._worker.messages.empty()


def test_an_unplugged_camera_that_cannot_be_opened_again_keeps_its_place_and_is_explained_once(
    switch: SourceSwitch, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handorient.capture.camera.PATIENCE_S", 0.05)
    old, device.refused = switch.player, REQUESTED_SIZE
    device.captures[0].left = 0
    assert "stopped delivering" in switch._worker.messages.get(timeout=10)
    assert switch.faulted
    switch.request("camera:0")
    assert "in use" in switch._worker.messages.get(timeout=10)
    while switch.connecting is not None:
        time.sleep(0.01)
    assert switch.player is old and switch.faulted and switch._worker.messages.empty()


@pytest.mark.parametrize("by", ["another source", "the end"])
def test_a_file_that_takes_long_to_open_is_given_up_at_once(
    empty: SourceSwitch, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    long, short = LongFile(), FakeSource("short")
    monkeypatch.setattr(empty, "open_source", lambda text: long if text == "long" else short)
    empty.request("long")
    assert long.opening.wait(10)
    if by == "the end":
        empty.stop()
    else:
        empty.request("short")
    assert long.given.wait(5)
    if by != "the end":
        wait_for(empty, "short")
        assert not short.given_up and empty._worker.messages.empty()
