from pathlib import Path

import pytest
import torch

from .mittens import write_dataset

# The networks of the tests are so small that a second thread only waits for the first.
torch.set_num_threads(1)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A folder with 240 samples: 192 to train on, 24 to validate, 24 to test."""
    write_dataset(tmp_path / "data")
    return tmp_path / "data"
