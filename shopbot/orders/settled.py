"""What of a task the order itself tells: settled by what happened since, or still to be done. Pure."""

from __future__ import annotations

from datetime import datetime

from shopbot.orders.logistics import judge_parcel
from shopbot.orders.model import Case, OrderFacts, OrderTask, Parcel
from shopbot.rules import Rules


def is_settled(task: OrderTask, facts: OrderFacts, rules: Rules, now: datetime) -> bool:
    """Tell whether the order shows that nothing is left to be done, or nobody needs it any more."""
    if task.kind == "check-not-received":
        return False
    if facts.order.status == "closed":
        return True
    sent = [one for one in facts.parcels if one.shipment.state == "shipped"]
    named = [one for one in sent if one.shipment.parcel == task.parcel]
    if task.kind == "urge-warehouse":
        return _has_left(named or sent, facts, rules, now)
    if task.kind in ("ask-courier", "check-lost"):
        return bool(named) and _troubles(named, facts, rules, now) <= {"signed"}
    if task.kind == "intercept":
        return bool(sent) and _troubles(sent, facts, rules, now) <= {"returning", "returned"}
    return False


def _has_left(parcels: list[Parcel], facts: OrderFacts, rules: Rules, now: datetime) -> bool:
    """Tell whether a courier has what somebody was to hurry."""
    if facts.order.status == "finished":
        return True
    waiting = {"doubtful", "no-data", "not-collected", "not-collected-late"}
    whole = facts.order.status == "shipped"
    return whole and bool(parcels) and not _troubles(parcels, facts, rules, now) & waiting


def _troubles(parcels: list[Parcel], facts: OrderFacts, rules: Rules, now: datetime) -> set[str]:
    return {judge_parcel(one, facts.order, rules, now).trouble for one in parcels}


def cancelled_by(task: OrderTask, facts: OrderFacts) -> list[Case]:
    """Return the open refund cases that a cancel has opened."""
    return [
        case
        for case in facts.cases
        if case.is_open and case.reason == "cancelled" and task.line_no in (None, case.line_no)
    ]
