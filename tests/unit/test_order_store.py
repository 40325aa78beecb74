"""The laws that the schema carries, and writes under versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shopbot.errors import Conflict, ConstraintViolated, NotFound
from shopbot.orders import states, store
from shopbot.orders.model import AddressChange, Case, Note, Refund
from shopbot.orders.store import OrderFilter
from shopbot.storage import SqliteDatabase, Transaction, load_queries
from shopbot.storage.migrations import find_migrations
from tests.conftest import START
from tests.order_tables import STORE, bring, line, order, write

NUMBER = "2611150001"
CASE = Case(
    id="case_1",
    store_id=STORE,
    order=NUMBER,
    line_no=1,
    kind="return",
    reason="no-reason",
    state="requested",
    quantity=1,
    requested_at=START,
)
REFUND = Refund(
    id="ref_1", store_id=STORE, order=NUMBER, state="planned", goods_fen=50000, created_at=START
)
CHANGE = AddressChange(
    id="adr_1", store_id=STORE, order=NUMBER, state="asked", phone="13900000000", asked_at=START
)


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A store with one order of one line, 548 yuan paid."""
    orders = write(tmp_path / "o.csv", [order()])
    bring(db, orders=orders, lines=write(tmp_path / "l.csv", [line()]))
    return db


@pytest.mark.parametrize(
    ("column", "states"),
    [
        ("status", states.OrderStatus),
        ("status", states.LineStatus),
        ("kind", states.CaseKind),
        ("reason", states.CaseReason),
        ("state", states.CaseState),
        ("state", states.RefundState),
        ("state", states.AddressChangeState),
        ("state", states.ShipmentState),
        ("kind", states.DiscountKind),
        ("kind", states.PaymentKind),
        ("author", states.NoteAuthor),
        ("freight_payer", states.FreightPayer),
        ("kind", states.TaskKind),
        ("state", states.TaskState),
    ],
    ids=str,
)
def test_the_schema_knows_the_states_of_the_model(column: str, states: Any) -> None:
    """The same words in a CHECK as in the Literal."""
    sql = "".join(one.sql for one in find_migrations() if one.package == "orders")
    checks = re.findall(rf"CHECK \({column} IN\s*\(([^)]*)\)", sql)
    told = [set(re.findall(r"'([^']*)'", check)) for check in checks]

    assert set(get_args(states)) in told


def test_every_query_names_the_store() -> None:
    """But for clearing what has expired in all of them."""
    queries = list(load_queries("shopbot.orders"))

    assert 50 < len(queries)
    assert {"forget_tries", "forget_tokens", "forget_proofs"} == {
        one.name for one in queries if "store_id" not in one.sql
    }


def test_no_query_touches_what_happened() -> None:
    """Events are added and read, nothing else."""
    touching = [
        one.name
        for one in load_queries("shopbot.orders")
        if re.search(r"(UPDATE|DELETE FROM) order_events", one.sql)
    ]

    assert [] == touching


def test_a_line_has_one_open_case(shop: SqliteDatabase) -> None:
    """A second waits until the first has ended."""
    shop.transaction(lambda tx: store.add_case(tx, CASE))
    second = replace(CASE, id="case_2", kind="exchange")
    with pytest.raises(ConstraintViolated):
        shop.transaction(lambda tx: store.add_case(tx, second))
    ended = replace(CASE, state="cancelled", ended_at=START)
    shop.transaction(lambda tx: store.update_case(tx, ended))
    shop.transaction(lambda tx: store.add_case(tx, second))

    assert ["cancelled", "requested"] == [
        case.state for case in store.get_facts(shop, STORE, NUMBER).cases
    ]


def test_a_stale_version_is_refused(shop: SqliteDatabase) -> None:
    """Two decide from the same state: the second must look again."""
    shop.transaction(lambda tx: store.add_case(tx, CASE))
    shop.transaction(lambda tx: store.update_case(tx, replace(CASE, state="approved")))
    with pytest.raises(Conflict):
        shop.transaction(lambda tx: store.update_case(tx, replace(CASE, state="rejected")))

    assert ("approved", 2) == (
        (found := store.get_case(shop, STORE, "case_1")).state,
        found.version,
    )


def test_a_case_survives_the_database(shop: SqliteDatabase) -> None:
    """Every field comes back as it went."""
    full = replace(
        CASE,
        detail="开线了",
        pictures=("a.jpg", "b.jpg"),
        freight_payer="seller",
        return_parcel="YT1234567890",
        quote_fen=1200,
        restocked=1,
        deadline=START + timedelta(days=7),
        received_at=START,
    )
    shop.transaction(lambda tx: store.add_case(tx, full))

    assert full == store.get_case(shop, STORE, "case_1")


