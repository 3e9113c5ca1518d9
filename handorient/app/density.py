"""The density: how likely every orientation is, over azimuth and elevation, with its marginals."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPainterPath, QTransform
from PyQt6.QtWidgets import QToolTip
from skimage.measure import find_contours

from handorient.app import theme
from handorient.app.caption import Caption
from handorient.app.heat import COLOURS, shades
from handorient.app.text import degrees, with_minus
from handorient.capture.frame import Truth
from handorient.mixture import GaussianMixture, region_levels
from handorient.orientation import opposite
from handorient.pipeline import Estimate, TrackedMode
from handorient.replay import RecordedHand

_HALF_DEG = 90
_STEP_DEG = 1.5
_TICKS = [(v, with_minus(f"{v}°")) for v in (-90, -45, 0, 45, 90)]
#: The regions of highest density that are outlined, and how clearly.
_REGIONS = ((0.5, 210), (0.9, 110))
_OVER_TIME = (120, 225, 255)
_AXIS_PX = (44, 62)
_MARGINAL_PX = 46
_OPPOSITE_PX, _TRUTH_PX = 38, 26
_BLACK = "#000004"  # where the colour map begins


class DensityView(pg.GraphicsView):
    """An image of the mixture's density, its regions and marginals, its modes and, where known, the truth.

    Attributes:
        recorded: what a replayed session says of the same frame; drawn as hollow diamonds.
        legend: says what the marks mean that are there and are not modes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.recorded: tuple[RecordedHand, ...] = ()
        self.legend = Caption()
        self.setBackground(theme.PANEL)
        self.setMinimumSize(240, 130)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = pg.GraphicsLayout()
        self.setCentralItem(layout)
        layout.setContentsMargins(6, 8, 14, 4)
        layout.setSpacing(6)
        self._angles = np.radians(np.arange(-_HALF_DEG, _HALF_DEG + _STEP_DEG / 2, _STEP_DEG))

        self._plot = layout.addPlot(row=1, col=0)
        self._top = layout.addPlot(row=0, col=0)
        self._side = layout.addPlot(row=1, col=1)
        for plot in (self._plot, self._top, self._side):
            plot.setMouseEnabled(False, False)
            plot.setMenuEnabled(False)
            plot.hideButtons()
        layout.layout.setRowFixedHeight(0, _MARGINAL_PX)
        layout.layout.setColumnFixedWidth(1, _MARGINAL_PX)
        self._prepare_axes()

        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setLookupTable(COLOURS)
        self._plot.addItem(self.image)
        for angle in (0, 90):
            self._plot.addItem(pg.InfiniteLine(0, angle, pen=pg.mkPen(255, 255, 255, 38)))
        fill = pg.mkBrush(255, 255, 255, 34)
        pen = pg.mkPen(theme.QUIET, width=1.5)
        self._azimuth = pg.PlotCurveItem(pen=pen, fillLevel=0, brush=fill)
        self._elevation = pg.PlotCurveItem(pen=pen, fillLevel=0, brush=fill)
        self._elevation.setTransform(
            QTransform(0, 1, 1, 0, 0, 0)
        )  # drawn upright like the other, then turned
        self._top.addItem(self._azimuth)
        self._side.addItem(self._elevation)

        self.regions = [
            pg.PlotCurveItem(pen=pg.mkPen(255, 255, 255, alpha), connect="finite", antialias=True)
            for _, alpha in _REGIONS
        ]
        self.filtered = [
            pg.PlotCurveItem(
                pen=pg.mkPen(*_OVER_TIME, alpha, width=1.5, style=Qt.PenStyle.DashLine),
                connect="finite",
                antialias=True,
            )
            for _, alpha in _REGIONS
        ]
        for item in (*self.regions, *self.filtered):
            self._plot.addItem(item)
        self.modes = pg.ScatterPlotItem(pxMode=True)
        self.opposite = pg.ScatterPlotItem(
            pxMode=True,
            symbol=_ticks_around(),
            pen=pg.mkPen(255, 255, 255, 150, width=1.5),
            brush=None,
        )
        self.truth = pg.ScatterPlotItem(
            pxMode=True, symbol="o", pen=pg.mkPen(theme.TRUTH, width=2.5), brush=None
        )
        self.then = pg.ScatterPlotItem(pxMode=True, symbol="d", brush=None)
        for item in (self.opposite, self.modes, self.then, self.truth):
            self._plot.addItem(item)
        self._size()
        self.clear()
        edge = _HALF_DEG + _STEP_DEG / 2  # the outermost cells have their centres on the border
        self.image.setRect(QRectF(-edge, -edge, 2 * edge, 2 * edge))

    def _prepare_axes(self) -> None:
        plot, top, side = self._plot, self._top, self._side
        plot.setRange(QRectF(-_HALF_DEG, -_HALF_DEG, 2 * _HALF_DEG, 2 * _HALF_DEG), padding=0)
        plot.getViewBox().setBackgroundColor(_BLACK)
        for name, title in (("bottom", "azimuth (turn)"), ("left", "elevation (tip)")):
            axis = plot.getAxis(name)
            axis.setPen(theme.LINE)
            axis.setTextPen(theme.QUIET)
            axis.setLabel(title, color=theme.QUIET)
        for marginal in (top, side):
            for name in ("left", "bottom"):
                marginal.hideAxis(name)
        # Invisible axes of the same size keep the marginals beside the image.
        for marginal, name in ((top, "left"), (side, "bottom")):
            marginal.showAxis(name)
            axis = marginal.getAxis(name)
            axis.setTicks([[]])
            axis.setPen(theme.PANEL)
        top.setXRange(-_HALF_DEG, _HALF_DEG, padding=0)
        top.setYRange(0, 1.08, padding=0)
        side.setYRange(-_HALF_DEG, _HALF_DEG, padding=0)
        side.setXRange(0, 1.08, padding=0)
        plot.getViewBox().sigResized.connect(self._thin_ticks)

    def _size(self) -> None:
        """Axes and marks as large as text is now."""
        height, width = map(theme.px, _AXIS_PX)
        for plot in (self._plot, self._top, self._side):
            plot.getAxis("bottom").setHeight(height if plot is not self._top else 0)
            plot.getAxis("left").setWidth(width if plot is not self._side else 0)
        for name in ("bottom", "left"):
            axis = self._plot.getAxis(name)
            beyond = theme.px(24)  # as far as the outermost numbers reach beyond the axis
            axis.setStyle(
                tickFont=theme.font(theme.SMALL_PX),
                tickLength=-4,
                tickTextOffset=theme.px(6),  # the two numbers at the corner keep off each other
                hideOverlappingLabels=beyond,
            )
            axis.label.setFont(theme.font(theme.BODY_PX))
        self.opposite.setSize(theme.px(_OPPOSITE_PX))
        self.truth.setSize(theme.px(_TRUTH_PX))
        self._thin_ticks()

    def _thin_ticks(self) -> None:
        """As many numbers along the axes as stand clear of each other."""
        box, metrics = self._plot.getViewBox(), QFontMetricsF(theme.font(theme.SMALL_PX))
        widest = max(metrics.horizontalAdvance(text) for _, text in _TICKS)
        for name, length, taken in (
            ("bottom", box.width(), widest + theme.px(8)),
            ("left", box.height(), metrics.height()),
        ):
            steps = (step for step in (1, 2) if length * step >= taken * (len(_TICKS) - 1))
            self._plot.getAxis(name).setTicks([_TICKS[:: next(steps, len(_TICKS) - 1)]])

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._size()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        super().mouseMoveEvent(event)
        if event is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self.told_at(event.position()), self)

    def viewportEvent(self, event: QEvent | None) -> bool:
        # Graphics views answer a pointer that rests with their items' tips, which would end this one.
        return isinstance(event, QHelpEvent) or super().viewportEvent(event)

    def told_at(self, place: QPointF) -> str:
        """The angles at a place in the view, or of the hypothesis marked there, with its share; or ""."""
        at = self._plot.getViewBox().mapSceneToView(self.mapToScene(place.toPoint()))
        if max(abs(at.x()), abs(at.y())) > _HALF_DEG:
            return ""
        share = ""
        if len(marks := self.modes.pointsAt(at)):
            share, at = f"{marks[0].data()}: ", marks[0].pos()
        return f"{share}azimuth {degrees(at.x())}, elevation {degrees(at.y())}"

    def show_estimate(self, estimate: Estimate) -> None:
        if not self.isVisible():
            return
        hand, truth = (estimate.hands[0], estimate.frame.truth) if estimate.hands else (None, None)
        found = hand.id if hand is not None else None
        recorded = next((then.modes for then in self.recorded if then.today == found), ())
        if hand is None:
            self.clear()
        else:
            self._show_density(hand.mixture)
            self._show_modes(hand.modes)
            self._show_filtered(hand.filtered)
            self._show_truth(truth)
        self._show_recorded(recorded)
        marks = (
            ("+ opposite", hand is not None),
            ("○ truth", truth is not None),
            ("┄ filter", hand is not None and hand.filtered is not None),
            ("◇ recorded", bool(recorded)),
        )
        self.legend.setText("   ".join(text for text, there in marks if there))

    def clear(self) -> None:
        count = len(self._angles)
        self.image.setImage(np.zeros((count, count), np.uint8), autoLevels=False, levels=(0, 255))
        for curve in (self._azimuth, self._elevation, *self.regions, *self.filtered):
            curve.setData([], [])  # its clear() would not have it painted again
        for points in (self.modes, self.then, self.opposite, self.truth):
            points.clear()
        self.legend.clear()

    def _show_density(self, mixture: GaussianMixture) -> None:
        density = mixture.grid(self._angles, self._angles).T  # rows are elevations
        self.image.setImage(shades(density, density.max()), autoLevels=False, levels=(0, 255))
        _show_regions(self.regions, density[::2, ::2])  # fine enough for outlines
        degrees = np.degrees(self._angles)
        for dimension, curve in enumerate((self._azimuth, self._elevation)):
            marginal = mixture.marginal(dimension, self._angles)
            curve.setData(degrees, marginal / max(float(marginal.max()), 1e-12))

    def _show_modes(self, modes: tuple[TrackedMode, ...]) -> None:
        self.modes.setData(
            [
                {
                    "pos": (np.degrees(mode.azimuth_rad), np.degrees(mode.elevation_rad)),
                    "size": theme.scale * (8 + 10 * theme.strength(mode.weight)),
                    "brush": pg.mkBrush(theme.mode_colour(mode.track)),
                    "data": f"{mode.weight:.0%}",
                    "pen": pg.mkPen(theme.BACKGROUND, width=2),
                }
                for mode in modes
            ]
        )
        azimuth, elevation = opposite(modes[0].azimuth_rad, modes[0].elevation_rad)
        self.opposite.setData([np.degrees(azimuth)], [np.degrees(elevation)])

    def _show_filtered(self, mixture: GaussianMixture | None) -> None:
        """The regions of what is believed given how the hand got there."""
        if mixture is None:
            for region in self.filtered:
                region.setData([], [])
            return
        density = mixture.grid(self._angles[::2], self._angles[::2]).T
        _show_regions(self.filtered, density)

    def _show_truth(self, truth: Truth | None) -> None:
        if truth is None:
            self.truth.clear()
        else:
            self.truth.setData([np.degrees(truth.azimuth_rad)], [np.degrees(truth.elevation_rad)])

    def _show_recorded(self, modes: tuple[TrackedMode, ...]) -> None:
        self.then.setData(
            [
                {
                    "pos": (np.degrees(mode.azimuth_rad), np.degrees(mode.elevation_rad)),
                    "size": theme.scale * (12 + 12 * theme.strength(mode.weight)),
                    "pen": pg.mkPen(theme.TEXT, width=1.8),
                }
                for mode in modes
            ]
        )


def _show_regions(curves: list[pg.PlotCurveItem], density: NDArray[np.float64]) -> None:
    """Outline the regions of highest ``density``, on a grid over all azimuths and elevations."""
    levels = region_levels(density, [region for region, _ in _REGIONS])
    for curve, level in zip(curves, levels, strict=True):
        curve.setData(*_outline(density, float(level)))


def _outline(density: NDArray[np.float64], level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuth and elevation (K,) in degrees along a level of the density, NaN between its parts."""
    per_cell = 2 * _HALF_DEG / (len(density) - 1)
    parts = [np.full((1, 2), np.nan)]
    for part in find_contours(density, level):
        parts += [part * per_cell - _HALF_DEG, parts[0]]
    elevation, azimuth = np.concatenate(parts).T
    return azimuth, elevation


def _ticks_around() -> QPainterPath:
    """A mark that stays visible around a dot: four ticks that point at it from outside."""
    path = QPainterPath()
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        path.moveTo(0.3 * x, 0.3 * y)
        path.lineTo(0.5 * x, 0.5 * y)
    return path
