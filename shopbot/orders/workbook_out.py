"""Workbooks for staff to keep: bold titles that stay in view, and no cell that is a formula."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from shopbot.orders.rejects import neutral

Cell = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A worksheet: its name, the titles and widths of its columns, its rows."""

    title: str
    header: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]


def write_book(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write the workbook whole or not at all; only its owner may read it.

    OSError when it cannot be written (it is open in Excel, or the folder is not there).
    """
    part = path.with_name(f".{path.name}.part")
    try:  # the file first: a workbook that was begun and cannot be saved complains at its end
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        book = Workbook(write_only=True)
        for sheet in sheets:
            _add(book, sheet)
        book.save(part)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _add(book: Workbook, told: Sheet) -> None:
    sheet: Any = book.create_sheet(told.title)
    sheet.freeze_panes = "A2"
    for place, width in enumerate(told.widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    titles = [_cell(sheet, title) for title in told.header]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for row in told.rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Cell) -> Any:
    """Return a cell; text is text whatever it looks like, an order number never a rounded one."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", neutral(value)))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
