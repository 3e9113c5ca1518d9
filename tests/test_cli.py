import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from handorient import cli
from handorient.recording import Recorder
from handorient.resources import WEIGHTS
from tests.estimates import estimate


def fails(capsys, *words):
    """Run a command that must fail as bad input does, and give its one sentence."""
    assert cli.main(words) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    sentences = [line for line in err.splitlines() if line.startswith("handorient: ")]
    assert len(sentences) == 1
    return sentences[0]


@pytest.fixture
def text_video(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("this is no video\n" * 50)
    return path


@pytest.mark.parametrize("word", ["nowhere.mp4", "camera:x", "camera:97", "", "rtsp://host/stream"])
def test_a_source_that_is_none_gets_one_sentence(capsys, tmp_path, word):
    fails(capsys, "analyze", word, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_text_file_an_empty_video_and_a_bare_folder_are_refused(capsys, tmp_path, text_video):
    empty, bare = tmp_path / "empty.mp4", tmp_path / "bare"
    empty.touch()
    bare.mkdir()
    for source in (text_video, empty, bare):
        sentence = fails(capsys, "analyze", str(source), "--out", str(tmp_path / "out"))
        assert source.name in sentence
        assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_refused_and_kept(capsys, tmp_path):
    out = tmp_path / "out"
    out.write_text("mine")
    sentence = fails(capsys, "analyze", "demo", "--out", str(out))
    assert str(out) in sentence and out.read_text() == "mine"


def broken_weights(tmp_path, kind):
    path = tmp_path / "weights.safetensors"
    whole = (WEIGHTS / "hand-silhouette.safetensors").read_bytes()
    if kind == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "text":
        path.write_text("weights")
    elif kind == "foreign":
        save_file({"a": np.zeros(3, np.float32)}, path)
    return path


@pytest.mark.parametrize("kind", ["missing", "truncated", "text", "foreign"])
def test_weights_that_are_none_get_one_sentence(capsys, tmp_path, monkeypatch, kind):
    path = broken_weights(tmp_path, kind)
    monkeypatch.setattr(cli, "shipped_weights", lambda _: path)
    assert str(path) in fails(capsys, "analyze", "demo", "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_help_needs_neither_torch_nor_qt():
    code = (
        "import sys; from handorient.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'cv2', 'PyQt6', 'mediapipe'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for command in ("analyze", "dataset", "train", "evaluate", "bench", "doctor"):
        assert command in done.stdout


def test_analysis_imports_no_qt(tmp_path):
    code = (
        "import sys; from handorient.cli import main\n"
        f"assert main(['analyze', 'nowhere.mp4', '--out', {str(tmp_path / 'o')!r}]) == 2\n"
        "assert 'PyQt6' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_without_a_display_the_first_command_analyses_the_demo(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main([]) == 0
    assert "no display" in capsys.readouterr().err
    summary = json.loads((tmp_path / "handorient-demo" / "summary.json").read_text())
    assert summary["frames_with_hand"] > 0.9 * summary["frames"] > 0
    assert summary["ambiguous_share"] > 0.5, "the very first command shows what the app is about"


def test_without_a_display_a_window_is_refused_in_one_sentence(capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in fails(capsys, "run", "demo")


def test_a_dataset_trains_a_network_that_can_be_evaluated(tmp_path, capsys):
    data, weights, figures = tmp_path / "data", tmp_path / "net.safetensors", tmp_path / "figures.json"
    assert cli.main(["dataset", "--out", str(data), "--people", "6", "--views", "32"]) == 0
    assert "exists" in fails(capsys, "dataset", "--out", str(data))
    assert cli.main(["train", "--data", str(data), "--out", str(weights), "--epochs", "1"]) == 0
    command = ["evaluate", "--data", str(data), "--weights", str(weights), "--json", str(figures)]
    assert cli.main(command) == 0
    test = json.loads(figures.read_text())["test"]
    assert test["samples"] == 32 and 0 < test["cmae_deg"] < 90


def test_bench_times_every_stage_beside_the_detector(tmp_path):
    figures = tmp_path / "bench.json"
    assert cli.main(["bench", "demo", "--frames", "8", "--json", str(figures)]) == 0
    result = json.loads(figures.read_text())
    assert result["frames"] == 8
    assert set(result["ms"]) == {"detect", "segment", "network", "total", "detector alone"}


def test_a_folder_without_real_hands_is_refused(capsys, tmp_path):
    assert str(tmp_path) in fails(capsys, "evaluate", "--real", str(tmp_path))
    assert "exist" in fails(capsys, "evaluate", "--real", str(tmp_path / "nowhere"))


def test_what_to_evaluate_on_and_where_results_go_must_be_said(capsys):
    assert "--data, --real or --protocol" in fails(capsys, "evaluate")
    assert "--out" in fails(capsys, "evaluate", "--protocol", "talk")


@pytest.mark.parametrize(("asked", "seen"), [([], "silhouette"), (["--input", "colour"], "colour")])
def test_a_session_is_analysed_with_the_input_it_was_recorded_with_or_with_another(tmp_path, asked, seen):
    recorder = Recorder(tmp_path / "sessions", {"input": "silhouette"})
    for index in range(3):
        recorder.add(estimate(index, index / 10))
    recorder.close()
    assert cli.main(["analyze", str(recorder.folder), "--out", str(tmp_path / "out"), *asked]) == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["input"] == seen
