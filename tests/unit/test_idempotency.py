"""The cases of a repeated request, one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shopbot import audit, idempotency
from shopbot.errors import IdempotencyMismatch
from shopbot.idempotency import Answer, Request, run_once
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, Transaction


def request(**changes: Any) -> Request:
    """Return a creating request."""
    values = {
        "store_id": "test",
        "who": "agent",
        "route": "POST /api/v1/returns",
        "key": "k1",
        "body": b'{"order":1}',
    }
    return Request(**{**values, **changes})


class Work:
    """Creates one row per call."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock

    def __call__(self, tx: Transaction) -> Answer:
        """Write a row and answer with its id."""
        deed = audit.Deed(
            store_id="test",
            name="return.made",
            who="agent",
            subject="all",
            at=self.clock.now(),
            data={},
        )
        return Answer(status=201, body={"id": audit.record(tx, deed)})


def made(db: SqliteDatabase) -> int:
    """Count the rows created."""
    return len(audit.list_deeds(db, store_id="test", subject="all"))


def test_the_same_request_gets_the_same_answer(db: SqliteDatabase, clock: FixedClock) -> None:
    """One row, two equal answers, the second marked as a repeat."""
    first = run_once(db, request(), Work(clock), clock.now())
    second = run_once(db, request(), Work(clock), clock.now())

    assert (first.status, first.body, False, True, 1) == (
        second.status,
        second.body,
        first.repeated,
        second.repeated,
        made(db),
    )


def test_the_same_key_with_another_body_is_refused(db: SqliteDatabase, clock: FixedClock) -> None:
    """A client that reuses a key is told, and nothing is created."""
    run_once(db, request(), Work(clock), clock.now())
    with pytest.raises(IdempotencyMismatch, match="new key"):
        run_once(db, request(body=b'{"order":2}'), Work(clock), clock.now())

    assert 1 == made(db)


def test_at_the_same_time_only_one_works(db: SqliteDatabase, clock: FixedClock) -> None:
    """Eight at once create one row and get one answer."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: run_once(db, request(), Work(clock), clock.now()), range(8))
        )

    assert (1, 1, 7) == (
        made(db),
        len({str(one.body) for one in answers}),
        sum(one.repeated for one in answers),
    )


def test_a_request_that_failed_may_be_tried_again(db: SqliteDatabase, clock: FixedClock) -> None:
    """Nothing is stored for it, neither row nor answer."""

    def fails(tx: Transaction) -> Answer:
        Work(clock)(tx)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        run_once(db, request(), fails, clock.now())
    answer = run_once(db, request(), Work(clock), clock.now())

    assert (False, 1) == (answer.repeated, made(db))


@pytest.mark.parametrize(
    "other",
    [{"store_id": "other"}, {"who": "visitor"}, {"route": "POST /x"}, {"key": "k2"}],
    ids=["store", "caller", "route", "key"],
)
def test_keys_are_shared_with_nobody(
    db: SqliteDatabase, clock: FixedClock, other: dict[str, str]
) -> None:
    """Another store, caller or route never sees this answer."""
    run_once(db, request(), Work(clock), clock.now())

    assert not run_once(db, request(**other), Work(clock), clock.now()).repeated


def test_old_answers_are_forgotten(db: SqliteDatabase, clock: FixedClock) -> None:
    """After two days a key may be used anew."""
    run_once(db, request(), Work(clock), clock.now())
    clock.move(idempotency.KEEP + timedelta(seconds=1))
    forgotten = idempotency.forget(db, clock.now())

    assert (1, False) == (
        forgotten,
        run_once(db, request(), Work(clock), clock.now()).repeated,
    )
