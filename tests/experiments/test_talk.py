"""The talk's experiments: a whole reproduction in small."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.cli import main
from handorient.errors import UserError
from handorient.experiments.benchmark import HAND_ANGLES, HEAD_ANGLES, write_manifest
from handorient.experiments.plan import QUICK, Run, plan
from handorient.experiments.talk import benchmark_folders, do, reproduce


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
    reproduce(results, None, QUICK)
    again = json.loads(lost.read_text())
    assert again["scores"] == before["scores"], "a run repeats with its seed"
    assert all(path.stat().st_mtime_ns == at for path, at in files.items() if path.stem != lost.stem)


def test_results_of_other_pictures_or_settings_are_not_mixed(results: Path, tmp_path: Path):
    with pytest.raises(UserError, match="other pictures or settings"):
        reproduce(results, None, replace(QUICK, epochs=3))
    with pytest.raises(UserError, match="no benchmark"):
        reproduce(tmp_path / "out", tmp_path / "nothing", QUICK)


@pytest.mark.parametrize("name", ["plan.json", "plan.json.unfinished", "runs"])
def test_results_that_cannot_be_written_are_one_sentence(tmp_path: Path, name: str):
    out = tmp_path / "out"
    if name == "runs":
        out.mkdir()
        (out / name).touch()
    else:
        (out / name).mkdir(parents=True)
    write_manifest(tmp_path, HAND_ANGLES, [])
    with pytest.raises(UserError, match=f"could not be written to {out}"):
        reproduce(out, tmp_path, QUICK)


def test_a_plan_is_written_once_and_one_that_was_cut_off_is_another_s(tmp_path: Path):
    out = tmp_path / "out"
    write_manifest(tmp_path, HAND_ANGLES, [])
    for _ in range(2):
        with pytest.raises(UserError, match="lists no pictures"):
            reproduce(out, tmp_path, QUICK)
    begun = (out / "plan.json").read_text()
    assert json.loads(begun)["effort"]["hands"] == QUICK.hands
    (out / "plan.json").write_text(begun[: len(begun) // 2])
    with pytest.raises(UserError, match="other pictures or settings"):
        reproduce(out, tmp_path, QUICK)


def test_results_of_other_heads_are_not_gone_on_with(tmp_path: Path):
    for name, angles in (("hands", HAND_ANGLES), ("heads", HEAD_ANGLES)):
        (tmp_path / name).mkdir()
        write_manifest(tmp_path / name, angles, [])
    with pytest.raises(UserError, match="lists no pictures"):
        reproduce(tmp_path / "out", tmp_path, QUICK)
    write_manifest(tmp_path / "heads", HEAD_ANGLES, [("other.png", 3.0, 4.0, 5.0, "Mary")])
    with pytest.raises(UserError, match="other pictures or settings"):
        reproduce(tmp_path / "out", tmp_path, QUICK)


def test_a_benchmark_of_hands_alone_will_do(results: Path):
    data = results / "data"
    assert benchmark_folders(data) == (data / "hands", data / "heads")
    assert benchmark_folders(data / "hands") == (data / "hands", None)


@pytest.mark.parametrize("speck_px", [0, 1, 2])
def test_a_picture_without_a_hand_is_said(tmp_path: Path, speck_px: int):
    picture = np.full((40, 40, 3), 255, np.uint8)
    picture[:speck_px, :speck_px] = 0
    cv2.imwrite(str(tmp_path / "white.png"), picture)
    write_manifest(tmp_path, HAND_ANGLES, [("white.png", 3.0, 4.0, "Mary")])
    with pytest.raises(UserError, match=r"Picture 1 of .*manifest.csv shows no hand"):
        do(Run("silhouette", "random", 0, "PROPEL"), tmp_path, QUICK, tmp_path)
