"""Talks in the database: append-only events with a ``seq`` per talk. Every query carries the store.

Reading functions take any reader; writing ones take the transaction of the use case, in which the talk
was read: write transactions are serial, so ``last_seq`` cannot move in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shopbot import ids
from shopbot.chat import rows
from shopbot.chat.model import (
    Audience,
    Author,
    Conversation,
    Event,
    Kind,
    Mark,
    Side,
)
from shopbot.errors import NotFound
from shopbot.storage import Transaction, Value, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

_END = datetime(9999, 12, 31, tzinfo=UTC)
_LAST = "\uffff"  # after every id


# --- talks --------------------------------------------------------------------------------------


def add_conversation(tx: Transaction, told: Conversation) -> None:
    """Write a new talk."""
    tx.run(
        Q.add_conversation,
        store_id=told.store_id,
        id=told.id,
        visitor=told.visitor,
        customer=told.customer,
        channel=told.channel,
        mode=told.mode,
        product=told.product,
        memory=rows.dumped(told.memory),
        started_at=ids.to_text(told.started_at),
    )


def get_conversation(reader: Reader, store_id: str, conversation: str) -> Conversation:
    """Return a talk; NotFound when the store has none of this id."""
    row = reader.maybe_one(Q.get_conversation, store_id=store_id, id=conversation)
    if row is None:
        raise NotFound("conversation")
    return rows.conversation(row)


def find_open(
    reader: Reader, store_id: str, visitor: str, customer: str = ""
) -> Conversation | None:
    """Return the open talk of a visitor, else the latest open one of the signed-in shopper."""
    row = reader.maybe_one(Q.open_conversation, store_id=store_id, visitor=visitor)
    if row is None and customer:
        found = reader.all(Q.open_of_customer, store_id=store_id, customer=customer)
        row = found[0] if found else None
    return rows.conversation(row) if row else None


def save_conversation(tx: Transaction, told: Conversation) -> Conversation:
    """Write the present state of a talk and return it."""
    if tx.run(Q.save_conversation, **rows.conversation_values(told)) == 0:
        raise NotFound("conversation")
    return replace(told, version=told.version + 1)


def list_of_visitor(
    reader: Reader, store_id: str, visitor: str, customer: str = "", count: int = 50
) -> list[Conversation]:
    """Return the talks of a visitor (and of the signed-in shopper), the latest first."""
    found = reader.all(
        Q.list_of_visitor, store_id=store_id, visitor=visitor, customer=customer, count=count
    )
    return [rows.conversation(row) for row in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkFilter:
    """Which talks staff want to see; blanks do not filter."""

    state: str = ""
    holder: str = ""
    agent: str = ""
    before: tuple[datetime, str] | None = None  # when the last one seen was written in, its id
    count: int = 50


def list_conversations(reader: Reader, store_id: str, wanted: TalkFilter) -> list[Conversation]:
    """Return talks, those written in last first."""
    at, last = wanted.before or (_END, _LAST)
    values: dict[str, Value] = {
        "store_id": store_id,
        "holder": wanted.holder,
        "agent": wanted.agent,
        "before_at": ids.to_text(at),
        "before_id": last,
        "count": wanted.count,
    }
    if wanted.state == "open":  # a few among very many: by their own index
        found = reader.all(Q.list_open_conversations, **values)
    else:
        found = reader.all(Q.list_conversations, **values, state=wanted.state)
    return [rows.conversation(row) for row in found]


# --- events -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What is to be appended to a talk."""

    kind: Kind
    author: Author
    who: str = ""
    audience: Audience = "all"
    turn: int = 0
    client_key: str = ""
    body: Mapping[str, Any]


def append(
    tx: Transaction, talk: Conversation, new: NewEvent, now: datetime
) -> tuple[Conversation, Event]:
    """Write an event with the next ``seq``; the talk is returned with it, yet to be saved.

    Several appends of one transaction pass the talk on and save it once, at the end.
    """
    event = Event(
        store_id=talk.store_id,
        conversation=talk.id,
        seq=talk.last_seq + 1,
        id=ids.new_id("evt"),
        at=now,
        kind=new.kind,
        author=new.author,
        who=new.who,
        audience=new.audience,
        turn=new.turn,
        client_key=new.client_key,
        body=new.body,
    )
    tx.run(Q.add_event, **rows.event_values(event))
    return replace(talk, last_seq=event.seq), event


