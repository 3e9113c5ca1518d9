"""The dataset: on the live road, the same from the same seed, and nothing half written."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.errors import UserError
from handorient.hand.crop import CROP_PX, WINDOW_PX
from handorient.hand.landmarks import GEOMETRY
from handorient.hand.shape import cut_at_wrist, overlap
from handorient.progress import Progress
from handorient.synth import dataset
from handorient.synth.dataset import DatasetConfig, make_dataset, split_of
from handorient.training.data import read_dataset
from handorient.training.segmentation import read_windows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "hands"
    make_dataset(folder, DatasetConfig(people=2, views=8, seed=5))
    return folder


def test_pictures_and_labels_belong_together(folder: Path) -> None:
    data = read_dataset(folder, "colour")
    assert data.seen.shape == (16, CROP_PX, CROP_PX, 3)
    assert read_dataset(folder, "landmarks").seen.shape == (16, GEOMETRY)
    assert np.abs(data.angles_deg).max() <= 80
    silhouettes = read_dataset(folder, "silhouette").seen
    share = (silhouettes > 127).mean((1, 2))
    assert (share > 0.08).all() and (share < 0.8).all()
    # White where there is no hand, something else where there is one.
    assert data.seen[silhouettes == 0].min() > 200
    assert data.seen[silhouettes == 255].mean() < 200


def test_the_detectors_landmarks_tell_the_angles_of_most_hands(folder: Path) -> None:
    """The wrist lies below the middle knuckle, upright, in every crop; turned palms are narrow."""
    data = read_dataset(folder, "landmarks")
    flat = data.seen[:, :42].reshape(-1, 21, 2)
    assert (flat[:, 0, 1] > flat[:, 9, 1]).all()
    np.testing.assert_allclose(flat[:, 0, 0], flat[:, 9, 0], atol=1e-4)
    with np.load(folder / "labels.npz") as labels:
        assert (labels["named"] == data.facing).mean() > 0.6


@pytest.mark.parametrize("people", [10**7, 10**30])
def test_a_dataset_that_no_disk_has_room_for_is_refused(tmp_path: Path, people: int) -> None:
    with pytest.raises(UserError, match=r"takes \d+ GB"):
        make_dataset(tmp_path / "data", DatasetConfig(people, views=40))
    assert not list(tmp_path.iterdir())


def grey(job: tuple[DatasetConfig, int, Path]) -> Path:
    """What is rendered of a person, in grey."""
    config, number, folder = job
    pictures = np.full((config.views, CROP_PX, CROP_PX, 3), number, np.uint8)
    windows = np.full((config.poses, WINDOW_PX, WINDOW_PX, 4), number, np.uint8)
    side, path = np.zeros(config.views), folder / f"{number}.npz"
    np.savez(path, silhouette=pictures[..., 0], colour=pictures, window=windows, named=side, facing=side)
    return path


def test_pictures_are_written_as_they_come_and_as_numpy_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    class Watched(Progress):
        def update(self, count: int) -> None:
            (colours,) = tmp_path.rglob("colour.npy")
            sizes.append(colours.stat().st_size)

    monkeypatch.setattr(dataset, "_person", grey)
    monkeypatch.setattr(dataset, "Progress", Watched)
    make_dataset(tmp_path / "data", DatasetConfig(people=3, views=8))
    assert np.diff(sizes).tolist() == [8 * CROP_PX**2 * 3] * 2, "no room is claimed that is not filled"
    for name in ("silhouette", "colour", "window"):
        written = tmp_path / "data" / f"{name}.npy"
        values = np.load(written)
        people = values.reshape(3, -1)
        assert (people == [[0], [1], [2]]).all()
        np.save(tmp_path / "again.npy", values)
        assert written.read_bytes() == (tmp_path / "again.npy").read_bytes()


FULL_DISK = """
import resource, sys
from pathlib import Path
from handorient.errors import UserError
from handorient.synth import dataset
from tests.synth.test_dataset import grey
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
dataset._person = grey
try:
    dataset.make_dataset(Path(sys.argv[1]), dataset.DatasetConfig(people=3, views=8))
except UserError as error:
    print(error)
"""


def test_a_disk_that_fills_up_is_one_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "data")]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert f"{tmp_path / 'data'} could not be written: File too large" in done.stdout
    assert not list(tmp_path.iterdir())


def die(_: tuple[DatasetConfig, int, Path]) -> None:
    os._exit(1)


def test_a_process_that_dies_while_it_renders_ends_it_all_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "_person", die)
    with pytest.raises(UserError, match="was ended"):
        make_dataset(tmp_path / "data", DatasetConfig(people=3, views=8))
    assert not list(tmp_path.iterdir())


def test_people_differ_and_belong_to_one_split(folder: Path) -> None:
    data = read_dataset(folder, "silhouette")
    assert data.split.tolist() == [1] * 8 + [2] * 8
    assert [split_of(n) for n in range(12)] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]


def test_windows_are_the_first_views_of_poses_before_they_were_cut_out(folder: Path) -> None:
    windows, data = read_windows(folder), read_dataset(folder, "silhouette")
    assert windows.rgb_mask.shape == (2, WINDOW_PX, WINDOW_PX, 4) and windows.split.tolist() == [1, 2]
    for window, points, silhouette in zip(windows.rgb_mask, windows.points_px, data.seen[::8], strict=True):
        exact = cv2.resize(cut_at_wrist(window[..., 3], points), (CROP_PX, CROP_PX))
        assert overlap(exact, silhouette) > 0.7


def test_the_same_seed_gives_the_same_hands(folder: Path, tmp_path: Path) -> None:
    make_dataset(tmp_path / "again", DatasetConfig(people=1, views=8, seed=5))
    again, first = read_dataset(tmp_path / "again", "silhouette"), read_dataset(folder, "silhouette")
    np.testing.assert_array_equal(again.angles_deg, first.angles_deg[:8])
    np.testing.assert_array_equal(again.seen, first.seen[:8])


def test_an_existing_folder_is_left_alone(folder: Path) -> None:
    with pytest.raises(UserError, match="already exists"):
        make_dataset(folder, DatasetConfig(1, 8))


def test_a_dataset_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        make_dataset(tmp_path / "file" / "data", DatasetConfig(1, 8))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
