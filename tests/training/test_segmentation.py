"""Training the segmenter: it learns, goes on where it stopped, and refuses what it cannot read."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from handorient.errors import UserError
from handorient.hand.crop import WINDOW_PX
from handorient.hand.landmarks import GEOMETRY
from handorient.hand.mask_net import MaskNet, load_mask_net
from handorient.synth.skeleton import Person, Pose, place
from handorient.training import segmentation
from handorient.training.data import Split
from handorient.training.segmentation import (
    SegmenterSettings,
    mean_overlap,
    read_windows,
    train_segmenter,
)

from .mittens import write_dataset

SETTINGS = SegmenterSettings(epochs=4, batch=4, faces=2)
#: Of how many samples one is a window, as in the datasets that are rendered.
EVERY = 8


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """A dataset with 30 windows: bright flat hands before dark walls, their exact masks wider than drawn."""
    folder = tmp_path / "data"
    write_dataset(folder)
    rng = np.random.default_rng(0)
    with np.load(folder / "labels.npz") as labels:
        columns = dict(labels)
    rows = np.arange(0, len(columns["split"]), EVERY)
    joints = place(Person.average(), Pose.open()).joints[:, :2] * (1, -1)
    points = (joints - (joints.min(0) + joints.max(0)) / 2) * (115 / np.ptp(joints, axis=0).max()) + 80
    pictures = np.empty((len(rows), WINDOW_PX, WINDOW_PX, 4), np.uint8)
    for picture in pictures:
        mask = np.zeros((WINDOW_PX, WINDOW_PX), np.uint8)
        cv2.fillPoly(mask, [cv2.convexHull(points.astype(np.int32))], 255)
        shade, wall = rng.uniform(170, 230), rng.uniform(20, 80)
        grey = np.where(mask > 0, shade, wall)[..., None] + rng.normal(0, 4, (WINDOW_PX, WINDOW_PX, 3))
        picture[...] = np.dstack([grey.clip(0, 255), mask])
    columns["geometry"] = np.zeros((len(columns["split"]), GEOMETRY), np.float32)
    columns["geometry"][:, :42] = points.ravel() / (WINDOW_PX / 2) - 1
    np.savez(folder / "labels.npz", **columns, window_row=rows)
    np.save(folder / "window.npy", pictures)
    return folder


def test_learns_where_the_hand_ends(windows: Path, tmp_path: Path) -> None:
    out = tmp_path / "mask.safetensors"
    facts = train_segmenter(windows, out, replace(SETTINGS, epochs=12))
    data = read_windows(windows)
    rows = data.rows(Split.TEST)
    assert facts["test_iou"] == mean_overlap(load_mask_net(out), data, rows) > 0.9
    assert facts["test_iou"] > mean_overlap(MaskNet().eval(), data, rows) + 0.1
    assert facts["data"]["people"] == 10 and facts["windows"] == 24


def test_goes_on_as_if_never_stopped(windows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, unbroken = tmp_path / "stopped.safetensors", tmp_path / "unbroken.safetensors"
    train_segmenter(windows, unbroken, SETTINGS)
    write, written = segmentation.write_checkpoint, []

    def interrupted(*arguments: object) -> None:
        write(*arguments)
        written.append(None)
        if len(written) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(segmentation, "write_checkpoint", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_segmenter(windows, stopped, SETTINGS)
    assert not stopped.exists()
    with pytest.raises(UserError, match="other data or settings"):
        train_segmenter(windows, stopped, replace(SETTINGS, seed=2))
    train_segmenter(windows, stopped, SETTINGS)
    one, other = (load_mask_net(path).state_dict() for path in (stopped, unbroken))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_dataset_without_windows_is_refused(windows: Path, tmp_path: Path) -> None:
    out = tmp_path / "mask.safetensors"
    np.save(windows / "window.npy", np.load(windows / "window.npy")[:-1])
    with pytest.raises(UserError, match="different number"):
        train_segmenter(windows, out, SETTINGS)
    (windows / "window.npy").write_bytes(b"no array")
    with pytest.raises(UserError, match="cannot be read"):
        train_segmenter(windows, out, SETTINGS)
    with pytest.raises(UserError, match="too small"):
        np.save(windows / "window.npy", np.zeros((30, WINDOW_PX, WINDOW_PX, 4), np.uint8))
        train_segmenter(windows, out, replace(SETTINGS, batch=500))


def test_a_folder_in_the_place_of_the_weights_is_refused_before_the_training(
    windows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segmentation._Run, "one_epoch", None)
    monkeypatch.chdir(tmp_path)
    for out in (tmp_path, Path()):
        with pytest.raises(UserError, match="is a folder"):
            train_segmenter(windows, out, SETTINGS)
