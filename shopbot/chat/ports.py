"""What the talk asks of others: the knowledge, the desk, the mind that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shopbot.chat.hearing import Said
from shopbot.chat.outcomes import Step
from shopbot.chat.situation import Decision, OrderOutcome, Situation, Understood
from shopbot.chat.understanding import Scene
from shopbot.desk.model import Assignment, DeskFacts, Priority
from shopbot.kb.entry import Entry
from shopbot.kb.phrases import Spoken
from shopbot.kb.reply import Reply, Withheld
from shopbot.kb.slots import Slots
from shopbot.kb.suggestion import Answer, Query
from shopbot.rules.chat import ChatRules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader


class Knowing(Protocol):
    """The knowledge that serves now."""

    def suggest(self, query: Query) -> Answer:
        """Return ranked suggestions for a question."""
        ...

    def reword(
        self, entry: str, slots: Slots, *, now: datetime, channel: str = "", pick: int = 0
    ) -> Reply | Withheld:
        """Return what an entry says at ``now``, or why it may not; ``pick`` turns its wordings."""
        ...

    def say(
        self, phrase: str, values: Mapping[str, str], *, now: datetime, channel: str, pick: int
    ) -> Spoken | None:
        """Return a fixed phrase (system.…, order.…) in words; None when none can be said."""
        ...

    def find_entry(self, entry: str) -> Entry | None:
        """Return an entry as it stands now."""
        ...

    def banned(self, text: str) -> Sequence[tuple[str, str]]:
        """Return (kind, word) of each word that may not be said."""
        ...


class DeskPort(Protocol):
    """The desk: who is there, who waits, who holds what. Inside the transaction of the use case."""

    def facts(self, reader: Reader, store_id: str, now: datetime) -> DeskFacts:
        """Return who could take over."""
        ...

    def is_open(self, now: datetime) -> bool:
        """Tell whether people answer at this hour."""
        ...

    def is_important(self, reader: Reader, store_id: str, visitor: str) -> bool:
        """Tell whether a visitor is an important customer."""
        ...

    def enqueue(
        self,
        tx: Transaction,
        store_id: str,
        conversation: str,
        *,
        reason: str,
        priority: Priority,
        vip: bool,
        now: datetime,
        shopper: str = "",
    ) -> object:
        """Let a talk wait for a person; one that waits already keeps its place."""
        ...

    def take(
        self,
        tx: Transaction,
        store_id: str,
        conversation: str,
        agent: str,
        now: datetime,
        *,
        step_in: bool = False,
    ) -> Assignment:
        """Give a talk to the agent who asks; Conflict when a colleague holds it, unless stepped in."""
        ...

    def release(self, tx: Transaction, store_id: str, conversation: str, now: datetime) -> None:
        """Forget a talk: it went back to the bot, or it ended."""
        ...

    def assign_next(self, tx: Transaction, store_id: str, now: datetime) -> list[Assignment]:
        """Give waiting talks to agents with room; empty where agents take for themselves."""
        ...


class Brain(Protocol):
    """What is understood and decided; pure but for the knowledge that a scene lets it ask."""

    def understand(self, said: Said, scene: Scene) -> Understood:
        """Return a turn as it was meant."""
        ...

    def decide(self, situation: Situation, rules: ChatRules, now: datetime) -> Decision:
        """Return what the bot does."""
        ...

    def after_order(self, step: Step, rules: ChatRules) -> OrderOutcome:
        """Return what is told after a step of an order action."""
        ...
