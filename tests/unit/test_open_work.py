"""What looks through orders again and again finds the open ones by an index, however many there ever were."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from shopbot.storage import SqliteDatabase, load_queries
from shopbot.storage.sqlite import connect_reader

PLANS = {
    ("queries.sql", "unsent_orders"): {"orders_moving"},
    ("queries.sql", "travelling_orders"): {"orders_moving"},
    ("queries.sql", "unsettled_orders"): {
        "orders_moving", "order_cases_open", "address_changes_one_open", "refunds_owed",
        "order_tasks_one_open",
    },
    ("queries.sql", "late_refund_orders"): {"refunds_owed"},
    ("queries.sql", "sent_to_person"): {"outgoing_messages_sent"},
    ("reminders.sql", "waiting_orders"): {"orders_waiting"},
    ("reviews.sql", "received_orders"): {"orders_created"},
    ("followups.sql", "open_lost_notices"): {"lost_buyers_open"},
}  # fmt: skip


@pytest.mark.parametrize(("place", "indexes"), PLANS.items(), ids=[name for _file, name in PLANS])
def test_the_open_ones_are_found_by_an_index(
    db: SqliteDatabase, place: tuple[str, str], indexes: set[str]
) -> None:
    """The plan names the index; no table is read from end to end."""
    statement = getattr(load_queries("shopbot.orders", place[0]), place[1])
    values: dict[str, object] = {
        name: 10 if name == "count" else "" for name in re.findall(r":([a-z_]+)", statement.sql)
    }
    with closing(connect_reader(db.file)) as connection:
        plan = _plan(connection, statement.sql, values)

    assert indexes <= set(re.findall(r"INDEX (\w+)", plan))
    assert "SCAN" not in plan


def _plan(connection: sqlite3.Connection, sql: str, values: dict[str, object]) -> str:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return "\n".join(row["detail"] for row in rows)
