"""Due work: planned once, claimed by one, retried with patience, buried visibly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot import audit, jobs
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, Transaction

STORE = "test"


def planned(clock: FixedClock, key: str = "k", **changes: Any) -> jobs.Plan:
    """Return a plan that is due now."""
    values = {"store_id": STORE, "kind": "note.add", "key": key, "due": clock.now(), "payload": {}}
    return jobs.Plan(**{**values, **changes})


def registry(handler: Callable[[jobs.Job, datetime], jobs.Apply | None]) -> jobs.Registry:
    """Return a registry with one kind."""
    made = jobs.Registry()
    made.register("note.add", handler)
    return made


def writes(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle a job by an audit row named for it."""
    deed = audit.Deed(
        store_id=STORE,
        name="note.added",
        who="system",
        subject="notes",
        at=now,
        data={"key": job.key, "attempt": job.attempt},
    )
    return lambda tx: audit.record(tx, deed)


def written(db: SqliteDatabase) -> list[object]:
    """Return the keys that were handled."""
    return [deed.data["key"] for deed in audit.list_deeds(db, store_id=STORE, subject="notes")]


def test_a_due_job_is_done_once(db: SqliteDatabase, clock: FixedClock) -> None:
    """Running twice does the work once."""
    db.transaction(lambda tx: jobs.plan(tx, planned(clock), clock.now()))
    first = jobs.run_due(db, registry(writes), worker="w", now=clock.now())
    second = jobs.run_due(db, registry(writes), worker="w", now=clock.now())

    assert (jobs.Tally(done=1), jobs.Tally(), ["k"]) == (first, second, written(db))


def test_the_same_key_is_planned_once(db: SqliteDatabase, clock: FixedClock) -> None:
    """Planning again tells that it was planned before."""
    plans = [
        db.transaction(lambda tx: jobs.plan(tx, planned(clock), clock.now())) for _ in range(2)
    ]

    assert [True, False] == plans


def test_a_job_waits_for_its_time(db: SqliteDatabase, clock: FixedClock) -> None:
    """Not a second early."""
    later = planned(clock, due=clock.now() + timedelta(minutes=1))
    db.transaction(lambda tx: jobs.plan(tx, later, clock.now()))
    early = jobs.run_due(db, registry(writes), worker="w", now=clock.now())
    clock.move(timedelta(minutes=1))
    ripe = jobs.run_due(db, registry(writes), worker="w", now=clock.now())

    assert (0, 1) == (early.done, ripe.done)


def test_a_plan_falls_with_its_transaction(db: SqliteDatabase, clock: FixedClock) -> None:
    """Work whose cause was rolled back is never done."""

    def work(tx: Transaction) -> None:
        jobs.plan(tx, planned(clock), clock.now())
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        db.transaction(work)

    assert jobs.Tally() == jobs.run_due(db, registry(writes), worker="w", now=clock.now())


def test_several_workers_never_share_a_job(db: SqliteDatabase, clock: FixedClock) -> None:
    """Four workers claim sixty jobs, each job once."""
    for n in range(60):
        db.transaction(lambda tx, n=n: jobs.plan(tx, planned(clock, f"{n:02}"), clock.now()))  # type: ignore[misc]
    with ThreadPoolExecutor(4) as pool:
        tallies = list(
            pool.map(
                lambda n: jobs.run_due(db, registry(writes), worker=f"w{n}", now=clock.now()),
                range(4),
            )
        )

    assert 60 == sum(tally.done for tally in tallies)
    assert sorted(f"{n:02}" for n in range(60)) == sorted(map(str, written(db)))


