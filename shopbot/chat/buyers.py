"""In whose browser an order was shown to be theirs: where news of it may be told, nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.chat import store
from shopbot.chat.model import Conversation
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

KNOWN_FOR = timedelta(days=60)
"""After that a browser may have changed hands, and news of an order is old."""


def note_buyer(tx: Transaction, store_id: str, order: str, visitor: str, now: datetime) -> None:
    """Write down that an order was told to a visitor who had shown it to be theirs."""
    tx.run(
        Q.put_buyer,
        store_id=store_id,
        order_number=order,
        visitor=visitor,
        at=ids.to_text(now),
    )


def list_buyers(reader: Reader, store_id: str, order: str, now: datetime) -> list[str]:
    """Return the visitors an order was told to, the latest first."""
    since = ids.to_text(now - KNOWN_FOR)
    rows = reader.all(Q.buyers_of, store_id=store_id, order_number=order, since=since)
    return [str(row["visitor"]) for row in rows]


def list_orders(reader: Reader, store_id: str, visitor: str, now: datetime) -> list[str]:
    """Return the orders that were told to a visitor, the latest first."""
    since = ids.to_text(now - KNOWN_FOR)
    rows = reader.all(Q.orders_of_visitor, store_id=store_id, visitor=visitor, since=since)
    return [str(row["order_number"]) for row in rows]


def find_talk(reader: Reader, store_id: str, order: str, now: datetime) -> Conversation | None:
    """Return the talk in which news of an order is told: an open one first, else the last."""
    return find_talk_with(reader, store_id, list_buyers(reader, store_id, order, now))


def find_talk_with(reader: Reader, store_id: str, visitors: Sequence[str]) -> Conversation | None:
    """Return the talk in which one of ``visitors`` is told something: an open one first."""
    for visitor in visitors:
        talk = store.find_open(reader, store_id, visitor)
        if talk is not None:
            return talk
    for visitor in visitors:
        talks = store.list_of_visitor(reader, store_id, visitor, count=1)
        if talks:
            return talks[0]
    return None


def last_reply(reader: Reader, store_id: str, order: str, now: datetime) -> datetime | None:
    """Return when the buyer of an order last wrote, in whatever talk."""
    talks = [
        talk
        for visitor in list_buyers(reader, store_id, order, now)
        for talk in store.list_of_visitor(reader, store_id, visitor, count=5)
    ]
    return max((talk.shopper_at for talk in talks if talk.shopper_at is not None), default=None)
