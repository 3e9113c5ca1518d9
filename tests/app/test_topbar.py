"""The top bar's menu of sources: what is offered, and what choosing it asks for."""

from __future__ import annotations

import threading

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMenu, QToolButton

from handorient.app import topbar
from handorient.app.topbar import TopBar
from handorient.capture.cameras import CameraInfo
from handorient.sources import open_source
from tests.app.conftest import WEIGHTS

CAMERA = CameraInfo("desk-camera-0123abcd", "Desk & Camera", 2)


@pytest.fixture
def bar(qtbot, qapp, settings, monkeypatch) -> TopBar:
    monkeypatch.setattr(topbar, "list_cameras", lambda: [CAMERA])
    bar = TopBar(settings, WEIGHTS)
    qtbot.addWidget(bar)
    bar._open_menu()
    return bar


def chosen(bar: TopBar, menu: QMenu, text: str) -> str:
    """The source that the menu's entry asks for."""
    asked: list[str] = []
    bar.source_chosen.connect(asked.append)
    (action,) = [action for action in menu.actions() if action.text() == text]
    action.trigger()
    return asked[-1]


def test_the_menu_offers_the_demo_cameras_by_name_and_recent_files(bar, settings, tmp_path):
    files = [tmp_path / folder / "hand.mp4" for folder in ("monday", "tuesday")]
    for file in files:
        file.parent.mkdir()
        file.touch()
        settings.add_recent(str(file))
    settings.add_recent(str(tmp_path / "gone.mp4"))
    bar._open_menu()
    assert chosen(bar, bar.menu, "Demo hand") == "demo"
    assert chosen(bar, bar.menu, "Desk && Camera") == "camera:desk-camera-0123abcd"
    names = [action.text() for action in bar.menu.actions()]
    for file in files:
        (name,) = [name for name in names if name.startswith("hand.mp4") and name.endswith(file.parent.name)]
        assert chosen(bar, bar.menu, name) == str(file)
    assert not any("gone.mp4" in name for name in names), "it is not there any more"


def test_the_camera_that_plays_can_be_asked_for_other_sizes_and_rates(bar):
    bar.camera = open_source("camera:desk-camera-0123abcd?size=640x480&fps=30")
    bar.camera.granted = "640 × 480, 15 fps"
    bar._fill_menu()
    bar._fill_menu()
    (sizes,) = [action.menu() for action in bar.menu.actions() if action.menu() is not None]
    assert bar.menu.findChildren(QMenu) == [sizes], "and none is left of the last time"
    now, *choices = sizes.actions()
    assert "640 × 480, 15 fps" in now.text() and not now.isEnabled()
    asked = [open_source(chosen(bar, sizes, action.text())) for action in choices]
    assert {camera.which for camera in asked} == {CAMERA.identity}
    assert [(camera.size, camera.frame_rate) for camera in asked] == [
        ((640, 480), 30.0),
        ((1280, 720), 30.0),
        ((1280, 720), 60.0),
        ((1920, 1080), 30.0),
    ]


def test_a_narrow_bar_leaves_words_out_and_nothing_is_beyond_its_end(open_window, qtbot):
    window = open_window("a video with a name that is as long as the names of videos are.mp4")
    bar, styles = window.bar, Qt.ToolButtonStyle

    def fits() -> bool:
        ends = [button.geometry().right() for button in bar.findChildren(QToolButton)]
        return max(ends) < window.width() and bar.source.sizeHint().width() <= bar.source.width()

    names = []
    for width, style in (
        (1280, styles.ToolButtonTextBesideIcon),
        (1000, styles.ToolButtonIconOnly),
        (800, styles.ToolButtonIconOnly),
    ):
        window.resize(width, 700)
        assert window.width() == width
        qtbot.waitUntil(fits)
        names.append(bar.source.text())
        for button in (bar.pause, bar.record):
            assert button.toolButtonStyle() is style and button.toolTip() and button.text()
    assert len(names[0]) > len(names[1]) > len(names[2])


def test_a_source_is_shown_with_every_ampersand_of_its_name(bar):
    bar.resize(1280, bar.height())
    bar.show_source("R&D hand.mp4", paused=False, playing=True)
    assert bar.source.text().startswith("R&&D") and bar.source.shortcut().isEmpty()


def test_cameras_that_come_and_go_do_so_in_the_open_menu(bar, monkeypatch, qtbot):
    bar._scan_timer.setInterval(20)
    bar.menu.popup(bar.mapToGlobal(bar.rect().center()))

    def offered() -> bool:
        return "Desk && Camera" in [action.text() for action in bar.menu.actions()]

    assert offered()
    monkeypatch.setattr(topbar, "list_cameras", lambda: [])
    qtbot.waitUntil(lambda: not offered())
    monkeypatch.setattr(topbar, "list_cameras", lambda: [CAMERA])
    qtbot.waitUntil(offered)
    bar.menu.close()


def test_cameras_are_looked_for_only_while_the_menu_is_open(qtbot, qapp, settings, monkeypatch):
    looks: list[None] = []
    monkeypatch.setattr(topbar, "_SCAN_MS", 10)
    monkeypatch.setattr(topbar, "list_cameras", lambda: looks.append(None) or [CAMERA])
    bar = TopBar(settings, WEIGHTS)
    qtbot.addWidget(bar)
    qtbot.wait(100)
    assert not looks
    bar.menu.popup(bar.mapToGlobal(bar.rect().center()))
    qtbot.waitUntil(lambda: len(looks) > 3)
    bar.menu.close()
    bar._scanning.join()
    before = len(looks)
    qtbot.wait(100)
    assert len(looks) == before


def test_the_menu_waits_for_no_recent_file_and_offers_it_once_it_is_found(
    bar, settings, tmp_path, monkeypatch, qtbot
):
    file, answered, asked_by = tmp_path / "hand.mp4", threading.Event(), []
    settings.add_recent(str(file))
    monkeypatch.setattr(
        topbar, "_is_there", lambda path: asked_by.append(threading.get_ident()) or answered.wait(10)
    )
    bar._scan_timer.setInterval(20)
    bar.menu.popup(bar.mapToGlobal(bar.rect().center()))

    def offered() -> list[str]:
        return [action.text().partition("\t")[0] for action in bar.menu.actions()]

    assert "Desk && Camera" in offered() and "hand.mp4" not in offered()
    answered.set()
    qtbot.waitUntil(lambda: "hand.mp4" in offered())
    bar.menu.close()
    assert threading.get_ident() not in asked_by


def test_without_a_camera_the_menu_says_so_once_it_is_known(bar, monkeypatch, qtbot):
    looking = threading.Event()
    monkeypatch.setattr(topbar, "list_cameras", lambda: looking.wait(10) and [])
    bar._cameras = None
    bar._scan_timer.setInterval(20)

    def said() -> str:
        (action,) = [action for action in bar.menu.actions() if "amera" in action.text()]
        assert not action.isEnabled()
        return action.text()

    bar.menu.popup(bar.mapToGlobal(bar.rect().center()))
    assert said() == "Looking for cameras…"
    looking.set()
    qtbot.waitUntil(lambda: said() == "No camera found")
    bar.menu.close()
