"""Files and folders that the person chooses or drops."""

from __future__ import annotations

from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QFileDialog, QWidget

from handorient.capture.images import IMAGE_SUFFIXES
from handorient.records import FACTS
from handorient.sources import VIDEO_SUFFIXES


def file_chosen_by_person(parent: QWidget, folder: str) -> str:
    """The path of a video, a picture or a session's file, or "" if the person thought better of it.

    The search begins in ``folder``.
    """
    suffixes = " ".join(f"*{suffix}" for suffix in sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
    kinds = f"Videos, pictures and sessions ({suffixes} {FACTS});;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open a video, a picture or a session", folder, kinds)[0]


def folder_chosen_by_person(parent: QWidget, folder: str) -> str:
    """The path of a folder of images or of a session, likewise."""
    return QFileDialog.getExistingDirectory(parent, "Open a folder of images or a recorded session", folder)


def dragged_files(event: QDropEvent | None) -> list[str]:
    """The paths of the files and folders that are dragged or dropped; addresses of the web are none."""
    data = event.mimeData() if event is not None else None
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data is not None else []
