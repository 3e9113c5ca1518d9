import numpy as np
import pytest

from handorient import orientation

ANGLES = [(0.0, 0.0, 0.0), (0.9, -0.7, 2.8), (-1.2, 1.1, -3.0), (0.3, 0.2, 1.0)]


@pytest.mark.parametrize("angles", ANGLES)
def test_angles_come_back_from_the_rotation(angles):
    matrix = orientation.rotation(*angles)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    np.testing.assert_allclose(orientation.angles(matrix), angles, atol=1e-12)


def test_rotation_is_roll_after_elevation_after_azimuth():
    a, e, r = 0.4, -0.3, 0.8
    around_y = orientation.rotation(a, 0, 0)
    around_x = orientation.rotation(0, e, 0)
    around_z = orientation.rotation(0, 0, r)
    np.testing.assert_allclose(orientation.rotation(a, e, r), around_z @ around_x @ around_y, atol=1e-12)
    # Right-handed turns: azimuth takes the normal to the right, elevation tips the fingers to the camera.
    assert around_y[0, 2] == pytest.approx(np.sin(a))
    assert around_x[2, 1] == pytest.approx(np.sin(e))
    assert around_z[1, 0] == pytest.approx(np.sin(r))


def test_straight_up_fingers_leave_azimuth_and_roll_undivided_but_the_rotation_whole():
    matrix = orientation.rotation(0.3, np.pi / 2, 0.4)
    np.testing.assert_allclose(orientation.rotation(*orientation.angles(matrix)), matrix, atol=1e-7)


@pytest.mark.parametrize("angles", ANGLES)
def test_without_roll_the_long_axis_projects_straight_up(angles):
    long_axis = orientation.rotation(angles[0], angles[1])[:, 1]
    assert long_axis[0] == pytest.approx(0.0) and long_axis[1] > 0


def test_the_arrow_undoes_mirroring_then_roll():
    normal = orientation.arrow(0.5, 0.2)
    np.testing.assert_allclose(normal, orientation.rotation(0.5, 0.2)[:, 2])
    np.testing.assert_allclose(orientation.arrow(0.5, 0.2, mirrored=True), normal * [-1, 1, 1])
    # A quarter turn counter-clockwise takes "right" to "up".
    right = orientation.arrow(np.pi / 2, 0.0, np.pi / 2)
    np.testing.assert_allclose(right, [0, 1, 0], atol=1e-12)
    flipped = orientation.arrow(np.pi / 2, 0.0, np.pi / 2, mirrored=True)
    np.testing.assert_allclose(flipped, [0, -1, 0], atol=1e-12)


def test_opposite_orientations_of_a_flat_hand_cast_the_same_outline():
    flat = np.random.default_rng(0).normal(size=(50, 3)) * [1, 1, 0]
    here = flat @ orientation.rotation(0.6, 0.3)[:2].T
    there = flat @ orientation.rotation(*orientation.opposite(0.6, 0.3))[:2].T
    np.testing.assert_allclose(here, there, atol=1e-12)


@pytest.mark.parametrize("angles", ANGLES)
def test_the_palm_frame_of_a_turned_hand_is_its_rotation(angles):
    joints = np.zeros((21, 3))
    joints[[5, 9, 13, 17]] = [(25, 90, 2), (0, 92, -1), (-20, 86, -2), (-38, 72, 3)]
    still, centre = orientation.palm_frame(joints)
    matrix = orientation.rotation(*angles)
    turned, moved = orientation.palm_frame(joints @ matrix.T + [1, 2, 3])
    np.testing.assert_allclose(turned, matrix @ still, atol=1e-9)
    np.testing.assert_allclose(moved, matrix @ centre + [1, 2, 3], atol=1e-9)
    assert still[:, 0] @ (joints[5] - joints[17]) > 0


def test_a_palm_on_one_line_has_no_plane():
    joints = np.outer(np.arange(21.0), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="one line"):
        orientation.palm_frame(joints)


def test_a_palm_without_a_long_axis_or_with_numbers_that_are_none_has_no_frame():
    joints = np.zeros((21, 3))
    joints[[5, 9, 13, 17]] = [(25, 90, 2), (0, 92, -1), (-20, 86, -2), (-38, 72, 3)]
    joints[9] = joints[0]
    with pytest.raises(ValueError, match="no long axis"):
        orientation.palm_frame(joints)
    for number in (np.nan, np.inf):
        joints[9] = [0, number, 0]
        with pytest.raises(ValueError, match="not all finite"):
            orientation.palm_frame(joints)


def test_looking_straight_ahead_turns_nothing_and_looking_aside_centres_the_ray():
    np.testing.assert_allclose(orientation.look_at([0, 0, -5]), np.eye(3), atol=1e-12)
    ray = np.array([0.3, -0.2, -1.0])
    turned = orientation.look_at(ray).T @ ray
    np.testing.assert_allclose(turned, [0, 0, -np.linalg.norm(ray)], atol=1e-12)


def test_roll_is_counter_clockwise_and_zero_for_upright_fingers():
    points = np.zeros((21, 2))
    points[orientation.MIDDLE_MCP] = [0, -10]
    assert orientation.roll_of(points) == pytest.approx(0.0)
    points[orientation.MIDDLE_MCP] = [-10, 0]
    assert orientation.roll_of(points) == pytest.approx(np.pi / 2)
    points[orientation.MIDDLE_MCP] = [0, 10]
    assert abs(orientation.roll_of(points)) == pytest.approx(np.pi)


def test_angle_between_is_exact_for_tiny_and_opposite_angles():
    x = np.array([1.0, 0, 0])
    assert orientation.angle_between(x, [np.cos(1e-9), np.sin(1e-9), 0]) == pytest.approx(1e-9, rel=1e-3)
    assert orientation.angle_between(x, -x) == pytest.approx(np.pi)
