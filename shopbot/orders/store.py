"""Orders and after-sale cases in the database. Every query carries the store.

Reading functions take any reader (the database, a snapshot, a transaction); writing ones take the
transaction of the use case. A write whose version is stale raises Conflict: load again, decide again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shopbot import ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders import facts_store, rows
from shopbot.orders.model import (
    AddressChange,
    Case,
    Note,
    Order,
    OrderEvent,
    OrderFacts,
    Refund,
)
from shopbot.orders.states import AddressChangeState, CaseKind, CaseState, OrderStatus
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)
_LAST = "\uffff"  # after every order number


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders of a list are wanted; blanks do not filter."""

    status: OrderStatus | None = None
    buyer: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None  # created_at and number of the last one seen
    count: int = 50


def get_order(reader: Reader, store_id: str, number: str) -> Order:
    """Return an order; NotFound when the store has none of this number."""
    found = reader.maybe_one(Q.get_order, store_id=store_id, number=number)
    if found is None:
        raise NotFound("order")
    return rows.order(found)


def get_facts(reader: Reader, store_id: str, number: str) -> OrderFacts:
    """Return everything known about an order (pass a snapshot or transaction for one state).

    NotFound when the store has none of this number.
    """
    found = next(facts_store.list_facts(reader, store_id, [number]), None)
    if found is None:
        raise NotFound("order")
    return found


def list_orders(reader: Reader, store_id: str, wanted: OrderFilter) -> list[Order]:
    """Return orders, newest first."""
    created, number = wanted.after or (_END, _LAST)
    found = reader.all(
        Q.list_orders,
        store_id=store_id,
        status=wanted.status or "",
        buyer=wanted.buyer,
        since=ids.to_text(wanted.since or _BEGIN),
        until=ids.to_text(wanted.until or _END),
        after_created=ids.to_text(created),
        after_number=number,
        count=wanted.count,
    )
    return [rows.order(row) for row in found]


def orders_of_parcel(reader: Reader, store_id: str, parcel: str) -> list[str]:
    """Return the numbers of the orders that a parcel carries."""
    found = reader.all(Q.orders_of_parcel, store_id=store_id, parcel=parcel)
    return [str(row["order_number"]) for row in found]


def add_event(
    tx: Transaction,
    store_id: str,
    number: str,
    name: str,
    *,
    at: datetime,
    who: str,
    data: Mapping[str, object],
) -> None:
    """Append to what happened to an order; ``data`` holds no personal data."""
    tx.run(
        Q.add_event,
        store_id=store_id,
        order_number=number,
        name=name,
        at=ids.to_text(at),
        who=who,
        data=json.dumps(data, ensure_ascii=False, sort_keys=True),
    )


def list_events(reader: Reader, store_id: str, number: str, after: int = 0) -> list[OrderEvent]:
    """Return what happened to an order after ``after``, oldest first."""
    found = reader.all(Q.list_events, store_id=store_id, order_number=number, after=after)
    return [rows.event(row) for row in found]


def get_case(reader: Reader, store_id: str, case_id: str) -> Case:
    """Return an after-sale case; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_case, store_id=store_id, id=case_id)
    if found is None:
        raise NotFound("case")
    return rows.case(found)


def list_cases(
    reader: Reader,
    store_id: str,
    *,
    kind: CaseKind | None = None,
    state: CaseState | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    count: int = 1000,
) -> list[Case]:
    """Return cases, oldest first."""
    found = reader.all(
        Q.list_cases,
        store_id=store_id,
        kind=kind or "",
        state=state or "",
        since=ids.to_text(since or _BEGIN),
        until=ids.to_text(until or _END),
        count=count,
    )
    return [rows.case(row) for row in found]


def page_cases(
    reader: Reader,
    store_id: str,
    *,
    kind: CaseKind | None = None,
    state: CaseState | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    count: int = 50,
) -> list[Case]:
    """Return cases, newest first; ``after``: request and id of the last one seen."""
    requested, case_id = after or (_END, _LAST)
    found = reader.all(
        Q.page_cases,
        store_id=store_id,
        kind=kind or "",
        state=state or "",
        since=ids.to_text(since or _BEGIN),
        until=ids.to_text(until or _END),
        after_requested=ids.to_text(requested),
        after_id=case_id,
        count=count,
    )
    return [rows.case(row) for row in found]


def due_cases(reader: Reader, store_id: str, now: datetime, count: int = 100) -> list[Case]:
    """Return open cases whose time limit has passed, longest overdue first."""
    found = reader.all(Q.due_cases, store_id=store_id, now=ids.to_text(now), count=count)
    return [rows.case(row) for row in found]


def add_case(tx: Transaction, case: Case) -> None:
    """Open a case; ConstraintViolated when the line has an open one or is not there."""
    tx.run(Q.add_case, **_without_version(rows.case_values(case)))


def update_case(tx: Transaction, case: Case) -> Case:
    """Write a changed case that was loaded with ``case.version``; return it as it now stands."""
    names = ("order_number", "line_no", "kind", "requested_at")  # these never change
    values = {n: v for n, v in rows.case_values(case).items() if n not in names}
    _check(tx.run(Q.update_case, **values), "case", case.id)
    return get_case(tx, case.store_id, case.id)


def get_refund(reader: Reader, store_id: str, refund_id: str) -> Refund:
    """Return a refund; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_refund, store_id=store_id, id=refund_id)
    if found is None:
        raise NotFound("refund")
    return rows.refund(found)


def add_refund(tx: Transaction, refund: Refund) -> None:
    """Plan a refund; Conflict when all refunds together would exceed what was paid."""
    if tx.run(Q.add_refund, **_without_version(rows.refund_values(refund))) == 0:
        raise Conflict(
            f"The refunds of order {refund.order} would exceed what was paid for it. "
            "Look at its refunds and take back what is not due.",
            order=refund.order,
        )


def update_refund(tx: Transaction, refund: Refund) -> None:
    """Move a refund on that was loaded with ``refund.version``; its amounts never change."""
    names = ("store_id", "id", "state", "reason", "due_at", "paid_at", "version")
    values = rows.refund_values(refund)
    _check(tx.run(Q.update_refund, **{n: values[n] for n in names}), "refund", refund.id)


def add_note(tx: Transaction, note: Note) -> None:
    """Keep a remark on an order."""
    tx.run(
        Q.add_note,
        id=note.id,
        store_id=note.store_id,
        order_number=note.order,
        author=note.author,
        who=note.who,
        text=note.text,
        at=ids.to_text(note.at),
    )


def add_address_change(tx: Transaction, change: AddressChange) -> None:
    """Keep a wish to send elsewhere; ConstraintViolated when one is open."""
    tx.run(Q.add_address_change, **_without_version(rows.address_change_values(change)))


def decide_address_change(
    tx: Transaction, change: AddressChange, state: AddressChangeState, now: datetime
) -> None:
    """Apply or refuse an open address change that was loaded with ``change.version``."""
    done = tx.run(
        Q.decide_address_change,
        store_id=change.store_id,
        id=change.id,
        state=state,
        decided_at=ids.to_text(now),
        version=change.version,
    )
    _check(done, "address change", change.id)


def _without_version(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "version"}


def _check(changed: int, what: str, name: str) -> None:
    if changed == 0:
        raise Conflict(
            f"The {what} {name} was changed meanwhile. Load it and decide again.", id=name
        )
