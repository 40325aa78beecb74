"""Receipts: where each message of the house came from, written in the transaction that sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shopbot import ids
from shopbot.chat.gear import Gear
from shopbot.chat.model import Conversation, Draft, Event, Receipt
from shopbot.kb.entry import Source
from shopbot.kb.suggestion import Suggestion

_SLOW = "slow_until"


def source_of_phrase(entry: str, version: str, source: object) -> dict[str, Any]:
    """Return where a fixed phrase stands."""
    told = source if isinstance(source, Source) else Source(file=str(source), line=0)
    return {"entry": entry, "version": version, "file": told.file, "line": told.line}


def source_of(suggestion: Suggestion, source: Source, wording: int) -> dict[str, Any]:
    """Return where a suggested answer stands, how sure it was and why it was found."""
    told = suggestion.as_dict()
    return {
        "entry": suggestion.entry,
        "version": suggestion.version,
        "file": source.file,
        "line": source.line,
        "wording": wording,
        "topic": suggestion.topic,
        "probability": told["probability"],
        "matched": told["matched"],
        "scores": told["scores"],
        "reasons": list(suggestion.reasons),
    }


def by_hand(gear: Gear, event: Event, now: datetime, anyway: bool) -> Receipt:
    """Return the receipt of what an agent wrote themselves."""
    reasons = ("by-hand", "sent-anyway") if anyway else ("by-hand",)
    return Receipt(
        store_id=event.store_id,
        message=event.id,
        conversation=event.conversation,
        seq=event.seq,
        by="agent",
        who=event.who,
        rule="agent",
        reasons=reasons,
        software=gear.software,
        at=now,
    )


def of_draft(gear: Gear, draft: Draft, agent: str, now: datetime, *, edited: bool) -> Receipt:
    """Return the receipt of an accepted suggestion; the event is yet to come (:func:`stamped`)."""
    sources: tuple[Mapping[str, Any], ...] = tuple(draft.why.get("sources", ()))
    return Receipt(
        store_id=draft.store_id,
        message="",
        conversation=draft.conversation,
        seq=0,
        by="agent",
        who=agent,
        sources=sources,
        rule=str(draft.why.get("rule", "")),
        reasons=draft.reasons,
        order=draft.why.get("order", {}),
        draft=draft.id,
        edited=edited,
        software=gear.software,
        at=now,
    )


def stamped(receipt: Receipt, event: Event) -> Receipt:
    """Return a receipt for the message that was written."""
    return replace(receipt, message=event.id, seq=event.seq)


# --- slowing down after a wrong proof ----------------------------------------------------------------


def slowed(memory: Mapping[str, Any], now: datetime, delay_s: int) -> dict[str, Any]:
    """Return a talk's memory in which the next turn waits: a wrong proof slows the next try down."""
    told = {key: value for key, value in memory.items() if key != _SLOW}
    return {**told, _SLOW: ids.to_text(now + timedelta(seconds=delay_s))} if delay_s else told


def slowed_until(talk: Conversation, now: datetime) -> datetime:
    """Return until when the next turn has to wait, ``now`` when it need not."""
    told = talk.memory.get(_SLOW)
    return max(now, ids.from_text(str(told))) if told else now
