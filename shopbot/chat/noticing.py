"""到货通知 in a talk: who asks to be told when goods are there waits for them, or does not want to any more.

Which question asks for it the knowledge says: the entries :data:`NOTIFY` and :data:`STOP` have fixed ids, their
wordings are the shop's. What they answer gives way to what is done about the goods in view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shopbot.chat.model import Conversation
from shopbot.chat.situation import Memory, SayPhrase, StopNotice, TakeNotice, Understood
from shopbot.kb.slots import Slots
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.restock import OnShelf
from shopbot.orders.restock_steps import stop_wishes, take_wish
from shopbot.orders.timing import ONE_DAY, local_day, told_day, told_time
from shopbot.rules import Rules
from shopbot.storage import Transaction

NOTIFY, STOP = "restock.notify", "restock.stop"
"""Entries of the knowledge by which shoppers ask to be told, and not to be told any more."""

Look = Callable[[str, str, str], OnShelf | None]
"""What is on the shelf of a product, colour and size (blank: not said)."""

Doing = SayPhrase | TakeNotice | StopNotice

_FIELDS = 6  # fields behind the words in a remembered question, see replies.key_of
_LATELY = 3
_ASKS = re.compile(r"[?？]|[吗么呢]$|多少|多久|怎么|什么|有没有|能不能")


_CLAUSE = re.compile(r"[\s,，。;；!！、]+|(?<=[?？])|(?=还有|另外|顺便|再问)")
_TELL_ME = re.compile(
    r"(?:到货|有货|补货|来货|上架|有了)(?:了|后|时|的时候|的话|以后|就|记得|请|再|麻烦)*"
    r"(?:告诉|通知|提醒|叫|喊|踢|滴|联系|跟|和|给)(?:一?下|一声)?我"
    r"|(?:登记|设置?|开|要|申请)(?:一?[下个])?(?:到货|补货|上架)(?:通知|提醒)|^(?:到货|补货|上架)(?:通知|提醒)我?$"
)
_NOT_ME = re.compile(
    r"快递|包裹|物流|订单|退款|到账|发货|不用|不要|别|取消|不必|不需要|吗|么|能不能|会不会|[?？]"
)


def divide(text: str, *, awaited: bool) -> tuple[str, str]:
    """Return what of a message tells what is waited for, and what else it says; blank where it does not.

    The goods may stand in a clause of their own: 松石绿S码，到货了叫我，能开发票吗. ``awaited``: which goods
    are meant was asked for, so that what is no question tells them.
    """
    clauses = [one for one in _CLAUSE.split(text) if one]
    at = next((place for place, one in enumerate(clauses) if is_wish(one)), None)
    if at is None and not awaited:
        return "", text
    mine = {
        place
        for place, one in enumerate(clauses)
        if place == at or ((at is None or place < at) and not _ASKS.search(one))
    }
    told = "，".join(one for place, one in enumerate(clauses) if place in mine)
    return told, "，".join(one for place, one in enumerate(clauses) if place not in mine)


def is_wish(text: str) -> bool:
    """Tell whether a clause asks in so many words to be told when goods are there."""
    return bool(_TELL_ME.search(text)) and not _NOT_ME.search(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What is done in the place of entries; ``picked`` is one that was not sure by itself."""

    rather: Mapping[str, Doing] = field(default_factory=dict)
    picked: str = ""
    asks: bool = False  # which goods are meant is asked


def find(turn: Understood, memory: Memory, look: Look | None, rules: Rules | None) -> Noticed:
    """Return what the turn wants of waiting for goods; pure but for ``look``.

    ``memory`` is that of before the turn.
    """
    if look is None or rules is None:
        return Noticed()
    for part in turn.parts:
        found = _meant(part, turn.picked)
        if found is None or (found.action and not is_wish(part.text)):
            continue
        sure = part.band == "answer" or found.entry == turn.picked
        if sure and found.entry == STOP:
            return Noticed(rather={STOP: StopNotice(product=part.slots.product)})
        goes_on = memory.notice and bool(part.slots.product) and not _ASKS.search(part.text)
        wishes = is_wish(part.text) and found.entry != STOP
        if goes_on or wishes or (sure and found.entry == NOTIFY):
            return _wanted(part, found, memory, look, rules)
    return Noticed()


def _meant(part: Part, picked: str) -> Suggestion | None:
    """Return what was picked, else what is likeliest."""
    chosen = (one for one in part.suggestions if one.entry == picked)
    return next(chosen, part.suggestions[0] if part.suggestions else None)


def _wanted(part: Part, found: Suggestion, memory: Memory, look: Look, rules: Rules) -> Noticed:
    done = doing(_goods(part.slots, memory, look), rules)
    if done is None:
        return Noticed()
    return Noticed(
        rather={found.entry: done},
        picked="" if part.band == "answer" else found.entry,
        asks=isinstance(done, SayPhrase) and done.phrase in _ASKING,
    )


_ASKING = frozenset({"stock.notice.ask", "stock.notice.which"})


def _goods(slots: Slots, memory: Memory, look: Look) -> OnShelf | None:
    """Return the goods that are meant; colour and size were said now, or asked about before."""
    if not slots.product:
        return None
    colour, size = asked_before(memory, slots.product)
    return look(slots.product, slots.colour or colour, slots.size or size)


def asked_before(memory: Memory, product: str) -> tuple[str, str]:
    """Return the colour and size of a product that was asked about last; blank when none were."""
    for told, _ in reversed(memory.answered[-_LATELY:]):
        meant = told.rsplit("|", _FIELDS)
        if len(meant) == _FIELDS + 1 and meant[1] == product and (meant[2] or meant[3]):
            return meant[2], meant[3]
    return "", ""


def doing(goods: OnShelf | None, rules: Rules) -> Doing | None:
    """Return what is done about goods; None where nobody writes down how many there are."""
    if goods is None:
        return SayPhrase(phrase="stock.notice.ask", otherwise="system.ask-product")
    if goods.state == "untold":
        return None
    if goods.state in ("out", "stale"):
        return TakeNotice(goods=goods)
    if goods.state == "in" and goods.as_of is not None:
        values = {"商品": goods.title, "截至": _dated(goods.as_of, rules)}
        return SayPhrase(phrase="stock.notice.in-stock", values=values)
    return SayPhrase(
        phrase="stock.notice.which", values={"商品": goods.name}, otherwise="system.ask-product"
    )


def _dated(moment: datetime, rules: Rules) -> str:
    return told_time(moment, moment + ONE_DAY, rules)


def do(
    tx: Transaction,
    talk: Conversation,
    action: TakeNotice | StopNotice,
    rules: Rules,
    now: datetime,
) -> SayPhrase:
    """Write what the shopper wants and return what is said of it."""
    if isinstance(action, StopNotice):
        ended = stop_wishes(tx, talk.visitor, action.product, rules, now)
        told = "、".join(dict.fromkeys(one.title for one in ended))
        phrase = "stock.notice.stopped" if ended else "stock.notice.none"
        return SayPhrase(phrase=phrase, values={"商品": told} if ended else {})
    taken, wish = take_wish(tx, talk.visitor, action.goods, rules, now)
    values = {
        "noted": {"商品": wish.title, "截止时间": _day(wish.expires_at, rules, now)},
        "already": {"商品": wish.title},
        "full": {"最多件数": f"{rules.proactive.restock_most}件"},
    }[taken]
    return SayPhrase(phrase=f"stock.notice.{taken}", values=values)


def _day(moment: datetime, rules: Rules, now: datetime) -> str:
    return told_day(local_day(moment, rules), local_day(now, rules))
