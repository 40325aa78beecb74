"""Exported tables for tests: rows with the built-in headers, written as shops' systems do."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from shopbot.orders.importer import ImportRequest, Report, Surroundings, run_import
from shopbot.storage import SqliteDatabase
from tests.conftest import START

STORE = "test"
SAMPLES = Path(__file__).parent / "data" / "orders"
ORDER = {
    "订单编号": "2611150001",
    "买家会员名": "山间清风",
    "买家应付货款": "598.00",
    "买家应付邮费": "0.00",
    "总金额": "598.00",
    "买家实际支付金额": "548.00",
    "订单状态": "买家已付款，等待卖家发货",
    "买家留言": "",
    "收货人姓名": "林小雨",
    "收货地址": "浙江省 杭州市 西湖区 文三路1号",
    "联系手机": "13812345512",
    "订单创建时间": "2026-11-15 09:12:33",
    "订单付款时间": "2026-11-15 09:13:02",
    "宝贝标题": "岭上三合一冲锋衣",
    "物流单号": "",
    "物流公司": "",
    "订单备注": "",
    "宝贝总数量": "1",
    "订单关闭原因": "",
    "发票抬头": "",
}
LINE = {
    "订单编号": "2611150001",
    "标题": "岭上三合一冲锋衣",
    "价格": "598.00",
    "购买数量": "1",
    "商品属性": "颜色分类:曜石黑;尺码:L",
    "商家编码": "LS-JK-01-BK-L",
}
EVENT = {"物流单号": "YT8800123456789", "时间": "2026-11-16 10:00", "物流信息": "快件已被揽收"}


def order(**changes: str) -> dict[str, str]:
    """Return a row of an orders table."""
    return {**ORDER, **changes}


def line(**changes: str) -> dict[str, str]:
    """Return a row of a lines table."""
    return {**LINE, **changes}


def write(
    path: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    encoding: str = "utf-8-sig",
    as_of: datetime = START,
) -> Path:
    """Write a CSV table, last changed at ``as_of``."""
    told = list(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(told[0]))
        writer.writeheader()
        writer.writerows(told)
    os.utime(path, (as_of.timestamp(), as_of.timestamp()))
    return path


def bring(db: SqliteDatabase, **request: Any) -> Report:
    """Import tables at noon of the tests' day."""
    around = Surroundings(store_id=STORE, who="test", now=START)
    return run_import(db, ImportRequest(**request), around)
