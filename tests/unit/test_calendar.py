"""Working days: the State Council's years, the store's own days over them, plain weekdays beyond."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.rules import Calendar, due_warnings
from shopbot.rules.model import CalendarRules, Rules

PLAIN = Calendar()
FESTIVAL = tuple(date(2027, 2, day) for day in range(5, 9))
SHOP = Calendar(
    CalendarRules(holidays=FESTIVAL, workdays=(date(2027, 2, 20),), complete_years=(2027,))
)
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "works", "holiday", "why"),
    [
        pytest.param(date(2026, 11, 20), True, False, "a Friday", id="weekday"),
        pytest.param(
            date(2026, 11, 22), False, False, "a Sunday is no public holiday", id="sunday"
        ),
        pytest.param(date(2026, 10, 1), False, True, "National Day", id="holiday"),
        pytest.param(date(2026, 10, 4), False, True, "a Sunday inside it", id="holiday-sunday"),
        pytest.param(date(2026, 10, 10), True, False, "a Saturday worked for it", id="moved"),
        pytest.param(date(2027, 2, 5), True, False, "2027 is not known: plain weekdays", id="2027"),
    ],
)
def test_a_day_is_worked_or_not(day: date, works: bool, holiday: bool, why: str) -> None:
    """The library's years tell holidays and moved days; beyond them only weekdays count."""
    found = (PLAIN.is_working_day(day), PLAIN.is_holiday(day))

    assert (works, holiday) == found, why


def test_the_store_fills_in_what_the_library_lacks() -> None:
    """Own holidays and moved days hold for 2027."""
    found = [SHOP.is_working_day(day) for day in (*FESTIVAL, date(2027, 2, 20))]

    assert [False, False, False, False, True] == found


def test_the_store_overrides_the_library() -> None:
    """A moved day of the store wins over a public holiday."""
    own = Calendar(CalendarRules(workdays=(date(2026, 10, 1),)))

    assert (True, False) == (
        own.is_working_day(date(2026, 10, 1)),
        own.is_holiday(date(2026, 10, 1)),
    )


@pytest.mark.parametrize(
    ("day", "moves", "last", "why"),
    [
        pytest.param(
            date(2026, 10, 3), "holidays", date(2026, 10, 8), "after National Day", id="h"
        ),
        pytest.param(
            date(2026, 11, 22), "holidays", date(2026, 11, 22), "a Sunday stays", id="sun"
        ),
        pytest.param(date(2026, 11, 22), "days-off", date(2026, 11, 23), "to Monday", id="sun-off"),
        pytest.param(date(2026, 10, 3), "none", date(2026, 10, 3), "switched off", id="none"),
        pytest.param(date(2027, 2, 6), "holidays", date(2027, 2, 9), "Spring Festival", id="2027"),
    ],
)
def test_a_last_day_moves(day: date, moves: str, last: date, why: str) -> None:
    """民法典 §203, as far as the rule value wants it."""
    assert last == SHOP.last_day(day, moves), why


def test_working_days_are_counted() -> None:
    """The first day does not count, the last does; backwards is nothing."""
    found = (
        PLAIN.working_days_between(date(2026, 9, 30), date(2026, 10, 10)),
        PLAIN.working_days_between(date(2026, 10, 10), date(2026, 9, 30)),
        PLAIN.next_working_day(date(2026, 9, 30)),
    )

    assert (3, 0, date(2026, 10, 8)) == found


@pytest.mark.parametrize(
    ("today", "year"),
    [
        pytest.param(date(2026, 11, 1), None, id="far"),
        pytest.param(date(2026, 11, 2), 2027, id="sixty-days-ahead"),
        pytest.param(date(2027, 3, 1), 2027, id="begun"),
    ],
)
def test_an_uncovered_year_is_warned_of_ahead(today: date, year: int | None) -> None:
    """Staff are told 60 days before a year begins whose days nobody filled in."""
    told = [problem.code for problem in due_warnings(Rules(), today)]

    assert (year, ["calendar-ends"] if year else []) == (PLAIN.uncovered_year(today), told)


def test_a_filled_year_is_not_warned_of() -> None:
    """Naming the year as complete ends the warning."""
    assert SHOP.uncovered_year(date(2026, 12, 24)) is None


def test_a_calendar_without_working_days_ends() -> None:
    """Nonsense in the file raises instead of hanging."""
    every = tuple(date(2027, 1, 1) + timedelta(days=number) for number in range(500))

    with pytest.raises(ValueError, match="no working day"):
        Calendar(CalendarRules(holidays=every)).next_working_day(date(2027, 1, 1))


@given(DAYS, DAYS)
def test_a_later_day_never_ends_earlier(one: date, other: date) -> None:
    """Moving the last day keeps the order of days and never moves back."""
    first, second = sorted((one, other))
    ends = [SHOP.last_day(day, "holidays") for day in (first, second)]

    assert ends == sorted(ends)
    assert first <= ends[0]
    assert SHOP.is_working_day(SHOP.next_working_day(first))
