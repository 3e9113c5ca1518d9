"""The check-up: what is missing is a line of its findings, and the others follow."""

from __future__ import annotations

import sys

import pytest

from handorient import doctor
from handorient.resources import shipped_weights


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def check_up() -> list[tuple[bool, str]]:
    return list(doctor.check_up([shipped_weights("landmarks")]))


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, no_display: None) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    found = check_up()
    assert (False, "not installed: no-such-package; install handorient again with pip") in found
    assert any(good and line.startswith("numpy") for good, line in found)


def test_a_library_that_cannot_be_loaded_is_said_and_the_rest_is_checked(
    monkeypatch: pytest.MonkeyPatch, no_display: None
) -> None:
    monkeypatch.setitem(sys.modules, "handorient.hand.segmenter", None)
    monkeypatch.setitem(sys.modules, "handorient.capture.cameras", None)
    found = check_up()
    for name in ("hand.segmenter", "capture.cameras"):
        assert any(not good and name in line for good, line in found)
    assert len(found) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only there Qt asks for DISPLAY")
def test_a_display_that_is_gone_is_a_finding(monkeypatch: pytest.MonkeyPatch, no_display: None) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    good, line = check_up()[-1]
    assert not good and "no display" in line and ":77" in line
