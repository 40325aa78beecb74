"""Due work of sources: a server reads the platform and asks the courier service every few minutes.

A failing source is no failing job: its circuit breaker says when to try again. A run ends after a while and
goes on with a job of its own, so that other work is not held up, and a run that comes late leaves its turn
to the newer one: nothing piles up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from shopbot import jobs
from shopbot.config import Settings
from shopbot.orders import source_setup
from shopbot.orders.courier_sync import CourierSource, sync_parcels
from shopbot.orders.due_work import Watch
from shopbot.orders.feed import SyncReport
from shopbot.orders.review_sync import Reviewing, sync_reviews
from shopbot.orders.sentiment import Judge
from shopbot.orders.source import OrderSource, ReviewSource
from shopbot.orders.sync import Around, sync
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

log = structlog.get_logger(__name__)

ORDERS, PARCELS = "orders.sync", "orders.sync-parcels"
LONGEST = timedelta(seconds=30)
"""A run ends after the page at hand then; far below the lease of a job."""

_GOES_ON = timedelta(seconds=1)


class Platform(OrderSource, ReviewSource, Protocol):
    """A shop platform, to be closed after a run."""

    def close(self) -> None:
        """Let go of the connections."""
        ...


class Courier(CourierSource, Protocol):
    """A courier service, to be closed after a run."""

    def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is read, and how often; None: it is not set up."""

    every: timedelta
    clock: Callable[[], datetime]
    judge: Callable[[], Judge]
    open_platform: Callable[[], Platform | None]
    open_courier: Callable[[], Courier | None]

    def watch(self, kind: str) -> Watch:
        """Return the work that comes back."""
        return Watch(kind=kind, every=self.every)


def sources_of(
    settings: Settings, rules: Rules, clock: Callable[[], datetime], judge: Callable[[], Judge]
) -> Sources:
    """Return the sources that the settings name."""
    return Sources(
        every=timedelta(minutes=settings.sync_every or 1),
        clock=clock,
        judge=judge,
        open_platform=partial(source_setup.open_platform, settings, clock),
        open_courier=partial(source_setup.open_courier, settings, rules.zone, clock),
    )


def list_watches(settings: Settings) -> tuple[Watch, ...]:
    """Return what a server reads by itself: nothing without a source, or when that is turned off."""
    every = timedelta(minutes=settings.sync_every)
    platform = settings.source_url is not None and settings.source_key is not None
    courier = settings.courier_key is not None and bool(settings.courier_customer)
    wanted = {ORDERS: platform, PARCELS: courier}
    return tuple(Watch(kind=kind, every=every) for kind, on in wanted.items() if on and every)


def register(made: jobs.Registry, db: Database, rules: Rules, sources: Sources) -> jobs.Registry:
    """Add the functions of sources to ``made`` and return it."""
    made.register(ORDERS, partial(_read_platform, db, rules, sources))
    made.register(PARCELS, partial(_ask_courier, db, rules, sources))
    return made


def _read_platform(
    db: Database, rules: Rules, sources: Sources, job: jobs.Job, _now: datetime
) -> jobs.Apply | None:
    platform = None if _is_overtaken(job, sources) else sources.open_platform()
    if platform is None:
        return None
    clock, until = sources.clock, sources.clock() + LONGEST
    around = Around(store_id=rules.store_id, zone=rules.zone)
    reviewing = Reviewing(rules=rules, judge=sources.judge, zone=rules.zone)
    try:
        reports = [sync(db, platform, around, clock, until=until)]
        if not (reports[0].problem or reports[0].more):
            reports.append(sync_reviews(db, platform, reviewing, clock, until=until))
    finally:
        platform.close()
    return _ended(job, reports, clock)


def _ask_courier(
    db: Database, rules: Rules, sources: Sources, job: jobs.Job, _now: datetime
) -> jobs.Apply | None:
    courier = None if _is_overtaken(job, sources) else sources.open_courier()
    if courier is None:
        return None
    clock = sources.clock
    around = Around(store_id=rules.store_id, zone=rules.zone)
    try:
        report = sync_parcels(db, courier, around, clock, until=clock() + LONGEST)
    finally:
        courier.close()
    return _ended(job, [report], clock)


def _is_overtaken(job: jobs.Job, sources: Sources) -> bool:
    """Tell whether the next run is due already: it does what this one would."""
    return sources.watch(job.kind).slot(sources.clock()) > job.due


def _ended(
    job: jobs.Job, reports: Sequence[SyncReport], clock: Callable[[], datetime]
) -> jobs.Apply | None:
    for one in reports:
        _tell(one)
    if not any(one.more for one in reports):
        return None
    number = int(job.payload.get("number", 0)) + 1
    first = str(job.payload.get("first", job.key))
    now = clock()
    rest = jobs.Plan(
        store_id=job.store_id,
        kind=job.kind,
        key=f"{first}:{number}",
        due=now + _GOES_ON,
        payload={"first": first, "number": number},
    )

    def go_on(tx: Transaction) -> None:
        jobs.plan(tx, rest, now)

    return go_on


def _tell(report: SyncReport) -> None:
    """Log what came, and a failure once: a paused source is told of by its first failure."""
    told = {"source": report.source, "pages": report.pages}
    if report.problem and not report.paused:
        log.warning("source.failed", **told, problem=report.problem)
    elif report.new or report.updated or report.refused:
        counts = {name: getattr(report, name) for name in ("new", "updated", "refused", "events")}
        log.info("source.read", **told, **counts)


def plan_watches(tx: Transaction, store_id: str, watches: Sequence[Watch], now: datetime) -> int:
    """Plan what comes back, for the present spans; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in watches)


def next_slot(watches: Sequence[Watch], now: datetime) -> datetime | None:
    """Return when the next watch is due after ``now``; None when nothing is read."""
    return min((watch.slot(now) + watch.every for watch in watches), default=None)
