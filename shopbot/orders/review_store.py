"""Reviews and their calls in the database. Every query carries the store; a stale write is a Conflict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shopbot import ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders.review_model import Call, CallState, Review, ReviewKind
from shopbot.orders.rows import moment
from shopbot.orders.sentiment import Sentiment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "reviews.sql")

_END = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which reviews of a list are wanted; None and blanks do not filter."""

    call: CallState | None = None  # with a call in this state
    answered: bool | None = None
    sentiment: Sentiment | None = None
    bad_up_to: int | None = None  # at most so many stars, or a complaint without stars
    after: tuple[datetime, str] | None = None  # at and id of the last one seen
    count: int = 50


def get_review(reader: Reader, store_id: str, review_id: str) -> Review:
    """Return a review; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_review, store_id=store_id, id=review_id)
    if found is None:
        raise NotFound("review")
    return _review(found)


def find_review(reader: Reader, store_id: str, source_id: str, kind: ReviewKind) -> Review | None:
    """Return the review that a source's row speaks of."""
    found = reader.maybe_one(Q.find_review, store_id=store_id, source_id=source_id, kind=kind)
    return None if found is None else _review(found)


def list_of_order(reader: Reader, store_id: str, order: str) -> list[Review]:
    """Return all reviews of an order, oldest first."""
    found = reader.all(Q.reviews_of_order, store_id=store_id, order_number=order)
    return [_review(row) for row in found]


def list_reviews(reader: Reader, store_id: str, wanted: ReviewFilter) -> list[Review]:
    """Return reviews, newest first."""
    at, last = wanted.after or (_END, "")
    found = reader.all(
        Q.list_reviews,
        store_id=store_id,
        call_state=wanted.call or "",
        answered=-1 if wanted.answered is None else int(wanted.answered),
        sentiment=wanted.sentiment or "",
        low=1,
        high=5 if wanted.bad_up_to is None else wanted.bad_up_to,
        unrated=int(wanted.bad_up_to is None),
        after_at=ids.to_text(at),
        after_id=last,
        count=wanted.count,
    )
    return [_review(row) for row in found]


def add_review(tx: Transaction, review: Review) -> None:
    """Write a new review."""
    tx.run(
        Q.add_review,
        **_values(review),
        id=review.id,
        store_id=review.store_id,
        source_id=review.source_id,
        kind=review.kind,
        order_number=review.order,
        created_at=ids.to_text(review.created_at),
    )


def update_review(tx: Transaction, review: Review) -> None:
    """Write a review that was read before; Conflict when it was changed meanwhile."""
    key: dict[str, Any] = {"store_id": review.store_id, "id": review.id, "version": review.version}
    if tx.run(Q.update_review, **_values(review), **key) == 0:
        raise _changed("review", review.id)


def get_call(reader: Reader, store_id: str, call_id: str) -> Call:
    """Return a call; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_call, store_id=store_id, id=call_id)
    if found is None:
        raise NotFound("review call")
    return _call(found)


def list_calls(reader: Reader, store_id: str, review_id: str) -> list[Call]:
    """Return the calls about a review, oldest first."""
    found = reader.all(Q.calls_of_review, store_id=store_id, review_id=review_id)
    return [_call(row) for row in found]


def find_open_call(reader: Reader, store_id: str, review_id: str) -> Call | None:
    """Return the call about a review that is still to be made."""
    return next((one for one in list_calls(reader, store_id, review_id) if one.is_open), None)


def list_open_calls(
    reader: Reader, store_id: str, until: datetime = _END, count: int = 1000
) -> list[Call]:
    """Return the calls to be made by ``until``, the most urgent first."""
    found = reader.all(Q.open_calls, store_id=store_id, until=ids.to_text(until), count=count)
    return [_call(row) for row in found]


def list_ended_calls(reader: Reader, store_id: str, since: datetime, until: datetime) -> list[Call]:
    """Return the calls that ended from ``since`` up to ``until``."""
    span = {"since": ids.to_text(since), "until": ids.to_text(until)}
    return [_call(row) for row in reader.all(Q.ended_calls, store_id=store_id, **span)]


def add_call(tx: Transaction, call: Call) -> None:
    """Write a new call."""
    tx.run(
        Q.add_call,
        id=call.id,
        store_id=call.store_id,
        review_id=call.review,
        order_number=call.order,
        due_at=ids.to_text(call.due_at),
        opened_at=ids.to_text(call.opened_at),
    )


def update_call(tx: Transaction, call: Call) -> None:
    """Write a call that was read before; Conflict when it was changed meanwhile."""
    changed = tx.run(
        Q.update_call,
        state=call.state,
        attempts=call.attempts,
        due_at=ids.to_text(call.due_at),
        result=call.result,
        cause=call.cause,
        note=call.note,
        done_by=call.done_by,
        ended_at=None if call.ended_at is None else ids.to_text(call.ended_at),
        store_id=call.store_id,
        id=call.id,
        version=call.version,
    )
    if changed == 0:
        raise _changed("review call", call.id)


def _changed(what: str, name: str) -> Conflict:
    return Conflict(f"The {what} {name} was changed meanwhile. Load it and decide again.", id=name)


def _values(review: Review) -> dict[str, Any]:
    answered = review.answered_at
    return {
        "source": review.source,
        "line_no": review.line_no,
        "sku": review.sku,
        "title": review.title,
        "buyer": review.buyer,
        "rating": review.rating,
        "text": review.text,
        "pictures": json.dumps(review.pictures, ensure_ascii=False),
        "at": ids.to_text(review.at),
        "sentiment": review.sentiment,
        "probability": review.probability,
        "aspects": json.dumps(dict(review.aspects), ensure_ascii=False),
        "answer": review.answer,
        "answered_at": None if answered is None else ids.to_text(answered),
        "answered_by": review.answered_by,
        "as_of": ids.to_text(review.as_of),
    }


def _review(row: Row) -> Review:
    told = dict(row)
    told["order"] = told.pop("order_number")
    told["pictures"] = tuple(json.loads(row["pictures"]))
    told["aspects"] = json.loads(row["aspects"])
    for name in ("at", "answered_at", "as_of", "created_at"):
        told[name] = moment(row[name])
    return Review(**told)


def _call(row: Row) -> Call:
    told = dict(row)
    told["order"], told["review"] = told.pop("order_number"), told.pop("review_id")
    for name in ("due_at", "opened_at", "ended_at"):
        told[name] = moment(row[name])
    return Call(**told)
