"""Follow-ups (回访) as frozen facts, and who is asked when. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from shopbot.orders.timing import ONE_DAY, local_day
from shopbot.rules import Rules

FollowupState = Literal[
    "open",  # 待回访
    "promised",  # 不满意，24 小时内答复
    "done",  # end: 已回访
    "declined",  # end: 顾客不愿回访
    "unreached",  # end: 多次未接通
    "lapsed",  # end: 过时未回访
]

FollowupResult = Literal[
    "satisfied",  # 满意
    "unsatisfied",  # 不满意: an answer is promised
    "answered",  # 已答复 what was promised
    "declined",  # 不愿回访
    "wrong-number",  # 号码不对
    "no-answer",  # 未接通
]

Problem = Literal[
    "speed",  # 处理慢
    "result",  # 对结果不满意
    "attitude",  # 态度
    "product",  # 商品本身
    "logistics",  # 物流
    "other",
]

Why = Literal["member", "sample"]

UNASKED = frozenset({"cancelled", "price-difference"})
"""Reasons of cases in which nothing was served that could be asked about."""

_BUCKETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Followup:
    """A buyer to be asked how their case was dealt with."""

    id: str
    store_id: str
    case: str
    order: str
    buyer: str = ""
    why: Why
    state: FollowupState = "open"
    attempts: int = 0
    next_at: datetime  # not before
    due_at: datetime  # by then; of the promised answer once that is owed
    result: FollowupResult | Literal[""] = ""
    satisfied: bool | None = None
    score: int | None = None  # 1 to 5
    problem: Problem | Literal[""] = ""
    suggestion: str = ""
    note: str = ""
    done_by: str = ""
    case_ended_at: datetime
    opened_at: datetime
    reached_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be done."""
        return self.state in ("open", "promised")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The seed by which a month's buyers are picked."""

    month: str  # 2026-11, of the store's clock
    seed: str
    share: int  # percent
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCase:
    """After-sale work that is done, with its buyer."""

    id: str
    order: str
    reason: str
    ended_at: datetime
    buyer: str
    bought: int  # orders of this buyer
    listed: bool = False  # on the shop's own list of members


def in_sample(seed: str, order: str, share: int) -> bool:
    """Tell whether an order falls into a sample of ``share`` percent; the same for ever."""
    digest = hashlib.sha256(f"{seed}|{order}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS < share * _BUCKETS // 100


def is_member(case: EndedCase, rules: Rules) -> bool:
    """Tell whether a buyer counts as a member: listed, or with so many orders; a masked name is nobody's."""
    enough = case.bought >= rules.followups.member_orders
    return is_named(case.buyer) and (case.listed or enough)


def is_named(buyer: str) -> bool:
    """Tell whether a name is somebody's: neither blank nor masked by the platform."""
    return bool(buyer) and "*" not in buyer and "＊" not in buyer


def why_asked(case: EndedCase, sample: Sample, rules: Rules) -> Why | None:
    """Return why the buyer of a case is asked, None when they are not."""
    if case.reason in UNASKED:
        return None
    if is_member(case, rules):
        return "member"
    return "sample" if in_sample(sample.seed, case.order, sample.share) else None


def last_of_each_order(cases: Iterable[EndedCase]) -> list[EndedCase]:
    """Return the case of each order that ended last: its buyer is asked once about all of them."""
    last: dict[str, EndedCase] = {}
    for case in sorted(cases, key=lambda one: (one.ended_at, one.id)):
        if case.reason not in UNASKED:
            last[case.order] = case
    return list(last.values())


def month_of(moment: datetime, rules: Rules) -> str:
    """Return the month of the store's clock."""
    return moment.astimezone(rules.zone).strftime("%Y-%m")


def is_convenient(moment: datetime, rules: Rules) -> bool:
    """Tell whether people may be called then: in the hours, not at noon."""
    told = rules.followups
    clock = moment.astimezone(rules.zone).time()
    if not told.hours_from <= clock < told.hours_until:
        return False
    return not told.noon_from <= clock < told.noon_until


def first_convenient(moment: datetime, rules: Rules) -> datetime:
    """Return the first moment from ``moment`` on at which people may be called.

    Hours that leave no such moment (from after until) are taken as no limit.
    """
    if is_convenient(moment, rules):
        return moment
    day = local_day(moment, rules)
    for later in range(2):
        for clock in (rules.followups.hours_from, rules.followups.noon_until):
            start = _at(day + later * ONE_DAY, clock, rules)
            if start >= moment and is_convenient(start, rules):
                return start
    return moment


def _at(day: date, clock: time, rules: Rules) -> datetime:
    return datetime.combine(day, clock, rules.zone).astimezone(UTC)
