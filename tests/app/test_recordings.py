"""Recording from the window: a session that is there afterwards and plays, and snapshots."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtTest import QTest

from handorient.app import recordings
from handorient.app.recordings import NOTHING_SHOWN, REPLACED
from handorient.app.window import Window
from handorient.capture.player import Player
from handorient.pipeline import Estimate
from handorient.recording import Recorder
from handorient.replay import Session
from handorient.sources import open_source
from tests.app.conftest import NO_WEIGHTS, FakeSource, estimate_of, newest_message


@pytest.fixture
def window(folder, open_window, qtbot) -> Window:
    window = open_window("clip")
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    return window


def record(window: Window, qtbot, pictures: int) -> Path:
    """Record at least this many, by key, and return the session's folder from the message about it."""
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: window.bar.record.text() == "0:00")
    until = window._worker.estimated + pictures
    qtbot.waitUntil(lambda: window._worker.estimated >= until)
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: window.bar.record.text() == "Record")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Recorded "))
    return Path(newest_message(window).split(": ", 1)[1])


def test_one_key_records_a_session_that_can_be_played(window, folder, qtbot):
    session = record(window, qtbot, 20)
    assert session.parent == folder
    with Session(session) as source:
        assert source.facts["input"] == "colour" and source.facts["source"]["name"] == "clip"
        pictures = sum(1 for _ in iter(source.read, None))
        assert pictures >= 20
        assert len(source.recorded(0)["hands"][0]["modes"]) == 2


def test_a_replayed_session_shows_what_was_recorded_and_t_hides_it(window, qtbot, pipeline):
    session = record(window, qtbot, 5)
    pipeline.modes = ((1.0, -10.0, 0.0),)
    window.open(str(session))
    qtbot.waitUntil(lambda: len(window.density.then.points()) == 2)
    then = [tuple(np.round(point.pos())) for point in window.density.then.points()]
    assert then == [(40, 20), (-40, -20)] and [hand.today for hand in window.picture.recorded] == [1]
    QTest.keyClick(window, "T")
    assert not window.density.then.points().size and not window.picture.recorded
    QTest.keyClick(window, "T")
    pipeline.modes = ()
    qtbot.waitUntil(lambda: not window.estimate.hands)
    assert [hand.today for hand in window.picture.recorded] == [None], "a hand that is not found today"
    assert len(window.density.then.points()) == 2
    QTest.keyClick(window, "T")
    window.open("other")
    QTest.keyClick(window, "T")
    qtbot.waitUntil(lambda: window.showing.player.source.uri == "other")
    assert not window.picture.recorded


def test_a_session_is_replayed_with_the_input_that_it_was_recorded_with(window, settings, qtbot):
    window.inputs.use("silhouette")
    qtbot.waitUntil(lambda: window._worker.input == "silhouette")
    session = record(window, qtbot, 2)
    settings.input = ""  # as for somebody else, who has chosen nothing
    window.open("clip")
    qtbot.waitUntil(lambda: window._worker.wanted == "colour")
    window.open(str(session))
    qtbot.waitUntil(lambda: window._worker.wanted == "silhouette")
    assert settings.input == ""


def test_a_session_has_its_own_input_until_another_is_chosen_and_other_sources_have_the_last_choice(
    window, settings, qtbot
):
    session = record(window, qtbot, 2)
    window.inputs.use("silhouette")
    qtbot.waitUntil(lambda: settings.input == "silhouette")

    def opened(source: str) -> str:
        window.open(source)
        qtbot.waitUntil(lambda: window.showing.player.source.uri == source)
        qtbot.waitUntil(lambda: window._worker.input == window._worker.wanted)
        window.show_numbers()
        return window._worker.input

    assert opened(str(session)) == "colour" and window.bar.inputs["colour"].isChecked()
    assert opened("clip") == "silhouette"
    assert settings.input == "silhouette", "a session is no choice"
    assert opened(str(session)) == "colour"
    window.inputs.use("silhouette")
    qtbot.waitUntil(lambda: window._worker.input == "silhouette")
    window.show_numbers()
    assert window.showing.player.source.uri == str(session)
    window.inputs.use("colour")
    qtbot.waitUntil(lambda: settings.input == "colour")
    assert opened("clip") == "colour"


def test_another_source_or_input_ends_the_session(window, folder, qtbot):
    changes = (lambda: window.open("other"), lambda: window.inputs.use("silhouette"))
    for number, change in enumerate(changes, start=1):
        QTest.keyClick(window, "R")
        assert window.recordings.recording
        qtbot.waitUntil(
            lambda number=number: (
                len([path for path in folder.rglob("estimates.jsonl") if path.stat().st_size]) == number
            )
        )
        change()
        qtbot.waitUntil(lambda: not window.recordings.recording)
        qtbot.waitUntil(lambda: bool(window.estimate.hands))
    qtbot.waitUntil(lambda: window.banner.label.text().endswith(REPLACED))


