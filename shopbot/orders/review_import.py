"""Imports an exported table of reviews: judged outside any transaction, written in small ones.

A repeat changes nothing; what an older file says does not replace what a newer one said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from shopbot import audit
from shopbot.orders import cells
from shopbot.orders.import_tables import (
    Context,
    Progress,
    Table,
    Tally,
    count_rows,
    open_table,
    row_problem,
)
from shopbot.orders.mapping import Columns
from shopbot.orders.rejects import Rejects
from shopbot.orders.review_intake import Put, judge_all, put_review
from shopbot.orders.review_rows import ReviewRecord, review_records
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.sentiment import Judge
from shopbot.orders.sheets import RawRow
from shopbot.orders.unreadable import unreadable
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

CHUNK = 200  # rows judged and written at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What to import and how."""

    file: Path
    columns: Columns = field(default_factory=dict)
    as_of: datetime | None = None  # default: when the file was last written
    rejects: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """What an import came to; its tally counts reviews, of which a row may tell two."""

    reviews: Tally
    rejects: Path | None
    noted: int
    dry_run: bool

    def as_dict(self) -> dict[str, object]:
        """Return the report for programs."""
        rejects = None if self.rejects is None else str(self.rejects)
        return {"reviews": self.reviews.as_dict(), "rejects": rejects, "dry_run": self.dry_run}


def import_reviews(
    db: Database,
    request: ReviewRequest,
    judge: Judge,
    rules: Rules,
    now: datetime,
    *,
    who: str,
    zone: tzinfo = cells.CHINA,
    progress: Progress | None = None,
) -> ReviewReport:
    """Import what ``request`` names; OrdersFileUnreadable before anything is written."""
    table = open_table("reviews", request.file, request.columns)
    if request.rejects is not None and request.rejects.resolve() == request.file.resolve():
        raise unreadable(request.rejects, "rejects-over-input")
    with Rejects(request.rejects) as rejects:
        context = Context(
            db=db,
            store_id=rules.store_id,
            who=who,
            known_sku=lambda _sku: True,
            rejects=rejects,
            progress=progress or (lambda _kind, _done, _rows: None),
            dry_run=request.dry_run,
        )
        told = request.as_of or datetime.fromtimestamp(request.file.stat().st_mtime, tz=UTC)
        when = When(as_of=min(told, now), now=now, zone=zone)
        tally = _Import(context, table, when, judge, rules).run()
        report = ReviewReport(
            reviews=tally, rejects=rejects.path, noted=rejects.count, dry_run=request.dry_run
        )
    if not request.dry_run:
        _write_down(db, report, request, rules, now, who)
    return report


class _Import:
    """One table on its way in."""

    def __init__(
        self, context: Context, table: Table, when: When, judge: Judge, rules: Rules
    ) -> None:
        self._context, self._table, self._when = context, table, when
        self._judge, self._rules = judge, rules
        self._tally = Tally()

    def run(self) -> Tally:
        """Import every row."""
        total = count_rows(self._table)
        chunk: list[ReviewRecord] = []
        read = 0
        for raw in self._table.rows():
            self._tally.rows += 1
            read += 1
            chunk.extend(self._read(raw))
            if read >= CHUNK:
                self._write(chunk, total)
                chunk, read = [], 0
        self._write(chunk, total)
        return self._tally

    def _read(self, raw: RawRow) -> Sequence[ReviewRecord]:
        problems = row_problem(raw) if raw.problem else []
        if not problems:
            try:
                return review_records(raw.number, raw.cells, self._table.found, when=self._when)
            except BadRow as bad:
                problems = bad.problems
        self._context.refuse(self._table, self._tally, raw.number, problems)
        return ()

    def _write(self, chunk: Sequence[ReviewRecord], total: int) -> None:
        judged = judge_all(chunk, self._judge)

        def work(tx: Transaction) -> list[Put]:
            name = self._table.path.name
            return [put_review(tx, one, self._rules, name, self._when) for one in judged]

        for put in self._context.write(work):
            self._tally.count(put.outcome)
            self._tally.waiting += put.waits
        self._context.told(self._table, self._tally.rows, total)


def _write_down(
    db: Database,
    report: ReviewReport,
    request: ReviewRequest,
    rules: Rules,
    now: datetime,
    who: str,
) -> None:
    deed = audit.Deed(
        store_id=rules.store_id,
        name="review.import.finished",
        who=who,
        subject=request.file.name,
        at=now,
        data={"file": request.file.name, **report.as_dict()},
    )
    db.transaction(lambda tx: audit.record(tx, deed))