def test_refunds_never_exceed_what_was_paid(shop: SqliteDatabase) -> None:
    """The insert itself looks; dropped ones and the buyer's freight do not count."""
    shop.transaction(lambda tx: store.add_refund(tx, REFUND))
    second = replace(REFUND, id="ref_2", goods_fen=4801)
    with pytest.raises(Conflict, match="exceed"):
        shop.transaction(lambda tx: store.add_refund(tx, second))
    fits = replace(second, goods_fen=4800, freight_fen=1200, coupons=("满399减40",))
    shop.transaction(lambda tx: store.add_refund(tx, fits))

    assert [50000, 6000] == [r.cash_fen for r in store.get_facts(shop, STORE, NUMBER).refunds]


def test_a_case_is_refunded_once(shop: SqliteDatabase) -> None:
    """A repeated step cannot pay twice."""
    shop.transaction(lambda tx: store.add_case(tx, CASE))
    one = replace(REFUND, goods_fen=100, case_id="case_1")
    shop.transaction(lambda tx: store.add_refund(tx, one))
    with pytest.raises(ConstraintViolated):
        shop.transaction(lambda tx: store.add_refund(tx, replace(one, id="ref_2")))
    paid = replace(one, state="paid", paid_at=START)
    shop.transaction(lambda tx: store.update_refund(tx, paid))
    with pytest.raises(Conflict):
        shop.transaction(lambda tx: store.update_refund(tx, paid))


BROKEN: dict[str, Callable[[Transaction], object]] = {
    "no-such-line": lambda tx: store.add_case(tx, replace(CASE, line_no=9)),
    "no-such-order": lambda tx: store.add_case(tx, replace(CASE, order="none")),
    "no-pieces": lambda tx: store.add_case(tx, replace(CASE, quantity=0)),
    "more-back-than-sent": lambda tx: store.add_case(tx, replace(CASE, restocked=1, lost=1)),
    "ended-without-time": lambda tx: store.add_case(tx, replace(CASE, state="closed")),
    "negative-refund": lambda tx: store.add_refund(tx, replace(REFUND, goods_fen=-1)),
    "paid-without-time": lambda tx: store.add_refund(tx, replace(REFUND, state="paid")),
    "empty-change": lambda tx: store.add_address_change(tx, replace(CHANGE, phone="")),
    "empty-note": lambda tx: store.add_note(
        tx, Note(id="n", store_id=STORE, order=NUMBER, author="agent", text="", at=START)
    ),
}


@pytest.mark.parametrize("work", BROKEN.values(), ids=BROKEN.keys())
def test_the_schema_refuses_what_cannot_be(
    shop: SqliteDatabase, work: Callable[[Transaction], object]
) -> None:
    """Whoever writes it."""
    with pytest.raises(ConstraintViolated):
        shop.transaction(work)


def test_an_order_has_one_open_address_change(shop: SqliteDatabase) -> None:
    """Decided once, then another may come."""
    shop.transaction(lambda tx: store.add_address_change(tx, CHANGE))
    with pytest.raises(ConstraintViolated):
        shop.transaction(lambda tx: store.add_address_change(tx, replace(CHANGE, id="adr_2")))
    shop.transaction(lambda tx: store.decide_address_change(tx, CHANGE, "applied", START))
    with pytest.raises(Conflict):
        shop.transaction(lambda tx: store.decide_address_change(tx, CHANGE, "refused", START))
    [kept] = store.get_facts(shop, STORE, NUMBER).address_changes

    assert ("applied", START) == (kept.state, kept.decided_at)


def test_events_count_up_without_gaps(shop: SqliteDatabase) -> None:
    """Per order, from one."""
    for n in range(3):
        shop.transaction(
            lambda tx, n=n: store.add_event(  # type: ignore[misc]
                tx, STORE, NUMBER, "order.looked-at", at=START, who="test", data={"n": n}
            )
        )
    events = store.list_events(shop, STORE, NUMBER)

    assert list(range(1, len(events) + 1)) == [event.seq for event in events]
    assert events[2:] == store.list_events(shop, STORE, NUMBER, after=2)


def test_due_cases_are_found(shop: SqliteDatabase) -> None:
    """Open ones whose limit has passed."""
    shop.transaction(lambda tx: store.add_case(tx, replace(CASE, deadline=START)))

    assert [] == store.due_cases(shop, STORE, START - timedelta(seconds=1))
    assert ["case_1"] == [case.id for case in store.due_cases(shop, STORE, START)]
    assert ["case_1"] == [c.id for c in store.list_cases(shop, STORE, kind="return")]


def test_lists_go_on_where_they_stopped(db: SqliteDatabase, tmp_path: Path) -> None:
    """Page by page every order once, newest first."""
    rows = [order(订单编号=f"26111500{n:02}") for n in range(7)]
    bring(db, orders=write(tmp_path / "o.csv", rows))
    seen: list[str] = []
    after = None
    while page := store.list_orders(db, STORE, OrderFilter(count=3, after=after)):
        seen += [one.number for one in page]
        after = (page[-1].created_at, page[-1].number)

    assert [row["订单编号"] for row in reversed(rows)] == seen


def test_what_is_not_there_is_not_found(db: SqliteDatabase) -> None:
    """Orders and cases."""
    with pytest.raises(NotFound):
        store.get_facts(db, STORE, "none")
    with pytest.raises(NotFound):
        store.get_case(db, STORE, "none")
