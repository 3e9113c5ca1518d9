"""The player bar: play, step, seek, speed and loop, for sources that have a beginning and an end."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QMouseEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from handorient.app import icons, theme
from handorient.app.buttons import tool_button

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0)
_STEPS_PER_S = 100


class PlayerBar(QWidget):
    """Asks for things by its signals and shows how they stand; it does nothing by itself."""

    pause_toggled = pyqtSignal()
    stepped = pyqtSignal(int)  # frames, negative back
    sought = pyqtSignal(float)  # seconds
    held = pyqtSignal(bool)  # whether somebody has the slider in hand
    speed_chosen = pyqtSignal(float)
    loop_toggled = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("player")
        self.back = self._button("back", "Previous picture   ←")
        self.play = self._button("pause", "Play / pause   Space")
        self.forward = self._button("forward", "Next picture   →")
        self.loop = self._button("loop", "Start again at the end")
        self.loop.setCheckable(True)
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName("Position")
        self.slider.setSingleStep(_STEPS_PER_S)
        self.slider.setPageStep(10 * _STEPS_PER_S)
        self.slider.setMinimumWidth(56)
        self.time = QLabel()
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = tool_button(tip="Speed")
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.speed)
        self._speeds = {speed: QAction(_times(speed), menu) for speed in SPEEDS}
        for speed, action in self._speeds.items():
            action.setCheckable(True)
            action.triggered.connect(lambda _, speed=speed: self.speed_chosen.emit(speed))
        menu.addActions(self._speeds.values())
        self.speed.setMenu(menu)

        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 6)
        row.setSpacing(4)
        for button in (self.back, self.play, self.forward):
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.slider, 1)
        row.addSpacing(6)
        row.addWidget(self.time)
        row.addWidget(self.speed)
        row.addWidget(self.loop)
        self.play.clicked.connect(self.pause_toggled)
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.forward.clicked.connect(lambda: self.stepped.emit(1))
        self.loop.clicked.connect(self.loop_toggled)
        self.slider.sliderPressed.connect(lambda: self.held.emit(True))
        self.slider.sliderReleased.connect(lambda: self.held.emit(False))
        # Whoever moves it, with pointer, wheel or keys; not what sets its value.
        self.slider.actionTriggered.connect(
            lambda _: self.sought.emit(self.slider.sliderPosition() / _STEPS_PER_S)
        )

    def show_player(
        self,
        position_s: float,
        duration_s: float,
        place: str,
        whole: str,
        paused: bool,
        speed: float,
        loop: bool,
    ) -> None:
        """How the player stands, at a ``place`` of a ``whole``; the slider stays with who drags it."""
        self.slider.setMaximum(round(duration_s * _STEPS_PER_S))
        if not self.slider.isSliderDown():
            self.slider.setValue(round(position_s * _STEPS_PER_S))
        self.time.setText(f"{place} / {whole}")
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance(f"{whole} / {whole}") + 4)
        self.speed.setText(_times(speed))
        for each, action in self._speeds.items():
            action.setChecked(each == speed)
        self.speed.setFixedWidth(self.speed.fontMetrics().horizontalAdvance(_times(0.25)) + 30)
        self.play.setIcon(icons.icon("play" if paused else "pause", theme.TEXT))
        self.loop.setChecked(loop)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = tool_button(tip=tip)
        button.setIcon(icons.icon(name, theme.TEXT))
        button.setIconSize(QSize(icons.SIZE_PX, icons.SIZE_PX))
        return button


class _Slider(QSlider):
    """A slider whose handle is where the left button is pressed, and follows until that is let go.

    Qt's own would take what is pressed beside the handle, as near the ends, for a wish to go a page on.
    """

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setSliderDown(True)
        self.setSliderPosition(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        self.setSliderPosition(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        self.setSliderDown(False)

    def _value_at(self, x: float) -> int:
        """The value at which the middle of the handle is at ``x``, or as near as it gets."""
        option, style = QStyleOptionSlider(), self.style()
        assert style is not None
        self.initStyleOption(option)
        handle = style.subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        ).width()
        return QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), round(x - handle / 2), self.width() - handle
        )


def _times(speed: float) -> str:
    return f"{speed:g}×"
