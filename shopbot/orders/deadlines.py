"""Until when something may be asked for, by kind; ends are exclusive instants, None before receipt."""

from __future__ import annotations

from datetime import datetime

from shopbot.orders.freight import Kind
from shopbot.orders.model import Order, OrderLine
from shopbot.orders.timing import end_of_day, months_end, period_end
from shopbot.rules import Rules


def find_deadline(
    kind: Kind, signed_at: datetime | None, order: Order, line: OrderLine, rules: Rules
) -> datetime | None:
    """Return the end of the time for a claim; None while nothing was received."""
    if signed_at is None:
        return None
    returns = rules.returns
    if kind == "repair":
        return months_end(signed_at, find_warranty_months(line, rules), rules)
    days = {
        "no-reason": returns.no_reason_days,
        "quality": returns.quality_return_days,
        "exchange": returns.exchange_days,
        "quality-exchange": returns.quality_exchange_days,
    }.get(kind)
    if days is None:  # wrong, missing, damaged
        return signed_at + returns.report_time
    usual = period_end(signed_at, days, rules)
    extended = _extended(order, rules) if kind == "no-reason" else None
    return usual if extended is None else max(usual, extended)


def _extended(order: Order, rules: Rules) -> datetime | None:
    paid = order.paid_at
    ends = [
        end_of_day(campaign.last_day, rules)
        for campaign in rules.returns.extensions
        if paid is not None and campaign.paid_from <= paid < campaign.paid_until
    ]
    return max(ends, default=None)


def find_warranty_months(line: OrderLine, rules: Rules) -> int:
    """Return how long a line is repaired for free; the longest matching code wins."""
    matches = [
        (len(prefix), warranty.months)
        for warranty in rules.returns.warranties
        for prefix in warranty.skus
        if prefix and line.sku.startswith(prefix)
    ]
    return max(matches)[1] if matches else rules.returns.warranty_months
