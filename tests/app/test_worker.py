"""The worker: pictures before and between networks, and the change from one network to another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from handorient.app import worker as worker_module
from handorient.app.worker import BROKEN_FRAME, BROKEN_PIPELINE, Worker
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.pipeline import Estimate
from tests.app.conftest import FakeFile, FakePipeline, FakeSource

WEIGHTS = {name: Path(name) for name in ("silhouette", "colour", "missing")}


class Loading(FakePipeline):
    """A pipeline that loads its networks each only once it is let; "missing" has no weights."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Semaphore(0)
        self.loaded: list[str] = []
        self.broken: set[int] = set()  # after so many networks have been loaded, it can be reset no more

    def use(self, weights: Path) -> None:
        self.let.acquire(timeout=10)
        if weights.name == "missing":
            raise UserError("The weights are missing: install the app again.")
        self.loaded.append(weights.name)

    def make(self, weights: Path) -> FakePipeline:
        self.use(weights)
        self.error, self.closed = None, False
        return self

    def reset(self) -> None:
        super().reset()
        if len(self.loaded) in self.broken:
            self.error = RuntimeError("the graph has errors")
            raise self.error


@pytest.fixture
def loading() -> Loading:
    return Loading()


@pytest.fixture
def player() -> Iterator[Player]:
    player = Player(FakeSource())
    player.start()
    yield player
    player.stop()


@pytest.fixture
def unshown(loading, player) -> Iterator[Worker]:
    """A worker whose first picture is not shown yet."""
    worker = Worker(loading.make, WEIGHTS, "silhouette")
    worker.start()
    first = player.frames.get(5)
    assert first is not None
    worker.attach(player, first)
    yield worker
    worker.shown.set()
    loading.let.release(5)
    worker.stop(5)


@pytest.fixture
def worker(unshown) -> Worker:
    unshown.shown.set()
    return unshown


def next_estimate(worker: Worker, hands: bool) -> Estimate:
    """The next estimate that has hands, or has none."""
    for _ in range(1000):
        newest = worker.results.get(5)
        assert newest is not None
        _, estimate = newest
        if bool(estimate.hands) == hands:
            return estimate
    raise AssertionError("a thousand estimates of the other kind")


def test_pictures_come_while_the_first_network_loads_and_hands_once_it_is_there(worker, loading):
    first, second = next_estimate(worker, hands=False), next_estimate(worker, hands=False)
    assert second.frame.index > first.frame.index
    assert worker.input == "" and worker.failed is None
    loading.let.release()
    next_estimate(worker, hands=True)
    assert worker.input == "silhouette" and worker.estimated > 0


def test_a_file_that_played_on_while_the_first_network_loaded_is_seen_from_its_beginning(loading):
    worker = Worker(loading.make, WEIGHTS, "silhouette")
    worker.shown.set()
    player = Player(FakeFile())
    try:
        player.start()
        worker.start()
        worker.attach(player, player.frames.get(5))
        while (before := next_estimate(worker, hands=False)).frame.index < 20:
            pass
        loading.let.release()
        after = next_estimate(worker, hands=True)
        assert after.frame.take > before.frame.take and after.frame.index < 20
    finally:
        loading.let.release()
        player.stop()
        worker.stop(5)


