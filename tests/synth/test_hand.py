from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes

from handorient.orientation import PALM_POINTS, palm_frame
from handorient.synth.render import HandScene, Light, View
from handorient.synth.skeleton import BONES, PALM_SHARE, Person, Pose, place
from handorient.synth.surface import pressed_flesh, skin_of, vertex_normals


def signed_volume_mm3(vertices, faces):
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_people_are_the_same_from_the_same_seed_and_differ_otherwise():
    a, b, c = Person.sample(3), Person.sample(3), Person.sample(4)
    np.testing.assert_array_equal(a.bones, b.bones)
    assert a.palm_mm == b.palm_mm != c.palm_mm


def test_the_population_has_the_published_sizes():
    lengths = np.array([Person.sample(i).palm_mm for i in range(400)]) / PALM_SHARE
    assert lengths.mean() == pytest.approx(187, abs=2)
    assert 9 < lengths.std() < 14
    ratio = np.array([Person.sample(i).bones[2].sum() for i in range(400)])
    assert ratio.mean() == pytest.approx(BONES[2].sum(), abs=0.02)


def test_every_pose_is_in_its_own_palm_frame():
    rng = np.random.default_rng(0)
    for seed in range(20):
        joints = place(Person.sample(seed), Pose.sample(rng)).joints
        frame, _ = palm_frame(joints)
        np.testing.assert_allclose(frame, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(joints[list(PALM_POINTS)].mean(0), 0, atol=1e-9)


def test_bones_keep_their_length_and_flexion_goes_to_the_palm():
    person = Person.average()
    flat, bent = (place(person, Pose.open(flexion_rad=angle)).joints for angle in (0.0, 0.8))
    for chain in ((5, 6, 7, 8), (17, 18, 19, 20), (1, 2, 3, 4)):
        a, b = (np.linalg.norm(np.diff(joints[list(chain)], axis=0), axis=1) for joints in (flat, bent))
        np.testing.assert_allclose(a, b, rtol=1e-9)
    assert (bent[[8, 12, 16, 20], 2] > flat[[8, 12, 16, 20], 2] + 20).all()


def test_poses_are_open_hands_fists_pinches_and_gestures():
    rng = np.random.default_rng(0)
    poses = [Pose.sample(rng) for _ in range(3000)]
    bent = np.degrees([pose.flexion.sum(1) for pose in poses])  # (poses, index to little)
    closed, opened = bent > 130, bent < 70
    assert 0.4 < opened.all(1).mean() < 0.75
    assert 0.02 < closed.all(1).mean() < 0.3
    assert (opened[:, 0] & closed[:, 1:].all(1)).mean() > 0.005, "pointing"
    assert (opened[:, :2].all(1) & closed[:, 2:].all(1)).mean() > 0.005, "two fingers"
    joints = [place(Person.average(), pose).joints for pose in poses]
    apart = np.array([np.linalg.norm(j[4] - j[8]) for j in joints]) / Person.average().palm_mm
    assert 0.03 < (apart < 0.2).mean() < 0.2, "thumb and index finger together"


def test_bent_fingers_do_not_fan_out():
    rng = np.random.default_rng(0)
    poses = [Pose.sample(rng) for _ in range(1000)]
    fan = np.degrees([pose.spread[0] - pose.spread[3] for pose in poses])
    knuckles = np.degrees([pose.flexion[[0, 3], 0].min() for pose in poses])
    assert fan[knuckles > 60].max() < 30 < fan[knuckles < 30].max()


def test_the_skin_is_closed_points_outward_and_encloses_the_joints():
    person = Person.sample(1)
    skin = skin_of(person)
    edges = np.sort(np.concatenate([skin.faces[:, [0, 1]], skin.faces[:, [1, 2]], skin.faces[:, [2, 0]]]), 1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()
    assert 3e5 < signed_volume_mm3(skin.vertices, skin.faces) < 9e5
    np.testing.assert_allclose(skin.holds.sum(1), 1)
    for joint in skin.joints:
        gaps = skin.vertices - joint
        nearest = np.argmin(np.linalg.norm(gaps, axis=1))
        assert gaps[nearest] @ vertex_normals(skin.vertices, skin.faces)[nearest] > 0


def test_a_posed_hand_moves_its_skin_with_its_bones():
    person = Person.average()
    skin = skin_of(person)
    posed = place(person, Pose.open(flexion_rad=0.6))
    vertices = skin.posed(posed)
    for tip in (8, 12, 16, 20):
        before = np.linalg.norm(skin.vertices - skin.joints[tip], axis=1)
        nearest = before.argmin()
        after = np.linalg.norm(vertices[nearest] - posed.joints[tip])
        assert after == pytest.approx(before[nearest], abs=1.0)


def test_landmarks_lie_on_the_mask_and_the_picture_shows_skin_there():
    hand = HandScene(Person.average(), Pose.open())
    view = View(np.radians(30), np.radians(20), roll_rad=0.5, distance_mm=450, centre=(0.6, 0.5))
    backdrop = np.zeros((240, 320, 3), np.uint8)
    picture = hand.render(view, Light.studio(), backdrop)
    points = hand.landmarks(view, 320, 240).points_px.astype(int)
    assert picture.mask[points[:, 1], points[:, 0]].all()
    red, _, blue = picture.rgb[points[:, 1], points[:, 0]].T.astype(int)
    assert (red > blue).all()
    assert (picture.rgb[0, 0] == 0).all()


def test_back_and_palm_are_mirror_images_in_outline_only():
    hand = HandScene(Person.average(), Pose.open())
    palm = View(0.0, 0.0, distance_mm=1500)
    back = View(0.0, 0.0, facing="back", distance_mm=1500)
    backdrop = np.zeros((240, 320, 3), np.uint8)
    a, b = (hand.render(view, Light.studio(), backdrop).mask for view in (palm, back))
    assert (a & b).sum() / (a | b).sum() > 0.9


def test_a_hand_out_of_sight_leaves_the_picture_alone():
    hand = HandScene(Person.average(), Pose.open())
    backdrop = np.full((60, 80, 3), 9, np.uint8)
    picture = hand.render(View(0.0, 0.0, centre=(9.0, 0.5)), Light.studio(), backdrop)
    assert not picture.mask.any()
    np.testing.assert_array_equal(picture.rgb, backdrop)


def test_a_fist_has_no_hole_to_look_through():
    flexion = np.radians(np.tile([65, 108, 65], (4, 1)))
    fist = replace(Pose.open(0.3), flexion=flexion, spread=np.zeros(4))
    scene = HandScene(Person.average(), fist)
    view = View(np.radians(55), 0.0, facing="back", distance_mm=700)
    mask = scene.render(view, Light.studio(), np.zeros((360, 480, 3), np.uint8)).mask
    assert mask.sum() > 5000
    np.testing.assert_array_equal(binary_fill_holes(mask), mask)


def test_pressed_flesh_is_a_closed_body_as_thick_as_it_is_asked_to_be():
    posed = place(Person.average(), replace(Pose.open(), flexion=np.radians(np.tile([65, 108, 65], (4, 1)))))
    for finger in range(4):
        vertices, faces = pressed_flesh(posed, finger, 10.0)
        assert (signed := signed_volume_mm3(vertices, faces)) > 500, signed
        np.testing.assert_allclose(np.linalg.norm(vertices[4:] - vertices[:4], axis=1), 10.0)
