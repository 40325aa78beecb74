"""Imports exported tables of orders, lines and courier events.

A table is surveyed once (how many rows, which order numbers), then read as a stream and written in
small transactions; each is on disk before it is reported. Bad rows go to the rejects, good rows stay.
A repeat changes nothing, so an import that was killed is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from shopbot import audit
from shopbot.orders import cells
from shopbot.orders.import_lines import import_lines
from shopbot.orders.import_orders import import_orders
from shopbot.orders.import_tables import Context, Progress, Table, Tally, open_table, read_evidence
from shopbot.orders.import_tracking import import_tracking
from shopbot.orders.mapping import Columns
from shopbot.orders.rejects import Rejects
from shopbot.orders.row_reader import When
from shopbot.orders.unreadable import unreadable
from shopbot.storage import Database

T = TypeVar("T")

KnownSku = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import and how."""

    orders: Path | None = None
    lines: Path | None = None
    tracking: Path | None = None
    columns: Columns = field(default_factory=dict)  # the store's own names; built-in ones follow
    as_of: datetime | None = None  # default: when each file was last written
    rejects: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where an import runs; ``known_sku`` comes from the product tables."""

    store_id: str
    who: str
    now: datetime
    zone: tzinfo = cells.CHINA
    known_sku: KnownSku | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import came to."""

    orders: Tally | None = None
    lines: Tally | None = None
    tracking: Tally | None = None
    rejects: Path | None = None
    noted: int = 0  # rows in the rejects file
    dry_run: bool = False

    @property
    def refused(self) -> int:
        """Return how many rows were not imported."""
        return sum(tally.rejected for tally in (self.orders, self.lines, self.tracking) if tally)

    @property
    def used(self) -> int:
        """Return how many rows could be used, news or not."""
        tallies = (self.orders, self.lines, self.tracking)
        return sum(t.new + t.updated + t.unchanged for t in tallies if t)

    def as_dict(self) -> dict[str, object]:
        """Return the report for programs."""
        told: dict[str, object] = {
            name: tally.as_dict()
            for name in ("orders", "lines", "tracking")
            if (tally := getattr(self, name)) is not None
        }
        told["rejects"] = None if self.rejects is None else str(self.rejects)
        return {**told, "dry_run": self.dry_run}


def run_import(
    db: Database,
    request: ImportRequest,
    around: Surroundings,
    progress: Progress | None = None,
) -> Report:
    """Import what ``request`` names; OrdersFileUnreadable before anything is written.

    ``progress(kind, rows_done, rows)`` is called after each commit: those rows are on disk.
    """
    tables = _open_all(request)
    with Rejects(_checked(request)) as rejects:
        context = Context(
            db=db,
            store_id=around.store_id,
            who=around.who,
            known_sku=around.known_sku or _any_sku,
            rejects=rejects,
            progress=progress or _silent,
            dry_run=request.dry_run,
        )
        tallies = _import_all(context, tables, request, around)
        report = Report(
            **tallies, rejects=rejects.path, noted=rejects.count, dry_run=request.dry_run
        )
    if not request.dry_run:
        _write_down(db, report, request, around)
    return report


def _import_all(
    context: Context, tables: Mapping[str, Table], request: ImportRequest, around: Surroundings
) -> dict[str, Any]:
    tallies: dict[str, Any] = {}
    orders, lines, tracking = (tables.get(name) for name in ("orders", "lines", "tracking"))
    if orders is not None:
        combined = lines is not None and lines.path == orders.path
        known = read_evidence(orders, lines)
        when = _when(orders.path, request, around)
        tallies["orders"] = import_orders(context, orders, when, known, combined=combined)
    if lines is not None:
        tallies["lines"] = import_lines(context, lines, _when(lines.path, request, around))
    if tracking is not None:
        when = _when(tracking.path, request, around)
        tallies["tracking"] = import_tracking(context, tracking, when)
    return tallies


def _open_all(request: ImportRequest) -> dict[str, Table]:
    """Open every table before the first row is written."""
    tables: dict[str, Table] = {}
    if request.orders is not None:
        tables["orders"] = open_table("orders", request.orders, request.columns)
        lines = tables["orders"].as_kind("lines", request.columns)
        if request.lines is None and lines is not None:
            tables["lines"] = lines  # one row per line, with the order's columns repeated
    if request.lines is not None:
        tables["lines"] = open_table("lines", request.lines, request.columns)
    if request.tracking is not None:
        tables["tracking"] = open_table("tracking", request.tracking, request.columns)
    return tables


def _checked(request: ImportRequest) -> Path | None:
    """Return where the rejects go; never over one of the tables."""
    path = request.rejects
    inputs = [one for one in (request.orders, request.lines, request.tracking) if one is not None]
    if path is not None and path.resolve() in {one.resolve() for one in inputs}:
        raise unreadable(path, "rejects-over-input")
    return path


def _when(path: Path, request: ImportRequest, around: Surroundings) -> When:
    told = request.as_of or datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return When(as_of=min(told, around.now), now=around.now, zone=around.zone)


def _write_down(db: Database, report: Report, request: ImportRequest, around: Surroundings) -> None:
    names = [p.name for p in (request.orders, request.lines, request.tracking) if p is not None]
    deed = audit.Deed(
        store_id=around.store_id,
        name="order.import.finished",
        who=around.who,
        subject=names[0] if names else "",
        at=around.now,
        data={"files": names, **report.as_dict()},
    )
    db.transaction(lambda tx: audit.record(tx, deed))


def _any_sku(_sku: str) -> bool:
    return True


def _silent(_kind: str, _done: int, _rows: int) -> None:
    return None
