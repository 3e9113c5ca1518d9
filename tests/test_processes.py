"""Processes that share the work: none outlives it, and none is waited for in vain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handorient.errors import UserError
from handorient.processes import in_order, processes

PATIENCE_S = 60.0

BUSY = """
import os, sys, time
from handorient import cli
from handorient.processes import in_order, processes

def work(options):
    with processes(time.time) as pool:
        list(in_order(pool, time.sleep, [0.5, 0.5]))  # both have begun, and one of them will be idle
        print(pool.submit(os.getpid).result(), flush=True)
        list(in_order(pool, time.sleep, [10_000.0]))

cli._doctor = work
sys.exit(cli.main(["doctor"]))
"""


def test_a_process_that_is_ended_from_outside_is_said_and_not_waited_for() -> None:
    with (
        pytest.raises(UserError, match="was ended"),
        processes(time.time) as pool,
    ):
        list(in_order(pool, os._exit, [1] * 30))


def test_what_fails_in_a_process_fails_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"), processes(time.time) as pool:
        list(in_order(pool, int, ["1", "one"]))


def no_weights() -> None:
    raise UserError("There are no weights.")


def test_what_keeps_a_process_from_beginning_is_said() -> None:
    with pytest.raises(UserError, match="There are no weights"), processes(no_weights) as pool:
        list(in_order(pool, int, ["1"]))


def test_results_come_in_the_order_of_their_jobs_with_their_arguments() -> None:
    with processes(time.time) as pool:
        assert list(in_order(pool, pow, range(10), range(10))) == [n**n for n in range(10)]


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("kill", ["kill", "killpg"])
@pytest.mark.parametrize("interruption", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_them_all_in_the_middle_of_their_work(
    kill: str, interruption: signal.Signals
) -> None:
    """Of the first process alone, or as a terminal does it, of all."""
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        start_new_session=True,
    ) as first:
        assert first.stdout is not None
        try:
            worker = int(first.stdout.readline())
            getattr(os, kill)(first.pid, interruption)
            _, said = first.communicate(timeout=PATIENCE_S)
        finally:
            first.kill()
    assert first.returncode == 130
    assert said == "handorient: stopped.\n"
    assert not is_there(worker)
