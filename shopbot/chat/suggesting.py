"""Suggestions for a turn that a person answers: what the bot would say, and what else was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shopbot import ids
from shopbot.chat import draft_store, memory_json, store
from shopbot.chat.gather import Decided
from shopbot.chat.gear import Gear
from shopbot.chat.guarding import stops_of
from shopbot.chat.model import Conversation, Draft, Turn
from shopbot.chat.ordering import look_at_order
from shopbot.chat.situation import (
    Action,
    Escalate,
    Hold,
    Memory,
    Offer,
    RunOrder,
    SayEntry,
    SayPhrase,
)
from shopbot.chat.speaking import Speech, Tongue
from shopbot.chat.store import NewEvent
from shopbot.orders.snapshots import order_snapshot
from shopbot.storage import Transaction

MOST = 9  # one for each digit key


def tongue_of(gear: Gear, talk: Conversation, decided: Decided, memory: Memory) -> Tongue:
    """Return how the shopper of a decision is spoken to."""
    return Tongue.of(
        gear.kb,
        talk,
        memory,
        decided.facts.now,
        traditional=decided.traditional,
        open_now=decided.open_now,
    )


def spoken(action: Action, tongue: Tongue, decided: Decided) -> Speech | None:
    """Return the words of an action; None when it has none or nobody wrote them."""
    if isinstance(action, SayEntry):
        return tongue.entry(action, decided.situation.understood.parts)
    if isinstance(action, Offer):
        return tongue.offer(action)
    if isinstance(action, SayPhrase):
        return tongue.phrases(
            [action], kind="order" if action.order else "phrase", order=action.order
        )
    if isinstance(action, Escalate | Hold) and action.phrase:
        return tongue.phrases([SayPhrase(phrase=action.phrase)])
    return None


def suggest(
    gear: Gear, tx: Transaction, talk: Conversation, turn: Turn, decided: Decided
) -> Conversation:
    """Write the suggestions of a turn, best first; the talk is returned with their event, unsaved."""
    now = decided.facts.now
    drafts: list[Draft] = []
    for speech, run in _speeches(gear, tx, talk, decided):
        if speech.withheld or any(one.text == speech.text for one in drafts):
            continue
        if stops_of(gear, tx, talk, speech.words(), now):
            continue
        order = order_snapshot(tx, talk.store_id, speech.order, now) if speech.order else {}
        drafts.append(_draft(talk, turn, decided, speech, run, order, len(drafts) + 1))
        if len(drafts) == MOST:
            break
    for draft in drafts:
        draft_store.add_draft(tx, draft)
    if not drafts:
        return talk
    told = {"turn": turn.number, "suggestions": [draft.id for draft in drafts]}
    new = NewEvent(kind="suggested", author="bot", audience="staff", turn=turn.number, body=told)
    return store.append(tx, talk, new, now)[0]


def _speeches(
    gear: Gear, tx: Transaction, talk: Conversation, decided: Decided
) -> Iterator[tuple[Speech, RunOrder | None]]:
    """Yield what the bot would say, then everything else the knowledge found, likeliest first."""
    memory = decided.situation.understood.memory
    tongue = tongue_of(gear, talk, decided, memory)
    for action in decided.decision.actions:
        if isinstance(action, Escalate):
            continue  # a person reads this already
        if isinstance(action, RunOrder):
            ran = look_at_order(gear, tx, talk, action, memory, tongue, decided.facts.now)
            if ran.speech is not None:
                yield ran.speech, action
            continue
        speech = spoken(action, tongue, decided)
        if speech is not None:
            yield speech, None
    found = [
        tongue.suggestion(suggestion, part.slots)
        for part in decided.situation.understood.parts
        for suggestion in part.suggestions
        if not suggestion.action
    ]
    for speech in sorted(found, key=lambda one: -one.probability):
        yield speech, None


def _draft(
    talk: Conversation,
    turn: Turn,
    decided: Decided,
    speech: Speech,
    run: RunOrder | None,
    order: Mapping[str, Any],
    rank: int,
) -> Draft:
    source = speech.sources[0] if speech.sources else {}
    why: dict[str, Any] = {
        "rule": decided.decision.rule,
        "sources": list(speech.sources),
        "entries": list(speech.entries),
        "traditional": decided.traditional,
        "open_now": decided.open_now,
    }
    if run is not None:
        why["run"] = memory_json.to_json(Memory(pending=run.pending))
    if order:
        why["order"] = order
    return Draft(
        store_id=talk.store_id,
        id=ids.new_id("sug"),
        conversation=talk.id,
        turn=turn.number,
        rank=rank,
        kind=speech.kind,
        text=speech.text,
        probability=speech.probability,
        entry=str(source.get("entry", "")),
        version=str(source.get("version", "")),
        file=str(source.get("file", "")),
        line=int(source.get("line", 0)),
        action=run.pending.action if run else "",
        reasons=(*decided.decision.reasons, *speech.reasons),
        why=why,
        attachments=speech.attachments,
        chips=tuple(words for _, words in speech.options) or speech.chips,
        made_at=decided.facts.now,
    )
