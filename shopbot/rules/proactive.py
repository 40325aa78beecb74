"""What a shop may set about telling shoppers before they ask, and about waiting for goods."""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shopbot.rules.setting import needed, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TELLS = {"at-once": "直接告诉", "agents-first": "客服先看"}
ENDS = {"go": "照发", "lapse": "作废"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How one kind of news reaches the shopper."""

    tell: str = needed("怎么说", choices=TELLS)
    hold: timedelta = rule("等多久", 4 * HOUR)  # agents-first: counted from the end of quiet hours
    then: str = rule("没人处理", "go", choices=ENDS)


def _at_once() -> Telling:
    return Telling(tell="at-once")


def _agents_first() -> Telling:
    return Telling(tell="agents-first")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProactiveRules:
    """proactive.yaml: what is told at once, what agents see first, how long goods are waited for."""

    promise_broken: Telling = rule("发货超时", _at_once())
    stock_out: Telling = rule("订单缺货", _at_once())
    not_collected: Telling = rule("迟迟未揽收", _at_once())
    late: Telling = rule("晚到", _at_once())
    stuck: Telling = rule("物流不动", _at_once())
    lost_suspected: Telling = rule("疑似丢件", _agents_first())
    lost: Telling = rule("丢件", _agents_first())
    damaged: Telling = rule("包裹破损", _agents_first())
    station_overdue: Telling = rule("驿站滞留", _at_once())
    refund_late: Telling = rule("退款超时", _at_once())
    restock: Telling = rule("到货通知", _at_once())
    restock_keep: timedelta = rule("到货通知保留", 60 * DAY)
    restock_most: int = rule("每人最多等几件", 10, unit="件", low=1, high=100)
