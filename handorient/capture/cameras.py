"""The cameras that are plugged in, each with a name and an identity that stays its own."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
from cv2_enumerate_cameras import enumerate_cameras
from cv2_enumerate_cameras.camera_info import CameraInfo as Device

log = logging.getLogger(__name__)

# Exactly one backend: with "any", OpenCV tries them all in turn, slowly, and may find another device.
BACKEND = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
    sys.platform, cv2.CAP_ANY
)
#: What a text that names a camera begins with.
CAMERA = "camera:"
#: Cleared while the person is being asked whether cameras may be used.
ANSWERED = threading.Event()
ANSWERED.set()
_V4L_DEVICES = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that is plugged in.

    Attributes:
        identity: what to remember it by: letters, digits and dashes. It is that of the device where the
            device has a serial number, else that of the device in its socket; so too while its twin is
            there, if their manufacturer gave both one number.
        name: as the manufacturer calls it.
        index: where OpenCV finds it now; it changes as cameras come and go.
    """

    identity: str
    name: str
    index: int

    @property
    def uri(self) -> str:
        return f"{CAMERA}{self.identity}"


def ask_to_use_cameras() -> None:
    """Have macOS ask the person whether cameras may be used, if it has not yet; other systems do not ask.

    Call it in the main thread; it returns at once. OpenCV cannot ask in another thread, and is told to leave
    it. Written from the documents of both: it has not been tried on a Mac yet.
    """
    if sys.platform == "darwin":
        import AVFoundation

        os.environ["OPENCV_AVFOUNDATION_SKIP_AUTH"] = "1"
        ANSWERED.clear()
        AVFoundation.AVCaptureDevice.requestAccessForMediaType_completionHandler_(
            AVFoundation.AVMediaTypeVideo, lambda granted: ANSWERED.set()
        )


def list_cameras() -> list[CameraInfo]:
    """The cameras that are there now, by index; quick, never fails, and empty when there are none."""
    try:
        devices = sorted(enumerate_cameras(BACKEND), key=lambda device: device.index)
    except Exception:  # whatever a driver does to the library: there is no camera then
        log.warning("the cameras could not be listed", exc_info=True)
        return []
    serials = [_serial(device) for device in devices]
    cameras = []
    for device, serial in zip(devices, serials, strict=True):
        # Some manufacturers give all their cameras one serial number.
        key = serial if serial is not None and serials.count(serial) == 1 else _socket(device)
        name = device.name or f"camera {device.index}"
        cameras.append(CameraInfo(_identity(name, key), name, device.index))
    return cameras


def _identity(name: str, key: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "camera"
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _serial(device: Device) -> str | None:
    """A USB camera's maker, product and serial number; None where the system keeps that to itself."""
    if sys.platform != "linux":
        return None
    with suppress(OSError):
        serial = (_v4l(device, "device").resolve().parent / "serial").read_text().strip()
        return f"{device.vid}:{device.pid}:{serial}" if serial else None
    return None


def _socket(device: Device) -> str:
    """The device in its place: Windows and macOS have a word for it that lasts, Linux only numbers."""
    if sys.platform != "linux":
        return device.path or str(device.index)
    with suppress(OSError):
        return f"{_v4l(device, 'device').resolve(strict=True)} {_v4l(device, 'index').read_text().strip()}"
    return device.path or str(device.index)


def _v4l(device: Device, entry: str) -> Path:
    return _V4L_DEVICES / Path(device.path or "").name / entry
