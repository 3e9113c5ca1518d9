"""Progress bars."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from handorient.stderr import unheard


class Progress(tqdm):
    """A bar on stderr that falls silent where it cannot be written, while the work goes on."""

    def display(self, msg: str | None = None, pos: int | None = None) -> Any:
        with unheard():
            return super().display(msg, pos)

    def close(self) -> None:
        with unheard():
            super().close()
