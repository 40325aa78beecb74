"""The store's knowledge as an Excel file that staff like to work in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopbot import messages
from shopbot.kb import fields, storefile
from shopbot.kb.workbook_cells import LONGEST_CELL, to_cell
from shopbot.kb.workbook_folder import Shop
from shopbot.kb.workbook_layout import (
    ACTION,
    ANSWER_COLUMNS,
    ANSWERS,
    ASKED,
    BASE,
    CHOICES,
    DELETE,
    FILE,
    FORMAT,
    GUIDE,
    KINDS,
    MARK,
    READ_ONLY,
    SYSTEM,
    TOPICS,
    VIEW,
    Column,
    SheetKind,
    closed,
)
from shopbot.kb.workbook_names import label_of_topic
from shopbot.kb.workbook_shelf import Record
from shopbot.kb.workbook_tables import columns_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SPARE_ROWS = 500
"""Rows below the last one that already have drop-downs and text format."""

LINE_HEIGHT = 15.0
MOST_LINES = 8
"""A row shows at most so many lines; a longer cell is read in the formula bar."""

LONG = frozenset({"问法", "内容", "正文", "追问", "怎么选", "区别", "其他说法", "怎么改"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What went into the workbook, and what could not."""

    rows: Mapping[str, int]
    left_out: Sequence[tuple[str, str]] = ()
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    title: str
    kind: SheetKind
    file: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, Record]] = field(default_factory=list)


def write_book(shop: Shop, path: Path, *, now: datetime) -> Exported:
    """Write the workbook for ``shop`` to ``path``, replacing what is there only when it is whole."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    pages = list(_pages(shop))
    left_out: list[tuple[str, str]] = []
    choices = _choices(shop)
    _guide(book, shop, now)
    answers: list[Record] = []
    counts: dict[str, int] = {}
    for page in pages:
        kept = [(f, r) for f, r in page.rows if _fits(r, f, left_out)]
        _page(book, page, kept, choices)
        counts[page.title] = len(kept)
        answers += [record for _, record in kept if record.answers]
        if page.kind.kind == "replies":
            at = len(book.worksheets)
    _answers(book, answers, choices, at)
    counts[ANSWERS] = sum(len(record.answers) for record in answers)
    _topics(book, shop)
    _lists(book, choices)
    _system(book, shop, pages, now)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        book.save(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(rows=counts, left_out=left_out, errors=shop.errors)


def _fits(record: Record, file: str, left_out: list[tuple[str, str]]) -> bool:
    cells = [*record.cells.values(), *(c for row in record.answers for c in row.values())]
    if all(len(to_cell(cell)) <= LONGEST_CELL for cell in cells):
        return True
    left_out.append((file, record.key))
    return False


def _pages(shop: Shop) -> Iterator[_Page]:
    for kind in KINDS:
        found = shop.records(kind.kind)
        if kind.kind == "products":
            yield from _product_pages(kind, found, shop)
            continue
        rows = [(file, record) for file, records in found.items() for record in records]
        more = _more_columns(kind, (record for _, record in rows))
        yield _Page(title=kind.title, kind=kind, file=kind.home, columns=more, rows=rows)


def _product_pages(
    kind: SheetKind, found: Mapping[str, list[Record]], shop: Shop
) -> Iterator[_Page]:
    taken: set[str] = set()
    for file, records in (found or {kind.home: []}).items():
        categories = {record.cells.get("类目", "") for record in records}
        told = categories.pop() if len(categories) == 1 else ""
        title = _title(told or Path(file).stem, taken)
        text = shop.texts[file].text if file in shop.texts else ""
        columns = _more_columns(kind, records, columns_of(text))
        rows = [(file, record) for record in records]
        yield _Page(title=title, kind=kind, file=file, columns=columns, rows=rows)


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


# --- sheets ------------------------------------------------------------------------------------------


def _page(
    book: Workbook,
    page: _Page,
    rows: Sequence[tuple[str, Record]],
    choices: Mapping[str, list[str]],
) -> None:
    sheet = book.create_sheet(page.title)
    tail = [Column(name=FILE, width=26)]
    if page.kind.removable:
        tail.insert(0, Column(name=ACTION, width=8, choices="action-row"))
    columns = (*page.columns, *tail, Column(name=BASE, width=4))
    _head(sheet, columns)
    for number, (file, record) in enumerate(rows, 2):
        base = f"{file}|{record.version}|{record.key}"
        told = {**record.cells, FILE: file, BASE: base}
        _row(sheet, number, columns, told)
        if any(column.name == VIEW for column in columns):
            at = [c.name for c in columns].index(VIEW) + 1
            _formula(
                sheet,
                number,
                at,
                f'=IFERROR(INDEX({ANSWERS}!$D:$D,MATCH(A{number},{ANSWERS}!$A:$A,0)),"")',
            )
    _finish(sheet, columns, len(rows) + 1, choices)


def _answers(
    book: Workbook, records: Sequence[Record], choices: Mapping[str, list[str]], at: int
) -> None:
    sheet = book.create_sheet(ANSWERS, at)
    _head(sheet, ANSWER_COLUMNS)
    number = 2
    for record in records:
        asked = record.cells.get("问法", "").split("\n")[0]
        for cells in record.answers:
            _row(sheet, number, ANSWER_COLUMNS, {**cells, ASKED: asked})
            number += 1
    _finish(sheet, ANSWER_COLUMNS, number - 1, choices)


def _head(sheet: Worksheet, columns: Sequence[Column]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    dark = PatternFill("solid", fgColor="1F4E78")
    grey = PatternFill("solid", fgColor="808080")
    for at, column in enumerate(columns, 1):
        cell = sheet.cell(row=1, column=at, value=column.name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = grey if column.name in (*READ_ONLY, BASE, FILE) else dark
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        told = _column_help(column.name)
        if told:
            cell.comment = Comment(told, "shopbot", width=260, height=90)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = column.width
        if column.name == BASE:
            sheet.column_dimensions[letter].hidden = True
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "B2"


def _column_help(name: str) -> str:
    key = f"workbook.column.{name}"
    if messages.has(key):
        return messages.text(key)
    found = fields.find("entry", name)
    return found.doc if found and found.zh == name else ""


def _row(
    sheet: Worksheet, number: int, columns: Sequence[Column], cells: Mapping[str, str]
) -> None:
    lines = 1
    for at, column in enumerate(columns, 1):
        told = cells.get(column.name, "")
        cell = sheet.cell(row=number, column=at)
        if told:
            cell.value = to_cell(told)
            cell.data_type = "s"  # never a formula, whatever it begins with
        _dress(cell, column)
        if column.name != BASE:
            lines = max(lines, _lines(told, column.width))
    sheet.row_dimensions[number].height = LINE_HEIGHT * min(lines, MOST_LINES) + 3


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column ``width`` characters wide."""
    return sum(
        max(1, math.ceil(sum(2 if char > "\u2e7f" else 1 for char in line) / max(width - 1, 1)))
        for line in text.split("\n")
    )


