"""What agents look at first, and who waits for goods, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shopbot import messages
from shopbot.orders import proactive_work, restock_store
from shopbot.orders.contact import OutgoingMessage
from shopbot.orders.phrases import Phrases
from shopbot.orders.truth import StillTrue
from shopbot.rules import Rules
from shopbot.storage.database import Reader


def news_dict(
    message: OutgoingMessage, words: Phrases, rules: Rules, now: datetime
) -> dict[str, Any]:
    """Return a message with the words that would be said of it."""
    said = words.say(message.phrase, message.values, now=now)
    held = message.held_until
    return {
        "id": message.id,
        "kind": message.kind,
        "kind_text": kind_text(message.kind),
        "order": message.order,
        "subject": message.subject,
        "phrase": message.phrase,
        "text": said.text if said else "",
        "state": message.state,
        "why": message.why,
        "note": message.note,
        "held_until": held.astimezone(rules.zone).isoformat() if held else None,
        "then": message.then,
        "decided_by": message.decided_by,
    }


def list_dict(
    reader: Reader, truth: StillTrue, words: Phrases, rules: Rules, now: datetime
) -> dict[str, Any]:
    """Return what is held and still true, and how many wait for which goods."""
    held = proactive_work.list_held(reader, truth, rules.store_id, now)
    waiting = restock_store.list_waiting(reader, rules.store_id)
    return {
        "held": [news_dict(one, words, rules, now) for one in held],
        "waiting": sum(one.waiting for one in waiting),
        "restock": [one.as_dict() for one in waiting],
    }


def kind_text(kind: str) -> str:
    """Return a kind in words for staff; itself where it has none."""
    key = f"proactive.kind.{kind}"
    return messages.text(key) if messages.has(key) else kind


def why_text(message: OutgoingMessage) -> str:
    """Return why a message was dropped, in words for staff."""
    if message.note:
        return message.note
    key = f"proactive.why.{message.why}"
    return messages.text(key if messages.has(key) else "proactive.why.other")
