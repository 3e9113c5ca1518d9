"""Work that several processes share, and that ends with them."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from handorient.errors import UserError


@contextmanager
def processes(start: Callable[[], None], workers: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """So many processes, or one a core, each of which begins with ``start``.

    If anything fails within the context, they are ended in the middle of what they do.

    Raises:
        UserError: if one of them ends by itself.
    """
    others = multiprocessing.active_children()
    # Not forked: a detector's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (start,)) as pool:
        try:
            yield pool
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise UserError(
                    "One of the processes that shared the work was ended, most likely for want of memory: "
                    "close other programs and try again."
                ) from error
            raise


def _begin(start: Callable[[], None]) -> None:
    # Ctrl+C in a terminal goes to all processes: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start()
