"""Computing in the background what a view asks for: the newest request wins, and the newest result."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from handorient.capture.mailbox import Mailbox
from handorient.errors import UserError

log = logging.getLogger(__name__)

Request = TypeVar("Request")
Result = TypeVar("Result")

BROKEN = "Something went wrong here; details are in the terminal."


class Background(Generic[Request, Result]):
    """Computes in a thread that begins with a request, and ends when there is none.

    Attributes:
        busy: whether a request is waiting or at work.
        failed: why the last request gave no result, one sentence, or None.
    """

    def __init__(self, name: str, make: Callable[[], Callable[[Request], Result]]) -> None:
        """``make`` gives the function that computes; it is called in the thread, once, when it is needed."""
        self.busy = False
        self.failed: str | None = None
        self._name, self._make = name, make
        self._compute: Callable[[Request], Result] | None = None
        self._requests: Mailbox[Request] = Mailbox()
        self._results: Mailbox[tuple[Request, Result]] = Mailbox()
        self._lock = threading.Lock()  # between the last look for a request and the end of the thread

    def ask(self, request: Request) -> None:
        """Compute this, instead of what was asked for before and is not begun yet."""
        self.failed = None  # before a thread can take the request, and fail
        self._requests.put(request)
        with self._lock:
            if not self.busy:
                self.busy = True
                # No daemon: a process that ends while a network is at work in a thread is aborted by C++.
                threading.Thread(target=self._run, name=self._name).start()

    def result(self) -> tuple[Request, Result] | None:
        """The newest result that nobody took yet, after the request that it is of."""
        return self._results.get(0)

    def stop(self) -> None:
        """Compute nothing more; what is at work ends by itself."""
        self._requests.close()
        self._results.close()

    def _run(self) -> None:
        while True:
            with self._lock:
                request = self._requests.get(0)
                if request is None:
                    self.busy = False
                    return
            try:
                self._compute = self._compute or self._make()
                result = self._compute(request)
                self.failed = None
                self._results.put((request, result))
            except UserError as error:
                self.failed = str(error)
            except Exception:  # the view says so, and the next request may do better
                log.exception("%s", BROKEN)
                self.failed = BROKEN
