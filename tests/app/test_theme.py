"""The look: what is written on a bar can be read, whatever the theme."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QColor

from handorient.app import theme
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


def test_contrast_is_that_of_wcag():
    white, black, grey = (QColor(name) for name in ("#ffffff", "#000000", "#777777"))
    assert theme._contrast(white, black) == pytest.approx(21)
    assert theme._contrast(grey, white) == pytest.approx(4.48, abs=0.01)
