"""The ambiguity lab: hold a hand still, or pose the demo hand, and see why its outline does not decide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QEvent, QRectF, Qt, QTimer
from PyQt6.QtGui import QFontMetrics, QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from handorient.app import theme
from handorient.app.background import Background
from handorient.app.buttons import exclusive, tool_button
from handorient.app.image import image_view
from handorient.app.lab_room import filled_px
from handorient.app.lab_sheet import LabSheet
from handorient.app.text import with_minus
from handorient.capture.frame import Truth
from handorient.errors import UserError
from handorient.lab import Comparison, Knobs, Laboratory, Observation, Orientation
from handorient.pipeline import Estimate, HandEstimate
from handorient.resources import shipped_weights

STARTING, COMPARING = "Setting up the lab…", "Comparing…"
HELD, NOTHING_TO_HOLD = "Frozen; the other views continue.", "There is no hand in view to freeze."

#: The networks that are compared, the one whose hypotheses are shown first.
COMPARED = ("silhouette", "colour")
#: The talk's baselines, by the names that a lecturer calls them, all of the outline alone.
BASELINES = {"MSE": "silhouette-mse", "heatmap": "silhouette-heatmap"}
#: Of each slider: its name, least, greatest and first value, and the unit.
SLIDERS = (
    ("turn", -75, 75, 40, "°"),
    ("tip", -60, 60, 30, "°"),
    ("roll", -45, 45, 0, "°"),
    ("spread", 0, 100, 60, "%"),
    ("flexion", 0, 60, 0, "°"),
)
_LOOK_MS = 30
_LEFT_PX = 216
#: The sliders take no more height than this, or in a high lab they would be far from each other.
_PAGE_PX = 270

#: What the lab is asked to compare: the demo hand, or a hand that was seen and its orientation, if known.
Request = Knobs | tuple[HandEstimate, Truth | None]


def comparer() -> Callable[[Request], Comparison]:
    """A laboratory with those of the :data:`COMPARED` networks and :data:`BASELINES` whose files are there.

    Raises:
        UserError: if none is, or one is damaged.
    """
    from handorient.hand.segmenter import Segmenter
    from handorient.propel.baselines import Baseline
    from handorient.propel.predictor import Predictor

    networks = {name: path for name in COMPARED if (path := shipped_weights(name)).is_file()}
    if not networks:
        raise UserError("The lab needs a network, and there are no weights: train one first.")
    baselines = {name: path for name, file in BASELINES.items() if (path := shipped_weights(file)).is_file()}
    laboratory = Laboratory(
        Segmenter.load(),
        {name: Predictor.load(path) for name, path in networks.items()},
        {name: Baseline.load(path) for name, path in baselines.items()},
    )

    def compare(request: Request) -> Comparison:
        if isinstance(request, Knobs):
            return laboratory.compare(laboratory.demo_hand(request))
        return laboratory.compare(Observation.of(*request))

    return compare


class LabView(QWidget):
    """Sliders for the demo hand or a picture held still, and what the lab makes of it.

    Attributes:
        frozen: the estimate that is held still, or None while the demo hand is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frozen: Estimate | None = None
        self._newest: Estimate | None = None
        self._background: Background[Request, Comparison] = Background("lab", comparer)
        self.sliders: dict[str, QSlider] = {}
        self._values: dict[str, QLabel] = {}
        self.sheet = LabSheet()
        self.demo = self._button("Demo", self.show_demo)
        self.freeze = self._button("Freeze", self.freeze_newest, "Freeze the current picture")
        self.palm, self.back = (self._button(name, self._ask_demo) for name in ("Palm", "Back"))
        self.propel = self._button(
            "PROPEL", lambda: self.sheet.show_baselines(False), "The answers of networks trained with PROPEL"
        )
        self.baselines = self._button(
            "Baselines",
            lambda: self.sheet.show_baselines(True),
            "The answers of an MSE regressor and a heatmap network to the same outline",
        )
        self._groups = [
            exclusive(self.demo, self.freeze),
            exclusive(self.palm, self.back),
            exclusive(self.propel, self.baselines),
        ]
        self.note = QLabel()
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        self._held = _Held()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._knobs())
        self._pages.addWidget(self._held)
        self._fit()

        self._left = left = QVBoxLayout()
        left.addStrut(_LEFT_PX)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(6)
        modes = QHBoxLayout()
        modes.addWidget(self.demo)
        modes.addWidget(self.freeze)
        modes.addStretch(1)
        left.addLayout(modes)
        left.addWidget(self._pages, 1)
        answers = QHBoxLayout()
        answers.addWidget(self.propel)
        answers.addWidget(self.baselines)
        answers.addStretch(1)
        left.addLayout(answers)
        left.addWidget(self.note)
        left.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 2, 6)
        side = QWidget()
        # As wide as its words, which presenting enlarges.
        side.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        side.setLayout(left)
        row.addWidget(side, 3)
        row.addWidget(self.sheet, 7)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self.destroyed.connect(self._background.stop)

    @property
    def mirrored(self) -> bool:
        """Whether the picture that is held still is shown as a mirror would, like the live one."""
        return self._held.mirrored

    @mirrored.setter
    def mirrored(self, mirrored: bool) -> None:
        self._held.mirrored = mirrored
        self._held.update()

    def host(self, picture: QWidget) -> None:
        """Show the live picture over the buttons and sliders, for a :class:`~handorient.app.views.Host`."""
        self._left.insertWidget(0, picture, 1)

    def filled_px(self, wide_px: int, most_px: int) -> int:
        """How much of this height it can fill at this width, for a :class:`~handorient.app.views.Host`."""
        row = self.layout()
        assert row is not None
        edges, left = row.contentsMargins(), self._left.sizeHint()
        across, along = edges.left() + edges.right() + row.spacing(), edges.top() + edges.bottom()
        sheet = filled_px(wide_px - across - left.width(), most_px - along)
        # The sliders at their furthest from each other, and a note of two lines.
        note = 2 * self.note.fontMetrics().lineSpacing() - self.note.sizeHint().height()
        sliders = self._pages.maximumHeight() - self._pages.sizeHint().height()
        return min(max(sheet, left.height() + sliders + max(note, 0)) + along, most_px)

    # -- what it is made of ----------------------------------------------------------------------------

    def _button(self, text: str, act: Callable[[], None], tip: str = "") -> QToolButton:
        button = tool_button(text, tip)
        button.clicked.connect(lambda: act())
        return button

    def _knobs(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(2, 0, 6, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for row, (name, least, greatest, first, unit) in enumerate(SLIDERS):
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            slider.setRange(least, greatest)
            slider.setValue(first)
            value = QLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.setRowStretch(row, 1)
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(value, row, 2)
            self.sliders[name], self._values[name] = slider, value
            slider.valueChanged.connect(
                lambda number, at=value, unit=unit: at.setText(_written(number, unit))
            )
            slider.valueChanged.emit(first)
            slider.valueChanged.connect(lambda _: self._ask_demo())
        sides = QHBoxLayout()
        sides.addWidget(self.palm)
        sides.addWidget(self.back)
        sides.addStretch(1)
        grid.addLayout(sides, len(SLIDERS), 0, 1, 3)
        return page

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        """No number is cut, none moves the slider beside it, and the sliders stay together."""
        metrics = QFontMetrics(theme.font(theme.BODY_PX))
        wide = max(
            metrics.horizontalAdvance(_written(end, unit))
            for _, least, greatest, _, unit in SLIDERS
            for end in (least, greatest)
        )
        for value in self._values.values():
            value.setFixedWidth(wide + 2)
        self._pages.setMaximumHeight(theme.px(_PAGE_PX))

    # -- the window's side -----------------------------------------------------------------------------

    def show_estimate(self, estimate: Estimate) -> None:
        """Keep the newest estimate, which :meth:`freeze_newest` may want."""
        self._newest = estimate

    def clear(self) -> None:
        """Forget the source's last picture; one that is held still stays."""
        self._newest = None

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._timer.start(_LOOK_MS)
        if self.sheet.comparison is None and not self._background.busy:
            self._ask_demo()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._timer.stop()

    # -- what the person wants -------------------------------------------------------------------------

    def show_demo(self) -> None:
        """The demo hand as the sliders say."""
        if self.frozen is not None:
            self.sheet.show_comparison(None, COMPARING)
        self.frozen = None
        self.note.clear()
        self.demo.setChecked(True)
        self._pages.setCurrentIndex(0)
        self._ask_demo()

    def freeze_newest(self) -> None:
        """Hold the newest picture still, if there is a hand in it."""
        if self._newest is None or not self._newest.hands:
            self.note.setText(NOTHING_TO_HOLD)
            (self.demo if self.frozen is None else self.freeze).setChecked(True)
            return
        self.frozen = self._newest
        self.note.setText(HELD)
        self.freeze.setChecked(True)
        self._held.show_estimate(self.frozen)
        self._pages.setCurrentIndex(1)
        self.sheet.show_comparison(None, COMPARING)
        self._background.ask((self.frozen.hands[0], self.frozen.frame.truth))

    def _ask_demo(self) -> None:
        if self.frozen is not None or not self.isVisible():
            return
        if self.sheet.comparison is None and not self.sheet.message:
            self.sheet.show_comparison(None, STARTING)
        value = {name: slider.value() for name, slider in self.sliders.items()}
        turn, tip, roll, flexion = (float(np.radians(value[n])) for n in ("turn", "tip", "roll", "flexion"))
        goal = Orientation(turn, tip, "palm" if self.palm.isChecked() else "back")
        self._background.ask(Knobs(goal, roll, value["spread"] / 100, flexion))

    def _look(self) -> None:
        if (answer := self._background.result()) is not None:
            request, comparison = answer
            if self._wants(request):
                tracked = () if isinstance(request, Knobs) else request[0].modes
                self.sheet.show_comparison(comparison, tracked=tracked)
        elif self._background.failed is not None and self.sheet.message != self._background.failed:
            self.sheet.show_comparison(None, self._background.failed)

    def _wants(self, request: Request) -> bool:
        """Whether that is still asked for: any pose of the demo hand, or the very hand that is held."""
        if isinstance(request, Knobs):
            return self.frozen is None
        return self.frozen is not None and request[0] is self.frozen.hands[0]


class _Held(QWidget):
    """The picture that is held still."""

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self._picture = QImage()

    def show_estimate(self, estimate: Estimate) -> None:
        whole = image_view(estimate.frame.rgb)
        self._picture = whole.scaledToWidth(2 * _LEFT_PX, Qt.TransformationMode.SmoothTransformation)
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        if self.mirrored:
            painter.translate(size.width(), 0)
            painter.scale(-1, 1)
        painter.drawImage(QRectF(0, 0, size.width(), size.height()), self._picture)


def _written(number: int, unit: str) -> str:
    return with_minus(f"{number}{unit}")
