"""What the caller may see of talks, events, suggestions and promises, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shopbot import messages
from shopbot.chat.model import Conversation, Draft, Event, Mark, Media, Promise, Receipt, Side
from shopbot.chat.reasons import worded


def event_view(event: Event, side: Side) -> dict[str, Any]:
    """Return an event as ``side`` may see it; what it may not, the talk has left out already."""
    shown: dict[str, Any] = {
        "seq": event.seq,
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "author": event.author,
        "turn": event.turn,
        "body": _with_address(event.body),
    }
    if side == "staff":
        shown |= {"who": event.who, "audience": event.audience}
    if event.client_key:
        shown["client_key"] = event.client_key
    return shown


def _with_address(body: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(body)
    if "address" in told:
        told["address"] = media_address(str(told["address"]))
    return told


def media_address(link: str) -> str:
    """Return where a stored file of a talk is to be had, from the signed part of its address."""
    return f"/api/v1/chat-media/{link}"


def media_view(media: Media, link: str) -> dict[str, Any]:
    """Return a kept picture, voice note or file."""
    return {
        "media": media.id,
        "kind": media.kind,
        "content_type": media.content_type,
        "name": media.name,
        "size": media.size,
        "width": media.width,
        "height": media.height,
        "address": media_address(link),
    }


def mark_view(mark: Mark) -> dict[str, Any]:
    """Return how far a side has got."""
    return {"side": mark.side, "delivered": mark.delivered, "read": mark.read}


def talk_view(talk: Conversation, side: Side, marks: Iterable[Mark] = ()) -> dict[str, Any]:
    """Return a conversation as ``side`` may see it."""
    shown: dict[str, Any] = {
        "id": talk.id,
        "state": talk.state,
        "mode": talk.mode,
        "holder": talk.holder,
        "channel": talk.channel,
        "product": talk.product,
        "turn": talk.turn,
        "last_seq": talk.last_seq,
        "started_at": talk.started_at.isoformat(),
        "closed_at": talk.closed_at.isoformat() if talk.closed_at else None,
        "marks": [mark_view(mark) for mark in marks],
    }
    if side == "staff":
        shown |= {
            "visitor": short_visitor(talk.visitor),
            "customer": talk.customer,
            "agent": talk.agent,
            "shopper_at": talk.shopper_at.isoformat() if talk.shopper_at else None,
            "staff_at": talk.staff_at.isoformat() if talk.staff_at else None,
            "version": talk.version,
        }
    return shown


def short_visitor(visitor: str) -> str:
    """Return what the staff call a shopper who has told no name: the end of the visitor's id."""
    return messages.text("desk.visitor", tail=visitor[-4:])


def draft_view(draft: Draft) -> dict[str, Any]:
    """Return a suggestion with all that speaks for it."""
    return {
        "id": draft.id,
        "turn": draft.turn,
        "rank": draft.rank,
        "kind": draft.kind,
        "text": draft.text,
        "probability": draft.probability,
        "state": draft.state,
        "entry": draft.entry,
        "version": draft.version,
        "source": {"file": draft.file, "line": draft.line} if draft.file else None,
        "action": draft.action,
        "reasons": list(draft.reasons),
        "reasons_told": [worded(reason) for reason in draft.reasons],
        "why": dict(draft.why),
        "attachments": list(draft.attachments),
        "chips": list(draft.chips),
        "decided_by": draft.decided_by,
        "final_text": draft.final_text,
        "reject_reason": draft.reject_reason,
        "message_seq": draft.message_seq,
    }


def receipt_view(receipt: Receipt) -> dict[str, Any]:
    """Return where a sent message came from."""
    return {
        "message": receipt.message,
        "conversation": receipt.conversation,
        "seq": receipt.seq,
        "by": receipt.by,
        "who": receipt.who,
        "sources": [dict(source) for source in receipt.sources],
        "rule": receipt.rule,
        "reasons": list(receipt.reasons),
        "reasons_told": [worded(reason) for reason in receipt.reasons],
        "order": dict(receipt.order),
        "draft": receipt.draft,
        "edited": receipt.edited,
        "software": receipt.software,
        "at": receipt.at.isoformat(),
    }


def promise_view(promise: Promise) -> dict[str, Any]:
    """Return a promise and what became of it."""
    return {
        "id": promise.id,
        "conversation": promise.conversation,
        "what": promise.what,
        "until": promise.until.isoformat(),
        "state": promise.state,
        "entry": promise.entry,
        "made_by": promise.made_by,
        "made_at": promise.made_at.isoformat(),
        "closed_by": promise.closed_by,
        "closed_at": promise.closed_at.isoformat() if promise.closed_at else None,
    }
