"""Plots: written where they are wanted, different for different figures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.errors import UserError
from handorient.training.plots import draw_errors, draw_reliability


def test_an_overconfident_network_gives_another_curve(tmp_path: Path) -> None:
    uniform = np.linspace(0, 1, 200)
    draw_reliability(tmp_path / "plots" / "good.png", uniform)
    draw_reliability(tmp_path / "plots" / "sure.png", np.sqrt(uniform))
    good, sure = (cv2.imread(str(tmp_path / "plots" / name)) for name in ("good.png", "sure.png"))
    assert good.shape == sure.shape
    assert (good != sure).any()


def test_errors_of_both_are_drawn_over_the_true_angle(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(-60, 60, (400, 2))
    draw_errors(tmp_path / "ours.png", truth, truth + 3, truth + 20)
    draw_errors(tmp_path / "worse.png", truth, truth + 15, truth + 20)
    ours, worse = (cv2.imread(str(tmp_path / name)) for name in ("ours.png", "worse.png"))
    assert ours.shape == worse.shape
    assert (ours != worse).any()


def test_too_few_frames_for_a_point_are_no_failure(tmp_path: Path) -> None:
    few = np.zeros((3, 2))
    draw_errors(tmp_path / "few.png", few, few, few)
    assert (tmp_path / "few.png").is_file()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        draw_reliability(tmp_path / "file" / "reliability.png", np.zeros(3))
