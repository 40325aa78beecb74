"""What must not leave, whoever wrote it: a pure check of one message right before it is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from shopbot.kb import text as texts
from shopbot.kb import timespan
from shopbot.kb.entry import Promise
from shopbot.kb.reply import Withheld
from shopbot.rules import Rules

_OPEN = re.compile(r"\{[^{}\n]{0,40}\}|[{}]")
_EMPTY = re.compile(r"^(?:[哦噢恩嗯额呃]+|好吧|随便你?|自己看)[~～.。!！]*$")
_PAY = re.compile(
    r"(?:赔付?|赔偿|补偿|返现|返还?|补给?|退差价?)(?:给?[您你])?\D{0,4}?(\d{1,6}(?:\.\d{1,2})?)\s*[元块]"
)
_SHIP = re.compile(r"(\d{1,3})\s*(个?小时|天|日)(?:之?内)?(?:\S{0,4})(?:发货|发出|寄出)")
_REFUND = re.compile(r"(\d{1,3})\s*(个?小时|天|日)(?:之?内)?(?:\S{0,4})(?:退款|退到|到账)")
_DIGITS = re.compile(r"\d{6}")  # an order number has at least as many in a row
_HOUR = timedelta(hours=1)

FINAL = ("order-without-proof", "missing-fact", "违规")
"""Stops that nobody may override: the text itself has to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One reason why a text may not leave; ``what`` is the word or number it is about."""

    code: str
    what: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.code}:{self.what}" if self.what else self.code

    @property
    def final(self) -> bool:
        """Tell whether staff may not send it in spite of this."""
        return self.code in FINAL or self.what.startswith("违规")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text about to be sent, and where it comes from."""

    text: str
    by_hand: bool = False  # an agent wrote or changed it
    orders: tuple[str, ...] = ()  # whose data it tells, as the rule or card says
    entry: str = ""
    promise: Promise | None = None  # of the entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known at the moment of sending."""

    rules: Rules
    now: datetime
    banned: Sequence[tuple[str, str]] = ()  # (kind, word) found in the text
    withheld: Withheld | None = None  # the entry may not be said any more
    proved: frozenset[str] = field(default_factory=frozenset)  # orders shown to be the shopper's
    told: frozenset[str] = field(default_factory=frozenset)  # numbers the shopper wrote themselves


def check(words: Words, seen: Seen) -> tuple[Stop, ...]:
    """Return why ``words`` may not leave; empty when they may. Pure."""
    return (
        *_empty(words),
        *(Stop(code="banned-word", what=f"{kind}·{word}") for kind, word in seen.banned),
        *(Stop(code="missing-fact", what=gap) for gap in _OPEN.findall(words.text)),
        *_entry(words, seen),
        *_orders(words, seen),
        *_promises(words, seen),
    )


def _empty(words: Words) -> tuple[Stop, ...]:
    if not words.text.strip():
        return (Stop(code="empty"),)
    return (Stop(code="empty-reply", what=words.text),) if _EMPTY.match(words.text) else ()


def _entry(words: Words, seen: Seen) -> tuple[Stop, ...]:
    if seen.withheld is None:
        return ()
    code = "expired-entry" if seen.withheld.reason == "expired" else "withheld-entry"
    return (Stop(code=code, what=f"{words.entry} ({seen.withheld.reason})"),)


def _orders(words: Words, seen: Seen) -> tuple[Stop, ...]:
    found = texts.read(words.text).orders if _DIGITS.search(words.text) else ()
    named = frozenset(found) - seen.told
    unproved = (frozenset(words.orders) | named) - seen.proved
    return tuple(Stop(code="order-without-proof", what=number) for number in sorted(unproved))


def _promises(words: Words, seen: Seen) -> tuple[Stop, ...]:
    stops = []
    if words.promise is not None and promise_until(words.promise, seen) is None:
        stops.append(Stop(code="promise-past", what=words.promise.until))
    if words.by_hand:
        stops += _by_hand(words.text, seen.rules)
    return tuple(stops)


def promise_until(promise: Promise, seen: Seen) -> datetime | None:
    """Return until when a promise that is given now must be kept; None when that is over."""
    length = timespan.seconds(promise.until)
    if length is not None:
        return seen.now + timedelta(seconds=length)
    end = timespan.until(promise.until, seen.rules.zone)
    return end if end is not None and end > seen.now else None


def _by_hand(text: str, rules: Rules) -> list[Stop]:
    """Promises an agent may not make alone: more money, or sooner, than the shop's rules say."""
    stops = [
        Stop(code="promise-amount", what=amount)
        for amount in _PAY.findall(text)
        if round(float(amount) * 100) > rules.chat.compensation
    ]
    for pattern, least, code in (
        (_SHIP, rules.shipping.target, "promise-shipping"),
        (_REFUND, _HOUR, "promise-refund"),
    ):
        for found in pattern.finditer(text):
            unit = _HOUR if "小时" in found[2] else 24 * _HOUR
            if int(found[1]) * unit < least:
                stops.append(Stop(code=code, what=found[0]))
    return stops
