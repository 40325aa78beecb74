"""Imports a table of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shopbot import ids
from shopbot.orders import rounding
from shopbot.orders.cells import BadCell, Rounded
from shopbot.orders.import_tables import CHUNK, Context, Evidence, Table, Tally, row_problem
from shopbot.orders.intake import Intake, Outcome, find_sharing, put_order, put_shipment
from shopbot.orders.merge import Snapshot
from shopbot.orders.records import OrderRecord, order_record
from shopbot.orders.rounding import Known
from shopbot.orders.row_reader import BadRow, Problem, When
from shopbot.orders.sheets import RawRow
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")

_MANY = 50  # known orders that fit; more are not looked at: the number is not to be told apart


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one row of a chunk."""

    record: OrderRecord
    outcome: Outcome | None
    problems: tuple[Problem, ...] = ()
    resolved: bool = False


def import_orders(
    context: Context, table: Table, when: When, evidence: Evidence, *, combined: bool
) -> Tally:
    """Import every row; ``combined`` tables repeat an order for each of its lines."""
    run = _Run(context, table, when, evidence, combined)
    chunk: list[OrderRecord] = []
    for raw in table.rows():
        run.tally.rows += 1
        record = run.read(raw)
        if record is not None:
            chunk.append(record)
        if len(chunk) >= CHUNK:
            run.write(chunk)
            chunk = []
    run.write(chunk)
    return run.tally


class _Run:
    """One pass over the rows of a table."""

    def __init__(
        self, context: Context, table: Table, when: When, evidence: Evidence, combined: bool
    ) -> None:
        self.tally = Tally()
        self._context = context
        self._table = table
        self._when = when
        self._evidence = evidence
        self._combined = combined
        self._intake = context.intake(table, ids.to_text(when.now))
        self._from_lines = rounding.sort_numbers(evidence.lines)
        self._seen: dict[str, tuple[int, str]] = {}  # number -> first row, its digest

    def read(self, raw: RawRow) -> OrderRecord | None:
        """Return what a row tells; None when it is refused or only repeats an order."""
        if raw.problem:
            self._refuse(raw.number, row_problem(raw))
            return None
        try:
            record = order_record(raw.number, raw.cells, self._table.found, when=self._when)
            number = self._evidence.orders.read(raw.cells[self._table.found["number"]])
        except BadRow as bad:
            self._refuse(raw.number, bad.problems)
            return None
        except BadCell:  # cannot be: order_record has read the same cell
            return None
        record = replace(record, number=number)
        return self._once(record) if isinstance(number, str) else record

    def _once(self, record: OrderRecord) -> OrderRecord | None:
        """Let each order through once; a second row that differs is refused."""
        assert isinstance(record.number, str)  # noqa: S101 - for the type checker
        digest = record.snapshot.digest
        first = self._seen.setdefault(record.number, (record.row, digest))
        if first[0] == record.row:
            return record
        if self._combined:
            return None
        if first[1] != digest:
            problem = Problem("number", record.number, "repeated", {"first": first[0]})
            self._refuse(record.row, [problem])
        else:
            self.tally.unchanged += 1
        return None

    def write(self, chunk: list[OrderRecord]) -> None:
        """Write a chunk in one transaction, then count and report it."""
        done = self._context.write(lambda tx: [self._write_one(tx, one) for one in chunk])
        for one in done:
            self._count(one)
        self._context.told(self._table, self.tally.rows, self._evidence.orders.rows)

    def _count(self, done: _Done) -> None:
        if done.outcome is None:
            self._refuse(done.record.row, list(done.problems))
            return
        self.tally.count(done.outcome)
        self.tally.resolved += done.resolved
        self._context.warn(self._table, self.tally, done.record.row, done.problems)

    def _refuse(self, row: int, problems: list[Problem]) -> None:
        self._context.refuse(self._table, self.tally, row, problems)

    def _write_one(self, tx: Transaction, record: OrderRecord) -> _Done:
        number = record.number
        if isinstance(number, Rounded):
            found = self._resolve(tx, number, record)
            if isinstance(found, Problem):
                return _Done(record, None, (found,))
            number = found
        outcome = put_order(tx, self._intake, number, record.snapshot)
        warnings = list(record.warnings)
        for parcel in record.parcels:
            changed, warning = _write_parcel(tx, self._intake, number, parcel, record)
            outcome = "updated" if changed and outcome == "unchanged" else outcome
            warnings += [warning] if warning else []
        return _Done(record, outcome, tuple(warnings), number is not record.number)

    def _resolve(self, tx: Transaction, number: Rounded, record: OrderRecord) -> str | Problem:
        """Return the one order that a rounded number can stand for, else why there is none."""
        candidates = self._candidates(tx, number)
        doubt = Problem("number", number.shown, "rounded", {})
        if len(candidates) != 1:
            return doubt
        [(name, known)] = candidates.items()
        if rounding.rivals(name, self._evidence.orders.rounded) != 1:
            return doubt
        if not all(rounding.agrees(one, record.snapshot.values) for one in known):
            return Problem("number", number.shown, "rounded-contradicts", {"number": name})
        return name

    def _candidates(self, tx: Transaction, number: Rounded) -> dict[str, list[Known]]:
        exact = self._evidence.orders.exact
        found: dict[str, list[Known]] = {}
        for name in rounding.fitting(number, self._from_lines):
            found.setdefault(name, []).append(self._evidence.lines[name])
        rows = []
        for low, high in number.ranges():
            rows += tx.all(
                Q.numbers_between,
                store_id=self._context.store_id,
                low=low,
                high=high,
                digits=len(low),
                count=_MANY,
            )
        if len(rows) >= _MANY:
            return {}
        for row in rows:
            if row["number"] not in exact:
                known = Known(
                    number=row["number"], created_at=row["created_at"], buyer=row["buyer"]
                )
                found.setdefault(row["number"], []).append(known)
        return found


def _write_parcel(
    tx: Transaction, intake: Intake, number: str, parcel: str, record: OrderRecord
) -> tuple[bool, Problem | None]:
    told = record.snapshot
    values = {"carrier": record.carrier or None, "shipped_at": told.values["shipped_at"]}
    outcome = put_shipment(tx, intake, number, parcel, Snapshot(0, told.as_of, values))
    other = find_sharing(tx, intake.store_id, number, parcel, told.values["buyer"])
    if other is None:
        return outcome != "unchanged", None
    return outcome != "unchanged", Problem("parcels", parcel, "shared-parcel", {"order": other})
