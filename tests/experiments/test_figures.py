"""The talk's figures where a benchmark has little to show."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from handorient.experiments.benchmark import Benchmark
from handorient.experiments.figures import draw_pairs

OUTLINE = np.pad(np.zeros((20, 20, 3), np.uint8), ((6, 6), (6, 6), (0, 0)), constant_values=255)


@pytest.mark.parametrize(
    ("truth_deg", "people", "pairs"),
    [
        ([(30, 10), (-30, -10), (5, 5), (-5, -5)], [0, 0, 0, 0], 1),
        ([(30, 10), (-30, -10), (10, -35), (-10, 35)], [0, 0, 1, 1], 2),
        ([(30, 10), (-30, -10)], [0, 1], 0),
        ([(12, 0), (-12, 0), (0, 12), (0, -12)], [0, 0, 0, 0], 0),
    ],
)
def test_there_are_as_many_pairs_as_the_benchmark_has(
    tmp_path: Path, truth_deg: list[tuple[int, int]], people: list[int], pairs: int
):
    truth, count = np.array(truth_deg, np.float32), len(truth_deg)
    benchmark = Benchmark(np.stack([OUTLINE] * count), truth, np.array(people))
    np.savez(
        tmp_path / "silhouette-held-out-0-propel.npz",
        rows=np.arange(count),
        truth_deg=truth,
        weights=np.full((count, 2), 0.5),
        mean_deg=np.stack([truth, -truth], 1),
        std_deg=np.full((count, 2, 2), 5.0),
    )
    path = tmp_path / "pairs.png"
    draw_pairs(path, benchmark, tmp_path)
    if not pairs:
        assert not path.exists()
        return
    height, width, _ = cv2.imread(str(path)).shape
    assert width / height == pytest.approx(pairs * 2.1 / 4.4, rel=0.01)
