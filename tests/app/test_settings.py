"""The settings: declared once, remembered, reset; and the dialog that is made from them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PyQt6.QtCore import QSettings, QStandardPaths
from PyQt6.QtWidgets import QCheckBox, QComboBox, QLabel

from handorient.app import theme
from handorient.app.settings import (
    FOLDER,
    LANDMARKS,
    OUTLINE,
    SETTINGS,
    THEME,
    Settings,
    default_folder,
)
from handorient.app.settings_dialog import SettingsDialog


@pytest.fixture
def dialog(qtbot, qapp, settings) -> SettingsDialog:
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    return dialog


def test_a_setting_has_its_default_until_it_is_changed_and_is_remembered(tmp_path):
    path = str(tmp_path / "settings.ini")
    settings = Settings(QSettings(path, QSettings.Format.IniFormat))
    assert settings.get(LANDMARKS) is True and settings.get(THEME) == "system"
    settings.toggle(LANDMARKS)
    settings.set(THEME, "light")
    settings._store.sync()
    again = Settings(QSettings(path, QSettings.Format.IniFormat))
    assert again.get(LANDMARKS) is False and again.get(THEME) == "light"


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the folder of videos cannot be moved by a file"
)
def test_sessions_go_to_the_users_videos_or_else_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert default_folder() == tmp_path / "handorient-sessions"
    (tmp_path / "Videos").mkdir()
    assert default_folder() == tmp_path / "Videos" / "handorient-sessions"
    (tmp_path / "Filme").mkdir()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('# a comment\nXDG_VIDEOS_DIR="$HOME/Filme"\n')
    assert default_folder() == tmp_path / "Filme" / "handorient-sessions"


def test_where_the_videos_cannot_be_looked_at_sessions_go_home(tmp_path, monkeypatch):
    monkeypatch.setattr(
        QStandardPaths, "writableLocation", lambda *_: f"/{'too_long' * 99}"
    )  # as a mount that is gone
    assert default_folder() == Path.home() / "handorient-sessions"


@pytest.mark.parametrize("broken", ["mauve", "", "17"])
def test_a_value_that_makes_no_sense_is_the_default(settings, broken):
    settings._store.setValue(THEME.name, broken)
    assert settings.get(THEME) == "system"


def test_names_are_the_keys_of_one_file_and_so_differ():
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_changes_are_told_once_and_no_change_is_not(settings, qtbot):
    told = []
    settings.changed.connect(told.append)
    settings.set(OUTLINE, False)
    settings.set(OUTLINE, False)
    assert told == [OUTLINE]


def test_the_dialog_has_an_editor_for_each_setting_that_changes_it(dialog, settings):
    assert set(dialog.editors) == {setting.name for setting in SETTINGS}
    outline, theme = dialog.editors[OUTLINE.name], dialog.editors[THEME.name]
    assert isinstance(outline, QCheckBox) and isinstance(theme, QComboBox)
    outline.click()
    theme.textActivated.emit("dark")
    assert settings.get(OUTLINE) is False and settings.get(THEME) == "dark"


def test_a_folder_is_shown_with_every_ampersand_of_its_name(dialog, settings):
    settings.set(FOLDER, "/media/R&D")
    button = dialog.editors[FOLDER.name]
    assert button.text() == "/media/R&&D …" and button.shortcut().isEmpty()


def test_every_explanation_is_shown_whole_or_can_be_scrolled_to(dialog, qtbot, qapp):
    screen_px = dialog.screen().availableGeometry().height()
    for scaled in (1.0, 2.0):
        theme.apply(qapp, "dark", scaled)
        dialog.hide()
        dialog.show()
        qtbot.waitExposed(dialog)
        qapp.processEvents()
        assert dialog.height() <= screen_px
        for label in dialog.findChildren(QLabel):
            assert label.height() >= label.heightForWidth(label.width()) > 0 or not label.wordWrap()
    theme.apply(qapp, "dark")


def test_the_dialog_fits_the_screen_and_what_is_written_in_it_while_it_is_open(dialog, qtbot, qapp):
    dialog.show()
    dialog.move(700, 300)
    room, small = dialog.screen().availableGeometry(), dialog.size()
    try:
        theme.apply(qapp, "dark", 2.0)
        qtbot.waitUntil(lambda: dialog.width() > 1.5 * small.width())
        assert room.contains(dialog.geometry())
    finally:
        theme.apply(qapp, "dark")
    qtbot.waitUntil(lambda: dialog.size() == small)


def test_one_click_resets_every_setting_and_nothing_else(dialog, settings):
    settings.set(OUTLINE, False)
    settings.set(THEME, "light")
    settings.add_recent("hand.mp4")
    settings.camera = "camera:0?fps=60"
    dialog.restore.click()
    assert all(settings.get(setting) == setting.default for setting in SETTINGS)
    assert dialog.editors[OUTLINE.name].isChecked()
    assert settings.recent == ["hand.mp4"] and settings.camera == "camera:0?fps=60"
