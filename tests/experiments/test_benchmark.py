"""The benchmark's format, read from a small made-up folder."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.errors import UserError
from handorient.experiments.benchmark import (
    HAND_ANGLES,
    HEAD_ANGLES,
    read_benchmark,
    silhouette_of,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of two people, one of them wide, and a column that nobody asked for."""
    square, wide = np.full((40, 40, 3), 255, np.uint8), np.full((20, 40, 3), 255, np.uint8)
    square[10:30, 10:30] = (0, 0, 200)  # red, as OpenCV writes it
    wide[5:15, 10:30] = (0, 0, 200)
    cv2.imwrite(str(tmp_path / "a.png"), square)
    cv2.imwrite(str(tmp_path / "b.png"), wide)
    write(tmp_path, "a.png,12.5,-3,Mary,phone", "b.png,-40,20,Adam,webcam")
    return tmp_path


def write(folder: Path, *lines: str, header: str = "file,azimuth,elevation,participant,camera") -> None:
    (folder / "manifest.csv").write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")


def test_pictures_angles_and_people_are_read(folder: Path):
    benchmark = read_benchmark(folder, HAND_ANGLES, 32)
    assert benchmark.pictures.shape == (2, 32, 32, 3) and benchmark.pictures.dtype == np.uint8
    assert benchmark.angles_deg.tolist() == [[12.5, -3.0], [-40.0, 20.0]]
    assert benchmark.participant.tolist() == [1, 0], "in the order of their names"
    assert benchmark.pictures[0, 16, 16].tolist() == [200, 0, 0], "RGB"


def test_a_wide_picture_is_filled_up_with_white_and_keeps_its_proportions(folder: Path):
    wide = silhouette_of(read_benchmark(folder, HAND_ANGLES, 40).pictures[1])
    rows, columns = np.nonzero(wide)
    assert np.ptp(rows) + 1 == 10 and np.ptp(columns) + 1 == 20
    assert rows.mean() == pytest.approx(19.5)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.png,12.5,-3,Mary,phone\nc.png,1,2,Adam,phone", "line 3: there is no picture"),
        ("a.png,far,-3,Mary,phone", "line 2: azimuth must be degrees"),
        ("a.png,nan,-3,Mary,phone", "line 2: azimuth must be degrees"),
        ("a.png,3,-51,Mary,phone", "line 2: elevation must be degrees from -50 to 50, not '-51'"),
        ("", "lists no pictures"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder: Path, line: str, complaint: str):
    write(folder, line)
    with pytest.raises(UserError, match=complaint):
        read_benchmark(folder, HAND_ANGLES, 32)


def test_a_missing_column_or_table_is_said(folder: Path, tmp_path: Path):
    with pytest.raises(UserError, match="no column 'yaw'"):
        read_benchmark(folder, HEAD_ANGLES, 32)
    with pytest.raises(UserError, match="cannot be read"):
        read_benchmark(tmp_path / "nowhere", HAND_ANGLES, 32)


def test_an_outline_has_one_piece_and_no_holes():
    picture = np.full((50, 50, 3), 255, np.uint8)
    picture[10:40, 10:40] = 90
    picture[20:25, 20:25] = 255
    picture[2:4, 2:4] = 90
    outline = silhouette_of(picture)
    assert (outline[10:40, 10:40] == 255).all() and np.count_nonzero(outline) == 900
    assert not silhouette_of(np.full((50, 50, 3), 255, np.uint8)).any()
