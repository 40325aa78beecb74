"""Tables as files: encodings, broken quotes, Excel's formats, bombs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from shopbot.errors import OrdersFileUnreadable
from shopbot.orders import store, xlsx_check
from shopbot.orders.sheets import as_text, open_sheet
from shopbot.storage import SqliteDatabase
from tests.order_tables import ORDER, STORE, bring

HEADER = list(ORDER)


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    """Write an Excel file."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def cells(path: Path) -> list[tuple[int, list[str], str]]:
    """Return all rows of a table."""
    return [(row.number, row.cells, row.problem) for row in open_sheet(path).rows()]


def test_a_broken_quote_costs_its_own_row(tmp_path: Path) -> None:
    """Row numbers stay those of the editor, also after line breaks in a cell."""
    path = tmp_path / "t.csv"
    path.write_text('a,b\n"1\nx",2\n\n3,4\n', encoding="utf-8")

    assert [(1, ["a", "b"]), (2, ["1\nx", "2"]), (5, ["3", "4"])] == [
        (number, row) for number, row, _ in cells(path)
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    """Comma, tab or semicolon."""
    path = tmp_path / "t.csv"
    path.write_text(f"a{delimiter}b\n1{delimiter}2\n", encoding="utf-8")

    assert [["a", "b"], ["1", "2"]] == [row for _, row, _ in cells(path)]


def test_an_excel_file_is_imported(db: SqliteDatabase, tmp_path: Path) -> None:
    """Numbers, dates and texts as Excel keeps them."""
    row: dict[str, object] = dict(ORDER)
    row |= {
        "订单编号": 2611150001,
        "总金额": 598.1,
        "订单创建时间": datetime(2026, 11, 15, 9, 12, 33),  # noqa: DTZ001 - Excel knows no zones
    }
    bring(db, orders=workbook(tmp_path / "o.xlsx", HEADER, list(row.values())))
    found = store.get_order(db, STORE, "2611150001")

    assert (59810, "2026-11-15T01:12:33+00:00") == (found.total_fen, found.created_at.isoformat())


def test_numbers_beyond_excels_digits_are_seen(db: SqliteDatabase, tmp_path: Path) -> None:
    """Nineteen digits in a number cell are no longer an order number."""
    row: dict[str, object] = {**ORDER, "订单编号": 3957224567890123456}
    report = bring(db, orders=workbook(tmp_path / "o.xlsx", HEADER, list(row.values())))

    assert 1 == report.refused


def test_rows_with_formulas_are_refused(db: SqliteDatabase, tmp_path: Path) -> None:
    """The others stay."""
    good = list(ORDER.values())
    bad: dict[str, object] = {**ORDER, "订单编号": "2611150002", "总金额": "=SUM(1,597)"}
    path = workbook(tmp_path / "o.xlsx", HEADER, good, list(bad.values()))
    report = bring(db, orders=path, rejects=tmp_path / "r.csv")

    assert report.orders is not None
    assert (1, 1) == (report.orders.new, report.orders.rejected)
    assert "公式" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        block = bytes(1 << 20)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
            for _ in range(501):
                entry.write(block)


def _lie(path: Path) -> None:
    """Claim a small size for an entry that is large."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1 << 20))
    raw = buffer.getvalue()
    path.write_bytes(raw.replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))


def _far_cell(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.cell(row=1, column=1, value="订单编号")
    sheet.cell(row=1_048_576, column=16_384, value="x")
    book.save(path)


def _crowd(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(xlsx_check.MAX_ENTRIES + 1):
            archive.writestr(f"{number}", "")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "bomb": (_bomb, "解压后超过 500 MB"),
    "lie": (_lie, "已损坏"),
    "far-cell": (_far_cell, "范围太大"),
    "crowd": (_crowd, "解压后超过"),
    "cut": (lambda path: path.write_bytes(b"PK\x03\x04 and no more"), "已损坏"),
    "no-workbook": (
        lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "x"),
        "已损坏",
    ),
    "old-xls": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), ".xlsx"),
    "binary": (lambda path: path.write_bytes(bytes(100)), "无法识别的字符"),
    "no-encoding": (lambda path: path.write_bytes(b"\xff\xff\xfe\x81"), "无法识别的字符"),
    "empty": (lambda path: path.write_bytes(b""), "空"),
    "one-line": (lambda path: path.write_bytes(b"x" * 2_000_000), "太长"),
}


@pytest.mark.parametrize(("make", "reason"), BAD.values(), ids=BAD.keys())
def test_files_that_must_not_be_opened_are_refused(
    db: SqliteDatabase, tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    """With what to do, in Chinese; nothing is written."""
    path = tmp_path / "o.xlsx"
    made = make(path)
    if isinstance(made, zipfile.ZipFile):
        made.close()
    with pytest.raises(OrdersFileUnreadable) as told:
        bring(db, orders=path)

    assert reason in str(told.value.values["reason"])


def test_too_large_a_file_is_not_even_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its packed size."""
    path = workbook(tmp_path / "o.xlsx", HEADER)
    monkeypatch.setattr(xlsx_check, "MAX_PACKED", 100)
    with pytest.raises(OrdersFileUnreadable, match="导出"):
        open_sheet(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Not as a bug."""
    with pytest.raises(OrdersFileUnreadable, match="打不开"):
        open_sheet(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1.0, "1"),
        (598.1, "598.1"),
        (0.1 + 0.2, "0.3"),
        (True, "1"),
        ("x", "x"),
        (1e18, "1.00000000000000E+18"),
    ],
)
def test_excel_cells_become_what_a_person_typed(cell: object, text: str) -> None:
    """No tail of binary fractions; nothing rounded looks exact."""
    assert text == as_text(cell)