def test_a_failing_job_is_retried_later_and_then_buried(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """Each failure waits longer; after the last the job is a dead letter with its reason."""

    def fails(job: jobs.Job, now: datetime) -> jobs.Apply:
        raise ValueError("the carrier is closed")

    db.transaction(lambda tx: jobs.plan(tx, planned(clock, max_attempts=3), clock.now()))
    outcomes = []
    for _ in range(4):
        tally = jobs.run_due(db, registry(fails), worker="w", now=clock.now())
        outcomes.append((tally.retried, tally.dead))
        clock.move(timedelta(hours=1))
    dead = jobs.list_jobs(db, store_id=STORE, state="dead")

    assert [(1, 0), (1, 0), (0, 1), (0, 0)] == outcomes
    assert ["ValueError: the carrier is closed"] == [row["last_error"] for row in dead]


def test_what_a_failing_job_wrote_is_gone(db: SqliteDatabase, clock: FixedClock) -> None:
    """Effect and completion are one transaction."""

    def half(job: jobs.Job, now: datetime) -> jobs.Apply:
        apply = writes(job, now)

        def broken(tx: Transaction) -> None:
            apply(tx)
            raise RuntimeError("half way")

        return broken

    db.transaction(lambda tx: jobs.plan(tx, planned(clock), clock.now()))
    tally = jobs.run_due(db, registry(half), worker="w", now=clock.now())

    assert (1, []) == (tally.retried, written(db))


def test_a_vanished_workers_job_goes_to_another(db: SqliteDatabase, clock: FixedClock) -> None:
    """After the lease another does it; the first, come back, writes nothing."""
    db.transaction(lambda tx: jobs.plan(tx, planned(clock), clock.now()))
    stolen: list[jobs.Tally] = []

    def slow(job: jobs.Job, now: datetime) -> jobs.Apply:
        later = clock.move(jobs.LEASE + timedelta(seconds=1))
        stolen.append(jobs.run_due(db, registry(writes), worker="other", now=later))
        return writes(job, now)

    first = jobs.run_due(db, registry(slow), worker="first", now=clock.now())

    assert (jobs.Tally(done=1), jobs.Tally(lost=1)) == (stolen[0], first)
    assert ["k"] == written(db)


def test_a_dead_letter_can_be_revived(db: SqliteDatabase, clock: FixedClock) -> None:
    """Once the reason is mended, staff give it another round."""
    db.transaction(lambda tx: jobs.plan(tx, planned(clock, max_attempts=1), clock.now()))
    jobs.run_due(db, jobs.Registry(), worker="w", now=clock.now())
    [dead] = jobs.list_jobs(db, store_id=STORE, state="dead")
    revived = jobs.revive(db, store_id=STORE, job_id=dead["id"], now=clock.now())
    tally = jobs.run_due(db, registry(writes), worker="w", now=clock.now())

    assert (True, 1) == (revived, tally.done)


def test_another_stores_dead_letter_cannot_be_revived(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """A store reaches its own jobs only."""
    db.transaction(lambda tx: jobs.plan(tx, planned(clock, max_attempts=1), clock.now()))
    jobs.run_due(db, jobs.Registry(), worker="w", now=clock.now())
    [dead] = jobs.list_jobs(db, store_id=STORE, state="dead")

    assert not jobs.revive(db, store_id="other", job_id=dead["id"], now=clock.now())


def test_a_waiting_job_can_be_cancelled(db: SqliteDatabase, clock: FixedClock) -> None:
    """What is no longer wanted is not done."""
    db.transaction(lambda tx: jobs.plan(tx, planned(clock), clock.now()))
    gone = db.transaction(lambda tx: jobs.cancel(tx, store_id=STORE, kind="note.add", key="k"))

    assert gone
    assert jobs.Tally() == jobs.run_due(db, registry(writes), worker="w", now=clock.now())


def test_a_kind_has_one_handler() -> None:
    """Registering twice is a bug."""
    made = registry(writes)
    with pytest.raises(ValueError, match=r"note\.add"):
        made.register("note.add", writes)


@given(st.integers(1, 50), st.integers(1, 50))
def test_patience_grows_and_ends(attempt: int, most: int) -> None:
    """The wait never shrinks, never exceeds the longest, and ends with the attempts."""
    start = FixedClock(datetime.fromisoformat("2026-11-22T00:00:00+00:00")).now()
    due = jobs.next_due(attempt, most, start)
    after = jobs.next_due(attempt + 1, most + 1, start)

    assert (due is None) == (attempt >= most)
    if due is not None and after is not None:
        assert jobs.FIRST_DELAY <= due - start <= after - start <= jobs.LONGEST_DELAY
