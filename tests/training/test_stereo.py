"""Truth from triangulated joints must speak the same angles as the canonical crop does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.synth.render import HandScene, View
from handorient.synth.skeleton import Person, Pose
from handorient.training.stereo import CanonicalAngles, canonical_angles, stereo_frames


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
