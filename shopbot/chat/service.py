"""The talk's use cases: what a shopper, an agent and the bot can do. Each is one transaction.

Synchronous and safe from any thread. Whoever shows a talk fetches :meth:`Chat.events_after` when a hint
``conversation.changed`` names it; the hint itself carries nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from shopbot import ids
from shopbot.chat import (
    answering,
    closing,
    custody,
    gather,
    letters,
    looking,
    modes,
    store,
    turn_store,
    turns,
)
from shopbot.chat.errors import BadMessage
from shopbot.chat.gear import MARKED, TYPING
from shopbot.chat.letters import Letter
from shopbot.chat.lines import Line
from shopbot.chat.looking import Glance, Sight
from shopbot.chat.model import (
    Author,
    Conversation,
    Event,
    Incoming,
    Mark,
    Mode,
    Priority,
    Sent,
    Side,
)
from shopbot.chat.staff_side import StaffSide
from shopbot.chat.store import NewEvent
from shopbot.chat.turn_store import DueTurn
from shopbot.chat.turns import TurnQueue
from shopbot.chat.uploads import Uploads
from shopbot.errors import NotFound, StorageError
from shopbot.storage import Transaction

MOST_EVENTS = 500


class Chat(StaffSide, Uploads):
    """All that can be done in and with talks."""

    @property
    def turns(self) -> TurnQueue:
        """Turns that wait for the keeper."""
        return self.gear.turns

    # --- talks ------------------------------------------------------------------------------------

    def open(
        self,
        *,
        visitor: str,
        customer: str = "",
        product: str = "",
        channel: str = "web",
        mode: Mode | None = None,
    ) -> Conversation:
        """Return the open talk of a shopper, or a new one that knows what the last was about.

        ``product`` is the SKU on view; it moves the focus of an open talk as well.
        """
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            found = store.find_open(tx, self.store_id, visitor, customer)
            if found is not None:
                return self._joined(tx, found, customer, product)
            last = store.list_of_visitor(tx, self.store_id, visitor, customer, count=1)
            made = Conversation(
                store_id=self.store_id,
                id=ids.new_id("cnv"),
                visitor=visitor,
                customer=customer,
                channel=channel,
                mode=mode or modes.mode_at(self.gear.rules(), now),
                started_at=now,
                product=product,
                memory={
                    **closing.inherited(last[0] if last else None),
                    **({modes.CHOSEN: True} if mode else {}),
                },
            )
            store.add_conversation(tx, made)
            self.gear.hint(tx, made.id)
            return made

        return self._write(work)

    def _joined(
        self, tx: Transaction, talk: Conversation, customer: str, product: str
    ) -> Conversation:
        """Take in who has signed in and what they look at now."""
        told = replace(talk, customer=talk.customer or customer, product=product or talk.product)
        return talk if told == talk else store.save_conversation(tx, told)

    def access(self, *, visitor: str, conversation: str, customer: str = "") -> Conversation:
        """Return a shopper's own talk; NotFound is the same for all others."""
        return self._access(self.gear.db, visitor, conversation, customer)

    def current(self, *, visitor: str, customer: str = "") -> Conversation | None:
        """Return a shopper's open talk, None when there is none."""
        return store.find_open(self.gear.db, self.store_id, visitor, customer)

    def history(self, *, visitor: str, customer: str = "", count: int = 50) -> list[Conversation]:
        """Return a shopper's talks, the latest first."""
        return store.list_of_visitor(self.gear.db, self.store_id, visitor, customer, count)

    def unread(self, talk: Conversation, side: Side) -> int:
        """Return how many messages a side has not read yet."""
        return store.count_unread(self.gear.db, talk, side)

    # --- messages --------------------------------------------------------------------------------------

    def send(
        self,
        *,
        conversation: str,
        author: Author,
        who: str,
        message: Incoming,
        customer: str = "",
        name: str = "",
        address: str = "",
        anyway: bool = False,
    ) -> Sent:
        """Send a message of a shopper (``who``: visitor) or an agent (``who``: user, ``name`` shown).

        A repeat under the same ``client_key`` is told and sends nothing; with another body it raises
        IdempotencyMismatch. An agent's text that must not leave raises MessageBlocked; ``anyway``
        overrides what may be overridden. ``address`` is where a shopper comes from (never stored).
        """
        letter = letters.letter(
            conversation, author, who, message, customer=customer, name=name, anyway=anyway
        )
        return self.post(letter, address).result()

    def post(self, letter: Letter, address: str = "") -> Future[Sent]:
        """Send a checked message as :meth:`send` does, without waiting until it is on disk."""
        now = self._now()
        if letter.author == "shopper":
            self.gear.addresses.keep(letter.who, address)
            work = letters.send_from_shopper
        elif letter.author == "agent":
            work = letters.send_from_agent
        else:
            raise BadMessage("only shoppers and agents send messages")
        return self.gear.db.submit(lambda tx: work(self.gear, tx, letter, now))

    def look(self, glances: Collection[Glance], marked: Collection[str]) -> Sight:
        """Read what is new in many talks, and the marks of ``marked`` ones, from one state of all.

        Access is the caller's to check, as for :meth:`events_after`.
        """
        now = self._now()
        with self.gear.db.snapshot() as reader:
            return looking.look(
                reader, self.store_id, glances, marked, lambda one: self._link(one, now)
            )

    def events_after(
        self, *, conversation: str, side: Side, seq: int, limit: int = 200
    ) -> list[Event]:
        """Return what a side has missed since ``seq``, oldest first, as that side may see it.

        Access is the caller's to check: shoppers come through :meth:`access`.
        """
        now = self._now()
        count = max(1, min(limit, MOST_EVENTS))
        with self.gear.db.snapshot() as reader:
            return looking.events(
                reader,
                self.store_id,
                Glance(talk=conversation, side=side, seq=seq, count=count),
                lambda one: self._link(one, now),
            )

    def mark(self, *, conversation: str, side: Side, delivered: int = 0, read: int = 0) -> Mark:
        """Move a side's marks forward; they never go back, nor beyond what was written."""

        mark, moved = self._write(
            lambda tx: self._marked(tx, conversation, side, delivered=delivered, read=read)
        )
        if moved:
            self.gear.tell(MARKED, f"{conversation}:{side}")
        return mark

    def mark_all(self, moves: Mapping[tuple[str, Side], tuple[int, int]]) -> None:
        """Move many marks in one transaction; ``moves``: talk and side to delivered and read.

        Talks that are not there (any more) are left out.
        """

        def work(tx: Transaction) -> list[str]:
            moved = []
            for (talk, side), (delivered, read) in moves.items():
                with contextlib.suppress(NotFound):
                    if self._marked(tx, talk, side, delivered=delivered, read=read)[1]:
                        moved.append(f"{talk}:{side}")
            return moved

        for key in self._write(work):
            self.gear.tell(MARKED, key)

    def _marked(
        self, tx: Transaction, conversation: str, side: Side, *, delivered: int, read: int
    ) -> tuple[Mark, bool]:
        """Move one mark; tell how it stands and whether it has moved."""
        last_seq, before = store.get_place(tx, self.store_id, conversation, side)
        seen = min(max(read, 0), last_seq)
        got = min(max(delivered, seen), last_seq)
        after = Mark(side=side, delivered=max(got, before.delivered), read=max(seen, before.read))
        if after != before:
            store.put_mark(tx, self.store_id, conversation, after)
        return after, after != before

    def marks(self, conversation: str) -> list[Mark]:
        """Return how far both sides have got."""
        return store.list_marks(self.gear.db, self.store_id, conversation)

    def recall(
        self, *, conversation: str, author: Author, who: str, seq: int, customer: str = ""
    ) -> Event:
        """Take back a message of one's own within two minutes."""
        now = self._now()

        def work(tx: Transaction) -> Event:
            if author == "shopper":
                talk = self._access(tx, who, conversation, customer)
            else:
                talk = store.get_conversation(tx, self.store_id, conversation)
            return letters.recall(self.gear, tx, talk, author=author, who=who, seq=seq, now=now)

        return self._write(work)

    def typing(self, *, conversation: str, side: Side) -> None:
        """Tell the other side that somebody types; kept nowhere."""
        self.gear.tell(TYPING, f"{conversation}:{side}")

    # --- what a shopper may decide ---------------------------------------------------------------------

    def choose_mode(self, *, visitor: str, conversation: str, mode: Mode) -> Conversation:
        """Let the shopper choose who answers: ``bot-first`` or ``human-first``."""
        if mode not in ("bot-first", "human-first"):
            raise BadMessage("a shopper chooses bot-first or human-first")
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            talk = self._open_talk(self._access(tx, visitor, conversation))
            if talk.mode == mode:
                return talk
            talk = replace(talk, mode=mode, memory={**talk.memory, modes.CHOSEN: True})
            told = {"mode": mode, "by": "shopper"}
            new = NewEvent(kind="mode", author="shopper", who=visitor, body=told)
            talk, _ = store.append(tx, talk, new, now)
            self.gear.hint(tx, talk.id)
            return store.save_conversation(tx, talk)

        return self._write(work)

    def ask_human(
        self, *, conversation: str, visitor: str = "", priority: Priority = "normal"
    ) -> Conversation:
        """Let the talk wait for a person: the shopper asks (``visitor``) or staff do."""
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            if visitor:
                talk = self._access(tx, visitor, conversation)
            else:
                talk = store.get_conversation(tx, self.store_id, conversation)
            talk = self._announced(tx, self._open_talk(talk), now)
            talk = custody.to_queue(
                self.gear, tx, talk, reason="asked-for-human", priority=priority, now=now
            )
            self.gear.hint(tx, talk.id)
            return store.save_conversation(tx, talk)

        return self._write(work)

    def _announced(self, tx: Transaction, talk: Conversation, now: datetime) -> Conversation:
        """Say that a person is called, or when there is one again; once."""
        if talk.holder != "bot":
            return talk
        there = self.gear.desk.facts(tx, self.store_id, now).open
        line = Line(
            phrase="system.handoff" if there else "system.closed",
            key=f"house:asked:{talk.last_seq}",
            rule="asked-for-human",
        )
        memory = {**talk.memory, "called": "asked-for-human"}
        return self.voice.say(tx, replace(talk, memory=memory), line, now)[0]

    def rate(
        self,
        *,
        visitor: str,
        conversation: str,
        stars: int,
        tags: Sequence[str] = (),
        words: str = "",
    ) -> Conversation:
        """Write what the shopper thinks of the talk."""
        now = self._now()

        def work(tx: Transaction) -> Conversation:
            talk = self._access(tx, visitor, conversation)
            self.gear.hint(tx, talk.id)
            return closing.rate(tx, talk, stars=stars, tags=tags, words=words, now=now)

        return self._write(work)

    # --- the bot ---------------------------------------------------------------------------------------

    def answer_turn(self, conversation: str, turn: int) -> None:
        """Gather, decide, apply; safe to repeat, and from several processes.

        The knowledge is asked before the transaction. What the shopper or a person has written
        meanwhile makes the decision void: the turn comes due again, or is theirs.
        """
        now = self._now()
        facts = gather.gather(self.gear, conversation, turn, now)
        if facts is None:
            return
        if now < facts.turn.due_at <= now + turns.FAR:
            known = DueTurn(conversation=conversation, number=turn, due_at=facts.turn.due_at)
            self.gear.turns.add(known)  # more was written meanwhile
            return
        decided = gather.decide(self.gear, facts)
        try:
            self._write(lambda tx: answering.apply(self.gear, tx, decided))
        except StorageError:
            raise  # nothing is written: it is tried again
        except Exception as error:
            lost = gather.at_a_loss(facts, error)
            self._write(lambda tx: answering.apply(self.gear, tx, lost))

    def due_turns(self) -> list[DueTurn]:
        """Return turns that are due by the database, and those a clock set back has put far off."""
        now = self._now()
        soon = turn_store.list_collecting(self.gear.db, self.store_id, now)
        far = turn_store.list_far_turns(self.gear.db, self.store_id, now + turns.FAR)
        return [*soon, *(replace(one, due_at=now) for one in far)]
