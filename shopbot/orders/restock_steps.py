"""Waiting for goods: a wish is taken, taken back, and told once when they are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from shopbot import ids
from shopbot.orders import outgoing, restock_store, store
from shopbot.orders.contact import Replies, RuleContact, Why
from shopbot.orders.outgoing import News
from shopbot.orders.proactive import hold_of
from shopbot.orders.restock import (
    OnShelf,
    Seen,
    Shelf,
    Wish,
    WishEvent,
    is_back,
    is_bought,
    next_event,
    stepped,
    words_of,
)
from shopbot.rules import Rules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

Taken = Literal["noted", "already", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What wishes go by besides the database."""

    rules: Rules
    shelf: Shelf | None
    replies: Replies


def take_wish(
    tx: Transaction, visitor: str, goods: OnShelf, rules: Rules, now: datetime
) -> tuple[Taken, Wish]:
    """Let a visitor wait for goods that are not there; the same twice is one wish."""
    waits = restock_store.list_of_visitor(tx, rules.store_id, visitor)
    wish = Wish(
        id=ids.new_id("wsh"),
        store_id=rules.store_id,
        visitor=visitor,
        product=goods.product,
        name=goods.name,
        colour=goods.colour,
        size=goods.size,
        asked_at=now,
        expires_at=now + rules.proactive.restock_keep,
    )
    same = next((one for one in waits if _what(one) == _what(wish)), None)
    if same is not None:
        return "already", same
    if len(waits) >= rules.proactive.restock_most:
        return "full", wish
    restock_store.add_wish(tx, wish)
    return "noted", wish


def stop_wishes(
    tx: Transaction, visitor: str, product: str, rules: Rules, now: datetime
) -> list[Wish]:
    """Take back what a visitor waits for: of one product if they wait for it, else everything."""
    waits = restock_store.list_of_visitor(tx, rules.store_id, visitor)
    named = [one for one in waits if one.product == product]
    ended = named or waits
    for wish in ended:
        _step(tx, wish, "stop", now)
    return ended


def find_ripe(reader: Reader, means: Means, now: datetime, count: int) -> list[str]:
    """Return the wishes to which something has happened: who asked first comes first."""
    every = restock_store.list_open(reader, means.rules.store_id)
    ripe = (one.id for one in every if next_event(one, _seen(reader, one, means, now), now))
    return list(islice(ripe, count))


def tend_wish(tx: Transaction, wish: str, means: Means, now: datetime) -> None:
    """Do what has become due of a wish. Safe to repeat."""
    found = restock_store.find_open(tx, means.rules.store_id, wish)
    if found is None:
        return
    event = next_event(found, _seen(tx, found, means, now), now)
    if event == "back":
        _announce(tx, found, means, now)
    elif event is not None:
        _step(tx, found, event, now)


def against(reader: Reader, message: str, means: Means, now: datetime) -> Why | None:
    """Return why the message of a wish must not go any more, None while it may."""
    wish = restock_store.find_of_message(reader, means.rules.store_id, message)
    if wish is None:
        return "withdrawn"
    if _has_bought(reader, wish, means):
        return "bought"
    return None if is_back(_look(wish, means, now)) else "not-true"


def _seen(reader: Reader, wish: Wish, means: Means, now: datetime) -> Seen:
    message = None
    if wish.state == "due":
        message = outgoing.get_message(reader, wish.store_id, wish.message)
    return Seen(
        shelf=_look(wish, means, now),
        bought=_has_bought(reader, wish, means),
        message=message.state if message else None,
        why=message.why if message else "",
    )


def _look(wish: Wish, means: Means, now: datetime) -> OnShelf | None:
    if means.shelf is None:
        return None
    return means.shelf.look(wish.product, wish.colour, wish.size, now)


def _has_bought(reader: Reader, wish: Wish, means: Means) -> bool:
    """Tell whether an order that is known to be theirs, made since, has it."""
    numbers = {
        number
        for order in means.replies.orders_of(wish.store_id, wish.visitor)
        for number in restock_store.list_bought(reader, wish.store_id, order, wish.asked_at)
    }
    found = (store.get_facts(reader, wish.store_id, number) for number in sorted(numbers))
    return any(is_bought(wish, facts.lines) for facts in found)


def _announce(tx: Transaction, wish: Wish, means: Means, now: datetime) -> None:
    shelf = _look(wish, means, now)
    if shelf is None:
        return
    policy = RuleContact(means.rules)
    times = wish.times + 1
    news = News(
        store_id=wish.store_id,
        visitor=wish.visitor,
        subject=f"restock:{wish.id}",
        kind="restock",
        phrase=words_of(replace(shelf, colour=wish.colour, size=wish.size), means.rules, now),
        key=f"restock:{wish.id}:{times}",
        hold=hold_of("restock", means.rules, now),
    )
    message = outgoing.plan(tx, news, policy, now)
    if not message:
        return
    state = stepped(wish.state, "back")
    restock_store.save_wish(tx, replace(wish, state=state, message=message, times=times), now)


_WHY: dict[WishEvent, Why] = {"gone": "not-true", "buy": "bought", "stop": "withdrawn"}


def _step(tx: Transaction, wish: Wish, event: WishEvent, now: datetime) -> None:
    """Write what became of a wish, and withdraw the message that would tell it."""
    why = ""
    if wish.state == "due":
        message = outgoing.get_message(tx, wish.store_id, wish.message)
        if message.state in ("held", "waiting"):
            outgoing.drop(tx, message, _WHY[event])
        why = message.why if event == "failed" else ""
    restock_store.save_wish(
        tx, replace(wish, state=stepped(wish.state, event), message="", why=why), now
    )


def _what(wish: Wish) -> tuple[str, str, str]:
    return wish.product, wish.colour, wish.size
