"""Whether people answer now, and when they will again. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from shopbot.desk.model import Hours

_ONE_DAY = timedelta(days=1)
_WEEK = 7


def is_open(hours: Hours, now: datetime) -> bool:
    """Tell whether people answer at ``now``; a store without hours always does."""
    return not hours.spans or any(opens <= now < closes for opens, closes in _around(hours, now))


def next_opening(hours: Hours, now: datetime) -> datetime:
    """Return ``now`` while it is open, else when people come again."""
    if is_open(hours, now):
        return now
    return min(opens for opens, _ in _around(hours, now) if opens > now)


def last_closing(hours: Hours, now: datetime) -> datetime | None:
    """Return when it closed before ``now``, None when that is more than a week ago or never."""
    return max((closes for _, closes in _around(hours, now) if closes <= now), default=None)


def _around(hours: Hours, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times of people from a week before ``now`` to a week after it, in UTC."""
    today = now.astimezone(hours.zone).date()
    for ahead in range(-_WEEK, _WEEK + 1):
        day = today + ahead * _ONE_DAY
        for span in hours.spans:
            if day.isoweekday() in span.days:
                overnight = span.closes <= span.opens or span.closes == time()
                end = day + _ONE_DAY if overnight else day
                opens = datetime.combine(day, span.opens, hours.zone)
                closes = datetime.combine(end, span.closes, hours.zone)
                yield opens.astimezone(UTC), closes.astimezone(UTC)
