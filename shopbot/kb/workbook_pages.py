"""Which sheets the workbook has, with which columns and rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shopbot.kb.workbook_folder import Shop
from shopbot.kb.workbook_layout import KINDS, Column, SheetKind
from shopbot.kb.workbook_shelf import Record
from shopbot.kb.workbook_tables import columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sheet: its kind, the file that new rows go to, its columns and (file, record) rows."""

    title: str
    kind: SheetKind
    file: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, Record]] = field(default_factory=list)


def pages_of(shop: Shop) -> Iterator[Page]:
    """Every sheet with rows, in the order of the workbook."""
    for kind in KINDS:
        found = shop.records(kind.kind)
        if kind.kind == "products":
            yield from _product_pages(kind, found, shop)
            continue
        rows = [(file, record) for file, records in found.items() for record in records]
        more = _more_columns(kind, (record for _, record in rows))
        yield Page(title=kind.title, kind=kind, file=kind.home, columns=more, rows=rows)


def _product_pages(
    kind: SheetKind, found: Mapping[str, list[Record]], shop: Shop
) -> Iterator[Page]:
    taken: set[str] = set()
    for file, records in (found or {kind.home: []}).items():
        categories = {record.cells.get("类目", "") for record in records}
        told = categories.pop() if len(categories) == 1 else ""
        title = _title(told or Path(file).stem, taken)
        text = shop.texts[file].text if file in shop.texts else ""
        columns = _more_columns(kind, records, columns_of(text))
        rows = [(file, record) for record in records]
        yield Page(title=title, kind=kind, file=file, columns=columns, rows=rows)


def _title(name: str, taken: set[str]) -> str:
    """Return a sheet title that Excel takes and that no other sheet has."""
    clean = "".join(" " if char in "[]:*?/\\'" else char for char in name).strip()[:20] or "其他"
    title, number = f"商品 {clean}", 2
    while title.lower() in taken:
        title, number = f"商品 {clean} {number}", number + 1
    taken.add(title.lower())
    return title


def _more_columns(
    kind: SheetKind, records: Iterable[Record], written: Sequence[str] = ()
) -> tuple[Column, ...]:
    """Return the kind's columns and those that only these records have (attributes, measures)."""
    if kind.kind in ("replies", "policies", "templates", "store"):
        return kind.columns
    known = {column.name: column for column in kind.columns}
    for name in written:
        known.setdefault(name, Column(name=name, width=14))
    for record in records:
        for name in record.cells:
            known.setdefault(name, Column(name=name, width=14))
    return tuple(known.values())
