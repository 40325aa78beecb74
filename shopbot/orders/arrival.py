"""When a parcel should arrive: the region's usual days, closures and holidays left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shopbot.orders.model import Order
from shopbot.orders.timing import ONE_DAY, end_of_day, local_day, road_pauses, told_day
from shopbot.rules import Rules
from shopbot.rules.model import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """When a parcel should be there, by the region's usual days; both days of the store's zone."""

    region: str
    first: date
    last: date


def find_region(province: str, rules: Rules) -> Region | None:
    """Return the region of a province; None when the address does not tell one."""
    if not province:
        return None
    for region in rules.logistics.regions:
        if any(province.startswith(name) for name in region.provinces):
            return region
    usual = rules.logistics
    return Region(name="", provinces=(), min_days=usual.min_days, max_days=usual.max_days)


def expected_arrival(
    start: datetime | None, order: Order, carrier: str, rules: Rules
) -> Arrival | None:
    """Return the usual days of arrival after the parcel set out; None when that is unknown."""
    region = find_region(order.province, rules)
    if start is None or region is None:
        return None
    pauses_until = start + timedelta(days=region.max_days + 60)
    pauses = road_pauses(
        rules, province=order.province, carrier=carrier, since=start, until=pauses_until
    )
    days = [local_day(start, rules)] * 2
    for number, length in enumerate((region.min_days, region.max_days)):
        moved = 0
        while moved < length:
            days[number] += ONE_DAY
            noon = end_of_day(days[number], rules) - ONE_DAY / 2
            moved += not any(span.since <= noon < span.until for span in pauses)
    return Arrival(region=region.name, first=days[0], last=days[1])


def arrival_words(arrival: Arrival | None, today: date) -> str:
    """Write the days as a person would: ``11月24日-11月26日``; blank when unknown."""
    if arrival is None:
        return ""
    first, last = told_day(arrival.first, today), told_day(arrival.last, today)
    return first if first == last else f"{first}-{last}"
