"""Appearance: the theme and the size of type, and which overlays the picture has."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QApplication

from handorient.app import settings as remembered
from handorient.app import theme
from handorient.app.picture import PictureView
from handorient.app.settings import Setting, Settings


class Appearance(QObject):
    """Lets the settings about looks take effect, at once and whenever one changes."""

    def __init__(self, settings: Settings, picture: PictureView) -> None:
        super().__init__(picture)  # what is connected below ends with it
        self._settings, self._picture = settings, picture
        self._scaled = 1.0
        self._restyle()
        self._show_overlays()
        settings.changed.connect(self._apply)
        if (hints := QApplication.styleHints()) is not None:
            hints.colorSchemeChanged.connect(self._restyle)

    def write(self, scaled: float) -> None:
        """Write everything so many times as large as at a desk."""
        self._scaled = scaled
        self._restyle()

    def _apply(self, setting: Setting) -> None:
        if setting is remembered.THEME:
            self._restyle()
        self._show_overlays()

    def _restyle(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, self._settings.get(remembered.THEME), self._scaled)

    def _show_overlays(self) -> None:
        self._picture.outline_shown = self._settings.get(remembered.OUTLINE)
        self._picture.landmarks_shown = self._settings.get(remembered.LANDMARKS)
        self._picture.arrows_shown = self._settings.get(remembered.ARROWS)
        self._picture.update()
