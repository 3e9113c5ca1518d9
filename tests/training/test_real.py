"""Figures on real hands: what is counted, and what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.propel import NetworkConfig, OrientationNet
from handorient.propel.predictor import Predictor
from handorient.training.real import _errors, evaluate_real


@pytest.fixture
def untrained() -> Predictor:
    torch.manual_seed(0)
    return Predictor(OrientationNet(NetworkConfig("landmarks", learned_weights=True)))


def test_open_hands_are_found_and_both_are_measured_on_them(
    real: Callable[[str], Path], tmp_path: Path, untrained: Predictor
) -> None:
    (tmp_path / "hagrid").mkdir()
    for path in sorted(real("hagrid").glob("palm_*.jpg"))[:3]:
        shutil.copy(path, tmp_path / "hagrid")
    figures = evaluate_real(tmp_path, untrained)
    (row,) = figures.values()
    assert row["pictures"] == row["found"] == 3
    assert row["facing"] == {"palm": 3, "back": 0}
    # MediaPipe knows more about them than a network that nobody trained.
    assert max(row["mediapipe"]["median_abs_deg"]) < 30
    assert row["densest mode"]["std_deg"] != row["mediapipe"]["std_deg"]


def test_photographs_in_which_no_hand_is_found_are_counted_as_such(
    tmp_path: Path, untrained: Predictor
) -> None:
    (tmp_path / "hagrid").mkdir()
    cv2.imwrite(str(tmp_path / "hagrid" / "palm_0.jpg"), np.full((200, 200, 3), 120, np.uint8))
    (row,) = evaluate_real(tmp_path, untrained).values()
    assert row == {"pictures": 1, "found": 0, "facing": {"palm": 0, "back": 0}}


def test_errors_wrap_and_the_bias_keeps_its_sign() -> None:
    truth = np.array([[175.0, 10.0], [20.0, -10.0]])
    figures = _errors(np.array([[-175.0, 14.0], [20.0, -14.0]]), truth, np.array([0, 1]))
    assert figures["mae_deg"] == [5.0, 4.0]
    assert figures["bias_deg"] == [5.0, 0.0]
    assert figures["mae_interval_deg"] == [[0.0, 4.0], [10.0, 4.0]]
    assert figures["correlation"] == [1.0, 1.0]


def test_a_folder_without_hands_is_refused(tmp_path: Path, untrained: Predictor) -> None:
    with pytest.raises(UserError, match="nothing to measure"):
        evaluate_real(tmp_path, untrained)
    with pytest.raises(UserError, match="does not exist"):
        evaluate_real(tmp_path / "missing", untrained)


def test_pictures_of_stereo_figures_are_refused_where_there_are_none(
    tmp_path: Path, untrained: Predictor
) -> None:
    (tmp_path / "hagrid").mkdir()
    with pytest.raises(UserError, match="no stereo/"):
        evaluate_real(tmp_path, untrained, tmp_path / "plots")
    assert not (tmp_path / "plots").exists()
