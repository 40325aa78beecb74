"""Everything a decision needs, read from one state of the database; the knowledge is asked here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from shopbot.chat import memory_json, modes, schemas, store, turn_store
from shopbot.chat.gear import Gear
from shopbot.chat.hearing import Said
from shopbot.chat.model import Conversation, Event, Turn
from shopbot.chat.noticing import Look
from shopbot.chat.signals import find_signals
from shopbot.chat.situation import (
    Decision,
    Desk,
    Escalate,
    Memory,
    Situation,
    Understood,
)
from shopbot.chat.understanding import Scene
from shopbot.errors import StorageError
from shopbot.kb import text as texts
from shopbot.kb.focus import Role
from shopbot.kb.focus import Turn as Line
from shopbot.kb.suggestion import Part, Query
from shopbot.orders import access as order_access
from shopbot.orders.model import OrderFacts
from shopbot.rules import Rules
from shopbot.storage.database import Reader

log = structlog.get_logger(__name__)

TRADITIONAL = "traditional"  # in a talk's memory: the shopper writes 繁體
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENOUGH_HAN = 4
EARLIER = 12  # messages before the turn that the knowledge gets to see
_ROLES: dict[str, Role] = {"shopper": "shopper", "bot": "bot", "agent": "agent", "system": "bot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read for a turn."""

    talk: Conversation  # in the mode that holds at this hour
    before: Conversation  # as it was read
    turn: Turn
    messages: tuple[Event, ...]  # of the turn, without recalled ones
    earlier: tuple[Line, ...]
    orders: tuple[OrderFacts, ...]
    order_down: bool
    desk: Desk
    rules: Rules
    now: datetime
    vip: bool = False  # an important customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided, and on which messages it rests."""

    facts: Facts
    situation: Situation
    decision: Decision
    traditional: bool

    @property
    def open_now(self) -> bool:
        """Tell whether people are there to hand over to."""
        return self.situation.desk.open and not self.situation.night

    @property
    def seqs(self) -> tuple[int, ...]:
        """The messages it answers; should others stand there meanwhile, it is void."""
        return tuple(event.seq for event in self.facts.messages)


def gather(gear: Gear, conversation: str, number: int, now: datetime) -> Facts | None:
    """Read a turn; None when it needs no answer any more."""
    with gear.db.snapshot() as reader:
        talk = store.get_conversation(reader, gear.store_id, conversation)
        turn = turn_store.find_turn(reader, talk, number)
        if turn is None or turn.state != "collecting":
            return None
        gone = store.recalled(reader, talk, 0)
        before = store.latest_messages(reader, talk, turn.first_seq - 1, EARLIER)
        orders, down = _orders(reader, talk, now)
        desk = gear.desk.facts(reader, gear.store_id, now)
        rules = gear.rules()
        return Facts(
            talk=replace(talk, mode=modes.mode_of(talk, rules, now)),
            before=talk,
            turn=turn,
            messages=tuple(turn_store.turn_messages(reader, talk, turn)),
            earlier=tuple(_line(one) for one in _told(before, gone, rules)),
            orders=orders,
            order_down=down,
            desk=Desk(
                open=desk.open,
                opens_at=desk.opens_at,
                agents_free=desk.agents_free,
                agents_online=desk.agents_online,
                waiting=desk.waiting,
            ),
            rules=rules,
            now=now,
            vip=gear.desk.is_important(reader, gear.store_id, talk.visitor),
        )


def _orders(
    reader: Reader, talk: Conversation, now: datetime
) -> tuple[tuple[OrderFacts, ...], bool]:
    """Return the orders that are shown to be the shopper's, and whether they could not be read."""
    try:
        found = order_access.access_orders(
            reader,
            store_id=talk.store_id,
            visitor=talk.visitor,
            now=now,
        )
    except StorageError:
        return (), True
    return tuple(found), False


def _told(before: Sequence[Event], gone: Collection[int], rules: Rules) -> Iterator[Event]:
    """Yield what was said before, as far as a question may lean on it: who was called for is none of it."""
    for event in before:
        calls = event.author == "shopper" and bool(
            find_signals(schemas.words_of(event.body), rules.chat.words).wants_human
        )
        if event.seq not in gone and not calls:
            yield event


def _line(event: Event) -> Line:
    return Line(text=schemas.words_of(event.body), role=_ROLES[event.author])


