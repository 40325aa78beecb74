"""Imports a table of order lines. Lines may come before their order: they wait for it."""

from __future__ import annotations

from itertools import groupby

from shopbot import ids
from shopbot.orders.import_tables import CHUNK, Context, Table, Tally, count_rows, row_problem
from shopbot.orders.intake import Outcome, put_lines
from shopbot.orders.records import LineRecord, line_record
from shopbot.orders.row_reader import BadRow, Problem, When
from shopbot.orders.sheets import RawRow
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")


def import_lines(context: Context, table: Table, when: When) -> Tally:
    """Import every row; rows of one order that follow each other are written together."""
    run = _Run(context, table, when)
    chunk: list[LineRecord] = []
    for raw in table.rows():
        run.tally.rows += 1
        record = run.read(raw)
        if record is None:
            continue
        if len(chunk) >= CHUNK and record.number != chunk[-1].number:
            run.write(chunk)
            chunk = []
        chunk.append(record)
    run.write(chunk)
    return run.tally


class _Run:
    """One pass over the rows of a table."""

    def __init__(self, context: Context, table: Table, when: When) -> None:
        self.tally = Tally()
        self._context = context
        self._table = table
        self._when = when
        self._intake = context.intake(table, ids.to_text(when.now))
        self._total = count_rows(table)
        self._taken: dict[str, set[int]] = {}

    def read(self, raw: RawRow) -> LineRecord | None:
        """Return what a row tells, None when it is refused."""
        problems = row_problem(raw) if raw.problem else []
        if not problems:
            try:
                return line_record(raw.number, raw.cells, self._table.found, when=self._when)
            except BadRow as bad:
                problems = bad.problems
        self._context.refuse(self._table, self.tally, raw.number, problems)
        return None

    def write(self, chunk: list[LineRecord]) -> None:
        """Write a chunk in one transaction, then count and report it."""
        groups = [(number, list(group)) for number, group in groupby(chunk, _number)]
        known = {id(one): self._known(one) for one in chunk}

        def work(tx: Transaction) -> list[tuple[list[Outcome], bool]]:
            return [self._write_order(tx, number, group, known) for number, group in groups]

        for outcomes, waits in self._context.write(work):
            for outcome in outcomes:
                self.tally.count(outcome)
            self.tally.waiting += len(outcomes) if waits else 0
        self._context.told(self._table, self.tally.rows, self._total)

    def _write_order(
        self, tx: Transaction, number: str, group: list[LineRecord], known: dict[int, bool]
    ) -> tuple[list[Outcome], bool]:
        store_id = self._context.store_id
        there = tx.maybe_one(Q.has_order, store_id=store_id, number=number)
        taken = self._taken.setdefault(number, set())
        lines = [(one, known[id(one)]) for one in group]
        return put_lines(tx, self._intake, number, lines, taken), there is None

    def _known(self, record: LineRecord) -> bool:
        sku = str(record.snapshot.values["sku"] or "")
        known, news = self._context.is_known(sku)
        if news:
            problem = Problem("sku", sku, "unknown-sku", {})
            self._context.warn(self._table, self.tally, record.row, (problem,))
        return known


def _number(record: LineRecord) -> str:
    return str(record.number)
