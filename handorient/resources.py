"""Where the files that ship with the app are: beside the package once installed, else in the checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _folder(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


ASSETS = _folder("assets")
WEIGHTS = _folder("weights")


def shipped_weights(name: str) -> Path:
    """The file of the network that comes with the app for this input, or of a baseline by its whole name."""
    return WEIGHTS / f"hand-{name}.safetensors"
