"""Why buyers were not content, counted by week, for the weekly talk. Pure but for the reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shopbot.orders import review_store
from shopbot.orders.review_calls import CAUSES
from shopbot.orders.review_model import Call
from shopbot.orders.timing import local_day, midnight
from shopbot.rules import Rules
from shopbot.storage.database import Reader

_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_YEARS = range(2000, 2100)
UNTOLD = ""
"""The cause of a call whose cause nobody wrote down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The calls that ended in a week, by cause."""

    monday: date
    calls: int
    reached: int
    unreached: int
    causes: dict[str, int]  # the most frequent first; blank: nobody wrote one down
    results: dict[str, int]

    def as_dict(self) -> dict[str, object]:
        """Return the week for programs."""
        year, number, _ = self.monday.isocalendar()
        return {
            "week": f"{year}-W{number:02d}",
            "from": self.monday.isoformat(),
            "to": (self.monday + timedelta(days=6)).isoformat(),
            "calls": self.calls,
            "reached": self.reached,
            "unreached": self.unreached,
            "causes": self.causes,
            "results": self.results,
        }


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def read_week(told: str) -> date | None:
    """Return the Monday of ``2026-W47`` or of the week of ``2026-11-22``; None for neither."""
    match = _WEEK.fullmatch(told.strip())
    try:
        day = (
            date.fromisocalendar(int(match[1]), int(match[2]), 1)
            if match
            else monday_of(date.fromisoformat(told.strip()))
        )
    except (ValueError, OverflowError):
        return None
    return day if day.year in _YEARS else None


def count(calls: Iterable[Call], monday: date) -> Week:
    """Count the calls that ended in the week of ``monday``."""
    ended = [call for call in calls if call.state in ("done", "unreached")]
    causes = Counter(call.cause for call in ended if call.state == "done" or call.cause)
    order = {cause: place for place, cause in enumerate((*CAUSES, UNTOLD))}
    ranked = sorted(causes.items(), key=lambda pair: (-pair[1], order[pair[0]]))
    return Week(
        monday=monday,
        calls=len(ended),
        reached=sum(call.state == "done" for call in ended),
        unreached=sum(call.state == "unreached" for call in ended),
        causes=dict(ranked),
        results=dict(sorted(Counter(call.result for call in ended).items())),
    )


def week_of(reader: Reader, rules: Rules, monday: date) -> Week:
    """Read and count a week, days as the store's clock tells them."""
    since, until = (midnight(monday + timedelta(days=days), rules) for days in (0, 7))
    return count(review_store.list_ended_calls(reader, rules.store_id, since, until), monday)


def this_week(now: datetime, rules: Rules) -> date:
    """Return the Monday of the present week."""
    return monday_of(local_day(now, rules))
