"""Puts the talk of one store together from its database, knowledge and rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

import shopbot
from shopbot.bus import Bus
from shopbot.chat.brain import PolicyBrain
from shopbot.chat.gear import Gear
from shopbot.chat.knowing import Base, KbKnowing
from shopbot.chat.reception import Reception
from shopbot.chat.rounds import Rounds
from shopbot.chat.service import Chat
from shopbot.desk.model import Hours, Span
from shopbot.desk.service import Desk
from shopbot.ids import Clock
from shopbot.kb import text as texts
from shopbot.kb.entry import StoreFacts
from shopbot.orders.dialogue import Wares
from shopbot.orders.restock import Shelf
from shopbot.rules import Rules
from shopbot.storage import Database

MEDIA = "media"  # below the data folder


def open_chat(
    *,
    db: Database,
    kb: Base,
    bus: Bus,
    clock: Clock,
    rules: Callable[[], Rules],
    wares: Wares | None,
    data: Path,
    shelf: Shelf | None = None,
) -> Chat:
    """Return the talk of the store whose knowledge is ``kb``; ``data`` is the data folder."""

    def hours() -> Hours:
        return hours_of(kb.generation.knowledge.store, rules())

    texts.warm()  # else the first shopper who writes 繁體 holds up all others
    gear = Gear(
        store_id=kb.generation.knowledge.store.id,
        db=db,
        bus=bus,
        clock=clock,
        kb=KbKnowing(kb),
        rules=rules,
        desk=Desk(rules=rules, hours=hours),
        brain=PolicyBrain(),
        wares=wares,
        shelf=shelf,
        media=data / MEDIA,
        software=shopbot.__version__,
    )
    return Chat(gear)


def open_rounds(chat: Chat) -> Rounds:
    """Return what time makes due around the talks: clocks, quiet talks, the desk, news."""
    return Rounds(chat.gear, _desk_of(chat))


def open_reception(chat: Chat) -> Reception:
    """Return what is done at the desk, by whoever sits there and for shoppers who come and go."""
    return Reception(chat.gear, _desk_of(chat))


def _desk_of(chat: Chat) -> Desk:
    desk = chat.gear.desk
    if not isinstance(desk, Desk):
        raise TypeError(f"the real desk is needed, not {type(desk).__name__}")
    return desk


def hours_of(facts: StoreFacts, rules: Rules) -> Hours:
    """Return when people answer, as store.yaml says."""
    spans = tuple(
        Span(days=one.days, opens=_clock(one.opens), closes=_clock(one.closes))
        for one in facts.hours
    )
    return Hours(zone=rules.zone, spans=spans)


def _clock(told: str) -> time:
    """Read ``HH:MM``; 24:00 is the midnight that ends the day."""
    hour, _, minute = told.partition(":")
    return time(int(hour) % 24, int(minute or 0))
