"""What training reads from a dataset."""

import threading
from pathlib import Path

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.hand.landmarks import GEOMETRY, GUESS
from handorient.training.data import Split, channels_first, read_dataset, shuffled_batches
from handorient.training.disturb import LANDMARK_NOISE


def test_reads_pictures_from_the_disk_with_their_angles_and_split(dataset: Path) -> None:
    data = read_dataset(dataset, "silhouette")
    assert isinstance(data.seen, np.memmap)
    assert (data.seen.shape, data.angles_deg.shape) == ((240, 32, 32), (240, 2))
    with np.load(dataset / "labels.npz") as labels:
        np.testing.assert_array_equal(data.angles_deg[:, 1], labels["elevation_deg"])
    assert data.facts["people"] == 10


def test_splits_share_no_sample(dataset: Path) -> None:
    data = read_dataset(dataset, "silhouette")
    rows = [data.rows(split) for split in Split]
    assert [len(r) for r in rows] == [192, 24, 24]
    assert len(np.unique(np.concatenate(rows))) == 240


def test_colour_has_three_channels(dataset: Path) -> None:
    pictures = read_dataset(dataset, "colour").seen[:5]
    first = channels_first(pictures)
    assert first.shape == (5, 3, 32, 32)
    np.testing.assert_array_equal(first[:, 1], pictures[..., 1])
    assert channels_first(pictures[..., 0]).shape == (5, 1, 32, 32)


def test_no_dataset_at_all_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="handorient dataset"):
        read_dataset(tmp_path, "silhouette")


@pytest.mark.parametrize("kept", [0, 0.5])
@pytest.mark.parametrize("name", ["silhouette.npy", "labels.npz", "dataset.json"])
def test_truncated_files_are_refused(dataset: Path, name: str, kept: float) -> None:
    content = (dataset / name).read_bytes()
    (dataset / name).write_bytes(content[: int(kept * len(content))])
    with pytest.raises(UserError, match="make it anew"):
        read_dataset(dataset, "silhouette")


def test_pictures_without_labels_are_refused(dataset: Path) -> None:
    np.save(dataset / "silhouette.npy", np.zeros((7, 32, 32), np.uint8))
    with pytest.raises(UserError, match="different number"):
        read_dataset(dataset, "silhouette")


def test_an_epoch_sees_training_samples_once_in_random_order(dataset: Path) -> None:
    data = read_dataset(dataset, "silhouette")
    batches = list(shuffled_batches(data, 50, seed=1, epoch=0))
    assert [batch.seen.shape for batch in batches] == [(50, 1, 32, 32)] * 3
    seen = np.concatenate([batch.rows for batch in batches])
    train = data.rows(Split.TRAIN)
    assert len(np.unique(seen)) == 150
    assert set(seen) <= set(train)
    assert not np.array_equal(seen, train[:150])


def test_landmarks_are_read_and_disturbed_like_pictures(dataset: Path) -> None:
    data = read_dataset(dataset, "landmarks")
    assert data.seen.shape == (240, GEOMETRY)
    for batch in shuffled_batches(data, 50, seed=1, epoch=0):
        seen, there = batch.seen, data.seen[batch.rows]
        assert seen.shape == (50, GEOMETRY) and seen.dtype == np.float32
        rest = np.delete(np.arange(GEOMETRY), GUESS)
        away = (seen - there)[:, rest]
        assert (
            away.std() == pytest.approx(LANDMARK_NOISE, rel=0.1) and np.abs(away).max() < 6 * LANDMARK_NOISE
        )


def test_pictures_come_with_what_the_detector_said_of_them(dataset: Path) -> None:
    data = read_dataset(dataset, "colour")
    batch = next(shuffled_batches(data, 50, seed=1, epoch=0))
    assert batch.geometry.shape == (50, GEOMETRY)
    np.testing.assert_allclose(batch.geometry[:, 0], data.geometry[batch.rows, 0], atol=0.1)


def test_batches_repeat_with_the_seed_and_the_epoch(dataset: Path) -> None:
    data = read_dataset(dataset, "silhouette")
    first, second, later, other = (
        list(shuffled_batches(data, 64, seed, epoch)) for seed, epoch in ((5, 2), (5, 2), (5, 3), (6, 2))
    )
    for one, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.seen, again.seen)
        np.testing.assert_array_equal(one.rows, again.rows)
    for changed in (later, other):
        assert not np.array_equal(changed[0].rows, first[0].rows)


def test_an_epoch_that_is_left_early_leaves_no_thread_behind(dataset: Path) -> None:
    before = threading.active_count()
    batches = shuffled_batches(read_dataset(dataset, "silhouette"), 2, seed=1, epoch=0)
    next(batches)
    batches.close()
    assert threading.active_count() == before
