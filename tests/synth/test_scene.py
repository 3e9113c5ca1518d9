"""Surroundings of a rendered hand."""

import numpy as np
import pytest

from handorient.synth import scene

SIZE = (scene.FRAME_HEIGHT, scene.FRAME_WIDTH, 3)


@pytest.mark.parametrize("tone", [(0.85, 0.66, 0.57), (0.30, 0.20, 0.16)])
def test_what_has_a_hands_own_colour_has_about_that(tone):
    rng = np.random.default_rng(0)
    walls = np.stack([scene.skin_coloured(np.array(tone), rng) for _ in range(30)])
    assert walls.shape == (30, *SIZE) and walls.dtype == np.uint8
    colours = walls.mean((1, 2))
    np.testing.assert_allclose(colours.mean(0) / 255, 0.9 * np.array(tone), atol=0.06)
    assert colours.std(0).min() > 3, "no two are lit alike"


def test_a_background_is_the_same_from_the_same_seed():
    first, again, other = (scene.background(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == SIZE
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
