"""An Excel file from a stranger's hands: looked at before it is opened, read without running it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopbot import messages
from shopbot.errors import KnowledgeError
from shopbot.kb.workbook_cells import from_cell
from shopbot.kb.workbook_layout import (
    ACTION,
    ANSWER_COLUMNS,
    ANSWERS,
    BASE,
    FILE,
    MARK,
    READ_ONLY,
    SYSTEM,
    SheetKind,
    kind_of,
)

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 500 * 1024 * 1024
MAX_ROWS = 200_000
HEAD_ROWS = 10
"""The header may stand this far down: people add a title above the table."""

_CHUNK = 1024 * 1024


class BookRefused(KnowledgeError):
    """A file that is offered for import cannot be read, or is not safe to read."""

    code = "workbook.refused"

    def __init__(self, file: object, reason: str, **values: object) -> None:
        told = messages.text(f"workbook.refused.{reason}", **values)
        super().__init__(f"{file}: {reason}", file=str(file), reason=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """One row of a sheet as staff left it, with the bookkeeping that the export put there."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    file: str = ""
    base_file: str = ""
    base_version: str = ""
    base_key: str = ""
    remove: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSheet:
    """One known sheet: its rows, the columns it has and the file new rows go to."""

    title: str
    kind: SheetKind
    home: str
    columns: tuple[str, ...]
    rows: tuple[BookRow, ...]


@dataclass(slots=True, kw_only=True)
class Book:
    """A whole workbook; ``notes`` tell (sheet, row, message) of what could not be read."""

    sheets: list[BookSheet] = field(default_factory=list)
    answers: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    has_answers: bool = False
    notes: list[tuple[str, int, str]] = field(default_factory=list)


def check_xlsx(path: Path) -> None:
    """Raise BookRefused unless ``path`` is a whole xlsx file that unpacks to a sane size."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BookRefused(path, "too-large", size=f"{size / 1024 / 1024:.0f}", limit=50)
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            if sum(member.file_size for member in members) > MAX_UNPACKED:
                raise BookRefused(path, "bomb", limit=500)
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise BookRefused(path, "not-xlsx")
            for member in members:
                _unpack(packed, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as failure:
        raise BookRefused(path, "not-xlsx") from failure


def _unpack(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a member to its end: a declared size that is not true fails its checksum here."""
    with packed.open(member) as stream:
        while stream.read(_CHUNK):
            pass


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    """Return every sheet's rows of an xlsx file, after checking it; raises BookRefused."""
    import python_calamine

    check_xlsx(path)
    try:
        book = python_calamine.load_workbook(str(path))
        found = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except (python_calamine.CalamineError, OSError, ValueError) as failure:
        raise BookRefused(path, "not-xlsx") from failure
    for rows in found.values():
        if len(rows) > MAX_ROWS:
            raise BookRefused(path, "too-many-rows", limit=MAX_ROWS)
    return found


def is_book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bool:
    """Tell a workbook of this store's kind from any other sheet."""
    system = sheets.get(SYSTEM)
    if system and system[0] and system[0][0] == MARK:
        return True
    return any(
        (kind := kind_of(title)) is not None
        and kind.kind in ("replies", "policies", "templates")
        and _head_row(rows, [c.name for c in kind.columns if c.required]) is not None
        for title, rows in sheets.items()
    )


def read_book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Book:
    """Return the known sheets of a workbook as rows of text."""
    book = Book()
    homes = {
        str(r[0]): str(r[2]) for r in sheets.get(SYSTEM, [])[1:] if len(r) > 2 and not any(r[3:])
    }
    for title, rows in sheets.items():
        kind = kind_of(title)
        if title == ANSWERS:
            _read_answers(rows, book)
        elif kind is not None:
            found = _read_sheet(title, kind, homes.get(title, kind.home), rows, book)
            if found is not None:
                book.sheets.append(found)
    return book


def _head_row(rows: Sequence[Sequence[Any]], required: list[str]) -> int | None:
    for number, row in enumerate(rows[:HEAD_ROWS]):
        names = {_name(cell) for cell in row}
        if names.issuperset(required):
            return number
    return None


def _name(cell: Any) -> str:
    return from_cell(cell).replace("\n", "").strip()


def _table(
    title: str, rows: Sequence[Sequence[Any]], required: list[str], book: Book
) -> tuple[tuple[str, ...], Iterator[tuple[int, dict[str, str]]]] | None:
    if not any(from_cell(cell) for row in rows for cell in row):
        return None
    at = _head_row(rows, required)
    if at is None:
        first = {_name(cell) for cell in rows[0]}
        missing = "、".join(name for name in required if name not in first)
        book.notes.append((title, 1, messages.text("workbook.missing-column", columns=missing)))
        return None
    columns = tuple(_name(cell) for cell in rows[at])
    for name in sorted({n for n in columns if n and columns.count(n) > 1}):
        told = messages.text("workbook.column-twice", column=name)
        book.notes.append((title, at + 1, told))

    def cells() -> Iterator[tuple[int, dict[str, str]]]:
        for number, row in enumerate(rows[at + 1 :], at + 2):
            told = {n: from_cell(c) for n, c in zip(columns, row, strict=False) if n}
            if any(cell for name, cell in told.items() if name not in (*READ_ONLY, BASE, FILE)):
                yield number, told

    return columns, cells()


def _read_sheet(
    title: str, kind: SheetKind, home: str, rows: Sequence[Sequence[Any]], book: Book
) -> BookSheet | None:
    required = [column.name for column in kind.columns if column.required]
    table = _table(title, rows, required, book)
    if table is None:
        return None
    columns, cells = table
    special = {BASE, FILE, ACTION, *READ_ONLY, ""}
    if kind.kind in ("replies", "policies", "templates", "store"):
        known = {column.name for column in kind.columns} | special
        for name in columns:
            if name not in known:
                told = messages.text("workbook.unknown-column", column=name)
                book.notes.append((title, 1, told))
    found = tuple(_book_row(title, number, told, special) for number, told in cells)
    kept = tuple(name for name in columns if name not in special)
    return BookSheet(title=title, kind=kind, home=home, columns=kept, rows=found)


def _book_row(title: str, number: int, cells: Mapping[str, str], special: set[str]) -> BookRow:
    base = cells.get(BASE, "").split("|", 2)
    file, version, key = base if len(base) == 3 else ("", "", "")
    return BookRow(
        sheet=title,
        number=number,
        cells={name: cell for name, cell in cells.items() if name not in special},
        file=cells.get(FILE, ""),
        base_file=file,
        base_version=version,
        base_key=key,
        remove=cells.get(ACTION, "") == "删除",
    )


def _read_answers(rows: Sequence[Sequence[Any]], book: Book) -> None:
    required = [column.name for column in ANSWER_COLUMNS if column.required]
    table = _table(ANSWERS, rows, required, book)
    if table is None:
        return
    book.has_answers = True
    last = ""
    found: dict[str, list[tuple[float, Mapping[str, str]]]] = {}
    for number, cells in table[1]:
        told = cells.get("编号", "") or last  # a row added below without repeating the id
        last = told
        if not told:
            book.notes.append((ANSWERS, number, messages.text("workbook.answer-without-id")))
            continue
        if not cells.get("内容"):
            book.notes.append((ANSWERS, number, messages.text("workbook.answer-blank", id=told)))
        found.setdefault(told, []).append(
            (_order(cells.get("序", "")), {**cells, "行": str(number)})
        )
    for entry, answers in found.items():
        book.answers[entry] = [cells for _, cells in sorted(answers, key=lambda pair: pair[0])]


def _order(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")
