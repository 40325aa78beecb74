"""What is known of orders, one or many: a dozen statements for forty orders instead of for each.

The watches and the morning's lists read every order that is not settled; one by one that took most of
their time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from shopbot.orders import rows
from shopbot.orders.model import Order, OrderFacts, Parcel, TrackingEvent
from shopbot.orders.packing import pack
from shopbot.storage import Row, Statement, load_queries
from shopbot.storage.database import Reader
from shopbot.storage.queries import listed

Q = load_queries("shopbot.orders", "facts.sql")

AT_ONCE = 40  # as many as the statements take

T = TypeVar("T")


def list_facts(reader: Reader, store_id: str, numbers: Sequence[str]) -> Iterator[OrderFacts]:
    """Yield everything known about the orders of these numbers, in their order.

    Numbers that the store does not have are left out. Pass a snapshot or transaction for one state.
    """
    for start in range(0, len(numbers), AT_ONCE):
        yield from _read(reader, store_id, numbers[start : start + AT_ONCE])


def list_orders(reader: Reader, store_id: str, numbers: Sequence[str]) -> Iterator[Order]:
    """Yield the orders of these numbers that the store has, without what belongs to them."""
    for start in range(0, len(numbers), AT_ONCE):
        names = _named(numbers[start : start + AT_ONCE])
        yield from map(rows.order, reader.all(Q.orders_in, store_id=store_id, **names))


def list_parcels(reader: Reader, store_id: str, numbers: Sequence[str]) -> Iterator[OrderFacts]:
    """Yield facts of order and parcels alone, by number: all that parcels are judged by."""
    for start in range(0, len(numbers), AT_ONCE):
        names = _named(numbers[start : start + AT_ONCE])
        parcels = _parcels(reader, store_id, names)
        for row in reader.all(Q.orders_in, store_id=store_id, **names):
            yield OrderFacts(order=rows.order(row), parcels=parcels.get(row["number"], ()))


def list_stock_outs(reader: Reader, store_id: str, numbers: Sequence[str]) -> frozenset[str]:
    """Return those of ``numbers`` of which staff have written down that they cannot be shipped."""
    parts = (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))
    return frozenset(
        row["order_number"]
        for part in parts
        for row in reader.all(Q.stock_outs_in, store_id=store_id, **_named(part))
    )


def _named(numbers: Sequence[str]) -> dict[str, str]:
    return listed("numbers", AT_ONCE, numbers)


def _read(reader: Reader, store_id: str, numbers: Sequence[str]) -> Iterator[OrderFacts]:
    names = _named(numbers)

    def of(statement: Statement, make: Callable[[Row], T]) -> dict[str, tuple[T, ...]]:
        found = reader.all(statement, store_id=store_id, **names)
        return _grouped((row["order_number"], make(row)) for row in found)

    lines, payments = of(Q.lines_in, rows.line), of(Q.payments_in, rows.payment)
    discounts, cases = of(Q.discounts_in, rows.discount), of(Q.cases_in, rows.case)
    refunds, notes = of(Q.refunds_in, rows.refund), of(Q.notes_in, rows.note)
    changes = of(Q.address_changes_in, rows.address_change)
    tasks = of(Q.tasks_in, rows.task)
    parcels = _parcels(reader, store_id, names)
    known = {row["number"]: row for row in reader.all(Q.orders_in, store_id=store_id, **names)}
    for number in numbers:
        if number not in known:
            continue
        order, own = rows.order(known[number]), lines.get(number, ())
        yield OrderFacts(
            order=order,
            lines=own,
            payments=payments.get(number, ()),
            discounts=discounts.get(number, ()),
            parcels=pack(order, own, parcels.get(number, ())),
            cases=cases.get(number, ()),
            refunds=refunds.get(number, ()),
            notes=notes.get(number, ()),
            address_changes=changes.get(number, ()),
            tasks=tasks.get(number, ()),
        )


def _parcels(reader: Reader, store_id: str, names: dict[str, str]) -> dict[str, tuple[Parcel, ...]]:
    """Return the parcels of each order, with their records; one parcel may be of several orders."""
    told = reader.all(Q.tracking_in, store_id=store_id, **names)
    events: dict[str, tuple[TrackingEvent, ...]] = _grouped(
        (row["parcel"], rows.tracking(row)) for row in told
    )
    asked = {
        row["parcel"]: rows.moment(row["as_of"])
        for row in reader.all(Q.parcel_checks_in, store_id=store_id, **names)
    }
    return _grouped(
        (
            row["order_number"],
            Parcel(
                shipment=rows.shipment(row),
                events=events.get(row["parcel"], ()),
                asked_at=asked.get(row["parcel"]),
            ),
        )
        for row in reader.all(Q.shipments_in, store_id=store_id, **names)
    )


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = defaultdict(list)
    for key, one in pairs:
        found[key].append(one)
    return {key: tuple(ones) for key, ones in found.items()}
