"""The check-up: what is missing is a line of its findings, and the others follow."""

from __future__ import annotations

import sys

import pytest

from handorient import doctor
from handorient.hand.detector import MediaPipeDetector
from handorient.resources import shipped_weights


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def check_up() -> list[tuple[bool, str]]:
    return list(doctor.check_up([shipped_weights("landmarks")]))


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, no_display: None) -> None:
    wanted = ["numpy<2,>=1.26", "no-such-package==1.0", "no-such-tool>=8; extra == 'test'"]
    monkeypatch.setattr(doctor, "requires", lambda _: wanted)
    found = check_up()
    assert (False, "not installed: no-such-package; install handorient again with pip") in found
    assert any(good and line.startswith("numpy") for good, line in found)


def test_every_package_that_the_app_needs_is_looked_for(no_display: None) -> None:
    needed = {"mediapipe", "torch", "numpy", "scikit-image", "scikit-learn", "tqdm", "matplotlib"}
    assert needed <= set(doctor._needed()) and "pytest" not in doctor._needed()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no graph\nnor a trace"), r"hand detection cannot start (RuntimeError('no graph\n"),
        (ImportError("libGL.so.1 is missing"), "libGL.so.1 is missing: install it"),
    ],
)
def test_a_detector_that_cannot_be_made_is_a_finding_in_one_line(
    monkeypatch: pytest.MonkeyPatch, no_display: None, error: Exception, said: str
) -> None:
    assert (True, "hand detection") in check_up()

    def broken(_: MediaPipeDetector) -> None:
        raise error

    monkeypatch.setattr(MediaPipeDetector, "__init__", broken)
    (line,) = [line for good, line in check_up() if not good and "no display" not in line]
    assert line.startswith(said) and "\n" not in line


def test_a_library_that_cannot_be_loaded_is_said_and_the_rest_is_checked(
    monkeypatch: pytest.MonkeyPatch, no_display: None
) -> None:
    monkeypatch.setitem(sys.modules, "handorient.hand.segmenter", None)
    monkeypatch.setitem(sys.modules, "handorient.capture.cameras", None)
    found = check_up()
    for name in ("hand.segmenter", "capture.cameras"):
        assert any(not good and name in line for good, line in found)
    assert len(found) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="only there Qt asks for DISPLAY")
def test_a_display_that_is_gone_is_a_finding(monkeypatch: pytest.MonkeyPatch, no_display: None) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    good, line = check_up()[-1]
    assert not good and "no display" in line and ":77" in line
