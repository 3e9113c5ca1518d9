"""What ends the program from outside: Ctrl+C, the end of a login, a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Callable

INTERRUPTIONS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def on_interruption(act: Callable[..., object] | signal.Handlers) -> None:
    """Let every interruption do this from now on, but those that are ignored, as under nohup."""
    for interruption in INTERRUPTIONS:
        if signal.getsignal(interruption) != signal.SIG_IGN:
            signal.signal(interruption, act)
