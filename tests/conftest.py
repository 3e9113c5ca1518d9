from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# Threads on networks this small wait for each other, and where other work runs, for very long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


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
