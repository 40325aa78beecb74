"""Exported tables as rows of text: CSV read as a stream, XLSX checked before it is opened."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from shopbot.orders import xlsx_check
from shopbot.orders.unreadable import unreadable

MAX_CELLS = 300
MAX_LINE = 1_000_000  # characters; a longer line is no table
_BLOCK = 1 << 20
_DELIMITERS = ",\t;"
_XLS = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_EXACT_FLOAT = 1e15  # Excel keeps 15 digits


@dataclass(frozen=True, slots=True)
class RawRow:
    """Cells of one row; ``problem`` is a message key when they cannot be read."""

    number: int  # 1-based, as the person sees it in Excel or the editor
    cells: list[str]
    problem: str = ""


class CsvSheet:
    """A CSV file: UTF-8 (BOM), UTF-16 with BOM or GB18030; every reading starts anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = find_encoding(path)
        with self._open() as file:
            head = file.readline(MAX_LINE)
        self._delimiter = max(_DELIMITERS, key=head.count) if head else ","

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows that are not blank."""
        with self._open() as file:
            lines = _Lines(file, self._path)
            reader = csv.reader(lines, delimiter=self._delimiter)
            while True:
                first = lines.number + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield RawRow(first, [], "bad-row")
                    reader = csv.reader(lines, delimiter=self._delimiter)
                    continue
                if any(cell.strip() for cell in cells):
                    yield RawRow(first, cells, "too-many-cells" if len(cells) > MAX_CELLS else "")

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding, newline="")


class _Lines:
    """The lines of a file, counted and bounded."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        if len(line) == MAX_LINE:
            raise unreadable(self._path, "long-line", line=self.number + 1)
        self.number += 1
        return line


class XlsxSheet:
    """The first worksheet of an Excel file that :mod:`xlsx_check` has let pass."""

    def __init__(self, path: Path) -> None:
        import python_calamine

        self._formulas = xlsx_check.check(path)
        try:
            book = python_calamine.CalamineWorkbook.from_path(str(path))
            self._sheet = book.get_sheet_by_index(0)
        except Exception as error:  # the library's own errors share no base class
            raise unreadable(path, "bad-xlsx") from error

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows that are not blank."""
        start = self._sheet.start
        first = start[0] + 1 if start else 1
        for number, row in enumerate(self._sheet.iter_rows(), start=first):
            cells = [as_text(cell) for cell in row]
            if any(cells):
                yield RawRow(number, cells, "formula" if number in self._formulas else "")


Sheet = CsvSheet | XlsxSheet


def open_sheet(path: Path) -> Sheet:
    """Open a table by what is in it, whatever it is called; OrdersFileUnreadable says why not."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise unreadable(path, "not-there", reason=error.strerror or "") from error
    if magic == _ZIP:
        return XlsxSheet(path)
    if magic == _XLS:
        raise unreadable(path, "old-xls")
    return CsvSheet(path)


def find_encoding(path: Path) -> str:
    """Return the encoding of a text file after reading it once through."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise unreadable(path, "bad-encoding")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if "\x00" in decoder.decode(block):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def as_text(cell: Any) -> str:
    """Return an Excel cell as a person would have typed it.

    A number beyond the 15 digits that Excel keeps is written in its rounded form, so that it is
    never taken for exact.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if not cell.is_integer():
            return format(cell, ".10f").rstrip("0")
        return str(int(cell)) if abs(cell) < _EXACT_FLOAT else f"{cell:.14E}"
    if isinstance(cell, int):
        return str(cell) if abs(cell) < _EXACT_FLOAT else f"{cell:.14E}"
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    return str(cell)