def test_a_session_begun_before_the_new_source_is_shown_goes_on(window, folder, qtbot, pipeline):
    pipeline.delay_s = 0.2
    window.open("other")
    qtbot.waitUntil(lambda: window.switch.player.source.uri == "other")
    assert window.showing.player.source.uri == "clip"
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: window.showing.player is window.switch.player)
    shown = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown)
    window.show_numbers()
    assert window.recordings.recording
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Recorded "))
    (session,) = folder.iterdir()
    assert json.loads((session / "session.json").read_text())["source"]["name"] == "other"


def test_nothing_of_another_source_or_network_goes_into_a_session(window, folder, qtbot, monkeypatch):
    QTest.keyClick(window, "R")
    added, strange = [], estimate_of((1.0, 5.0, 5.0))
    monkeypatch.setattr(window.recordings._recorder, "add", added.append)
    record, player = window._worker.record, window.switch.player
    record(Player(FakeSource()), strange)
    monkeypatch.setattr(window._worker, "input", "silhouette")
    record(player, strange)
    assert not any(estimate is strange for estimate in added)
    monkeypatch.setattr(window._worker, "input", "colour")
    record(player, strange)
    assert any(estimate is strange for estimate in added)


def test_a_session_that_a_broken_pipeline_ended_blames_no_change_of_input(
    window, folder, qtbot, pipeline, monkeypatch
):
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: any(path.stat().st_size for path in folder.rglob("estimates.jsonl")))

    def broken() -> None:
        raise RuntimeError("graph broke")

    monkeypatch.setattr(pipeline, "reset", broken)
    pipeline.error = RuntimeError("graph broke")
    qtbot.waitUntil(lambda: not window.recordings.recording)
    qtbot.waitUntil(lambda: "Recorded " in window.banner.label.text())
    assert REPLACED not in window.banner.label.text()


def test_a_source_that_stops_by_itself_ends_the_session(open_window, folder, qtbot):
    window = open_window("torn")
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: any(path.stat().st_size for path in folder.rglob("estimates.jsonl")))
    window.switch.player.source.pulled.set()
    qtbot.waitUntil(lambda: not window.recordings.recording)
    qtbot.waitUntil(lambda: "Recorded " in window.banner.label.text())
    assert window.banner.label.text().startswith("The camera stopped: check its cable.\n")


def test_nothing_is_recorded_of_a_source_that_has_stopped(open_window, folder, qtbot):
    window = open_window("torn")
    qtbot.waitUntil(lambda: bool(window.estimate.hands))
    window.switch.player.source.pulled.set()
    qtbot.waitUntil(lambda: window.switch.faulted)
    QTest.keyClick(window, "R")
    assert not window.recordings.recording and not folder.exists()
    qtbot.waitUntil(lambda: newest_message(window) == recordings.SOURCE_STOPPED)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.showing.player is window.switch.player and not window.switch.faulted)
    assert record(window, qtbot, 2).parent == folder, "as is advised"


def test_a_disk_that_does_not_answer_is_said(window, folder, qtbot, monkeypatch):
    monkeypatch.setattr("handorient.recording.CLOSE_S", 0.1)
    hanging, disk, write = threading.Event(), threading.Event(), Recorder._write

    def hang(recorder: Recorder, estimate: Estimate) -> None:
        if recorder.frames == 3:
            hanging.set()
            disk.wait(10)
        write(recorder, estimate)

    monkeypatch.setattr(Recorder, "_write", hang)
    QTest.keyClick(window, "R")
    qtbot.waitUntil(hanging.is_set)
    QTest.keyClick(window, "R")
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text().startswith("The disk is not responding")
    assert "3 pictures" in window.banner.label.text() and str(folder) in window.banner.label.text()
    disk.set()


def test_nothing_is_recorded_before_the_network_that_was_chosen_is_there(
    window, folder, qtbot, pipeline, monkeypatch
):
    let = threading.Event()
    monkeypatch.setattr(pipeline, "use", lambda weights: let.wait(10))
    window.inputs.use("silhouette")
    QTest.keyClick(window, "R")
    assert not window.recordings.recording
    qtbot.waitUntil(window.banner.isVisible)
    assert "wait for hand detection" in window.banner.label.text()
    let.set()
    qtbot.waitUntil(lambda: window._worker.input == "silhouette")
    with Session(record(window, qtbot, 2)) as source:
        assert source.facts["input"] == "silhouette"


def test_closing_the_window_keeps_the_session(window, folder, qtbot):
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: any(path.stat().st_size for path in folder.rglob("estimates.jsonl")))
    window.close()
    (session,) = folder.iterdir()
    assert (session / "session.json").is_file()


def test_a_session_in_which_no_picture_came_leaves_nothing(window, folder, qtbot):
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.playing.paused)
    qtbot.wait(100)  # for the picture that was under way
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: any(folder.rglob("session.json")))
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: "Nothing was recorded" in window.banner.label.text())
    assert not any(folder.iterdir())


