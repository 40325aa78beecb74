"""Brings the orders of a source in. Merging lets no state go back, whatever order they come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from shopbot import ids
from shopbot.orders import cells, source_store
from shopbot.orders.feed import Feed, Progress, SyncReport, Take, run_feed
from shopbot.orders.intake import Intake, put_lines, put_order, put_shipment, put_tracking
from shopbot.orders.merge import Snapshot
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.source import OrderSource, Page
from shopbot.orders.source_rows import Told, read_order, told_text, when_told
from shopbot.orders.source_store import Refusal
from shopbot.storage import Database, Transaction

KnownSku = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Whose orders they are, and by which clock."""

    store_id: str
    zone: tzinfo = cells.CHINA
    known_sku: KnownSku = field(default=lambda _sku: True)


def sync(
    db: Database,
    source: OrderSource,
    around: Around,
    clock: Callable[[], datetime],
    progress: Progress = lambda _pages, _orders: None,
    until: datetime | None = None,
) -> SyncReport:
    """Read the orders of a source from its cursor to its end; see :func:`run_feed`."""

    def prepare(page: Page, now: datetime) -> Take:
        return lambda tx, report: take_page(tx, page, source.name, around, now, report)

    feed = Feed(name=source.name, fetch=source.changes, prepare=prepare)
    return run_feed(db, feed, around.store_id, clock, progress, until)


def take_page(
    tx: Transaction, page: Page, source: str, around: Around, now: datetime, report: SyncReport
) -> None:
    """Bring all orders of a page in; those that cannot be are kept as refused."""
    for told in page.rows:
        report.count(take_order(tx, told, page.as_of, source, around, now, report))


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
    why = reasons((one.field, one.key) for one in bad.problems)
    number = cells.clean(told_text(told.get("number") or ""))[:100] or source_store.UNNAMED
    refusal = Refusal(source=source, order=number, why=why, at=now)
    source_store.put_refused(tx, store_id, refusal)


def reasons(problems: Iterable[tuple[str, str]]) -> str:
    """Return why a row was refused, as it is kept."""
    return ", ".join(f"{name}:{key}" for name, key in problems)[:500]
