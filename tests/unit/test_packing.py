"""Which lines travel in which parcel, as told and as far as there is no doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shopbot.orders import store
from shopbot.orders.describe import describe
from shopbot.orders.model import OrderFacts
from shopbot.orders.packing import pack
from shopbot.orders.receipt import find_receipt
from shopbot.storage import SqliteDatabase
from tests.conftest import START
from tests.order_facts import RULES, parcel
from tests.order_facts import line as fact
from tests.order_facts import order as order_of
from tests.order_tables import EVENT, STORE, bring, line, order, write

NUMBER = "2611150001"
A, B = "YT8800000000001", "SF1400000000002"


@pytest.mark.parametrize(
    ("status", "lines", "parcels", "expected"),
    [
        ("shipped", [(), ()], [A], [(1, 2)]),
        ("finished", [(), ()], [A], [(1, 2)]),
        ("shipped", [(), ()], [A, B], [(), ()]),
        ("shipped", [(A,), (B,)], [A, B], [(1,), (2,)]),
        ("shipped", [(A,), ()], [A, B], [(1,), (2,)]),
        ("shipped", [(A, B), ()], [A, B], [(1,), (1,)]),
        ("part_shipped", [(), ()], [A], [()]),
        ("part_shipped", [()], [A], [(1,)]),
        ("part_shipped", [(A,), ()], [A], [(1,)]),
        ("part_shipped", [(A,), ()], [A, B], [(1,), ()]),
        ("shipped", [], [A], [()]),
    ],
)
def test_lines_are_packed(
    status: Any, lines: list[tuple[str, ...]], parcels: list[str], expected: list[tuple[int, ...]]
) -> None:
    """The only parcel of a whole order carries all; what nobody tells is not guessed."""
    told = [fact(n, parcels=names) for n, names in enumerate(lines, start=1)]
    packed = pack(order_of(status=status), told, [parcel(parcel=name) for name in parcels])

    assert expected == [one.shipment.line_nos for one in packed]


def imported(db: SqliteDatabase, folder: Path, *lines: dict[str, str], **told: str) -> OrderFacts:
    """Import an order with its lines, parcels and the record of the first."""
    events = [{**EVENT, "物流单号": A}, {**EVENT, "物流单号": A, "时间": "2026-11-18 10:00",
                                         "物流信息": "已签收，签收人：本人"}]  # fmt: skip
    bring(
        db,
        orders=write(folder / "o.csv", [order(**told)]),
        lines=write(folder / "l.csv", lines),
        tracking=write(folder / "t.csv", events),
    )
    return store.get_facts(db, STORE, NUMBER)


def test_a_table_of_lines_tells_the_parcel(db: SqliteDatabase, tmp_path: Path) -> None:
    """A line is received with its own parcel; what has not left has not been received."""
    sock = {"标题": "袜子", "商家编码": "LS-HT-06", "价格": "59.00"}
    found = imported(
        db,
        tmp_path,
        line(物流单号=A, 物流公司="圆通速递", 发货时间="2026-11-15 18:00"),
        line(物流单号="", 物流公司="", 发货时间="", **sock),
        订单状态="卖家部分发货",
    )
    [sent] = found.parcels

    assert ("圆通速递", (1,)) == (sent.shipment.carrier, sent.shipment.line_nos)
    assert (True, False) == (
        find_receipt(found, 1, START).signed_at is not None,
        find_receipt(found, 2, START).shipped,
    )
    assert f"圆通速递{A}（内有岭上三合一冲锋衣）" in describe(found, RULES, START).text


def test_a_later_table_moves_a_line(db: SqliteDatabase, tmp_path: Path) -> None:
    """The newer word holds, in any order of the tables; a repeat changes nothing."""
    first = write(tmp_path / "a.csv", [line(物流单号=A)])
    second = write(tmp_path / "b.csv", [line(物流单号=B)])
    bring(db, orders=write(tmp_path / "o.csv", [order(订单状态="卖家已发货，等待买家确认")]))
    for path, hour in ((second, 3), (first, 2), (second, 3)):
        bring(db, lines=path, as_of=START.replace(hour=hour))
    found = store.get_facts(db, STORE, NUMBER)

    assert {A: (), B: (1,)} == {p.shipment.parcel: p.shipment.line_nos for p in found.parcels}


def test_a_table_with_a_row_per_line_keeps_each_parcel(db: SqliteDatabase, tmp_path: Path) -> None:
    """Not only that of the order's first row."""
    rows = [
        {**order(物流单号=A), "标题": "冲锋衣", "价格": "598.00", "购买数量": "1"},
        {**order(物流单号=B), "标题": "袜子", "价格": "59.00", "购买数量": "2"},
    ]
    bring(db, orders=write(tmp_path / "o.csv", rows))
    found = store.get_facts(db, STORE, NUMBER)

    assert {A: (1,), B: (2,)} == {p.shipment.parcel: p.shipment.line_nos for p in found.parcels}
