"""Presale orders paid in two parts: 定金 first, 尾款 later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shopbot.orders import store
from shopbot.orders.describe import describe
from shopbot.orders.model import OrderFacts
from shopbot.orders.promises import judge_promise
from shopbot.storage import SqliteDatabase
from tests.conftest import START
from tests.order_facts import RULES, at
from tests.order_tables import STORE, bring, order, write
from tests.unit.test_order_import import rejected

NUMBER = "2611150001"
NONE = {"买家实际支付金额": "", "订单付款时间": "", "订单状态": "定金已付"}
FIRST = {"定金金额": "100.00", "尾款金额": "448.00", "定金付款时间": "2026-11-15 09:30:00"}
LAST = {**FIRST, "尾款付款时间": "2026-11-18 20:00:00", "订单状态": "买家已付款，等待卖家发货"}
DEPOSIT = ("deposit", 10000, at("2026-11-15 09:30"))
BALANCE = ("balance", 44800, at("2026-11-18 20:00"))


def told(db: SqliteDatabase) -> tuple[OrderFacts, list[Any]]:
    """Return the order and its payments."""
    facts = store.get_facts(db, STORE, NUMBER)
    return facts, [(one.kind, one.fen, one.at) for one in facts.payments]


@pytest.mark.parametrize(
    ("row", "paid", "payments", "presale"),
    [
        ({**NONE, **FIRST}, 10000, [DEPOSIT], True),
        ({**NONE, "买家实际支付金额": "100.00", "订单付款时间": "2026-11-15 09:30:00"}, 10000,
         [DEPOSIT], True),
        ({**LAST, "买家实际支付金额": "548.00"}, 54800, [DEPOSIT, BALANCE], True),
        ({**LAST, "买家实际支付金额": "448.00"}, 54800, [DEPOSIT, BALANCE], True),
        ({**LAST, "买家实际支付金额": ""}, 54800, [DEPOSIT, BALANCE], True),
        ({**LAST, "预售": "否"}, 54800, [DEPOSIT, BALANCE], False),
        ({}, 54800, [("full", 54800, at("2026-11-15 09:13:02"))], False),
    ],
    ids=["deposit", "old-columns", "whole", "balance-as-paid", "nothing-as-paid", "told-no", "full"],
)  # fmt: skip
def test_deposits_are_imported(
    db: SqliteDatabase,
    tmp_path: Path,
    row: dict[str, str],
    paid: int,
    payments: list[Any],
    presale: bool,
) -> None:
    """With each payment; a deposit makes it a presale unless the table says no."""
    bring(db, orders=write(tmp_path / "o.csv", [order(**row)]))
    facts, found = told(db)

    assert (paid, payments, presale) == (facts.order.paid_fen, found, facts.order.presale)


def test_the_goods_are_owed_from_the_balance_on(db: SqliteDatabase, tmp_path: Path) -> None:
    """Before it the balance is waited for, then the date of the presale; a day never told is asked."""
    first = write(tmp_path / "a.csv", [order(**{**NONE, **FIRST})])
    last = write(tmp_path / "b.csv", [order(**LAST, 预售发货时间="2026-12-05 24:00"[:10])])
    bring(db, orders=first)
    before, _ = told(db)
    text = describe(before, RULES, START).text
    bring(db, orders=last)
    after, payments = told(db)
    bring(db, orders=first)

    assert ("deposit", None) == (judge_promise(before, RULES, START).state, before.order.paid_at)
    assert "已付定金100元，尾款448元" in text
    assert ("presale", at("2026-11-18 20:00")) == (
        judge_promise(after, RULES, START).state, after.order.paid_at
    )  # fmt: skip
    assert (after, payments) == told(db)
    assert [DEPOSIT, BALANCE] == payments


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"定金金额": "-1"}, "不能是负数"),
        ({"定金付款时间": "2026-12-01 10:00"}, "在将来"),
        ({"尾款付款时间": "2026-11-15 09:00"}, "早于定金付款时间"),
        ({"尾款付款时间": "2026-02-30"}, "日历上没有这个时间"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_is_refused(
    db: SqliteDatabase, tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    """With the reason in Chinese."""
    path = write(tmp_path / "o.csv", [order(**{**LAST, **change})])
    report = bring(db, orders=path, rejects=tmp_path / "r.csv")
    [row, *_] = rejected(tmp_path / "r.csv")

    assert 1 == report.refused
    assert reason in row["原因"]
