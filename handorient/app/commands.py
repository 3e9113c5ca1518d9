"""What a key does: one declaration that binds the keys and writes the help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PyQt6.QtGui import QKeyEvent, QKeySequence

#: How a key is written where Qt's name for it is not how people know it.
_WRITTEN = {"Right": "→", "Left": "←"}


@dataclass(frozen=True, slots=True)
class Command:
    """Something the person can ask for with a key.

    Attributes:
        group: the heading it stands under in the help.
        keys: Qt's names of the keys, the first the one to remember.
        help: what it does, in a few words.
        run: does it.
    """

    group: str
    keys: tuple[str, ...]
    help: str
    run: Callable[[], object]

    @property
    def written(self) -> str:
        """The keys as a person reads them."""
        return "  ".join(_WRITTEN.get(key, key) for key in self.keys)


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
                    raise ValueError(f"two commands want the key {key}: one is to {command.help}")
                self._run[key] = command.run

    def handle(self, event: QKeyEvent) -> bool:
        """Run the key's command; False if it has none."""
        # On many keyboards the question mark is Shift and another key.
        name = "?" if event.text() == "?" else QKeySequence(event.key()).toString()
        if name not in self._run:
            return False
        if not event.isAutoRepeat() or name in _WRITTEN:  # held arrows step on and on
            self._run[name]()
        return True
