"""Changing the network's input: what is remembered, and what becomes of a recording."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PyQt6.QtTest import QTest

from handorient.app.settings import FOLDER
from handorient.app.window import Window
from handorient.errors import UserError
from handorient.replay import Session

DAMAGED = "The weights are damaged: install the app again."


@pytest.fixture
def window(open_window, settings, tmp_path: Path, qtbot) -> Window:
    settings.set(FOLDER, str(tmp_path / "kept"))
    window = open_window("clip")
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    return window


def test_a_choice_is_remembered_once_its_network_is_loaded(window, settings, pipeline, qtbot, monkeypatch):
    let = threading.Event()
    monkeypatch.setattr(pipeline, "use", lambda weights: let.wait(10))
    window.inputs.use("silhouette")
    window.show_numbers()
    assert window.bar.inputs["silhouette"].isChecked() and settings.input == ""
    let.set()
    qtbot.waitUntil(lambda: settings.input == "silhouette")


def test_a_network_that_cannot_be_loaded_is_not_remembered_and_ends_no_recording(
    window, settings, pipeline, qtbot, monkeypatch
):
    def damaged(weights: Path) -> None:
        raise UserError(DAMAGED)

    window.inputs.use("colour")
    qtbot.waitUntil(lambda: settings.input == "colour")
    monkeypatch.setattr(pipeline, "use", damaged)
    QTest.keyClick(window, "R")
    window.inputs.use("silhouette")
    qtbot.waitUntil(lambda: window.banner.label.text() == DAMAGED)
    window.show_numbers()
    assert window.bar.inputs["colour"].isChecked() and settings.input == "colour"
    assert window.recordings.recording


def test_a_session_ends_once_another_network_is_loaded_and_has_nothing_of_its_estimates(
    window, pipeline, qtbot, monkeypatch, tmp_path
):
    let = threading.Event()

    def use(weights: Path) -> None:
        let.wait(10)
        pipeline.modes = ((1.0, 0.0, 0.0),)

    monkeypatch.setattr(pipeline, "use", use)
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: any(path.stat().st_size for path in tmp_path.rglob("estimates.jsonl")))
    window.inputs.use("silhouette")
    window.show_numbers()
    assert window.recordings.recording
    let.set()
    qtbot.waitUntil(lambda: "Recorded " in window.banner.label.text())
    assert not window.recordings.recording
    (folder,) = (tmp_path / "kept").iterdir()
    with Session(folder) as session:
        assert session.facts["input"] == "colour"
        modes = {len(session.recorded(index)["hands"][0]["modes"]) for index in range(session.frame_count)}
    assert modes == {2}
