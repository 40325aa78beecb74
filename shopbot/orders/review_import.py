"""Imports an exported table of reviews: judged outside any transaction, written in small ones.

A repeat changes nothing; what an older file says does not replace what a newer one said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from shopbot import audit, ids
from shopbot.orders import cells, review_store
from shopbot.orders.import_tables import (
    Context,
    Progress,
    Table,
    Tally,
    count_rows,
    open_table,
    row_problem,
)
from shopbot.orders.intake import Outcome
from shopbot.orders.mapping import Columns
from shopbot.orders.rejects import Rejects
from shopbot.orders.review_calls import mind_review
from shopbot.orders.review_invites import withdraw
from shopbot.orders.review_model import Review
from shopbot.orders.review_rows import ReviewRecord, review_records
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.rows import line as line_of
from shopbot.orders.sentiment import Judge, Verdict
from shopbot.orders.sheets import RawRow
from shopbot.orders.unreadable import unreadable
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction, load_queries

Q = load_queries("shopbot.orders")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    record: ReviewRecord
    verdict: Verdict


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
        self._judge, self._quick, self._rules = judge, Judge(), rules
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
        judged = self._judged(chunk)

        def work(tx: Transaction) -> list[tuple[Outcome, bool]]:
            return [self._put(tx, one) for one in judged]

        for outcome, waits in self._context.write(work):
            self._tally.count(outcome)
            self._tally.waiting += waits
        self._context.told(self._table, self._tally.rows, total)

    def _judged(self, chunk: Sequence[ReviewRecord]) -> list[_Judged]:
        """Judge the texts; where stars tell the mood, the words alone tell the aspects."""
        verdicts: dict[int, Verdict] = {}
        for judge, rated in ((self._judge, False), (self._quick, True)):
            mine = [i for i, one in enumerate(chunk) if (one.rating is not None) == rated]
            verdicts |= dict(zip(mine, judge.judge([chunk[i].text for i in mine]), strict=True))
        return [_Judged(record=one, verdict=verdicts[i]) for i, one in enumerate(chunk)]

    def _put(self, tx: Transaction, judged: _Judged) -> tuple[Outcome, bool]:
        """Write one review; return what became of it, and whether its order is not there yet."""
        store_id, record = self._rules.store_id, judged.record
        known = review_store.find_review(tx, store_id, record.source_id, record.kind)
        there = tx.maybe_one(Q.has_order, store_id=store_id, number=record.order) is not None
        if known is not None and known.as_of > self._when.as_of:
            return "unchanged", not there
        told = self._review(tx, judged, known)
        if known is not None and replace(told, as_of=known.as_of, source=known.source) == known:
            review_store.update_review(tx, replace(known, as_of=told.as_of))
            return "unchanged", not there
        if known is None:
            review_store.add_review(tx, told)
        else:
            review_store.update_review(tx, told)
        mind_review(tx, told, self._rules, self._when.now)
        withdraw(tx, store_id, told.order)
        return "new" if known is None else "updated", not there

    def _review(self, tx: Transaction, judged: _Judged, known: Review | None) -> Review:
        record, verdict = judged.record, judged.verdict
        aspects = {name: verdict.aspect_sentiments.get(name, "neutral") for name in verdict.aspects}
        base = known or Review(
            id=ids.new_id("rev"),
            store_id=self._rules.store_id,
            source="",
            source_id=record.source_id,
            kind=record.kind,
            order=record.order,
            at=record.at,
            as_of=self._when.as_of,
            created_at=self._when.now,
        )
        return replace(
            base,
            source=self._table.path.name,
            line_no=self._find_line(tx, record),
            sku=record.sku,
            title=record.title,
            buyer=record.buyer,
            rating=record.rating,
            text=record.text,
            pictures=record.pictures,
            at=record.at,
            sentiment=verdict.sentiment,
            probability=round(verdict.probability, 4),
            aspects=aspects,
            answer=record.answer or base.answer,
            answered_at=record.answered_at or base.answered_at,
            as_of=self._when.as_of,
        )

    def _find_line(self, tx: Transaction, record: ReviewRecord) -> int | None:
        """Return the line that is spoken of: by its SKU, its title, or because there is one alone."""
        key = {"store_id": self._rules.store_id, "order_number": record.order}
        lines = [line_of(row) for row in tx.all(Q.list_lines, **key)]
        same = [
            one.line_no
            for one in lines
            if (record.sku and one.sku == record.sku)
            or (not record.sku and record.title and one.title == record.title)
        ]
        if len(same) == 1:
            return same[0]
        return lines[0].line_no if len(lines) == 1 and not same else None


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
