"""The `handorient` command: it reads the command line and calls the room that does the work."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from handorient.arguments import INPUTS, METHODS, NOT_FOR, SOURCES, Command, make_parser
from handorient.errors import UserError, is_interruption, unwritable
from handorient.files import new_file, write_json
from handorient.interruptions import on_interruption
from handorient.resources import shipped_weights
from handorient.stderr import ensure_stderr, say, to_nobody

# What a command needs is imported when it runs: `handorient --help` answers at once, and only `run` loads Qt.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    It is 0, 1 where ``doctor`` finds something amiss, 2 for bad input, 130 when interrupted. An interruption
    only closes the window of ``run``, as a person would: that is no 130.
    """
    ensure_stderr()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # stderr does so anyway
    words = list(sys.argv[1:] if arguments is None else arguments)
    commands = _commands()
    try:
        options = make_parser(commands).parse_args(_with_command(words, commands))
        command: Command = options.command
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


def _with_command(words: list[str], names: Container[str]) -> list[str]:
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


def _commands() -> dict[str, Command]:
    """What each command does."""
    return {
        "run": _run,
        "analyze": _analyze,
        "dataset": _dataset,
        "train": _train,
        "evaluate": _evaluate,
        "bench": _bench,
        "doctor": _doctor,
    }


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
