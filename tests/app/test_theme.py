"""The look: what is written on a bar can be read, whatever the theme."""

from __future__ import annotations

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QFileDialog, QToolButton

from handorient.app import theme
from handorient.app.appearance import Appearance
from handorient.app.picture import PictureView
from handorient.palette import HAND_COLOURS, MODE_COLOURS


@pytest.mark.parametrize("chosen", ["dark", "light"])
def test_the_colours_of_hands_and_hypotheses_can_be_read_on_the_bars(qapp, chosen):
    theme.apply(qapp, chosen)
    ground = QColor(theme.chrome.background)
    for colour in (*HAND_COLOURS, *MODE_COLOURS):
        plain = QColor(*colour)
        written = theme.written(plain)
        assert theme._contrast(written, ground) >= 3
        assert abs(written.hue() - plain.hue()) <= 4, "it is still that colour"
    theme.apply(qapp, "dark")


def test_any_two_hypotheses_can_be_told_apart():
    """As hues, for any two of the colours may be left alone with each other."""
    hues = sorted(QColor(*colour).hue() for colour in MODE_COLOURS)
    assert min((b - a) % 360 for a, b in zip(hues, [*hues[1:], hues[0]], strict=True)) >= 30


@pytest.mark.parametrize(
    "width, height, scaled",
    [
        (800, 600, 1.4),
        (1024, 768, 1.4),
        (1366, 768, 1.4),
        (1920, 1080, 1.97),
        (2560, 1440, 2.62),
        (1080, 1920, 1.48),
    ],
)
def test_type_for_a_room_grows_with_the_screen_as_far_as_its_width_allows(width, height, scaled):
    assert theme.presented(QSize(width, height)) == pytest.approx(scaled, abs=0.01)


@pytest.mark.parametrize("chosen", ["dark", "light"])
def test_the_buttons_of_a_file_dialog_show_their_icons(qapp, qtbot, chosen):
    theme.apply(qapp, chosen)
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    for button in dialog.findChildren(QToolButton):
        button.setEnabled(True)
        drawn = button.grab(button.rect().adjusted(6, 6, -6, -6)).toImage()
        places = ((x, y) for x in range(drawn.width()) for y in range(drawn.height()))
        lightness = [drawn.pixelColor(*place).lightness() for place in places]
        assert max(lightness) - min(lightness) > 60, button.objectName()
    theme.apply(qapp, "dark")


def test_contrast_is_that_of_wcag():
    white, black, grey = (QColor(name) for name in ("#ffffff", "#000000", "#777777"))
    assert theme._contrast(white, black) == pytest.approx(21)
    assert theme._contrast(grey, white) == pytest.approx(4.48, abs=0.01)


def test_a_window_that_is_gone_has_no_say_in_the_theme(qapp, settings):
    appearance = Appearance(settings, gone := PictureView())
    sip.delete(gone)
    assert sip.isdeleted(appearance)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
