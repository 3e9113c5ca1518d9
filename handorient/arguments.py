"""What can be said on the command line: commands, their options, and which values they take."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from handorient import __version__

Command = Callable[[argparse.Namespace], int]

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


def make_parser(commands: Mapping[str, Command]) -> argparse.ArgumentParser:
    """The parser of the command line; its options' ``command`` is what the command of that name does."""
    parser = argparse.ArgumentParser(
        prog="handorient",
        description="Shows what a neural network does not know about the orientation of a hand.",
        epilog="`handorient SOURCE` is short for `handorient run SOURCE`.",
    )
    parser.add_argument("--version", action="version", version=f"handorient {__version__}")
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = parsers.add_parser("run", help="open the window (the default command)")
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

    analyze = parsers.add_parser(
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

    dataset = parsers.add_parser("dataset", help="render synthetic hands to train on")
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

    train = parsers.add_parser("train", help="train a network; resumes if it was stopped")
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

    evaluate = parsers.add_parser("evaluate", help="accuracy on a dataset's test people or on real hands")
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

    bench = parsers.add_parser("bench", help="time every stage, beside the detector alone")
    bench.add_argument(
        "source", nargs="?", default="demo", metavar="SOURCE", help=f"{SOURCES} (default: demo)"
    )
    bench.add_argument("--frames", type=_positive(int), default=200, help="frames to time (default: 200)")
    bench.add_argument("--json", type=_path, metavar="FILE", help="also write the results to this file")

    parsers.add_parser("doctor", help="check display, OpenGL, cameras and weights")
    for name, command in commands.items():
        parsers.choices[name].set_defaults(command=command)
    return parser


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
