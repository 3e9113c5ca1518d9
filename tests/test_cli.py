import io
import json
import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
from safetensors.numpy import save_file

from handorient import __version__, cli
from handorient.app.main import _SCREENSHOT_S
from handorient.errors import UserError
from handorient.interruptions import INTERRUPTIONS
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


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_what_is_ended_from_outside_cleans_up_as_after_ctrl_c(
    capsys, monkeypatch, interruptible, interruption
):
    cleaned = []

    def endless(options):
        try:
            signal.raise_signal(interruption)
        finally:
            cleaned.append(True)

    monkeypatch.setattr(cli, "_doctor", endless)
    assert cli.main(["doctor"]) == 130 and cleaned
    assert "stopped" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_under_nohup_the_end_of_the_terminal_does_not_matter(monkeypatch):
    def work(options):
        signal.raise_signal(signal.SIGHUP)
        return 0

    monkeypatch.setattr(cli, "_doctor", work)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert cli.main(["doctor"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bench", "demo", "--frames", "1e3"], "whole number"),
        (["analyze", "demo", "--out", ""], "a path is missing"),
    ],
)
def test_what_makes_no_sense_on_the_command_line_is_said(capsys, words, said):
    with pytest.raises(SystemExit, match="2"):
        cli.main(words)
    assert said in capsys.readouterr().err