def _dress(cell: Any, column: Column) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    cell.number_format = "@"
    cell.border = Border(bottom=Side(style="thin", color="D9D9D9"))
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if column.name in (*READ_ONLY, FILE):
        cell.font = Font(color="808080")


def _formula(sheet: Worksheet, row: int, column: int, formula: str) -> None:
    cell = sheet.cell(row=row, column=column, value=formula)
    cell.number_format = "General"


def _finish(
    sheet: Worksheet, columns: Sequence[Column], last: int, choices: Mapping[str, list[str]]
) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    end = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A1:{end}{max(last, 2)}"
    bottom = last + SPARE_ROWS
    for at, column in enumerate(columns, 1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].number_format = "@"
        if column.choices in choices:
            place = list(choices).index(column.choices) + 1
            name = get_column_letter(place)
            count = len(choices[column.choices])
            rule = DataValidation(
                type="list", formula1=f"{CHOICES}!${name}$1:${name}${count}", allow_blank=True,
                showErrorMessage=True, errorTitle=messages.text("workbook.choice.title"),
                error=messages.text("workbook.choice.error"),
            )  # fmt: skip
            rule.add(f"{letter}2:{letter}{bottom}")
            sheet.add_data_validation(rule)
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = "1:1"
    _print_on_one_width(sheet)


def _print_on_one_width(sheet: Worksheet) -> None:
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]


def _choices(shop: Shop) -> dict[str, list[str]]:
    topics = shop.setting.topics
    attributes = {
        name: None
        for records in shop.records("products").values()
        for record in records
        for name in record.cells
        if name not in {c.name for c in KINDS[3].columns}
    }
    return {
        "topic": [label_of_topic(name, topics) for name in topics],
        "stage": list(closed("stage")),
        "status": list(closed("status")),
        "tone": list(closed("tone")),
        "channel": list(closed("channel")),
        "when": list(closed("when")),
        "action": sorted(storefile.actions(topics)),
        "priority": [str(n) for n in range(5, -6, -1) if n],
        "attribute": [*fields.BUILT_IN_ATTRIBUTES, *attributes],
        "action-row": [DELETE],
        "fact": ["店铺", "变量"],
    }


def _lists(book: Workbook, choices: Mapping[str, list[str]]) -> None:
    sheet = book.create_sheet(CHOICES)
    for at, words in enumerate(choices.values(), 1):
        for number, word in enumerate(words, 1):
            cell = sheet.cell(row=number, column=at, value=to_cell(word))
            cell.number_format = "@"
    sheet.sheet_state = "hidden"


def _system(book: Workbook, shop: Shop, pages: Sequence[_Page], now: datetime) -> None:
    sheet = book.create_sheet(SYSTEM)
    sheet.append([MARK, FORMAT, shop.store, now.isoformat()])
    for page in pages:
        sheet.append([page.title, page.kind.kind, page.file])
    for page in pages:
        for file, record in page.rows:
            sheet.append([page.title, page.kind.kind, file, to_cell(record.key)])
    sheet.sheet_state = "veryHidden"


def _topics(book: Workbook, shop: Shop) -> None:
    sheet = book.create_sheet(TOPICS)
    columns = (
        Column(name="话题", width=26), Column(name="名称", width=36), Column(name="阶段", width=8),
        Column(name="类型", width=10), Column(name="动作", width=22),
    )  # fmt: skip
    _head(sheet, columns)
    for number, topic in enumerate(shop.setting.topics.values(), 2):
        stage, kind = fields.STAGES[topic.stage][0], fields.TOPIC_KINDS[topic.kind][0]
        told = {
            "话题": topic.id,
            "名称": topic.zh,
            "阶段": stage,
            "类型": kind,
            "动作": topic.action,
        }
        _row(sheet, number, columns, told)


def _guide(book: Workbook, shop: Shop, now: datetime) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(GUIDE)
    sheet.column_dimensions["A"].width = 100
    local = now.astimezone(shop.setting.zone).strftime("%Y-%m-%d %H:%M")
    lines = messages.text("workbook.guide", store=shop.store, time=local).strip().split("\n")
    for number, line in enumerate(lines, 1):
        cell = sheet.cell(row=number, column=1, value=line.removeprefix("# "))
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if line.startswith("# "):
            cell.font = Font(bold=True, size=13, color="1F4E78")
        sheet.row_dimensions[number].height = LINE_HEIGHT * _lines(line, 98) + 4
    _print_on_one_width(sheet)
