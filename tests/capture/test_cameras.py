from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cv2_enumerate_cameras.camera_info import CameraInfo as Device

from handorient.capture import cameras as module
from handorient.capture.cameras import list_cameras
from handorient.sources import open_source

Plug = Callable[..., None]


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plug:
    """Plugs a camera into a Linux machine without any: its index, name, socket and serial number."""
    devices: list[Device] = []
    monkeypatch.setattr(module, "enumerate_cameras", lambda backend: devices)
    monkeypatch.setattr(module, "_V4L_DEVICES", tmp_path / "v4l")
    monkeypatch.setattr(module.sys, "platform", "linux")

    def plug(index: int, name: str, socket: str, serial: str | None = None) -> None:
        interface = tmp_path / "usb" / socket / "interface"
        interface.mkdir(parents=True, exist_ok=True)
        if serial is not None:
            (interface.parent / "serial").write_text(f"{serial}\n")
        node = tmp_path / "v4l" / f"video{index}"
        node.mkdir(parents=True)
        (node / "device").symlink_to(interface)
        (node / "index").write_text("0\n")
        devices.append(Device(index, name, f"/dev/video{index}", 0x046D, 0x0825, 200))

    def unplug() -> None:
        devices.clear()
        for node in (tmp_path / "v4l").iterdir():
            node.rename(tmp_path / f"gone {node.name} {len(list(tmp_path.iterdir()))}")

    plug.unplug = unplug  # type: ignore[attr-defined]
    return plug


def identities() -> list[str]:
    return [camera.identity for camera in list_cameras()]


def test_cameras_come_in_the_order_of_their_indices_with_their_names(plug: Plug) -> None:
    plug(10, "Microscope", "1-3", "M1")
    plug(2, "HD Pro Webcam C920", "1-2", "W1")
    assert [(camera.index, camera.name) for camera in list_cameras()] == [
        (2, "HD Pro Webcam C920"),
        (10, "Microscope"),
    ]
    assert identities()[0].startswith("hd-pro-webcam-c920-")


def test_a_camera_with_a_serial_number_keeps_its_identity_in_every_socket(plug: Plug) -> None:
    plug(0, "Webcam", "1-2", "W1")
    before = identities()
    plug.unplug()  # type: ignore[attr-defined]
    plug(4, "Webcam", "3-1", "W1")
    assert identities() == before


def test_a_camera_without_one_is_known_by_its_socket(plug: Plug) -> None:
    plug(0, "Webcam", "1-2")
    plug(1, "Webcam", "1-3")
    first, second = identities()
    assert first != second
    plug.unplug()  # type: ignore[attr-defined]
    plug(0, "Webcam", "1-3")
    assert identities() == [second]


def test_twins_that_share_a_serial_number_are_told_apart(plug: Plug) -> None:
    plug(0, "Webcam", "1-2", "0001")
    plug(1, "Webcam", "1-3", "0001")
    assert len(set(identities())) == 2


def test_an_identity_is_an_address(plug: Plug) -> None:
    for index, name in enumerate(["Webcam", "手", "FaceTime HD Camera (Built-in)", "1234", ""]):
        plug(index, name, f"1-{index}")
    for camera in list_cameras():
        assert re.fullmatch(r"[a-z0-9-]+", camera.identity)
        assert open_source(camera.uri).uri == camera.uri


def test_other_systems_name_the_socket_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "platform", "win32")
    found = [
        Device(0, "Webcam", r"\\?\usb#vid_046d#1", None, None, 700),
        Device(1, "Webcam", "other", None, None, 700),
    ]
    monkeypatch.setattr(module, "enumerate_cameras", lambda backend: found)
    first, second = identities()
    assert first != second
    found.reverse()
    found[0].index, found[1].index = 0, 1
    assert identities() == [second, first]


def test_a_listing_that_fails_is_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(backend: int) -> list[Device]:
        raise OSError("COM is not amused")

    monkeypatch.setattr(module, "enumerate_cameras", broken)
    assert list_cameras() == []
