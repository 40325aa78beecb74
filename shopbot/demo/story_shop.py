"""The scratch shop in which a story plays: its clock, its orders, its agents, a mind that is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from typing_extensions import override

from shopbot import messages
from shopbot.bus import Bus
from shopbot.chat.assembly import open_chat
from shopbot.chat.brain import PolicyBrain
from shopbot.chat.knowing import Base, KbKnowing
from shopbot.chat.model import Conversation, Mode
from shopbot.chat.outcomes import Step
from shopbot.chat.service import Chat
from shopbot.chat.situation import Decision, OrderOutcome, Situation
from shopbot.chat.stories import Story
from shopbot.demo.story_check import Missed
from shopbot.demo.story_orders import Shop, cut_off, write_order
from shopbot.desk.service import Desk
from shopbot.kb.phrases import Spoken
from shopbot.kb.product import Catalogue
from shopbot.orders import access as order_access
from shopbot.orders import store as order_store
from shopbot.orders.access import Asker
from shopbot.orders.dialogue import Wares
from shopbot.orders.restock import Shelf
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules
from shopbot.storage import Database, Transaction, open_database

VISITOR = "vis_story"
ADDRESS = "192.0.2.1"  # for documentation: nobody's


class StoryClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the story's time."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._at += by


class _Watched(PolicyBrain):
    """The bot's mind, watched; a story may make it believe that something is broken."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self.decisions: list[Decision] = []
        self.actions: list[str] = []
        self.outcomes: list[OrderOutcome] = []

    @override
    def decide(self, situation: Situation, rules: ChatRules, now: datetime) -> Decision:
        """See :class:`shopbot.chat.ports.Brain`."""
        down = situation.order_down or self._story.fault == "orders"
        situation = replace(situation, order_down=down, vip=situation.vip or self._story.vip)
        found = super().decide(situation, rules, now)
        self.decisions.append(found)
        return found

    @override
    def after_order(self, step: Step, rules: ChatRules) -> OrderOutcome:
        """See :class:`shopbot.chat.ports.Brain`."""
        found = super().after_order(step, rules)
        self.actions.append(step.run.pending.action)
        self.outcomes.append(found)
        return found


class _Speechless(KbKnowing):
    """A knowledge in which nobody has written the phrases of orders."""

    @override
    def say(
        self, phrase: str, values: Mapping[str, str], *, now: datetime, channel: str, pick: int
    ) -> Spoken | None:
        """See :class:`shopbot.chat.ports.Knowing`."""
        if phrase.startswith(("order.", "return.", "claim.")):
            return None
        return super().say(phrase, values, now=now, channel=channel, pick=pick)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What all stories of a run share: the knowledge, the shop's rules, the catalogue for orders."""

    kb: Base
    rules: Rules
    wares: Wares | None
    shelf: Shelf | None = None


@dataclass(slots=True)
class StoryTalk:
    """One story being played, and how far it was looked at."""

    story: Story
    chat: Chat
    brain: _Watched
    clock: StoryClock
    db: Database
    talk: Conversation
    seq: int = 0
    sent: int = 0
    expected: int = 0
    decided: int = 0
    acted: int = 0
    order_events: int = 0
    lines: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    chips: tuple[str, ...] = ()


@contextmanager
def opened(workshop: Workshop, story: Story, folder: Path) -> Iterator[StoryTalk]:
    """Give a story's talk in a shop of its own; nothing may stand in the database of ``folder``."""
    db = open_database(folder)
    try:
        clock, brain = StoryClock(story.at), _Watched(story)
        chat = open_chat(
            db=db, kb=workshop.kb, bus=Bus(), clock=clock, rules=lambda: workshop.rules,
            wares=workshop.wares, data=folder, shelf=workshop.shelf,
        )  # fmt: skip
        kb = _Speechless(workshop.kb) if story.fault == "phrases" else chat.gear.kb
        chat = Chat(replace(chat.gear, brain=brain, kb=kb))
        db.transaction(lambda tx: _furnish(tx, workshop, story, chat))
        mode = cast("Mode | None", story.mode or None)
        talk = chat.open(visitor=VISITOR, product=story.product, mode=mode)
        made = StoryTalk(story, chat, brain, clock, db, talk)
        made.order_events = count_events(made)
        yield made
    finally:
        db.close()


def _furnish(tx: Transaction, workshop: Workshop, story: Story, chat: Chat) -> None:
    """Write the story's orders, prove those that are, and seat the agents."""
    catalogue = Catalogue(workshop.kb.generation.knowledge)
    shop = Shop(tx=tx, rules=workshop.rules, catalogue=catalogue, now=story.at)
    asker = Asker(store_id=chat.store_id, visitor=VISITOR, address=ADDRESS)
    for told in story.orders:
        write_order(shop, told)
        if told.proved:
            order_access.prove_by_phone(tx, asker, number=told.number, tail=told.tail, now=story.at)
    if story.fault == "source":
        cut_off(shop)
    desk = chat.gear.desk
    for number in range(story.agents):
        if isinstance(desk, Desk):
            desk.set_presence(
                tx, chat.store_id, agent_id(number), "online", story.at,
                name=messages.text("stories.agent", number=number + 1),
            )  # fmt: skip


def agent_id(number: int = 0) -> str:
    """Return the user id of an agent of a story."""
    return f"usr_story{number + 1}"


def count_events(talk: StoryTalk) -> int:
    """Count what was written about the story's orders."""
    with talk.db.snapshot() as reader:
        return sum(
            len(order_store.list_events(reader, talk.chat.store_id, told.number))
            for told in talk.story.orders
        )
