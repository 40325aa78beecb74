"""How long a case may stand in a state, and when somebody is reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders.model import Case
from shopbot.orders.states import CASE_ENDS, CaseState
from shopbot.orders.timing import after, shop_pauses
from shopbot.orders.transitions import EventName
from shopbot.rules import Rules

_AHEAD = timedelta(days=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that time will make happen unless the case has moved on."""

    event: EventName
    at: datetime


def find_limit(case: Case, state: CaseState, rules: Rules, now: datetime) -> datetime | None:
    """Return until when ``case``, entering ``state`` now, may stand there; None at its end."""
    if state in CASE_ENDS:
        return None
    if state == "approved":
        return _approved(case, rules, now)
    if state == "inspected":
        return _inspected(case, rules, now)
    if state == "received":
        return _working(now, rules.returns.inspect_time, rules)
    returns = rules.returns
    lengths: dict[CaseState, timedelta] = {
        "requested": returns.review_time,
        "need_pictures": returns.pictures_time,
        "shipped_back": returns.finish_time,
        "disputed": returns.dispute_time,
        "quoted": returns.quote_time,
        "repairing": returns.repair_time,
        "resent": returns.finish_time,
    }
    return now + lengths[state]


def _approved(case: Case, rules: Rules, now: datetime) -> datetime:
    if case.kind == "refund":
        return now + rules.returns.refund_limit
    if case.kind == "resend":
        return _working(now, rules.returns.resend_time, rules)
    return now + rules.returns.ship_back_time + rules.returns.ship_back_grace


def _inspected(case: Case, rules: Rules, now: datetime) -> datetime:
    """Return the end of the legal limit (from receipt, no pause stops it), or of sending again."""
    if case.kind == "return":
        return (case.received_at or now) + rules.returns.refund_limit
    return _working(now, rules.returns.resend_time, rules)


def _working(now: datetime, length: timedelta, rules: Rules) -> datetime:
    """Return the end of warehouse work; it rests while the warehouse does."""
    return after(now, length, shop_pauses(rules, now, now + _AHEAD))


def list_due(case: Case, events: frozenset[EventName], rules: Rules) -> tuple[Due, ...]:
    """Return what time will do to ``case``; ``events`` are those its state knows."""
    if case.deadline is None:
        return ()
    found = []
    if "remind" in events:
        both = "expire" in events
        early = rules.returns.ship_back_grace if both else timedelta(0)
        found.append(Due(event="remind", at=case.deadline - early))
    if "expire" in events:
        found.append(Due(event="expire", at=case.deadline))
    return tuple(found)
