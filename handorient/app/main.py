"""Starting the app: Qt's environment, the check for OpenGL, the window, and an orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from handorient.errors import UserError
from handorient.interruptions import on_interruption
from handorient.stderr import say

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication, QWidget

    from handorient.app.window import Window
    from handorient.pipeline import Pipeline

#: Set to anything, it makes the app draw its 3D view without OpenGL.
NO_OPENGL = "HANDORIENT_NO_OPENGL"
#: Smoothing would cost these more than all other drawing together.
_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "Software", "SwiftShader", "GDI Generic")
#: How long a run lasts that is only wanted for its screenshot.
_SCREENSHOT_S = 5.0
#: How long the process waits at its end for threads that are still at work.
_LEAVE_S = 5.0
#: What Qt's timers count up to.
_LONGEST_MS = 2**31 - 1
_OVERWRITTEN_BY_CV2 = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
#: What tells Qt on Linux where to draw.
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
#: Begins as the app does, or says in its first line of errors why it cannot.
_PROBE = """
try:
    from PyQt6.QtGui import QGuiApplication
except ImportError as error:
    raise SystemExit(f"{error}; README.md names the packages that Qt needs")
QGuiApplication([])
"""
#: How long a display may take to answer, as through a slow network.
_PROBE_S = 20.0


def display_trouble() -> str | None:
    """Why no window can be opened, in a few words; None if one can.

    Qt would abort the process, so another process tries it first, which takes a tenth of a second.
    """
    if sys.platform != "linux":
        return None
    if not any(map(os.environ.get, _DISPLAYS)):
        return f"{_DISPLAYS[0]} is not set"
    if "cv2" in sys.modules:
        _undo_cv2()
    try:
        subprocess.run(
            [sys.executable, "-c", _PROBE],
            check=True,
            timeout=_PROBE_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return "it is not responding"
    except subprocess.CalledProcessError as error:
        return error.stderr.partition("\n")[0] or "Qt gives no reason"
    return None


def run_app(
    source_uri: str | None,
    wanted_input: str | None,
    seconds: float | None,
    screenshot: Path | None,
    make_pipeline: Callable[[Path], Pipeline],
    weights: Mapping[str, Path],
) -> int:
    """Show the window until it is closed, or for ``seconds``; then save its picture in ``screenshot``.

    ``wanted_input`` is what the network shall see, as if it had been chosen in the window, sessions included;
    None leaves it.
    ``make_pipeline`` is called in the worker's thread with one of ``weights``, the files of the networks by
    their inputs. Returns the exit code: 2 where ``seconds`` or ``screenshot`` was given and source, pipeline
    or screenshot failed, or where there is no such source; else 0.
    """
    app = make_application()
    from PyQt6 import sip
    from PyQt6.QtCore import QTimer

    from handorient.app.image import picture_of_widget
    from handorient.app.settings import Settings
    from handorient.app.window import Window
    from handorient.sources import open_source

    try:
        if source_uri is not None:
            open_source(source_uri)
    except UserError as error:  # a command that was mistyped, most likely: no window has anything to add
        return _fail(str(error))
    on_interruption(signal.SIG_DFL)  # an exception would be lost in one of Qt's calls
    window = Window(make_pipeline, weights, Settings(), opengl_works())
    if wanted_input is not None:
        window.inputs.use(wanted_input)
        window.inputs.kept = True
    guard(window)
    close_on_interrupt(window)
    window.show()
    window.open(source_uri)
    # Python runs a signal's handler only between two of its own instructions; an idle Qt runs none.
    ticking = QTimer()
    ticking.timeout.connect(lambda: None)
    ticking.start(200)
    timed = seconds is not None or screenshot is not None
    saved: bool | None = None  # not tried yet

    def finish() -> None:
        nonlocal saved
        window.show_numbers()
        if screenshot is not None:
            saved = picture_of_widget(window).save(str(screenshot))
        window.close()

    if timed:  # nobody is there to close a hint
        limit_s = _SCREENSHOT_S if seconds is None else seconds
        QTimer.singleShot(int(min(1000 * limit_s, _LONGEST_MS)), finish)
    else:
        window.show_hint()
    app.exec()
    failure = window.failed
    on_interruption(signal.SIG_DFL)
    sys.excepthook = sys.__excepthook__
    # Before the application goes: where a window outlives it, Qt crashes now and then.
    sip.delete(window)
    if failure is None and screenshot is not None and not saved:
        failure = "The window was closed before its screenshot was taken."
        if saved is not None:
            failure = f"The screenshot could not be saved to {screenshot}: check folder and file extension."
    return _leave(_fail(failure) if timed and failure is not None else 0)


def _leave(code: int) -> int:
    """Give the exit code back once all threads have ended; if they don't, end the process with it.

    Threads may still load a network, decode a picture, or hang in a camera's driver or on a disk. An
    interpreter that ends takes them away in the middle of that, and then C++ aborts the process. Nothing is
    lost that could be had: Qt has written the settings, and a session can be read up to its last picture.
    """
    end_s = time.perf_counter() + _LEAVE_S
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    for thread in others:
        thread.join(max(0.0, end_s - time.perf_counter()))
    if any(thread.is_alive() for thread in others):
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # none under pythonw, or it is closed
                stream.flush()
        os._exit(code)
    return code


def _fail(sentence: str) -> int:
    say(f"handorient: {sentence}")
    return 2


def make_application() -> QApplication:
    """The one QApplication, in the app's look."""
    _undo_cv2()
    from PyQt6.QtCore import QCoreApplication, Qt
    from PyQt6.QtGui import QIcon, QSurfaceFormat
    from PyQt6.QtWidgets import QApplication

    from handorient.app import theme
    from handorient.resources import ASSETS

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    surface = QSurfaceFormat.defaultFormat()
    surface.setDepthBufferSize(24)
    QSurfaceFormat.setDefaultFormat(surface)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("handorient")
    app.setWindowIcon(QIcon(str(ASSETS / "icon.svg")))
    theme.apply(app)
    return app


