"""The stage: it arranges picture, 3D and density, and the panels around them, and remembers how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from PyQt6.QtCore import QByteArray, QChildEvent, QEvent, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from handorient.app.caption import Caption
from handorient.app.panel_dock import PanelDock
from handorient.app.settings import Settings
from handorient.app.views import BOTTOM, PANELS, RIGHT, Host, View

_ViewT = TypeVar("_ViewT", bound=QWidget)

_COLUMNS, _ROWS = [880, 480], [500, 500]
#: The plots' share of the width while presenting.
_PRESENTED = 0.42
#: The share of the height that panels under the picture take by themselves, at most, and of the width that
#: those beside it do.
_MOST_HIGH, _MOST_WIDE = 2 / 3, 0.45
#: How long a window may take to leave the full screen.
_LEAVING_MS = 1000


class _Side(QMainWindow):
    """The picture with its docks around it, whose tabs leave the keys to the window till Tab is there."""

    def __init__(self, picture: QWidget) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setCentralWidget(picture)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def childEvent(self, event: QChildEvent | None) -> None:
        super().childEvent(event)
        if event is not None and event.polished() and isinstance(tabs := event.child(), QTabBar):
            tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def tabs_over(self, dock: QDockWidget) -> int:
        """The height of the tabs over a dock, with which it is resized."""
        bars = [bar for bar in self.findChildren(QTabBar) if bar.isVisible() and bar.x() == dock.x()]
        return sum(bar.height() for bar in bars if bar.geometry().bottom() + 1 == dock.y())


class Stage(QSplitter):
    """The part of the window between headline and status line: picture and panels, and the two plots.

    The panels share the picture's side, for a picture leaves room above and below it.

    Attributes:
        docks: the panels' docks, by the panels' names.
        made: emitted with each panel's view when it is first opened.
        seen: emitted with a panel's view whenever it comes to the front.
        plots_seen: emitted when the two plots are back that had given their room away, or are to be drawn in
            another size.
    """

    made = pyqtSignal(object)
    seen = pyqtSignal(object)
    plots_seen = pyqtSignal()

    def __init__(self, picture: QWidget, scene: QWidget, density: QWidget, settings: Settings) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._settings = settings
        self._columns_before = QByteArray()
        self._presenting = self._alone = self._plots_hidden = self._seen = False
        self._panels_before: tuple[bool, dict[Qt.DockWidgetArea, int]] = False, {}
        self._away: list[PanelDock] = []
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._picture, self._side = picture, _Side(picture)
        self._plots = QSplitter(Qt.Orientation.Vertical)
        self._plots.addWidget(scene)
        self._plots.addWidget(density)
        self.addWidget(self._side)
        self.addWidget(self._plots)
        self.setStretchFactor(0, 1)
        for splitter in (self, self._plots):
            splitter.setHandleWidth(10)
            splitter.setChildrenCollapsible(False)

        self.docks = {panel.name: PanelDock(panel) for panel in PANELS}
        for dock in self.docks.values():
            dock.made.connect(self.made)
            dock.seen.connect(self.seen)
            dock.closed.connect(self._fit)
            dock.visibilityChanged.connect(self._make_room)
            dock.topLevelChanged.connect(self._make_room)

    def arrange(self) -> None:
        """Put everything where it was left, or where it belongs; once, when somebody listens to ``made``."""
        for dock in self.docks.values():
            if dock.panel.collects:
                dock.make()
        self._place()
        self.restoreState(self._settings.layout("columns"))
        self._plots.restoreState(self._settings.layout("plots"))
        self._side.restoreState(self._settings.layout("docks"))

    def reset(self) -> None:
        """Put everything where it belongs."""
        self._away = []
        for dock in self.docks.values():
            dock.setFloating(False)
            self._side.removeDockWidget(dock)
        self._place()
        self._keep()
        if self._presenting:
            self._widen_plots()

    def present(self, presenting: bool) -> None:
        """Give the plots more room while presenting, and take it back afterwards."""
        for dock in self.docks.values():
            dock.present(presenting)
        self._presenting = presenting
        if presenting:
            self._keep()
        self._make_room()
        if presenting:
            self._widen_plots()
            self._fit()
        else:
            self.restoreState(self._columns_before)
            self._fit_as_before()
            self._leaving.start(_LEAVING_MS)
            QTimer.singleShot(0, self._settle)
        self.plots_seen.emit()

    def _keep(self) -> None:
        """Know where everything is, for when the presentation ends."""
        self._columns_before = self.saveState()  # sizes() forgets how wide a column would rather be
        self._panels_before = self._alone, self._panel_sizes()

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().grownBy(self.contentsMargins())  # which a splitter forgets

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        # The full screen comes, and goes, later than it is asked for.
        if self._presenting:
            self._widen_plots()
            self._fit()
        elif self._leaving.isActive():
            self._fit_as_before()
        else:
            self._spare_picture()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self._shown)

    def _shown(self) -> None:
        self._seen = True
        self._spare_picture()

    def _spare_picture(self) -> None:
        """A high panel gives way in a lower window too, which would take all from the picture."""
        if self._seen and self._alone and self._picture.height() < (1 - _MOST_HIGH) * self.height() - 1:
            sizes = self._panel_sizes()
            sizes.pop(BOTTOM, None)  # those beside the picture keep theirs
            self._fit_to(sizes)

    def _settle(self) -> None:
        """Give the panels their sizes back once what surrounds the stage is there again."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # large type wants less no more
        self._fit_as_before()

    def _fit_as_before(self) -> None:
        """Give the panels the sizes from before the presentation, if the same kind of panel is in front."""
        alone, sizes = self._panels_before
        self._fit_to(sizes if alone == self._alone else {})

    def _panel_sizes(self) -> dict[Qt.DockWidgetArea, int]:
        """The height of the panels below the picture, and the width of those beside it, where there are."""
        docks = [dock for dock in self.docks.values() if dock.in_front and not dock.isFloating()]
        areas = [(self._side.dockWidgetArea(dock), dock) for dock in docks]
        return {area: dock.height() if area == BOTTOM else dock.width() for area, dock in areas}

    def _widen_plots(self) -> None:
        plots = round(_PRESENTED * self.width())
        self.setSizes([self.width() - plots, plots])

    def remember(self) -> None:
        """Keep the arrangement for the next time."""
        self._settings.set_layout("columns", self.saveState())
        self._settings.set_layout("plots", self._plots.saveState())
        self._settings.set_layout("docks", self._side.saveState())

    def _place(self) -> None:
        self.setSizes(_COLUMNS)
        self._plots.setSizes(_ROWS)
        for dock in self.docks.values():
            self._side.addDockWidget(dock.panel.area, dock)
            dock.setVisible(dock.panel.visible)
        for area in (BOTTOM, RIGHT):
            docks = self._docks_in(area)
            for dock in docks[1:]:
                self._side.tabifyDockWidget(docks[0], dock)  # beside each other none would have room
        self._fit()

    def _docks_in(self, area: Qt.DockWidgetArea) -> list[PanelDock]:
        return [dock for dock in self.docks.values() if self._side.dockWidgetArea(dock) == area]

    def _fit(self) -> None:
        """Give the panels that are open the room that they want; called when that may have changed."""
        self._fit_to({})

    def _fit_to(self, kept: Mapping[Qt.DockWidgetArea, int]) -> None:
        """Give the panels that are open the room that is kept for their area, or else that they want."""
        most_high = round(_MOST_HIGH * self.height()) - self.handleWidth()
        ways = (
            (BOTTOM, Qt.Orientation.Vertical, most_high, self._side.width()),
            (RIGHT, Qt.Orientation.Horizontal, round(_MOST_WIDE * self._side.width()), None),
        )
        for area, way, most_px, wide_px in ways:
            docks = [dock for dock in self._docks_in(area) if not (dock.isHidden() or dock.isFloating())]
            if docks:
                tabs_px = max(map(self._side.tabs_over, docks)) if area == BOTTOM else 0
                wanted = (dock.wanted_px(most_px - tabs_px, wide_px) for dock in docks)
                wanted_px = kept.get(area) or max(wanted)
                if wanted_px > 0:  # else the only one there is not in front yet
                    self._side.resizeDocks(docks[:1], [wanted_px + tabs_px], way)

    def _make_room(self) -> None:
        """Give a panel that wants to be alone its room while it is in front, presented also all others'."""
        lone = self._lone
        before, self._alone = self._alone, lone is not None
        hidden = self._presenting and self._alone
        changed = hidden != self._plots_hidden
        if changed:
            self._plots_hidden = hidden
            self._plots.setHidden(hidden)
            if lone is not None and hidden:
                self._side.takeCentralWidget()
                cast(Host, lone.view).host(self._picture)
            else:
                self._side.setCentralWidget(self._picture)
            self._picture.show()
        self._give_way(lone if hidden else None)
        if (changed or self._alone != before) and self._seen:  # until then all is where it was left
            self._fit()
        if changed and not hidden:
            self.plots_seen.emit()

    @property
    def _lone(self) -> PanelDock | None:
        """The dock in front whose panel wants to be alone."""
        docks = [dock for dock in self.docks.values() if dock.panel.alone and not dock.isFloating()]
        return next((dock for dock in docks if dock.in_front), None)

    def _give_way(self, lone: PanelDock | None) -> None:
        """Hide the panels beside this one, which has all the room, and show them again without it."""
        if lone is None:
            away, self._away = self._away, []
            for dock in away:
                dock.show()
            return
        others = set(self.docks.values()) - {lone, *self._side.tabifiedDockWidgets(lone)}
        for dock in others:
            if not (dock.isHidden() or dock.isFloating()):
                self._away.append(dock)
                dock.hide()

    def views(self) -> Iterator[View]:
        """The views of all panels that were ever open."""
        for dock in self.docks.values():
            if dock.view is not None:
                yield cast(View, dock.view)

    def view(self, kind: type[_ViewT]) -> _ViewT | None:
        """The panel's view of this class, if it was ever open."""
        return next((d.view for d in self.docks.values() if isinstance(d.view, kind)), None)

    def toggle(self, name: str) -> None:
        """Open a panel, or bring it to the front, or close it if it is there."""
        dock, lone = self.docks[name], self._lone
        wanted = not dock.in_front
        if self._plots_hidden and lone is not None and dock not in self._side.tabifiedDockWidgets(lone):
            lone.close()  # there is no place beside it
        dock.setVisible(wanted)
        dock.raise_()
        self._fit()

    def actions_for_menu(self) -> list[QAction]:
        """An action for each panel, with a tick while it is open."""
        actions = []
        for dock in self.docks.values():
            action = dock.toggleViewAction()
            assert action is not None
            action.setText(f"{dock.panel.name}\t{dock.panel.key}")
            action.triggered.connect(dock.raise_)
            action.triggered.connect(self._fit)
            actions.append(action)
        return actions


def framed(
    view: QWidget, caption: str = "", legend: Caption | None = None, below: QWidget | None = None
) -> QFrame:
    """A view in a frame, under its caption and, at the caption's end, its legend; ``below`` under it."""
    frame = QFrame()
    frame.setObjectName("panel")
    column = QVBoxLayout(frame)
    column.setContentsMargins(3, 3, 3, 3)  # or the view's corners would reach over the frame's round ones
    column.setSpacing(0)
    if caption:
        view.setAccessibleName(caption)
        row = QHBoxLayout()
        row.setContentsMargins(14, 9, 14, 3)
        row.setSpacing(14)
        row.addWidget(Caption(caption), 0 if legend is not None else 1)
        if legend is not None:  # it has the room that the caption leaves
            legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(legend, 1)
        column.addLayout(row)
    column.addWidget(view, 1)
    if below is not None:
        column.addWidget(below)
    return frame
