"""The rounds (巡查): what time makes due. Clocks ring, quiet talks end, the desk is swept, news is told.

Each thing is one transaction; what fails is told in the log and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from shopbot import ids
from shopbot.chat import clocks, closing, delivery, quiet, records, rows, store
from shopbot.chat.closing import House
from shopbot.chat.gear import Gear
from shopbot.chat.lines import Voice
from shopbot.chat.model import Conversation
from shopbot.chat.reception import Reception, tell_desk
from shopbot.desk.service import Desk
from shopbot.orders.contact import RuleContact
from shopbot.orders.truth import StillTrue
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.chat")
log = structlog.get_logger(__name__)

MOST_QUIET = 100  # talks looked at in one round


class Rounds:
    """Looks after talks and desk as time passes."""

    def __init__(self, gear: Gear, desk: Desk) -> None:
        self._gear = gear
        self._desk = desk
        self._reception = Reception(gear, desk)
        self._voice = Voice(gear.kb, gear.software)
        self._house = House(voice=self._voice, desk=desk, topic_of=self._topic_of)

    def ring(self, conversation: str) -> datetime | None:
        """Do what is due for the waiting shopper of a talk; return when to look again, if ever."""
        gear, now = self._gear, self._gear.clock.now()
        at = clocks.next_look(gear.db, gear.store_id, conversation, self._desk, now)
        if at is None or at > now:
            return at

        def work(tx: Transaction) -> bool:
            rang = clocks.ring(tx, gear.store_id, conversation, self._desk, self._voice, now)
            if rang:
                gear.hint(tx, conversation)
                tell_desk(gear, tx)
            return rang

        if not gear.db.transaction(work):
            return None  # nobody wrote the words, or it was answered meanwhile
        return clocks.next_look(gear.db, gear.store_id, conversation, self._desk, now)

    def first_look(self) -> timedelta:
        """Return how soon after a message something can be due for its shopper."""
        rules = self._desk.rules
        return min(rules.greet_within, rules.answer_within)

    def list_waiting(self) -> list[str]:
        """Return the talks whose shoppers wait for an answer."""
        gear = self._gear
        return [str(row["id"]) for row in gear.db.all(Q.waiting_talks, store_id=gear.store_id)]

    def wake(self) -> None:
        """Begin after the server was away: nobody is blamed for signs that it could not take."""
        gear, now = self._gear, self._gear.clock.now()
        gear.db.transaction(lambda tx: self._desk.spare(tx, gear.store_id, now))

    def tend(self) -> None:
        """Do what time has made due at the desk, for orders and in quiet talks.

        Cheap when nothing is; what fails is told in the log and stops nothing else.
        """
        gear, now = self._gear, self._gear.clock.now()
        steps = [self._tend_desk, self._tell_news]
        for step in steps:
            self._guarded(step.__name__, lambda one=step: one(now))  # type: ignore[misc]
        for talk in self._quiet(now):
            self._guarded(
                talk,
                lambda one=talk: gear.db.transaction(lambda tx: self._end_quiet(tx, one, now)),  # type: ignore[misc]
            )

    def _guarded(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            log.error("tend.failed", what=what, error=f"{type(error).__name__}: {error}")

    def _tend_desk(self, now: datetime) -> None:
        gear = self._gear
        if not self._desk.due_now(gear.db, gear.store_id, now):
            return

        def work(tx: Transaction) -> None:
            self._reception.sweep(tx, now)
            tell_desk(gear, tx)

        gear.db.transaction(work)

    def _tell_news(self, now: datetime) -> None:
        gear = self._gear
        if delivery.is_due(gear.db, gear.store_id, now):
            gear.db.transaction(self._deliver)

    def _deliver(self, tx: Transaction) -> None:
        rules = self._gear.rules()
        told = delivery.deliver(
            tx,
            self._gear.store_id,
            policy=RuleContact(rules),
            voice=self._voice,
            now=self._gear.clock.now(),
            truth=StillTrue(rules, self._gear.shelf, delivery.TalkReplies),
        )
        for talk in told.talks:
            self._gear.hint(tx, talk)
        tell_desk(self._gear, tx)

    def _quiet(self, now: datetime) -> list[str]:
        rules = self._desk.rules
        found = self._gear.db.all(
            Q.quiet_talks,
            store_id=self._gear.store_id,
            before_remind=ids.to_text(now - rules.remind_after),
            before_close=ids.to_text(now - rules.close_after),
            before_both=ids.to_text(now - rules.remind_after - rules.close_after),
            count=MOST_QUIET,
        )
        talks = [rows.conversation(row) for row in found]
        return [talk.id for talk in talks if self._quiet_step(talk, now)]

    def _quiet_step(self, talk: Conversation, now: datetime) -> quiet.Step | None:
        due = quiet.next_step(talk, self._desk.rules, unanswered=False)
        return due.step if due is not None and due.at <= now else None

    def _end_quiet(self, tx: Transaction, conversation: str, now: datetime) -> None:
        talk = store.get_conversation(tx, self._gear.store_id, conversation)
        step = None if records.is_unanswered(tx, talk) else self._quiet_step(talk, now)
        if step == "remind":
            closing.remind(tx, talk, self._voice, now)
        elif step == "close":
            closing.close(tx, talk, self._house, "quiet", now)
        if step is not None:
            self._gear.hint(tx, conversation)

    def _topic_of(self, entry: str) -> str:
        found = self._gear.kb.find_entry(entry)
        return found.topic if found is not None and not found.is_system else ""
