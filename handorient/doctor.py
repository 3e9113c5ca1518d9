"""A check-up: is everything there that the app needs, and if not, what helps."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from handorient import __version__
from handorient.capture.cameras import list_cameras
from handorient.errors import UserError


def check_up(weights: Iterable[Path]) -> Iterator[tuple[bool, str]]:
    """One line after the other: whether all is well, and what was found."""
    from handorient.hand.segmenter import SEGMENTER, Segmenter
    from handorient.propel.predictor import Predictor

    yield True, f"handorient {__version__}, Python {platform.python_version()}, {platform.platform()}"
    packages = ("mediapipe", "torch", "numpy", "opencv-contrib-python", "PyQt6", "pyqtgraph", "embreex")
    yield True, ", ".join(f"{name} {version(name)}" for name in packages)
    yield _weights(Segmenter.load, SEGMENTER)
    for path in weights:
        yield _weights(Predictor.load, path)
    cameras = list_cameras()
    names = ", ".join(f"{camera.name} (camera:{camera.index} or {camera.uri})" for camera in cameras)
    yield True, names or "no camera: the demo and recorded videos work without one"
    yield from _display()


def _weights(load: Callable[[Path], object], path: Path) -> tuple[bool, str]:
    try:
        load(path)
    except UserError as error:
        return False, str(error)
    return True, f"weights {path.name}"


def _display() -> Iterator[tuple[bool, str]]:
    from handorient.app.main import display_available, make_application, opengl_works

    if not display_available():
        yield False, "no display: `handorient analyze` works, the window does not"
        return
    yield True, "a display"
    application = make_application()  # OpenGL can only be asked for while Qt runs
    works = opengl_works()
    del application
    if works:
        yield True, "OpenGL"
    else:
        yield False, "no OpenGL: the 3D view is drawn flat; on Debian or Ubuntu install libgl1 and libegl1"