def test_another_input_takes_over_and_no_picture_goes_without_hands(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    worker.use_input("colour")
    loading.let.release()
    while worker.input == "silhouette":
        assert worker.results.get(5)[1].hands
    assert next_estimate(worker, hands=True) and worker.input == "colour"
    assert loading.loaded == ["silhouette", "colour"] and not loading.closed


def test_what_is_wanted_once_the_first_picture_is_shown_is_all_that_is_loaded(unshown, loading, monkeypatch):
    monkeypatch.setattr(worker_module, "_HEAD_START_S", 10.0)
    next_estimate(unshown, hands=False)
    unshown.use_input("colour")
    unshown.shown.set()
    loading.let.release(2)
    next_estimate(unshown, hands=True)
    assert unshown.input == "colour" and loading.loaded == ["colour"]


def test_an_input_that_cannot_be_loaded_is_explained_and_the_old_one_stays(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    worker.use_input("missing")
    loading.let.release()
    assert worker.messages.get(timeout=5) == "The weights are missing: install the app again."
    next_estimate(worker, hands=True)
    assert worker.input == worker.wanted == "silhouette" and worker.failed is None
    assert not loading.closed


def test_a_held_picture_is_estimated_again_by_the_new_network(worker, loading, player):
    loading.let.release()
    held = next_estimate(worker, hands=True).frame.index
    player.pause()
    while (newest := worker.results.get(0.3)) is not None:
        held = newest[1].frame.index
    worker.use_input("colour")
    loading.let.release()
    again = next_estimate(worker, hands=True)
    assert again.frame.index == held and worker.input == "colour"


def test_jobs_run_with_the_pipeline_in_its_thread_and_one_that_fails_is_said(worker, loading):
    done = SimpleQueue()
    worker.ask(lambda pipeline: done.put((pipeline, threading.get_ident())))
    loading.let.release()
    pipeline, thread = done.get(timeout=5)
    assert pipeline is loading and thread != threading.get_ident()
    worker.ask(lambda pipeline: 1 / 0)
    assert "view" in worker.messages.get(timeout=5)
    next_estimate(worker, hands=True)


def test_an_estimate_under_way_when_the_source_changes_still_belongs_to_its_own_player(
    worker, loading, player
):
    loading.let.release()
    next_estimate(worker, hands=True)
    loading.delay_s = 0.3
    other = Player(FakeSource("other"))
    other.start()
    first = other.frames.get(5)
    assert first is not None
    worker.results.get(5)
    worker.attach(other, first)
    came = [worker.results.get(5) for _ in range(2)]
    other.stop()
    assert [newest and newest[0] for newest in came] == [player, other]


def test_a_job_that_fails_does_not_take_the_next_one_along(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    done = threading.Event()

    def fail(_: object) -> None:
        raise ZeroDivisionError

    with worker._changed:  # both are there when the worker looks
        worker._jobs += [fail, lambda _: done.set()]
    assert done.wait(5)


def test_a_pipeline_that_cannot_even_be_reset_is_made_anew(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    loading.broken = {1}
    loading.error = RuntimeError("a bad picture")
    assert worker.messages.get(timeout=5) == BROKEN_FRAME
    next_estimate(worker, hands=False)
    assert loading.closed and worker.input == "" and worker.failed is None
    loading.let.release()
    next_estimate(worker, hands=True)
    assert loading.loaded == ["silhouette"] * 2 and worker.input == "silhouette"
    assert not loading.closed and worker.failed is None


def test_one_that_is_no_better_when_it_is_made_anew_is_given_up_until_another_is_wanted(worker, loading):
    loading.let.release(2)
    loading.broken = {1, 2}
    while worker.failed is None:
        assert not next_estimate(worker, hands=False).hands
    assert worker.failed == BROKEN_PIPELINE and loading.loaded == ["silhouette"] * 2 and loading.closed
    said = {worker.messages.get(timeout=5) for _ in range(worker.messages.qsize())}
    assert said == {BROKEN_FRAME, BROKEN_PIPELINE}
    next_estimate(worker, hands=False)
    worker.use_input("colour")
    loading.let.release()
    next_estimate(worker, hands=True)
    assert worker.input == "colour" and worker.failed is None


def test_a_job_for_a_pipeline_that_was_given_up_waits_for_the_next_one(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    loading.broken = {1}
    loading.error = RuntimeError("a bad picture")
    while not loading.closed:
        next_estimate(worker, hands=False)
    done = SimpleQueue()
    worker.ask(lambda pipeline: done.put(pipeline.closed))
    loading.let.release()
    assert done.get(timeout=5) is False


def test_pictures_that_fail_are_said_each_time_and_each_kind_of_error_is_logged_once(worker, loading, caplog):
    loading.let.release()
    next_estimate(worker, hands=True)
    again = ValueError("no picture at 10 ms"), ValueError("no picture at 43 ms"), MemoryError("none")
    for error in (*again, ValueError("no hand")):
        loading.error = error
        for _ in range(3):
            assert worker.messages.get(timeout=5) == BROKEN_FRAME
    logged = [str(record.exc_info[1]) for record in caplog.records]
    assert logged == ["no picture at 10 ms", "none", "no hand"]
