from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from handorient.capture.camera import Camera
from handorient.capture.frame import Frame
from handorient.capture.mailbox import Mailbox
from handorient.capture.player import MAX_LAG_S, Player, PlayerState, Schedule
from handorient.capture.source import SeekableSource, Source
from handorient.errors import UserError

from .media import FakeCapture, picture

PATIENCE_S = 10.0


class Clip(Source):
    """A file of ``count`` frames; ``fault`` is raised in place of the frame of index ``count``."""

    name = uri = "clip"
    live = False

    def __init__(self, count: int = 5, frame_rate: float = 200.0, fault: Exception | None = None) -> None:
        self.frame_rate = frame_rate
        self.count = count
        self.fault = fault
        self.next = count
        self.closed = threading.Event()

    def open(self) -> None:
        self.next = 0
        self.closed.clear()

    def read(self) -> Frame | None:
        if self.next == self.count:
            if self.fault is not None:
                raise self.fault
            return None
        frame = Frame(self.next, self.next / self.frame_rate, time.monotonic(), picture())
        self.next += 1
        return frame

    def close(self) -> None:
        self.closed.set()


class Reel(Clip, SeekableSource):
    """A clip any of whose frames can be asked for; ``slow_s`` is how long finding one takes."""

    slow_s = 0.0

    @property
    def duration_s(self) -> float | None:
        return self.count / self.frame_rate

    def index_at(self, time_s: float) -> int:
        time.sleep(self.slow_s)
        return min(int(time_s * self.frame_rate + 1e-6), self.count - 1)

    def seek(self, index: int) -> None:
        self.next = index


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


class Tape(Mailbox[Frame]):
    """Keeps every frame, so that a slow machine cannot make a test miss one."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()

    def put(self, item: Frame) -> None:
        self.kept.put(item)

    def get(self, timeout: float | None = None) -> Frame | None:
        try:
            return self.kept.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        super().close()
        self.kept.put(None)


@pytest.fixture
def play() -> Iterator[Callable[..., Player]]:
    """Makes players, and stops them when the test is over."""
    players: list[Player] = []

    def make(source: Source, loop: bool = True) -> Player:
        player = Player(source, loop=loop)
        player.frames = Tape()
        players.append(player)
        return player

    yield make
    for player in players:
        player.stop()


def take(player: Player) -> Frame:
    frame = player.frames.get(PATIENCE_S)
    assert frame is not None
    return frame


def wait_for(player: Player, state: PlayerState) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while player.state is not state:
        assert time.monotonic() < end_s, f"still {player.state}"
        time.sleep(0.001)


def frames_at(times_s: list[float], captured_s: float) -> list[Frame]:
    return [Frame(i, time_s, captured_s, picture()) for i, time_s in enumerate(times_s)]


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


def test_at_half_the_speed_everything_lasts_twice_as_long_from_the_frame_on_that_is_shown() -> None:
    schedule = Schedule()
    frames = frames_at([i / 10 for i in range(5)], captured_s=100.0)
    due_s = [schedule.due_s(frame) for frame in frames[:2]]
    schedule.set_speed(0.5)
    due_s += [schedule.due_s(frame) for frame in frames[2:4]]
    schedule.set_speed(2.0)
    due_s += [schedule.due_s(frames[4])]
    schedule.loop(10.0)
    due_s += [schedule.due_s(frames[0])]
    assert due_s == pytest.approx([100.0, 100.1, 100.3, 100.5, 100.55, 100.6])


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
    resumed_s = time.monotonic()
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


def test_a_seek_while_playing_goes_on_from_there_as_another_take(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=50.0))
    player.start()
    before = take(player)
    player.seek(10.0)
    while (frame := take(player)).take == before.take:  # what was on its way
        pass
    others = [take(player) for _ in range(4)]
    assert [frame.index, *(other.index for other in others)] == [500, 501, 502, 503, 504]
    assert {other.take for other in others} == {frame.take}
    assert player.state is PlayerState.RUNNING


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


def test_speed_is_kept_within_its_limits_and_changes_the_pace(play: Callable[..., Player]) -> None:
    player = play(Reel(count=1000, frame_rate=2.0))
    for asked, given in [(9.0, 2.0), (0.0, 0.25), (2.0, 2.0)]:
        player.speed = asked
        assert player.speed == given
    player.start()
    first, second = take(player), take(player)
    assert second.captured_s - first.captured_s == pytest.approx(0.25)


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
