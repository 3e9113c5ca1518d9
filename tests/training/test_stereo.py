"""Truth from triangulated joints must speak the same angles as the canonical crop does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.synth.render import HandScene, View
from handorient.synth.skeleton import Person, Pose
from handorient.training.stereo import (
    OURS,
    CanonicalAngles,
    _recording,
    _triangulated,
    canonical_angles,
    stereo_frames,
    truth_error_deg,
)


@pytest.fixture(scope="module")
def hand() -> HandScene:
    return HandScene(Person.average(), Pose.open())


@pytest.mark.parametrize("facing", ["palm", "back"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_joints_give_back_the_angles_they_were_placed_at(
    hand: HandScene, facing: str, mirrored: bool
) -> None:
    view = View(0.7, -0.4, 1.1, facing, mirrored, centre=(0.8, 0.3))  # type: ignore[arg-type]
    turn, shift, _ = view.pose(640, 480)
    found = canonical_angles(hand.joints @ turn.T + shift, shift)
    assert found.mirrored == mirrored
    assert found.azimuth_rad == pytest.approx(0.7)
    assert found.elevation_rad == pytest.approx(-0.4)


def test_past_edge_on_the_other_crop_sees_azimuth_go_on() -> None:
    just_past = CanonicalAngles(np.radians(85), 0.1, mirrored=True)
    np.testing.assert_allclose(np.degrees(just_past.as_seen(True)), [85, np.degrees(0.1)])
    np.testing.assert_allclose(np.degrees(just_past.as_seen(False)), [95, np.degrees(0.1)])


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no stereo recording"):
        next(stereo_frames(tmp_path, 0))


def test_both_views_of_a_real_recording_see_one_hand(real: Callable[[str], Path]) -> None:
    folder = real("stereo")
    for view in (0, 1):
        truths = [item.truth for item, _ in zip(stereo_frames(folder, view), range(30), strict=False)]
        # A hand does not jump from one frame to the next, and it shows both cameras the same side.
        azimuth = np.degrees([truth.azimuth_rad for truth in truths])
        assert np.abs(np.diff(azimuth)).max() < 15
        assert len({truth.mirrored for truth in truths}) == 1


#: As many that chance does not matter.
HANDS = 300


def recorded(folder: Path, hand: HandScene, noise: float) -> list[CanonicalAngles]:
    """What two cameras' .dat files and the triangulated points say of HANDS hands; the truth in both views.

    Every coordinate of a point is off by ``noise`` palm lengths (standard deviation).
    """
    rng = np.random.default_rng(4)
    lens = np.array([[900.0, 0, 350], [0, 900, 350], [0, 0, 1]])
    matrices, truths = [], []
    half = np.radians(20)
    for view, angle in enumerate((half, -half)):
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        matrices.append((turn, np.array([0.0, 0, 900])))
        rows = ["intrinsic:", *(" ".join(map(str, row)) for row in lens), "distortion:", "0 0 0 0 0"]
        (folder / f"c{view}.dat").write_text("\n".join(rows))
        rows = ["R:", *(" ".join(map(str, row)) for row in turn), "T:", "0.0", "0.0", "900.0"]
        (folder / f"rot_trans_c{view}.dat").write_text("\n".join(rows))
    points = np.empty((2, HANDS, 21, 2))
    for k in range(HANDS):
        view = View(*rng.uniform(-0.7, 0.7, 2), 0.0, "palm", False)
        world = (hand.joints - hand.joints.mean(0)) @ view.pose(640, 480)[0].T @ OURS
        for number, (turn, shift) in enumerate(matrices):
            there = world @ turn.T + shift
            truths.append(canonical_angles(there @ OURS, there[[0, 5, 9, 13, 17]].mean(0) @ OURS))
            seen = there @ lens.T
            seen = seen[:, :2] / seen[:, 2:]
            palm = np.linalg.norm(seen[9] - seen[0])
            points[number, k] = seen + rng.normal(0, noise * palm, (21, 2))
    triangulated = {"kp0": points[0], "kp1": points[1], "good": np.ones(HANDS, bool)}
    np.savez(folder / "triangulated_mp.npz", X=np.zeros((HANDS, 21, 3)), ext=np.zeros(HANDS), **triangulated)
    return truths


def test_the_truths_own_error_is_read_off_how_far_two_views_disagree(hand: HandScene, tmp_path: Path) -> None:
    truths = recorded(tmp_path, hand, noise=0.03)
    # What noise of the points makes of the angles, known here because the exact ones are.
    recording = _recording(tmp_path)
    joints = _triangulated(recording.cameras, recording.points)
    found = [camera.angles(one) for one in joints for camera in recording.cameras]
    off = [f.as_seen(t.mirrored) - t.as_seen(t.mirrored) for f, t in zip(found, truths, strict=True)]
    known = np.degrees(np.abs(off).mean(0))
    assert known.min() > 1
    np.testing.assert_allclose(truth_error_deg(tmp_path), known, rtol=0.15)
    recorded(tmp_path, hand, noise=0.0)
    assert truth_error_deg(tmp_path).max() < 0.01


def test_a_recording_without_its_lenses_has_no_truth(tmp_path: Path, hand: HandScene) -> None:
    recorded(tmp_path, hand, noise=0.0)
    (tmp_path / "c1.dat").unlink()
    with pytest.raises(UserError, match=r"no stereo recording.*c1\.dat"):
        truth_error_deg(tmp_path)
