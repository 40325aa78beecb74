"""Guards signing in: few tries per address and account, slower with each wrong one, few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from shopbot.web.rates import Rate, RateLimit

T = TypeVar("T")

BY_ADDRESS = Rate(count=5, per=timedelta(seconds=20))
BY_ACCOUNT = Rate(count=20, per=timedelta(minutes=5))
_AT_ONCE = 2  # comparing takes 64 MiB and a core
_FREE_TRIES = 3  # slips of the finger
_LONGEST_DELAY_S = 8.0


class LoginGuard:
    """Counts tries; the door stays open to one-time links, which cannot be guessed."""

    def __init__(self) -> None:
        self._addresses = RateLimit(BY_ADDRESS)
        self._accounts = RateLimit(BY_ACCOUNT)
        self._free = asyncio.Semaphore(_AT_ONCE)

    def wait_for(self, address: str, name: str, now: datetime) -> int:
        """Count a try; return 0 when it may be made, else the seconds to wait."""
        wait = self._addresses.take(address, now)
        if wait or not name:
            return wait
        return self._accounts.take(_plain(name), now)

    def delay_s(self, name: str, now: datetime) -> float:
        """Return how slowly to answer: at once for the first tries, then after 1, 2, 4, 8 seconds."""
        tries = round(self._accounts.spent(_plain(name), now) * BY_ACCOUNT.count)
        over = tries - _FREE_TRIES - 1
        return min(2.0**over, _LONGEST_DELAY_S) if over >= 0 else 0.0

    def forgive(self, name: str) -> None:
        """Forget the tries at an account: somebody knew its password."""
        self._accounts.forgive(_plain(name))

    async def run(self, work: Callable[[], T]) -> T:
        """Run the slow comparison beside the event loop, few at a time."""
        async with self._free:
            return await asyncio.to_thread(work)


def _plain(name: str) -> str:
    return name.strip().lower()
