"""The registry of panels: the views that can be opened beside picture, 3D and density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QToolButton, QWidget

from handorient.app.augmented import AugmentedView
from handorient.app.network_view import NetworkView
from handorient.app.stage_times import StageTimesView
from handorient.app.timeline import TimelineView
from handorient.pipeline import Estimate
from handorient.replay import RecordedHand

BOTTOM, RIGHT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


class View(Protocol):
    """What the window asks of every view, a widget all the same."""

    def show_estimate(self, estimate: Estimate) -> None:
        """Show the newest estimate; called at display rate, so cheap while hidden."""

    def clear(self) -> None:
        """Forget the source that was shown."""


@runtime_checkable
class Mirrorable(Protocol):
    """A view that can show what it shows as a mirror would."""

    mirrored: bool


@runtime_checkable
class RecordedToo(Protocol):
    """A view that also shows what a replayed session says of the same frame."""

    recorded: tuple[RecordedHand, ...]


@runtime_checkable
class Buttoned(Protocol):
    """A view with buttons over its picture, which a room need not see."""

    buttons: tuple[QToolButton, ...]


@runtime_checkable
class Host(Protocol):
    """A view that takes as much height as it can fill, and has a place for the live picture."""

    def filled_px(self, wide_px: int, most_px: int) -> int:
        """How much of this height it can fill at this width."""

    def host(self, picture: QWidget) -> None:
        """Show the picture, which is taken away again by giving it another parent."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A view that opens as a dock.

    Attributes:
        name: its title.
        tab: a short name.
        key: opens and closes it.
        caption: what it shows, after its name, where that does not say it.
        make: makes the view, the first time it is wanted.
        area: where it opens.
        visible: open from the start.
        collects: shows what was before too, so its view is made at the start, seen or not.
        size_px: the height, or at the side the width, that it wants.
        alone: in front it takes as much height as it can fill, and while presenting the place of the plots,
            which a room could not read beside it; its view is a :class:`Host`.
    """

    name: str
    tab: str
    key: str
    caption: str
    make: Callable[[], QWidget]
    area: Qt.DockWidgetArea
    visible: bool = False
    collects: bool = False
    size_px: int = 208
    alone: bool = False


def _lab() -> QWidget:
    from handorient.app.lab import LabView  # it renders hands: half a second more at the start for everybody

    return LabView()


PANELS = (
    Panel(
        "Timeline",
        "Timeline",
        "1",
        "the density over time",
        TimelineView,
        BOTTOM,
        visible=True,
        collects=True,
    ),
    Panel("Ambiguity lab", "Lab", "2", "why the outline is not enough", _lab, BOTTOM, alone=True),
    Panel("Inside the network", "Network", "3", "what each block sees", NetworkView, BOTTOM, size_px=300),
    Panel("Augmented reality", "AR", "4", "", AugmentedView, RIGHT, size_px=340),
    Panel("Stage times", "Times", "5", "ms, median (p95)", StageTimesView, BOTTOM),
)