def test_what_is_advised_where_no_picture_came_records_even_a_single_one(
    open_window, folder, qtbot, tmp_path
):
    cv2.imwrite(str(tmp_path / "hand.png"), np.full((240, 320, 3), 120, np.uint8))
    window = open_window(None)
    window.switch.open_source = open_source
    window.open(str(tmp_path / "hand.png"))
    qtbot.waitUntil(lambda: window.playing.paused and window._worker.estimated == 1)
    QTest.keyClick(window, "R")
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: "Nothing was recorded" in newest_message(window))
    for name in re.findall(r"\bR\b|\bSpace\b", newest_message(window)):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{name}"))
        qtbot.wait(200)  # as a person does
    qtbot.waitUntil(lambda: any(path.stat().st_size for path in folder.rglob("estimates.jsonl")))
    QTest.keyClick(window, "R")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Recorded 1 picture: "))


def test_a_folder_that_cannot_be_written_is_explained(window, folder, qtbot):
    folder.write_text("a file, not a folder")
    QTest.keyClick(window, "R")
    qtbot.waitUntil(window.banner.isVisible)
    assert str(folder) in window.banner.label.text() and window.bar.record.text() == "Record"


def test_a_snapshot_is_the_window_and_the_mixture(window, folder, qtbot):
    QTest.keyClick(window, "S")
    qtbot.waitUntil(window.banner.isVisible)
    (picture,) = folder.rglob("*.png")
    (written,) = folder.rglob("*.json")
    saved = cv2.imread(str(picture))
    assert saved.shape[1] >= window.width() and saved.std() > 3, "there is something in it"
    assert len(json.loads(written.read_text())["hands"][0]["mixture"]["weights"]) == 2


def test_the_window_waits_for_no_disk_that_a_snapshot_goes_to(window, folder, qtbot, monkeypatch):
    disk, write = threading.Event(), recordings.snapshot
    monkeypatch.setattr(recordings, "snapshot", lambda *what: disk.wait(10) and write(*what))
    for _ in range(2):
        QTest.keyClick(window, "S")
    assert not folder.exists()
    shown = window.estimate
    qtbot.waitUntil(lambda: window.estimate is not shown)
    disk.set()
    qtbot.waitUntil(lambda: window.banner.label.text().count("Snapshot: ") == 2)
    assert len(list(folder.rglob("*.png"))) == len(list(folder.rglob("*.json"))) == 2


def test_a_snapshot_says_the_shares_of_its_own_moment(window, pipeline, qtbot):
    window._text_timer.stop()
    pipeline.modes = ((0.9, 30.0, 0.0), (0.1, -30.0, 0.0))
    qtbot.waitUntil(lambda: window.estimate.hands[0].modes[0].weight > 0.8)
    QTest.keyClick(window, "S")
    assert "90%" in window.headline.shares.text()


def test_a_snapshot_shows_no_message_that_lies_over_the_views(window, folder, qtbot, monkeypatch):
    window.complain("Over the picture.")
    window.help.toggle()
    covers, seen = (window.banner, window.help), []
    monkeypatch.setattr(
        window.recordings, "snapshot", lambda *_: seen.append(any(cover.isVisible() for cover in covers))
    )
    QTest.keyClick(window, "S")
    assert seen == [False] and all(cover.isVisible() for cover in covers)


def test_without_a_network_an_export_and_a_recording_say_what_is_wrong(
    window_without_network, qtbot, folder, monkeypatch
):
    window = window_without_network
    window.open("clip")
    qtbot.waitUntil(lambda: window.estimate is not None and window.failed is not None)
    monkeypatch.setattr("handorient.app.window._AGAIN_S", 0.0)
    for key in ("X", "R"):
        qtbot.waitUntil(window.banner.isVisible)
        window.banner.dismiss()
        QTest.keyClick(window, key)
        qtbot.waitUntil(window.banner.isVisible)
        assert window.banner.label.text() == NO_WEIGHTS
    assert not window.recordings.recording and not folder.exists()


def test_one_key_shows_the_folder_once_there_is_one(window, folder, qtbot, monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: not shown.append(url.toLocalFile()))
    QTest.keyClick(window, "D")
    qtbot.waitUntil(lambda: newest_message(window).startswith("Nothing is there yet"))
    folder.mkdir()
    QTest.keyClick(window, "D")
    assert shown == [str(folder)]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    QTest.keyClick(window, "D")
    qtbot.waitUntil(lambda: newest_message(window).endswith(f"are in {folder}."))


def test_where_there_is_no_picture_a_snapshot_says_so(open_window, qtbot):
    window = open_window(None)
    QTest.keyClick(window, "S")
    qtbot.waitUntil(lambda: newest_message(window) == NOTHING_SHOWN)
