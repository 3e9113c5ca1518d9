"""The window's keys: what each does, bound from here and listed in the help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from handorient.app.commands import Command
from handorient.app.settings import ARROWS, LANDMARKS, OUTLINE, RECORDED, Setting, Settings
from handorient.app.views import PANELS

if TYPE_CHECKING:
    from handorient.app.window import Window


def commands_of(window: Window, settings: Settings) -> Iterator[Command]:
    """Every key of the window; the views take no focus, so that all keys come to it."""

    def toggle(setting: Setting[bool]) -> Callable[[], None]:
        return lambda: settings.toggle(setting)

    yield Command("Playing", ("Space",), "play / pause", window.toggle_pause)
    yield Command("Playing", ("Right",), "next picture", window.playing.step)
    yield Command("Playing", ("Left",), "previous picture", lambda: window.playing.step(-1))
    yield Command("Playing", ("C",), "choose a source", window.bar.source.showMenu)
    yield Command("Playing", ("O", "Ctrl+O"), "open a file", window.choose_file)
    yield Command("Playing", ("R",), "record / stop", window.recordings.toggle)
    yield Command("Playing", ("X",), "export / cancel", window.exports.toggle)
    yield Command("Picture", ("S",), "snapshot", window.snapshot)
    yield Command("Picture", ("M",), "mirror display", window.showing.toggle_mirror)
    yield Command("Picture", ("E",), "outline", toggle(OUTLINE))
    yield Command("Picture", ("L",), "landmarks", toggle(LANDMARKS))
    yield Command("Picture", ("A",), "arrows", toggle(ARROWS))
    yield Command("Picture", ("T",), "recorded estimates", toggle(RECORDED))
    yield Command("Picture", ("H",), "next hand", window.showing.next_hand)
    yield Command("Picture", ("I",), "change the input", window.inputs.next)
    for panel in PANELS:
        yield Command("Views", (panel.key,), panel.name.lower(), partial(window.stage.toggle, panel.name))
    yield Command("Views", ("0", "Home"), "reset the 3D view", window.scene.reset_camera)
    yield Command("Views", ("G",), "reset the filter", window.forget)
    yield Command("Window", ("P",), "presentation mode", window.presentation.toggle)
    yield Command("Window", ("F", "F11"), "full screen", window.presentation.toggle_full_screen)
    yield Command("Window", ("V",), "views menu", window.bar.views_button.showMenu)
    yield Command("Window", (",",), "settings", window.show_settings)
    yield Command("Window", ("D",), "open output folder", window.recordings.show_folder)
    yield Command("Window", ("?", "F1"), "this help", lambda: window.help.toggle())
    yield Command("Window", ("Esc",), "close / back", window.leave)
    # No letter alone: it would take a slip of the finger to end a talk.
    yield Command("Window", ("Ctrl+Q",), "quit", window.close)
