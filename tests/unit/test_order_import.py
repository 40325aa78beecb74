"""Importing exported tables into a real database."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbot.errors import OrdersFileUnreadable
from shopbot.orders import store
from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.orders.states import ORDER_RANK, OrderStatus
from shopbot.orders.store import OrderFilter
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START
from tests.order_tables import EVENT, SAMPLES, STORE, bring, line, order, write

WORDS: dict[OrderStatus, str] = {
    "unpaid": "等待买家付款",
    "deposit_paid": "定金已付",
    "paid": "买家已付款，等待卖家发货",
    "part_shipped": "卖家部分发货",
    "shipped": "卖家已发货，等待买家确认",
    "finished": "交易成功",
    "closed": "交易关闭",
}


def rejected(path: Path) -> list[dict[str, str]]:
    """Return the rows of a rejects file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def state(db: SqliteDatabase, store_id: str) -> list[Any]:
    """Return all that is known, without versions and whose it is."""
    orders = store.list_orders(db, store_id, OrderFilter(count=1000))
    facts = [store.get_facts(db, store_id, one.number) for one in orders]
    return [
        (
            bare(f.order),
            *(list(map(bare, told)) for told in (f.lines, f.discounts, f.payments)),
            [(p.shipment.parcel, p.shipment.line_nos) for p in f.parcels],
        )
        for f in facts
    ]


def bare(told: Any) -> list[Any]:
    """Return the values of a fact without its version and store."""
    names = (one.name for one in fields(told))
    return [getattr(told, name) for name in names if name not in ("version", "store_id")]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteDatabase, count[int]]]:
    """One database for many stores, and numbers to name them by."""
    db = open_database(tmp_path_factory.mktemp("stores"))
    yield db, count()
    db.close()


def test_the_sample_of_a_shop_is_imported(db: SqliteDatabase, tmp_path: Path) -> None:
    """Five orders, six lines; the number that Excel rounded is found through the lines."""
    rejects = tmp_path / "rejects.csv"
    report = bring(db, orders=SAMPLES / "orders.csv", lines=SAMPLES / "lines.csv", rejects=rejects)
    found = store.get_facts(db, STORE, "2611160002")

    assert report.orders is not None
    assert report.lines is not None
    assert (5, 1, 0, 6) == (
        report.orders.new,
        report.orders.resolved,
        report.refused,
        report.lines.new,
    )
    assert not rejects.exists()
    assert (32800, "13900001234", ["雾灰", "海蓝"]) == (
        found.order.paid_fen,
        found.order.phone,
        [one.colour for one in found.lines],
    )
    assert ["SF1400234567890"] == [
        p.shipment.parcel for p in store.get_facts(db, STORE, "2611170003").parcels
    ]


