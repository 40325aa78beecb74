"""The number of a parcel that a shopper sends back: not one of those that were sent to them. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from shopbot.chat.hearing import Heard
from shopbot.chat.scene import Scene
from shopbot.kb import text as texts
from shopbot.orders.dialogue import Slots
from shopbot.orders.model import Case, OrderFacts

ACTION = "return.ship_back"

_BACK = re.compile(
    r"寄回|退回|寄还|退货|换货|返厂|寄修|寄给你|寄过去|发回|寄出去?了|寄走了|已经?寄|我寄"
)
_NUMBER = re.compile(r"单号|快递|物流|运单")
_FOR_GOODS = frozenset({"approved", "shipped_back"})
_CLAUSE = re.compile(r"[\s,，。;；!！、]+")
_ASKS = re.compile(r"[?？]|[吗么呢]$|多少|多久|几|怎么|什么|哪|谁")
_KINDS = frozenset({"return", "exchange", "repair"})


def find_slots(heard: Heard, scene: Scene) -> Slots | None:
    """Return what is known of a parcel that comes back; None when the turn tells of none.

    A number that is none of the parcels sent to the shopper is that of the one they sent, when they say
    so or when goods are awaited from them.
    """
    number = _told(heard, scene)
    if not number:
        return None
    awaited = _awaited(scene)
    if not awaited and not _BACK.search(heard.norm):
        return None
    orders = {facts.order.number for facts, _ in awaited}
    order = scene.memory.order if scene.memory.order in orders or not orders else ""
    return Slots(order=order or (orders.pop() if len(orders) == 1 else ""), parcel=number)


def beside(heard: Heard) -> str:
    """Return what else a turn says: without what tells the number and that goods were sent."""
    clauses = [one for one in _CLAUSE.split(heard.raw) if one]
    return "，".join(one for one in clauses if not _tells_number(one))


def _tells_number(clause: str) -> bool:
    told = texts.normalise(clause)
    numbered = texts.TRACKING_TOKEN in told
    return numbered or (bool(_BACK.search(told)) and not _ASKS.search(told))


def of_parcel(action: str, slots: Slots, heard: Heard, scene: Scene) -> Slots:
    """Return the slots with the order whose parcel a number is; one that is no parcel known is kept."""
    for number in heard.reading.trackings:
        for facts in scene.orders:
            if number in {one.shipment.parcel for one in facts.parcels}:
                return replace(slots, order=facts.order.number)
    if action != "order.track" or not heard.reading.trackings:
        return slots
    number = heard.reading.trackings[0]
    if number.isdecimal() and not _is_parcel(heard):
        return slots
    order = "" if slots.order == number else slots.order
    return replace(slots, order=order, parcel=number)


def _is_parcel(heard: Heard) -> bool:
    """Tell whether a number of digits alone is called a parcel's."""
    return bool(_NUMBER.search(heard.norm)) and "订单" not in heard.norm


def _told(heard: Heard, scene: Scene) -> str:
    sent = {one.shipment.parcel for facts in scene.orders for one in facts.parcels}
    orders = {facts.order.number for facts in scene.orders}
    for number in heard.reading.trackings:
        if number in sent or number in orders:
            return ""
        says_so = "订单" not in heard.norm and (_BACK.search(heard.norm) or _is_parcel(heard))
        if not number.isdecimal() or says_so:
            return number
    return ""


def _awaited(scene: Scene) -> list[tuple[OrderFacts, Case]]:
    return [
        (facts, case)
        for facts in scene.orders
        for case in facts.cases
        if case.kind in _KINDS and case.state in _FOR_GOODS
    ]


def fill(slots: Slots, heard: Heard, waiting: str) -> Slots:
    """Return the slots with the number of the parcel, when that was asked for."""
    if waiting != "parcel" or not heard.reading.trackings:
        return slots
    return replace(slots, parcel=heard.reading.trackings[0])
