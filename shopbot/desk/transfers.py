"""Talks offered to a colleague or a supervisor: accepted, returned, or over when nobody answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from shopbot import audit, ids
from shopbot.desk import store
from shopbot.desk.model import AgentRole, Talk, Transfer
from shopbot.errors import Conflict, NotFound
from shopbot.storage import Transaction

MOST_NOTE = 500  # characters

Ending = Literal["accepted", "returned", "expired"]


def offer(
    tx: Transaction,
    talk: Talk,
    *,
    giver: str,
    taker: str,
    note: str,
    now: datetime,
    until: datetime,
) -> Transfer:
    """Write an offer; Conflict while the talk is on offer already."""
    made = Transfer(
        store_id=talk.store_id,
        id=ids.new_id("trf"),
        conversation=talk.conversation,
        giver=giver,
        taker=taker,
        audience="agent" if taker else "supervisor",
        note=note[:MOST_NOTE],
        asked_at=now,
        expires_at=until,
    )
    if not store.add_transfer(tx, made):
        raise Conflict(
            f"The talk {talk.conversation} is offered to somebody already.", id=talk.conversation
        )
    _record(tx, made, "chat.transfer-offered", giver, now)
    return made


def answer(
    tx: Transaction,
    store_id: str,
    transfer: str,
    *,
    agent: str,
    role: AgentRole,
    answer: Literal["accepted", "returned"],
    now: datetime,
) -> Transfer:
    """End an offer by the one it was made to; the giver may take it back (``returned``)."""
    found = store.get_transfer(tx, store_id, transfer)
    if found is None or not _may(found, agent, role, answer):
        raise NotFound("transfer")
    if found.state != "asked" or now >= found.expires_at:
        raise Conflict(f"The transfer {transfer} is over.", id=transfer)
    return _end(tx, found, answer, agent, now)


def expire(tx: Transaction, store_id: str, now: datetime) -> list[Transfer]:
    """End the offers that nobody answered in time; their givers keep the talks."""
    return [
        _end(tx, one, "expired", "system", now)
        for one in store.list_transfers(tx, store_id)
        if one.expires_at <= now
    ]


def end_open(tx: Transaction, store_id: str, conversation: str, who: str, now: datetime) -> None:
    """End the offer of a talk that moves otherwise."""
    found = store.find_transfer(tx, store_id, conversation)
    if found is not None:
        _end(tx, found, "expired", who, now)


def _may(found: Transfer, agent: str, role: AgentRole, answer: str) -> bool:
    if agent == found.giver:
        return answer == "returned"
    return agent == found.taker or (found.audience == "supervisor" and role == "supervisor")


def _end(tx: Transaction, found: Transfer, state: Ending, who: str, now: datetime) -> Transfer:
    ended = replace(found, state=state, ended_by=who, ended_at=now)
    store.end_transfer(tx, ended)
    _record(tx, ended, f"chat.transfer-{state}", who, now)
    return ended


def _record(tx: Transaction, transfer: Transfer, name: str, who: str, now: datetime) -> None:
    deed = audit.Deed(
        store_id=transfer.store_id,
        name=name,
        who=who,
        subject=transfer.conversation,
        at=now,
        data={"id": transfer.id, "from": transfer.giver, "to": transfer.taker},
    )
    audit.record(tx, deed)
