"""Who a message speaks to: one person behind several orders and browsers, so that caps hold for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopbot import ids
from shopbot.orders.contact import OutgoingMessage, Replies, Sent
from shopbot.storage import Row, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The orders and the visitors that are known to be theirs."""

    orders: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()


def person_of(message: OutgoingMessage, replies: Replies) -> Person:
    """Return whom a message speaks to."""
    if message.order:
        visitors = replies.visitors_of(message.store_id, message.order)
        return Person(orders=(message.order,), visitors=tuple(visitors))
    orders = replies.orders_of(message.store_id, message.visitor)
    return Person(orders=tuple(orders), visitors=(message.visitor,))


def is_same(reader: Reader, store_id: str, one: Person, other: Person) -> bool:
    """Tell whether two are one person: a browser or an order is theirs both, or one buyer's."""
    if set(one.visitors) & set(other.visitors) or set(one.orders) & set(other.orders):
        return True
    return any(
        reader.maybe_one(Q.same_buyer, store_id=store_id, first=first, second=second) is not None
        for first in one.orders
        for second in other.orders
    )


def sent_to(reader: Reader, store_id: str, person: Person, since: datetime) -> list[Sent]:
    """Return what a person was sent since a time, about whichever order or goods."""
    values = {"store_id": store_id, "since": ids.to_text(since)}
    rows: list[Row] = []
    for order in person.orders:
        rows += reader.all(Q.sent_to_person, **values, order_number=order)
    for visitor in person.visitors:
        rows += reader.all(Q.sent_to_visitor, **values, visitor=visitor)
    found = {(row["order_number"], row["phrase"], row["sent_at"]) for row in rows}
    told = [Sent(order=order, phrase=phrase, at=ids.from_text(at)) for order, phrase, at in found]
    return sorted(told, key=lambda one: one.at)
