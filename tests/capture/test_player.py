"""The player: frames at their times, pauses, ends and faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from handorient.capture.camera import Camera
from handorient.capture.frame import Frame
from handorient.capture.images import Images
from handorient.capture.player import MAX_LAG_S, Player, PlayerState, Schedule
from handorient.errors import UserError

from .clips import PATIENCE_S, Clip, frames_at, take, wait_for
from .media import FakeCapture, picture, write_image


class Missing(Clip):
    def open(self) -> None:
        raise UserError("No camera 7 was found.")


class Stuck(Clip):
    """Blocks in its first read until it is released, as a driver may."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()
        self.released = threading.Event()

    def read(self) -> Frame | None:
        self.reading.set()
        self.released.wait(PATIENCE_S)
        return super().read()


def test_a_file_is_spread_out_by_its_own_times_and_never_drifts() -> None:
    schedule = Schedule()
    frames = frames_at([i / 29.97 for i in range(300)], captured_s=100.0)
    due_s = [schedule.due_s(frame) for frame in frames]
    assert due_s == pytest.approx([100.0 + i / 29.97 for i in range(300)])


def test_late_reads_do_not_delay_what_follows() -> None:
    schedule = Schedule()
    first, second, third = frames_at([0.0, 0.1, 0.2], captured_s=100.0)
    schedule.due_s(first)
    assert schedule.due_s(replace(second, captured_s=100.3)) == pytest.approx(100.1)
    assert schedule.due_s(replace(third, captured_s=100.3)) == pytest.approx(100.2)


def test_after_a_long_hiccup_a_file_goes_on_without_rushing() -> None:
    schedule = Schedule()
    first, second, third = frames_at([0.0, 0.1, 0.2], captured_s=100.0)
    schedule.due_s(first)
    late_s = 100.1 + 2 * MAX_LAG_S
    assert schedule.due_s(replace(second, captured_s=late_s)) == pytest.approx(late_s)
    assert schedule.due_s(replace(third, captured_s=late_s)) == pytest.approx(late_s + 0.1)


def test_the_last_frame_of_a_loop_lasts_as_long_as_the_others() -> None:
    schedule = Schedule()
    frames = frames_at([i / 25 for i in range(10)], captured_s=100.0)
    due_s = []
    for _ in range(3):
        due_s += [schedule.due_s(frame) for frame in frames]
        schedule.loop(25.0)
    assert due_s == pytest.approx([100.0 + i / 25 for i in range(30)])


def test_a_camera_never_waits() -> None:
    schedule = Schedule()
    for i, captured_s in enumerate([100.0, 100.033, 107.0, 107.033]):  # a pause in between
        frame = Frame(i, captured_s - 100.0, captured_s, picture())
        assert schedule.due_s(frame) == pytest.approx(captured_s)


def test_every_frame_is_played_in_order_and_then_the_player_has_ended(play: Callable[..., Player]) -> None:
    player = play(Clip(count=5, frame_rate=50.0), loop=False)
    player.start()
    assert [take(player).index for _ in range(5)] == [0, 1, 2, 3, 4]
    wait_for(player, PlayerState.ENDED)
    assert player.error is None


def test_after_the_end_play_starts_over(play: Callable[..., Player]) -> None:
    player = play(Clip(count=2, frame_rate=50.0), loop=False)
    player.start()
    wait_for(player, PlayerState.ENDED)
    player.play()
    assert [take(player).index for _ in range(4)] == [0, 1, 0, 1]


