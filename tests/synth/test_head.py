"""The synthetic head: people of the published sizes, turned the way that their angles say."""

from dataclasses import replace

import mediapipe
import numpy as np
import pytest

from handorient.synth.head import HeadScene, head_rotation
from handorient.synth.head_shape import MEASURES, MEN, WOMEN, Hair, Head
from handorient.synth.head_surface import HAIR, head_surface
from handorient.synth.render import Light, Picture, View

VIEW = View(0.0, 0.0, distance_mm=1500, field_rad=np.radians(20))
BACKDROP = np.full((120, 120, 3), 128, np.uint8)
FRONTAL = Light(np.array([0.0, 0.0, 1.0]), np.ones(3), 0.6)
#: The mean man, with short brown hair.
AVERAGE = Head(
    **dict(zip(MEASURES, MEN[:, 0].tolist(), strict=True)),
    jaw=1.0, chin=1.0, nose=np.ones(3), brow_mm=3.0, lips=1.0, ears=1.0, hair=Hair(8.0),
    glasses=False, beard=0.0, tone=np.array([0.80, 0.60, 0.50]), hair_tone=np.array([0.17, 0.11, 0.08]),
    iris=np.array([0.36, 0.24, 0.13]), clothes=np.array([0.25, 0.32, 0.42]), seed=0,
)  # fmt: skip


def seen(head: Head, yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0) -> Picture:
    turn = head_rotation(*np.radians([yaw_deg, pitch_deg, roll_deg]).tolist())
    return HeadScene(head, turn).render(VIEW, FRONTAL, BACKDROP)


def hair_and_face(*angles_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels show hair, and which skin."""
    painted = replace(AVERAGE, hair_tone=np.array([0.02, 0.9, 0.02]), clothes=np.array([0.02, 0.02, 0.9]))
    red, green, blue = seen(painted, *angles_deg).rgb.astype(int).transpose(2, 0, 1)
    return (green > red + 30) & (green > blue + 30), (red > green + 15) & (green > blue)


def face_beside_hair(*angles_deg: float) -> float:
    """How far the face lies to the right of the hair in the picture, px."""
    hair, face = (np.argwhere(mask)[:, 1].mean() for mask in hair_and_face(*angles_deg))
    return face - hair


def test_people_are_the_same_from_the_same_seed_and_differ_otherwise() -> None:
    first, again, other = (head_surface(Head.sample(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.vertices, again.vertices)
    assert abs(np.ptp(first.vertices[:, 2]) - np.ptp(other.vertices[:, 2])) > 1
    a, b = (seen(Head.sample(seed)).rgb.astype(int) for seed in (3, 4))
    assert np.abs(a - b).mean() > 5


def test_the_population_has_the_published_sizes() -> None:
    people = [Head.sample(seed) for seed in range(400)]
    for name, men, women in zip(MEASURES, MEN, WOMEN, strict=True):
        sizes = np.array([getattr(head, name) for head in people])
        assert sizes.mean() == pytest.approx((men[0] + women[0]) / 2, abs=0.3 * men[1])


def test_the_surface_has_the_measures_of_its_person() -> None:
    head = replace(AVERAGE, length_mm=210.0, breadth_mm=145.0, top_mm=140.0, hair=None)
    surface = head_surface(head)
    skull = surface.vertices[surface.average[:, 1] > 60]
    assert np.ptp(skull[:, 0]) == pytest.approx(145, abs=4)
    assert np.ptp(skull[:, 2]) == pytest.approx(210, abs=5)
    assert skull[:, 1].max() == pytest.approx(140, abs=4)
    assert not (surface.material == HAIR).any()


def test_hair_glasses_and_beards_are_seen() -> None:
    plain = replace(AVERAGE, hair=None)
    bare = seen(plain).rgb.astype(int)
    for styled in (
        replace(plain, hair=Hair(10.0)),
        replace(plain, hair=Hair(10.0, below_mm=90.0)),
        replace(plain, glasses=True),
        replace(plain, beard=1.0),
    ):
        assert (np.abs(seen(styled).rgb - bare).max(2) > 40).sum() > 50


def test_a_frontal_head_is_nearly_its_own_mirror_image() -> None:
    rgb = seen(Head.sample(2)).rgb.astype(int)
    away = np.abs(rgb - rgb[:, ::-1]).mean()
    turned = seen(Head.sample(2), yaw_deg=20).rgb.astype(int)
    assert away < 3 < np.abs(turned - turned[:, ::-1]).mean()


def test_yaw_turns_the_face_to_the_persons_left_which_is_right_in_the_picture() -> None:
    assert face_beside_hair(45) > 4
    assert abs(face_beside_hair(0)) < 1
    assert face_beside_hair(-45) < -4


def test_pitch_raises_the_face_so_that_less_hair_shows() -> None:
    down, ahead, up = (hair_and_face(0, pitch)[0].sum() for pitch in (-35, 0, 35))
    assert down > 1.5 * ahead > 2 * up


def test_roll_turns_the_head_counter_clockwise() -> None:
    """The crown goes to the left of the picture, so the face lies to its right."""
    assert face_beside_hair(0, 0, 30) > 8
    assert face_beside_hair(0, 0, -30) < -8


@pytest.mark.parametrize("angles_deg", [(30, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 20), (-25, 15, -15)])
def test_somebody_elses_face_detector_reads_the_same_angles(angles_deg: tuple[float, float, float]) -> None:
    """MediaPipe's face mesh, which has seen real faces only; its idea of level is some degrees lower."""
    turn = head_rotation(*np.radians(angles_deg).tolist())
    wall = np.full((320, 320, 3), 128, np.uint8)
    rgb = HeadScene(AVERAGE, turn).render(VIEW, Light.studio(), wall).rgb
    with mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True) as mesh:
        (face,) = mesh.process(rgb).multi_face_landmarks
    points = np.array([(p.x, -p.y, -p.z) for p in face.landmark])
    # The outer corners of the eyes, then chin and forehead.
    across, up = points[263] - points[33], points[10] - points[152]
    out = np.cross(across, up)
    across, out = across / np.linalg.norm(across), out / np.linalg.norm(out)
    read = -across[2], np.arctan2(-np.cross(out, across)[2], out[2]), np.arctan2(across[1], across[0])
    assert np.degrees([np.arcsin(read[0]), *read[1:]]) == pytest.approx(
        np.array(angles_deg) - [0, 5, 0], abs=10
    )


