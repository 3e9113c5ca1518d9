"""What ends the program from outside: Ctrl+C, the end of a login, a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Callable

INTERRUPTIONS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def on_interruption(act: Callable[..., object] | signal.Handlers) -> None:
    """Let every interruption do this from now on; under nohup a closed terminal still does nothing."""
    for interruption in INTERRUPTIONS:
        kept = interruption.name == "SIGHUP" and signal.getsignal(interruption) == signal.SIG_IGN
        if not kept:
            signal.signal(interruption, act)
