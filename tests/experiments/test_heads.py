"""The heads' benchmark: readable as any other, the same every time, and nothing half written."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.errors import UserError
from handorient.experiments.benchmark import HEAD_ANGLES, MANIFEST, read_benchmark
from handorient.experiments.heads import PITCH_DEG, ROLL_DEG, YAW_DEG, make_heads

SIDE_PX = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "heads"
    make_heads(folder, pictures=13, people=2, side_px=SIDE_PX)
    return folder


def test_the_manifest_names_every_picture_its_angles_and_its_person(folder: Path) -> None:
    header, *rows = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    assert header == "file,yaw,pitch,roll,participant"
    files, *angles, people = zip(*(row.split(",") for row in rows), strict=True)
    assert list(files) == sorted(str(p.relative_to(folder)) for p in (folder / "pictures").iterdir())
    assert people == ("1",) * 7 + ("2",) * 6
    assert all(len(angle.split(".")[1]) == 2 for column in angles for angle in column)


def test_pictures_are_small_and_angles_within_their_ranges(folder: Path) -> None:
    data = read_benchmark(folder, HEAD_ANGLES, SIDE_PX)
    assert cv2.imread(str(folder / "pictures" / "00000.png")).shape == (64, 64, 3)
    assert data.pictures.shape == (13, 64, 64, 3)
    assert (np.abs(data.angles_deg) <= [YAW_DEG, PITCH_DEG, ROLL_DEG]).all()
    assert (data.angles_deg.std(0) > 5).all()
    assert data.pictures.std((1, 2, 3)).min() > 10


def test_the_heads_are_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    make_heads(tmp_path / "again", pictures=13, people=2, side_px=SIDE_PX)
    first, again = (read_benchmark(path, HEAD_ANGLES, SIDE_PX) for path in (folder, tmp_path / "again"))
    np.testing.assert_array_equal(again.pictures, first.pictures)
    np.testing.assert_array_equal(again.angles_deg, first.angles_deg)


def test_an_existing_folder_is_left_alone(folder: Path) -> None:
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(UserError, match="already exists"):
        make_heads(folder, pictures=4, people=2, side_px=SIDE_PX)
    assert (folder / MANIFEST).read_bytes() == before
