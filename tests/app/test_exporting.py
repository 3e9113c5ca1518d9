"""Exporting from the window: a file's table and video, written while it plays on."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from PyQt6.QtTest import QTest

from handorient.app.window import Window
from tests.app.conftest import newest_message


@pytest.fixture
def window(folder, open_window, qtbot) -> Window:
    window = open_window("clip")
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    return window


def test_a_file_is_exported_while_it_plays_on(window, folder, qtbot):
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Exported"), timeout=30_000)
    exported = Path(newest_message(window).split(": ", 1)[1])
    assert exported.parent == folder and exported.name.startswith("clip 20")
    assert (exported / "annotated.mp4").is_file()
    assert len((exported / "estimates.csv").read_text().splitlines()) == 1 + 2 * 500
    assert not window.playing.paused


def test_an_export_to_a_folder_that_may_not_be_looked_into_is_explained(window, folder, qtbot, monkeypatch):
    stat = Path.stat

    def forbidden(path: Path, **options: bool) -> os.stat_result:  # root may look into any folder
        if path.parent == folder:
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", forbidden)
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: "Permission denied" in newest_message(window))
    assert "press X" not in window.banner.label.text(), "nothing is left to cancel"
    assert newest_message(window) == (
        f"The export could not be started in {folder}: Permission denied. "
        "Choose another folder, or free some space."
    )


def test_an_export_needs_no_terminal(window, qtbot, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: newest_message(window) == "Export started: clip")
    qtbot.waitUntil(lambda: not newest_message(window).startswith("Export started"), timeout=30_000)
    assert newest_message(window).startswith("Exported")


def test_closing_the_window_gives_an_export_up_and_leaves_nothing_of_it(window, folder, pipeline, qtbot):
    pipeline.delay_s = 0.05  # 25 seconds for all of the file
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: any(folder.rglob("annotated.mp4")))
    window.close()
    assert not folder.exists()
    assert "export" not in [thread.name for thread in threading.enumerate()]


def test_no_thread_is_left_of_an_export_for_which_a_process_that_ends_would_wait(window, folder, qtbot):
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Exported"), timeout=30_000)
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name == "export" or "tqdm" in name]


def test_an_export_says_how_far_it_is_and_the_same_key_gives_it_up(window, folder, pipeline, qtbot):
    pipeline.delay_s = 0.05
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: "exporting 1% (X cancels)" in window.status.text())
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: "Export cancelled" in window.banner.label.text())
    qtbot.waitUntil(lambda: "exporting" not in window.status.text())
    assert not folder.exists()


def test_a_file_that_does_not_say_how_long_it_is_is_exported_too(open_window, folder, pipeline, qtbot):
    window = open_window("fake")
    assert window.playing.duration_s is None
    pipeline.delay_s = 0.05
    QTest.keyClick(window, "X")
    qtbot.waitUntil(lambda: window.status.text().startswith("exporting "))
    assert "%" not in window.status.text()
    pipeline.delay_s = 0.0
    qtbot.waitUntil(lambda: newest_message(window).startswith("Exported"), timeout=30_000)


def test_what_has_no_end_is_not_exported(open_window, folder, qtbot):
    window = open_window("camera:0")
    QTest.keyClick(window, "X")
    qtbot.waitUntil(window.banner.isVisible)
    assert "Only files" in window.banner.label.text() and not folder.exists()
