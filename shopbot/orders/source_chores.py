"""Sources that cannot be read, and what could not be taken from them, as chores of the morning's list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from shopbot import messages
from shopbot.orders import source_store
from shopbot.orders.chores import Chore, Section
from shopbot.orders.freshness import is_down
from shopbot.orders.source_store import COURIER, Refusal, SourceState
from shopbot.orders.source_words import reason_text, why_text
from shopbot.orders.timing import told_time
from shopbot.rules import Rules
from shopbot.storage import Database, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_MOST = 1000  # of one kind; more is no list for a morning

Brings = Literal["orders", "reviews", "parcels"]
_SECTIONS: Mapping[Brings, Section] = {
    "orders": "missed",
    "reviews": "reviews",
    "parcels": "parcels",
}


def of_sources(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield the sources that tell nothing, then the orders and reviews that could not be taken."""
    fresh = rules.logistics.orders_fresh
    with db.snapshot() as reader:
        states = source_store.list_sources(reader, rules.store_id)
        refused = source_store.list_refused(reader, rules.store_id, _MOST, now=now)
        here = {one.order for one in refused if _is_here(reader, rules.store_id, one)}
    yield from (_silent(one, rules, now) for one in states if is_down([one], fresh, now))
    yield from (_refused(one, one.order in here, now) for one in refused)


def _is_here(reader: Reader, store_id: str, one: Refusal) -> bool:
    """Tell whether an older version of an order was taken before."""
    if one.is_review:
        return False
    return reader.maybe_one(Q.has_order, store_id=store_id, number=one.order) is not None


def _brings(source: str) -> Brings:
    if source == COURIER:
        return "parcels"
    return "reviews" if source_store.is_reviews(source) else "orders"


def _silent(state: SourceState, rules: Rules, now: datetime) -> Chore:
    brings = _brings(state.source)
    quiet = messages.text("round.source-quiet")
    why = reason_text(state.problem) if state.problem else quiet
    if state.as_of is None:
        says = messages.text(f"round.source-never.{brings}", why=why)
    else:
        since = told_time(state.as_of, now, rules)
        says = messages.text(f"round.source.{brings}", since=since, why=why)
    return Chore(
        section=_SECTIONS[brings],
        subject="",
        ref=state.source,
        says=says,
        next=messages.text(f"round.next.source.{brings}"),
        overdue=True,
    )


def _refused(one: Refusal, here: bool, now: datetime) -> Chore:
    said = "review-not-here" if one.is_review else "change-not-here" if here else "not-here"
    nameless = one.is_review or one.order == source_store.UNNAMED
    return Chore(
        section="reviews" if one.is_review else "missed",
        subject="" if nameless else one.order,
        ref=one.order if one.is_review else one.source,
        says=messages.text(f"round.{said}", why=why_text(one.why)),
        next=messages.text(f"round.next.{said}"),
        due=one.at,
        overdue=one.at <= now,
    )
