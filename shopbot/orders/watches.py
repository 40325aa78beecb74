"""What the watches look for: broken shipping promises, parcels in trouble. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shopbot.orders.changes import is_being_cancelled
from shopbot.orders.logistics import Verdict, find_trouble, judge_parcel
from shopbot.orders.model import OrderFacts
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.promises import judge_promise
from shopbot.orders.timing import ONE_DAY, told_money, told_time
from shopbot.orders.troubles import Trouble
from shopbot.rules import Rules

WATCHED_FOR = timedelta(days=45)  # after that a parcel without an end is a case, not news

TROUBLES: frozenset[Trouble] = frozenset(
    {
        "not-collected-late", "late", "stuck", "lost-suspected", "lost", "delivering-slow",
        "station-overdue", "damaged", "problem", "refused", "returning", "returned", "doubtful",
    }
)  # fmt: skip
"""What staff must know of."""

TOLD: frozenset[Trouble] = frozenset(
    {"not-collected-late", "late", "stuck", "lost-suspected", "lost", "station-overdue", "damaged"}
)
"""What the shopper hears without asking, if the courier's word is fresh."""

_AGAIN: frozenset[Trouble] = frozenset({"stuck"})
"""A parcel that moved on and stands again is news again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was found, and what the shopper is told of it (None: staff only)."""

    id: str  # found once under it
    event: str  # name in the order's history
    subject: str  # what a message speaks of
    data: dict[str, str]
    phrase: Phrase | None


def find_breach(
    facts: OrderFacts, rules: Rules, now: datetime, *, stock_out: bool = False
) -> Finding | None:
    """Return a broken shipping promise, None while it is kept or nothing is to be shipped any more."""
    if is_being_cancelled(facts):
        return None
    verdict = judge_promise(facts, rules, now, stock_out=stock_out)
    if not verdict.breached:
        return None
    return Finding(
        id=f"ship:{verdict.state}",
        event="order.promise-broken",
        subject="shipping",
        data={"state": verdict.state},
        phrase=verdict.phrase,
    )


def find_late_refunds(facts: OrderFacts, now: datetime) -> Iterator[Finding]:
    """Yield what should have been paid back by now: the buyer hears it before asking."""
    for refund in facts.refunds:
        waits = refund.state in ("approved", "failed")
        if waits and refund.due_at is not None and refund.due_at <= now and refund.cash_fen:
            yield Finding(
                id=f"refund:{refund.id}:late",
                event="order.refund-late",
                subject=refund.case_id or f"refund:{refund.id}",  # paid: overtaken
                data={"refund": refund.id},
                phrase=phrase("order.refund.late", {"退款金额": told_money(refund.cash_fen)}),
            )


def find_troubles(facts: OrderFacts, rules: Rules, now: datetime) -> Iterator[Finding]:
    """Yield the parcels of an order that are in trouble."""
    for parcel in facts.parcels:
        if parcel.shipment.state != "shipped":
            continue
        if find_trouble(parcel, facts.order, rules, now) in TROUBLES:
            verdict = judge_parcel(parcel, facts.order, rules, now)
            yield _trouble(parcel.shipment.parcel, verdict, rules, now)


def _trouble(parcel: str, verdict: Verdict, rules: Rules, now: datetime) -> Finding:
    moved = verdict.view.moved_at
    again = f":{moved:%Y%m%d%H%M}" if moved and verdict.trouble in _AGAIN else ""
    told = verdict.trouble in TOLD and not verdict.stale
    return Finding(
        id=f"parcel:{parcel}:{verdict.trouble}{again}",
        event="order.parcel-trouble",
        subject=f"parcel:{parcel}",
        data={"parcel": parcel, "trouble": verdict.trouble},
        phrase=_dated(verdict, rules, now) if told else None,
    )


def _dated(verdict: Verdict, rules: Rules, now: datetime) -> Phrase:
    """Return the phrase with its day: it may be read tomorrow, when a bare 10:32 would be wrong."""
    values = dict(verdict.phrase.values)
    if "截至" in values:
        values["截至"] = told_time(verdict.as_of, now + ONE_DAY, rules)
    return replace(verdict.phrase, values=values)
