from __future__ import annotations

import threading

from handorient.capture.mailbox import Mailbox


def test_the_newest_item_wins_and_the_others_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for item in range(5):
        box.put(item)
    assert box.get(0) == 4
    assert box.dropped == 4


def test_an_item_is_taken_once() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    assert box.get(0) == 1
    assert box.get(0) is None
    assert not box.closed


def test_an_item_that_counts_as_false_is_still_an_item() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(0)
    assert box.get(0) == 0


def test_get_waits_for_an_item() -> None:
    box: Mailbox[int] = Mailbox()
    threading.Timer(0.05, box.put, [7]).start()
    assert box.get(10) == 7


def test_closing_wakes_everyone_who_waits() -> None:
    box: Mailbox[int] = Mailbox()
    got: list[int | None] = []
    waiters = [threading.Thread(target=lambda: got.append(box.get())) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    box.close()
    for waiter in waiters:
        waiter.join(10)
    assert got == [None, None, None]


def test_nothing_goes_into_or_comes_out_of_a_closed_mailbox() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.close()
    box.close()
    box.put(2)
    assert box.closed
    assert box.get(0) is None
