"""The `handorient` command: it reads the command line and calls the room that does the work."""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from handorient import __version__
from handorient.errors import UserError, is_interruption, unwritable
from handorient.files import new_file, write_json
from handorient.interruptions import on_interruption
from handorient.resources import shipped_weights
from handorient.stderr import ensure_stderr, say, to_nobody

# What a command needs is imported when it runs: `handorient --help` answers at once, and only `run` loads Qt.

SOURCES = "camera:N, a video, an image, a folder of images, a recorded session, or demo"
INPUTS = ("landmarks", "colour", "silhouette")
#: The ablations that a method has no use for: a point has no spread, and a mixture is PROPEL's alone.
NOT_FOR = {
    "propel": (),
    "mse": ("components", "sigma", "equal_weights"),
    "heatmap": ("components", "equal_weights"),
}
METHODS = tuple(NOT_FOR)
PROTOCOLS = ("talk",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    It is 0, 1 where ``doctor`` finds something amiss, 2 for bad input, 130 when interrupted. An interruption
    only closes the window of ``run``, as a person would: that is no 130.
    """
    ensure_stderr()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # stderr does so anyway
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, names = _parser()
    try:
        options = parser.parse_args(_with_command(words, names))
        command: Callable[[argparse.Namespace], int] = options.command
        on_interruption(signal.default_int_handler)  # clean up, as after Ctrl+C
        return command(options)
    except UserError as error:
        say(f"handorient: {error}")
        return 2
    except (ImportError, KeyboardInterrupt) as error:
        if is_interruption(error):
            say("handorient: stopped.")
            return 130
        assert isinstance(error, ImportError)
        if (error.name or "").startswith("handorient"):
            raise  # a mistake of ours, which the doctor knows nothing of
        say(f"handorient: {error}. `handorient doctor` says what is missing.")
        return 2


def _with_command(words: list[str], names: frozenset[str]) -> list[str]:
    """The words of the command line, which may leave ``run`` out.

    Raises:
        UserError: if they begin with what is neither a command nor a source: a command mistyped, perhaps.
    """
    first = words[0] if words else "--"
    if first in names or first in ("-h", "--help", "--version"):
        return words
    there = os.path.lexists(first)  # Path.exists raises of names that no file can have
    if not (there or first == "demo" or first.startswith(("-", "camera:"))):
        raise UserError(
            f"There is no command or source called {first!r}: `handorient --help` lists the commands, "
            f"and a source is {SOURCES}."
        )
    return ["run", *words]


def _parser() -> tuple[argparse.ArgumentParser, frozenset[str]]:
    parser = argparse.ArgumentParser(
        prog="handorient",
        description="Shows what a neural network does not know about the orientation of a hand.",
        epilog="`handorient SOURCE` is short for `handorient run SOURCE`.",
    )
    parser.add_argument("--version", action="version", version=f"handorient {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = commands.add_parser("run", help="open the window (the default command)")
    run.add_argument(
        "source", nargs="?", metavar="SOURCE", help=f"{SOURCES}; without one: a camera, else the demo"
    )
    run.add_argument(
        "--input",
        choices=INPUTS,
        help="what the network sees, remembered for next time (default: for a session its own, else your "
        "last choice; if none, landmarks, or silhouette for the demo)",
    )
    run.add_argument("--seconds", type=_positive(float), help="close the window after this many seconds")
    run.add_argument(
        "--screenshot",
        type=_path,
        metavar="FILE",
        help="save a picture of the window after --seconds (default: 5), then close it",
    )
    run.set_defaults(command=_run)

    analyze = commands.add_parser(
        "analyze", help="without a window: write estimates, annotated video and summary to a folder"
    )
    analyze.add_argument("source", metavar="SOURCE", help=SOURCES)
    analyze.add_argument("--out", type=_path, required=True, metavar="DIR", help="where the results go")
    analyze.add_argument(
        "--input",
        choices=INPUTS,
        help="what the network sees (default: landmarks, or silhouette for the demo, or a session's own)",
    )
    analyze.add_argument(
        "--masks", action="store_true", help="also write the hands' masks, DIR/masks/NNNNNN.png"
    )
    analyze.set_defaults(command=_analyze)

    dataset = commands.add_parser("dataset", help="render synthetic hands to train on")
    dataset.add_argument(
        "--out", type=_path, required=True, metavar="DIR", help="a folder that does not exist yet"
    )
    dataset.add_argument("--people", type=_positive(int), help="number of people (default: 1600)")
    dataset.add_argument("--views", type=_positive(int), help="pictures of each person (default: 40)")
    dataset.add_argument("--seed", type=_seed, help="random seed; another gives other people (default: 1)")
    dataset.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        help="render the benchmark of the talk's experiments instead: 22 people, 9,414 open hands, and heads",
    )
    dataset.set_defaults(command=_dataset)

    train = commands.add_parser("train", help="train a network; resumes if it was stopped")
    train.add_argument("--data", type=_path, required=True, metavar="DIR", help="a folder made by `dataset`")
    train.add_argument("--out", type=_path, required=True, metavar="FILE", help="the weights, *.safetensors")
    train.add_argument("--input", choices=INPUTS, help=f"what the network sees (default: {INPUTS[0]})")
    train.add_argument(
        "--method", choices=METHODS, help=f"how it is trained: PROPEL, or a baseline (default: {METHODS[0]})"
    )
    train.add_argument(
        "--segmenter",
        action="store_true",
        help="train the network that cuts the hand out of the picture instead",
    )
    train.add_argument(
        "--epochs",
        type=_positive(int),
        help="passes over the data (default: as for the shipped weights; the shipped baselines had 12)",
    )
    train.add_argument("--seed", type=_seed, default=1, help="random seed (default: 1)")
    ablation = train.add_argument_group("ablations, instead of the shipped settings")
    ablation.add_argument("--components", type=_positive(int), metavar="I", help="Gaussians in the mixture")
    ablation.add_argument(
        "--sigma", type=_positive(float), metavar="DEG", help="standard deviation around the truth, degrees"
    )
    ablation.add_argument(
        "--equal-weights", action="store_true", help="equal component weights, w = 1/I, as in the talk"
    )
    train.set_defaults(command=_train)

    evaluate = commands.add_parser("evaluate", help="accuracy on a dataset's test people or on real hands")
    where = evaluate.add_mutually_exclusive_group()
    where.add_argument(
        "--data",
        type=_path,
        metavar="DIR",
        help="a folder made by `dataset`; with --protocol one made by `dataset --protocol`, or one with "
        "manifest.csv (default: made in --out)",
    )
    where.add_argument(
        "--real",
        type=_path,
        metavar="DIR",
        help="a folder with stereo/ (two-camera clips), sign-digits/ or hagrid/ (photographs)",
    )
    talk = evaluate.add_argument_group(
        "the talk's experiments: PROPEL beside baselines, trained from scratch"
    )
    talk.add_argument("--protocol", choices=PROTOCOLS, help="run them all; resumes if it was stopped")
    talk.add_argument("--out", type=_path, metavar="DIR", help="where tables and figures go")
    talk.add_argument(
        "--quick",
        action="store_true",
        help="minutes instead of hours, to see that it works: results are meaningless",
    )
    evaluate.add_argument("--input", choices=INPUTS, help=f"what the network sees (default: {INPUTS[0]})")
    evaluate.add_argument(
        "--plots", type=_path, metavar="DIR", help="with --real: draw reliability and error by angle"
    )
    evaluate.add_argument(
        "--weights", type=_path, metavar="FILE", help="weights to use instead of the shipped ones"
    )
    evaluate.add_argument("--json", type=_path, metavar="FILE", help="also write the results to this file")
    evaluate.set_defaults(command=_evaluate)

    bench = commands.add_parser("bench", help="time every stage, beside the detector alone")
    bench.add_argument(
        "source", nargs="?", default="demo", metavar="SOURCE", help=f"{SOURCES} (default: demo)"
    )
    bench.add_argument("--frames", type=_positive(int), default=200, help="frames to time (default: 200)")
    bench.add_argument("--json", type=_path, metavar="FILE", help="also write the results to this file")
    bench.set_defaults(command=_bench)

    doctor = commands.add_parser("doctor", help="check display, OpenGL, cameras and weights")
    doctor.set_defaults(command=_doctor)
    return parser, frozenset(commands.choices)


def _path(text: str) -> Path:
    if not text:  # as an unset variable of the shell
        raise argparse.ArgumentTypeError("a path is missing")
    path = Path(text)
    try:
        path.exists()
    except OSError as error:  # as of a name that no file can have
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from None
    return path


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is not a positive number")
        return value

    # argparse names it when the text is no number at all
    convert.__name__ = "positive whole number" if kind is int else "positive number"
    return convert


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 0 or more")
    if int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text} is too large: a seed is less than 2**63")
    return int(text)


def _refuse(options: argparse.Namespace, where: str, *names: str) -> None:
    """Say of the first option that was given, of these, that it cannot be used."""
    for name in names:
        if (value := getattr(options, name)) is not None and value is not False:
            raise UserError(f"--{name.replace('_', '-')} cannot be used {where}: leave it out.")


def _run(options: argparse.Namespace) -> int:
    from handorient.app.main import display_trouble, run_app

    trouble = display_trouble()
    if trouble is not None:
        if options.source is not None or options.screenshot is not None:
            raise UserError(
                f"There is no display to open a window on ({trouble}): "
                "use `handorient analyze SOURCE --out DIR`, or run under a virtual display with xvfb-run."
            )
        folder = Path("handorient-demo")
        say(f"handorient: no display was found ({trouble}): analysing the demo into {folder} instead.")
        return _analyze(argparse.Namespace(source="demo", out=folder, input=options.input, masks=False))
    from handorient.pipeline import Pipeline

    weights = {name: shipped_weights(name) for name in INPUTS}
    return run_app(options.source, options.input, options.seconds, options.screenshot, Pipeline.load, weights)


def _analyze(options: argparse.Namespace) -> int:
    from handorient.analysis import analyze
    from handorient.inputs import usual_input
    from handorient.pipeline import Pipeline
    from handorient.sources import open_source

    source = open_source(options.source)
    with Pipeline.load(shipped_weights(options.input or usual_input(source, INPUTS))) as pipeline:
        summary = analyze(source, pipeline, options.out, options.masks)
    _print(json.dumps(summary, indent=2))
    say(f"Written to {options.out}.")
    return 0


def _write_json(path: Path | None, figures: dict[str, Any]) -> None:
    try:
        if path is not None:
            with new_file(path) as unfinished:
                write_json(unfinished, figures)
    except OSError as error:
        raise unwritable(f"The results could not be written to {path}", error) from error
    finally:  # they took long: what cannot be written is still printed
        _print(json.dumps(figures, indent=2))


def _print(text: str) -> None:
    """Print to whoever still reads; ``| head`` may have read enough."""
    try:
        print(text, flush=True)
    except OSError as error:
        to_nobody(sys.stdout.fileno())  # Python flushes it at the end
        if not isinstance(error, BrokenPipeError):
            raise UserError(f"The results could not be printed: {error.strerror}.") from error


def _dataset(options: argparse.Namespace) -> int:
    if options.protocol:
        from handorient.experiments.plan import Effort
        from handorient.experiments.talk import make_benchmarks

        _refuse(options, "with --protocol", "people", "views", "seed")
        make_benchmarks(options.out, Effort())
        return 0
    from handorient.synth.dataset import DatasetConfig, make_dataset

    seed = 1 if options.seed is None else options.seed
    make_dataset(options.out, DatasetConfig(options.people or 1600, options.views or 40, seed))
    return 0


def _train(options: argparse.Namespace) -> int:
    from handorient.training.segmentation import SegmenterSettings, train_segmenter
    from handorient.training.train import BATCHES, EPOCHS, RECIPES, TrainSettings, train

    if options.segmenter:
        asked = {"epochs": options.epochs} if options.epochs else {}
        _refuse(options, "with --segmenter", "input", "method", "components", "sigma", "equal_weights")
        facts = train_segmenter(options.data, options.out, SegmenterSettings(seed=options.seed, **asked))
        _print(json.dumps(facts, indent=2))
        return 0
    seen: Any = options.input or INPUTS[0]
    method: Any = options.method or METHODS[0]
    _refuse(options, f"with --method {method}", *NOT_FOR[method])
    config = RECIPES[seen]
    config = replace(
        config,
        components=options.components or config.components,
        sigma_deg=options.sigma or config.sigma_deg,
        learned_weights=config.learned_weights and not options.equal_weights,
    )
    settings = TrainSettings(method, options.epochs or EPOCHS[seen], BATCHES[seen], seed=options.seed)
    _print(json.dumps(train(options.data, options.out, config, settings), indent=2))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    if options.protocol:
        _refuse(options, "with --protocol", "real", "input", "plots", "weights")
        return _reproduce(options)
    _refuse(options, "without --protocol", "out", "quick")
    if options.data is None and options.real is None:
        raise UserError("Say what to evaluate on: --data, --real or --protocol.")
    if options.real is None:
        _refuse(options, "without --real", "plots")
    if options.weights is not None:
        _refuse(options, "with --weights", "input")
    from handorient.propel.predictor import Predictor
    from handorient.propel.weights import load_network
    from handorient.training.data import read_dataset
    from handorient.training.evaluation import evaluate_test_people
    from handorient.training.real import evaluate_real

    path = options.weights or shipped_weights(options.input or INPUTS[0])
    if options.real:
        figures = evaluate_real(options.real, Predictor.load(path), options.plots)
    else:
        net, _, calibration = load_network(path)
        figures = evaluate_test_people(net, calibration, read_dataset(options.data, net.config.input))
    _write_json(options.json, {"weights": path.name} | figures)
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    from handorient.experiments.plan import QUICK, Effort
    from handorient.experiments.talk import reproduce

    if options.out is None:
        raise UserError("Say with --out where tables and figures should go.")
    table = reproduce(options.out, options.data, QUICK if options.quick else Effort())
    _write_json(options.json, table)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from handorient.bench import bench
    from handorient.hand.detector import MediaPipeDetector
    from handorient.inputs import usual_input
    from handorient.pipeline import Pipeline
    from handorient.sources import open_source

    source = open_source(options.source)
    with Pipeline.load(shipped_weights(usual_input(source, INPUTS))) as pipeline:
        peer = MediaPipeDetector()
        figures = bench(source, pipeline, peer, options.frames)
        peer.close()
    _write_json(options.json, figures)
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from handorient.doctor import check_up

    well = True
    for good, finding in check_up(map(shipped_weights, INPUTS)):
        _print(f"{'ok  ' if good else 'FAIL'}  {finding}")
        well &= good
    return 0 if well else 1
