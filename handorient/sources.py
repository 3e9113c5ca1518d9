"""From the text a person typed to the source they meant."""

from __future__ import annotations

import re
from pathlib import Path

import cv2

from handorient.capture.camera import REQUESTED_RATE, REQUESTED_SIZE, Camera
from handorient.capture.cameras import CAMERA, list_cameras
from handorient.capture.demo import Demo
from handorient.capture.images import IMAGE_SUFFIXES, Images, images_in
from handorient.capture.opencv import opencv_name
from handorient.capture.source import Source
from handorient.capture.video import VideoFile, first_bytes
from handorient.errors import UserError
from handorient.records import ESTIMATES, FACTS, PICTURES
from handorient.replay import Session, is_session, lacking

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".3gp", ".avi", ".mkv", ".webm", ".ogv", ".mpg", ".mpeg"}
    | {".ts", ".mts", ".m2ts", ".wmv", ".flv", ".gif", ".mjpg", ".mjpeg"}
)

_ACCEPTED = "camera:0, a video, an image, a folder of images, a recorded session, or demo"


def usual_sources(last: str) -> list[str]:
    """What to try in turn where nobody names a source: the ``last`` camera, the others, and the demo."""
    others = [camera.uri for camera in list_cameras() if camera.uri != last.partition("?")[0]]
    return [*([last] if last else []), *others, "demo"]


def open_source(text: str) -> Source:
    """The source that ``text`` names, not opened yet.

    A file is taken by its suffix, and by its content where the suffix says nothing.

    Raises:
        UserError: if ``text`` names no source.
    """
    if text == "demo":
        return Demo()
    if text.startswith(CAMERA):
        return _camera(text)
    try:
        # Absolute, for it is remembered, and must be found again from another folder.
        source = _on_disk(Path(text).absolute()) if text else None
    except (OSError, ValueError) as error:  # the name is too long, say, or a folder above may not be searched
        raise UserError(f"{text} cannot be opened ({error}): check its name and permissions.") from error
    if source is None:
        raise UserError(f"There is no source called {text!r}: use {_ACCEPTED}.")
    return source


def _on_disk(path: Path) -> Source | None:
    """The source that is at ``path``; None if nothing is."""
    if path.name == FACTS and path.is_file():  # whoever chooses a file cannot choose its folder
        return Session(path.parent)
    if path.is_dir():
        return _folder(path)
    return _file(path) if path.is_file() else None


def _folder(path: Path) -> Source:
    if is_session(path):
        return Session(path)
    if (path / ESTIMATES).is_file() and not images_in(path):
        if (path / PICTURES).is_file():
            raise lacking(path, FACTS)
        raise UserError(f"{path} contains the results of an analysis: choose its source, or a video in it.")
    return Images(path)


def _camera(text: str) -> Camera:
    """``camera:`` and an index or identity, then perhaps ``?size=1280x720&fps=30``, or one of the two."""
    which = text.removeprefix(CAMERA)
    match = re.fullmatch(r"(?:([0-9]{1,3})|([a-z0-9-]+-[0-9a-f]{8}))(?:\?(.*))?", which)
    if match is None:
        raise UserError(f"{text!r} is not a camera: write camera: and its number, such as camera:0.")
    size, frame_rate = REQUESTED_SIZE, REQUESTED_RATE
    for option in match[3].split("&") if match[3] is not None else ():
        if wanted := re.fullmatch(r"size=([1-9][0-9]{1,4})x([1-9][0-9]{1,4})", option):
            size = (int(wanted[1]), int(wanted[2]))
        elif wanted := re.fullmatch(r"fps=([1-9][0-9]{0,2}(?:\.[0-9]+)?)", option):
            frame_rate = float(wanted[1])
        else:
            raise UserError(
                f"Unknown camera option {option!r} in {text!r}: "
                "write for example camera:0?size=1280x720&fps=30."
            )
    return Camera(int(match[1]) if match[1] else match[2], size, frame_rate)


def _file(path: Path) -> Source:
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return Images(path)
    video = VideoFile(path)
    if suffix in VIDEO_SUFFIXES:
        return video
    first_bytes(path)  # it raises where there are none: of an empty file, say, the content tells nothing
    if cv2.haveImageReader(opencv_name(path)):
        return Images(path)
    try:
        with video:
            return video
    except UserError:
        raise UserError(f"{path} is neither a video nor an image: use {_ACCEPTED}.") from None
