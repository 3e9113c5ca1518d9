"""The synthetic twin of the talk's dataset."""

from pathlib import Path

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.experiments.benchmark import HAND_ANGLES, REACH_DEG, read_benchmark, silhouette_of
from handorient.experiments.hands import make_hands


def test_the_twin_is_of_open_hands_on_white_and_the_same_every_time(tmp_path: Path):
    for name in ("one", "again"):
        make_hands(tmp_path / name, pictures=5, participants=2)
    one, again = (read_benchmark(tmp_path / name, HAND_ANGLES, 128) for name in ("one", "again"))
    assert (one.pictures == again.pictures).all() and (one.angles_deg == again.angles_deg).all()
    assert one.participant.tolist() == [0, 0, 0, 1, 1]
    assert (np.hypot(*one.angles_deg.T) <= REACH_DEG).all()
    assert (one.pictures[:, :8] == 255).all(), "white above the fingers"
    cover = [np.count_nonzero(silhouette_of(picture)) / 128**2 for picture in one.pictures]
    assert min(cover) > 0.1 and max(cover) < 0.6
    with pytest.raises(UserError, match="already exists"):
        make_hands(tmp_path / "one", pictures=5, participants=2)
