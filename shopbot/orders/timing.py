"""Days, deadlines and standing time in the store's time zone; instants are UTC, ends exclusive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from shopbot import messages
from shopbot.rules import Calendar, Rules
from shopbot.rules.model import CalendarRules

ONE_DAY = timedelta(days=1)
HOLIDAY = "holiday"  # the name of a span that nobody typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``since`` up to, but not with, ``until``; ``name`` says why."""

    since: datetime
    until: datetime
    name: str = ""


def local_day(moment: datetime, rules: Rules) -> date:
    """Return the store's calendar day of ``moment``."""
    return moment.astimezone(rules.zone).date()


def midnight(day: date, rules: Rules) -> datetime:
    """Return the first instant of ``day`` in the store's zone, UTC."""
    return datetime.combine(day, time(), rules.zone).astimezone(UTC)


def end_of_day(day: date, rules: Rules) -> datetime:
    """Return the first instant after ``day`` (24:00), UTC."""
    return midnight(day + ONE_DAY, rules)


def period_end(start: datetime, days: int, rules: Rules) -> datetime:
    """Return the end of a period of ``days`` that counts from the day after ``start``.

    民法典 §201: the day on which it begins does not count; §203: a last day that is a public holiday
    moves (a rule value); it ends at 24:00.
    """
    last = local_day(start, rules) + days * ONE_DAY
    moved = Calendar(rules.calendar).last_day(last, rules.returns.last_day_moves)
    return end_of_day(moved, rules)


def months_end(start: datetime, months: int, rules: Rules) -> datetime:
    """Return the end of a period of calendar months; a day that a month lacks is its last one."""
    first = local_day(start, rules)
    index = first.year * 12 + first.month - 1 + months
    last_of_month = date((index + 1) // 12, (index + 1) % 12 + 1, 1) - ONE_DAY
    day = min(first.day, last_of_month.day)
    return end_of_day(last_of_month.replace(day=day), rules)


def shop_pauses(rules: Rules, since: datetime, until: datetime) -> list[Span]:
    """Return when the warehouse stands still between two instants, merged, in order."""
    spans = [Span(since=p.since, until=p.until, name=p.name) for p in rules.shipping.pauses]
    if rules.shipping.closed_on_holidays:
        spans.extend(_holidays(rules, since, until))
    return merged(spans)


def _holidays(rules: Rules, since: datetime, until: datetime) -> Iterator[Span]:
    first, last = local_day(since, rules), local_day(until, rules)
    for day in _holidays_between(rules.calendar, first, last):
        yield Span(since=midnight(day, rules), until=end_of_day(day, rules), name=HOLIDAY)


@lru_cache(maxsize=4096)  # every parcel is asked for weeks around the same few days
def _holidays_between(rules: CalendarRules, first: date, last: date) -> tuple[date, ...]:
    calendar = Calendar(rules)
    days = (first + n * ONE_DAY for n in range((last - first).days + 1))
    return tuple(day for day in days if calendar.is_holiday(day))


def road_pauses(
    rules: Rules, *, province: str, carrier: str, since: datetime, until: datetime
) -> list[Span]:
    """Return when a parcel to ``province`` may stand still without fault, merged, in order."""
    spans = [
        Span(since=c.since, until=c.until, name=c.name)
        for c in rules.logistics.closures
        if (not c.provinces or any(province.startswith(p) for p in c.provinces))
        and (not c.carriers or any(p in carrier for p in c.carriers))
    ]
    if rules.logistics.holidays_stand:
        spans.extend(_holidays(rules, since, until))
    return merged(spans)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch made one; empty ones left out."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.since, s.until)):
        if span.until <= span.since:
            continue
        if found and span.since <= found[-1].until:
            last = found[-1]
            until = max(last.until, span.until)
            name = span.name if last.name in ("", HOLIDAY) else last.name
            found[-1] = Span(since=last.since, until=until, name=name)
        else:
            found.append(span)
    return found


def standing(spans: Iterable[Span], since: datetime, until: datetime) -> timedelta:
    """Return how much of the time from ``since`` to ``until`` lies in (merged) ``spans``."""
    total = timedelta(0)
    for span in spans:
        overlap = min(until, span.until) - max(since, span.since)
        total += max(overlap, timedelta(0))
    return total


def after(start: datetime, length: timedelta, spans: Iterable[Span]) -> datetime:
    """Return ``start`` plus ``length``, the clock stopped in (merged) ``spans``."""
    end = start + length
    for span in spans:
        if span.until > start and span.since < end:
            end += span.until - max(span.since, start)
    return end


def told_time(moment: datetime, now: datetime, rules: Rules) -> str:
    """Write a past time as a person would: ``10:32`` today, else ``11月20日10:32``."""
    local = moment.astimezone(rules.zone)
    clock = f"{local:%H:%M}"
    same = local.date() == local_day(now, rules)
    return clock if same else f"{told_day(local.date(), local_day(now, rules))}{clock}"


def told_day(day: date, today: date) -> str:
    """Write a day as a person would: ``11月20日``, with the year when it is another one."""
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def told_end(end: datetime, now: datetime, rules: Rules) -> str:
    """Write a deadline: midnight is ``24:00`` of the day before, as people count."""
    local = end.astimezone(rules.zone)
    today = local_day(now, rules)
    if local.time() == time():
        return f"{told_day(local.date() - ONE_DAY, today)}24:00"
    return f"{told_day(local.date(), today)}{local:%H:%M}"


def told_money(fen: int) -> str:
    """Write fen as yuan: ``48.50元``, whole sums as ``48元``."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}元" if rest else f"{sign}{yuan}元"


def told_difference(fen: int | None) -> str:
    """Write a difference as a person would: who pays how much; None: it is not known yet."""
    if fen is None:
        return messages.text("orders.difference.unknown")
    if not fen:
        return ""
    return messages.text(
        "orders.difference.more" if fen > 0 else "orders.difference.less",
        money=told_money(abs(fen)),
    )
