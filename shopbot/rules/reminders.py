"""What a shop may set about reminding buyers of what they have not paid."""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.rules.setting import needed, rule

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTime:
    """When the balance (尾款) of a campaign may be paid, by the time of the deposit."""

    name: str = needed("名称")
    deposit_from: datetime = needed("定金起")
    deposit_until: datetime = needed("定金止")
    since: datetime = needed("尾款开始")
    until: datetime = needed("尾款截止")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRules:
    """reminders.yaml: when an unpaid order is spoken of, and who is left alone to compare with."""

    remind: bool = rule("催付", True)
    first_from: timedelta = rule("第一次起", 15 * MINUTE)
    first_until: timedelta = rule("第一次止", 30 * MINUTE)
    second_from: timedelta = rule("第二次起", 2 * HOUR)
    second_until: timedelta = rule("第二次止", 4 * HOUR)
    last_from: timedelta = rule("关单前起", 2 * HOUR)
    last_until: timedelta = rule("关单前止", HOUR)
    most: int = rule("24小时内最多", 3, unit="次", low=1, high=3)
    held_out: int = rule("对照比例", 10, unit="%", low=0, high=50)
    measure: timedelta = rule("多久内付款算有效", 24 * HOUR)
    balances: tuple[BalanceTime, ...] = rule("尾款", ())
