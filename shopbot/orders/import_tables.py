"""What the three imports share: tables with found columns, tallies, chunks, rejects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from shopbot.orders import cells, mapping
from shopbot.orders.cells import BadCell
from shopbot.orders.intake import Intake, Outcome
from shopbot.orders.mapping import Columns, Kind
from shopbot.orders.rejects import Rejects
from shopbot.orders.rounding import Known, Survey, rivals, survey
from shopbot.orders.row_reader import Problem, When
from shopbot.orders.sheets import RawRow, Sheet, open_sheet
from shopbot.orders.unreadable import unreadable
from shopbot.storage import Database, Transaction

T = TypeVar("T")

CHUNK = 500  # rows to a transaction: others wait for the write lock a fraction of a second
Progress = Callable[[str, int, int], object]  # kind, rows done, rows in all


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many rows became what."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    resolved: int = 0  # rounded order numbers that could stand for one order only
    waiting: int = 0  # lines and events whose order or parcel is not there yet

    def count(self, outcome: Outcome) -> None:
        """Count one row."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose columns are found."""

    kind: Kind
    path: Path
    sheet: Sheet
    header_row: int
    header: tuple[str, ...]
    found: Mapping[str, int]

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows below the header."""
        for raw in self.sheet.rows():
            if raw.number > self.header_row:
                yield raw

    def column(self, name: str) -> str:
        """Return the table's own name for a field, the usual one when it has none."""
        place = self.found.get(name)
        if place is not None:
            return self.header[place]
        return mapping.title_of(self.kind, name) if name else ""

    def as_kind(self, kind: Kind, own: Columns) -> Table | None:
        """Return the same table read as another kind, None when it lacks required columns."""
        found = mapping.find_columns(kind, self.header, own)
        if mapping.missing(kind, found):
            return None
        return Table(
            kind=kind,
            path=self.path,
            sheet=self.sheet,
            header_row=self.header_row,
            header=self.header,
            found=found,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every import needs around it."""

    db: Database
    store_id: str
    who: str
    known_sku: Callable[[str], bool]
    rejects: Rejects
    progress: Progress
    dry_run: bool
    _told_skus: set[str] = field(default_factory=set)

    def intake(self, table: Table, now: str) -> Intake:
        """Return who brings the rows of ``table``."""
        return Intake(store_id=self.store_id, source=table.path.name, who=self.who, now=now)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run one transaction; a dry run takes everything back."""
        if not self.dry_run:
            return self.db.transaction(work)
        results: list[T] = []

        def work_and_undo(tx: Transaction) -> None:
            results.append(work(tx))
            raise _Undone

        with suppress(_Undone):
            self.db.transaction(work_and_undo)
        return results[0]

    def refuse(self, table: Table, tally: Tally, row: int, problems: list[Problem]) -> None:
        """Write a refused row to the rejects, once per problem."""
        tally.rejected += 1
        for one in problems:
            self.rejects.add(table.path.name, row, one, table.column(one.field), refused=True)

    def warn(self, table: Table, tally: Tally, row: int, problems: tuple[Problem, ...]) -> None:
        """Write what is to be looked at to the rejects; the row itself is used."""
        tally.warned += bool(problems)
        for one in problems:
            self.rejects.add(table.path.name, row, one, table.column(one.field), refused=False)

    def told(self, table: Table, done: int, rows: int) -> None:
        """Tell that rows are on disk, and their rejects too."""
        self.rejects.flush()
        self.progress(table.kind, done, rows)

    def is_known(self, sku: str) -> tuple[bool, bool]:
        """Return whether a SKU is known, and whether its absence is news."""
        if not sku or self.known_sku(sku):
            return True, False
        news = sku not in self._told_skus
        self._told_skus.add(sku)
        return False, news


class _Undone(Exception):
    """Takes the transaction of a dry run back."""


def open_table(kind: Kind, path: Path, own: Columns) -> Table:
    """Open a table and find its columns; OrdersFileUnreadable names the missing ones."""
    sheet = open_sheet(path)
    first = next(sheet.rows(), None)
    if first is None:
        raise unreadable(path, "empty")
    header = tuple(cells.clean(cell) for cell in first.cells)
    found = mapping.find_columns(kind, header, own)
    missing = mapping.missing(kind, found)
    if missing:
        raise unreadable(path, "no-columns", columns="、".join(missing))
    return Table(
        kind=kind,
        path=path,
        sheet=sheet,
        header_row=first.number,
        header=header,
        found=found,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was learned of the order numbers before the first row is written."""

    orders: Survey
    lines: Mapping[str, Known]  # what the lines tell of orders that a rounded number may mean


def read_evidence(orders: Table, lines: Table | None) -> Evidence:
    """Read the number column of the orders, and what the lines know of doubtful ones."""
    surveyed = survey(_numbers(orders))
    known: dict[str, Known] = {}
    if lines is not None and lines.path != orders.path and surveyed.rounded:
        known = _known_from_lines(lines, surveyed)
    return Evidence(orders=surveyed, lines=known)


def count_rows(table: Table) -> int:
    """Return how many rows stand below the header."""
    return sum(1 for _ in table.rows())


def _numbers(table: Table) -> Iterator[str]:
    place = table.found["number"]
    for raw in table.rows():
        yield raw.cells[place] if place < len(raw.cells) else ""


def _known_from_lines(lines: Table, surveyed: Survey) -> dict[str, Known]:
    """Gather titles, amounts and quantities of orders that the orders table does not name exactly."""
    titles: dict[str, set[str]] = defaultdict(set)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for raw in lines.rows():
        told = _line_evidence(lines, raw)
        if told is None or told[0] in surveyed.exact or not rivals(told[0], surveyed.rounded):
            continue
        number, title, unit, quantity = told
        titles[number].add(title)
        sums[number][0] += unit * quantity
        sums[number][1] += quantity
    return {
        number: Known(
            number=number,
            titles=frozenset(titles[number]),
            goods_fen=sums[number][0],
            quantity=sums[number][1],
        )
        for number in titles
    }


def _line_evidence(lines: Table, raw: RawRow) -> tuple[str, str, int, int] | None:
    def cell(name: str) -> str:
        place = lines.found[name]
        return raw.cells[place] if place < len(raw.cells) else ""

    try:
        number = cells.order_number(cell("number"))
        unit, quantity = cells.money(cell("unit_fen")), cells.count(cell("quantity"))
    except BadCell:
        return None
    if not isinstance(number, str) or unit is None or quantity is None:
        return None
    return number, cells.clean(cell("title")), unit, quantity


def row_problem(raw: RawRow) -> list[Problem]:
    """Return what is wrong with a row as a whole."""
    return [Problem("", " ".join(raw.cells), raw.problem, {})]


__all__ = [
    "CHUNK", "Context", "Evidence", "Progress", "Table", "Tally", "When", "count_rows",
    "open_table", "read_evidence", "row_problem",
]  # fmt: skip
