"""The worker: pictures before and between networks, and the change from one network to another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from handorient.app.worker import Worker
from handorient.capture.player import Player
from handorient.errors import UserError
from handorient.pipeline import Estimate
from tests.app.conftest import FakePipeline, FakeSource


class Loading:
    """Makes fake pipelines, each only once it is let; "missing" has no weights."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.made: list[tuple[str, FakePipeline]] = []

    def __call__(self, name: str) -> FakePipeline:
        self.let.acquire(timeout=10)
        if name == "missing":
            raise UserError("The weights are missing: install the app again.")
        self.made.append((name, FakePipeline()))
        return self.made[-1][1]


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
def worker(loading, player) -> Iterator[Worker]:
    worker = Worker(loading, "silhouette", SimpleQueue())
    worker.start()
    first = player.frames.get(5)
    assert first is not None
    worker.attach(player, first)
    yield worker
    loading.let.release(5)
    worker.stop(5)


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
    assert worker.starting and worker.input == ""
    loading.let.release()
    next_estimate(worker, hands=True)
    assert not worker.starting and worker.input == "silhouette" and worker.estimated > 0


def test_another_input_takes_over_while_pictures_go_on(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    worker.use_input("colour")
    next_estimate(worker, hands=False)
    assert worker.input == "silhouette" and worker.wanted == "colour" and not worker.starting
    loading.let.release()
    next_estimate(worker, hands=True)
    assert worker.input == "colour"
    (_, old), (name, new) = loading.made
    assert name == "colour" and old.closed and not new.closed


def test_an_input_that_cannot_be_loaded_is_explained_and_the_old_one_stays(worker, loading):
    loading.let.release()
    next_estimate(worker, hands=True)
    worker.use_input("missing")
    loading.let.release()
    assert worker.messages.get(timeout=5) == "The weights are missing: install the app again."
    next_estimate(worker, hands=True)
    assert worker.input == worker.wanted == "silhouette" and worker.failed is None
    assert not loading.made[0][1].closed


def test_a_held_picture_is_estimated_again_by_the_new_network(worker, loading, player):
    loading.let.release()
    next_estimate(worker, hands=True)
    player.pause()
    while worker.results.get(0.3) is not None:
        pass
    worker.use_input("colour")
    held = next_estimate(worker, hands=False).frame.index
    loading.let.release()
    again = next_estimate(worker, hands=True)
    assert again.frame.index == held and worker.input == "colour"


def test_jobs_run_with_the_pipeline_in_its_thread_and_one_that_fails_is_said(worker, loading):
    done = SimpleQueue()
    worker.ask(lambda pipeline: done.put((pipeline, threading.get_ident())))
    loading.let.release()
    pipeline, thread = done.get(timeout=5)
    assert pipeline is loading.made[0][1] and thread != threading.get_ident()
    worker.ask(lambda pipeline: 1 / 0)
    assert "view" in worker.messages.get(timeout=5)
    next_estimate(worker, hands=True)


def test_an_estimate_under_way_when_the_source_changes_still_belongs_to_its_own_player(
    worker, loading, player
):
    loading.let.release()
    next_estimate(worker, hands=True)
    (_, pipeline) = loading.made[0]
    pipeline.delay_s = 0.3
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
