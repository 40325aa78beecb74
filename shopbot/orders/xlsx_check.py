"""Looks at an Excel file before a library opens it: size, bombs, formulas."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from shopbot.orders.unreadable import unreadable

MAX_PACKED = 50 * 1024 * 1024
MAX_UNPACKED = 500 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_AREA = 20_000_000  # cells of the rectangle from A1 to the last one; readers hold all of it

_BLOCK = 1 << 20
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb'<c\b[^>]*?\br="[A-Z]{1,3}(\d{1,7})"[^>]*>\s*<f\b')
_OVERLAP = 300  # bytes; more than the beginning of a cell takes


def check(path: Path) -> frozenset[int]:
    """Return the numbers of rows with formulas; OrdersFileUnreadable for what must not be opened.

    Every entry is unpacked once and thrown away, so that sizes are measured, not believed.
    """
    if path.stat().st_size > MAX_PACKED:
        raise unreadable(path, "too-large", limit=MAX_PACKED // 1024 // 1024)
    formulas: set[int] = set()
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, path)
            for entry in archive.infolist():
                formulas |= _read(archive, entry, path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise unreadable(path, "bad-xlsx") from error
    return frozenset(formulas)


def _check_sizes(archive: zipfile.ZipFile, path: Path) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
        raise unreadable(path, "bomb", limit=MAX_UNPACKED // 1024 // 1024)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> set[int]:
    """Unpack one entry; the archive's own checks catch an entry that is not what it claims."""
    is_sheet = _SHEET.fullmatch(entry.filename) is not None
    formulas: set[int] = set()
    columns: set[bytes] = set()
    last_row, size, tail = 0, 0, b""
    with archive.open(entry) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > MAX_UNPACKED:
                raise unreadable(path, "bomb", limit=MAX_UNPACKED // 1024 // 1024)
            if is_sheet:
                window = tail + block
                for match in _CELL.finditer(window):
                    columns.add(match[1])
                    last_row = max(last_row, int(match[2]))
                formulas.update(int(match[1]) for match in _FORMULA.finditer(window))
                tail = window[-_OVERLAP:]
    if columns and max(map(_column, columns)) * last_row > MAX_AREA:
        raise unreadable(path, "too-wide")
    return formulas


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
