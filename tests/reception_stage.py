"""A shop with a desk and a clock that is moved by hand: what the reception's tests share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from shopbot import jobs
from shopbot.chat import due_work
from shopbot.chat.lines import Sayer
from shopbot.chat.model import Conversation
from shopbot.chat.reception import Person, Reception
from shopbot.chat.rounds import Rounds
from shopbot.chat.service import Chat
from shopbot.desk.model import Agent, Hours, Presence
from shopbot.desk.service import Desk
from shopbot.ids import FixedClock
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase
from tests.order_facts import RULES, at
from tests.simulators.talk import QuickKnowledge, TalkStage, talk_stage

START = at("2026-11-18 10:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LI, WANG = Person(id="li", name="小李"), Person(id="wang", name="小王")
BOSS = Person(id="boss", name="周主管", role="supervisor")


@dataclass
class Shop:
    """A talk with its reception."""

    stage: TalkStage
    reception: Reception
    rounds: Rounds
    clock: FixedClock
    db: SqliteDatabase
    desk: Desk
    rules: Rules

    @property
    def chat(self) -> Chat:
        """What shoppers and agents do."""
        return self.stage.chat

    @property
    def known(self) -> QuickKnowledge:
        """The sentences of the shop."""
        return self.stage.known

    def come(self, person: Person, state: Presence = "online", **more: Any) -> Agent:
        """Let somebody come to the desk, or leave it."""
        return self.reception.set_presence(person, state, **more)

    def open(self, visitor: str = "vis_1", **more: Any) -> Conversation:
        """Open a shopper's talk."""
        return self.chat.open(visitor=visitor, **more)

    def ask(self, text: str = "多久发货？", visitor: str = "vis_1") -> Conversation:
        """Write as a shopper and let the bot answer."""
        talk = self.open(visitor)
        self.stage.write(talk, text)
        self.clock.move(2 * SECOND)
        self.stage.run_due()
        return self.chat.find(talk.id)

    def wait_for_human(self, visitor: str = "vis_1", text: str = "转人工") -> Conversation:
        """Ask for a person."""
        return self.ask(text, visitor)

    def pass_time(self, by: timedelta, step: timedelta = SECOND) -> None:
        """Let time pass as a running server would, looking every ``step``."""
        end = self.clock.now() + by
        while self.clock.now() < end:
            self.clock.move(min(step, end - self.clock.now()))
            for conversation in self.rounds.list_waiting():
                self.rounds.ring(conversation)
            self.rounds.tend()
            self.work()

    def work(self) -> jobs.Tally:
        """Do the due work of now."""
        registry = due_work.register(
            jobs.Registry(), self.db, self.rules, lambda: self.sayer, "test"
        )
        return jobs.run_due(self.db, registry, worker="w", now=self.clock.now())

    @property
    def sayer(self) -> Sayer:
        """Whoever has the words."""
        return self.known

    def lines(self, talk: Conversation, side: str = "staff") -> list[str]:
        """Return who said what: ``author:text``, oldest first."""
        return [
            f"{event.author}:{event.body.get('text', '')}"
            for event in self.stage.events(talk, side)
            if event.kind == "message"
        ]

    def kinds(self, talk: Conversation, side: str = "staff") -> list[str]:
        """Return the kinds of events, messages by their author."""
        return [
            event.author if event.kind == "message" else event.kind
            for event in self.stage.events(talk, side)
        ]


def shop(
    db: SqliteDatabase,
    clock: FixedClock,
    media: Path,
    *,
    hours: Hours | None = None,
    **desk: Any,
) -> Shop:
    """Return a shop; ``desk`` changes its desk rules."""
    rules = replace(RULES, store_id="test", desk=replace(RULES.desk, **desk))
    stage = talk_stage(db, clock, media, rules=rules)
    open_hours = hours or Hours(zone=rules.zone)
    seats = Desk(rules=lambda: rules, hours=lambda: open_hours)
    stage.chat = Chat(replace(stage.chat.gear, desk=seats))
    return Shop(
        stage=stage,
        reception=Reception(stage.chat.gear, seats),
        rounds=Rounds(stage.chat.gear, seats),
        clock=clock,
        db=db,
        desk=seats,
        rules=rules,
    )
