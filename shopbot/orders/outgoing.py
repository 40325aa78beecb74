"""Messages to shoppers in the database: planned once, overtaken, put off, dropped, sent.

They are planned in the transaction that causes them. Who delivers them asks :func:`take_due` what may
go now, delivers, and calls :func:`mark_sent`; the rest is put off or dropped by the policy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders.contact import (
    Contact,
    ContactPolicy,
    Ending,
    OutgoingMessage,
    Replies,
    Sent,
    Truth,
    Why,
)
from shopbot.orders.persons import Person, is_same, person_of, sent_to
from shopbot.orders.phrases import Phrase
from shopbot.orders.rows import moment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_LOOK_BACK = timedelta(days=2)  # more than a day and any gap: what caps can depend on


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Agents look at it first, until then."""

    until: datetime
    then: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What shall be told: to the buyer of an order, or to a visitor, once under its key."""

    store_id: str
    order: str = ""
    visitor: str = ""
    subject: str
    kind: str = ""
    phrase: Phrase
    key: str
    urgent: bool = False
    hold: Hold | None = None


def plan_message(
    tx: Transaction,
    *,
    store_id: str,
    order: str,
    subject: str,
    phrase: Phrase,
    key: str,
    policy: ContactPolicy,
    now: datetime,
    urgent: bool = False,
) -> bool:
    """Plan to tell the buyer ``phrase``; False when it was planned under this key before.

    What still waits about the same subject is overtaken by it.
    """
    news = News(
        store_id=store_id, order=order, subject=subject, phrase=phrase, key=key, urgent=urgent
    )
    return plan(tx, news, policy, now) != ""


def plan(tx: Transaction, news: News, policy: ContactPolicy, now: datetime) -> str:
    """Plan to tell ``news``; return the message's id, blank when it was planned before.

    What still waits, or is held, about the same subject of an order is overtaken by it.
    """
    if tx.maybe_one(Q.find_message, store_id=news.store_id, dedupe_key=news.key) is not None:
        return ""
    if news.order:
        overtake(tx, store_id=news.store_id, order=news.order, subject=news.subject)
    not_before = policy.first_moment(news.urgent, now)
    message = ids.new_id("msg")
    added = tx.run(
        Q.add_message,
        id=message,
        store_id=news.store_id,
        order_number=news.order or None,
        visitor=news.visitor,
        subject=news.subject,
        kind=news.kind,
        phrase=news.phrase.id,
        variables=json.dumps(dict(news.phrase.values), ensure_ascii=False, sort_keys=True),
        dedupe_key=news.key,
        urgent=int(news.urgent),
        state="held" if news.hold else "waiting",
        held_until=ids.to_text(news.hold.until) if news.hold else None,
        then_what=news.hold.then if news.hold else "",
        not_before=ids.to_text(not_before),
        expires_at=ids.to_text(policy.expiry(not_before)),
        created_at=ids.to_text(now),
    )
    return message if added == 1 else ""


def overtake(tx: Transaction, *, store_id: str, order: str, subject: str) -> int:
    """Drop what waits or is held about a subject; return how many messages that were."""
    return tx.run(Q.overtake_messages, store_id=store_id, order_number=order, subject=subject)


def take_due(
    tx: Transaction,
    store_id: str,
    policy: ContactPolicy,
    replies: Replies,
    now: datetime,
    count: int = 100,
    truth: Truth | None = None,
) -> list[OutgoingMessage]:
    """Return the messages that may go now, at most one a buyer; drop or put off the others."""
    going: list[tuple[OutgoingMessage, Person]] = []
    for row in tx.all(Q.due_messages, store_id=store_id, now=ids.to_text(now), count=count):
        message = _message(row)
        false = truth.against(tx, message, now) if truth is not None else None
        if false is not None:
            drop(tx, message, false)
            continue
        person = person_of(message, replies)
        ahead = [one for one, other in going if is_same(tx, store_id, other, person)]
        sent = [*sent_to(tx, store_id, person, now - _LOOK_BACK)]
        sent += [Sent(order=one.order, phrase=one.phrase, at=now) for one in ahead]
        decision = policy.decide(message, sent, *_heard(tx, message, replies), now)
        if decision.now and not ahead:
            going.append((message, person))
        else:
            _keep_or_drop(tx, message, decision)
    return [message for message, _ in going]


def _heard(
    tx: Transaction, message: OutgoingMessage, replies: Replies
) -> tuple[int, datetime | None]:
    """Return how often a buyer was told the same, and when they last wrote.

    A visitor who waits for goods is told whatever else they write of meanwhile.
    """
    if not message.order:
        return 0, None
    key = {"store_id": message.store_id, "order_number": message.order}
    told = tx.one(Q.count_sent, **key, phrase=message.phrase)["messages"]
    return told, replies.last_reply(message.store_id, message.order)


def is_due(reader: Reader, store_id: str, now: datetime) -> bool:
    """Tell whether :func:`take_due` has something to look at."""
    return bool(reader.all(Q.due_messages, store_id=store_id, now=ids.to_text(now), count=1))


def mark_sent(tx: Transaction, message: OutgoingMessage, now: datetime) -> None:
    """Write down that ``message`` was delivered; Conflict when it was overtaken meanwhile."""
    key = _key(message)
    if tx.run(Q.mark_message_sent, **key, sent_at=ids.to_text(now)) == 0:
        raise Conflict(
            f"The message {message.id} was changed meanwhile. Ask again what is due.",
            id=message.id,
        )


def drop(tx: Transaction, message: OutgoingMessage, why: Why) -> None:
    """Write down that ``message`` is not delivered, and why; somebody else has to tell it."""
    tx.run(Q.drop_message, **_key(message), why=why)


def list_messages(reader: Reader, store_id: str, order: str) -> list[OutgoingMessage]:
    """Return all messages about an order, oldest first."""
    found = reader.all(Q.messages_of_order, store_id=store_id, order_number=order)
    return [_message(row) for row in found]


def get_message(reader: Reader, store_id: str, message: str) -> OutgoingMessage:
    """Return a message; NotFound when there is none."""
    row = reader.maybe_one(Q.get_message, store_id=store_id, id=message)
    if row is None:
        raise NotFound("message")
    return _message(row)


def list_held(reader: Reader, store_id: str, count: int = 1000) -> list[OutgoingMessage]:
    """Return what agents look at first, whose time ends first."""
    return [_message(row) for row in reader.all(Q.held_messages, store_id=store_id, count=count)]


def _keep_or_drop(tx: Transaction, message: OutgoingMessage, decision: Contact) -> None:
    key = _key(message)
    if decision.never is not None:
        tx.run(Q.drop_message, **key, why=decision.never)
    elif decision.later is not None:
        tx.run(Q.put_off_message, **key, not_before=ids.to_text(decision.later))


def _key(message: OutgoingMessage) -> dict[str, str | int]:
    return {"store_id": message.store_id, "id": message.id, "version": message.version}


def _message(row: Row) -> OutgoingMessage:
    return OutgoingMessage(
        id=row["id"],
        store_id=row["store_id"],
        order=row["order_number"] or "",
        visitor=row["visitor"],
        subject=row["subject"],
        kind=row["kind"],
        phrase=row["phrase"],
        values=json.loads(row["variables"]),
        key=row["dedupe_key"],
        urgent=bool(row["urgent"]),
        state=row["state"],
        why=row["why"],
        held_until=moment(row["held_until"]),
        then=row["then_what"],
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]),
        note=row["note"],
        not_before=ids.from_text(row["not_before"]),
        expires_at=ids.from_text(row["expires_at"]),
        created_at=ids.from_text(row["created_at"]),
        sent_at=moment(row["sent_at"]),
        version=row["version"],
    )
