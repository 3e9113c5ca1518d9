"""What a grid says of a known Gaussian is what the Gaussian says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handorient.grid import FLOOR, Grid

GRID = Grid(-50.0, 50.0, 100)
STD_DEG = (6.0, 9.0)
MEANS_DEG = np.array([[12.3, -7.7], [-20.0, 15.4], [0.0, 0.0]])


def gaussians(means_deg: NDArray[np.float64], grid: Grid = GRID) -> NDArray[np.float32]:
    """Densities (N, A, E), of different scales."""
    z = [(grid.centres_deg - means_deg[:, k, None]) / STD_DEG[k] for k in range(2)]
    scale = np.arange(1.0, len(means_deg) + 1)
    density = scale[:, None, None] * np.exp(-0.5 * (z[0][:, :, None] ** 2 + z[1][:, None, :] ** 2))
    return density.astype(np.float32)


def test_centres_lie_half_a_cell_inside() -> None:
    np.testing.assert_allclose(Grid(-50, 50, 4).centres_deg, [-37.5, -12.5, 12.5, 37.5])


def test_the_top_is_found_between_cells() -> None:
    np.testing.assert_allclose(GRID.point_deg(gaussians(MEANS_DEG)), MEANS_DEG, atol=0.02)


def test_azimuth_is_the_first_axis() -> None:
    density = np.zeros((1, 10, 10))
    density[0, 7, 2] = 1.0
    np.testing.assert_allclose(Grid(0, 10, 10).point_deg(density), [[7.5, 2.5]])


def test_a_density_that_rises_to_the_corner_has_its_top_there() -> None:
    np.testing.assert_allclose(GRID.point_deg(gaussians(np.array([[60.0, -60.0]]))), [[50, -50]], atol=0.01)


def test_an_even_density_has_no_top_and_answers_with_a_cell() -> None:
    assert GRID.holds(GRID.point_deg(np.ones((2, 100, 100)))).all()


def test_log_density_is_per_square_radian() -> None:
    truth = MEANS_DEG + np.array([[3.0, -4.0], [0.0, 9.0], [-6.2, 2.1]])
    z = (truth - MEANS_DEG) / STD_DEG
    expected = -0.5 * (z**2).sum(1) - np.log(2 * np.pi * np.prod(np.radians(STD_DEG)))
    np.testing.assert_allclose(GRID.log_density(gaussians(MEANS_DEG), truth), expected, atol=0.01)


def test_where_there_is_no_density_its_log_is_the_floors() -> None:
    off = np.array([[-45.0, 45.0], [80.0, 0.0], [0.0, -50.1]])
    density = np.where(gaussians(MEANS_DEG) > 1e-3, gaussians(MEANS_DEG), 0)
    np.testing.assert_allclose(GRID.log_density(density, off), np.log(FLOOR))


def test_the_border_belongs_to_the_grid() -> None:
    even = np.ones((2, 100, 100), np.float32)
    border = np.array([[50.0, -50.0], [-50.0, 0.0]])
    np.testing.assert_allclose(GRID.log_density(even, border), -np.log(np.radians(100) ** 2), rtol=1e-5)


def test_region_mass_is_the_mass_above_the_truths_density() -> None:
    # Of a Gaussian in two dimensions, 1 - exp(-r^2 / 2) lies within r standard deviations.
    for r in (0.3, 1.0, 2.0):
        truth = MEANS_DEG + r * np.array(STD_DEG) * [[1, 0], [0, -1], [0.6, 0.8]]
        mass = GRID.region_mass(gaussians(MEANS_DEG), truth)
        np.testing.assert_allclose(mass, 1 - np.exp(-(r**2) / 2), atol=0.015)


def test_a_truth_off_the_grid_is_outside_every_region() -> None:
    assert GRID.region_mass(gaussians(MEANS_DEG[:1]), np.array([[70.0, 0.0]])) == pytest.approx(1)


def test_corners_share_a_point_out() -> None:
    points = np.array([[12.34, -3.21], [-49.5, 49.5]])
    cells, shares = GRID.corners(points)
    np.testing.assert_allclose(shares.sum(1), 1)
    for k, cell in enumerate(np.divmod(cells, GRID.cells)):
        np.testing.assert_allclose((GRID.centres_deg[cell] * shares).sum(1), points[:, k])


def test_near_the_border_the_outermost_centres_stand_in() -> None:
    cells, shares = GRID.corners(np.array([-50.0, 0.5]))
    np.testing.assert_allclose(shares, [1, 0, 0, 0])
    assert cells[0] == 50


@pytest.mark.parametrize("grid", [(0, 10, 1), (10, 10, 5), (10, -10, 5)])
def test_no_grid(grid: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="no grid"):
        Grid(*grid)
