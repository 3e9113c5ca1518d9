"""Weights on disk: safetensors with all that must be known about them in the header, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from handorient.errors import UserError, unwritable
from handorient.files import new_file


def write_weights(path: Path, form: str, tensors: Mapping[str, Tensor], parts: Mapping[str, Any]) -> None:
    """Write ``tensors`` and, as JSON in the header, the named ``parts``; ``path`` is whole or untouched.

    ``form`` names what kind of weights these are, as "handorient KIND VERSION".

    Raises:
        UserError: if the file cannot be written.
    """
    header = {"format": form} | {name: json.dumps(part) for name, part in parts.items()}
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    try:
        with new_file(path) as unfinished:
            unfinished.write_bytes(save(plain, metadata=header))  # save_file's would be nobody else's to read
    except OSError as error:
        raise unwritable(f"The weights could not be written to {path}", error) from error
    except SafetensorError as error:
        raise UserError(f"The weights could not be written to {path}: {error}.") from error


@contextmanager
def read_weights(path: Path, form: str) -> Iterator[tuple[dict[str, Tensor], dict[str, Any]]]:
    """The tensors and the header's parts of a file of this form, to build a network of within the context.

    Raises:
        UserError: if the file is missing, damaged, or not of this form; within the context, for any error
            that says that the network cannot be built of what the file holds.
    """
    if not path.is_file():
        raise UserError(f"There are no weights at {path}: train some with `handorient train`.")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except PermissionError as error:
        raise UserError(f"{path} may not be read: check its permissions.") from error
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"{path} is damaged or is not a weights file: replace it with a fresh copy."
        ) from error
    found = header.pop("format", "")
    if found != form:
        raise UserError(f"{path} {_difference(found, form)}")
    try:
        yield tensors, {name: json.loads(part) for name, part in header.items()}
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"{path} does not fit the architecture that it names: "
            "it comes from another version of handorient; train it again."
        ) from error


def _difference(found: str, form: str) -> str:
    """What a file that says it is ``found`` is, instead of ``form``, and what to do."""
    kind, wanted = (words.removeprefix("handorient ").rpartition(" ")[0] for words in (found, form))
    if not found.startswith("handorient "):
        return "contains no handorient weights: choose a file that `handorient train` wrote."
    if kind == wanted:
        return "comes from another version of handorient: train it again."
    return f"holds handorient's {kind}, and its {wanted} is needed: choose another file."
