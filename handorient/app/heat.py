"""The colours of densities: wherever one is drawn, the same colour means the same."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray

#: (256, 3) uint8 RGB, from nothing to the peak.
COLOURS: NDArray[np.uint8] = np.asarray(
    pg.colormap.get("inferno").getLookupTable(nPts=256, alpha=False), np.uint8
)


def shades(density: NDArray[np.floating], peak: ArrayLike) -> NDArray[np.uint8]:
    """Rows of :data:`COLOURS` for a density of any shape, of which ``peak`` is the brightest.

    They follow the square root of the density, so that a weak mode can be seen.
    """
    share = np.clip(density / np.maximum(peak, 1e-12), 0, 1)
    return np.asarray(255 * np.sqrt(share), np.uint8)
