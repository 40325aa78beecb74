"""The store's knowledge as an Excel file that staff like to work in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shopbot import messages
from shopbot.kb import fields, storefile
from shopbot.kb.workbook_cells import LONGEST_CELL, to_cell
from shopbot.kb.workbook_folder import NotWritten, Shop
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
    SYSTEM,
    TOPICS,
    VIEW,
    Column,
    closed,
)
from shopbot.kb.workbook_names import label_of_topic
from shopbot.kb.workbook_pages import Page, pages_of
from shopbot.kb.workbook_sheet import (
    LINE_HEIGHT,
    finish,
    lines_of,
    print_on_one_width,
    write_formula,
    write_head,
    write_row,
)
from shopbot.kb.workbook_shelf import Record

if TYPE_CHECKING:
    from openpyxl import Workbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What went into the workbook, and what could not."""

    rows: Mapping[str, int]
    left_out: Sequence[tuple[str, str]] = ()
    errors: int = 0


def write_book(shop: Shop, path: Path, *, now: datetime) -> Exported:
    """Write the workbook for ``shop`` to ``path``, replacing what is there only when it is whole.

    Raises NotWritten when there is no such folder, no right to it, or no room.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    pages = list(pages_of(shop))
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
    except OSError as failure:
        raise NotWritten(path, failure.strerror or type(failure).__name__) from failure
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return Exported(rows=counts, left_out=left_out, errors=shop.errors)


def _fits(record: Record, file: str, left_out: list[tuple[str, str]]) -> bool:
    cells = [*record.cells.values(), *(c for row in record.answers for c in row.values())]
    if all(len(to_cell(cell)) <= LONGEST_CELL for cell in cells):
        return True
    left_out.append((file, record.key))
    return False


def _page(
    book: Workbook,
    page: Page,
    rows: Sequence[tuple[str, Record]],
    choices: Mapping[str, list[str]],
) -> None:
    sheet = book.create_sheet(page.title)
    tail = [Column(name=FILE, width=26)]
    if page.kind.removable:
        tail.insert(0, Column(name=ACTION, width=8, choices="action-row"))
    columns = (*page.columns, *tail, Column(name=BASE, width=4))
    write_head(sheet, columns)
    for number, (file, record) in enumerate(rows, 2):
        base = f"{file}|{record.version}|{record.key}"
        told = {**record.cells, FILE: file, BASE: base}
        write_row(sheet, number, columns, told)
        if any(column.name == VIEW for column in columns):
            at = [c.name for c in columns].index(VIEW) + 1
            write_formula(
                sheet,
                number,
                at,
                f'=IFERROR(INDEX({ANSWERS}!$D:$D,MATCH(A{number},{ANSWERS}!$A:$A,0)),"")',
            )
    finish(sheet, columns, len(rows) + 1, choices)


def _answers(
    book: Workbook, records: Sequence[Record], choices: Mapping[str, list[str]], at: int
) -> None:
    sheet = book.create_sheet(ANSWERS, at)
    write_head(sheet, ANSWER_COLUMNS)
    number = 2
    for record in records:
        asked = record.cells.get("问法", "").split("\n")[0]
        for cells in record.answers:
            write_row(sheet, number, ANSWER_COLUMNS, {**cells, ASKED: asked})
            number += 1
    finish(sheet, ANSWER_COLUMNS, number - 1, choices)


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


def _system(book: Workbook, shop: Shop, pages: Sequence[Page], now: datetime) -> None:
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
    write_head(sheet, columns)
    for number, topic in enumerate(shop.setting.topics.values(), 2):
        stage, kind = fields.STAGES[topic.stage][0], fields.TOPIC_KINDS[topic.kind][0]
        told = {
            "话题": topic.id,
            "名称": topic.zh,
            "阶段": stage,
            "类型": kind,
            "动作": topic.action,
        }
        write_row(sheet, number, columns, told)


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
        sheet.row_dimensions[number].height = LINE_HEIGHT * lines_of(line, 98) + 4
    print_on_one_width(sheet)
