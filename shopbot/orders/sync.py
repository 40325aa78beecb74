"""Brings the changes of a source in, page by page; each page and its cursor are one transaction.

A page that was written before a crash is read again at worst: taking it twice changes nothing, and a
cursor is never ahead of what is on disk. So no change is lost, and merging lets no state go back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from shopbot import ids
from shopbot.orders import breaker, cells, source_store
from shopbot.orders.intake import Intake, put_lines, put_order, put_shipment, put_tracking
from shopbot.orders.merge import Snapshot
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.source import OrderSource, Page
from shopbot.orders.source_errors import SourceError, SourceWrong
from shopbot.orders.source_rows import Told, read_order, told_text, when_told
from shopbot.orders.source_store import Refusal, SourceState
from shopbot.storage import Database, Transaction

MOST_PAGES = 10_000
KnownSku = Callable[[str], bool]
Progress = Callable[[int, int], object]  # pages, orders that are on disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Whose orders they are, and by which clock."""

    store_id: str
    zone: tzinfo = cells.CHINA
    known_sku: KnownSku = field(default=lambda _sku: True)


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
    problem: str = ""  # blank: the source was read to its end
    paused: bool = False  # nothing was tried: it failed too often lately
    as_of: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report for programs."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "as_of": self.as_of.isoformat() if self.as_of else None}


def sync(
    db: Database,
    source: OrderSource,
    around: Around,
    clock: Callable[[], datetime],
    progress: Progress = lambda _pages, _orders: None,
) -> SyncReport:
    """Read a source from its cursor to its end; its failure is written down and told, not raised."""
    report = SyncReport(source=source.name)
    state = source_store.get_source(db, around.store_id, source.name)
    report.as_of = state.as_of
    if not breaker.may_try(state.breaker, clock()):
        report.paused, report.problem = True, state.problem
        return report
    try:
        while report.pages < MOST_PAGES:
            page = source.changes(state.cursor)
            if page.more and page.cursor == state.cursor:
                raise SourceWrong(source.name, "cursor")
            state = _write(db, page, state, around, clock(), report)
            progress(report.pages, report.new + report.updated + report.unchanged)
            if not page.more:
                break
    except SourceError as error:
        report.problem = str(error.values.get("reason", error.code))
        _write_failure(db, around.store_id, state, report.problem, clock())
    return report


def take_page(
    tx: Transaction, page: Page, source: str, around: Around, now: datetime, report: SyncReport
) -> None:
    """Bring all orders of a page in; those that cannot be are kept as refused."""
    for told in page.orders:
        outcome = take_order(tx, told, page.as_of, source, around, now, report)
        setattr(report, outcome, getattr(report, outcome) + 1)


def take_order(
    tx: Transaction,
    told: Mapping[str, Any],
    as_of: datetime,
    source: str,
    around: Around,
    now: datetime,
    report: SyncReport,
) -> str:
    """Bring one order in with its lines, parcels and events; return new, updated, … or refused."""
    when = When(as_of=min(as_of, now), now=now, zone=around.zone)
    try:
        read = read_order(told, when_told(told, when))
    except BadRow as bad:
        _refuse(tx, told, bad, source, around.store_id, now)
        return "refused"
    intake = Intake(
        store_id=around.store_id, source=source, who=f"source:{source}", now=ids.to_text(now)
    )
    outcome = put_order(tx, intake, read.number, read.order.snapshot)
    changed = _put_rest(tx, intake, read, around, report)
    source_store.drop_refused(tx, around.store_id, source, read.number)
    return "updated" if changed and outcome == "unchanged" else outcome


def _put_rest(
    tx: Transaction, intake: Intake, read: Told, around: Around, report: SyncReport
) -> bool:
    told = read.order.snapshot
    values = {"carrier": read.order.carrier or None, "shipped_at": told.values["shipped_at"]}
    parcel_snapshot = Snapshot(0, told.as_of, values)
    done: list[str] = [
        put_shipment(tx, intake, read.number, parcel, parcel_snapshot)
        for parcel in read.order.parcels
    ]
    lines = [(one, around.known_sku(str(one.snapshot.values["sku"] or ""))) for one in read.lines]
    if lines:
        done += put_lines(tx, intake, read.number, lines, set())
    events = [put_tracking(tx, intake, one, told.as_of) for one in read.tracking]
    report.events += events.count("new")
    return any(one != "unchanged" for one in (*done, *events))


def _refuse(
    tx: Transaction,
    told: Mapping[str, Any],
    bad: BadRow,
    source: str,
    store_id: str,
    now: datetime,
) -> None:
    why = _reasons((one.field, one.key) for one in bad.problems)
    number = cells.clean(told_text(told.get("number") or ""))[:100] or "?"
    refusal = Refusal(source=source, order=number, why=why, at=now)
    source_store.put_refused(tx, store_id, refusal)


def _reasons(problems: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}:{key}" for name, key in problems)[:500]


def _write(
    db: Database,
    page: Page,
    state: SourceState,
    around: Around,
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

    def work(tx: Transaction) -> SyncReport:
        counted = SyncReport(source=report.source)  # of this try alone: a busy database tries again
        take_page(tx, page, state.source, around, now, counted)
        source_store.put_source(tx, around.store_id, moved, now)
        return counted

    counted = db.transaction(work)
    for name in ("new", "updated", "unchanged", "refused", "events"):
        setattr(report, name, getattr(report, name) + getattr(counted, name))
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
