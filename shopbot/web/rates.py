"""How often somebody may do something: counted in memory, one process serves a store.

The generic cell rate algorithm: each name (an address, an account) has one number, the time at which
its bucket would be empty again. ``count`` may come at once, then one every ``per / count``.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders import identity

_MOST_NAMES = 100_000  # remembered; beyond that the emptied ones are forgotten
_NOBODY = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``count`` in ``per``; a count of 0 means no limit."""

    count: int
    per: timedelta


class RateLimit:
    """Counts one kind of deed by name."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._full_at: dict[str, float] = {}  # name -> when its bucket is empty again
        self._guard = threading.Lock()

    def take(self, name: str, now: datetime) -> int:
        """Count a deed; return 0 when it may be done, else the seconds to wait (then it counts not)."""
        if self._rate.count == 0:
            return 0
        span = self._rate.per.total_seconds()
        step, moment = span / self._rate.count, now.timestamp()
        with self._guard:
            empty_at = min(max(self._full_at.get(name, moment), moment), moment + span)
            wait = empty_at + step - span - moment
            if wait > 1e-6:
                return math.ceil(wait)
            self._full_at[name] = empty_at + step
            if len(self._full_at) > _MOST_NAMES:
                self._tidy(moment)
        return 0

    def spent(self, name: str, now: datetime) -> float:
        """Return how full the bucket of a name is: 0 (nothing counted) to 1 (none left)."""
        if self._rate.count == 0:
            return 0.0
        empty_at = self._full_at.get(name, 0.0)
        return min(max(empty_at - now.timestamp(), 0.0) / self._rate.per.total_seconds(), 1.0)

    def forgive(self, name: str) -> None:
        """Forget what was counted for a name."""
        with self._guard:
            self._full_at.pop(name, None)

    def _tidy(self, moment: float) -> None:
        """Forget emptied names; if all are busy, the emptiest half (a flood from many addresses)."""
        busy = {name: at for name, at in self._full_at.items() if at > moment}
        if len(busy) > _MOST_NAMES // 2:
            kept = sorted(busy, key=lambda name: busy[name])[len(busy) // 2 :]
            busy = {name: busy[name] for name in kept}
        self._full_at = busy


def network(address: str | None) -> str:
    """Return what counts as one address: an IPv4 address, the /64 of an IPv6 address."""
    return identity.network(address) if address else _NOBODY
