"""Important customers (重点客户): who is one, by whose word. Each function is part of a transaction.

A visitor stands for a customer on all devices (:mod:`shopbot.accounts.visitors`). The shop's site says so with
the claim ``vip`` of its signed identity, agents by hand; the last word counts, and the site takes back its own
word only.
"""

from __future__ import annotations

from datetime import datetime

from shopbot import audit, ids
from shopbot.desk import store
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.desk")

SITE = "site"
"""Who marked a customer, when the shop's site did."""


def is_important(reader: Reader, store_id: str, visitor: str) -> bool:
    """Tell whether a visitor is an important customer."""
    return reader.maybe_one(Q.find_important, store_id=store_id, visitor=visitor) is not None


def list_important(reader: Reader, store_id: str) -> frozenset[str]:
    """Return the visitors of all important customers."""
    return frozenset(row["visitor"] for row in reader.all(Q.list_important, store_id=store_id))


def mark(tx: Transaction, store_id: str, visitor: str, who: str, now: datetime) -> bool:
    """Make a visitor an important customer; false when they are one."""
    added = tx.run(
        Q.add_important, store_id=store_id, visitor=visitor, marked_by=who, at=ids.to_text(now)
    )
    if added:
        _record(tx, store_id, "desk.customer-marked", who, visitor, now)
    return bool(added)


def unmark(tx: Transaction, store_id: str, visitor: str, who: str, now: datetime) -> bool:
    """Take that back; false when they were none."""
    dropped = tx.run(Q.drop_important, store_id=store_id, visitor=visitor)
    if dropped:
        _record(tx, store_id, "desk.customer-unmarked", who, visitor, now)
    return bool(dropped)


def mark_talk(
    tx: Transaction,
    store_id: str,
    conversation: str,
    visitor: str,
    *,
    vip: bool,
    who: str,
    now: datetime,
) -> bool:
    """Mark the shopper of a talk, or take that back; a talk that waits moves at once."""
    store.set_vip(tx, store_id, conversation, vip=vip)
    change = mark if vip else unmark
    return change(tx, store_id, visitor, who, now)


def told_by_site(
    tx: Transaction, store_id: str, visitor: str, vip: bool | None, now: datetime
) -> bool:
    """Take the site's word; None says nothing. Return whether anything changed."""
    if vip is None:
        return False
    if vip:
        return mark(tx, store_id, visitor, SITE, now)
    row = tx.maybe_one(Q.find_important, store_id=store_id, visitor=visitor)
    if row is None or row["marked_by"] != SITE:
        return False
    return unmark(tx, store_id, visitor, SITE, now)


def _record(
    tx: Transaction, store_id: str, name: str, who: str, visitor: str, now: datetime
) -> None:
    deed = audit.Deed(store_id=store_id, name=name, who=who, subject=visitor, at=now, data={})
    audit.record(tx, deed)
