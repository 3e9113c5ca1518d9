"""The picture with a lighthouse on the palm."""

from __future__ import annotations

import numpy as np
import pytest

from handorient.app import theme
from handorient.app.augmented import AugmentedView
from tests.app.conftest import estimate_of
from tests.app.drawn import centre_x, coloured, pixels

TWO = estimate_of((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))


@pytest.fixture
def view(qtbot, qapp) -> AugmentedView:
    view = AugmentedView()
    qtbot.addWidget(view)
    return view


def test_it_stands_at_the_leading_hypothesis_and_on_request_at_each(view):
    view.show_estimate(TWO)
    drawn = pixels(view)
    assert coloured(drawn, 0).sum() > 300 and coloured(drawn, 1).sum() < 30
    assert view.leading.isChecked() and not view.each.isChecked()
    view.each.click()
    drawn = pixels(view)
    assert coloured(drawn, 0).sum() > 300 and coloured(drawn, 1).sum() > 100
    assert not view.leading.isChecked() and view.each.isChecked()
    view.leading.click()
    assert coloured(pixels(view), 1).sum() < 30


def test_a_mirror_mirrors_what_stands_there_too(view):
    view.show_estimate(TWO)
    straight = centre_x(coloured(pixels(view), 0))
    view.mirrored = True
    assert centre_x(coloured(pixels(view), 0)) == pytest.approx(639 - straight, abs=2)


def test_without_a_hand_it_says_what_to_do_and_the_picture_stays_as_it_is(view):
    blank = pixels(view)
    assert (blank[400:] > 200).all(-1).any(), "before the first picture too"
    view.show_estimate(estimate_of())
    drawn = pixels(view)
    assert (drawn[400:] > 200).all(-1).any()
    assert not coloured(drawn[60:380], 0).any() and np.ptp(drawn[100:300, 20:300]) == 0


def test_the_button_is_as_wide_as_its_words_in_large_type_too(view, qapp, qtbot):
    view.resize(340, 300)
    view.show()
    small = view.each.width()
    try:
        theme.apply(qapp, scaled=theme.PRESENTED)
        qtbot.waitUntil(lambda: view.each.width() > small)
        assert (
            view.each.width() == view.each.sizeHint().width() and view.each.geometry().right() < view.width()
        )
    finally:
        theme.apply(qapp)


def test_what_it_says_is_whole_in_a_narrow_view(view):
    view.setMinimumSize(0, 0)
    written = (pixels(view, 130, 300)[200:] > 200).all(-1)
    assert written.any() and not written[:, :6].any() and not written[:, -6:].any()
