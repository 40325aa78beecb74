"""A circuit breaker: a source that fails again and again is left alone for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRIES = 3
"""So many failures in a row open it: one is a hiccup, three are an outage."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Failures in a row, and until when nothing is tried; None while it is closed."""

    failures: int = 0
    open_until: datetime | None = None


def may_try(breaker: Breaker, now: datetime) -> bool:
    """Tell whether to try: closed, or the pause is over (then one try decides)."""
    return breaker.open_until is None or now >= breaker.open_until


def after_success(_breaker: Breaker) -> Breaker:
    """Return the breaker closed."""
    return Breaker()


def after_failure(breaker: Breaker, now: datetime) -> Breaker:
    """Return it with one more failure; each beyond the first few doubles the pause."""
    failures = breaker.failures + 1
    if failures < TRIES:
        return replace(breaker, failures=failures)
    doubled = FIRST_PAUSE * 2 ** min(failures - TRIES, 10)
    return Breaker(failures=failures, open_until=now + min(doubled, LONGEST_PAUSE))
