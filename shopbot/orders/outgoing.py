"""Messages to shoppers in the database: planned once, overtaken, put off, dropped, sent.

They are planned in the transaction that causes them. Who delivers them asks :func:`take_due` what may
go now, delivers, and calls :func:`mark_sent`; the rest is put off or dropped by the policy.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.errors import Conflict
from shopbot.orders.contact import Contact, ContactPolicy, OutgoingMessage, Replies, Sent, Why
from shopbot.orders.phrases import Phrase
from shopbot.orders.rows import moment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_LOOK_BACK = timedelta(days=2)  # more than a day and any gap: what caps can depend on


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
    if tx.maybe_one(Q.find_message, store_id=store_id, dedupe_key=key) is not None:
        return False
    overtake(tx, store_id=store_id, order=order, subject=subject)
    not_before = policy.first_moment(urgent, now)
    added = tx.run(
        Q.add_message,
        id=ids.new_id("msg"),
        store_id=store_id,
        order_number=order,
        subject=subject,
        phrase=phrase.id,
        variables=json.dumps(dict(phrase.values), ensure_ascii=False, sort_keys=True),
        dedupe_key=key,
        urgent=int(urgent),
        not_before=ids.to_text(not_before),
        expires_at=ids.to_text(policy.expiry(not_before)),
        created_at=ids.to_text(now),
    )
    return added == 1


def overtake(tx: Transaction, *, store_id: str, order: str, subject: str) -> int:
    """Drop what still waits about a subject; return how many messages that were."""
    return tx.run(Q.overtake_messages, store_id=store_id, order_number=order, subject=subject)


def take_due(
    tx: Transaction,
    store_id: str,
    policy: ContactPolicy,
    replies: Replies,
    now: datetime,
    count: int = 100,
) -> list[OutgoingMessage]:
    """Return the messages that may go now, at most one a buyer; drop or put off the others."""
    going: list[OutgoingMessage] = []
    for row in tx.all(Q.due_messages, store_id=store_id, now=ids.to_text(now), count=count):
        message = _message(row)
        ahead = [one for one in going if _same_person(tx, one, message)]
        sent = [*_sent_to(tx, message, now)]
        sent += [Sent(order=one.order, phrase=one.phrase, at=now) for one in ahead]
        told = tx.one(
            Q.count_sent, store_id=store_id, order_number=message.order, phrase=message.phrase
        )["messages"]
        reply = replies.last_reply(store_id, message.order)
        decision = policy.decide(message, sent, told, reply, now)
        if decision.now and not ahead:
            going.append(message)
        else:
            _keep_or_drop(tx, message, decision)
    return going


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


def _keep_or_drop(tx: Transaction, message: OutgoingMessage, decision: Contact) -> None:
    key = _key(message)
    if decision.never is not None:
        tx.run(Q.drop_message, **key, why=decision.never)
    elif decision.later is not None:
        tx.run(Q.put_off_message, **key, not_before=ids.to_text(decision.later))


def _key(message: OutgoingMessage) -> dict[str, str | int]:
    return {"store_id": message.store_id, "id": message.id, "version": message.version}


def _same_person(tx: Transaction, one: OutgoingMessage, other: OutgoingMessage) -> bool:
    if one.order == other.order:
        return True
    key = {"store_id": one.store_id, "first": one.order, "second": other.order}
    return tx.maybe_one(Q.same_buyer, **key) is not None


def _sent_to(tx: Transaction, message: OutgoingMessage, now: datetime) -> list[Sent]:
    rows = tx.all(
        Q.sent_to_person,
        store_id=message.store_id,
        order_number=message.order,
        since=ids.to_text(now - _LOOK_BACK),
    )
    return [
        Sent(order=row["order_number"], phrase=row["phrase"], at=ids.from_text(row["sent_at"]))
        for row in rows
    ]


def _message(row: Row) -> OutgoingMessage:
    return OutgoingMessage(
        id=row["id"],
        store_id=row["store_id"],
        order=row["order_number"],
        subject=row["subject"],
        phrase=row["phrase"],
        values=json.loads(row["variables"]),
        key=row["dedupe_key"],
        urgent=bool(row["urgent"]),
        state=row["state"],
        why=row["why"],
        not_before=ids.from_text(row["not_before"]),
        expires_at=ids.from_text(row["expires_at"]),
        created_at=ids.from_text(row["created_at"]),
        sent_at=moment(row["sent_at"]),
        version=row["version"],
    )
