"""The settings dialog, made from the settings' declarations; a change takes effect at once."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from handorient.app.settings import SETTINGS, Setting, Settings
from handorient.app.text import without_mnemonics


class SettingsDialog(QDialog):
    """One editor for each setting, its help beneath it, and a button that resets them all.

    Attributes:
        editors: each setting's widget, by the setting's name.
    """

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(460)
        self._settings = settings
        self.editors: dict[str, QCheckBox | QComboBox | QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(3)
        for setting in SETTINGS:
            editor = self._editor(setting)
            self.editors[setting.name] = editor
            if not isinstance(editor, QCheckBox):
                column.addWidget(QLabel(setting.label))
            column.addWidget(editor, 0, Qt.AlignmentFlag.AlignLeft)
            explanation = QLabel(setting.help)
            explanation.setObjectName("quiet")
            explanation.setWordWrap(True)
            column.addWidget(explanation)
            column.addSpacing(12)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.RestoreDefaults | QDialogButtonBox.StandardButton.Close
        )
        self.restore = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        assert self.restore is not None
        self.restore.clicked.connect(settings.reset)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the system's, which need not fit the theme
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.restore.setAutoDefault(False)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        settings.changed.connect(self._show)
        for setting in SETTINGS:
            self._show(setting)

    def _editor(self, setting: Setting) -> QCheckBox | QComboBox | QPushButton:
        if isinstance(setting.default, bool):
            box = QCheckBox(setting.label)
            box.toggled.connect(lambda on: self._settings.set(setting, on))
            return box
        if setting.folder:
            button = QPushButton()
            button.setAutoDefault(False)
            button.clicked.connect(lambda: self._choose_folder(setting))
            return button
        choice = QComboBox()
        choice.addItems(setting.choices)
        choice.textActivated.connect(lambda text: self._settings.set(setting, text))
        return choice

    def _choose_folder(self, setting: Setting[str]) -> None:
        path = QFileDialog.getExistingDirectory(self, setting.label, self._settings.get(setting))
        if path:
            self._settings.set(setting, path)

    def _show(self, setting: Setting) -> None:
        editor, value = self.editors[setting.name], self._settings.get(setting)
        if isinstance(editor, QCheckBox):
            editor.setChecked(value)
        elif isinstance(editor, QComboBox):
            editor.setCurrentText(value)
        else:
            editor.setText(without_mnemonics(f"{_at_home(value)} …"))


def _at_home(path: str) -> str:
    """A path as people write it, with ~ for their home."""
    try:
        return str(Path("~") / Path(path).relative_to(Path.home()))
    except ValueError:
        return path
