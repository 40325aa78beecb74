"""The states of a claim: what follows what, until when, which papers and sums a step needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shopbot.orders.carriers import find_carrier
from shopbot.orders.claim_model import ENDS, Claim, ClaimEvent, ClaimKind, ClaimState, ClaimStep
from shopbot.orders.model import OrderFacts
from shopbot.orders.receipt import find_receipt
from shopbot.rules import Rules
from shopbot.rules.claims import CarrierClaims

MOST_NOTE = 500  # characters

TRANSITIONS: Mapping[ClaimState, Mapping[ClaimEvent, ClaimState]] = {
    "chasing": {"found": "found", "lost": "established", "drop": "dropped"},
    "proving": {"found": "found", "lost": "established", "drop": "dropped"},
    "established": {"file": "filed", "found": "found", "drop": "dropped"},
    "filed": {"won": "won", "partly": "partly", "refused": "refused", "found": "found"},
    "won": {},
    "partly": {},
    "refused": {},
    "found": {},
    "dropped": {},
}
BEGIN: Mapping[ClaimKind, ClaimState] = {
    "lost": "chasing",
    "damaged": "established",
    "not-received": "proving",
}


def carrier_rules(carrier: str, rules: Rules) -> CarrierClaims:
    """Return what a courier wants, its blanks filled with the shop's usual values."""
    usual = rules.claims
    told = next(
        (one for one in rules.claims.carriers if _same(one.name, carrier)),
        CarrierClaims(name=carrier),
    )
    return CarrierClaims(
        name=told.name,
        lost_within=told.lost_within or usual.lost_within,
        damaged_within=told.damaged_within or usual.damaged_within,
        answer_time=told.answer_time or usual.answer_time,
        most=told.most,
        papers=told.papers,
    )


def _same(one: str, other: str) -> bool:
    known = find_carrier(one)
    return one == other if known is None else known == find_carrier(other)


def papers_needed(claim: Claim, rules: Rules) -> tuple[str, ...]:
    """Return the papers that must be handed in with a claim, each once."""
    damaged = rules.claims.papers_damaged if claim.kind == "damaged" else ()
    own = carrier_rules(claim.carrier, rules).papers
    return tuple(dict.fromkeys((*rules.claims.papers, *damaged, *own)))


def refusals(claim: Claim, step: ClaimStep, rules: Rules) -> tuple[str, ...]:
    """Return why a step may not be taken: ``state``, ``amount``, ``papers:NAME``; none when it may."""
    if step.event not in TRANSITIONS[claim.state]:
        return ("state",)
    why: list[str] = []
    if step.event == "file":
        papers = (*claim.papers, *step.papers)
        why = [f"papers:{name}" for name in papers_needed(claim, rules) if name not in papers]
        if step.fen <= 0:
            why.append("amount")
    if step.event == "partly" and not 0 < step.fen < claim.asked_fen:
        why.append("amount")
    if step.event == "won" and step.fen not in (0, claim.asked_fen):
        why.append("amount")  # less is partly; a slip would be counted as the whole
    return tuple(why)


def take_step(
    claim: Claim, step: ClaimStep, facts: OrderFacts, rules: Rules, now: datetime
) -> Claim:
    """Return the claim after a step; ValueError for one that :func:`refusals` forbids."""
    if refusals(claim, step, rules):
        raise ValueError(f"{step.event} is no step of a claim that is {claim.state}")
    state = TRANSITIONS[claim.state][step.event]
    won = {"won": claim.asked_fen, "partly": step.fen}.get(step.event, 0)
    moved = replace(
        claim,
        state=state,
        asked_fen=step.fen if step.event == "file" else claim.asked_fen,
        won_fen=won,
        papers=tuple(dict.fromkeys((*claim.papers, *step.papers))),
        note=step.note[:MOST_NOTE] or claim.note,
        filed_at=now if step.event == "file" else claim.filed_at,
        ended_at=now if state in ENDS else None,
    )
    return replace(moved, deadline=find_deadline(moved, facts, rules, now))


def find_deadline(claim: Claim, facts: OrderFacts, rules: Rules, now: datetime) -> datetime | None:
    """Return until when a claim may stand in the state it enters now; None at its end."""
    if claim.state in ENDS:
        return None
    own = carrier_rules(claim.carrier, rules)
    if claim.state == "established":
        return _file_by(claim, facts, own, now)
    waits: dict[ClaimState, timedelta] = {
        "chasing": rules.claims.chase_time,
        "proving": rules.claims.proof_time,
        "filed": own.answer_time or rules.claims.answer_time,
    }
    return now + waits[claim.state]


def _file_by(claim: Claim, facts: OrderFacts, own: CarrierClaims, now: datetime) -> datetime:
    """Return the courier's limit: from shipping, for damage from receipt or else from the report."""
    sent = [one for one in facts.parcels if one.shipment.parcel == claim.parcel]
    if claim.kind == "damaged":
        lines = {line_no for one in sent for line_no in one.shipment.line_nos}
        times = [find_receipt(facts, line_no, now).signed_at for line_no in sorted(lines)]
        signed = [at for at in times if at is not None]
        return (max(signed) if signed else claim.opened_at) + (own.damaged_within or timedelta(0))
    shipped = [one.shipment.shipped_at for one in sent if one.shipment.shipped_at is not None]
    start = min(shipped) if shipped else facts.order.shipped_at or claim.opened_at
    return start + (own.lost_within or timedelta(0))