def _undo_cv2() -> None:
    """Import OpenCV now and take back what it does to Qt's environment: its own Qt is another one."""
    before = {name: os.environ.get(name) for name in _OVERWRITTEN_BY_CV2}
    import cv2

    ours = str(Path(cv2.__file__).parent)
    for name, value in before.items():
        if value is not None and not value.startswith(ours):
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def opengl_works() -> bool:
    """Whether this system gives an OpenGL context good enough for the 3D view; needs a QApplication.

    Where a graphics card does the drawing, edges of the views made after this call are smooth.
    """
    if os.environ.get(NO_OPENGL):
        return False
    from PyQt6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

    if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc"):
        return False  # Qt crashes rather than refuses where there is no GL at all
    context = QOpenGLContext()
    if not context.create():
        return False
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not context.makeCurrent(surface):
        return False
    import OpenGL

    # PyOpenGL would ask for errors after each of the hundreds of calls of a redraw. Set before it loads.
    OpenGL.ERROR_CHECKING = False
    from OpenGL.GL import GL_RENDERER, glGetString

    renderer = bytes(glGetString(GL_RENDERER) or b"").decode(errors="replace")
    context.doneCurrent()
    if not any(name in renderer for name in _SOFTWARE_RENDERERS):
        smooth = QSurfaceFormat.defaultFormat()
        smooth.setSamples(4)
        QSurfaceFormat.setDefaultFormat(smooth)
    return context.format().version() >= (2, 1)


def guard(window: Window) -> None:
    """Turn an error in any callback into one message in the window; the traceback goes to stderr once."""
    seen: set[str] = set()

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        name = f"{kind.__name__}: {error}"
        if name not in seen:  # a timer would fail again sixty times a second
            seen.add(name)
            sys.__excepthook__(kind, error, trace)
            window.complain(f"Something went wrong in the window ({name}); it carries on as best it can.")
        traceback.clear_frames(trace)  # a painter that lives on in one would have Qt crash

    sys.excepthook = hook


def close_on_interrupt(window: QWidget) -> None:
    """Let an interruption close the window as soon as Qt is done with what it is doing.

    Python may call the signal's handler in the middle of painting, and a window that closed there would take
    away what Qt paints on.
    """
    from PyQt6.QtCore import QTimer

    on_interruption(lambda *_: QTimer.singleShot(0, window.close))