def test_a_repeat_changes_nothing(db: SqliteDatabase) -> None:
    """Not a row, not a version, not an event."""
    bring(db, orders=SAMPLES / "orders.csv", lines=SAMPLES / "lines.csv")
    before = [
        store.get_facts(db, STORE, o.number) for o in store.list_orders(db, STORE, OrderFilter())
    ]
    events = [store.list_events(db, STORE, one.order.number) for one in before]
    report = bring(db, orders=SAMPLES / "orders.csv", lines=SAMPLES / "lines.csv")
    after = [
        store.get_facts(db, STORE, o.number) for o in store.list_orders(db, STORE, OrderFilter())
    ]

    assert report.orders is not None
    assert (5, 0) == (report.orders.unchanged, report.orders.new)
    assert before == after
    assert events == [store.list_events(db, STORE, one.order.number) for one in after]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_of_excel_is_read(db: SqliteDatabase, tmp_path: Path, encoding: str) -> None:
    """Chinese survives."""
    bring(db, orders=write(tmp_path / "o.csv", [order()], encoding=encoding))

    assert "岭上三合一冲锋衣" == store.get_order(db, STORE, "2611150001").title


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"订单创建时间": "2026-02-30 10:00"}, "订单创建时间", "日历上没有这个时间"),
        ({"总金额": "-598.00"}, "总金额", "不能是负数"),
        ({"买家实际支付金额": "999.00"}, "买家实际支付金额", "大于订单总额"),
        ({"订单创建时间": "2027-01-01", "订单付款时间": ""}, "订单创建时间", "在将来"),
        ({"订单付款时间": "2026-11-14 09:00:00"}, "订单付款时间", "早于订单创建时间"),
        ({"订单状态": "天知道"}, "订单状态", "不认识"),
        ({"订单编号": ""}, "订单编号", "没有订单编号"),
        ({"订单编号": "2.61116E+09"}, "订单编号", "Excel 取整"),
        ({"买家应付货款": "=1+1"}, "买家应付货款", "不是有效的金额"),
        ({"物流单号": "1.40023E+12"}, "物流单号", "Excel 取整"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_rows_are_told_and_good_rows_stay(
    db: SqliteDatabase, tmp_path: Path, change: dict[str, str], column: str, reason: str
) -> None:
    """With row number, column, value and reason in Chinese."""
    rows = [order(订单编号="2611150009"), order(**change), order(订单编号="2611150010")]
    report = bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")
    [told] = rejected(tmp_path / "r.csv")

    assert report.orders is not None
    assert (2, 1) == (report.orders.new, report.orders.rejected)
    assert ("3", "拒绝", column) == (told["行号"], told["处理"], told["列"])
    assert reason in told["原因"]


def test_what_a_spreadsheet_would_run_is_neutralised(db: SqliteDatabase, tmp_path: Path) -> None:
    """A value that begins like a formula is text in the rejects file."""
    rows = [order(总金额="=cmd|' /C calc'!A0"), order(总金额="@SUM(1)")]
    bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")

    assert ["'=", "'@"] == [row["内容"][:2] for row in rejected(tmp_path / "r.csv")]


def test_numbers_that_differ_by_rounding_only_are_never_merged(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """Two known orders fit: the rounded row is refused, both stay as they were."""
    known = [order(订单编号="2611160002"), order(订单编号="2611160003")]
    bring(db, orders=write(tmp_path / "known.csv", known))
    rounded = write(tmp_path / "o.csv", [order(订单编号="2.61116E+09", 订单状态="交易关闭")])
    report = bring(db, orders=rounded, rejects=tmp_path / "r.csv")

    assert 1 == report.refused
    assert {"paid"} == {o.status for o in store.list_orders(db, STORE, OrderFilter())}


def test_a_rounded_number_that_contradicts_is_refused(db: SqliteDatabase, tmp_path: Path) -> None:
    """One order fits the digits but not the rest of the row."""
    bring(db, orders=write(tmp_path / "known.csv", [order(订单编号="2611160002")]))
    rows = [order(订单编号="2.61116E+09", 买家会员名="别人", 订单状态="交易关闭")]
    report = bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")

    assert 1 == report.refused
    assert "2611160002" in rejected(tmp_path / "r.csv")[0]["原因"]
    assert "paid" == store.get_order(db, STORE, "2611160002").status


def test_two_rounded_rows_cannot_claim_one_order(db: SqliteDatabase, tmp_path: Path) -> None:
    """Nobody can tell which is which."""
    bring(db, orders=write(tmp_path / "known.csv", [order(订单编号="2611160002")]))
    rows = [order(订单编号="2.61116E+09"), order(订单编号="2.61116E+09")]
    report = bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")

    assert 2 == report.refused


def test_long_numbers_cut_by_excel_are_seen(db: SqliteDatabase, tmp_path: Path) -> None:
    """Fifteen digits and zeros throughout are no order numbers."""
    rows = [order(订单编号="3957224567890120000"), order(订单编号="3957224567890130000")]
    report = bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")
    whole = [order(订单编号="3957224567890120000"), order(订单编号="3957224567890133331")]
    kept = bring(db, orders=write(tmp_path / "p.csv", whole), rejects=tmp_path / "r.csv")

    assert (2, 0) == (report.refused, kept.refused)


def test_a_number_told_twice_with_other_content_is_refused(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """The first row stays; the reason names it."""
    rows = [order(), order(买家会员名="别人")]
    bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")

    assert "第 2 行" in rejected(tmp_path / "r.csv")[0]["原因"]
    assert "山间清风" == store.get_order(db, STORE, "2611150001").buyer


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(WORDS, 2)), ids=str)
def test_no_import_moves_a_state_backwards(
    stores: tuple[SqliteDatabase, count[int]], tmp_path: Path, one: OrderStatus, other: OrderStatus
) -> None:
    """Even when the file that comes later is the newer one."""
    db, numbers = stores
    around = Surroundings(store_id=f"s{next(numbers)}", who="test", now=START)
    for hours, status in enumerate((one, other)):
        path = write(tmp_path / f"{hours}.csv", [order(订单状态=WORDS[status])])
        request = ImportRequest(orders=path, as_of=START - timedelta(hours=2 - hours))
        run_import(db, request, around)

    assert (
        max(one, other, key=lambda s: ORDER_RANK[s])
        == store.get_order(db, around.store_id, "2611150001").status
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_order_of_files_does_not_matter(
    stores: tuple[SqliteDatabase, count[int]], data: st.DataObject
) -> None:
    """Any order of exports of different days, repeats included, gives the same state."""
    db, numbers = stores
    with TemporaryDirectory() as name:
        files = [_export(Path(name), number, data) for number in range(3)]
        shuffled = data.draw(st.permutations(files)) + data.draw(st.permutations(files))
        results = []
        for order_of in (files, shuffled):
            store_id = f"s{next(numbers)}"
            around = Surroundings(store_id=store_id, who="test", now=START)
            for request in order_of:
                run_import(db, ImportRequest(**request), around)
            results.append(state(db, store_id))

        assert results[0] == results[1]


def _export(folder: Path, number: int, data: st.DataObject) -> dict[str, Any]:
    """Write one day's export of two orders and their lines."""
    rows = []
    lines = []
    for name in ("2611150001", "2611150002"):
        status = data.draw(st.sampled_from(sorted(WORDS)))
        note = data.draw(st.sampled_from(["", "加固", "送袜子"]))
        parcel = data.draw(st.sampled_from(["", "YT8800123456789", "ZT1234567890"]))
        told = {"订单编号": name, "订单状态": WORDS[status], "订单备注": note, "物流单号": parcel}
        told |= {"定金金额": data.draw(st.sampled_from(["", "100.00"]))}
        told |= {"定金付款时间": data.draw(st.sampled_from(["", "2026-11-15 09:20"]))}
        rows.append(order(**told))
        price = data.draw(st.sampled_from(["598.00", "568.00"]))
        packed = data.draw(st.sampled_from(["", "YT8800123456789", "SF1400000000001"]))
        lines.append(line(订单编号=name, 价格=price, 物流单号=packed))
        sock = {"标题": "袜子", "商家编码": "LS-HT-06", "价格": "59.00", "物流单号": ""}
        lines.append(line(订单编号=name, **sock))
    as_of = START - timedelta(hours=data.draw(st.integers(0, 3)))
    return {
        "orders": write(folder / f"o{number}.csv", rows),
        "lines": write(folder / f"l{number}.csv", lines),
        "as_of": as_of,
    }


def test_lines_keep_their_numbers(db: SqliteDatabase, tmp_path: Path) -> None:
    """Another order of rows, or a changed colour, moves no line."""
    black, green = line(), line(商家编码="LS-JK-01-GN-L", 商品属性="颜色分类:松石绿;尺码:L")
    bring(db, lines=write(tmp_path / "l.csv", [black, green]), as_of=START - timedelta(hours=2))
    changed = line(商家编码="LS-JK-01-RD-L", 商品属性="颜色分类:赤岩红;尺码:L")
    report = bring(db, lines=write(tmp_path / "m.csv", [changed, black]), as_of=START)
    bring(db, orders=write(tmp_path / "o.csv", [order()]))
    found = store.get_facts(db, STORE, "2611150001").lines

    assert report.lines is not None
    assert 2 == report.lines.waiting
    assert [(1, "曜石黑"), (2, "赤岩红")] == [(one.line_no, one.colour) for one in found]


def test_tables_with_a_row_per_line_tell_orders_and_lines(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """As several platforms export them: the order's columns repeat."""
    rows = [
        {**order(), "标题": "冲锋衣", "价格": "598.00", "购买数量": "1"},
        {**order(), "标题": "袜子", "价格": "59.00", "购买数量": "2"},
    ]
    bring(db, orders=write(tmp_path / "o.csv", rows))
    found = store.get_facts(db, STORE, "2611150001")

    assert [("冲锋衣", 1), ("袜子", 2)] == [(one.title, one.quantity) for one in found.lines]


def test_an_unknown_sku_is_kept_and_flagged(db: SqliteDatabase, tmp_path: Path) -> None:
    """Once in the rejects file, on each line in the database."""
    lines = write(tmp_path / "l.csv", [line(), line(订单编号="2611150002")])
    orders = write(tmp_path / "o.csv", [order()])
    around = Surroundings(store_id=STORE, who="test", now=START, known_sku=lambda sku: False)
    request = ImportRequest(orders=orders, lines=lines, rejects=tmp_path / "r.csv")
    report = run_import(db, request, around)

    assert report.lines is not None
    assert (2, 1) == (report.lines.new, len(rejected(tmp_path / "r.csv")))
    assert [False] == [one.known_sku for one in store.get_facts(db, STORE, "2611150001").lines]


def test_a_parcel_of_two_buyers_is_doubtful(db: SqliteDatabase, tmp_path: Path) -> None:
    """Kept and flagged on both; the same buyer's orders may share one."""
    rows = [
        order(物流单号="YT8800123456789"),
        order(订单编号="2611150002", 物流单号="YT8800123456789", 买家会员名="别人"),
        order(订单编号="2611150003", 物流单号="ZT1234567890"),
        order(订单编号="2611150004", 物流单号="ZT1234567890"),
    ]
    report = bring(db, orders=write(tmp_path / "o.csv", rows), rejects=tmp_path / "r.csv")
    doubts = {
        number: store.get_facts(db, STORE, number).parcels[0].shipment.doubtful
        for number in ("2611150001", "2611150002", "2611150003", "2611150004")
    }

    assert report.orders is not None
    assert (4, 1) == (report.orders.new, report.orders.warned)
    assert [True, True, False, False] == list(doubts.values())


def test_courier_events_are_kept_once_and_none_from_the_future(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """The future is refused with the reason; a repeat adds nothing; order does not matter."""
    rows = [{**EVENT, "时间": "2026-11-23 10:00"}, {**EVENT, "时间": "2026-11-17 10:00"}, EVENT]
    tracking = write(tmp_path / "t.csv", rows)
    first = bring(db, tracking=tracking, rejects=tmp_path / "r.csv")
    again = bring(db, tracking=tracking)
    bring(db, orders=write(tmp_path / "o.csv", [order(物流单号="YT8800123456789")]))
    [parcel] = store.get_facts(db, STORE, "2611150001").parcels

    assert first.tracking is not None
    assert again.tracking is not None
    assert (2, 1, 2) == (first.tracking.new, first.refused, again.tracking.unchanged)
    assert [16, 17] == [event.at.day for event in parcel.events]
    assert START == parcel.asked_at


def test_a_dry_run_writes_nothing(db: SqliteDatabase, tmp_path: Path) -> None:
    """But tells what would become of each row."""
    rows = [order(), order(订单编号="2611150002", 总金额="-1")]
    report = bring(
        db, orders=write(tmp_path / "o.csv", rows), dry_run=True, rejects=tmp_path / "r.csv"
    )

    assert report.orders is not None
    assert (1, 1) == (report.orders.new, report.orders.rejected)
    assert [] == store.list_orders(db, STORE, OrderFilter())


def test_own_column_names_are_used(db: SqliteDatabase, tmp_path: Path) -> None:
    """The store's mapping comes before the built-in names."""
    row = {"交易号": "A-1001", "进度": "已发货", "何时": "2026-11-15", "到手价": "12.50"}
    columns = {"交易号": "number", "进度": "status", "何时": "created_at", "到手价": "paid_fen"}
    bring(db, orders=write(tmp_path / "o.csv", [row]), columns=columns)
    found = store.get_order(db, STORE, "A-1001")

    assert ("shipped", 1250) == (found.status, found.paid_fen)


def test_missing_columns_are_named_and_nothing_is_written(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """Of all tables, before the first row."""
    good = write(tmp_path / "o.csv", [order()])
    bad = write(tmp_path / "l.csv", [{"订单编号": "1", "标题": "x"}])
    with pytest.raises(OrdersFileUnreadable, match="价格、购买数量"):
        bring(db, orders=good, lines=bad)

    assert [] == store.list_orders(db, STORE, OrderFilter())


def test_the_rejects_never_go_over_a_table(db: SqliteDatabase, tmp_path: Path) -> None:
    """A slip must not cost the export."""
    path = write(tmp_path / "o.csv", [order(总金额="-1")])
    with pytest.raises(OrdersFileUnreadable):
        bring(db, orders=path, rejects=path)

    assert path.read_text(encoding="utf-8-sig").startswith("订单编号")


def test_stores_do_not_see_each_other(db: SqliteDatabase, tmp_path: Path) -> None:
    """The same number in two stores is two orders."""
    path = write(tmp_path / "o.csv", [order()])
    bring(db, orders=path)
    other = Surroundings(store_id="other", who="test", now=START)
    report = run_import(db, ImportRequest(orders=path), other)

    assert report.orders is not None
    assert 1 == report.orders.new
    assert [] == store.list_orders(db, "third", OrderFilter())


def test_a_refund_that_came_to_nothing_frees_the_line(db: SqliteDatabase, tmp_path: Path) -> None:
    """退款关闭 after 退款中 is news; an older table with 退款中 does not bring it back."""
    times = [START - timedelta(days=2), START - timedelta(days=1)]
    words = ["退款中", "退款关闭"]
    tables = [
        write(tmp_path / f"{n}.csv", [line(退款状态=word)], as_of=when)
        for n, (word, when) in enumerate(zip(words, times, strict=True))
    ]
    orders = write(tmp_path / "orders.csv", [order()])
    seen = []
    for table in (tables[0], tables[1], tables[0]):
        bring(db, orders=orders, lines=table)
        seen.append(store.get_facts(db, STORE, "2611150001").lines[0].status)

    assert ["refunding", "normal", "normal"] == seen


def test_a_refund_that_was_paid_stays_paid(db: SqliteDatabase, tmp_path: Path) -> None:
    """No later word of a closed refund takes back what the buyer has got."""
    for n, word in enumerate(["退款成功", "退款关闭", "没有申请退款"]):
        when = START - timedelta(days=3 - n)
        table = write(tmp_path / f"{n}.csv", [line(退款状态=word)], as_of=when)
        bring(db, orders=write(tmp_path / "orders.csv", [order()]), lines=table)

    assert "refunded" == store.get_facts(db, STORE, "2611150001").lines[0].status


@pytest.mark.parametrize(
    ("cell", "paid"),
    [("20261115", "2026-11-15T01:12:33"), ("2026-11-14", None), ("2026-11-15 09:00:00", None)],
    ids=["that-day", "the-day-before", "ten-minutes-before"],
)
def test_a_day_of_payment_is_some_time_on_it(
    db: SqliteDatabase, tmp_path: Path, cell: str, paid: str | None
) -> None:
    """A column with days alone does not make every order paid before it was made."""
    report = bring(db, orders=write(tmp_path / "a.csv", [order(订单付款时间=cell)]))

    if paid is None:
        assert 1 == report.refused
    else:
        at = store.get_order(db, STORE, "2611150001").paid_at

        assert at is not None
        assert paid == at.isoformat()[:19]
