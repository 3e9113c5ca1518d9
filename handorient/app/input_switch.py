"""Changing the network's input: by the person's choice, to a session's own, or to what suits the source."""

from __future__ import annotations

from handorient.app.settings import Settings
from handorient.app.topbar import TopBar
from handorient.app.worker import Worker
from handorient.capture.source import Source
from handorient.inputs import first_input, usual_input
from handorient.replay import Session


class InputSwitch:
    """Changes the worker's network.

    Attributes:
        kept: sources that are opened, sessions among them, leave the input as it is.
    """

    def __init__(self, worker: Worker, settings: Settings, bar: TopBar) -> None:
        self._worker, self._settings, self._bar = worker, settings, bar
        self.kept = False
        self._chosen = ""  # by the person, until its network is loaded or cannot be
        bar.input_chosen.connect(self.use)

    def use(self, name: str) -> None:
        """Change to the network that sees ``name``, now and, if it can be loaded, the next time."""
        self._chosen = name
        self._worker.use_input(name)
        self._bar.show_input(name)

    def follow(self) -> None:
        """Show what is wanted, and remember a choice once its network is loaded; called now and then."""
        wanted = self._worker.wanted
        self._bar.show_input(wanted)
        if self._chosen and self._worker.input == wanted:
            if wanted == self._chosen:  # else the next start would be without hand detection
                self._settings.input = wanted
            self._chosen = ""

    def next(self) -> None:
        """Change to the next of those that there are."""
        names = [name for name, weights in self._worker.weights.items() if weights.is_file()]
        if names:
            after = names.index(self._worker.wanted) + 1 if self._worker.wanted in names else 0
            self.use(names[after % len(names)])

    def use_usual(self, source: Source) -> None:
        """Change to what a session was recorded with, and for others to the person's choice or what suits."""
        if not (self._chosen or self.kept):
            weights = self._worker.weights
            # Estimates of another network beside the recorded ones would look like an error.
            remembered = "" if isinstance(source, Session) else self._settings.input
            self._worker.use_input(first_input(weights, remembered or usual_input(source, weights)))
