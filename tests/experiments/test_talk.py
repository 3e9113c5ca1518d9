"""The talk's experiments: who is held out, what is run, and a whole reproduction in small."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.cli import main
from handorient.errors import UserError
from handorient.experiments.talk import (
    FOLDS,
    QUICK,
    Effort,
    Run,
    benchmark_folders,
    is_tested,
    plan,
    reproduce,
)

PEOPLE = np.repeat(np.arange(22), 4)


def test_each_participant_is_held_out_once_and_never_trained_on():
    tests = [is_tested(Run("colour", "held-out", fold, "PROPEL"), PEOPLE) for fold in range(FOLDS)]
    assert (np.sum(tests, 0) == 1).all()
    for test in tests:
        assert not set(PEOPLE[test]) & set(PEOPLE[~test])
        assert 4 <= len(set(PEOPLE[test])) <= 5


def test_the_random_split_tests_on_three_tenths_and_shares_its_people():
    test = is_tested(Run("colour", "random", 0, "PROPEL"), PEOPLE)
    assert test.mean() == pytest.approx(0.3, abs=0.01)
    assert len(set(PEOPLE[test]) & set(PEOPLE[~test])) > 15
    assert (test == is_tested(Run("colour", "random", 0, "MSE"), PEOPLE)).all(), "the same for every method"


def test_the_plan_has_no_run_twice_and_five_folds_of_the_headline():
    runs = plan(Effort(), heads=True)
    assert len({run.name for run in runs}) == len(runs)
    folds = [
        run.fold for run in runs if (run.pictures, run.split, run.method) == ("colour", "held-out", "MSE")
    ]
    assert sorted(folds) == list(range(FOLDS))
    assert not any(run.pictures == "heads" for run in plan(Effort(), heads=False))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("talk") / "results"
    assert main(["evaluate", "--protocol", "talk", "--quick", "--out", str(out)]) == 0
    return out


def test_every_run_has_a_row_and_every_figure_is_drawn(results: Path):
    table = json.loads((results / "table.json").read_text())
    rows = {(row["pictures"], row["split"], row["method"]): row for row in table["rows"]}
    assert set(rows) == {(run.pictures, run.split, run.method) for run in plan(QUICK, heads=True)}
    for row in rows.values():
        assert row["mean"]["cmae_deg"] > 0 and row["microseconds"] > 0
    held = {method: rows["colour", "held-out", method] for method in ("PROPEL", "MSE", "HEATMAP-MSE")}
    assert "log_likelihood" in held["PROPEL"]["mean"] and "log_likelihood" not in held["MSE"]["mean"]
    assert held["HEATMAP-MSE"]["parameters"] > 10 * held["PROPEL"]["parameters"]
    assert "mirrored" not in rows["heads", "held-out", "MSE"]["mean"]
    assert table["loss_integrals"][0]["gradient_noise"] < min(
        row["gradient_noise"] for row in table["loss_integrals"][1:]
    )
    pictures = sorted((results / "figures").glob("*.png"))
    assert len(pictures) == 6 and all(cv2.imread(str(path)) is not None for path in pictures)
    text = (results / "table.md").read_text()
    assert all(
        f"| {method} |" in text for method in ("PROPEL", "SPORE", "ML-RF MtR", "SL-RF SV", "MDN", "KL")
    )
    assert not list((results / "runs").glob("*.checkpoint"))


def test_what_is_done_is_not_done_again(results: Path):
    files = {path: path.stat().st_mtime_ns for path in (results / "runs").iterdir()}
    lost = results / "runs" / "colour-held-out-0-mse.json"
    before = json.loads(lost.read_text())
    lost.unlink()
    reproduce(results, effort=QUICK)
    again = json.loads(lost.read_text())
    assert again["scores"] == before["scores"], "a run repeats with its seed"
    assert all(path.stat().st_mtime_ns == at for path, at in files.items() if path.stem != lost.stem)


def test_results_of_other_pictures_or_settings_are_not_mixed(results: Path, tmp_path: Path):
    with pytest.raises(UserError, match="other pictures or settings"):
        reproduce(results, effort=replace(QUICK, epochs=3))
    with pytest.raises(UserError, match="no benchmark"):
        reproduce(tmp_path / "out", tmp_path / "nothing", QUICK)


def test_a_benchmark_of_hands_alone_will_do(results: Path):
    data = results / "data"
    assert benchmark_folders(data) == (data / "hands", data / "heads")
    assert benchmark_folders(data / "hands") == (data / "hands", None)
