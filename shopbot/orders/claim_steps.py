"""Opening a claim about a parcel and taking its steps: written, put on the clock, told to the buyer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shopbot import audit, ids, jobs
from shopbot.errors import Conflict, NotFound
from shopbot.orders import claim_store, outgoing, store
from shopbot.orders.carriers import shown_carrier
from shopbot.orders.claim_errors import ClaimRefused
from shopbot.orders.claim_machine import BEGIN, MOST_NOTE, find_deadline, refusals, take_step
from shopbot.orders.claim_model import Claim, ClaimKind, ClaimState, ClaimStep
from shopbot.orders.contact import RuleContact
from shopbot.orders.model import OrderFacts, OrderTask
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.tasks import end_task
from shopbot.rules import Rules
from shopbot.storage import Transaction

CLAIM_DUE = "claim.due"
"""The kind of job that writes down that a claim stood for too long."""

_TOLD: Mapping[ClaimState, str] = {"established": "claim.step.lost", "found": "claim.step.found"}


def open_claim(
    tx: Transaction,
    order: str,
    parcel: str,
    kind: ClaimKind,
    rules: Rules,
    now: datetime,
    who: str,
    *,
    note: str = "",
) -> Claim:
    """Open a claim, or return the one that is open about this parcel.

    NotFound for an unknown order, or a parcel that is not in it.
    """
    facts = store.get_facts(tx, rules.store_id, order)
    shipment = next((p.shipment for p in facts.parcels if p.shipment.parcel == parcel), None)
    if shipment is None:
        raise NotFound("parcel")
    claim = Claim(
        id=ids.new_id("clm"),
        store_id=rules.store_id,
        order=order,
        parcel=parcel,
        carrier=shown_carrier(shipment.carrier, parcel),
        kind=kind,
        state=BEGIN[kind],
        note=note[:MOST_NOTE],
        opened_by=who,
        opened_at=now,
    )
    claim = replace(claim, deadline=find_deadline(claim, facts, rules, now))
    if not claim_store.add_claim(tx, claim):
        return _open_one(tx, rules.store_id, order, parcel)
    write_down(tx, claim, "opened", {"kind": kind}, who=who, now=now)
    _plan_due(tx, claim, now)
    return claim


def _open_one(tx: Transaction, store_id: str, order: str, parcel: str) -> Claim:
    found = claim_store.find_open(tx, store_id, parcel)
    if found is None or found.order != order:
        raise Conflict(f"Another order has a claim about the parcel {parcel}. Finish that first.")
    return found


def step_claim(
    tx: Transaction, claim_id: str, step: ClaimStep, rules: Rules, now: datetime, who: str
) -> Claim:
    """Take a step; NotFound for an unknown claim, ClaimRefused for a step it does not take."""
    claim = claim_store.get_claim(tx, rules.store_id, claim_id)
    why = refusals(claim, step, rules)
    if why:
        raise ClaimRefused(claim_id, why)
    facts = store.get_facts(tx, rules.store_id, claim.order)
    moved = claim_store.update_claim(tx, take_step(claim, step, facts, rules, now))
    jobs.cancel(tx, store_id=claim.store_id, kind=CLAIM_DUE, key=_job_key(claim))
    data = {"state": moved.state, "asked_fen": moved.asked_fen, "won_fen": moved.won_fen}
    write_down(tx, moved, step.event, data, who=who, now=now)
    _plan_due(tx, moved, now)
    _end_tasks(tx, claim, facts, rules, now, who)
    if moved.state in _TOLD:
        tell(tx, moved, phrase(_TOLD[moved.state]), rules, now)
    return moved


def tell(tx: Transaction, claim: Claim, words: Phrase, rules: Rules, now: datetime) -> None:
    """Plan to tell the buyer how it stands; what waited about the claim is overtaken."""
    outgoing.plan_message(
        tx,
        store_id=claim.store_id,
        order=claim.order,
        subject=f"claim:{claim.parcel}",
        phrase=words,
        key=f"{claim.id}:{words.id}",
        policy=RuleContact(rules),
        now=now,
    )


def _end_tasks(
    tx: Transaction, claim: Claim, facts: OrderFacts, rules: Rules, now: datetime, who: str
) -> None:
    """The courier has answered: what somebody was to ask it is done, and told here alone."""
    if claim.state not in ("chasing", "proving"):
        return
    for task in facts.tasks:
        if task.is_open and _asks(task, claim.parcel):
            end_task(tx, task.id, "done", rules, now, who, tell=False)


def _asks(task: OrderTask, parcel: str) -> bool:
    return task.kind in ("check-lost", "check-not-received") and task.parcel == parcel


def write_down(
    tx: Transaction, claim: Claim, what: str, data: Mapping[str, object], *, who: str, now: datetime
) -> None:
    """Record the deed ``claim.WHAT`` in the audit and the history of the order."""
    name, told = f"claim.{what}", {"claim": claim.id, "parcel": claim.parcel, **data}
    store.add_event(tx, claim.store_id, claim.order, name, at=now, who=who, data=told)
    deed = audit.Deed(
        store_id=claim.store_id, name=name, who=who, subject=claim.id, at=now, data=told
    )
    audit.record(tx, deed)


def _plan_due(tx: Transaction, claim: Claim, now: datetime) -> None:
    if claim.deadline is None:
        return
    plan = jobs.Plan(
        store_id=claim.store_id,
        kind=CLAIM_DUE,
        key=_job_key(claim),
        due=max(claim.deadline, now),
        payload={"claim": claim.id, "state": claim.state},
    )
    jobs.plan(tx, plan, now)


def _job_key(claim: Claim) -> str:
    return f"{claim.id}:{claim.state}"


def claim_due(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle a job of kind :data:`CLAIM_DUE`: the state has lasted too long, the history tells it."""

    def work(tx: Transaction) -> None:
        try:
            claim = claim_store.get_claim(tx, job.store_id, str(job.payload["claim"]))
        except NotFound:
            return
        if claim.state == job.payload["state"] and claim.is_open:
            write_down(tx, claim, "overdue", {"state": claim.state}, who="system", now=now)

    return work
