"""CSV tables as workbook rows; only the changed lines are written, with the file's own separator."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from shopbot.kb import sheet, tables
from shopbot.kb.entry import Problem
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.workbook_shelf import Cells, Edit, Record, Row, digest_of

Reader = Callable[[str, Notes, Setting], Sequence[Any]]
TABLE_NAME = "尺码表"
"""Column that tells the file of a size row; it is no column of the file."""


@dataclass(frozen=True, slots=True)
class TableShelf:
    """CSV files whose rows are told apart by ``keys``; ``columns`` head a new file."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    reader: Reader
    named: str = ""

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return the rows of a table as they are written."""
        table = sheet.read(text, Notes(file), self.keys[:1])
        seen: dict[str, int] = {}
        found = []
        for row in table.rows if table else ():
            cells = self._named(row.cells, file)
            key = self.key(cells)
            seen[key] = seen.get(key, 0) + 1
            key = f"{key} #{seen[key]}" if seen[key] > 1 else key
            found.append(Record(key=key, version=digest_of(cells), cells=cells, line=row.line))
        return found

    def key(self, cells: Cells) -> str:
        """Return what tells a row from the others."""
        return "/".join(cells.get(name, "") for name in self.keys)

    def _named(self, cells: Cells, file: str) -> dict[str, str]:
        told = {name: cell for name, cell in cells.items() if cell}
        return {self.named: PurePosixPath(file).stem, **told} if self.named else told

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return the row as a record if the table's own reader takes it."""
        told = {n: _flat(c) for n, c in row.cells.items() if c.strip()}
        inside = {n: c for n, c in told.items() if n != self.named or not self.named}
        columns = [*dict.fromkeys((*self.columns, *inside))]
        text = "\n" * (row.number - 2) if row.number > 2 else ""
        notes = Notes(file)
        lines = [_line(columns, ","), _line([inside.get(c, "") for c in columns], ",")]
        found = self.reader(f"{lines[0]}\n{text}{lines[1]}\n", notes, setting)
        if notes.errors or len(found) != 1:
            return None, [p for p in notes.problems if p.severity == "error"]
        cells = {self.named: told.get(self.named, ""), **inside} if self.named else inside
        record = Record(key=self.key(cells), version=digest_of(cells), cells=cells, line=row.number)
        return record, []

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Put rows into a table's text."""
        there = {record.key: record for record in self.read(text, file, setting)}
        new = [edit.new.cells for edit in edits if edit.new]
        if not text.strip():
            text = _line(self.columns, ",") + "\n"
        text, columns, mark = _with_columns(text, [n for c in new for n in c if n != self.named])
        lines = text.split("\n")
        for edit in sorted(edits, key=lambda e: there[e.key].line if e.key else 0, reverse=True):
            told = [_line([edit.new.cells.get(c, "") for c in columns], mark)] if edit.new else []
            if edit.key:
                start = there[edit.key].line - 1
                lines[start : start + _height(lines[start:], mark)] = told
        added = [
            _line([edit.new.cells.get(c, "") for c in columns], mark)
            for edit in edits
            if edit.key is None and edit.new
        ]
        if not added:
            return "\n".join(lines)
        ending = lines[-1:] == [""] or not lines
        return "\n".join([*(lines[:-1] if ending else lines), *added, ""])


def _flat(cell: str) -> str:
    """Return a cell as the table's reader gives it back: stripped, one kind of line break."""
    return cell.replace("\r\n", "\n").strip()


def _line(cells: Sequence[str], mark: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _height(lines: list[str], mark: str) -> int:
    """Return how many lines the record at the head of ``lines`` takes."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=mark, strict=True)
    next(reader)
    return reader.line_num


def _with_columns(text: str, wanted: Sequence[str]) -> tuple[str, list[str], str]:
    """Return the text with missing columns added to its head, the columns and the separator."""
    lines = text.split("\n")
    mark = sheet.delimiter(lines)
    at = next(
        i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")
    )
    height = _height(lines[at:], mark)
    head = next(csv.reader((f"{line}\n" for line in lines[at:]), delimiter=mark))
    columns = [unicodedata.normalize("NFKC", cell).strip() for cell in head]
    more = [name for name in dict.fromkeys(wanted) if name not in columns]
    if more:
        lines[at : at + height] = [_line([*(c.strip() for c in head), *more], mark)]
    return "\n".join(lines), [*columns, *more], mark


def columns_of(text: str) -> tuple[str, ...]:
    """Return the column names of a table's text, even when it has no rows yet."""
    table = sheet.read(text, Notes(""), ())
    return tuple(name for name in table.columns if name) if table else ()


SHELVES: Mapping[str, TableShelf] = {
    "products": TableShelf(
        ("款号",), tables.PRODUCT_COLUMNS, lambda t, n, s: tables.products(t, n, s.zone)
    ),
    "stock": TableShelf(
        ("款号", "颜色", "尺码"), tables.STOCK_COLUMNS, lambda t, n, s: tables.stock(t, n, s.zone)
    ),
    "sizes": TableShelf(
        ("尺码",),
        ("尺码", "身高起", "身高止", "体重起", "体重止"),
        lambda t, n, s: tables.size_table(t, n),
        TABLE_NAME,
    ),
    "compare": TableShelf(
        ("款号甲", "款号乙"), tables.COMPARE_COLUMNS, lambda t, n, s: tables.comparisons(t, n)
    ),
    "banned": TableShelf(
        ("类别", "词"), tables.BANNED_COLUMNS, lambda t, n, s: tables.banned(t, n)
    ),
}
