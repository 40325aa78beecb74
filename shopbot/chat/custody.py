"""Who has the word: bot, queue or agent. Each change is one event; nothing changes it but these."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from shopbot.chat import promises, store
from shopbot.chat.gear import Gear
from shopbot.chat.model import Conversation, Priority
from shopbot.chat.store import NewEvent
from shopbot.storage import Transaction


def to_queue(
    gear: Gear,
    tx: Transaction,
    talk: Conversation,
    *,
    reason: str,
    priority: Priority,
    now: datetime,
    vip: bool = False,
) -> Conversation:
    """Let a talk wait for a person, and give it to one who has room.

    One that waits already may gain priority and is not announced again; an agent keeps theirs.
    """
    if talk.holder == "agent":
        return talk
    gear.desk.enqueue(
        tx,
        talk.store_id,
        talk.id,
        reason=reason,
        priority=priority,
        vip=vip or gear.desk.is_important(tx, talk.store_id, talk.visitor),
        now=now,
        shopper=talk.customer or talk.visitor,
    )
    if talk.holder != "queue":
        talk = replace(talk, holder="queue")
        talk = _held(tx, talk, {"holder": "queue", "reason": reason, "priority": priority}, now)
    return assign(gear, tx, now, talk)


def assign(
    gear: Gear, tx: Transaction, now: datetime, talk: Conversation | None = None
) -> Conversation:
    """Give waiting talks to agents with room; ``talk`` is changed but not saved, others are saved.

    Without ``talk`` the result means nothing.
    """
    found = talk
    for given in gear.desk.assign_next(tx, gear.store_id, now):
        if found is not None and given.conversation == found.id:
            found = to_agent(tx, found, agent=given.agent, name=given.name, now=now)
            continue
        other = store.get_conversation(tx, gear.store_id, given.conversation)
        other = to_agent(tx, other, agent=given.agent, name=given.name, now=now)
        store.save_conversation(tx, other)
        gear.hint(tx, other.id)
    return found  # type: ignore[return-value]


def to_agent(
    tx: Transaction, talk: Conversation, *, agent: str, name: str, now: datetime
) -> Conversation:
    """Write down that an agent has the talk; the desk knows already. Not announced twice."""
    if talk.holder == "agent" and talk.agent == agent:
        return talk
    talk = replace(talk, holder="agent", agent=agent)
    talk = _held(tx, talk, {"holder": "agent", "agent": agent, "name": name}, now)
    return promises.show_open(tx, talk, now)


def waits_again(tx: Transaction, talk: Conversation, *, why: str, now: datetime) -> Conversation:
    """Write down that the desk took a talk back from an agent who is gone."""
    talk = replace(talk, holder="queue", agent="")
    return _held(tx, talk, {"holder": "queue", "reason": why, "priority": "high"}, now)


def to_bot(gear: Gear, tx: Transaction, talk: Conversation, now: datetime) -> Conversation:
    """Give a talk back to the bot; the desk forgets it."""
    gear.desk.release(tx, talk.store_id, talk.id, now)
    if talk.holder == "bot":
        return talk
    talk = replace(talk, holder="bot", agent="")
    return _held(tx, talk, {"holder": "bot"}, now)


def _held(tx: Transaction, talk: Conversation, body: dict[str, Any], now: datetime) -> Conversation:
    new = NewEvent(kind="held", author="system", turn=talk.turn, body=body)
    return store.append(tx, talk, new, now)[0]
