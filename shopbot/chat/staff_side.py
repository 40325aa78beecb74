"""What staff can do in and with talks."""

from __future__ import annotations

from datetime import datetime

from shopbot.chat import (
    accepting,
    closing,
    custody,
    draft_store,
    letters,
    promises,
    schemas,
    store,
    turn_store,
)
from shopbot.chat.accepting import Accepted
from shopbot.chat.errors import BadMessage, DraftVoid
from shopbot.chat.model import Conversation, Draft, Event, Promise, Receipt, Sent
from shopbot.chat.store import NewEvent, TalkFilter
from shopbot.chat.turn_store import DueTurn
from shopbot.chat.use_cases import UseCases
from shopbot.errors import Conflict
from shopbot.kb.suggestion import Answer, Query
from shopbot.storage import Transaction

MAX_NOTE = 1000


class StaffSide(UseCases):
    """Queue, hands, suggestions, notes, promises, the end of a talk."""

    def find(self, conversation: str) -> Conversation:
        """Return a talk for staff; NotFound when there is none."""
        return store.get_conversation(self.gear.db, self.store_id, conversation)

    def list_open(
        self, *, holder: str = "", agent: str = "", state: str = "open", count: int = 50
    ) -> list[Conversation]:
        """Return talks for staff, those written in last first; blanks do not filter."""
        wanted = TalkFilter(state=state, holder=holder, agent=agent, count=count)
        return self.list_talks(wanted)

    def list_talks(self, wanted: TalkFilter) -> list[Conversation]:
        """Return talks for staff page by page."""
        return store.list_conversations(self.gear.db, self.store_id, wanted)

    def queue(self) -> list[Conversation]:
        """Return the talks that wait for a person."""
        return self.list_open(holder="queue")

    def take(self, *, conversation: str, agent: str, step_in: bool = False) -> Conversation:
        """Give a talk to an agent; Conflict when a colleague holds it, unless a supervisor steps in."""
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            talk = self._open_talk(store.get_conversation(tx, self.store_id, conversation))
            given = self.gear.desk.take(
                tx, self.store_id, conversation, agent, now, step_in=step_in
            )
            talk = custody.to_agent(tx, talk, agent=agent, name=given.name, now=now)
            self.gear.hint(tx, talk.id)
            return store.save_conversation(tx, talk)

        return self._write(work)

    def hand_back(self, *, conversation: str, agent: str) -> Conversation:
        """Give a talk back to the bot, with the turn that nobody has answered.

        Conflict for a talk that a colleague holds.
        """
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            talk = self._open_talk(store.get_conversation(tx, self.store_id, conversation))
            if talk.holder == "agent" and talk.agent != agent:
                raise Conflict("A colleague holds this conversation.", id=conversation)
            talk = letters.void_drafts(tx, talk, "handed-back", now)
            talk = custody.to_bot(self.gear, tx, talk, now)
            if turn_store.reopen_turn(tx, talk, now):
                due = DueTurn(conversation=talk.id, number=talk.turn, due_at=now)
                self.gear.look_at(tx, due)
            self.gear.hint(tx, talk.id)
            return store.save_conversation(tx, talk)

        return self._write(work)

    def close(self, *, conversation: str, who: str, by: closing.Why = "agent") -> Conversation:
        """End a talk: closing line, rating card, record. Safe to repeat."""
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            if by == "shopper":
                talk = self._access(tx, who, conversation)
            else:
                talk = store.get_conversation(tx, self.store_id, conversation)
            self.gear.hint(tx, talk.id)
            return closing.close(tx, talk, self.house, by, now, who=who)

        return self._write(work)

    def reopen(self, *, conversation: str, agent: str) -> Conversation:
        """Go on with a closed talk; Conflict when the shopper has begun another one."""
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            talk = store.get_conversation(tx, self.store_id, conversation)
            if talk.state == "open":
                return talk
            if store.find_open(tx, self.store_id, talk.visitor) is not None:
                raise Conflict("The shopper has another conversation open.", id=conversation)
            talk = letters.reopened(tx, talk, "agent", now)
            self.gear.hint(tx, talk.id)
            return store.save_conversation(tx, talk)

        return self._write(work)

    def note(self, *, conversation: str, agent: str, text: str) -> Event:
        """Write a note that only staff see."""
        return self._write(
            lambda tx: self.write_note(tx, conversation=conversation, agent=agent, text=text)
        )

    def write_note(self, tx: Transaction, *, conversation: str, agent: str, text: str) -> Event:
        """As :meth:`note`, inside a transaction that is already open."""
        told = schemas.clean(text)
        if not told or len(told) > MAX_NOTE:
            raise BadMessage(f"a note has 1 to {MAX_NOTE} characters")
        talk = store.get_conversation(tx, self.store_id, conversation)
        new = NewEvent(
            kind="note", author="agent", who=agent, audience="staff", body={"text": told}
        )
        talk, event = store.append(tx, talk, new, self._now())
        store.save_conversation(tx, talk)
        self.gear.hint(tx, talk.id)
        return event

    def promise(self, *, conversation: str, agent: str, what: str, until: datetime) -> Promise:
        """Write down what an agent has promised; it is followed to its end."""
        return self._write(
            lambda tx: self.write_promise(
                tx, conversation=conversation, agent=agent, what=what, until=until
            )
        )

    def write_promise(
        self, tx: Transaction, *, conversation: str, agent: str, what: str, until: datetime
    ) -> Promise:
        """As :meth:`promise`, inside a transaction that is already open."""
        talk = store.get_conversation(tx, self.store_id, conversation)
        talk, made = promises.open_promise(
            tx,
            talk,
            what=schemas.clean(what),
            until=until,
            made_by=agent,
            now=self._now(),
            warn=self.gear.rules().desk.promise_warn,
        )
        store.save_conversation(tx, talk)
        self.gear.hint(tx, talk.id)
        return made

    # --- suggestions and receipts -----------------------------------------------------------------

    def drafts(self, conversation: str, turn: int | None = None) -> list[Draft]:
        """Return the suggestions that are open, or all of a turn, best first."""
        talk = self.find(conversation)
        return draft_store.list_drafts(self.gear.db, talk, turn)

    def accept(
        self,
        *,
        draft: str,
        agent: str,
        client_key: str,
        text: str | None = None,
        name: str = "",
        anyway: bool = False,
    ) -> Sent:
        """Send a suggestion as it stands, or changed (``text``); twice under any key sends once.

        DraftVoid when the shopper or a colleague has written since, the entry has expired, or the
        order has changed.
        """
        now = self._now()
        wanted = Accepted(
            draft=draft, agent=agent, name=name, client_key=client_key, text=text, anyway=anyway
        )
        done = self._write(lambda tx: accepting.accept(self.gear, tx, wanted, now))
        if isinstance(done, DraftVoid):
            raise done
        return done

    def reject(self, *, draft: str, agent: str, reason: str = "") -> Draft:
        """Write down that a suggestion is no good, and why."""
        now = self._now()
        return self._write(lambda tx: accepting.reject(self.gear, tx, draft, agent, reason, now))

    def receipt(self, message: str) -> Receipt:
        """Return where a message of the house came from."""
        return draft_store.get_receipt(self.gear.db, self.store_id, message)

    def suggest(self, query: Query) -> Answer:
        """Return suggestions for a pasted message; no talk, nothing is kept."""
        return self.gear.kb.suggest(query)
