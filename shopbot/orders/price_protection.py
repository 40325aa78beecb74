"""The price fell after the purchase: is the difference paid back, and how much?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders.checks import Check, all_ok, check
from shopbot.orders.model import Order, OrderFacts
from shopbot.orders.money import count_money
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.shares import next_pieces
from shopbot.orders.timing import ONE_DAY, end_of_day, local_day, told_end, told_money
from shopbot.rules import Rules

PRICE_FRESH = timedelta(days=7)  # as store.yaml's freshness: an older price is checked first


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceNow:
    """What the same article costs now, for anybody, without personal coupons."""

    fen: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The answer with its reasons."""

    eligible: bool
    difference_fen: int
    deadline: datetime | None
    checks: tuple[Check, ...]
    phrase: Phrase


def check_protection(
    facts: OrderFacts, line_no: int, price: PriceNow | None, rules: Rules, now: datetime
) -> Protection:
    """Return what price protection gives on a line; KeyError for an unknown line.

    Compared is what a piece really cost with what it costs now; pieces that went back do not count,
    and what was paid back before is taken off.
    """
    line = facts.find_line(line_no)
    if line is None:
        raise KeyError(line_no)
    deadline = find_protection_end(facts.order, rules)
    known = price is not None and now - price.as_of <= PRICE_FRESH
    difference = _difference(facts, line_no, price) if price is not None and known else 0
    by = told_end(deadline, now, rules) if deadline else ""
    in_time = deadline is not None and now < deadline
    checks = (
        check("protect-order", facts.order.status not in ("unpaid", "deposit_paid", "closed")),
        check("protect-line", line.status == "normal" and not line.gift),
        check("protect-time", in_time, "" if deadline else "none", by=by),
        check("protect-price", known),
        check("protect-lower", difference > 0, fen=told_money(difference)),
    )
    eligible = all_ok(checks)
    told = _phrase(checks, difference, by)
    return Protection(
        eligible=eligible,
        difference_fen=difference if eligible else 0,
        deadline=deadline,
        checks=checks,
        phrase=told,
    )


def find_protection_end(order: Order, rules: Rules) -> datetime | None:
    """Return the (exclusive) end of price protection; None before payment or when there is none.

    A campaign's own day stands for its orders in place of the usual days, earlier or later.
    """
    paid = order.paid_at
    if paid is None:
        return None
    for campaign in rules.returns.protection_campaigns:
        if campaign.paid_from <= paid < campaign.paid_until:
            return end_of_day(campaign.last_day, rules)
    days = rules.returns.protection_days
    return end_of_day(local_day(paid, rules) + days * ONE_DAY, rules) if days else None


def _difference(facts: OrderFacts, line_no: int, price: PriceNow) -> int:
    money = count_money(facts)
    line = money.get_line(line_no)
    left = line.quantity - line.gone
    paid = next_pieces(line.cash_fen, line.gone, left, line.quantity)
    wanted = paid - line.difference_back_fen - price.fen * left
    possible = line.cash_fen - line.difference_back_fen - line.goods_back_fen
    return max(0, min(wanted, possible, money.left_fen))


def _phrase(checks: tuple[Check, ...], difference: int, by: str) -> Phrase:
    failed = {found.id for found in checks if not found.ok}
    told = {"差价": told_money(difference), "保价截止": by}
    if not failed:
        return phrase("order.protect.yes", told)
    if failed & {"protect-order", "protect-line"}:
        return phrase("order.protect.not-covered")
    if "protect-time" in failed:
        return phrase("order.protect.too-late" if by else "order.protect.not-covered", told)
    return phrase("order.protect.checking" if "protect-price" in failed else "order.protect.no")
