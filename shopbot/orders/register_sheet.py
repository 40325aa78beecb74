"""The register as an Excel workbook; no cell of it is a formula."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from shopbot import audit, messages
from shopbot.orders import register, store
from shopbot.orders.register import Cell, Entry
from shopbot.orders.rejects import neutral
from shopbot.rules import Rules
from shopbot.storage.database import Reader

_PAGE = 500
_WIDTHS = {
    "order": 20,
    "item": 28,
    "sku": 20,
    "parcel": 20,
    "reason": 16,
    "remark": 36,
    "state": 16,
}
_USUAL_WIDTH = 12


def gather(
    reader: Reader, rules: Rules, since: datetime | None, until: datetime | None
) -> list[Entry]:
    """Return all cases requested from ``since`` up to ``until``, oldest first."""
    found: list[Entry] = []
    after = None
    while True:
        cases = store.page_cases(
            reader, rules.store_id, since=since, until=until, after=after, count=_PAGE
        )
        for case in cases:
            facts = store.get_facts(reader, rules.store_id, case.order)
            deeds = audit.list_deeds(reader, store_id=rules.store_id, subject=case.id)
            found.append(Entry(case=case, facts=facts, deeds=tuple(deeds)))
        if len(cases) < _PAGE:
            return found[::-1]
        after = (cases[-1].requested_at, cases[-1].id)


def write(path: Path, entries: Sequence[Entry], rules: Rules) -> None:
    """Write the workbook whole or not at all; only its owner may read it.

    OSError when it cannot be written (it is open in Excel, or the folder is not there).
    """
    book = Workbook(write_only=True)
    _sheet(book, "register", register.COLUMNS, [register.row(one, rules) for one in entries])
    _sheet(book, "sums", register.SUMS, register.sums(entries, rules))
    part = path.with_name(f".{path.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        book.save(part)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _sheet(
    book: Workbook, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> None:
    sheet: Any = book.create_sheet(messages.text(f"register.sheet.{name}"))
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns):
        letter = chr(ord("A") + place)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column, _USUAL_WIDTH)
    titles = [_cell(sheet, messages.text(f"register.column.{column}")) for column in columns]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Cell) -> Any:
    """Return a cell; text is text whatever it looks like, an order number never a rounded one."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", neutral(value)))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
