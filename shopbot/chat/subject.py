"""What a question is about when an order action is under way, or was just done: 运费谁出 in a return. Pure.

The knowledge hears each question alone. Where its best topic has a counterpart among what the action is
about (postage: that of sending back), it is asked again in the action's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shopbot.chat.situation import Memory, SayPhrase
from shopbot.kb.suggestion import Part
from shopbot.orders.freight import Kind, told_freight
from shopbot.orders.model import OrderFacts
from shopbot.rules import Rules

FREIGHT = "return-shipping-fee"
"""The topic of who pays for sending back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an action is about: the shop's word for it, and what is heard as what in its course."""

    word: str
    instead: Mapping[str, str]  # topic that a question alone seems to have: the one it has here
    kind: Kind | None = None  # for who pays the way back


_BACK = {
    FREIGHT: FREIGHT,  # of several answers the one for this reason
    "return-address": "return-address",
    "shipping-fee": FREIGHT,
    "shipping-time": "refund-arrival",
    "delivery-time": "refund-arrival",
    "physical-store": "return-address",
    "change-address": "return-address",
    "cancel-order": "refund-arrival",
    "courier": FREIGHT,
}
_AGAIN = {
    FREIGHT: FREIGHT,
    "return-address": "return-address",
    "shipping-fee": FREIGHT,
    "courier": FREIGHT,
    "physical-store": "return-address",
}
_SUBJECTS: Mapping[str, Subject] = {
    "return.request": Subject(word="退货", instead=_BACK, kind="no-reason"),
    "return.quality": Subject(word="质量问题退货", instead=_BACK, kind="quality"),
    "return.wrong_item": Subject(word="发错货退货", instead=_BACK, kind="wrong"),
    "return.missing_item": Subject(word="少发退款", instead=_BACK, kind="missing"),
    "claim.damaged": Subject(word="破损退货", instead=_BACK, kind="damaged"),
    "return.exchange": Subject(word="换货", instead=_AGAIN, kind="exchange"),
    "return.repair": Subject(word="维修", instead={"shipping-fee": FREIGHT}),
    "order.price_protect": Subject(word="价保", instead={"warranty": "price-protection"}),
    "order.cancel": Subject(word="取消订单退款", instead={"shipping-time": "refund-arrival"}),
}
_OF_CASE: Mapping[tuple[str, str], str] = {
    ("return", "no-reason"): "return.request",
    ("return", "quality"): "return.quality",
    ("exchange", "size"): "return.exchange",
    ("exchange", "quality"): "return.quality",
    ("return", "wrong-item"): "return.wrong_item",
    ("return", "damaged"): "claim.damaged",
}
_SAYS_SO = re.compile(r"退|换|修|质量|坏|破|错|少发|漏发|取消")
"""The question names its subject itself."""
_ACTION = "action:"
_WHO_PAYS = re.compile(
    r"谁.{0,3}(?:出|付|给|掏|承担|负责|买单|来)|(?:出|付|给|掏|承担|负责|买单).{0,3}谁|[算归]谁"
    r"|^(?:那么?)?(?:来回)?(?:邮费|运费|快递费)(?:呢|怎么办|怎么说)?[吗呢啊?？]*$|包邮|免邮|免费|(?:要|用|得|需).{0,6}(?:邮费|运费|钱|付|出)|(?:邮费|运费|快递费).{0,6}(?:要|用|得|需|自己|我|你们|怎么算)"
)
_NOT_WHO = re.compile(r"险|垫|报销|到账|凭证|当初|原来|寄来的|发货邮?运?费|多少钱?$|几块|几元")


def find_subject(memory: Memory) -> str:
    """Return the order action that goes on, else the one that the turn before ended; blank for none."""
    if memory.pending is not None:
        return memory.pending.action
    last = memory.answered[-1][1] if memory.answered else ""
    return last.removeprefix(_ACTION) if last.startswith(_ACTION) else ""


def in_context(
    parts: Sequence[Part], action: str, ask: Callable[[str], Sequence[Part]]
) -> tuple[Part, ...]:
    """Return what the knowledge says when a question is heard as one about the action."""
    subject = _SUBJECTS.get(action)
    return tuple(_heard(part, subject, ask) if subject else part for part in parts)


def _heard(part: Part, subject: Subject, ask: Callable[[str], Sequence[Part]]) -> Part:
    alone = part.suggestions[0].topic if part.suggestions else ""
    wanted = subject.instead.get(alone, "")
    if not wanted or _SAYS_SO.search(part.text):
        return part
    found = next(iter(ask(subject.word + part.text)), None)
    if found is None or found.band != "answer" or not found.suggestions:
        return part
    if found.suggestions[0].topic != wanted:
        return part
    return replace(found, text=part.text)


def has_freight(action: str) -> bool:
    """Tell whether an action is about goods that travel back."""
    subject = _SUBJECTS.get(action)
    return subject is not None and subject.kind is not None


def subject_of_case(orders: Sequence[OrderFacts]) -> str:
    """Return the action that the one open case of a shopper began with; blank for none or several."""
    live = [one for facts in orders for one in facts.cases if one.is_open]
    return _OF_CASE.get((live[0].kind, live[0].reason), "") if len(live) == 1 else ""


def freight_of(
    part: Part, action: str, orders: Sequence[OrderFacts], rules: Rules
) -> SayPhrase | None:
    """Return who pays the way back of the very order that is spoken of; None when that was not asked."""
    subject = _SUBJECTS.get(action)
    asked = _WHO_PAYS.search(part.text) and not _NOT_WHO.search(part.text)
    if subject is None or subject.kind is None or not asked:
        return None
    told = told_freight(subject.kind, orders, rules)
    if told is None:
        return None
    number = orders[0].order.number if len(orders) == 1 else ""
    return SayPhrase(phrase=told.id, values=told.values, order=number)
