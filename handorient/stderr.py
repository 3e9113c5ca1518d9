"""What is said on stderr. No work fails for it: whoever read it may be gone, or its disk be full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def to_nobody(descriptor: int) -> None:
    """Have nobody read what is written to this file descriptor from now on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


@contextmanager
def unheard() -> Iterator[None]:
    """Go on if stderr cannot be written within the context, and write no more to it."""
    try:
        yield
    except OSError:
        # What is left in its buffer would fail once more when Python flushes it at the end.
        to_nobody(sys.stderr.fileno())


def say(line: str) -> None:
    """Print a line on stderr."""
    with unheard():
        print(line, file=sys.stderr)


def ensure_stderr() -> None:
    """Where the process was started without stderr, write what is said to nobody."""
    if sys.stderr is None:
        # Under its number, or what libraries log would end in the first file that is opened.
        to_nobody(2)
        os.set_inheritable(2, True)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace")
