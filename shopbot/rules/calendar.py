"""Working days and public holidays: the library's years, the store's own days over them.

chinesecalendar knows years that the State Council has announced and raises beyond; there a store's
calendar.yaml is all there is, and an uncovered year is plain weekdays with a warning ahead of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar

from shopbot.rules.model import CalendarRules

ONE = timedelta(days=1)
LONGEST_BREAK = 400  # days; a calendar without any working day must not hang

_LAST_YEAR: int = max(day.year for day in chinese_calendar.holidays)
_FIRST_YEAR: int = min(day.year for day in chinese_calendar.holidays)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked; ``rules`` win over the library."""

    rules: CalendarRules = field(default_factory=CalendarRules)

    def is_holiday(self, day: date) -> bool:
        """Tell whether ``day`` is a public holiday (a plain weekend is none)."""
        if day in self.rules.workdays:
            return False
        return day in self.rules.holidays or (_known(day) and day in chinese_calendar.holidays)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on ``day``: weekdays that are no holiday, and moved days."""
        if day in self.rules.workdays:
            return True
        if self.is_holiday(day):
            return False
        return day.isoweekday() <= 5 or (_known(day) and day in chinese_calendar.workdays)

    def is_covered(self, year: int) -> bool:
        """Tell whether the moved days of ``year`` are known, not only its weekdays."""
        return _FIRST_YEAR <= year <= _LAST_YEAR or year in self.rules.complete_years

    def next_working_day(self, day: date) -> date:
        """Return the first working day after ``day``."""
        return self.working_day_from(day + ONE)

    def working_day_from(self, day: date) -> date:
        """Return ``day`` if it is worked, else the first working day after it."""
        for ahead in range(LONGEST_BREAK):
            found = day + ahead * ONE
            if self.is_working_day(found):
                return found
        raise ValueError(f"no working day within {LONGEST_BREAK} days after {day}")

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days lie after ``first`` up to and with ``last``; never negative."""
        return sum(self.is_working_day(day) for day in _days(first + ONE, last))

    def holidays_between(self, first: date, last: date) -> int:
        """Return how many public holidays lie from ``first`` to ``last``, both counted."""
        return sum(self.is_holiday(day) for day in _days(first, last))

    def last_day(self, day: date, moves: str) -> date:
        """Return when a period that would end on ``day`` really ends (民法典 §203).

        ``moves``: ``none``; ``holidays``: a public holiday moves to the next working day;
        ``days-off``: weekends do too.
        """
        moved = self.is_holiday(day) or (moves == "days-off" and not self.is_working_day(day))
        return self.working_day_from(day) if moves != "none" and moved else day

    def uncovered_year(self, today: date) -> int | None:
        """Return the year whose days are unknown and which begins soon or has begun, else None."""
        if not self.is_covered(today.year):
            return today.year
        ahead = today + self.rules.warn_before
        return ahead.year if not self.is_covered(ahead.year) else None


def _known(day: date) -> bool:
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + ahead * ONE
