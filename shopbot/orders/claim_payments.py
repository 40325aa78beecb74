"""Compensating the buyer of a lost or damaged parcel: how much at most, who agrees, never twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shopbot import ids
from shopbot.errors import NotFound
from shopbot.orders import claim_store, store
from shopbot.orders.claim_errors import NotCompensated
from shopbot.orders.claim_model import COMPENSATION, Claim, ClaimState, Compensation
from shopbot.orders.claim_steps import tell, write_down
from shopbot.orders.model import OrderFacts, Refund
from shopbot.orders.money import count_money
from shopbot.orders.phrases import phrase
from shopbot.orders.shares import split
from shopbot.orders.timing import told_money
from shopbot.rules import Rules
from shopbot.storage import Transaction

_OWED: frozenset[ClaimState] = frozenset({"established", "filed", "won", "partly", "refused"})
LAPSED = frozenset({"rejected", "cancelled", "closed"})
"""States of a case that gives neither money nor goods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A compensation that is wanted; ``fen`` None: all that is left of what was paid for the parcel."""

    claim: str
    fen: int | None = None
    supervisor: bool = False  # who asks may agree to any sum


def parcel_lines(claim: Claim, facts: OrderFacts) -> tuple[int, ...]:
    """Return the lines that travelled in the parcel; all of the order where nobody knows."""
    sent = next((p.shipment for p in facts.parcels if p.shipment.parcel == claim.parcel), None)
    known = sent.line_nos if sent is not None else ()
    return tuple(sorted(known)) or tuple(line.line_no for line in facts.lines)


def most_fen(claim: Claim, facts: OrderFacts) -> int:
    """Return what may be paid at most: what was paid for the parcel's lines and has not gone back."""
    return min(sum(_left(claim, facts).values()), count_money(facts).left_fen)


def _left(claim: Claim, facts: OrderFacts) -> dict[int, int]:
    money = count_money(facts)
    found = {number: money.get_line(number) for number in parcel_lines(claim, facts)}
    return {
        number: max(0, one.cash_fen - one.goods_back_fen - one.difference_back_fen)
        for number, one in found.items()
    }


def refusals(claim: Claim, facts: OrderFacts, fen: int) -> tuple[str, ...]:
    """Return why the buyer is not paid: ``state``, ``case``, ``amount``; none when they are. Pure."""
    why = [] if claim.state in _OWED else ["state"]
    lines = parcel_lines(claim, facts)
    if any(case.line_no in lines and case.state not in LAPSED for case in facts.cases):
        why.append("case")  # money or goods come by the case
    if not 0 < fen <= most_fen(claim, facts):
        why.append("amount")
    return tuple(why)


def compensate(
    tx: Transaction, asked: Asked, rules: Rules, now: datetime, who: str
) -> Compensation:
    """Pay the buyer, or ask a supervisor to agree when it is more than an agent may give.

    NotFound for an unknown claim; NotCompensated names what forbids it.
    """
    claim = claim_store.get_claim(tx, rules.store_id, asked.claim)
    facts = store.get_facts(tx, rules.store_id, claim.order)
    fen = most_fen(claim, facts) if asked.fen is None else asked.fen
    why = refusals(claim, facts, fen)
    if why:
        raise NotCompensated(claim.parcel, why)
    agreed = asked.supervisor or fen <= rules.claims.agent_limit
    one = Compensation(
        id=ids.new_id("cmp"),
        store_id=rules.store_id,
        claim=claim.id,
        order=claim.order,
        parcel=claim.parcel,
        fen=fen,
        state="approved" if agreed else "asked",
        asked_by=who,
        asked_at=now,
        decided_by=who if agreed else "",
        decided_at=now if agreed else None,
    )
    if not claim_store.add_compensation(tx, one):
        raise NotCompensated(claim.parcel, ["twice"])
    write_down(tx, claim, "compensation-asked", {"fen": fen}, who=who, now=now)
    if agreed:
        _pay(tx, claim, one, facts, rules, now, who)
    return one


def decide(
    tx: Transaction, claim_id: str, agree: bool, rules: Rules, now: datetime, who: str
) -> Compensation:
    """Agree to what waits for a supervisor in a claim, or deny it; NotFound when nothing waits."""
    claim = claim_store.get_claim(tx, rules.store_id, claim_id)
    listed = claim_store.list_compensations(tx, rules.store_id, claim_id)
    waiting = next((one for one in listed if one.state == "asked"), None)
    if waiting is None:
        raise NotFound("compensation")
    facts = store.get_facts(tx, rules.store_id, claim.order)
    why = refusals(claim, facts, waiting.fen) if agree else ()
    if why:
        raise NotCompensated(claim.parcel, why)
    state = replace(
        waiting, state="approved" if agree else "denied", decided_by=who, decided_at=now
    )
    claim_store.decide_compensation(tx, state)
    if agree:
        _pay(tx, claim, state, facts, rules, now, who)
    else:
        write_down(tx, claim, "compensation-denied", {"fen": state.fen}, who=who, now=now)
    return state


def _pay(
    tx: Transaction,
    claim: Claim,
    one: Compensation,
    facts: OrderFacts,
    rules: Rules,
    now: datetime,
    who: str,
) -> None:
    """Plan the refunds, line by line, so that later refunds of a line know of them."""
    left = _left(claim, facts)
    for line_no, fen in zip(left, split(one.fen, list(left.values())), strict=True):
        if fen:
            store.add_refund(tx, _refund(claim, line_no, fen, rules, now))
    write_down(tx, claim, "compensated", {"fen": one.fen}, who=who, now=now)
    words = phrase("claim.step.compensated", {"退款金额": told_money(one.fen)})
    tell(tx, claim, words, rules, now)


def _refund(claim: Claim, line_no: int, fen: int, rules: Rules, now: datetime) -> Refund:
    return Refund(
        id=ids.new_id("ref"),
        store_id=claim.store_id,
        order=claim.order,
        line_no=line_no,
        state="approved",
        difference_fen=fen,
        reason=COMPENSATION,
        due_at=now + rules.returns.refund_limit,
        created_at=now,
    )
