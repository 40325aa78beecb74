"""Claims as commands and the interface show them, and the sums by courier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot import audit, messages
from shopbot.orders import claim_store, masking, store
from shopbot.orders.claim_machine import TRANSITIONS, carrier_rules, papers_needed
from shopbot.orders.claim_model import Claim, Compensation
from shopbot.orders.claim_payments import most_fen
from shopbot.rules import Rules
from shopbot.storage.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSum:
    """What one courier owes, paid and refused; ``compensated_fen`` is what buyers got for its parcels."""

    carrier: str
    claims: int = 0
    open: int = 0
    open_fen: int = 0  # filed, not answered
    won_fen: int = 0
    refused_fen: int = 0  # asked for and not given
    compensated_fen: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the sums as programs read them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def claim_dict(claim: Claim, rules: Rules, now: datetime) -> dict[str, Any]:
    """Return a claim as programs read it."""
    return {
        "id": claim.id,
        "order": claim.order,
        "parcel": claim.parcel,
        "carrier": claim.carrier,
        "kind": claim.kind,
        "state": claim.state,
        "asked_fen": claim.asked_fen,
        "won_fen": claim.won_fen,
        "papers": list(claim.papers),
        "missing_papers": [one for one in papers_needed(claim, rules) if one not in claim.papers],
        "usual_most_fen": carrier_rules(claim.carrier, rules).most,
        "steps": list(TRANSITIONS[claim.state]),
        "note": masking.free_text(claim.note),
        "opened_by": claim.opened_by,
        "opened_at": _clock(claim.opened_at, rules),
        "deadline": _clock(claim.deadline, rules),
        "overdue": claim.deadline is not None and now >= claim.deadline,
        "filed_at": _clock(claim.filed_at, rules),
        "ended_at": _clock(claim.ended_at, rules),
        "version": claim.version,
    }


def compensation_dict(one: Compensation, rules: Rules) -> dict[str, Any]:
    """Return a compensation as programs read it."""
    return {
        "id": one.id,
        "claim": one.claim,
        "order": one.order,
        "parcel": one.parcel,
        "fen": one.fen,
        "state": one.state,
        "asked_by": one.asked_by,
        "asked_at": _clock(one.asked_at, rules),
        "decided_by": one.decided_by,
        "decided_at": _clock(one.decided_at, rules),
    }


def story_dict(reader: Reader, claim_id: str, rules: Rules, now: datetime) -> dict[str, Any]:
    """Return a claim with what the buyer may get, got, and its history; NotFound when unknown."""
    claim = claim_store.get_claim(reader, rules.store_id, claim_id)
    facts = store.get_facts(reader, rules.store_id, claim.order)
    paid = claim_store.list_compensations(reader, rules.store_id, claim_id)
    given = any(one.state != "denied" for one in paid)
    deeds = audit.list_deeds(reader, store_id=rules.store_id, subject=claim_id)
    return {
        "claim": claim_dict(claim, rules, now),
        "compensations": [compensation_dict(one, rules) for one in paid],
        "may_compensate_fen": 0 if given else most_fen(claim, facts),
        "agent_limit_fen": int(rules.claims.agent_limit),
        "history": [
            {"at": _clock(d.at, rules), "what": d.name, "who": d.who, "data": dict(d.data)}
            for d in deeds
        ],
    }


def sums(reader: Reader, store_id: str) -> list[CarrierSum]:
    """Return the sums of all claims, a courier each, by name."""
    found: dict[str, dict[str, int]] = {}
    for row in reader.all(claim_store.Q.claim_sums, store_id=store_id):
        one = found.setdefault(row["carrier"], {})
        asked, won = int(row["asked_fen"]), int(row["won_fen"])
        state, count = str(row["state"]), int(row["claims"])
        _add(one, "claims", count)
        _add(one, "won_fen", won)
        _add(one, "open", count if state in ("chasing", "proving", "established", "filed") else 0)
        _add(one, "open_fen", asked if state == "filed" else 0)
        _add(one, "refused_fen", asked - won if state in ("partly", "refused") else 0)
    for row in reader.all(claim_store.Q.paid_sums, store_id=store_id):
        _add(found.setdefault(row["carrier"], {}), "compensated_fen", int(row["fen"]))
    return [CarrierSum(carrier=name, **found[name]) for name in sorted(found)]


def _add(sums_of: dict[str, int], name: str, value: int) -> None:
    sums_of[name] = sums_of.get(name, 0) + value


def _clock(at: datetime | None, rules: Rules) -> str | None:
    return None if at is None else at.astimezone(rules.zone).isoformat()


def deed_text(name: str) -> str:
    """Return a deed of a claim's history in words; ``claim.file`` is 向快递申请."""
    return messages.text(f"claims.deed.{name.removeprefix('claim.')}")


def sentence(claim: Claim) -> str:
    """Return a claim in one line for staff."""
    return messages.text(
        "claims.line",
        id=claim.id,
        order=claim.order,
        parcel=claim.parcel,
        carrier=claim.carrier or messages.text("claims.no-carrier"),
        kind=messages.text(f"claims.kind.{claim.kind}"),
        state=messages.text(f"due.state.claim.{claim.state}"),
    )
