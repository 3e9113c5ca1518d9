"""Asking the person for a file or a folder."""

from __future__ import annotations

from PyQt6.QtWidgets import QFileDialog, QWidget

from handorient.capture.images import IMAGE_SUFFIXES
from handorient.capture.uri import VIDEO_SUFFIXES


def file_chosen_by_person(parent: QWidget) -> str:
    """The path of a video or picture, or "" if the person thought better of it."""
    suffixes = " ".join(f"*{suffix}" for suffix in sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
    kinds = f"Videos and pictures ({suffixes});;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open a video or a picture", "", kinds)[0]


def folder_chosen_by_person(parent: QWidget) -> str:
    """The path of a folder of images or of a session, or "" if the person thought better of it."""
    return QFileDialog.getExistingDirectory(parent, "Open a folder of images or a recorded session")
