"""The window's keys: what each does, one declaration that binds the keys and writes the help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence

from handorient.app.buttons import open_menu
from handorient.app.settings import ARROWS, LANDMARKS, OUTLINE, RECORDED, Settings
from handorient.app.views import PANELS

if TYPE_CHECKING:
    from handorient.app.window import Window

#: How a key is written where Qt's name for it is not how people know it.
_WRITTEN = {"Right": "→", "Left": "←"}
#: With one of these a key means something else, most often nothing.
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
#: The letters of a QWERTY keyboard by the codes that X11 and Wayland give its keys, row by row.
_LATIN = {
    first + place: letter
    for first, row in ((24, "QWERTYUIOP"), (38, "ASDFGHJKL"), (52, "ZXCVBNM"))
    for place, letter in enumerate(row)
}


@dataclass(frozen=True, slots=True)
class Command:
    """Something the person can ask for with a key.

    Attributes:
        group: the heading it stands under in the help.
        keys: Qt's names of the keys, the first the one to remember; on a Mac ``Ctrl`` is the command key.
        help: what it does, in a few words.
        run: does it.
    """

    group: str
    keys: tuple[str, ...]
    help: str
    run: Callable[[], object]

    @property
    def written(self) -> str:
        """The keys as a person reads them; what all programs have beside a single one goes unsaid."""
        single = [key for key in self.keys if "+" not in key]
        return "  ".join(map(_written, single or self.keys))


def commands_of(window: Window, settings: Settings) -> Iterator[Command]:
    """Every key of the window, to which all come but those of a control that Tab has reached."""
    yield Command("Playing", ("Space",), "play / pause", window.toggle_pause)
    yield Command("Playing", ("Right",), "next picture", window.playing.step)
    yield Command("Playing", ("Left",), "previous picture", lambda: window.playing.step(-1))
    yield Command("Playing", ("C",), "choose a source", partial(open_menu, window.bar.source))
    yield Command("Playing", ("O", "Ctrl+O"), "open a file", window.choose_file)
    yield Command("Playing", ("R",), "record / stop", window.recordings.toggle)
    yield Command("Playing", ("X",), "export / cancel", window.exports.toggle)
    yield Command("Picture", ("S",), "snapshot", window.snapshot)
    yield Command("Picture", ("M",), "mirror display", window.showing.toggle_mirror)
    yield Command("Picture", ("E",), "outline", partial(settings.toggle, OUTLINE))
    yield Command("Picture", ("L",), "landmarks", partial(settings.toggle, LANDMARKS))
    yield Command("Picture", ("A",), "arrows", partial(settings.toggle, ARROWS))
    yield Command("Picture", ("T",), "recorded estimates", partial(settings.toggle, RECORDED))
    yield Command("Picture", ("H",), "next hand", window.showing.next_hand)
    yield Command("Picture", ("I",), "change the input", window.inputs.next)
    for panel in PANELS:
        yield Command("Views", (panel.key,), panel.name.lower(), partial(window.stage.toggle, panel.name))
    yield Command("Views", ("0", "Home"), "reset the 3D view", window.scene.reset_camera)
    yield Command("Views", ("G",), "reset the filter", window.forget)
    yield Command("Window", ("P",), "presentation mode", window.presentation.toggle)
    yield Command("Window", ("F", "F11"), "full screen", window.presentation.toggle_full_screen)
    yield Command("Window", ("V",), "views menu", partial(open_menu, window.bar.views_button))
    yield Command("Window", (",",), "settings", window.show_settings)
    yield Command("Window", ("D",), "open output folder", window.recordings.show_folder)
    yield Command("Window", ("?", "F1"), "this help", lambda: window.help.toggle())
    yield Command("Window", ("Esc",), "close / back", window.leave)
    # No letter alone: it would take a slip of the finger to end a talk.
    yield Command("Window", ("Ctrl+Q",), "quit", window.close)


class Keys:
    """Finds the command of a key.

    Raises:
        ValueError: if two commands want the same key.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self.commands = tuple(commands)
        self._run: dict[str, Callable[[], object]] = {}
        for command in self.commands:
            for key in command.keys:
                if key in self._run:
                    raise ValueError(f"two commands want the key {key}, one of them: {command.help}")
                self._run[key] = command.run

    def handle(self, event: QKeyEvent) -> bool:
        """Run the key's command; False if it has none."""
        name = _name(event)
        if name not in self._run:
            return False
        if not event.isAutoRepeat() or name in _WRITTEN:  # held arrows step on and on
            self._run[name]()
        return True


def _written(key: str) -> str:
    if "+" in key:
        return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return _WRITTEN.get(key, key)


def _name(event: QKeyEvent) -> str:
    """Qt's name of the key, or the Latin letter that shares a key with a letter of another script."""
    if event.modifiers() & _MODIFIERS:  # here Qt sees to the Latin letters by itself
        return QKeySequence(event.keyCombination()).toString()
    text = event.text()
    if text == "?":  # on many keyboards Shift and another key
        return text
    if text and not text.isascii():
        # Windows names the key itself by its Latin letter; X11 and Wayland give its place.
        code = event.nativeVirtualKey()
        letter = chr(code) if ord("A") <= code <= ord("Z") else _LATIN.get(event.nativeScanCode())
        if letter is not None:
            return letter
    return QKeySequence(event.key()).toString()
