"""The settings dialog, made from the settings' declarations; a change takes effect at once."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtGui import QIcon, QShowEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from handorient.app import theme
from handorient.app.settings import SETTINGS, Setting, Settings
from handorient.app.text import without_mnemonics

_WIDTH_PX = 460


class SettingsDialog(QDialog):
    """One editor for each setting, its help beneath it, and a button that resets them all.

    Attributes:
        editors: each setting's widget, by the setting's name.
    """

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._settings = settings
        self._scale = theme.scale  # of the type that it was fitted to
        self.editors: dict[str, QCheckBox | QComboBox | QPushButton] = {}
        self._all = QWidget()
        column = QVBoxLayout(self._all)
        column.setContentsMargins(24, 20, 24, 0)
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
        self.restore.setAutoDefault(False)
        buttons.rejected.connect(self.close)
        self._area = QScrollArea()  # on a small screen, or with large type, not all of them have room
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._all)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 8, 24, 18)
        foot.addWidget(buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area, 1)
        whole.addLayout(foot)
        settings.changed.connect(self._show)
        for setting in SETTINGS:
            self._show(setting)

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange and self._scale != theme.scale:
            QTimer.singleShot(0, self._fit)  # once everything in it has its new size

    def _fit(self) -> None:
        """Become as large as all of it wants, if the screen is: Qt would stop at two thirds of that."""
        layout, screen = self._all.layout(), self.screen()
        assert layout is not None and screen is not None
        self._scale = theme.scale
        room = screen.availableGeometry().adjusted(0, theme.TITLE_PX, 0, 0)
        foot = self.sizeHint().height() - self._area.sizeHint().height()
        width = min(theme.px(_WIDTH_PX), room.width())
        self.resize(width, min(layout.totalHeightForWidth(width) + foot, room.height()))
        left = min(max(self.x(), room.left()), room.right() + 1 - self.width())
        top = min(max(self.y(), room.top()), room.bottom() + 1 - self.height())
        self.move(left, top)

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
