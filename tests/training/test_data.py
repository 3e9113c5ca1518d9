"""What training reads from a dataset, and how far it may disturb a picture."""

from pathlib import Path

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.propel.network import GEOMETRY
from handorient.training.data import SHIFT, Split, channels_first, disturbed, read_dataset, shuffled_batches


def blob(side: int = 128) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(np.hypot(x, y) < side / 4, 255, 0).astype(np.uint8)


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
    batches = list(shuffled_batches(data, 50, np.random.default_rng(0)))
    assert [seen.shape for seen, _ in batches] == [(50, 1, 32, 32)] * 3
    seen = np.concatenate([rows for _, rows in batches])
    train = data.rows(Split.TRAIN)
    assert len(np.unique(seen)) == 150
    assert set(seen) <= set(train)
    assert not np.array_equal(seen, train[:150])


def test_landmarks_are_read_and_disturbed_like_pictures(dataset: Path) -> None:
    data = read_dataset(dataset, "landmarks")
    assert data.seen.shape == (240, GEOMETRY)
    for seen, rows in shuffled_batches(data, 50, np.random.default_rng(0)):
        np.testing.assert_allclose(seen, data.seen[rows], atol=0.1)
        assert not np.array_equal(seen, data.seen[rows])


def test_batches_repeat_with_the_seed(dataset: Path) -> None:
    data = read_dataset(dataset, "silhouette")
    first, second = (list(shuffled_batches(data, 64, np.random.default_rng(5))) for _ in range(2))
    for (a, b), (c, d) in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)


def test_a_disturbed_silhouette_moves_and_grows_only_a_little() -> None:
    rng, picture = np.random.default_rng(0), blob()
    areas, centres = [], []
    for _ in range(200):
        result = disturbed(picture, rng) / 255
        areas.append(result.sum() / (picture / 255).sum())
        y, x = np.mgrid[:128, :128]
        centres.append([(result * x).sum() / result.sum() - 63.5, (result * y).sum() / result.sum() - 63.5])
    assert 0.8 < min(areas) < 0.97
    assert 1.03 < max(areas) < 1.25
    assert 1.5 < np.abs(centres).max() < SHIFT * 128 + 1


def test_disturbing_leaves_the_dataset_alone() -> None:
    rng, picture = np.random.default_rng(0), blob()
    for _ in range(50):
        disturbed(picture, rng)
    np.testing.assert_array_equal(picture, blob())


def test_colour_stays_on_white_in_another_light() -> None:
    rng = np.random.default_rng(0)
    picture = np.where(blob()[..., None] > 0, np.array([200, 120, 40]), 255).astype(np.uint8)
    seen = []
    for _ in range(20):
        result = disturbed(picture, rng)
        assert (result[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
        red, green, blue = result[64, 64]
        assert red > green > blue
        seen.append(red)
    assert max(seen) - min(seen) > 15


def test_an_empty_silhouette_is_no_accident() -> None:
    rng = np.random.default_rng(0)
    assert all(not disturbed(np.zeros((32, 32), np.uint8), rng).any() for _ in range(50))
