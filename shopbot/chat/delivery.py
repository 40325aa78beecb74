"""News of orders and goods told in the shoppers' talks: each once, at a decent hour, or by a person.

The orders plan what shall be told and when (:mod:`shopbot.orders.outgoing`); here it becomes a message in
the talk of whoever has shown the order to be theirs, or waits for the goods. What no talk can take becomes a task at the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from typing_extensions import override

from shopbot import ids, messages
from shopbot.chat import buyers, store
from shopbot.chat.lines import Line, Voice
from shopbot.chat.model import Conversation
from shopbot.desk import tasks
from shopbot.desk.model import Task, TaskKind
from shopbot.orders import outgoing
from shopbot.orders.contact import ContactPolicy, OutgoingMessage, Replies, Truth
from shopbot.orders.snapshots import order_snapshot
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

PERSONAL = frozenset({"新地址", "备注"})
"""Variables that are told to nobody unasked: another may look at the screen by now."""

MOST = 100  # messages a round
CONTACT: TaskKind = "contact"

Undelivered = Literal["no-talk", "no-words", "personal"]


class TalkReplies(Replies):
    """When buyers last wrote and whose orders are whose, as the talks know; reads in the transaction it was made for."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self._now = now

    @override
    def last_reply(self, store_id: str, order: str) -> datetime | None:
        return buyers.last_reply(self._reader, store_id, order, self._now)

    @override
    def visitors_of(self, store_id: str, order: str) -> Sequence[str]:
        return buyers.list_buyers(self._reader, store_id, order, self._now)

    @override
    def orders_of(self, store_id: str, visitor: str) -> Sequence[str]:
        return buyers.list_orders(self._reader, store_id, visitor, self._now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a round came to."""

    talks: tuple[str, ...] = ()  # those that got a message
    tasks: int = 0


def is_due(reader: Reader, store_id: str, now: datetime) -> bool:
    """Tell whether anything may be told now."""
    return outgoing.is_due(reader, store_id, now)


def deliver(
    tx: Transaction,
    store_id: str,
    *,
    policy: ContactPolicy,
    voice: Voice,
    now: datetime,
    truth: Truth | None = None,
) -> Delivered:
    """Tell what may be told now and is still so, as ``truth`` knows.

    Safe to repeat: a message is marked in the transaction that tells it.
    """
    replies = TalkReplies(tx, now)
    told: list[str] = []
    left = 0
    for message in outgoing.take_due(tx, store_id, policy, replies, now, MOST, truth):
        _end_older(tx, message, now)
        found = _tell(tx, message, voice, now)
        if isinstance(found, Conversation):
            outgoing.mark_sent(tx, message, now)
            told.append(found.id)
        else:
            outgoing.drop(tx, message, found)
            if found != "no-talk" or policy.is_for_person(message.phrase):
                left += _ask_person(tx, message, found, voice, now)
    return Delivered(talks=tuple(told), tasks=left)


def find_overtaken(reader: Reader, store_id: str, truth: Truth, now: datetime) -> list[Task]:
    """Return the open ``contact`` tasks that would tell what is so no more."""
    return [
        task
        for task in tasks.list_tasks(reader, store_id, kind=CONTACT)
        if truth.against(reader, outgoing.get_message(reader, store_id, task.key), now) is not None
    ]


def end_overtaken(tx: Transaction, overtaken: Sequence[Task], now: datetime) -> None:
    """End tasks that nobody needs to do any more; one that a person ended meanwhile stays as it is."""
    for task in overtaken:
        if tasks.get_task(tx, task.store_id, task.id).state == "open":
            result = messages.text("contact.overtaken")
            tasks.end_task(
                tx, task.store_id, task.id, "dropped", who="system", now=now, result=result
            )


def _tell(
    tx: Transaction, message: OutgoingMessage, voice: Voice, now: datetime
) -> Conversation | Undelivered:
    """Append the message to the shopper's talk; return the talk, or why there is none."""
    if PERSONAL & message.values.keys():
        return "personal"
    if message.order:
        talk = buyers.find_talk(tx, message.store_id, message.order, now)
    else:
        talk = buyers.find_talk_with(tx, message.store_id, [message.visitor])
    if talk is None:
        return "no-talk"
    told = order_snapshot(tx, message.store_id, message.order, now) if message.order else {}
    line = Line(
        phrase=message.phrase,
        key=f"house:order:{message.id}",
        rule="order-news" if message.order else "restock",
        values=message.values,
        order=told,
    )
    talk, event = voice.say(tx, talk, line, now)
    if event is None:
        return "no-words"
    return store.save_conversation(tx, talk)


def _end_older(tx: Transaction, message: OutgoingMessage, now: datetime) -> None:
    """What a person was to tell about the same thing is old news by now."""
    if message.order:
        about = tasks.list_tasks(tx, message.store_id, kind=CONTACT, order=message.order)
        older = [one for one in about if one.data.get("subject") == message.subject]
        end_overtaken(tx, older, now)


def _ask_person(
    tx: Transaction, message: OutgoingMessage, why: Undelivered, voice: Voice, now: datetime
) -> bool:
    told = {"why": why, "phrase": message.phrase, "subject": message.subject}
    told["what"] = messages.text(f"contact.why.{why}")
    if why == "no-talk":  # personal data is not copied into a list
        told["say"] = voice.read(message.phrase, message.values, now)
    task = Task(
        store_id=message.store_id,
        id=ids.new_id("tsk"),
        kind=CONTACT,
        key=message.id,
        order=message.order,
        data=told,
        made_at=now,
        due_at=max(now, message.expires_at),
    )
    return tasks.add_task(tx, task)
