"""Refunds on their way: planned, approved, paid or failed; what has no case stands on the day's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopbot import audit, ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders import store
from shopbot.orders.agenda import sentence
from shopbot.orders.due_list import find_due
from shopbot.orders.model import Refund
from shopbot.orders.refund_steps import PaidState, settle_refund
from shopbot.storage import SqliteDatabase, Statement, open_database
from shopbot.storage.migrations import find_migrations
from tests.order_facts import RULES, STORE
from tests.unit.test_acting import NOW, SENT, Cheaper, agreed, facts_of, shop

__all__ = ["shop"]  # a fixture


@pytest.fixture
def owed(shop: SqliteDatabase) -> Refund:
    """A price difference of 50 yuan that was agreed to in a dialogue."""
    agreed(shop, "order.price_protect", SENT, wares=Cheaper())
    [refund] = facts_of(shop, SENT).refunds
    return refund


def settle(db: SqliteDatabase, refund: Refund, state: PaidState) -> Refund:
    """Say what came of it."""
    return db.transaction(lambda tx: settle_refund(tx, STORE, refund.id, state, NOW, "小岭"))


def listed(db: SqliteDatabase) -> list[tuple[str, str]]:
    """Return the refunds of the day's list."""
    found = [item for item in find_due(db, RULES, NOW) if item.what == "refund"]
    return [(item.subject, sentence(item, RULES, NOW)) for item in found]


def test_a_price_difference_is_owed_until_it_is_paid(shop: SqliteDatabase, owed: Refund) -> None:
    """On the day's list with its deadline; written down once; then gone."""
    [(subject, told)] = listed(shop)
    paid, again = settle(shop, owed, "paid"), settle(shop, owed, "paid")
    names = [one.name for one in store.list_events(shop, STORE, SENT)]
    deeds = [one.name for one in audit.list_deeds(shop, store_id=STORE, subject=SENT)]

    assert ("approved", owed.id) == (owed.state, subject)
    assert f"{SENT}  差价待退（{owed.id}）：在平台退差价（" in told
    assert ("paid", NOW) == (paid.state, paid.paid_at)
    assert paid == again
    assert 1 == names.count("order.refund-paid") == deeds.count("order.refund-paid")
    assert [] == listed(shop)


def test_a_refund_may_fail_and_be_paid_later(shop: SqliteDatabase, owed: Refund) -> None:
    """It stays on the list meanwhile; what is paid stays paid."""
    settle(shop, owed, "failed")
    [(_, told)] = listed(shop)

    assert "退款没有成功" in told
    assert "paid" == settle(shop, owed, "paid").state
    with pytest.raises(Conflict):
        settle(shop, owed, "failed")


def test_a_case_pays_its_own_refund(shop: SqliteDatabase, owed: Refund) -> None:
    """Not this way; one that is not there is not found."""
    agreed(shop, "order.cancel", "2611200001", line=0)
    bound = facts_of(shop, "2611200001").refunds[0]

    assert "approved" == bound.state
    with pytest.raises(Conflict, match="step refund"):
        settle(shop, bound, "paid")
    with pytest.raises(NotFound):
        shop.transaction(lambda tx: settle_refund(tx, STORE, "ref_none", "paid", NOW, "x"))


def test_refunds_of_before_are_approved(tmp_path: Path) -> None:
    """A planned refund that waited for nothing was to be paid all the time."""
    old = [m for m in find_migrations() if (m.package, m.number) < ("orders", 5)]
    old += [m for m in find_migrations() if m.package == "storage"]
    db = open_database(tmp_path, sorted(old, key=lambda m: (m.package != "storage", m.package)))
    for sql in (
        "INSERT INTO orders (store_id, number, status, created_at, source, rank, as_of, digest) "
        "VALUES ('test', '1', 'paid', :at, 'x', 20, :at, 'd')",
        "INSERT INTO refunds (id, store_id, order_number, state, difference_fen, created_at) "
        "VALUES ('ref_1', 'test', '1', 'planned', 5000, :at)",
    ):
        db.run(Statement("add", sql), at=ids.to_text(NOW))
    db.close()
    db = open_database(tmp_path)
    [refund] = facts_of(db, "1").refunds
    db.close()

    assert ("approved", 2) == (refund.state, refund.version)
