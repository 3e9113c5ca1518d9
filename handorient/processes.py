"""Work that several processes share, and that ends with them."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from handorient.errors import UserError

Result = TypeVar("Result")


@contextmanager
def processes(start: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """Processes, one a core, each of which begins with ``start``.

    If anything fails within the context, they are ended in the middle of what they do. What they send must
    be short, a few kilobytes: the rest of a longer message would be waited for when its sender has ended.

    Raises:
        UserError: if one of them ends by itself; and whatever ``start`` raises.
    """
    others = multiprocessing.active_children()
    # Not forked: a detector's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=context, initializer=_begin, initargs=(start,)) as pool:
        try:
            with heard_here_alone():
                begun = pool.submit(_begun)
            begun.result()
            yield pool
        except BaseException as error:
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise UserError(
                    "One of the processes that shared the work was ended, most likely for want of memory: "
                    "close other programs and try again."
                ) from error
            raise


def in_order(pool: ProcessPoolExecutor, act: Callable[..., Result], *jobs: Iterable[Any]) -> Iterator[Result]:
    """What ``act`` gives for the first of each of ``jobs``, then for the second, and so on."""
    # pool.map() would cancel what is no longer wanted, and a pool whose processes end trips over that.
    with heard_here_alone():
        waiting = deque(map(partial(pool.submit, act), *jobs))
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def heard_here_alone() -> Iterator[None]:
    """Have Ctrl+C, which a terminal sends to all processes, pass by those that begin meanwhile.

    This one ends them. It would have them write tracebacks while they still import what they need.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


#: Why this process could not begin.
_failed: Exception | None = None


def _begin(start: Callable[[], None]) -> None:
    global _failed
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        start()
    except Exception as error:  # raised here, it would only be known that the process has ended
        _failed = error


def _begun() -> None:
    if _failed is not None:
        raise _failed
