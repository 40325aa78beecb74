"""Reviews and the calls they bring, as frozen facts, and what follows from a review. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shopbot.orders.sentiment import Sentiment
from shopbot.orders.sentiment_words import Aspect
from shopbot.rules import Rules

ReviewKind = Literal[
    "first",  # 评价
    "follow",  # 追评
]

CallState = Literal[
    "open",  # 待致电
    "done",  # 已联系上
    "unreached",  # end: 未联系上
    "dropped",  # end: 不用再打 (the buyer has changed the review)
]

CallResult = Literal[
    "solved",  # 已解决
    "apologised",  # 已致歉，顾客接受
    "case-opened",  # 已登记售后
    "refused",  # 顾客不愿多谈
    "wrong-number",  # 号码不对
    "no-answer",  # 未接通
    "other",
]

Cause = Literal[
    "quality",  # 质量
    "size",  # 尺码
    "logistics",  # 物流
    "service",  # 服务
    "price",  # 价格
    "wrong-item",  # 发错漏发
    "description",  # 描述不符
    "expectation",  # 期望过高、误会
    "other",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a buyer wrote about a line of an order."""

    id: str
    store_id: str
    source: str  # file or platform it came from
    source_id: str
    kind: ReviewKind = "first"
    order: str
    line_no: int | None = None  # None: not known which
    sku: str = ""
    title: str = ""
    buyer: str = ""
    rating: int | None = None  # stars; None: not told
    text: str = ""
    pictures: tuple[str, ...] = ()
    at: datetime
    sentiment: Sentiment = "neutral"  # as read from the text
    probability: float = 0.5
    aspects: Mapping[Aspect, Sentiment] = field(default_factory=dict)
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    as_of: datetime
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A buyer to be called about a review."""

    id: str
    store_id: str
    review: str
    order: str
    state: CallState = "open"
    attempts: int = 0
    due_at: datetime
    result: CallResult | Literal[""] = ""
    cause: Cause | Literal[""] = ""
    note: str = ""
    done_by: str = ""
    opened_at: datetime
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether somebody must still call."""
        return self.state == "open"


def mood(review: Review, rules: Rules) -> Sentiment:
    """Return how a review counts: by its stars, by its text where there are none."""
    if review.rating is None:
        return review.sentiment
    return "neg" if review.rating <= rules.reviews.bad_up_to else "pos"


def needs_call(review: Review, rules: Rules, now: datetime) -> bool:
    """Tell whether the buyer shall be called: 中评, 差评 or a complaint, and not an old one."""
    fresh = now - review.at <= rules.reviews.call_max_age
    return fresh and mood(review, rules) == "neg"


def call_due(review: Review, rules: Rules) -> datetime:
    """Return by when the buyer is to be called."""
    return review.at + rules.reviews.call_within
