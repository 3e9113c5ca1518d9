"""Files and folders that are there whole or not at all, names for them that are not taken, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from handorient.errors import UserError, unwritable

#: How many letters of a source's name stand in a folder's: one may take 4 bytes, and a name 255.
_LONGEST_TITLE = 50


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Have a folder and those that it is in; on failure the ones that were made for it go, if they are empty.

    Raises:
        OSError: if they cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for place in missing:
            with suppress(OSError):  # somebody else may have put something there
                place.rmdir()
        raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of ``path`` when all is written; on failure nothing is left.

    A pipe or a device, such as /dev/null, is not replaced but written to, and a link leads on.

    Raises:
        OSError: if the folder cannot be made or the file not be put into place.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        yield path
        return
    unfinished = path.parent / f"{path.name}.unfinished"  # with_name() knows no name for "."
    with made(path.parent):
        try:
            yield unfinished
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which becomes ``folder`` when all is written; on failure nothing is left.

    Raises:
        UserError: if ``folder`` exists or cannot be written.
    """
    try:
        if folder.exists():
            raise UserError(f"{folder} already exists: choose another folder, or remove it first.")
        with (
            made(folder.parent),
            TemporaryDirectory(
                prefix=".unfinished-", dir=folder.parent, ignore_cleanup_errors=True
            ) as temporary,
        ):
            unfinished = Path(temporary, "new")  # the temporary folder itself is for nobody else to read
            unfinished.mkdir()
            yield unfinished
            unfinished.rename(folder)
    except OSError as error:
        raise unwritable(f"{folder} could not be written", error) from error


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that people can read as well.

    Raises:
        OSError: if it cannot be written.
    """
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def unused(folder: Path, suffix: str = "", of: str = "") -> Path:
    """A path in ``folder`` that is not taken, named by the date and time of now.

    Before them stands the name of the source that it is ``of``, as far as every system takes it for a file's.
    """
    title = re.sub(r"[^\w-]+", "-", Path(of).stem).strip("-")[:_LONGEST_TITLE]
    now = f"{title} {datetime.now():%Y-%m-%d_%H-%M-%S}".lstrip()
    names = (now + more + suffix for more in ("", *(f"_{n}" for n in range(2, 1000))))
    return next(path for path in map(folder.joinpath, names) if not path.exists())
