"""What a shop may set about the people who answer: seats, queue, clocks, quiet talks, promises."""

# ruff: noqa: RUF009 -- rule() only wraps dataclasses.field

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shopbot.rules.setting import rule

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

ASSIGN = {"auto": "自动分配", "take": "客服自取"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """desk.yaml: who gets a talk, how soon it must be answered, when it ends."""

    assign: str = rule("分配方式", "auto", choices=ASSIGN)
    capacity: int = rule("客服同时接待", 8, unit="个", low=1, high=200)
    capacity_supervisor: int = rule("主管同时接待", 3, unit="个", low=0, high=200)
    same_agent_first: bool = rule("首问负责", True)
    same_agent_within: timedelta = rule("首问负责多久内", 7 * DAY)
    high_ahead: timedelta = rule("优先的当作多等", 10 * MINUTE)
    urgent_ahead: timedelta = rule("紧急的当作多等", 60 * MINUTE)
    vip_ahead: timedelta = rule("重要顾客当作多等", 5 * MINUTE)
    lost_after: timedelta = rule("多久没信号算离开", 45 * SECOND)
    give_back_after: timedelta = rule("离开多久转给别人", 2 * MINUTE)
    transfer_wait: timedelta = rule("转接多久没人接", 2 * MINUTE)
    greet_within: timedelta = rule("问候时间", 5 * SECOND)
    answer_within: timedelta = rule("人工应答时间", 60 * SECOND)
    comfort_every: timedelta = rule("再次安抚间隔", 3 * MINUTE)
    comfort_most: int = rule("最多安抚", 3, unit="次", low=0, high=20)
    remind_after: timedelta = rule("多久没说话提醒", 10 * MINUTE)
    close_after: timedelta = rule("提醒后多久结束", 10 * MINUTE)
    reopen_within: timedelta = rule("结束后多久内接着聊", 12 * HOUR)
    promise_warn: timedelta = rule("承诺到期前提醒", HOUR)
    dropped_after: timedelta = rule("断线多久算掉线", 2 * MINUTE)
    contact_within: timedelta = rule("掉线多久内联系", 30 * MINUTE)
