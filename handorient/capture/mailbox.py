"""The one-slot mailbox between threads: the newest item wins, nothing ever queues."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest item until somebody takes it.

    Attributes:
        closed: whether it takes and gives nothing any more.
        dropped: how many items were overwritten before anyone took them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._slot: list[T] = []
        self.closed = False
        self.dropped = 0

    def put(self, item: T) -> None:
        """Leave ``item``, in place of one not yet taken; ignored once closed."""
        with self._changed:
            if self.closed:
                return
            self.dropped += len(self._slot)
            self._slot = [item]
            self._changed.notify()

    def get(self, timeout: float | None = None) -> T | None:
        """Take the newest item, waiting up to ``timeout`` seconds (None: for ever) for one to arrive.

        Returns None when the time is up or the mailbox is closed; ``closed`` tells which.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._slot or self.closed, timeout)
            return self._slot.pop() if self._slot else None

    def close(self) -> None:
        """Throw away what nobody took and wake everyone who waits. Closing twice does nothing."""
        with self._changed:
            self.closed = True
            self._slot.clear()
            self._changed.notify_all()
