"""The top bar's menu of sources: what is offered, and what choosing it asks for."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QMenu

from handorient.app import topbar
from handorient.app.topbar import TopBar
from handorient.capture.cameras import CameraInfo
from handorient.capture.uri import open_source
from tests.app.conftest import INPUTS

CAMERA = CameraInfo("desk-camera-0123abcd", "Desk & Camera", 2)


@pytest.fixture
def bar(qtbot, qapp, settings, monkeypatch) -> TopBar:
    monkeypatch.setattr(topbar, "list_cameras", lambda: [CAMERA])
    settings.add_recent("/clips/hand.mp4")
    bar = TopBar(settings, INPUTS)
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


def test_the_menu_offers_the_demo_cameras_by_name_and_recent_files(bar):
    assert chosen(bar, bar.menu, "Demo hand") == "demo"
    assert chosen(bar, bar.menu, "Desk && Camera") == "camera:desk-camera-0123abcd"
    assert chosen(bar, bar.menu, "hand.mp4") == "/clips/hand.mp4"


def test_the_camera_that_plays_can_be_asked_for_other_sizes_and_rates(bar):
    bar.camera = open_source("camera:desk-camera-0123abcd?size=640x480&fps=30")
    bar.camera.granted = "640 × 480, 15 fps"
    bar._fill_menu()
    (sizes,) = [action.menu() for action in bar.menu.actions() if action.menu() is not None]
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


def test_without_a_camera_the_menu_says_so(bar, monkeypatch):
    monkeypatch.setattr(topbar, "list_cameras", lambda: [])
    bar._open_menu()
    (none,) = [action for action in bar.menu.actions() if action.text() == "No camera found"]
    assert not none.isEnabled()
