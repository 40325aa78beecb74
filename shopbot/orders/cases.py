"""Use cases of after-sale work: ask whether, open, take a step. Gather, decide, apply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shopbot import audit, ids, jobs
from shopbot.errors import NotFound
from shopbot.orders import outgoing, store
from shopbot.orders.case_refunds import move_refunds
from shopbot.orders.case_words import with_goods
from shopbot.orders.conditions import Claim
from shopbot.orders.contact import RuleContact
from shopbot.orders.eligibility import Eligibility, check_claim
from shopbot.orders.freight import REASONS, Kind
from shopbot.orders.limits import Due
from shopbot.orders.machine import CaseEvent, Decision, begin, step
from shopbot.orders.model import Case
from shopbot.orders.review_invites import withdraw
from shopbot.orders.states import CaseKind
from shopbot.rules import Rules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

KINDS: dict[Kind, CaseKind] = {
    "no-reason": "return",
    "quality": "return",
    "exchange": "exchange",
    "quality-exchange": "exchange",
    "repair": "repair",
    "wrong": "resend",
    "missing": "resend",
    "damaged": "resend",
}
"""What a claim becomes unless another kind is asked for (a missing item may be refunded)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRequest:
    """A claim about a line, with what the case keeps of it."""

    order: str
    line_no: int
    claim: Claim
    kind: CaseKind | None = None  # None: as KINDS has it
    detail: str = ""
    pictures: tuple[str, ...] = ()
    replacement_sku: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The answer to a request; ``decision`` is None when the claim does not stand."""

    eligibility: Eligibility
    decision: Decision | None = None


def check_line(
    reader: Reader, number: str, line_no: int, claim: Claim, rules: Rules, now: datetime
) -> Eligibility:
    """Return whether a claim stands; NotFound for an unknown order or line."""
    facts = store.get_facts(reader, rules.store_id, number)
    if facts.find_line(line_no) is None:
        raise NotFound("order line")
    return check_claim(facts, line_no, claim, rules, now)


def open_case(
    tx: Transaction, request: CaseRequest, rules: Rules, now: datetime, who: str
) -> Opened:
    """Open a case if the claim stands; NotFound for an unknown order or line."""
    found = check_line(tx, request.order, request.line_no, request.claim, rules, now)
    if not found.eligible:
        return Opened(eligibility=found)
    decision = add_new_case(tx, _new_case(request, found, rules, now), rules, now, who)
    return Opened(eligibility=found, decision=decision)


def add_new_case(tx: Transaction, case: Case, rules: Rules, now: datetime, who: str) -> Decision:
    """Write a new case that has been decided on, with its due work; ValueError when it is not new."""
    decision = begin(case, rules)
    store.add_case(tx, decision.case)
    _write_down(tx, decision.case, "requested", who, now)
    _plan_jobs(tx, decision.case, decision.due, now)
    withdraw(tx, case.store_id, case.order)  # nobody is asked for praise while something is wrong
    return decision


def _new_case(request: CaseRequest, found: Eligibility, rules: Rules, now: datetime) -> Case:
    return Case(
        id=ids.new_id("case"),
        store_id=rules.store_id,
        order=request.order,
        line_no=request.line_no,
        kind=request.kind or KINDS[found.kind],
        reason=REASONS[found.kind],
        state="requested",
        quantity=found.quantity,
        detail=request.detail,
        pictures=request.pictures,
        freight_payer=found.freight_payer,
        replacement_sku=request.replacement_sku,
        requested_at=now,
    )


def step_case(
    tx: Transaction, case_id: str, event: CaseEvent, rules: Rules, now: datetime, who: str
) -> Decision:
    """Take a step if it may be taken, with its refund and due work; NotFound for an unknown case.

    ``who`` is the name written down; ``event.who`` is the part they play.
    """
    case = store.get_case(tx, rules.store_id, case_id)
    decision = step(case, event, rules, now)
    if not decision.allowed:
        return decision
    if decision.case == case:  # a reminder
        _write_down(tx, case, "reminded", who, now)
        if decision.phrase is not None:
            _tell(tx, decision, event, rules, now)
        return decision
    stored = store.update_case(tx, decision.case)
    _write_refunds(tx, replace(decision, case=stored), event, rules, now)
    _write_down(tx, stored, stored.state.replace("_", "-"), who, now)
    _plan_jobs(tx, stored, decision.due, now)
    taken = replace(decision, case=stored)
    _tell(tx, taken, event, rules, now)
    return taken


def step_due(
    tx: Transaction, case_id: str, version: int, event: CaseEvent, rules: Rules, now: datetime
) -> Decision | None:
    """Do what time has made ripe; None when the case has moved on since it was planned."""
    case = store.get_case(tx, rules.store_id, case_id)
    if case.version != version:
        return None
    return step_case(tx, case_id, event, rules, now, "system")


def _write_refunds(
    tx: Transaction, decision: Decision, event: CaseEvent, rules: Rules, now: datetime
) -> None:
    facts = store.get_facts(tx, rules.store_id, decision.case.order)
    moves = move_refunds(facts, decision, event, rules, now, ids.new_id("ref"))
    for refund in moves.drop:
        store.update_refund(tx, replace(refund, state="dropped", paid_at=None))
    for refund in moves.add:
        store.add_refund(tx, refund)
    for refund in moves.move:
        store.update_refund(tx, refund)


def _tell(
    tx: Transaction, decision: Decision, event: CaseEvent, rules: Rules, now: datetime
) -> None:
    """Plan to tell the buyer of what others did; what was to be told before is overtaken."""
    case = decision.case
    outgoing.overtake(tx, store_id=case.store_id, order=case.order, subject=case.id)
    if event.who == "buyer" or decision.phrase is None:
        return
    facts = store.get_facts(tx, case.store_id, case.order)
    outgoing.plan_message(
        tx,
        store_id=case.store_id,
        order=case.order,
        subject=case.id,
        phrase=with_goods(decision.phrase, case, facts),
        key=f"{case.id}:{case.version}:{event.name}",
        policy=RuleContact(rules),
        now=now,
    )


def _write_down(tx: Transaction, case: Case, what: str, who: str, now: datetime) -> None:
    name = f"{case.kind}.{what}"
    data = {"case": case.id, "line": case.line_no, "state": case.state}
    store.add_event(tx, case.store_id, case.order, name, at=now, who=who, data=data)
    audit.record(
        tx,
        audit.Deed(
            store_id=case.store_id,
            name=f"order.{name}",
            who=who,
            subject=case.id,
            at=now,
            data={"order": case.order, "line": case.line_no},
        ),
    )


def _plan_jobs(tx: Transaction, case: Case, due: tuple[Due, ...], now: datetime) -> None:
    for ripe in due:
        jobs.plan(
            tx,
            jobs.Plan(
                store_id=case.store_id,
                kind=f"case.{ripe.event}",
                key=f"{case.id}:{case.version}:{ripe.event}",
                due=ripe.at,
                payload={"case": case.id, "version": case.version},
            ),
            now,
        )
