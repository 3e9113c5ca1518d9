"""What the window remembers from one day to the next."""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, QSettings

_RECENT = 6


class Settings:
    """A few values in one file of the user's; ``store`` may be a file of a test's own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings("handorient", "handorient")

    @property
    def geometry(self) -> QByteArray:
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def mirror_cameras(self) -> bool:
        return bool(self._store.value("picture/mirror_cameras", True, type=bool))

    @mirror_cameras.setter
    def mirror_cameras(self, value: bool) -> None:
        self._store.setValue("picture/mirror_cameras", value)

    @property
    def landmarks(self) -> bool:
        return bool(self._store.value("picture/landmarks", True, type=bool))

    @landmarks.setter
    def landmarks(self, value: bool) -> None:
        self._store.setValue("picture/landmarks", value)

    @property
    def recent(self) -> list[str]:
        """Files and folders opened lately, the latest first."""
        value = self._store.value("recent") or []
        return [value] if isinstance(value, str) else [str(item) for item in value]

    def add_recent(self, path: str) -> None:
        others = [item for item in self.recent if item != path]
        self._store.setValue("recent", [path, *others][:_RECENT])
