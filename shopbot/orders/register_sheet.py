"""The register as an Excel workbook; no cell of it is a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shopbot import audit, messages
from shopbot.orders import register, store
from shopbot.orders.register import Cell, Entry
from shopbot.orders.workbook_out import Sheet, write_book
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
    sheets = (
        _sheet("register", register.COLUMNS, [register.row(one, rules) for one in entries]),
        _sheet("sums", register.SUMS, register.sums(entries, rules)),
    )
    write_book(path, sheets)


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    return Sheet(
        title=messages.text(f"register.sheet.{name}"),
        header=[messages.text(f"register.column.{column}") for column in columns],
        widths=[_WIDTHS.get(column, _USUAL_WIDTH) for column in columns],
        rows=rows,
    )