def decide(gear: Gear, facts: Facts) -> Decided:
    """Understand a turn and decide over it; the knowledge is asked, nothing is written.

    Where that fails the talk goes to a person: rather that than silence.
    """
    said = said_in(facts.messages)
    try:
        situation, decision = _decided(gear, facts, said)
    except StorageError:
        raise  # the database: it is tried again
    except Exception as error:
        return at_a_loss(facts, error)
    return Decided(
        facts=facts,
        situation=situation,
        decision=decision,
        traditional=script_of(facts.talk, said.texts),
    )


def _decided(gear: Gear, facts: Facts, said: Said) -> tuple[Situation, Decision]:
    memory = memory_json.from_json(facts.talk.memory)
    scene = Scene(
        memory=memory,
        dialogue=f"{facts.talk.id}:{facts.turn.number}",
        ask=_asking(gear, facts, memory),
        rules=facts.rules.chat,
        shop=facts.rules,
        orders=facts.orders,
        look=_looking(gear, facts),
        bot_holds=facts.talk.holder == "bot",
    )
    situation = _situation(facts, gear.brain.understand(said, scene))
    return situation, gear.brain.decide(situation, facts.rules.chat, facts.now)


def _situation(facts: Facts, understood: Understood) -> Situation:
    return Situation(
        conversation=facts.talk,
        understood=understood,
        desk=facts.desk,
        vip=facts.vip,
        night=facts.talk.mode == "night",
        waited_s=max(0.0, (facts.now - facts.turn.opened_at).total_seconds()),
        order_down=facts.order_down,
    )


def at_a_loss(facts: Facts, error: Exception) -> Decided:
    """Return the decision to call a person because none could be made, or carried out."""
    log.error("turn.at-a-loss", conversation=facts.talk.id, turn=facts.turn.number, exc_info=error)
    said = said_in(facts.messages)
    memory = memory_json.from_json(facts.talk.memory)
    understood = Understood(text="\n".join(said.texts), kinds=said.kinds, memory=memory)
    situation = _situation(facts, understood)
    there = facts.desk.open and not situation.night
    phrase = "system.handoff" if there else "system.closed"
    called = Escalate(reason="no-words", priority="normal", phrase="" if memory.called else phrase)
    decision = Decision(
        actions=(called,),
        send=facts.talk.holder != "agent" and facts.talk.mode != "assist",
        rule="failed",
        reasons=(f"error:{type(error).__name__}",),
        memory=replace(memory, called="no-words", pending=None, waiting=()),
    )
    return Decided(
        facts=facts,
        situation=situation,
        decision=decision,
        traditional=script_of(facts.talk, said.texts),
    )


def said_in(messages: Sequence[Event]) -> Said:
    """Return what a shopper sent in one turn."""
    bodies = [event.body for event in messages]
    return Said(
        texts=tuple(words for body in bodies if (words := schemas.words_of(body))),
        kinds=frozenset(body["type"] for body in bodies),
        pictures=tuple(str(body["media"]) for body in bodies if body["type"] == "picture"),
        products=tuple(str(body["sku"]) for body in bodies if body["type"] == "product"),
        orders=tuple(str(body["number"]) for body in bodies if body["type"] == "order"),
    )


def _asking(gear: Gear, facts: Facts, memory: Memory) -> Callable[[str], Sequence[Part]]:
    """Return what asks the knowledge with the talk around the question."""

    def parts(text: str) -> Sequence[Part]:
        query = Query(
            text=text,
            at=facts.now,
            turns=facts.earlier,
            product=facts.talk.product or memory.product or None,
            channel=facts.talk.channel,
        )
        return gear.kb.suggest(query).parts

    return parts


def _looking(gear: Gear, facts: Facts) -> Look | None:
    """Return what looks at the shelf as it is now."""
    shelf = gear.shelf
    if shelf is None:
        return None
    return lambda product, colour, size: shelf.look(product, colour, size, facts.now)


def script_of(talk: Conversation, said: Sequence[str]) -> bool:
    """Tell whether to answer in traditional characters: as the shopper last wrote enough of."""
    reading = texts.read("\n".join(said))
    if len(_HAN.findall(reading.text)) < _ENOUGH_HAN and not reading.traditional:
        return bool(talk.memory.get(TRADITIONAL))
    return reading.traditional
