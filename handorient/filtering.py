"""A Bayesian filter over one hand's orientation: how it got there tells apart what one picture does not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.mixture import GaussianMixture

Array = NDArray[np.float64]

#: Centres of the grid's cells along either angle, radians.
STEP_RAD = float(np.radians(3.0))
AXIS = np.arange(-30, 31) * STEP_RAD
#: The motion model: a random walk of this standard deviation after one second, and of its fifth from one
#: picture to the next. A hypothesis travels with the hand, and does not reach its opposite.
WALK_RAD = float(np.radians(25.0))
#: Neighbouring pictures are nearly the same picture, and the network errs on them in the same way. Were they
#: counted as independent, one error would within a second look like thirty witnesses. So a whole opinion
#: comes only this often, and each answer counts for as much of one as time has passed since the last.
INDEPENDENT_S = 0.3
#: How often a hand is somewhere else than any walk would have taken it: so that a belief that was wrong can
#: be given up again.
LOST_S = 8.0
#: How much of the network's answers is about anything but the hand: so that one which says nothing of any
#: cell leaves something to believe.
FLOOR = 0.02
#: A density that rounding may have made of nothing.
_NO_DENSITY = 1e-100
#: After a longer gap nothing is known any more.
GAP_S = 1.0


class OrientationFilter:
    """What is believed about one hand's canonical (azimuth, elevation), on a grid.

    A grid takes a belief of any shape without deciding for one of its hills, and over two angles it is
    cheap. Prediction is a blur, the update a product.

    A path and its mirror image are equally smooth, so time alone tells no hypothesis from its opposite. What
    the filter does is to carry a moment in which the picture did decide over to those in which it does not.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Believe nothing: the next answer is taken as it is, but for what of it lies beyond the grid.

        There nothing is ever believed, so a part near an angle's end gets a little less weight than it had.
        """
        self._belief: Array | None = None
        self._time_s, self._mirrored = 0.0, False

    def update(self, answer: GaussianMixture, time_s: float, mirrored: bool = False) -> GaussianMixture:
        """The network's ``answer`` about the picture of ``time_s``, its parts weighted by what is believed.

        Where the parts lie and how wide they are stays the network's word: so nothing lags behind the hand,
        and nothing looks surer of itself for having been said twice.

        A hand that turns past its edge changes whether its crop is ``mirrored``: the angles before and after
        are of different frames, so the filter begins again.
        """
        azimuth, elevation = (answer.factors(dimension, AXIS) for dimension in (0, 1))  # (I, A), (I, E)
        density = (answer.weights * azimuth.T) @ elevation
        likelihood = density + FLOOR / np.pi**2
        elapsed_s = time_s - self._time_s
        if self._belief is None or mirrored != self._mirrored or not 0 < elapsed_s <= GAP_S:
            belief = likelihood
        else:
            belief = _predicted(self._belief, elapsed_s)
            belief *= likelihood ** min(1.0, elapsed_s / INDEPENDENT_S)
        self._belief, self._time_s, self._mirrored = belief / belief.sum(), time_s, mirrored
        return _weighted(answer, azimuth, elevation, density, self._belief)


def _predicted(belief: Array, elapsed_s: float) -> Array:
    """Where the hand may have gone since."""
    cells = WALK_RAD * np.sqrt(elapsed_s) / STEP_RAD
    walked = cv2.GaussianBlur(belief, (0, 0), cells, borderType=cv2.BORDER_REFLECT)
    lost = min(1.0, elapsed_s / LOST_S)
    return np.asarray((1 - lost) * walked + lost / belief.size)


def _weighted(
    answer: GaussianMixture, azimuth: Array, elevation: Array, density: Array, belief: Array
) -> GaussianMixture:
    """The answer's parts, each with the mass of the belief (A, E), of sum 1, that it explains.

    On the same grid, ``azimuth`` (I, A) and ``elevation`` (I, E) are the parts' densities along either angle,
    and ``density`` (A, E) is the answer's. A cell is shared among the parts in proportion to their density in
    it. What is believed where no part has any to speak of is shared as the answer shares itself.
    """
    per_density = np.divide(belief, density, out=np.zeros_like(belief), where=density > _NO_DENSITY)
    explained = answer.weights * ((azimuth @ per_density) * elevation).sum(1)
    weights = explained + max(0.0, 1 - explained.sum()) * answer.weights
    return GaussianMixture(weights / weights.sum(), answer.mean, answer.std)
