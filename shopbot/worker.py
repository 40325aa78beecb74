"""Does due work: in the background of a server, or once through for a command and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from typing_extensions import override

from shopbot import ids, jobs
from shopbot.ids import Clock
from shopbot.jobs import Tally
from shopbot.storage import Database, Transaction, load_queries

Q = load_queries("shopbot.storage")
log = structlog.get_logger(__name__)

EVERY_S = 5.0
_A_STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a worker is to do: the functions, made anew each round so that rules are fresh."""

    registry: Callable[[], jobs.Registry]
    plan: Callable[[Transaction, datetime], object]  # work that comes back; safe to repeat
    next_plan: Callable[[datetime], datetime]  # when there will be more of it


@dataclass(slots=True)
class Totals:
    """What several rounds came to."""

    done: int = 0
    retried: int = 0
    dead: int = 0
    lost: int = 0
    at: list[datetime] = field(default_factory=list)  # the rounds in which something happened

    def add(self, tally: Tally, now: datetime) -> None:
        """Count a round."""
        self.done += tally.done
        self.retried += tally.retried
        self.dead += tally.dead
        self.lost += tally.lost
        if tally != Tally():
            self.at.append(now)


def run_once(db: Database, agenda: Agenda, *, worker: str, now: datetime) -> Tally:
    """Do what is due at ``now``."""
    db.transaction(lambda tx: agenda.plan(tx, now))
    return jobs.run_due(db, agenda.registry(), worker=worker, now=now)


def run_until(
    db: Database, agenda: Agenda, *, worker: str, start: datetime, until: datetime
) -> Totals:
    """Do what falls due from ``start`` up to ``until``, the clock jumping from one job to the next."""
    totals = Totals()
    now = start
    while True:
        totals.add(run_once(db, agenda, worker=worker, now=now), now)
        ripe = next_due(db)
        later = [agenda.next_plan(now), *([ripe] if ripe is not None else [])]
        now = max(min(later), now + _A_STEP)
        if now > until:
            return totals


def next_due(db: Database) -> datetime | None:
    """Return when the next waiting job is due, None when none waits."""
    found = db.one(Q.next_due)["due_at"]
    return None if found is None else ids.from_text(found)


class Worker(threading.Thread):
    """Does due work until it is stopped; a failing round is told in the log and tried again."""

    def __init__(
        self, db: Database, agenda: Agenda, clock: Clock, every_s: float = EVERY_S
    ) -> None:
        super().__init__(name="shopbot-worker", daemon=True)
        self._db = db
        self._agenda = agenda
        self._clock = clock
        self._every_s = every_s
        self._worker = ids.new_id("wrk")
        self._stop_asked = threading.Event()
        self._planned_until: datetime | None = None

    @override
    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._round(self._clock.now())
            except Exception as error:
                log.error("worker.failed", error=f"{type(error).__name__}: {error}")
            self._stop_asked.wait(self._every_s)

    def stop(self) -> None:
        """End after the job at hand, and wait for that."""
        self._stop_asked.set()
        self.join()

    def _round(self, now: datetime) -> None:
        """Look; only where something is due anything is written or loaded."""
        if self._planned_until is None or now >= self._planned_until:
            self._db.transaction(lambda tx: self._agenda.plan(tx, now))
            self._planned_until = self._agenda.next_plan(now)
        ripe = next_due(self._db)
        if (ripe is not None and ripe <= now) or self._expired(now):
            registry = self._agenda.registry()
            jobs.run_due(self._db, registry, worker=self._worker, now=now)

    def _expired(self, now: datetime) -> bool:
        return bool(self._db.one(Q.count_expired_leases, now=ids.to_text(now))["jobs"])
