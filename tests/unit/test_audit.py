"""Who did what, kept with the deed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopbot import audit
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase


def deed(clock: FixedClock, **changes: Any) -> audit.Deed:
    """Return a deed of now."""
    values = {
        "store_id": "test",
        "name": "order.return.approved",
        "who": "小王",
        "subject": "ret_1",
        "at": clock.now(),
        "data": {"原因": "尺码不合"},
    }
    return audit.Deed(**{**values, **changes})


def test_a_deed_is_read_back_as_it_was(db: SqliteDatabase, clock: FixedClock) -> None:
    """Name, who, time and data come back whole."""
    db.transaction(lambda tx: audit.record(tx, deed(clock)))

    assert [deed(clock)] == audit.list_deeds(db, store_id="test", subject="ret_1")


def test_deeds_of_another_store_stay_there(db: SqliteDatabase, clock: FixedClock) -> None:
    """The same subject id in two stores is two subjects."""
    db.transaction(lambda tx: audit.record(tx, deed(clock, store_id="other")))

    assert [] == audit.list_deeds(db, store_id="test", subject="ret_1")


def test_deeds_since_a_time_come_in_order(db: SqliteDatabase, clock: FixedClock) -> None:
    """A report takes up where the last one ended."""
    for name in ("order.return.asked", "order.return.approved", "order.return.closed"):
        db.transaction(lambda tx, n=name: audit.record(tx, deed(clock, name=n)))  # type: ignore[misc]
        clock.move(timedelta(minutes=1))
    since = clock.now() - timedelta(minutes=2)
    found = audit.list_deeds_since(db, store_id="test", since=since)

    assert ["order.return.approved", "order.return.closed"] == [one.name for one in found]


@pytest.mark.parametrize("name", ["approved", "Order.Return", "order return", "order..x", ""])
def test_a_name_is_dotted(db: SqliteDatabase, clock: FixedClock, name: str) -> None:
    """Reports rely on the form of names."""
    with pytest.raises(ValueError, match="audit name"):
        db.transaction(lambda tx: audit.record(tx, deed(clock, name=name)))
