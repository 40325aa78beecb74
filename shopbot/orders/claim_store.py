"""Claims and compensations in the database. Every query carries the store; a stale write is a Conflict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot import ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders.claim_model import Claim, ClaimState, Compensation
from shopbot.orders.rows import moment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "claims.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFilter:
    """Which claims of a list are wanted; None and blanks do not filter."""

    state: ClaimState | None = None
    order: str = ""
    only_open: bool = False
    count: int = 100


def get_claim(reader: Reader, store_id: str, claim_id: str) -> Claim:
    """Return a claim; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_claim, store_id=store_id, id=claim_id)
    if found is None:
        raise NotFound("claim")
    return _claim(found)


def find_open(reader: Reader, store_id: str, parcel: str) -> Claim | None:
    """Return the claim about a parcel that has not ended."""
    found = reader.maybe_one(Q.find_open_claim, store_id=store_id, parcel=parcel)
    return None if found is None else _claim(found)


def list_claims(reader: Reader, store_id: str, wanted: ClaimFilter) -> list[Claim]:
    """Return claims, newest first."""
    found = reader.all(
        Q.list_claims,
        store_id=store_id,
        state=wanted.state or "",
        order_number=wanted.order,
        only_open=int(wanted.only_open),
        count=wanted.count,
    )
    return [_claim(row) for row in found]


def list_found_after_paid(reader: Reader, store_id: str, since: datetime) -> list[Claim]:
    """Return the claims whose parcel was found since, though its buyer is paid for it."""
    rows = reader.all(Q.found_after_paid, store_id=store_id, since=ids.to_text(since))
    return [get_claim(reader, store_id, str(row["id"])) for row in rows]


def list_in_hand(reader: Reader, store_id: str) -> frozenset[tuple[str, str]]:
    """Return order and parcel of each open claim, and of what buyers are paid for."""
    rows = reader.all(Q.parcels_in_hand, store_id=store_id)
    return frozenset((str(row["order_number"]), str(row["parcel"])) for row in rows)


def add_claim(tx: Transaction, claim: Claim) -> bool:
    """Write a new claim; False when one about its parcel is open."""
    added = tx.run(
        Q.add_claim,
        id=claim.id,
        store_id=claim.store_id,
        order_number=claim.order,
        parcel=claim.parcel,
        carrier=claim.carrier,
        kind=claim.kind,
        state=claim.state,
        note=claim.note,
        opened_by=claim.opened_by,
        opened_at=ids.to_text(claim.opened_at),
        deadline=_text(claim.deadline),
    )
    return added == 1


def update_claim(tx: Transaction, claim: Claim) -> Claim:
    """Write a step and return the claim as it stands; Conflict when it was changed meanwhile."""
    changed = tx.run(
        Q.update_claim,
        store_id=claim.store_id,
        id=claim.id,
        version=claim.version,
        state=claim.state,
        asked_fen=claim.asked_fen,
        won_fen=claim.won_fen,
        papers=json.dumps(claim.papers, ensure_ascii=False),
        note=claim.note,
        deadline=_text(claim.deadline),
        filed_at=_text(claim.filed_at),
        ended_at=_text(claim.ended_at),
    )
    if changed == 0:
        raise _changed("claim", claim.id)
    return get_claim(tx, claim.store_id, claim.id)


def list_compensations(reader: Reader, store_id: str, claim_id: str) -> list[Compensation]:
    """Return what was asked for the buyer in a claim, oldest first."""
    found = reader.all(Q.compensations_of_claim, store_id=store_id, claim_id=claim_id)
    return [_compensation(row) for row in found]


def list_asked(reader: Reader, store_id: str) -> list[Compensation]:
    """Return the compensations that wait for a supervisor, oldest first."""
    return [_compensation(row) for row in reader.all(Q.asked_compensations, store_id=store_id)]


def add_compensation(tx: Transaction, one: Compensation) -> bool:
    """Write a compensation; False when its parcel has one that was not denied."""
    added = tx.run(
        Q.add_compensation,
        id=one.id,
        store_id=one.store_id,
        claim_id=one.claim,
        order_number=one.order,
        parcel=one.parcel,
        fen=one.fen,
        state=one.state,
        asked_by=one.asked_by,
        asked_at=ids.to_text(one.asked_at),
        decided_by=one.decided_by,
        decided_at=_text(one.decided_at),
    )
    return added == 1


def decide_compensation(tx: Transaction, one: Compensation) -> None:
    """Write a supervisor's word; Conflict when it was decided meanwhile."""
    changed = tx.run(
        Q.decide_compensation,
        store_id=one.store_id,
        id=one.id,
        version=one.version,
        state=one.state,
        decided_by=one.decided_by,
        decided_at=_text(one.decided_at),
    )
    if changed == 0:
        raise _changed("compensation", one.id)


def _changed(what: str, name: str) -> Conflict:
    return Conflict(f"The {what} {name} was changed meanwhile. Load it and decide again.", id=name)


def _text(at: Any) -> str | None:
    return None if at is None else ids.to_text(at)


def _claim(row: Row) -> Claim:
    told = dict(row)
    told["order"] = told.pop("order_number")
    told["papers"] = tuple(json.loads(row["papers"]))
    for name in ("opened_at", "deadline", "filed_at", "ended_at"):
        told[name] = moment(row[name])
    return Claim(**told)


def _compensation(row: Row) -> Compensation:
    told = dict(row)
    told["order"], told["claim"] = told.pop("order_number"), told.pop("claim_id")
    for name in ("asked_at", "decided_at"):
        told[name] = moment(row[name])
    return Compensation(**told)
