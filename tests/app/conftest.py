"""A window to test: a source that draws a moving dot, a pipeline that sees two hypotheses in it."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication

from handorient.app.main import display_trouble, make_application, opengl_works
from handorient.app.settings import FOLDER, Settings
from handorient.app.window import Window
from handorient.capture.camera import Camera
from handorient.capture.demo import Demo
from handorient.capture.frame import Frame, Truth
from handorient.capture.source import SeekableSource, Source
from handorient.errors import UserError
from handorient.hand.crop import WINDOW_PX
from handorient.pipeline import Estimate, HandEstimate
from handorient.replay import Session, is_session
from handorient.resources import shipped_weights
from tests.estimates import TWO_MODES, Modes, hand_at, open_palm

T = TypeVar("T")


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    if display_trouble() is not None:
        pytest.skip("needs a display; xvfb-run gives a virtual one")
    return make_application()


#: The files of the networks by their inputs, one of which is not there.
WEIGHTS = {
    "colour": shipped_weights("colour"),
    "silhouette": shipped_weights("silhouette"),
    "landmarks": Path("missing"),
}


class FakeSource(Source):
    """Grey pictures at 100 a second whose index tells them apart; ``error`` makes it fail to open."""

    frame_rate = 100.0

    def __init__(self, uri: str = "fake", live: bool = False, error: Exception | None = None) -> None:
        self.name = self.uri = uri
        self.live = live
        self._error = error
        self._count = 0

    def open(self) -> None:
        if self._error is not None:
            raise self._error
        self._count = 0

    def read(self) -> Frame | None:
        if self._count == 500:
            return None
        rgb = np.full((240, 320, 3), 90, np.uint8)
        rgb[:, :160] = 30
        frame = Frame(self._count, self._count / 100, time.perf_counter(), rgb, truth=Truth(0.3, 0.1))
        self._count += 1
        return frame

    def close(self) -> None:
        pass


class FakeFile(FakeSource, SeekableSource):
    """A file of such pictures, five seconds long."""

    duration_s = 5.0
    frame_count = 500

    def index_at(self, time_s: float) -> int:
        return min(499, round(time_s * 100))

    def seek(self, index: int) -> None:
        self._count = index


class FakeCamera(FakeSource, Camera):
    """A camera without an end of such pictures."""

    def __init__(self, uri: str) -> None:
        Camera.__init__(self, 0)
        FakeSource.__init__(self, uri, live=True)
        self.index, self.granted = 0, "320 × 240, 100 fps"


class FakeDemo(FakeFile, Demo):
    """A demo of such pictures."""


class TornSource(FakeSource):
    """One that fails once its cable is ``pulled``."""

    def __init__(self) -> None:
        super().__init__("torn")
        self.pulled = threading.Event()

    def read(self) -> Frame | None:
        if self.pulled.is_set():
            raise UserError("The camera stopped: check its cable.")
        return super().read()


class FakePipeline:
    """Sees ``modes``, (weight, azimuth in degrees, elevation in degrees) each, in every picture.

    A second hand, where there are ``other_modes``, has those.
    """

    input = "silhouette"

    def __init__(self, modes: Modes = TWO_MODES) -> None:
        self.modes = modes
        self.other_modes: Modes = ()
        self.resets = 0
        self.threads: set[int] = set()
        self.error: Exception | None = None
        self.delay_s = 0.0
        self.closed = False

    def process(self, frame: Frame) -> Estimate:
        self.threads.add(threading.get_ident())
        time.sleep(self.delay_s)
        if self.error is not None:
            raise self.error
        hands = (hand_estimate(self.modes),) if self.modes else ()
        if self.other_modes:
            hands += (replace(hand_estimate(self.other_modes), id=2),)
        return Estimate(frame, hands, {"detect": 1.0, "total": 2.0})

    def use(self, weights: Path) -> None:
        pass

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed = True

    def __enter__(self) -> FakePipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def hand_estimate(modes: Modes) -> HandEstimate:
    """An upright right palm in the middle of a 320 x 240 picture."""
    mask = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
    mask[40:120, 50:110] = 255
    return hand_at(open_palm((160, 190), (205, 180, 162, 146, 130), (160, 135), 22), modes, 1, mask)


def estimate_of(*modes: tuple[float, float, float]) -> Estimate:
    frame = next(iter(frames()))
    return Estimate(frame, (hand_estimate(modes),) if modes else (), {"detect": 1.0})


def frames() -> Iterator[Frame]:
    with FakeSource() as source:
        while (frame := source.read()) is not None:
            yield frame


def open_fake(text: str | None) -> Source:
    """fake and sessions work; clip can seek; torn can be made to fail while it plays.

    broken is no source; bug is one that fails.
    """
    if text is not None and is_session(Path(text)):
        return Session(Path(text))
    if text == "clip":
        return FakeFile("clip")
    if text == "torn":
        return TornSource()
    if text == "broken":
        raise UserError("There is no source called broken: choose another.")
    if text == "bug":
        return FakeSource("bug", error=ZeroDivisionError("not for a person's eyes"))
    if text == "unplugged":
        return FakeSource("unplugged", error=UserError("The camera is gone: plug it in."))
    if text == "demo":
        return FakeDemo("demo")
    return FakeCamera(text) if text == "camera:0" else FakeSource(text or "fake")


def settled(qtbot, value: Callable[[], T]) -> T:
    """What a value is once it does not change any more, as sizes that a window system deals out."""
    last, now = value(), None
    while now != last:
        qtbot.wait(50)
        last, now = now, value()
    return now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def open_window(qtbot, qapp, settings: Settings, pipeline: FakePipeline) -> Iterator[Callable[..., Window]]:
    windows: list[Window] = []

    def made(_: Path) -> FakePipeline:
        pipeline.threads.add(threading.get_ident())
        return pipeline

    def make(
        source: str | None = "fake",
        opengl: bool | None = None,
        size: tuple[int, int] | None = (1280, 800),
    ) -> Window:
        window = Window(made, WEIGHTS, settings, opengl_works() if opengl is None else opengl, open_fake)
        windows.append(window)
        if size is not None:
            window.resize(*size)
        window.show()
        if source is not None:
            window.open(source)
            qtbot.waitUntil(lambda: window.estimate is not None)
        return window

    yield make
    # All of it now and here: garbage is collected in whichever thread, where Qt may crash.
    while windows:
        window = windows.pop()
        window.close()
        sip.delete(window)
        del window
    gc.collect()


#: Why :func:`window_without_network` has none.
NO_WEIGHTS = "The weights are missing: install the app again."


@pytest.fixture
def window_without_network(qtbot, qapp, settings: Settings) -> Window:
    """A window that shows sources, but whose pipeline cannot be made."""

    def missing(weights: Path) -> FakePipeline:
        raise UserError(NO_WEIGHTS)

    window = Window(missing, WEIGHTS, settings, False, open_fake)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.set(FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


def newest_message(window: Window) -> str:
    return window.banner.label.text().rpartition("\n")[2]
