"""Due work: planned in the transaction that causes it, done by whichever worker claims it.

A handler *gathers and decides* outside any transaction and returns what is to be written; the runner
writes it in the same transaction that marks the job done. So the effect of a job happens once, even
when a worker dies or two workers race: who lost the lease writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from shopbot import ids
from shopbot.storage import Database, Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.storage")
log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)  # a worker that has not finished by then is taken for dead
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
MAX_ATTEMPTS = 6  # 30 s, 2 min, 8 min, 32 min, 2 h 8 min: about three hours in all
_LAST_GROWTH = 10  # 4 ** 10 × 30 s is far beyond the longest delay
_ERROR_LENGTH = 500

Apply = Callable[[Transaction], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A job to be done; a second plan of the same store, kind and key changes nothing."""

    store_id: str
    kind: str  # dotted, as registered: "return.remind"
    key: str  # what makes it unique: "return:ret_01…:remind"
    due: datetime
    payload: Mapping[str, object]
    max_attempts: int = MAX_ATTEMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed job."""

    id: str
    store_id: str
    kind: str
    key: str
    due: datetime
    payload: Mapping[str, Any]
    attempt: int  # 1 for the first
    max_attempts: int
    worker: str


Handler = Callable[[Job, datetime], Apply | None]


class Registry:
    """Which function does which kind of job."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def register(self, kind: str, handler: Handler) -> None:
        """Name the function for a kind; ValueError when it has one."""
        if kind in self._handlers:
            raise ValueError(f"the job kind {kind} is registered twice")
        self._handlers[kind] = handler

    def get_handler(self, kind: str) -> Handler:
        """Return the function of a kind; KeyError tells that none is registered."""
        return self._handlers[kind]

    def kinds(self) -> list[str]:
        """Return the registered kinds, sorted."""
        return sorted(self._handlers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one round of work came to."""

    done: int = 0
    retried: int = 0
    dead: int = 0
    lost: int = 0  # finished after the lease had gone to another worker: nothing was written


def next_due(attempt: int, max_attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after the ``attempt``-th failure, None when enough is enough."""
    if attempt >= max_attempts:
        return None
    growths = min(attempt - 1, _LAST_GROWTH)  # no overflow, however patient the job
    return now + min(FIRST_DELAY * int(4**growths), LONGEST_DELAY)


def plan(tx: Transaction, planned: Plan, now: datetime) -> bool:
    """Write a job down; False when it was planned before."""
    changed = tx.run(
        Q.add_job,
        id=ids.new_id("job"),
        store_id=planned.store_id,
        kind=planned.kind,
        idempotency_key=planned.key,
        payload=json.dumps(planned.payload, ensure_ascii=False, sort_keys=True),
        due_at=ids.to_text(planned.due),
        max_attempts=planned.max_attempts,
        now=ids.to_text(now),
    )
    return changed == 1


def cancel(tx: Transaction, *, store_id: str, kind: str, key: str) -> bool:
    """Forget a job that has not begun; False when there is none."""
    return tx.run(Q.cancel_job, store_id=store_id, kind=kind, idempotency_key=key) == 1


def claim(db: Database, *, worker: str, now: datetime, count: int = 20) -> list[Job]:
    """Take up to ``count`` due jobs for :data:`LEASE`, oldest first."""

    def work(tx: Transaction) -> list[Row]:
        tx.run(Q.release_expired_jobs, now=ids.to_text(now))
        return tx.all(
            Q.claim_jobs,
            now=ids.to_text(now),
            worker=worker,
            lease_until=ids.to_text(now + LEASE),
            count=count,
        )

    return sorted((_job(row) for row in db.transaction(work)), key=lambda job: (job.due, job.id))


def run_due(db: Database, registry: Registry, *, worker: str, now: datetime) -> Tally:
    """Do everything that is due at ``now``; jobs planned meanwhile for ``now`` are done too."""
    counts = {"done": 0, "retried": 0, "dead": 0, "lost": 0}
    while _is_due(db, now) and (jobs := claim(db, worker=worker, now=now)):
        for job in jobs:
            counts[_run_one(db, registry, job, now)] += 1
    return Tally(**counts)


def _is_due(db: Database, now: datetime) -> bool:
    """Tell whether there is anything to claim; looking costs no commit."""
    ripe = db.one(Q.next_due)["due_at"]
    if ripe is not None and ripe <= ids.to_text(now):
        return True
    return bool(db.one(Q.count_expired_leases, now=ids.to_text(now))["jobs"])


def list_jobs(reader: Reader, *, store_id: str, state: str, count: int = 100) -> list[Row]:
    """Return jobs of a state (``waiting``, ``running``, ``done``, ``dead``), next due first."""
    return reader.all(Q.list_jobs, store_id=store_id, state=state, count=count)


def revive(db: Database, *, store_id: str, job_id: str, now: datetime) -> bool:
    """Give a dead letter another round of attempts; False when it is not dead."""
    return db.run(Q.revive_job, store_id=store_id, id=job_id, now=ids.to_text(now)) == 1


def _run_one(db: Database, registry: Registry, job: Job, now: datetime) -> str:
    try:
        apply = registry.get_handler(job.kind)(job, now)
        finished = db.transaction(lambda tx: _finish(tx, job, apply, now))
    except Exception as error:
        return _fail(db, job, error, now)
    return "done" if finished else "lost"


def _finish(tx: Transaction, job: Job, apply: Apply | None, now: datetime) -> bool:
    if tx.run(Q.finish_job, **_claimed(job), now=ids.to_text(now)) == 0:
        return False
    if apply is not None:
        apply(tx)
    return True


def _fail(db: Database, job: Job, error: Exception, now: datetime) -> str:
    due = next_due(job.attempt, job.max_attempts, now)
    told = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    log.warning("job.failed", job=job.id, kind=job.kind, attempt=job.attempt, error=told)
    values = {**_claimed(job), "last_error": told, "now": ids.to_text(now)}
    if due is None:
        changed = db.run(Q.bury_job, **values)
    else:
        changed = db.run(Q.retry_job, **values, due_at=ids.to_text(due))
    return "lost" if changed == 0 else "dead" if due is None else "retried"


def _claimed(job: Job) -> dict[str, str | int]:
    return {"id": job.id, "worker": job.worker, "attempts": job.attempt}


def _job(row: Row) -> Job:
    return Job(
        id=row["id"],
        store_id=row["store_id"],
        kind=row["kind"],
        key=row["idempotency_key"],
        due=ids.from_text(row["due_at"]),
        payload=json.loads(row["payload"]),
        attempt=row["attempts"],
        max_attempts=row["max_attempts"],
        worker=row["worker"],
    )
