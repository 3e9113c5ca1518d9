"""What is opened: dropped or chosen files, and a camera where nobody says what."""

from __future__ import annotations

from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QFileDialog

from handorient.app.window import ONE_FILE, Window


def drop(window: Window, *addresses: str) -> bool:
    """Drag these over one of the views and drop them if that is let happen; whether it is."""
    data = QMimeData()
    data.setUrls(list(map(QUrl, addresses)))
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    under, entering = window.density.viewport(), QDragEnterEvent(QPoint(5, 5), *how)
    entering.ignore()
    QApplication.sendEvent(under, entering)
    if entering.isAccepted():
        QApplication.sendEvent(under, QDropEvent(QPointF(5, 5), *how))
    return entering.isAccepted()


def test_a_dropped_file_is_opened_and_of_several_the_first_which_is_said(open_window, qtbot):
    window = open_window()
    assert drop(window, "file:///dropped.mp4")
    qtbot.waitUntil(lambda: window.bar.source.text().startswith("/dropped.mp4"))
    assert not window.banner.isVisible()
    assert drop(window, "https://example.org/a.mp4", "file:///one.png", "file:///two.png")
    qtbot.waitUntil(lambda: window.bar.source.text().startswith("/one.png"))
    assert window.banner.label.text() == ONE_FILE and window.banner.isVisible()


def test_what_is_not_on_this_machine_cannot_be_dropped(open_window):
    assert not drop(open_window(None), "https://example.org/hand.mp4")


def test_a_file_is_looked_for_where_the_last_one_was_and_a_sessions_is_among_those_offered(
    open_window, qtbot, monkeypatch
):
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *how: asked.append(how) or ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *how: asked.append(how) or "")
    window = open_window(None)
    QTest.keyClick(window, "O")
    drop(window, "file:///somewhere/hand.mp4")
    qtbot.waitUntil(lambda: window.estimate is not None)
    QTest.keyClick(window, "O")
    window.choose_folder()
    assert [how[2] for how in asked] == ["", "/somewhere", "/somewhere"]
    assert " session.json)" in asked[0][3]


def test_opened_files_are_remembered_cameras_and_the_demo_are_not(open_window, qtbot, settings):
    window = open_window("one.mp4")
    window.open("two.mp4")
    qtbot.waitUntil(lambda: settings.recent == ["two.mp4", "one.mp4"])
    window.open("camera:0")
    qtbot.waitUntil(lambda: window.picture.mirrored)
    assert settings.recent == ["two.mp4", "one.mp4"]


def test_the_last_camera_is_remembered_and_opened_where_nobody_names_a_source(open_window, qtbot, settings):
    window = open_window("fake")
    window.open("camera:0")
    qtbot.waitUntil(lambda: settings.camera == "camera:0")
    window.open("fake")
    qtbot.waitUntil(lambda: settings.recent[:1] == ["fake"] and not window.picture.mirrored)
    window.close()
    window = open_window(None)
    window.open(None)
    qtbot.waitUntil(lambda: window.picture.mirrored)
