"""A small month in virtual time: the laws hold over everything together."""

from __future__ import annotations

import pytest

from benchmarks.month import play
from shopbot.storage import SqliteDatabase


@pytest.mark.timeout(120)
def test_a_small_month_keeps_the_laws(db: SqliteDatabase) -> None:
    """No state goes back, no change is lost over a bad platform; the round finds what was forgotten."""
    told = play(db, orders=100)

    assert 100 == told["sync"]["new"] == sum(told["states"].values())
    assert 0 < told["sync"]["failed"]
    assert told["round"]["missed"]["most"]
    assert told["round"]["parcels"]["most"]