def find_by_key(
    reader: Reader, talk: Conversation, author: Author, who: str, client_key: str
) -> Event | None:
    """Return the message that was sent under this key, None when it is new."""
    row = reader.maybe_one(
        Q.find_event_by_key,
        store_id=talk.store_id,
        conversation=talk.id,
        author=author,
        who=who,
        client_key=client_key,
    )
    return rows.event(row) if row else None


def get_event(reader: Reader, talk: Conversation, seq: int) -> Event:
    """Return an event; NotFound when the talk has none of this number."""
    row = reader.maybe_one(Q.get_event, store_id=talk.store_id, conversation=talk.id, seq=seq)
    if row is None:
        raise NotFound("message")
    return rows.event(row)


def events_after(
    reader: Reader, store_id: str, conversation: str, *, side: Side, seq: int, count: int
) -> list[Event]:
    """Return what a side has missed since ``seq``, oldest first."""
    query = Q.shown_events_after if side == "shopper" else Q.events_after
    found = reader.all(query, store_id=store_id, conversation=conversation, seq=seq, count=count)
    return [rows.event(row) for row in found]


def latest_messages(reader: Reader, talk: Conversation, upto: int, count: int) -> list[Event]:
    """Return the last ``count`` messages up to an event, oldest first."""
    found = reader.all(
        Q.latest_messages, store_id=talk.store_id, conversation=talk.id, upto=upto, count=count
    )
    return [rows.event(row) for row in reversed(found)]


def recalled(reader: Reader, talk: Conversation, since: int = 0) -> frozenset[int]:
    """Return the numbers of the messages that were recalled by events since ``since``."""
    return recalled_in(reader, talk.store_id, talk.id, since)


def recalled_in(reader: Reader, store_id: str, conversation: str, since: int) -> frozenset[int]:
    """Return the same of a talk that was not read itself."""
    found = reader.all(Q.recalled_seqs, store_id=store_id, conversation=conversation, since=since)
    bodies = (rows.event_body(row) for row in found)
    return frozenset(int(body["message"]) for body in bodies)


def has_written(reader: Reader, talk: Conversation, author: Author) -> bool:
    """Tell whether an author has written anything in a talk."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    return reader.maybe_one(Q.has_said, **key, author=author) is not None


# --- marks --------------------------------------------------------------------------------------


def get_mark(reader: Reader, store_id: str, conversation: str, side: Side) -> Mark:
    """Return how far a side has got."""
    found = {mark.side: mark for mark in list_marks(reader, store_id, conversation)}
    return found.get(side, Mark(side=side))


def get_place(reader: Reader, store_id: str, conversation: str, side: Side) -> tuple[int, Mark]:
    """Return the last seq of a talk and how far a side has got in it; NotFound without a talk."""
    row = reader.maybe_one(Q.get_place, store_id=store_id, conversation=conversation, side=side)
    if row is None:
        raise NotFound("conversation")
    return row["last_seq"], Mark(side=side, delivered=row["delivered"], read=row["read"])


def list_marks(reader: Reader, store_id: str, conversation: str) -> list[Mark]:
    """Return the marks of both sides, as far as they have any."""
    found = reader.all(Q.marks_of, store_id=store_id, conversation=conversation)
    return [rows.mark(row) for row in found]


def put_mark(tx: Transaction, store_id: str, conversation: str, mark: Mark) -> None:
    """Move a mark forward; it never goes back."""
    tx.run(
        Q.put_mark,
        store_id=store_id,
        conversation=conversation,
        side=mark.side,
        delivered=mark.delivered,
        read=mark.read,
    )


def count_unread(reader: Reader, talk: Conversation, side: Side) -> int:
    """Return how many messages a side has not read."""
    seq = get_mark(reader, talk.store_id, talk.id, side).read
    key: dict[str, Value] = {"store_id": talk.store_id, "conversation": talk.id, "seq": seq}
    if side == "staff":
        return int(reader.one(Q.unread_from_shopper, **key)["messages"])
    return int(reader.one(Q.unread, **key, author="shopper")["messages"])


def glimpse(reader: Reader, store_id: str, conversation: str) -> tuple[dict[str, Any] | None, int]:
    """Return the body of a talk's last message, and how many of the shopper's staff have not read.

    For lists of hundreds of talks: one look-up each.
    """
    row = reader.one(Q.glimpse, store_id=store_id, conversation=conversation)
    return (None if row["body"] is None else rows.event_body(row)), int(row["unread"])


def ensure_secret(tx: Transaction, store_id: str, name: str) -> bytes:
    """Return a key of the store, made at first use."""
    tx.run(Q.add_secret, store_id=store_id, name=name, value=ids.new_secret())
    return str(tx.one(Q.get_secret, store_id=store_id, name=name)["value"]).encode()
