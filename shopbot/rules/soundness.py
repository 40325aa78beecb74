"""Values that are each fine but contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shopbot.rules.calendar import Calendar
from shopbot.rules.model import Rules
from shopbot.rules.problem import RuleProblem, Slips


def problems(rules: Rules) -> list[RuleProblem]:
    """Return what staff should mend; the values are used all the same."""
    return [
        *_of("returns", _returns(rules)),
        *_of("shipping", _shipping(rules)),
        *_of("logistics", _logistics(rules)),
        *_of("calendar", _calendar(rules)),
    ]


Found = Iterator[tuple[str, dict[str, str | int]]]


def _of(name: str, found: Found) -> Iterator[RuleProblem]:
    slips = Slips(f"rules/{name}.yaml")
    for code, values in found:
        slips.warning(code, 1, 1, **values)
    yield from slips.problems


def _window(name: str, since: datetime, until: datetime) -> Found:
    if until <= since:
        yield "ends-before", {"name": name}


def _returns(rules: Rules) -> Found:
    returns = rules.returns
    if returns.refund_limit > timedelta(days=7):
        yield "refund-limit-law", {"days": returns.refund_limit.days}
    if returns.inspect_time > returns.refund_limit:
        yield "inspect-too-long", {}
    for extension in returns.extensions:
        yield from _window(extension.name, extension.paid_from, extension.paid_until)
    for campaign in returns.protection_campaigns:
        yield from _window(campaign.name, campaign.paid_from, campaign.paid_until)


def _shipping(rules: Rules) -> Found:
    shipping = rules.shipping
    if shipping.target > shipping.promise:
        yield "target-over-promise", {}
    for pause in shipping.pauses:
        yield from _window(pause.name, pause.since, pause.until)
    for campaign in shipping.campaigns:
        yield from _window(campaign.name, campaign.paid_from, campaign.paid_until)


def _logistics(rules: Rules) -> Found:
    seen: dict[str, str] = {}
    for region in rules.logistics.regions:
        if region.max_days < region.min_days:
            yield "slow-before-fast", {"name": region.name}
        for province in region.provinces:
            if province in seen:
                yield "province-twice", {"name": province, "first": seen[province]}
            seen.setdefault(province, region.name)
    for closure in rules.logistics.closures:
        yield from _window(closure.name, closure.since, closure.until)


def _calendar(rules: Rules) -> Found:
    for both in sorted(set(rules.calendar.holidays) & set(rules.calendar.workdays)):
        yield "day-twice", {"day": both.isoformat()}


def due_warnings(rules: Rules, today: date) -> list[RuleProblem]:
    """Return what will soon be missing: the public holidays of a year that nobody filled in."""
    year = Calendar(rules.calendar).uncovered_year(today)
    slips = Slips("rules/calendar.yaml")
    if year is not None:
        slips.warning("calendar-ends", 1, 1, year=year)
    return slips.problems
