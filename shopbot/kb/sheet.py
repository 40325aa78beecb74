"""Comma, tab or semicolon separated tables as Excel writes them, with right line numbers."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shopbot.kb.notes import Notes

MAX_BAD_ROWS = 20
"""After so many rows with stray quotes reading stops: the file is no table."""

_DELIMITERS = ",\t;，；"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: stripped cells by column name, and the line it begins on."""

    cells: Mapping[str, str]
    line: int

    def get(self, column: str) -> str:
        """Return the cell of ``column``; blank when it is empty or there is no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A read table: column names in order and the rows that fit them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read(text: str, notes: Notes, required: tuple[str, ...]) -> Sheet | None:
    """Return the table of ``text``, or None (noted) without its required columns.

    Rows with more cells than columns are errors (a comma in a text without quotes); blank rows and
    rows that begin with ``#`` are left out. A quote never closed loses its own row only.
    """
    lines = text.split("\n")
    rows = _rows(lines, delimiter(lines), notes)
    first = next(rows, None)
    if first is None:
        notes.error("empty-table", 1)
        return None
    columns = tuple(_name(cell) for cell in first[1])
    missing = [name for name in required if name not in columns]
    if missing:
        notes.error("missing-column", first[0], columns="、".join(missing))
        return None
    repeated = {name for name in columns if name and columns.count(name) > 1}
    for name in sorted(repeated):
        notes.error("duplicate-column", first[0], column_name=name)
    found = [row for line, cells in rows if (row := _row(line, cells, columns, notes)) is not None]
    return Sheet(columns=columns, rows=tuple(found))


def _name(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def delimiter(lines: list[str]) -> str:
    """Return the separator that the first line with text has most of."""
    head = next((line for line in lines if line.strip()), "")
    best = max(_DELIMITERS, key=head.count)
    return best if head.count(best) else ","


def _rows(lines: list[str], delimiter: str, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    start = bad = 0
    while start < len(lines) and bad < MAX_BAD_ROWS:
        reader = csv.reader(
            (f"{line}\n" for line in lines[start:]), delimiter=delimiter, strict=True
        )
        base = start
        try:
            for cells in reader:
                line, start = start + 1, base + reader.line_num
                cells = [cell.strip() for cell in cells]
                if any(cells) and not cells[0].startswith("#"):
                    yield line, cells
            return
        except csv.Error:
            notes.error("bad-row", start + 1)
            start, bad = start + 1, bad + 1


def _row(line: int, cells: list[str], columns: tuple[str, ...], notes: Notes) -> Row | None:
    if any(cells[len(columns) :]):
        notes.error("too-many-cells", line, cells=len(cells), columns=len(columns))
        return None
    named = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
    return Row(cells=named, line=line)
