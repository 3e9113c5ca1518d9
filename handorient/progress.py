"""Progress bars."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from handorient.stderr import unheard


class Progress(tqdm):
    """A bar on stderr that falls silent where it cannot be written, while the work goes on."""

    #: tqdm's thread that sees to bars whose steps become slower would outlive them all, and a process that
    #: waits for its threads would wait for it. Every step looks at the time instead.
    monitor_interval = 0

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, miniters=1, **more)

    def display(self, msg: str | None = None, pos: int | None = None) -> Any:
        with unheard():
            return super().display(msg, pos)

    def close(self) -> None:
        with unheard():
            super().close()
