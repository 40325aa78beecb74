"""Wishes for goods in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot import ids
from shopbot.errors import Conflict
from shopbot.orders.restock import ENDS, Wish
from shopbot.orders.rows import moment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "restock.sql")

_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many wait for one thing; ``due`` of them are about to be told."""

    product: str
    name: str
    colour: str
    size: str
    waiting: int
    due: int
    since: datetime
    expires_at: datetime

    @property
    def title(self) -> str:
        """Return what is waited for as a shopper would call it."""
        told = "，".join(part for part in (self.colour, self.size) if part)
        return f"{self.name}（{told}）" if told else self.name

    def as_dict(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "product": self.product,
            "name": self.name,
            "title": self.title,
            "colour": self.colour,
            "size": self.size,
            "waiting": self.waiting,
            "due": self.due,
            "since": self.since.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }


def add_wish(tx: Transaction, wish: Wish) -> bool:
    """Write a wish; False when the shopper waits for the same already."""
    added = tx.run(
        Q.add_wish,
        id=wish.id,
        store_id=wish.store_id,
        visitor=wish.visitor,
        product=wish.product,
        name=wish.name,
        colour=wish.colour,
        size=wish.size,
        asked_at=ids.to_text(wish.asked_at),
        expires_at=ids.to_text(wish.expires_at),
    )
    return added == 1


def save_wish(tx: Transaction, wish: Wish, now: datetime) -> None:
    """Write what became of a wish; Conflict when somebody was faster."""
    changed = tx.run(
        Q.step_wish,
        store_id=wish.store_id,
        id=wish.id,
        version=wish.version,
        state=wish.state,
        message_id=wish.message,
        times=wish.times,
        why=wish.why,
        ended_at=ids.to_text(now) if wish.state in ENDS else None,
    )
    if changed == 0:
        raise Conflict(f"The wish {wish.id} was changed meanwhile.", id=wish.id)


def find_open(reader: Reader, store_id: str, wish: str) -> Wish | None:
    """Return a wish that is not over, None when it is."""
    row = reader.maybe_one(Q.find_open_wish, store_id=store_id, id=wish)
    return None if row is None else _wish(row)


def find_of_message(reader: Reader, store_id: str, message: str) -> Wish | None:
    """Return the open wish that a message tells."""
    row = reader.maybe_one(Q.find_wish_of_message, store_id=store_id, message_id=message)
    return None if row is None else _wish(row)


def list_of_visitor(reader: Reader, store_id: str, visitor: str) -> list[Wish]:
    """Return what a visitor waits for, oldest first."""
    rows = reader.all(Q.wishes_of_visitor, store_id=store_id, visitor=visitor)
    return [_wish(row) for row in rows]


def list_open(reader: Reader, store_id: str, count: int = _MOST) -> list[Wish]:
    """Return what is waited for, oldest first."""
    return [_wish(row) for row in reader.all(Q.open_wishes, store_id=store_id, count=count)]


def list_waiting(reader: Reader, store_id: str) -> list[Waiting]:
    """Return how many wait for what, the most wanted first."""
    return [
        Waiting(
            product=row["product"],
            name=row["name"],
            colour=row["colour"],
            size=row["size"],
            waiting=row["waiting"],
            due=row["due"],
            since=ids.from_text(row["since"]),
            expires_at=ids.from_text(row["expires_at"]),
        )
        for row in reader.all(Q.count_wishes, store_id=store_id)
    ]


def list_bought(reader: Reader, store_id: str, order: str, since: datetime) -> list[str]:
    """Return the orders that the buyer of ``order`` has made since."""
    rows = reader.all(
        Q.bought_since, store_id=store_id, order_number=order, since=ids.to_text(since)
    )
    return [str(row["number"]) for row in rows]


def _wish(row: Row) -> Wish:
    return Wish(
        id=row["id"],
        store_id=row["store_id"],
        visitor=row["visitor"],
        product=row["product"],
        name=row["name"],
        colour=row["colour"],
        size=row["size"],
        state=row["state"],
        message=row["message_id"],
        times=row["times"],
        why=row["why"],
        asked_at=ids.from_text(row["asked_at"]),
        expires_at=ids.from_text(row["expires_at"]),
        ended_at=moment(row["ended_at"]),
        version=row["version"],
    )
