"""What the window remembers: settings, declared once for dialog, defaults and file, and its own state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from PyQt6.QtCore import QByteArray, QFileInfo, QObject, QSettings, QStandardPaths, pyqtSignal

_RECENT = 6

T = TypeVar("T", bool, str)


def default_folder() -> Path:
    """Where sessions go unless somebody chose otherwise: among the user's videos, or else at home."""
    videos = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    # Not Path.is_dir, which raises where one may not look.
    return (Path(videos) if QFileInfo(videos).isDir() else Path.home()) / "handorient-sessions"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One thing that a person can choose and the app remembers.

    Attributes:
        name: the key in the user's file, ``group/name``.
        default: its value until somebody changes it; its type is the setting's.
        label: its name in the dialog.
        help: what it does, in one line.
        choices: the values it may have; any of its type where there are none.
        folder: it is the path of a folder.
    """

    name: str
    default: T
    label: str
    help: str
    choices: tuple[T, ...] = ()
    folder: bool = False


OUTLINE = Setting(
    "picture/outline", True, "Outline", "The outline of the hand as it is cut out of the picture"
)
LANDMARKS = Setting("picture/landmarks", True, "Landmarks", "The skeleton that the detector finds")
ARROWS = Setting("picture/arrows", True, "Arrows", "One arrow for each hypothesis, from the palm")
RECORDED = Setting("picture/recorded", True, "Recorded estimates", "Shown hollow when a session is replayed")
MIRROR = Setting("picture/mirror_cameras", True, "Mirror cameras", "Show camera pictures as a mirror would")
THEME = Setting(
    "window/theme",
    "system",
    "Theme",
    "Bars and menus; the views stay dark so that the density can be seen",
    ("system", "dark", "light"),
)
FOLDER = Setting(
    "record/folder",
    str(default_folder()),
    "Recordings",
    "The folder for recordings, snapshots and exports",
    folder=True,
)
#: In the order of the dialog.
SETTINGS: tuple[Setting, ...] = (OUTLINE, LANDMARKS, ARROWS, RECORDED, MIRROR, THEME, FOLDER)


class Settings(QObject):
    """The settings' values, and what the window keeps by itself, in one file of the user's.

    ``store`` may be a file of a test's own. ``changed`` carries the setting that has a new value.
    """

    changed = pyqtSignal(object)

    def __init__(self, store: QSettings | None = None) -> None:
        super().__init__()
        self._store = store if store is not None else QSettings("handorient", "handorient")

    def get(self, setting: Setting[T]) -> T:
        """The value, or the default where the file holds none that makes sense."""
        try:
            value: T = self._store.value(setting.name, setting.default, type=type(setting.default))
        except TypeError:  # Qt's word for a value of another type
            return setting.default
        return value if not setting.choices or value in setting.choices else setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        if value != self.get(setting):
            self._store.setValue(setting.name, value)
            self.changed.emit(setting)

    def values(self) -> dict[str, bool | str]:
        """Every setting's value by its name."""
        return {setting.name: self.get(setting) for setting in SETTINGS}

    def toggle(self, setting: Setting[bool]) -> None:
        self.set(setting, not self.get(setting))

    def reset(self) -> None:
        """Give every setting its default again; what the window keeps by itself stays."""
        for setting in SETTINGS:
            self._store.remove(setting.name)
            self.changed.emit(setting)

    @property
    def output_folder(self) -> Path:
        """Where recordings, snapshots and exports go."""
        return Path(self.get(FOLDER)).expanduser()

    # -- what the window keeps by itself ---------------------------------------------------------------

    @property
    def geometry(self) -> QByteArray:
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    def layout(self, part: str) -> QByteArray:
        """How a part of the window was arranged; empty where that is not known."""
        return self._bytes(f"layout/{part}")

    def set_layout(self, part: str, value: QByteArray) -> None:
        self._store.setValue(f"layout/{part}", value)

    @property
    def input(self) -> str:
        """The input of the network that was used last, or ""."""
        return str(self._store.value("input", ""))

    @input.setter
    def input(self, value: str) -> None:
        self._store.setValue("input", value)

    @property
    def camera(self) -> str:
        """The camera that was shown last, and what was asked of it, as a source's text says it; or ""."""
        return str(self._store.value("camera", ""))

    @camera.setter
    def camera(self, value: str) -> None:
        self._store.setValue("camera", value)

    @property
    def hinted(self) -> bool:
        """Whether the hint for newcomers was seen and closed."""
        return bool(self._store.value("window/hinted", False, type=bool))

    @hinted.setter
    def hinted(self, value: bool) -> None:
        self._store.setValue("window/hinted", value)

    @property
    def recent(self) -> list[str]:
        """Files and folders opened lately, the latest first."""
        value = self._store.value("recent") or []
        return [value] if isinstance(value, str) else [str(item) for item in value]

    @property
    def last_folder(self) -> str:
        """The folder that what was opened last is in, or ""."""
        return str(Path(self.recent[0]).parent) if self.recent else ""

    def add_recent(self, path: str) -> None:
        others = [item for item in self.recent if item != path]
        self._store.setValue("recent", [path, *others][:_RECENT])

    def _bytes(self, name: str) -> QByteArray:
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()
