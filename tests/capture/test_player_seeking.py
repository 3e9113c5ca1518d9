"""The player of a file that can seek: elsewhere, backwards, faster, round and round."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from handorient.capture.camera import Camera
from handorient.capture.frame import Frame
from handorient.capture.player import Player, PlayerState, Schedule

from .clips import PATIENCE_S, Reel, frames_at, take, wait_for
from .media import FakeCapture


class Far(Reel):
    """Takes long to find a frame, unless nobody wants it any more."""

    def __init__(self) -> None:
        super().__init__()
        self.seeking = threading.Event()

    def seek(self, index: int) -> None:
        self.seeking.set()
        end_s = time.perf_counter() + PATIENCE_S
        while not self.given_up and time.perf_counter() < end_s:
            time.sleep(0.001)
        super().seek(index)


def test_at_half_the_speed_everything_lasts_twice_as_long_from_the_frame_on_that_is_shown() -> None:
    schedule = Schedule()
    frames = frames_at([i / 10 for i in range(5)], captured_s=100.0)
    due_s = [schedule.due_s(frame) for frame in frames[:2]]
    schedule.set_speed(0.5, now_s=100.1)
    due_s += [schedule.due_s(frame) for frame in frames[2:4]]
    schedule.set_speed(2.0, now_s=100.5)
    due_s += [schedule.due_s(frames[4])]
    schedule.loop(10.0)
    due_s += [schedule.due_s(frames[0])]
    assert due_s == pytest.approx([100.0, 100.1, 100.3, 100.5, 100.55, 100.6])


def sought_while_playing(player: Player, time_s: float) -> Frame:
    """Starts the player, and seeks once it has shown a frame; the first one that it shows there."""
    player.start()
    before = take(player)
    player.seek(time_s)
    while (frame := take(player)).take == before.take:  # what was on its way
        pass
    return frame


def test_a_seek_while_playing_goes_on_from_there_as_another_take(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=50.0))
    frame = sought_while_playing(player, 10.0)
    others = [take(player) for _ in range(4)]
    assert [frame.index, *(other.index for other in others)] == [500, 501, 502, 503, 504]
    assert {other.take for other in others} == {frame.take}
    assert player.state is PlayerState.RUNNING


def test_the_picture_that_was_sought_lasts_as_long_as_any_other(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=4.0))
    sought = sought_while_playing(player, 10.0)
    assert take(player).captured_s - sought.captured_s == pytest.approx(0.25)


def test_a_seek_while_paused_shows_that_frame_and_stays_there(play: Callable[..., Player]) -> None:
    player = play(Reel(count=100, frame_rate=50.0))
    player.pause()
    player.start()
    for time_s, index in [(1.0, 50), (0.5, 25), (0.5, 25), (99.0, 99), (-1.0, 0)]:
        player.seek(time_s)
        assert take(player).index == index
        assert player.frames.get(0.05) is None
        assert player.position_s == pytest.approx(index / 50)
    assert player.state is PlayerState.PAUSED


def test_steps_go_both_ways_and_no_further_back_than_the_first_frame(play: Callable[..., Player]) -> None:
    player = play(Reel(count=5, frame_rate=50.0))
    player.pause()
    player.start()
    for count, index in [(1, 0), (1, 1), (1, 2), (-1, 1), (-1, 0), (-1, 0), (1, 1), (1, 2)]:
        player.step(count)
        assert take(player).index == index
        assert player.frames.get(0.05) is None


def test_a_step_back_while_playing_shows_the_frame_before_the_one_shown(play: Callable[..., Player]) -> None:
    player = play(Reel(count=100, frame_rate=2.0))
    player.start()
    shown = [take(player).index for _ in range(2)]
    player.step(-1)
    assert shown == [0, 1]
    assert take(player).index == 0
    assert player.state is PlayerState.PAUSED


def test_after_the_end_one_can_seek_and_step_back(play: Callable[..., Player]) -> None:
    player = play(Reel(count=3, frame_rate=50.0), loop=False)
    player.start()
    assert [take(player).index for _ in range(3)] == [0, 1, 2]
    wait_for(player, PlayerState.ENDED)
    player.step(-1)
    assert take(player).index == 1
    player.seek(0.0)
    assert take(player).index == 0
    assert player.state is PlayerState.PAUSED
    player.play()
    assert [take(player).index for _ in range(2)] == [1, 2]


def test_without_a_loop_the_end_is_passed_by_whoever_asks_to_play_alone(play: Callable[..., Player]) -> None:
    player = play(Reel(count=3, frame_rate=50.0), loop=False)
    player.pause()
    player.start()
    for goes_on in (lambda: player.play(again=False), lambda: player.step(2)):
        player.seek(9.0)
        assert take(player).index == 2
        goes_on()
        wait_for(player, PlayerState.ENDED)
        player.step()
        assert player.frames.get(0.05) is None and player.state is PlayerState.ENDED
    player.play()
    assert take(player).index == 0


def test_in_a_single_picture_one_can_seek_and_step_and_it_stays(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1, frame_rate=50.0))
    player.start()
    take(player)
    for act in (lambda: player.seek(0.0), lambda: player.step(-1)):
        wait_for(player, PlayerState.ENDED)
        act()
        assert take(player).index == 0
        assert player.frames.get(0.05) is None
        assert player.state is PlayerState.PAUSED
        player.play()
        assert take(player).index == 0


@pytest.mark.parametrize("loop", [False, True])
def test_playing_on_from_the_last_picture_starts_over_at_once(
    play: Callable[..., Player], loop: bool
) -> None:
    player = play(Reel(count=3, frame_rate=50.0), loop=loop)
    player.pause()
    player.start()
    for to_the_end in (lambda: [player.step() for _ in range(3)], lambda: player.seek(9.0)):
        to_the_end()
        while take(player).index < 2:
            pass
        player.play()
        assert [take(player).index for _ in range(3)] == [0, 1, 2]
        if not loop:
            wait_for(player, PlayerState.ENDED)
            assert player.frames.get(0.05) is None
        player.pause()


def test_of_many_seeks_the_last_one_is_where_it_ends(play: Callable[..., Player]) -> None:
    reel = Reel(count=1000, frame_rate=50.0)
    reel.slow_s = 0.02
    player = play(reel)
    player.pause()
    player.start()
    for index in range(100, 200):
        player.seek(index / 50)
    assert player.position_s == pytest.approx(199 / 50)  # a slider must not jump back meanwhile
    shown = [take(player).index]
    while (frame := player.frames.get(0.3)) is not None:
        shown.append(frame.index)
    assert shown[-1] == 199
    assert len(shown) < 10


def test_the_loop_can_be_switched_while_playing(play: Callable[..., Player]) -> None:
    player = play(Reel(count=3, frame_rate=50.0), loop=False)
    player.loop = True
    player.start()
    assert [take(player).index for _ in range(4)] == [0, 1, 2, 0]
    player.loop = False
    wait_for(player, PlayerState.ENDED)


def test_speed_changes_the_pace(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=2.0))
    player.speed = 2.0
    player.start()
    first, second = take(player), take(player)
    assert second.captured_s - first.captured_s == pytest.approx(0.25)


def test_a_frame_that_waits_hears_of_another_speed() -> None:
    """Half a second of one has passed; at double speed the other half takes a quarter."""
    schedule = Schedule()
    first, second = frames_at([0.0, 1.0], captured_s=100.0)
    schedule.due_s(first)
    assert schedule.due_s(second) == pytest.approx(101.0)
    schedule.set_speed(2.0, now_s=100.5)
    assert schedule.due_s(second) == pytest.approx(100.75)


def test_another_speed_wakes_the_player_that_waits(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=1.0))
    player.speed = 0.25
    player.start()
    first = take(player)
    assert player.frames.get(0.05) is None  # it waits for the second by now
    player.speed = 2.0
    assert take(player).captured_s - first.captured_s < 3.0, "not the four seconds of the old speed"


def test_a_camera_cannot_be_sought_slowed_or_stepped_back(play: Callable[..., Player]) -> None:
    player = play(Camera(0, connect=lambda index: FakeCapture()))
    player.seek(3.0)
    player.step(-1)
    player.speed = 0.5
    player.start()
    assert take(player).take == 0
    assert player.duration_s is None
    assert player.speed == 1.0
    assert player.state is PlayerState.RUNNING


def test_stopping_ends_a_seek_that_takes_long(play: Callable[..., Player]) -> None:
    source = Far()
    player = play(source)
    player.start()
    take(player)
    player.seek(0.01)
    assert source.seeking.wait(PATIENCE_S)
    player.stop()
    assert source.closed.is_set()


def test_what_was_only_played_begins_again_when_asked_to(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=50.0))
    player.start()
    first = [take(player) for _ in range(5)][-1]
    assert first.index == 4 and player.begin_again()
    while (frame := take(player)).take == first.take:
        pass
    assert frame.index == 0 and player.state is PlayerState.RUNNING
    assert not player.begin_again(), "it has been elsewhere"


def test_what_is_held_does_not_begin_again(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=50.0))
    player.start()
    take(player)
    player.pause()
    assert not player.begin_again()
