"""Files and folders that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from handorient.errors import UserError, unwritable


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of ``path`` when all is written; on failure nothing is left.

    Raises:
        OSError: if the folder cannot be made or the file not be put into place.
    """
    unfinished = path.parent / f"{path.name}.unfinished"  # with_name() knows no name for "."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(
            prefix=".unfinished-", dir=folder.parent, ignore_cleanup_errors=True
        ) as temporary:
            unfinished = Path(temporary, "new")  # the temporary folder itself is for nobody else to read
            unfinished.mkdir()
            yield unfinished
            unfinished.rename(folder)
    except OSError as error:
        raise unwritable(f"{folder} could not be written", error) from error