def test_nodding_comes_before_turning_and_roll_is_in_the_picture() -> None:
    nose = head_rotation(0.6, 0.3, 0.0) @ [0, 0, 1]
    np.testing.assert_allclose(nose, [np.sin(0.6) * np.cos(0.3), np.sin(0.3), np.cos(0.6) * np.cos(0.3)])
    # The axis through the ears stays level however a turned head nods.
    assert (head_rotation(0.6, 0.3, 0.0) @ [1, 0, 0])[1] == pytest.approx(0)
    c, s = np.cos(0.4), np.sin(0.4)
    in_picture = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    np.testing.assert_allclose(head_rotation(0.6, 0.3, 0.4), in_picture @ head_rotation(0.6, 0.3, 0.0))


def test_the_head_turns_as_a_whole_and_the_shoulders_keep_their_direction() -> None:
    surface = head_surface(AVERAGE)
    turn = head_rotation(0.7, -0.4, 0.3)
    moved = surface.turned(turn)
    head, body = surface.share == 1, surface.share == 0
    np.testing.assert_allclose(moved[head], surface.vertices[head] @ turn.T, atol=1e-6)
    shifts = moved[body] - surface.vertices[body]
    np.testing.assert_allclose(shifts, shifts[:1].repeat(len(shifts), 0), atol=1e-6)
    assert head.sum() > 5000 and body.sum() > 500


def test_the_face_box_holds_the_face_and_no_more_than_the_head() -> None:
    head = replace(AVERAGE, hair=None)
    scene = HeadScene(head, head_rotation(0.5, 0.0, 0.0))
    left, top, right, bottom = scene.face_box(VIEW, 120, 120)
    mask = scene.render(VIEW, FRONTAL, BACKDROP).mask
    rows, columns = np.nonzero(mask[: round(bottom)])
    assert rows.min() < top < bottom < 120
    assert columns.min() < left < right < columns.max() + 2
    assert mask[round((top + bottom) / 2), round((left + right) / 2)]
