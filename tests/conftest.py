from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handorient.interruptions import INTERRUPTIONS

# Threads on networks this small wait for each other, and where other work runs, for very long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets every interruption do what it does in a terminal, even if the tests run under nohup."""
    before = list(map(signal.getsignal, INTERRUPTIONS))
    for interruption in INTERRUPTIONS:
        signal.signal(interruption, signal.SIG_DFL)
    yield
    for interruption, handler in zip(INTERRUPTIONS, before, strict=True):
        signal.signal(interruption, handler)


@pytest.fixture
def real() -> Callable[[str], Path]:
    """Finds a file or folder of the real hands, or skips the test."""
    default = Path(__file__).parents[1].parent / "shared" / "real"
    folder = Path(os.environ.get("HANDORIENT_REAL", default))

    def find(name: str) -> Path:
        if not (folder / name).exists():
            pytest.skip(f"no real hands at {folder / name}: point HANDORIENT_REAL at their folder")
        return folder / name

    return find
