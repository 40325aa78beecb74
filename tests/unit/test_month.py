"""A small month in virtual time: the laws hold over everything together, and each law sees its breach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from benchmarks import month_told
from benchmarks.month import Month, play
from shopbot.storage import Statement, open_database

DAYS = 8


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Three hundred orders in eight days, played once."""
    db = open_database(tmp_path_factory.mktemp("month"))
    yield play(db, orders=300, days=DAYS)
    db.close()


@pytest.fixture(scope="module")
def told(month: Month) -> dict[str, Any]:
    """What it came to."""
    return month_told.figures(month)


@pytest.mark.timeout(180)
def test_a_small_month_keeps_the_laws(told: dict[str, Any]) -> None:
    """Checked at the end of each day, over a platform that is down, stale, doubled and shuffled."""
    assert 300 == told["work"]["new"] == sum(told["states"].values())
    assert DAYS + 1 == told["days_checked"]
    assert 0 < told["work"]["runs that failed"]


def test_what_was_seeded_is_found(told: dict[str, Any]) -> None:
    """Every parcel, promise, refund and review that goes wrong, soon, and nothing that does not."""
    seeded = {kind: one["seeded"] for kind, one in told["noticed"].items()}
    at_once = told["noticed"].keys() - month_told.DAILY
    late = [told["noticed"][kind]["hours_most"] or 0 for kind in at_once]

    assert [] == [kind for kind, one in told["noticed"].items() if one["missing"]]
    assert 5 <= sum(count > 0 for count in seeded.values())
    assert max(late) <= 8  # the watches look every six hours
    assert {"unpaid"} >= {kind for kind, one in told["noticed"].items() if one["besides"]}


def test_everybody_has_worked(told: dict[str, Any]) -> None:
    """Cases, claims, calls, reminders and messages: each area took part."""
    assert {"case.remind", "followups.pick", "orders.remind-unpaid", "orders.watch-parcels"} < set(
        told["jobs"]
    )
    assert all(told[name] for name in ("cases", "claims"))
    assert {"missed", "returns", "parcels", "shipping"} < set(told["round"])
    assert 0 < told["refunds"]["paid"]
    assert 0 < told["reminders"]["reminded"]["orders"]
    assert 0 < told["work"]["messages told"]
    assert 0 < told["counts"]["calls within 24 h"]
    assert 0 < told["counts"]["price differences paid back"]
    assert (
        told["counts"]["price differences paid back"]
        < told["counts"]["price differences asked for"]
    )


def test_the_figures_make_a_table(told: dict[str, Any]) -> None:
    """A row for each kind that was seeded, and one for each thing done."""
    table = month_told.table({**told, "orders": 300, "days": DAYS})

    assert len(month_told.FOUND) < table.count(" → ")
    assert "| courier events |" in table


BREACHES = {
    "an order goes back": "UPDATE orders SET status = 'unpaid' WHERE status = 'finished'",
    "an event is lost": "DELETE FROM order_events WHERE seq = 1",
    "courier events are lost": "DELETE FROM tracking_events",
    "more goes back than was paid": "UPDATE refunds SET goods_fen = goods_fen * 99 "
    "WHERE state = 'paid'",
    "a paid refund changes": "UPDATE refunds SET goods_fen = goods_fen / 2 WHERE state = 'paid'",
    "an ended case is opened again": "UPDATE order_cases SET state = 'requested', ended_at = NULL "
    "WHERE state = 'refunded'",
    "somebody is told twice": "UPDATE outgoing_messages SET order_number = (SELECT MIN(number) "
    "FROM orders), subject = 'x', phrase = 'y' WHERE state = 'sent'",
    "somebody is told at night": "UPDATE outgoing_messages SET "
    "sent_at = '2026-11-08T18:30:00.000000Z' WHERE id = (SELECT MIN(id) FROM outgoing_messages "
    "WHERE state = 'sent')",
    "due work is left": "UPDATE jobs SET state = 'waiting' WHERE kind = 'orders.tidy'",
    "a step is in no audit": "DELETE FROM audit",
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_each_law_sees_its_breach(month: Month, breach: str) -> None:
    """A law that cannot fail tells nothing: the database is changed behind the product's back."""
    laws, now = month.laws, month.world.now
    before = laws.since
    try:
        with pytest.raises(AssertionError):
            month.db.transaction(lambda tx: _broken(tx, breach, month))
    finally:
        laws.since = before
    laws.check(now)
    laws.since = before


def _broken(tx: Any, breach: str, month: Month) -> None:
    """Change something and look at it within the transaction, which is then given up."""
    tx.run(Statement("breach", breach))
    month.laws.since -= timedelta(days=DAYS)
    db, month.laws.db = month.laws.db, tx
    try:
        month.laws.check(month.world.now)
    finally:
        month.laws.db = db
