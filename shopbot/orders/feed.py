"""Reads a list of changes page by page from where it was; each page and its cursor are one transaction.

A page that was written before a crash is read again at worst: taking it twice changes nothing, and a
cursor is never ahead of what is on disk. So no change is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shopbot.orders import breaker, source_store
from shopbot.orders.source import Page
from shopbot.orders.source_errors import SourceError, SourceWrong
from shopbot.orders.source_store import SourceState
from shopbot.storage import Database, Transaction

MOST_PAGES = 10_000
Progress = Callable[[int, int], object]  # pages, rows that are on disk

_COUNTS = ("new", "updated", "unchanged", "refused", "events")


@dataclass(slots=True, kw_only=True)
class SyncReport:
    """What a run came to."""

    source: str
    pages: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    events: int = 0  # of couriers, news only
    problem: str = ""  # blank: nothing went wrong
    paused: bool = False  # nothing was tried: it failed too often lately
    paused_until: datetime | None = None
    more: bool = False  # the time was up before the end
    as_of: datetime | None = None

    @property
    def taken(self) -> int:
        """Return how many rows are on disk."""
        return self.new + self.updated + self.unchanged

    def count(self, outcome: str) -> None:
        """Count one row."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def add(self, other: SyncReport) -> None:
        """Count what another part of the run came to."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def pause(self, state: SourceState) -> None:
        """Write down that nothing is tried before the pause of a failing source is over."""
        self.paused, self.problem = True, state.problem
        self.paused_until = state.breaker.open_until

    def as_dict(self) -> dict[str, Any]:
        """Return the report for programs."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, **{name: _iso(told[name]) for name in ("as_of", "paused_until")}}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


Take = Callable[[Transaction, SyncReport], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One list of a source: how it is read, and what is done with a page."""

    name: str  # under which its state is kept
    fetch: Callable[[str], Page | None]  # from a cursor; None: the source gives no such list
    prepare: Callable[[Page, datetime], Take]  # outside any transaction; may be called again


def run_feed(
    db: Database,
    feed: Feed,
    store_id: str,
    clock: Callable[[], datetime],
    progress: Progress = lambda _pages, _rows: None,
    until: datetime | None = None,
) -> SyncReport:
    """Read a list from its cursor to its end; a failure is written down and told, not raised.

    When ``until`` has come it stops after the page at hand; the next run goes on there.
    """
    report = SyncReport(source=feed.name)
    state = source_store.get_source(db, store_id, feed.name)
    report.as_of = state.as_of
    if not breaker.may_try(state.breaker, clock()):
        report.pause(state)
        return report
    seen = {"", state.cursor}
    try:
        while page := feed.fetch(state.cursor):
            if page.more and page.cursor in seen:  # it would be read round and round
                raise SourceWrong(feed.name, "cursor")
            seen.add(page.cursor)
            state = _write(db, feed, page, state, store_id, clock(), report)
            progress(report.pages, report.taken)
            if not page.more:
                break
            report.more = report.pages >= MOST_PAGES or (until is not None and clock() >= until)
            if report.more:
                break
    except SourceError as error:
        report.problem = str(error.values.get("reason", error.code))
        _write_failure(db, store_id, state, report.problem, clock())
    return report


def _write(
    db: Database,
    feed: Feed,
    page: Page,
    state: SourceState,
    store_id: str,
    now: datetime,
    report: SyncReport,
) -> SourceState:
    moved = replace(
        state,
        cursor=page.cursor or state.cursor,
        as_of=state.as_of if page.more else _later(state.as_of, min(page.as_of, now)),
        ok_at=now,
        breaker=breaker.after_success(state.breaker),
        problem="",
    )
    take = feed.prepare(page, now)

    def work(tx: Transaction) -> SyncReport:
        counted = SyncReport(source=feed.name)  # of this try alone: a busy database tries again
        take(tx, counted)
        source_store.put_source(tx, store_id, moved, now)
        return counted

    report.add(db.transaction(work))
    report.pages += 1
    report.as_of = moved.as_of
    return moved


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _write_failure(
    db: Database, store_id: str, state: SourceState, problem: str, now: datetime
) -> None:
    failed = replace(state, breaker=breaker.after_failure(state.breaker, now), problem=problem)
    db.transaction(lambda tx: source_store.put_source(tx, store_id, failed, now))