def test_a_loop_shows_as_an_index_that_does_not_increase(play: Callable[..., Player]) -> None:
    player = play(Clip(count=3, frame_rate=50.0))
    player.start()
    assert [take(player).index for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_a_single_picture_is_shown_once_and_again_when_asked(play: Callable[..., Player]) -> None:
    player = play(Clip(count=1, frame_rate=50.0), loop=True)
    player.start()
    assert take(player).index == 0
    wait_for(player, PlayerState.ENDED)
    assert player.frames.get(0.1) is None
    player.play()
    assert take(player).index == 0
    wait_for(player, PlayerState.ENDED)
    assert player.error is None


def test_the_only_readable_picture_of_a_folder_is_a_single_one(
    tmp_path: Path, play: Callable[..., Player]
) -> None:
    (tmp_path / "a.png").write_text("not an image")
    write_image(tmp_path / "b.png", picture())
    player = play(Images(tmp_path))
    player.start()
    assert take(player).index == 1
    wait_for(player, PlayerState.ENDED)


def test_a_file_whose_first_picture_cannot_be_read_is_an_error(play: Callable[..., Player]) -> None:
    player = play(Clip(count=0))
    player.start()
    assert player.frames.get(PATIENCE_S) is None
    assert player.state is PlayerState.FAULTED
    assert "clip contains no readable picture" in str(player.error)


def test_a_played_frame_counts_as_captured_when_it_was_due(play: Callable[..., Player]) -> None:
    player = play(Clip(count=4, frame_rate=50.0), loop=False)
    player.start()
    first, *others = (take(player) for _ in range(4))
    for frame in others:
        assert frame.captured_s - first.captured_s >= frame.time_s - 1e-6


def test_paused_before_the_start_nothing_plays_and_a_step_shows_one_frame(
    play: Callable[..., Player],
) -> None:
    player = play(Clip(count=3, frame_rate=50.0))
    player.pause()
    player.start()
    wait_for(player, PlayerState.PAUSED)
    assert player.frames.get(0.05) is None
    for index in [0, 1, 2, 0]:
        player.step()
        assert take(player).index == index
        assert player.frames.get(0.05) is None
    assert player.state is PlayerState.PAUSED


def test_over_a_pause_no_frame_is_lost_and_the_pace_is_kept(play: Callable[..., Player]) -> None:
    player = play(Clip(count=4, frame_rate=5.0), loop=False)
    player.start()
    assert take(player).index == 0
    player.pause()
    assert player.state is PlayerState.PAUSED
    assert player.frames.get(0.3) is None  # longer than a frame lasts
    player.play()
    assert player.state is PlayerState.RUNNING
    first, second, third = (take(player) for _ in range(3))
    assert [first.index, second.index, third.index] == [1, 2, 3]
    assert second.captured_s - first.captured_s == pytest.approx(0.2)
    assert third.captured_s - second.captured_s == pytest.approx(0.2)


def test_after_a_pause_a_camera_shows_the_present(play: Callable[..., Player]) -> None:
    player = play(Camera(0, connect=lambda index: FakeCapture()))
    player.start()
    take(player)
    player.pause()
    while player.frames.get(0.1) is not None:  # what was on its way when the pause came
        pass
    resumed_s = time.perf_counter()
    player.play()
    assert take(player).captured_s > resumed_s - 0.05


def test_a_source_that_cannot_be_opened_is_an_error_the_consumer_can_show(
    play: Callable[..., Player],
) -> None:
    player = play(Missing())
    player.start()
    assert player.frames.get(PATIENCE_S) is None
    assert player.state is PlayerState.FAULTED
    assert str(player.error) == "No camera 7 was found."


@pytest.mark.parametrize("fault", [UserError("The camera stopped."), RuntimeError("a bug")])
def test_a_fault_while_playing_reaches_the_consumer_and_closes_the_source(
    fault: Exception, play: Callable[..., Player]
) -> None:
    source = Clip(count=2, frame_rate=50.0, fault=fault)
    player = play(source)
    player.start()
    while player.frames.get(PATIENCE_S) is not None:
        pass
    assert player.state is PlayerState.FAULTED
    assert player.error is fault
    assert source.closed.is_set()


def test_stopping_closes_the_source_and_wakes_the_consumer() -> None:
    source = Clip()
    player = Player(source)
    player.start()
    take(player)
    player.stop()
    assert source.closed.is_set()
    assert player.state is PlayerState.STOPPED
    assert player.frames.get() is None
    assert player.error is None


def test_stopping_does_not_wait_for_a_source_that_blocks_which_still_closes_in_the_end(
    play: Callable[..., Player],
) -> None:
    source = Stuck()
    player = play(source)
    player.start()
    assert source.reading.wait(PATIENCE_S)
    player.stop()  # would hang for PATIENCE_S
    assert not source.closed.is_set()
    source.released.set()
    assert source.closed.wait(PATIENCE_S)
    assert player.state is PlayerState.STOPPED


def test_a_player_that_never_started_can_be_stopped(play: Callable[..., Player]) -> None:
    player = play(Clip())
    player.stop()
    assert player.state is PlayerState.STOPPED
