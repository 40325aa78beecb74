"""Work that is done once for all who ask at the same time, and never from before they asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shopbot.web.shared import Shared

WAIT_S = 10


def test_who_asks_alone_gets_it_made_each_time() -> None:
    """Nothing is kept for later: the next look sees what has changed since."""
    shared, made = Shared[int](), iter(range(9))

    assert [0, 1, 2] == [shared.get(lambda: next(made)) for _ in range(3)]


def test_those_who_wait_share_what_was_begun_after_they_asked() -> None:
    """Ten who come while it is being made get none of that, and one more making for all of them."""
    shared, begun, go_on = Shared[int](), threading.Event(), threading.Event()
    asked = threading.Semaphore(0)
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        number = made[-1]
        if number == 0:
            begun.set()
            go_on.wait(WAIT_S)
        return number

    def ask() -> int:
        asked.release()
        return shared.get(make)

    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(shared.get, make)
        begun.wait(WAIT_S)
        others = [pool.submit(ask) for _ in range(10)]
        for _ in others:
            asked.acquire(timeout=WAIT_S)
        go_on.set()
        told = [one.result(WAIT_S) for one in others]

    assert 0 == first.result()
    assert 0 not in told
    assert len(made) < 1 + len(others)  # two, but for who came late to the lock


def test_a_failure_is_told_to_who_met_it_only() -> None:
    """The next one tries for itself."""
    shared = Shared[int]()

    with pytest.raises(ZeroDivisionError):
        shared.get(lambda: 1 // 0)

    assert 1 == shared.get(lambda: 1)
