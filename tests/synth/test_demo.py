from pathlib import Path

import numpy as np
import pytest

from handorient.capture.demo import PERIOD_S, Demo, demo_truth
from handorient.capture.video import VideoFile
from handorient.errors import UserError
from handorient.synth.demo import FRAME_RATE, HEIGHT, WIDTH, render_demo


def test_the_demo_visits_each_orientation_and_its_opposite():
    truths = map(demo_truth, np.arange(0, PERIOD_S, 0.1))
    path = np.degrees([(truth.azimuth_rad, truth.elevation_rad) for truth in truths])
    far = path[np.hypot(*path.T) > 25]
    gaps = np.linalg.norm(far[:, None] + path[None], axis=2).min(1)
    assert len(far) > 100
    assert np.median(gaps) < 6


def test_the_clip_lasts_one_sweep_and_every_frame_has_the_truth_of_its_time():
    with Demo() as demo:
        assert demo.frame_count == round(PERIOD_S * FRAME_RATE)
        for index in (0, 1, 333):
            demo.seek(index)
            frame = demo.read()
            assert frame is not None and frame.rgb.shape == (HEIGHT, WIDTH, 3)
            assert frame.truth == demo_truth(index / FRAME_RATE)


def test_the_clip_is_what_the_renderer_draws_today(tmp_path: Path):
    render_demo(tmp_path / "demo.mp4", 0.2)
    with Demo() as shipped, VideoFile(tmp_path / "demo.mp4") as rendered:
        for _ in range(5):
            one, other = shipped.read(), rendered.read()
            assert one is not None and other is not None
            assert np.abs(one.rgb.astype(int) - other.rgb).mean() < 1.0


def test_a_clip_that_cannot_be_written_is_a_clear_error(tmp_path: Path):
    with pytest.raises(UserError, match="could not be written"):
        render_demo(tmp_path / "missing" / "demo.mp4", 0.1)
