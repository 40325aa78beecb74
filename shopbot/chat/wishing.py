"""What agents do about goods that a shopper waits for (到货通知): the same as the bot does when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from shopbot import audit
from shopbot.chat import noticing, store
from shopbot.chat.gear import Gear
from shopbot.chat.situation import SayPhrase, StopNotice, TakeNotice
from shopbot.errors import NotFound
from shopbot.orders import restock_store
from shopbot.orders.restock import Wish
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

Outcome = Literal[
    "noted",
    "already",
    "full",  # they wait for as many things as they may
    "in-stock",  # nothing to wait for
    "which",  # colour or size must be told
    "untold",  # nobody counts these goods: they will never be told to be there
    "stopped",
    "none",  # they wait for nothing
]
_NOTICE = "stock.notice."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which goods; blank colour or size: not said."""

    product: str
    colour: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it, and the phrase that tells the shopper so; None: there is none."""

    outcome: Outcome
    phrase: SayPhrase | None = None


def list_wishes(gear: Gear, reader: Reader, conversation: str) -> list[Wish]:
    """Return what the shopper of a talk waits for; NotFound when there is no such talk."""
    talk = store.get_conversation(reader, gear.store_id, conversation)
    return restock_store.list_of_visitor(reader, gear.store_id, talk.visitor)


def take(
    gear: Gear, tx: Transaction, conversation: str, wanted: Wanted, who: str, now: datetime
) -> Told:
    """Let the shopper of a talk wait for goods that are not there; NotFound for unknown goods."""
    talk = store.get_conversation(tx, gear.store_id, conversation)
    shelf = gear.shelf
    goods = shelf.look(wanted.product, wanted.colour, wanted.size, now) if shelf else None
    if goods is None:
        raise NotFound("product")
    doing = noticing.doing(goods, gear.rules())
    if doing is None:
        return Told(outcome="untold")
    if isinstance(doing, SayPhrase):
        return _told(doing)
    told = _told(noticing.do(tx, talk, doing, gear.rules(), now))
    if told.outcome == "noted" and isinstance(doing, TakeNotice):
        data = {"product": goods.product, "colour": goods.colour, "size": goods.size}
        _write_down(gear, tx, "restock.noted", talk.id, who, data, now)
    return told


def stop(
    gear: Gear, tx: Transaction, conversation: str, product: str, who: str, now: datetime
) -> Told:
    """Let them wait no more: for a product if they wait for it, else for anything."""
    talk = store.get_conversation(tx, gear.store_id, conversation)
    told = _told(noticing.do(tx, talk, StopNotice(product=product), gear.rules(), now))
    if told.outcome == "stopped":
        _write_down(gear, tx, "restock.stopped", talk.id, who, {"product": product}, now)
    return told


def _told(phrase: SayPhrase) -> Told:
    outcome = cast("Outcome", phrase.phrase.removeprefix(_NOTICE))
    return Told(outcome=outcome, phrase=phrase)


def _write_down(
    gear: Gear,
    tx: Transaction,
    name: str,
    subject: str,
    who: str,
    data: dict[str, str],
    now: datetime,
) -> None:
    deed = audit.Deed(
        store_id=gear.store_id, name=name, who=who, subject=subject, at=now, data=data
    )
    audit.record(tx, deed)
