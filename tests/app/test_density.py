"""The density's axes at every size."""

from __future__ import annotations

from itertools import combinations

import pytest
from PyQt6.QtGui import QPainter, QPicture

from handorient.app import theme
from handorient.app.density import DensityView


@pytest.mark.parametrize("scaled", [1.0, theme.PRESENTED])
@pytest.mark.parametrize(
    ("width", "height", "count"), [(240, 150, None), (240, 200, None), (320, 220, None), (900, 700, 5)]
)
def test_the_numbers_along_the_axes_stand_clear_of_each_other(qtbot, qapp, width, height, count, scaled):
    view = DensityView()
    qtbot.addWidget(view)
    theme.apply(qapp, scaled=scaled)
    try:
        view.resize(width, height)
        view.show()
        view.grab()
        for name in ("bottom", "left"):
            painter = QPainter(paper := QPicture())
            _, _, written = view._plot.getAxis(name).generateDrawSpecs(painter)
            painter.end()
            del paper
            assert len(written) >= 2 and count in (None, len(written))
            for (one, _, text), (other, _, _) in combinations(written, 2):
                assert not one.intersects(other), text
    finally:
        theme.apply(qapp)
