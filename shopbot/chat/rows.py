"""Rows of the database to the facts of :mod:`shopbot.chat.model`, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shopbot import ids
from shopbot.chat.model import Conversation, Draft, Event, Mark, Media, Receipt, Turn
from shopbot.storage import Row, Value


def moment(text: Any) -> datetime | None:
    """Return the time of a cell, None for NULL."""
    return None if text is None else ids.from_text(text)


def moment_text(at: datetime | None) -> str | None:
    """Return the cell of a time."""
    return None if at is None else ids.to_text(at)


def dumped(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return JSON that is the same for the same value."""
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def conversation(row: Row) -> Conversation:
    """Return a talk."""
    started = ids.from_text(row["started_at"])
    return Conversation(
        store_id=row["store_id"],
        id=row["id"],
        visitor=row["visitor"],
        customer=row["customer"],
        channel=row["channel"],
        mode=row["mode"],
        state=row["state"],
        holder=row["holder"],
        agent=row["agent"],
        turn=row["turn"],
        last_seq=row["last_seq"],
        started_at=started,
        shopper_at=moment(row["shopper_at"]),
        staff_at=moment(row["staff_at"]),
        reminded_at=moment(row["reminded_at"]),
        closed_at=moment(row["closed_at"]),
        product=row["product"],
        memory=json.loads(row["memory"]),
        version=row["version"],
    )


def conversation_values(told: Conversation) -> dict[str, Value]:
    """Return what ``save_conversation`` writes."""
    return {
        "store_id": told.store_id,
        "id": told.id,
        "customer": told.customer,
        "mode": told.mode,
        "state": told.state,
        "holder": told.holder,
        "agent": told.agent,
        "turn": told.turn,
        "last_seq": told.last_seq,
        "shopper_at": moment_text(told.shopper_at),
        "staff_at": moment_text(told.staff_at),
        "reminded_at": moment_text(told.reminded_at),
        "closed_at": moment_text(told.closed_at),
        "product": told.product,
        "memory": dumped(told.memory),
    }


def event(row: Row) -> Event:
    """Return an event."""
    return Event(
        store_id=row["store_id"],
        conversation=row["conversation"],
        seq=row["seq"],
        id=row["id"],
        at=ids.from_text(row["at"]),
        kind=row["kind"],
        author=row["author"],
        who=row["who"],
        audience=row["audience"],
        turn=row["turn"],
        client_key=row["client_key"],
        body=json.loads(row["body"]),
    )


def event_body(row: Row) -> dict[str, Any]:
    """Return what an event says, from a row that holds that alone."""
    body: dict[str, Any] = json.loads(row["body"])
    return body


def event_values(told: Event) -> dict[str, Value]:
    """Return what ``add_event`` writes."""
    return {
        "store_id": told.store_id,
        "conversation": told.conversation,
        "seq": told.seq,
        "id": told.id,
        "at": ids.to_text(told.at),
        "kind": told.kind,
        "author": told.author,
        "who": told.who,
        "audience": told.audience,
        "turn": told.turn,
        "client_key": told.client_key,
        "body": dumped(told.body),
    }


def mark(row: Row) -> Mark:
    """Return how far a side has got."""
    return Mark(side=row["side"], delivered=row["delivered"], read=row["read"])


def turn(row: Row) -> Turn:
    """Return a turn."""
    return Turn(
        store_id=row["store_id"],
        conversation=row["conversation"],
        number=row["number"],
        state=row["state"],
        first_seq=row["first_seq"],
        last_seq=row["last_seq"],
        opened_at=ids.from_text(row["opened_at"]),
        due_at=ids.from_text(row["due_at"]),
        answered_by=row["answered_by"],
        answered_at=moment(row["answered_at"]),
    )


def draft(row: Row) -> Draft:
    """Return a suggestion."""
    return Draft(
        store_id=row["store_id"],
        id=row["id"],
        conversation=row["conversation"],
        turn=row["turn"],
        rank=row["rank"],
        kind=row["kind"],
        text=row["text"],
        probability=row["probability"],
        entry=row["entry"],
        version=row["version"],
        file=row["file"],
        line=row["line"],
        action=row["action"],
        reasons=tuple(json.loads(row["reasons"])),
        why=json.loads(row["why"]),
        attachments=tuple(json.loads(row["attachments"])),
        chips=tuple(json.loads(row["chips"])),
        state=row["state"],
        made_at=ids.from_text(row["made_at"]),
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]),
        final_text=row["final_text"],
        reject_reason=row["reject_reason"],
        message_seq=row["message_seq"],
    )


def draft_values(told: Draft) -> dict[str, Value]:
    """Return what ``add_draft`` writes."""
    return {
        "store_id": told.store_id,
        "id": told.id,
        "conversation": told.conversation,
        "turn": told.turn,
        "rank": told.rank,
        "kind": told.kind,
        "text": told.text,
        "probability": told.probability,
        "entry": told.entry,
        "version": told.version,
        "file": told.file,
        "line": told.line,
        "action": told.action,
        "reasons": dumped(told.reasons),
        "why": dumped(told.why),
        "attachments": dumped(told.attachments),
        "chips": dumped(told.chips),
        "made_at": ids.to_text(told.made_at),
    }


def receipt(row: Row) -> Receipt:
    """Return a receipt."""
    return Receipt(
        store_id=row["store_id"],
        message=row["message"],
        conversation=row["conversation"],
        seq=row["seq"],
        by=row["by_author"],
        who=row["who"],
        sources=tuple(json.loads(row["sources"])),
        rule=row["rule"],
        reasons=tuple(json.loads(row["reasons"])),
        order=json.loads(row["order_facts"]),
        draft=row["draft"],
        edited=bool(row["edited"]),
        software=row["software"],
        at=ids.from_text(row["at"]),
    )


def receipt_values(told: Receipt) -> dict[str, Value]:
    """Return what ``add_receipt`` writes."""
    return {
        "store_id": told.store_id,
        "message": told.message,
        "conversation": told.conversation,
        "seq": told.seq,
        "by_author": told.by,
        "who": told.who,
        "sources": dumped(told.sources),
        "rule": told.rule,
        "reasons": dumped(told.reasons),
        "order_facts": dumped(told.order),
        "draft": told.draft,
        "edited": int(told.edited),
        "software": told.software,
        "at": ids.to_text(told.at),
    }


def media(row: Row) -> Media:
    """Return what is known of a stored file."""
    return Media(
        store_id=row["store_id"],
        id=row["id"],
        conversation=row["conversation"],
        kind=row["kind"],
        content_type=row["content_type"],
        name=row["name"],
        file=row["file"],
        size=row["size"],
        width=row["width"],
        height=row["height"],
        author=row["author"],
        who=row["who"],
        at=ids.from_text(row["at"]),
    )


def media_values(told: Media) -> dict[str, Value]:
    """Return what ``add_media`` writes."""
    return {
        "store_id": told.store_id,
        "id": told.id,
        "conversation": told.conversation,
        "kind": told.kind,
        "content_type": told.content_type,
        "name": told.name,
        "file": told.file,
        "size": told.size,
        "width": told.width,
        "height": told.height,
        "author": told.author,
        "who": told.who,
        "at": ids.to_text(told.at),
    }
