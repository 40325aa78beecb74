"""Suggestions and receipts in the database."""

from __future__ import annotations

from datetime import datetime

from shopbot import ids
from shopbot.chat import rows
from shopbot.chat.model import Conversation, Draft, Receipt
from shopbot.errors import NotFound
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")


def add_draft(tx: Transaction, draft: Draft) -> None:
    """Write a suggestion."""
    tx.run(Q.add_draft, **rows.draft_values(draft))


def get_draft(reader: Reader, store_id: str, draft_id: str) -> Draft:
    """Return a suggestion; NotFound when there is none."""
    row = reader.maybe_one(Q.get_draft, store_id=store_id, id=draft_id)
    if row is None:
        raise NotFound("suggestion")
    return rows.draft(row)


def list_drafts(reader: Reader, talk: Conversation, turn: int | None = None) -> list[Draft]:
    """Return the suggestions of a turn, or all that are open, best first."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    if turn is None:
        found = reader.all(Q.list_open_drafts, **key)
    else:
        found = reader.all(Q.list_drafts, **key, turn=turn)
    return [rows.draft(row) for row in found]


def open_draft_turns(reader: Reader, talk: Conversation) -> list[int]:
    """Return the turns with open suggestions."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    return [int(row["turn"]) for row in reader.all(Q.open_draft_turns, **key)]


def decide_draft(tx: Transaction, decided: Draft) -> bool:
    """Write what staff decided; False when the suggestion was not open any more."""
    changed = tx.run(
        Q.decide_draft,
        store_id=decided.store_id,
        id=decided.id,
        state=decided.state,
        decided_by=decided.decided_by,
        decided_at=rows.moment_text(decided.decided_at),
        final_text=decided.final_text,
        reject_reason=decided.reject_reason,
        message_seq=decided.message_seq,
    )
    return changed == 1


def close_drafts(
    tx: Transaction, talk: Conversation, state: str, now: datetime, by: str = ""
) -> int:
    """End all open suggestions of a talk as ``void`` or ``ignored``; return how many."""
    return tx.run(
        Q.close_drafts,
        store_id=talk.store_id,
        conversation=talk.id,
        state=state,
        decided_by=by,
        decided_at=ids.to_text(now),
    )


def add_receipt(tx: Transaction, receipt: Receipt) -> None:
    """Write down where a message came from."""
    tx.run(Q.add_receipt, **rows.receipt_values(receipt))


def get_receipt(reader: Reader, store_id: str, message: str) -> Receipt:
    """Return a message's receipt; NotFound when there is none."""
    row = reader.maybe_one(Q.get_receipt, store_id=store_id, message=message)
    if row is None:
        raise NotFound("receipt")
    return rows.receipt(row)
