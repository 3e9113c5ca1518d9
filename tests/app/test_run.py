"""The app as a process: what the command line promises about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.app.main import NO_OPENGL, display_trouble
from handorient.recording import Recorder
from tests.estimates import estimate

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from PyQt6.QtCore import QSettings
from handorient.app.main import run_app
from tests.app.conftest import WEIGHTS, FakePipeline
source, screenshot, folder, *wanted = sys.argv[1:]
QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, folder)


def make_pipeline(weights):
    print(weights.stem)
    load()
    return FakePipeline()


def load():
    pass


sys.exit(run_app(source, *(wanted or [None]), 2.0, Path(screenshot), make_pipeline, WEIGHTS))
"""


def run(
    source: Path, screenshot: Path, *wanted: str, program: str = PROGRAM, **environment: str
) -> subprocess.CompletedProcess[str]:
    if display_trouble() is not None:
        pytest.skip("needs a display; xvfb-run gives a virtual one")
    command = [sys.executable, "-c", program, str(source), str(screenshot), str(screenshot.parent), *wanted]
    variables = {**os.environ, **environment}
    return subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.full((240, 320, 3), 120, np.uint8))
    return path


@pytest.mark.parametrize("environment", [{}, {NO_OPENGL: "1"}], ids=["opengl", "without"])
def test_a_timed_run_exits_0_with_the_windows_picture(tmp_path, image, environment):
    done = run(image, tmp_path / "shot.png", **environment)
    assert done.returncode == 0, done.stderr
    shot = cv2.imread(str(tmp_path / "shot.png"))
    scene = shot[130 : shot.shape[0] // 2, 2 * shot.shape[1] // 3 :]
    for part in (shot, scene):
        assert part.max() > 150 and part.std() > 3, "not blank, and so is the 3D view alone"


def test_an_input_that_is_asked_for_is_used_and_remembered(tmp_path, image):
    first, again = run(image, tmp_path / "shot.png", "silhouette"), run(image, tmp_path / "shot.png")
    assert first.stdout.split()[-1] == again.stdout.split()[-1] == "hand-silhouette"


def test_an_input_that_is_asked_for_is_used_for_a_session_too_and_otherwise_its_own(tmp_path):
    recorder = Recorder(tmp_path / "sessions", {"input": "colour"})
    recorder.add(estimate(0, 100.0))
    recorder.close()
    program = PROGRAM.replace(
        "\n\ndef load", "\n\nFakePipeline.use = lambda self, file: print(file.stem)\n\n\ndef load"
    )
    for words in (["silhouette"], []):
        done = run(recorder.folder, tmp_path / "shot.png", *words, program=program)
        assert done.stdout.split()[-1] == f"hand-{words[0] if words else 'colour'}", done.stderr


def test_a_timed_run_of_a_missing_source_exits_2_with_one_sentence(tmp_path):
    done = run(tmp_path / "nothing.mp4", tmp_path / "shot.png")
    assert done.returncode == 2
    assert "nothing.mp4" in done.stderr and "Traceback" not in done.stderr


TORN = """
import handorient.sources
from handorient.app.window import Window
from tests.app.conftest import TornSource


class Torn(TornSource):
    def read(self):
        if self._count == 20:
            self.pulled.set()
        return super().read()


handorient.sources.open_source = lambda text: Torn()
Window.__init__.__defaults__ = (handorient.sources.open_source,)
"""


def test_a_timed_run_whose_source_stops_by_itself_exits_2_with_one_sentence(tmp_path):
    done = run(Path("torn"), tmp_path / "shot.png", program=TORN + PROGRAM)
    assert done.returncode == 2 and (tmp_path / "shot.png").is_file()
    assert done.stderr == "handorient: The camera stopped: check its cable.\n"


def test_a_picture_that_cannot_be_written_is_said_in_one_sentence_and_the_run_still_ends(tmp_path, image):
    done = run(image, tmp_path)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr and "Traceback" not in done.stderr


CLOSED = """
from PyQt6.QtCore import QTimer
from handorient.app.window import Window

Window.open = lambda window, text: QTimer.singleShot(200, window.close)
"""


def test_a_window_that_is_closed_before_its_picture_is_taken_says_so(tmp_path, image):
    done = run(image, tmp_path / "shot.png", program=CLOSED + PROGRAM)
    assert done.returncode == 2 and not (tmp_path / "shot.png").exists()
    assert done.stderr == "handorient: The window was closed before its screenshot was taken.\n"


LOADING = """
def load():
    import cv2, numpy, time
    from handorient.app import main
    print("loading", flush=True)
    main._LEAVE_S = {leave_s}
    end_s = time.perf_counter() + {takes_s}
    while time.perf_counter() < end_s:  # a process that ends in the middle of this is aborted
        cv2.GaussianBlur(numpy.zeros((2000, 2000, 3), numpy.uint8), (0, 0), 9)
    print("loaded")
"""


@pytest.mark.parametrize(("takes_s", "leave_s"), [(6, 50), (60, 0.5)], ids=["waits for it", "gives it up"])
def test_a_window_that_is_closed_while_the_network_loads_ends_in_order(tmp_path, image, takes_s, leave_s):
    code = PROGRAM.replace("def load():\n    pass", LOADING.format(takes_s=takes_s, leave_s=leave_s))
    done = run(image, tmp_path / "shot.png", "silhouette", program=code)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and done.stdout.split()[:2] == ["hand-silhouette", "loading"]
    assert ("loaded" in done.stdout) == (takes_s < leave_s)
    (remembered,) = tmp_path.rglob("*.conf")
    assert "geometry=" in remembered.read_text() and "input=" not in remembered.read_text()


SHOWN = """
from handorient.app.window import Window

Window.show_hint = lambda window: print("shown", flush=True)
"""


def test_ctrl_c_ends_the_app_at_once_and_in_order(tmp_path, image):
    if display_trouble() is not None:
        pytest.skip("needs a display; xvfb-run gives a virtual one")
    code = SHOWN + PROGRAM.replace("2.0, Path(screenshot)", "None, None").replace("print(weights.stem)", "")
    command = [sys.executable, "-c", code, str(image), str(tmp_path / "shot.png"), str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        said = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert said == "shown\n" and process.returncode == 0 and "Traceback" not in errors


@pytest.mark.parametrize("display", ["", "nowhere.invalid:0"], ids=["none", "gone"])
def test_what_is_wrong_with_the_display_is_known_before_qt_is_imported(display):
    code = (
        "import sys; from handorient.app.main import display_trouble; "
        "print(display_trouble() is None, any(name.startswith('PyQt6') for name in sys.modules))"
    )
    variables = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=variables | {"DISPLAY": display},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["False" if sys.platform == "linux" else "True", "False"]


def test_the_plugins_of_opencvs_own_qt_are_not_tried(monkeypatch):
    if display_trouble() is not None:
        pytest.skip("needs a display; xvfb-run gives a virtual one")
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(Path(cv2.__file__).parent / "qt" / "plugins"))
    assert display_trouble() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there Qt has this platform")
@pytest.mark.parametrize("platform", ["offscreen", "minimal:key=value"])
def test_a_platform_that_needs_no_display_is_one(platform, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert display_trouble() is None
