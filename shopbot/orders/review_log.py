"""What is done about reviews, written down: in the audit, and in the history of the order if it is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shopbot import audit
from shopbot.orders import store
from shopbot.orders.review_model import Review
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")


def write_down(
    tx: Transaction,
    review: Review,
    what: str,
    data: Mapping[str, object],
    *,
    who: str,
    now: datetime,
) -> None:
    """Record the deed ``review.WHAT``; never the text of a review or an answer."""
    name = f"review.{what}"
    told = {"review": review.id, **data}
    deed = audit.Deed(
        store_id=review.store_id, name=name, who=who, subject=review.id, at=now, data=told
    )
    audit.record(tx, deed)
    if tx.maybe_one(Q.has_order, store_id=review.store_id, number=review.order) is not None:
        store.add_event(tx, review.store_id, review.order, name, at=now, who=who, data=told)
