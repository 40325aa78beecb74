"""Gathers what the guard has to know about a text, and asks it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from shopbot.chat import schemas, store
from shopbot.chat.gear import Gear
from shopbot.chat.guard import Seen, Stop, Words, check
from shopbot.chat.model import Conversation
from shopbot.kb import text as texts
from shopbot.kb.reply import Withheld
from shopbot.orders import access as order_access
from shopbot.storage.database import Reader

_DIGITS = re.compile(r"\d{6}")  # an order number has at least as many in a row
_LOOK_BACK = 60  # messages in which a shopper may have named a number


def stops_of(
    gear: Gear,
    reader: Reader,
    talk: Conversation,
    words: Words,
    now: datetime,
    withheld: Withheld | None = None,
) -> tuple[Stop, ...]:
    """Return why ``words`` may not leave now; empty when they may."""
    seen = Seen(rules=gear.rules(), now=now, banned=gear.kb.banned(words.text), withheld=withheld)
    if words.orders or (_DIGITS.search(words.text) and texts.read(words.text).orders):
        seen = replace(seen, proved=_proved(reader, talk, now), told=_told_by_shopper(reader, talk))
    return check(words, seen)


def _proved(reader: Reader, talk: Conversation, now: datetime) -> frozenset[str]:
    found = order_access.access_orders(
        reader, store_id=talk.store_id, visitor=talk.visitor, now=now
    )
    return frozenset(facts.order.number for facts in found)


def _told_by_shopper(reader: Reader, talk: Conversation) -> frozenset[str]:
    events = store.latest_messages(reader, talk, talk.last_seq, _LOOK_BACK)
    said = (schemas.words_of(one.body) for one in events if one.author == "shopper")
    return frozenset(number for text in said for number in texts.read(text).orders)
