"""The register of returns and exchanges, read back as Excel would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from shopbot.demo import Stage, lay_out
from shopbot.orders import store
from shopbot.orders.register import COLUMNS, SUMS, Entry, row, sums
from shopbot.orders.register_sheet import gather, write
from shopbot.orders.states import Grade
from shopbot.rules import load_rules
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START
from tests.order_facts import RULES as PLAIN
from tests.order_facts import at, case, facts, line, order

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"
RULES = load_rules(FOLDER).rules
TITLES = [
    "登记日期", "订单号", "顾客", "商品", "款号", "颜色尺码", "数量", "类型", "原因", "退回单号",
    "收到日期", "验货结果", "入库/报损", "损失金额", "退款金额", "状态", "经手人", "备注",
]  # fmt: skip


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    """A database with the demo in it."""
    made = open_database(tmp_path_factory.mktemp("demo"))
    lay_out(Stage(db=made, folder=FOLDER, rules=RULES, now=START, seed=1))
    yield made
    made.close()


def entries(db: SqliteDatabase) -> list[Entry]:
    """Return all of the register."""
    with db.snapshot() as reader:
        return gather(reader, RULES, None, None)


def test_the_round_trip(db: SqliteDatabase, tmp_path: Path) -> None:
    """Every case is a row, every cell comes back as it was."""
    found = entries(db)
    write(tmp_path / "r.xlsx", found, RULES)
    sheet = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_name("退换货登记表")
    told = sheet.to_python()

    assert TITLES == told[0]
    assert [list(row(one, RULES)) for one in found] == told[1:]
    assert len(store.list_cases(db, RULES.store_id, count=10_000)) == len(found)
    assert [one.case.requested_at for one in found] == sorted(o.case.requested_at for o in found)


def test_the_sums_add_up(db: SqliteDatabase, tmp_path: Path) -> None:
    """By month and kind they come to what the rows come to."""
    found = entries(db)
    write(tmp_path / "r.xlsx", found, RULES)
    told = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_name("按月汇总")
    body = told.to_python()[1:]

    def column(name: str) -> float:
        return round(sum(float(str(cells[SUMS.index(name)])) for cells in body), 2)

    assert len(found) == column("cases")
    assert sum(one.case.restocked for one in found) == column("restocked")
    assert sum(one.case.lost for one in found) == column("lost")
    assert round(sum(one.paid_back_fen for one in found) / 100, 2) == column("refunded")
    assert 0 < min(column(name) for name in ("restocked", "lost", "lost_value", "refunded"))
    assert [list(cells) for cells in sums(found, RULES)] == body


@pytest.mark.parametrize("bad", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(tmp_path: Path, bad: str) -> None:
    """Whatever a shopper writes, a spreadsheet only shows it."""
    one = Entry(case=case(detail=bad, return_parcel=bad), facts=facts(lines=(line(title=bad),)))
    write(tmp_path / "r.xlsx", [one], PLAIN)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [cell for sheet in book for cells in sheet.iter_rows() for cell in cells]

    assert [] == [cell for cell in cells if cell.data_type == "f"]
    assert f"'{bad}" in [cell.value for cell in cells]


def test_a_row_hides_the_buyer_and_keeps_the_number_whole(tmp_path: Path) -> None:
    """The name is masked, phones in remarks too; a long number stays text."""
    number = "2611150001234567890"
    known = replace(facts(order=order(number=number, buyer="山间清风")), refunds=())
    one = Entry(case=case(order=number, detail="打13812345512"), facts=known)
    write(tmp_path / "r.xlsx", [one], PLAIN)
    told = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_index(0).to_python()
    cells = dict(zip(COLUMNS, told[1], strict=True))

    assert (number, "山**风", "打138****5512") == (cells["order"], cells["buyer"], cells["remark"])


def test_only_the_asked_for_days(db: SqliteDatabase) -> None:
    """From the first moment on, up to but not with the last."""
    begin, end = at("2026-11-20 00:00"), at("2026-11-21 00:00")
    with db.snapshot() as reader:
        found = gather(reader, RULES, begin, end)

    assert found
    assert all(begin <= one.case.requested_at < end for one in found)


@pytest.mark.parametrize(
    ("grade", "restocked", "lost", "loss", "words"),
    [
        ("good", 1, 0, 0.0, "合格（完好）"),
        ("opened", 1, 0, 109.6, "合格（已拆封）"),
        ("worn", 0, 1, 274.0, "合格（有使用痕迹）"),
        ("faulty", 0, 1, 548.0, "合格（有质量问题）"),
        (None, 0, 1, 548.0, "合格"),
        (None, 1, 0, 0.0, "合格"),
    ],
)
def test_the_loss_follows_the_grade(
    grade: Grade | None, restocked: int, lost: int, loss: float, words: str
) -> None:
    """By the store's shares of what was paid; older cases lose what was written off."""
    one = case(
        state="inspected", grade=grade, restocked=restocked, lost=lost,
        received_at=START, inspected_at=START,
    )  # fmt: skip
    entry = Entry(case=one, facts=facts(cases=(one,)))
    cells = dict(zip(COLUMNS, row(entry, PLAIN), strict=True))
    [summed] = sums([entry], PLAIN)

    assert (loss, words) == (cells["loss"], cells["inspection"])
    assert loss == summed[SUMS.index("lost_value")]
