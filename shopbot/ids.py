"""The only clock and the only randomness of the product.

Rules take ``now`` and ids as arguments; the edges (commands, web handlers, jobs) get them here.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from typing_extensions import override

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_RANDOM_BITS = 80
_TIME_WIDTH = len("2026-11-22T02:25:37.123456Z")


class Clock(Protocol):
    """Anything that tells the time; tests pass one that they move by hand."""

    def now(self) -> datetime:
        """Return an aware UTC time."""
        ...


class SystemClock(Clock):
    """The machine's clock."""

    @override
    def now(self) -> datetime:
        return now()


class FixedClock(Clock):
    """A clock that stands still until :meth:`move` is called (simulations and tests)."""

    def __init__(self, start: datetime) -> None:
        self._now = as_utc(start)

    @override
    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> datetime:
        """Move the hands by ``by`` (negative: a clock jump) and return the new time."""
        self._now += by
        return self._now


def now() -> datetime:
    """Return the present as an aware UTC time."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; a naive time raises ValueError, since it says nothing."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; pass an aware datetime")
    return moment.astimezone(UTC)


def to_text(moment: datetime) -> str:
    """Write a time in fixed width (``2026-11-22T02:25:37.123456Z``), so that text sorts as time."""
    return as_utc(moment).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """Read what :func:`to_text` wrote; ValueError for anything else."""
    if len(text) != _TIME_WIDTH or not text.endswith("Z"):
        raise ValueError(f"{text!r} is not a time as shopbot writes it")
    return datetime.fromisoformat(text)


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def _millis(moment: datetime) -> int:
    return int(as_utc(moment).timestamp() * 1000)


class _Sequence:
    """Sortable ids: 48 bits of milliseconds and 80 random bits (the ULID layout).

    Within one millisecond, and when the clock jumps back, the random part counts up, so that ids
    of one process always sort in the order in which they were made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millis = 0
        self._random = 0

    def next(self, moment: datetime) -> str:
        millis = _millis(moment)
        with self._lock:
            if millis > self._millis:
                self._millis = millis
                # The top bit stays free: counting up cannot run over within a millisecond.
                self._random = secrets.randbits(_RANDOM_BITS - 1)
            else:
                self._random += 1
            value = (self._millis << _RANDOM_BITS) | self._random
        return _encode(value)

    def forget(self) -> None:
        """Start anew in a forked child, whose counter would repeat the parent's ids."""
        self.__init__()  # type: ignore[misc]


_sequence = _Sequence()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_sequence.forget)


def new_id(prefix: str = "", *, at: datetime | None = None) -> str:
    """Return a sortable id of 26 characters, ``prefix_`` before it when given.

    ``at`` stamps the id with another time than the present (imports, seeded demos); such ids sort
    by that time, those of one millisecond in no order.
    """
    if at is None:
        text = _sequence.next(now())
    else:
        text = _encode((_millis(at) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS))
    return f"{prefix}_{text}" if prefix else text


def new_secret(size: int = 32) -> str:
    """Return ``size`` random bytes as URL-safe text, for keys and tokens."""
    return secrets.token_urlsafe(size)


def stopwatch() -> Callable[[], float]:
    """Start counting; calling the result tells the milliseconds since."""
    start = time.perf_counter()
    return lambda: (time.perf_counter() - start) * 1000
