"""A check-up: is everything there that the app needs, and if not, what helps."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from handorient import __version__
from handorient.errors import UserError, is_interruption

# What is checked is imported in its check: it may be what is missing.

Findings = Iterator[tuple[bool, str]]


def check_up(weights: Iterable[Path]) -> Findings:
    """One line after the other: whether all is well, and what was found."""
    yield True, f"handorient {__version__}, Python {platform.python_version()}, {platform.platform()}"
    checks: tuple[Callable[[], Findings], ...]
    checks = (_packages, partial(_weights, weights), _detector, _cameras, _display)
    for check in checks:
        yield from _unless_missing(check)


def _unless_missing(check: Callable[[], Findings]) -> Findings:
    try:
        yield from check()
    except (ImportError, OSError) as error:
        if is_interruption(error):
            raise
        yield False, f"{error}: install it (on Debian or Ubuntu, with the README's first command)"


def _packages() -> Findings:
    versions = {name: _version(name) for name in _needed()}
    yield True, ", ".join(f"{name} {found}" for name, found in versions.items() if found is not None)
    if missing := [name for name, found in versions.items() if found is None]:
        yield False, f"not installed: {', '.join(missing)}; install handorient again with pip"


def _needed() -> list[str]:
    """The packages that every installation has; what only an extra asks for is none of them."""
    wanted = requires("handorient") or []
    return [re.split(r"[^\w.-]", line)[0] for line in wanted if "extra ==" not in line]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _weights(paths: Iterable[Path]) -> Findings:
    from handorient.hand.segmenter import SEGMENTER, Segmenter
    from handorient.propel.predictor import Predictor

    yield _loaded(Segmenter.load, SEGMENTER)
    for path in paths:
        yield _loaded(Predictor.load, path)


def _loaded(load: Callable[[Path], object], path: Path) -> tuple[bool, str]:
    try:
        load(path)
    except UserError as error:
        return False, str(error)
    return True, f"weights {path.name}"


def _detector() -> Findings:
    from handorient.hand.detector import MediaPipeDetector

    try:
        MediaPipeDetector().close()
    except (ImportError, OSError):  # something is missing: the caller says what helps
        raise
    except Exception as error:  # whatever MediaPipe stumbles over
        yield False, f"hand detection cannot start ({error!r}): install handorient again with pip"
    else:
        yield True, "hand detection"


def _cameras() -> Findings:
    from handorient.capture.cameras import list_cameras

    names = ", ".join(f"{camera.name} (camera:{camera.index} or {camera.uri})" for camera in list_cameras())
    yield True, names or "no camera: the demo and recorded videos work without one"


def _display() -> Findings:
    from handorient.app.main import display_trouble, make_application, opengl_works

    trouble = display_trouble()
    if trouble is not None:
        yield False, f"no display ({trouble}): `handorient analyze` works, the window does not"
        return
    yield True, "a display"
    application = make_application()  # OpenGL can only be asked for while Qt runs
    works = opengl_works()
    del application
    if works:
        yield True, "OpenGL"
    else:
        yield False, "no OpenGL: the 3D view is drawn flat; on Debian or Ubuntu install libgl1 and libegl1"
