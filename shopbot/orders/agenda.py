"""What needs a person today: orders, parcels, cases and changes, each with its next step. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from shopbot import messages
from shopbot.orders import masking
from shopbot.orders.changes import is_being_cancelled
from shopbot.orders.claim_model import COMPENSATION
from shopbot.orders.limits import list_due
from shopbot.orders.logistics import Verdict, find_trouble, judge_parcel
from shopbot.orders.machine import list_events
from shopbot.orders.model import Case, OrderFacts, OrderTask, Refund
from shopbot.orders.naming import line_words
from shopbot.orders.promises import judge_promise
from shopbot.orders.settled import cancelled_by, is_settled
from shopbot.orders.states import CaseState
from shopbot.orders.timing import end_of_day, local_day, told_end
from shopbot.orders.troubles import NEXT
from shopbot.rules import Rules

What = Literal[
    "shipping",
    "parcel",
    "case",
    "address",
    "refund",
    "task",
    "claim",
    "review",  # a call about one
    "followup",
    "lost-buyer",
]

SHIPPING = frozenset({"due-soon", "late", "stock-out", "presale-late", "presale-unknown"})
PARCEL_STEPS = frozenset(
    {"ask-warehouse", "ask-courier", "claim", "refund-after-return", "send-pictures", "hand-over"}
)
_OURS: frozenset[CaseState] = frozenset({"requested", "received", "inspected", "disputed"})
"""States in which the shop must act, whatever the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to do."""

    what: What
    order: str
    subject: str  # a parcel, the id of a case, task, …; blank for the order itself
    state: str  # of the promise, the parcel, the case
    next: str  # key of a message below due.next
    due: datetime | None  # until when; None: as soon as somebody can
    overdue: bool
    detail: str = ""  # of a task: what is wanted; of a case: which item; of a call: stars

    def as_dict(self, rules: Rules) -> dict[str, Any]:
        """Return the item as commands print it."""
        return {
            "what": self.what,
            "order": self.order,
            "subject": self.subject,
            "state": self.state,
            "next": self.next,
            "next_text": messages.text(f"due.next.{self.next}"),
            "due": self.due.astimezone(rules.zone).isoformat() if self.due else None,
            "overdue": self.overdue,
            "detail": self.detail,
        }


def list_items(
    facts: OrderFacts, rules: Rules, now: datetime, *, stock_out: bool = False
) -> tuple[Item, ...]:
    """Return what must be done about one order by the end of today."""
    open_ = [one for one in facts.tasks if one.is_open and not is_settled(one, facts, rules, now)]
    told = {
        case.id for task in open_ if task.kind == "cancel" for case in cancelled_by(task, facts)
    }
    cases = (case for case in facts.cases if case.id not in told)
    found = (
        *_shipping(facts, rules, now, stock_out),
        *_parcels(facts, rules, now),
        *(item for case in cases for item in _case(case, facts, rules, now)),
        *_changes(facts, open_, rules, now),
        *_refunds(facts, now),
        *(_task(task, facts, now) for task in open_),
    )
    return tuple(found)


def urgency(item: Item) -> tuple[bool, bool, str, str]:
    """Return a sort key: overdue first, then what has a time, the earliest first."""
    at = item.due.isoformat() if item.due else ""
    return (not item.overdue, item.due is None, at, item.order)


def sentence(item: Item, rules: Rules, now: datetime) -> str:
    """Return the item in one line for staff."""
    values = {
        "order": item.order,
        "what": messages.text(f"due.state.{item.what}.{item.state}"),
        "subject": item.subject,
        "next": messages.text(f"due.next.{item.next}"),
    }
    if item.detail:
        values["next"] = messages.text("due.detail", next=values["next"], detail=item.detail)
    told = messages.text("due.line-of" if item.subject else "due.line", **values)
    if item.due is None:
        return told
    by = told_end(item.due, now, rules)
    return told + messages.text("due.overdue" if item.overdue else "due.by", by=by)


def _item(
    what: What,
    facts_order: str,
    state: str,
    step: str,
    now: datetime,
    *,
    subject: str = "",
    due: datetime | None = None,
) -> Item:
    overdue = due is not None and now >= due
    return Item(
        what=what,
        order=facts_order,
        subject=subject,
        state=state,
        next=step,
        due=due,
        overdue=overdue,
    )


def _shipping(facts: OrderFacts, rules: Rules, now: datetime, stock_out: bool) -> Iterator[Item]:
    if is_being_cancelled(facts):
        return
    verdict = judge_promise(facts, rules, now, stock_out=stock_out)
    if verdict.state in SHIPPING:
        due = verdict.ship_by.at if verdict.ship_by else None
        step = f"shipping.{verdict.state}"
        yield _item("shipping", facts.order.number, verdict.state, step, now, due=due)


def _parcels(facts: OrderFacts, rules: Rules, now: datetime) -> Iterator[Item]:
    if facts.order.status in ("finished", "closed"):
        return
    for parcel in facts.parcels:
        if parcel.shipment.state != "shipped":
            continue
        if NEXT[find_trouble(parcel, facts.order, rules, now)] in PARCEL_STEPS:
            verdict = judge_parcel(parcel, facts.order, rules, now)
            yield _item(
                "parcel",
                facts.order.number,
                verdict.trouble,
                f"parcel.{_step(verdict)}",
                now,
                subject=parcel.shipment.parcel,
            )


def _step(verdict: Verdict) -> str:
    if verdict.trouble == "doubtful":
        return "check-parcel"
    if verdict.stale and verdict.trouble in ("late", "stuck", "lost-suspected", "delivering-slow"):
        return "ask-news"  # what looks like standing still may be our silence
    return "refund-now" if verdict.trouble == "returned" else verdict.next


def _case(case: Case, facts: OrderFacts, rules: Rules, now: datetime) -> Iterator[Item]:
    if not case.is_open:
        return
    events = frozenset(list_events(case.kind, case.state))
    today = end_of_day(local_day(now, rules), rules)
    ripe = [due.at for due in list_due(case, events, rules) if due.at < today]
    ours = case.state in _OURS or (case.state == "approved" and case.kind in ("refund", "resend"))
    if not ours and not ripe:
        return
    step = f"case.{case.state}"
    if case.state in ("approved", "inspected"):
        step = f"{step}.{case.kind}"
    line = facts.find_line(case.line_no) if len(facts.lines) > 1 else None
    item = _item("case", case.order, case.state, step, now, subject=case.id, due=case.deadline)
    yield replace(item, detail=line_words(line)) if line else item


def _changes(
    facts: OrderFacts, tasks: list[OrderTask], rules: Rules, now: datetime
) -> Iterator[Item]:
    if any(task.kind == "change-address" for task in tasks):  # told as a task
        return
    for change in facts.address_changes:
        if change.state == "asked":
            due = change.asked_at + rules.changes.ask_time
            yield _item("address", facts.order.number, "asked", "address.asked", now, due=due)


def _refunds(facts: OrderFacts, now: datetime) -> Iterator[Item]:
    """Yield what failed, and what is to be paid without a case that would say so."""
    for refund in facts.refunds:
        owed = refund.state == "approved" and refund.case_id is None
        if owed or refund.state == "failed":
            state = _owed(refund) if owed else refund.state
            yield _item(
                "refund",
                facts.order.number,
                state,
                f"refund.{state}",
                now,
                subject=refund.id,
                due=refund.due_at,
            )


def _owed(refund: Refund) -> str:
    if refund.reason == COMPENSATION:
        return "compensation"
    return "freight" if refund.freight_fen == refund.cash_fen else refund.state


def _task(task: OrderTask, facts: OrderFacts, now: datetime) -> Item:
    line = facts.find_line(task.line_no) if task.line_no is not None else None
    parts = (line_words(line) if line else "", task.parcel, masking.free_text(task.wanted))
    return Item(
        what="task",
        order=task.order,
        subject=task.id,
        state=task.kind,
        next=f"task.{task.kind}",
        due=task.due_at,
        overdue=now >= task.due_at,
        detail=" ".join(part for part in parts if part),
    )
