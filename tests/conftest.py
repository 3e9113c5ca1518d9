from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def real_video() -> Callable[[str], Path]:
    """Finds a clip of real hands, or skips the test."""
    default = Path(__file__).parents[1].parent / "shared" / "real"
    folder = Path(os.environ.get("HANDORIENT_REAL", default)) / "video"

    def find(name: str) -> Path:
        if not (folder / name).is_file():
            pytest.skip(
                f"no real clip {folder / name}: point HANDORIENT_REAL at the folder that holds video/"
            )
        return folder / name

    return find
