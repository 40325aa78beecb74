"""When an order should leave, whether that was kept, and what an urging shopper may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from shopbot.orders.checks import Check, check
from shopbot.orders.model import Order, OrderFacts
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import (
    ONE_DAY,
    Span,
    after,
    shop_pauses,
    told_end,
    told_money,
    told_time,
)
from shopbot.rules import Calendar, Rules

Basis = Literal["promise", "presale", "campaign"]
State = Literal[
    "unpaid",
    "deposit",  # paid in part: the balance is owed
    "undated",  # paid, but the source does not tell when: no promise can be worked out
    "waiting",  # in time
    "paused",  # in time, the warehouse stands still now
    "due-soon",
    "late",  # promise broken
    "stock-out",  # cannot be shipped: exchange or refund
    "presale",
    "presale-late",
    "presale-unknown",  # no date was told: never invent one
    "shipped",  # in time or nobody knows better
    "shipped-late",
    "closed",
]
Next = Literal["wait", "pay", "ask-warehouse", "offer-exchange-or-refund", "track", "none"]

NEXT: dict[State, Next] = {
    "unpaid": "pay",
    "deposit": "pay",
    "undated": "wait",
    "waiting": "wait",
    "paused": "wait",
    "due-soon": "ask-warehouse",
    "late": "ask-warehouse",
    "stock-out": "offer-exchange-or-refund",
    "presale": "wait",
    "presale-late": "ask-warehouse",
    "presale-unknown": "ask-warehouse",
    "shipped": "track",
    "shipped-late": "track",
    "closed": "none",
}
BREACHES: frozenset[State] = frozenset({"late", "presale-late", "stock-out"})
"""What the daily job looks for; each has a phrase of its own."""

_LOOK_AHEAD = timedelta(days=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipBy:
    """The last moment an order may leave and what says so."""

    at: datetime
    basis: Basis
    name: str = ""  # of the campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseVerdict:
    """How an order stands against its promise."""

    state: State
    ship_by: ShipBy | None
    reasons: tuple[Check, ...]
    phrase: Phrase
    next: Next

    @property
    def breached(self) -> bool:
        """Tell whether the shopper is owed a word and a choice."""
        return self.state in BREACHES


def find_ship_by(order: Order, rules: Rules) -> ShipBy | None:
    """Return the promise an order stands under; None before payment or without a presale date."""
    if order.paid_at is None:
        return None
    if order.presale:
        known = order.presale_ship_by
        return ShipBy(at=known, basis="presale") if known else None
    paid = order.paid_at
    pauses = shop_pauses(rules, paid, paid + _LOOK_AHEAD)
    usual = ShipBy(at=after(paid, rules.shipping.promise, pauses), basis="promise")
    for campaign in rules.shipping.campaigns:
        if campaign.paid_from <= paid < campaign.paid_until and campaign.ship_by > usual.at:
            return ShipBy(at=campaign.ship_by, basis="campaign", name=campaign.name)
    return usual


def likely_ship_day(paid_at: datetime, rules: Rules) -> date:
    """Return the day the warehouse usually ships what is paid at ``paid_at``: a habit, no promise."""
    local = paid_at.astimezone(rules.zone)
    day = local.date()
    if local.time() >= rules.shipping.cutoff:
        day += ONE_DAY
    pauses = shop_pauses(rules, paid_at, paid_at + _LOOK_AHEAD)
    for _ in range(_LOOK_AHEAD.days):
        if _ships(day, pauses, rules):
            return day
        day += ONE_DAY
    return day


def _ships(day: date, pauses: list[Span], rules: Rules) -> bool:
    cutoff = datetime.combine(day, rules.shipping.cutoff, rules.zone)
    if any(span.since <= cutoff < span.until for span in pauses):
        return False
    if day.isoweekday() in rules.shipping.warehouse_days:
        return True
    return day.isoweekday() > 5 and Calendar(rules.calendar).is_working_day(day)  # a moved day


def judge_promise(
    facts: OrderFacts, rules: Rules, now: datetime, *, stock_out: bool = False
) -> PromiseVerdict:
    """Return how the order stands; ``stock_out``: the warehouse said it cannot be shipped."""
    ship_by = find_ship_by(facts.order, rules)
    state, reasons = _state(facts, ship_by, rules, now, stock_out)
    return PromiseVerdict(
        state=state,
        ship_by=ship_by,
        reasons=reasons,
        phrase=_phrase(facts.order, state, ship_by, rules, now),
        next=NEXT[state],
    )


Found = tuple[State, tuple[Check, ...]]


def _state(
    facts: OrderFacts, ship_by: ShipBy | None, rules: Rules, now: datetime, stock_out: bool
) -> Found:
    order = facts.order
    if order.status == "closed":
        return "closed", (check("ship-open", False),)
    if order.status in ("unpaid", "deposit_paid"):
        state: State = "unpaid" if order.status == "unpaid" else "deposit"
        return state, (check("ship-paid", False),)
    if order.status in ("shipped", "finished"):
        return _shipped(facts, ship_by, rules, now)
    if stock_out:
        return "stock-out", (check("ship-stock", False),)
    if order.paid_at is None:
        return "undated", (check("ship-dated", False),)
    if ship_by is None:
        return "presale-unknown", (check("ship-date", False),)
    return _unshipped(ship_by, rules, now)


def _shipped(facts: OrderFacts, ship_by: ShipBy | None, rules: Rules, now: datetime) -> Found:
    sent = [p.shipment.shipped_at for p in facts.parcels if p.shipment.shipped_at]
    left = max(sent, default=None) or facts.order.shipped_at
    if ship_by is None or left is None:
        return "shipped", (check("ship-in-time", True, "unknown"),)
    values = {"at": told_time(left, now, rules), "by": told_end(ship_by.at, now, rules)}
    late = left > ship_by.at
    return ("shipped-late" if late else "shipped"), (check("ship-in-time", not late, **values),)


def _unshipped(ship_by: ShipBy, rules: Rules, now: datetime) -> Found:
    by = told_end(ship_by.at, now, rules)
    presale = ship_by.basis == "presale"
    if now >= ship_by.at:
        return ("presale-late" if presale else "late"), (check("ship-due", False, by=by),)
    pause = _pause(rules, now)
    if pause:
        found = check("ship-due", True, "paused", by=by, name=pause)
        return ("presale" if presale else "paused"), (found,)
    if now >= ship_by.at - rules.shipping.warn_before:
        return "due-soon", (check("ship-due", True, "soon", by=by),)
    return ("presale" if presale else "waiting"), (check("ship-due", True, by=by),)


def _pause(rules: Rules, now: datetime) -> str:
    spans = shop_pauses(rules, now - ONE_DAY, now + ONE_DAY)
    return next((span.name for span in spans if span.since <= now < span.until), "")


def _phrase(
    order: Order, state: State, ship_by: ShipBy | None, rules: Rules, now: datetime
) -> Phrase:
    phrase_id = "order.ship.shipped" if state == "shipped-late" else f"order.ship.{state}"
    values: Mapping[str, str] = {
        "最晚发货": told_end(ship_by.at, now, rules) if ship_by else "",
        "停发原因": _pause(rules, now),
        "尾款": told_money(order.balance_fen) if order.balance_fen else "",
    }
    return phrase(phrase_id, values)


def judge_urging(
    facts: OrderFacts,
    rules: Rules,
    now: datetime,
    *,
    last_urged: datetime | None = None,
    stock_out: bool = False,
) -> PromiseVerdict:
    """As :func:`judge_promise` for a shopper who urges; a second urging soon after is told so.

    Once shipped the parcel is what is urged: see :func:`shopbot.orders.logistics.judge_parcel`.
    """
    verdict = judge_promise(facts, rules, now, stock_out=stock_out)
    recent = last_urged is not None and now - last_urged < rules.logistics.urge_again
    if not recent or last_urged is None or verdict.next != "ask-warehouse":
        return verdict
    when = told_time(last_urged, now, rules)
    return PromiseVerdict(
        state=verdict.state,
        ship_by=verdict.ship_by,
        reasons=(*verdict.reasons, check("urged", False, at=when)),
        phrase=phrase("order.urge.again", {"上次催单": when}),
        next="wait",
    )
