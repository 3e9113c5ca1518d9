"""The thread behind a view: the newest request wins, and one that fails is said."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from handorient.app.background import BROKEN, Background
from handorient.errors import UserError


def wait_for(condition) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come")


def test_only_the_newest_of_the_waiting_requests_is_computed():
    begun, go, done = threading.Event(), threading.Event(), []

    def compute(number: int) -> int:
        begun.set()
        go.wait(5)
        done.append(number)
        return number

    background = Background("test", lambda: compute)
    background.ask(1)
    assert begun.wait(5)
    for number in (2, 3, 4):
        background.ask(number)
    go.set()
    wait_for(lambda: not background.busy)
    assert done == [1, 4] and background.result() == (4, 4) and background.result() is None
    background.stop()


def test_a_request_that_fails_is_said_and_the_next_one_is_computed():
    def compute(number: int) -> int:
        if number == 0:
            raise UserError("There is nothing to compute: ask for something.")
        return 1 // (number - 1)

    background = Background("test", lambda: compute)
    background.ask(0)
    wait_for(lambda: background.failed is not None)
    assert background.failed == "There is nothing to compute: ask for something."
    background.ask(1)
    wait_for(lambda: background.failed == BROKEN)
    background.ask(2)
    wait_for(lambda: background.result() == (2, 1))
    assert background.failed is None
    background.stop()


def test_what_failed_is_no_longer_said_once_something_else_is_asked_for():
    begun, go = threading.Event(), threading.Event()

    def compute(number: int) -> int:
        if number == 0:
            raise UserError("There is nothing to compute: ask for something.")
        begun.set()
        go.wait(5)
        return number

    background = Background("test", lambda: compute)
    background.ask(0)
    wait_for(lambda: background.failed is not None)
    background.ask(1)
    assert begun.wait(5)
    assert background.busy and background.failed is None
    go.set()
    wait_for(lambda: background.result() == (1, 1))
    background.stop()


def test_what_could_not_be_made_is_made_again_for_the_next_request():
    tries = []

    def make():
        tries.append(1)
        if len(tries) == 1:
            raise UserError("Not yet: try again.")
        return lambda number: number + 1

    background = Background("test", make)
    background.ask(1)
    wait_for(lambda: background.failed is not None)
    background.ask(1)
    wait_for(lambda: background.result() == (1, 2))
    background.stop()


def test_nothing_runs_while_nothing_is_asked_for():
    background = Background("idle", lambda: lambda number: number)
    for number in range(3):
        background.ask(number)
        wait_for(lambda number=number: background.result() == (number, number))
        wait_for(lambda: "idle" not in [thread.name for thread in threading.enumerate()])
    assert not background.busy


ENDING = """
import threading
from handorient.app.background import Background

def compute(request):
    begun.set()
    threading.main_thread().join()
    sum(range(10_000_000))  # longer than it takes an interpreter to end
    print("computed")

begun = threading.Event()
Background("test", lambda: compute).ask(1)
begun.wait()
"""


def test_a_process_ends_after_what_is_being_computed():
    """One that ended while a network is at work would be aborted."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and done.stdout == "computed\n", done.stderr