@pytest.fixture
def text_video(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("this is no video\n" * 50)
    return path


@pytest.mark.parametrize("word", ["nowhere.mp4", "camera:x", "camera:97", "", "rtsp://host/stream"])
def test_a_source_that_is_none_gets_one_sentence(capsys, tmp_path, word):
    fails(capsys, "analyze", word, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [["analyse", "x"], ["frobnicate"], ["no.mp4", "--seconds", "3"], [300 * "a"]]
)
def test_a_first_word_that_is_neither_command_nor_source_is_said_to_be_none(capsys, words):
    assert f"no command or source called {words[0]!r}" in fails(capsys, *words)


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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no full device")
@pytest.mark.parametrize("end", ["closed", "full"])
def test_what_nobody_reads_or_has_room_for_is_no_traceback(tmp_path, end):
    file = tmp_path / "figures.json"
    code = (
        "import sys; from handorient import cli\n"
        "try: cli._write_json(cli.Path(sys.argv[1]), {'a': 1})\n"
        "except cli.UserError as error: print(error, file=sys.stderr)"
    )
    if end == "closed":
        reading, out = os.pipe()
        os.close(reading)
    else:
        out = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run([sys.executable, "-c", code, file], stdout=out, stderr=subprocess.PIPE, text=True)
    os.close(out)
    assert json.loads(file.read_text()) == {"a": 1}, "what took long is not lost"
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert ("could not be printed" in done.stderr) == (end == "full")


def test_a_disk_without_room_for_new_figures_keeps_the_old_ones_and_has_them_printed(tmp_path):
    pytest.importorskip("resource")
    file = tmp_path / "figures.json"
    file.write_text('{"a": "old"}\n')
    code = (
        "import resource, sys; from handorient import cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5, resource.RLIM_INFINITY))\n"
        "try: cli._write_json(cli.Path(sys.argv[1]), {'a': 'new'})\n"
        "except cli.UserError as error: print(error, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True)
    assert json.loads(file.read_text()) == {"a": "old"} and list(tmp_path.iterdir()) == [file]
    assert json.loads(done.stdout) == {"a": "new"}
    assert done.stderr.startswith(f"The results could not be written to {file}")


def test_a_name_that_the_terminal_has_no_letters_for_is_written_in_its_codes(monkeypatch):
    monkeypatch.setattr("handorient.doctor.check_up", lambda _: [(True, "カメラ é")])
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.main(["doctor"]) == 0
    assert out.buffer.getvalue().decode("cp1252").split() == ["ok", r"\u30ab\u30e1\u30e9", "é"]


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


def test_the_help_says_when_a_picture_of_the_window_is_taken(capsys):
    with pytest.raises(SystemExit):
        cli.main(["run", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert f"picture of the window after --seconds (default: {_SCREENSHOT_S:.0f}), then close it" in words


def test_analysis_imports_no_qt(tmp_path):
    picture = str(tmp_path / "grey.png")
    cv2.imwrite(picture, np.full((120, 160, 3), 128, np.uint8))
    code = (
        "import sys; from handorient.cli import main\n"
        f"assert main(['analyze', {picture!r}, '--out', {str(tmp_path / 'o')!r}]) == 0\n"
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


@pytest.mark.skipif(sys.platform != "linux", reason="only there Qt asks for DISPLAY")
def test_a_display_that_is_gone_is_said_before_qt_aborts(capsys, monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", ":77")
    sentence = fails(capsys, "run", "demo")
    assert "no display" in sentence and ":77" in sentence


def test_a_missing_library_is_one_sentence_that_names_the_doctor(capsys, monkeypatch):
    def no_library(*_):
        raise ImportError("libGL.so.1: cannot open shared object file", name="cv2")

    monkeypatch.setattr("handorient.pipeline.Pipeline.load", no_library)
    sentence = fails(capsys, "bench", "demo")
    assert "libGL.so.1" in sentence and "handorient doctor" in sentence


@pytest.mark.parametrize("command", [("bench", "demo"), ("doctor",)])
def test_ctrl_c_that_a_library_takes_for_a_failed_import_is_ctrl_c(capsys, monkeypatch, command):
    def interrupted(*_):
        try:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt as error:
                raise RuntimeError("half imported") from error
        except RuntimeError:
            raise ImportError("numpy failed to import", name="numpy")  # noqa: B904 (as libraries do)

    monkeypatch.setattr("handorient.pipeline.Pipeline.load", interrupted)
    monkeypatch.setattr("handorient.propel.predictor.Predictor.load", interrupted)
    assert cli.main(command) == 130
    assert capsys.readouterr().err.endswith("handorient: stopped.\n")


def test_a_module_of_our_own_that_is_missing_is_a_mistake_of_ours(monkeypatch):
    monkeypatch.setitem(sys.modules, "handorient.bench", None)
    with pytest.raises(ImportError):
        cli.main(["bench", "demo"])


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("evaluate --data data --out out", "--out"),
        ("evaluate --data data --quick", "--quick"),
        ("evaluate --data data --plots plots", "--plots"),
        ("evaluate --protocol talk --out out --weights net", "--weights"),
        ("evaluate --protocol talk --out out --plots plots", "--plots"),
        ("evaluate --protocol talk --out out --input colour", "--input"),
        ("evaluate --protocol talk --out out --real hands", "--real"),
        ("evaluate --data data --weights net --input colour", "--input"),
        ("evaluate --real hands --weights net --input landmarks", "--input"),
        ("train --data data --out net --method mse --components 4", "--components"),
        ("train --data data --out net --method mse --sigma 5", "--sigma"),
        ("train --data data --out net --method mse --equal-weights", "--equal-weights"),
        ("train --data data --out net --method heatmap --components 4", "--components"),
        ("train --data data --out net --method heatmap --equal-weights", "--equal-weights"),
        ("train --data data --out net --segmenter --input colour", "--input"),
        ("train --data data --out net --segmenter --equal-weights", "--equal-weights"),
        ("dataset --protocol talk --out out --people 5", "--people"),
        ("dataset --protocol talk --out out --seed 0", "--seed"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(capsys, tmp_path, monkeypatch, command, option):
    monkeypatch.chdir(tmp_path)
    assert f"{option} cannot be used with" in fails(capsys, *command.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says only that there is no such file")
@pytest.mark.parametrize(
    "words",
    [
        ("train", "--data", "LONG", "--out", "x.safetensors"),
        ("train", "--data", "data", "--out", "LONG"),
        ("evaluate", "--data", "LONG"),
        ("evaluate", "--real", "LONG"),
        ("evaluate", "--data", "data", "--weights", "LONG"),
    ],
)
def test_a_name_that_no_file_can_have_is_refused(capsys, words):
    with pytest.raises(SystemExit) as ended:
        cli.main([word.replace("LONG", "a" * 300) for word in words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith("a: File name too long")


@pytest.mark.parametrize("command", ["dataset", "train --data data"])
@pytest.mark.parametrize(
    ("seed", "why"),
    [("-1", "not a whole number of 0 or more"), ("x", "not a whole number"), (str(2**63), "too large")],
)
def test_a_seed_that_is_none_is_refused(capsys, command, seed, why):
    with pytest.raises(SystemExit) as refused:
        cli.main([*command.split(), "--out", "out", "--seed", seed])
    assert refused.value.code == 2
    assert f"{seed} is {why}" in capsys.readouterr().err


def test_it_runs_as_a_module_too():
    done = subprocess.run(
        [sys.executable, "-m", "handorient", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["handorient", __version__]


def test_a_dataset_trains_a_network_that_can_be_evaluated(tmp_path, capsys):
    data, weights, figures = tmp_path / "data", tmp_path / "net.safetensors", tmp_path / "figures.json"
    assert cli.main(["dataset", "--out", str(data), "--people", "6", "--views", "32"]) == 0
    assert "exists" in fails(capsys, "dataset", "--out", str(data))
    command = ["train", "--data", str(data), "--out", str(weights), "--input", "silhouette", "--epochs", "1"]
    assert cli.main(command) == 0
    command = ["evaluate", "--data", str(data), "--weights", str(weights), "--json", str(figures)]
    assert cli.main(command) == 0
    test = json.loads(figures.read_text())["test"]
    assert test["samples"] == 32 and 0 < test["cmae_deg"] < 90


def test_bench_times_every_stage_beside_the_detector(tmp_path):
    figures = tmp_path / "new" / "bench.json"
    assert cli.main(["bench", "demo", "--frames", "8", "--json", str(figures)]) == 0
    result = json.loads(figures.read_text())
    assert result["frames"] == 8
    assert set(result["ms"]) == {"detect", "segment", "network", "track", "total", "detector alone"}


def test_bench_sees_of_the_demo_what_the_analysis_sees(monkeypatch):
    def asked_for(name):
        raise UserError(name)

    monkeypatch.setattr(cli, "shipped_weights", asked_for)
    for command in (["bench", "demo"], ["analyze", "demo", "--out", "out"]):
        options = cli.make_parser(cli._commands()).parse_args(command)
        with pytest.raises(UserError, match="silhouette"):
            options.command(options)


def test_a_folder_without_real_hands_is_refused(capsys, tmp_path):
    assert str(tmp_path) in fails(capsys, "evaluate", "--real", str(tmp_path))
    assert "exist" in fails(capsys, "evaluate", "--real", str(tmp_path / "nowhere"))


def test_what_to_evaluate_on_and_where_results_go_must_be_said(capsys):
    assert "--data, --real or --protocol" in fails(capsys, "evaluate")
    assert "--out" in fails(capsys, "evaluate", "--protocol", "talk")


@pytest.mark.parametrize(("asked", "seen"), [([], "silhouette"), (["--input", "colour"], "colour")])
def test_a_session_is_analysed_with_the_input_it_was_recorded_with_or_with_another(
    capsys, tmp_path, asked, seen
):
    recorder = Recorder(tmp_path / "sessions", {"input": "silhouette"})
    for index in range(3):
        recorder.add(estimate(index, index / 10))
    recorder.close()
    assert cli.main(["analyze", str(recorder.folder), "--out", str(tmp_path / "out"), *asked]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["input"] == seen
    said = capsys.readouterr()
    assert json.loads(said.out) == summary
    assert said.err.splitlines()[-1] == f"Written to {tmp_path / 'out'}.", "which is below all else"
