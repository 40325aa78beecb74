"""The reception (接待): agents come and go, talks are offered, promises ended, lines drop.

Each method is one transaction; whoever shows a talk or the desk hears of it after the commit. What people
write is :mod:`shopbot.chat.service`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shopbot import messages
from shopbot.chat import (
    custody,
    offline,
    promises,
    store,
)
from shopbot.chat.gear import Gear
from shopbot.chat.lines import Voice
from shopbot.chat.model import Conversation, Promise
from shopbot.desk import important, presence, tasks
from shopbot.desk.model import (
    Agent,
    AgentRole,
    DeskFacts,
    Presence,
    Talk,
    Task,
    Transfer,
)
from shopbot.desk.service import Desk, Swept
from shopbot.storage import Transaction

DESK_CHANGED = "desk.changed"
"""Topic of hints: who is there, who waits or what is to be done has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who of the staff acts."""

    id: str  # user id
    name: str  # as shoppers read it
    role: AgentRole = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What there is at the desk, or what one person sees of it."""

    me: Agent | None = None
    facts: DeskFacts
    agents: tuple[Agent, ...]
    queue: tuple[Talk, ...]
    transfers: tuple[Transfer, ...]
    tasks: tuple[Task, ...]

    def seen_by(self, person: Person) -> Overview:
        """Return what a person sees: talks offered to them, or by them; tasks that are theirs."""
        return replace(
            self,
            me=next((one for one in self.agents if one.id == person.id), None),
            transfers=tuple(one for one in self.transfers if _concerns(one, person)),
            tasks=tuple(one for one in self.tasks if _sees(one, person)),
        )


class Reception:
    """Everything about who answers, and when."""

    def __init__(self, gear: Gear, desk: Desk) -> None:
        self._gear = gear
        self._desk = desk
        self._voice = Voice(gear.kb, gear.software)

    # --- the desk ------------------------------------------------------------------------------------

    def overview(self, person: Person) -> Overview:
        """Return what a person sees of the desk."""
        return self.whole().seen_by(person)

    def whole(self) -> Overview:
        """Return everything there is at the desk."""
        gear, now = self._gear, self._gear.clock.now()
        with gear.db.snapshot() as reader:
            return Overview(
                facts=self._desk.facts(reader, gear.store_id, now),
                agents=tuple(self._desk.list_agents(reader, gear.store_id)),
                queue=tuple(self._desk.list_queue(reader, gear.store_id)),
                transfers=tuple(self._desk.list_transfers(reader, gear.store_id)),
                tasks=tuple(tasks.list_tasks(reader, gear.store_id)),
            )

    def standing(self, agent: Agent) -> presence.Standing:
        """Return whether an agent is really there now."""
        return presence.standing(agent, self._desk.rules, self._gear.clock.now())

    def set_presence(
        self, person: Person, state: Presence, *, capacity: int | None = None
    ) -> Agent:
        """Come to the desk, go for a while, or leave; leaving gives every talk back at once."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> Agent:
            made = self._desk.set_presence(
                tx,
                gear.store_id,
                person.id,
                state,
                now,
                name=person.name,
                role=person.role,
                capacity=capacity,
            )
            self.sweep(tx, now)
            self._hint(tx)
            return made

        return gear.db.transaction(work)

    def sign(self, agent: str) -> None:
        """Take a sign of an agent's page; writes a few times a minute at most."""
        gear, now = self._gear, self._gear.clock.now()
        agents = self._desk.list_agents(gear.db, gear.store_id)
        known = next((one for one in agents if one.id == agent), None)
        if known is None or not presence.worth_writing(known, self._desk.rules, now):
            return

        def work(tx: Transaction) -> None:
            was_there = presence.standing(known, self._desk.rules, now) in ("online", "away")
            if self._desk.sign(tx, gear.store_id, agent, now) and not was_there:
                self.sweep(tx, now)
                self._hint(tx)

        gear.db.transaction(work)

    def sweep(self, tx: Transaction, now: datetime) -> Swept:
        """Tell the talks what time and presence have changed, and give out what waits."""
        swept = self._desk.sweep(tx, self._gear.store_id, now)
        for one in swept.released:
            talk = self._open(tx, one.conversation)
            if talk is not None:
                talk = custody.waits_again(tx, talk, why=f"agent-{one.why}", now=now)
                text = messages.text(f"desk.released-{one.why}", name=one.name)
                self._save(tx, _note(tx, talk, text, now))
        for offer in swept.expired:
            talk = self._open(tx, offer.conversation)
            if talk is not None:
                self._save(tx, _note(tx, talk, messages.text("desk.transfer-expired"), now))
        custody.assign(self._gear, tx, now)
        return swept

    # --- transfer ------------------------------------------------------------------------------------

    def offer(
        self, conversation: str, giver: Person, *, taker: str = "", note: str = ""
    ) -> Transfer:
        """Offer a talk to a colleague, or to the supervisors; the giver keeps it until it is accepted."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> Transfer:
            talk = store.get_conversation(tx, gear.store_id, conversation)
            made = self._desk.offer(
                tx, gear.store_id, conversation, giver=giver.id, taker=taker, note=note, now=now
            )
            if note:
                self._save(tx, _note(tx, talk, made.note, now, who=giver.id))
            self._hint(tx)
            return made

        return gear.db.transaction(work)

    def answer_offer(
        self,
        transfer: str,
        person: Person,
        answer: Literal["accepted", "returned"],
        *,
        note: str = "",
    ) -> Transfer:
        """Accept an offered talk, or return it; the shopper sees who speaks, the giver reads the note."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> Transfer:
            ended = self._desk.answer(
                tx,
                gear.store_id,
                transfer,
                agent=person.id,
                role=person.role,
                answer=answer,
                now=now,
            )
            talk = store.get_conversation(tx, gear.store_id, ended.conversation)
            if answer == "accepted":
                talk = custody.to_agent(tx, talk, agent=person.id, name=person.name, now=now)
            text = messages.text(f"desk.transfer-{answer}", name=person.name, note=note[:200])
            self._save(tx, _note(tx, talk, text, now, who=person.id))
            self._hint(tx)
            return ended

        return gear.db.transaction(work)

    # --- tasks, promises, records --------------------------------------------------------------------

    def end_task(
        self, task: str, who: str, outcome: Literal["done", "dropped"], *, result: str = ""
    ) -> Task:
        """Say that a task of the desk is done, or will not be."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> Task:
            self._hint(tx)
            return tasks.end_task(tx, gear.store_id, task, outcome, who=who, now=now, result=result)

        return gear.db.transaction(work)

    def end_promise(self, promise: str, who: str, ending: promises.Ending) -> Promise:
        """Say that a promise was kept, or is taken back."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> Promise:
            ended = promises.end_promise(tx, gear.store_id, promise, ending, who=who, now=now)
            gear.hint(tx, ended.conversation)
            self._hint(tx)
            return ended

        return gear.db.transaction(work)

    def set_important(self, conversation: str, who: str, *, vip: bool) -> bool:
        """Mark the shopper of a talk as an important customer, or take that back; false: no change."""
        gear, now = self._gear, self._gear.clock.now()

        def work(tx: Transaction) -> bool:
            talk = store.get_conversation(tx, gear.store_id, conversation)
            changed = important.mark_talk(
                tx, gear.store_id, talk.id, talk.visitor, vip=vip, who=who, now=now
            )
            self._hint(tx)
            return changed

        return gear.db.transaction(work)

    # --- shoppers who come and go --------------------------------------------------------------------

    def shopper_left(self, conversation: str) -> None:
        """Take note that the last page of a shopper is gone; writes only where something is under way."""
        gear, now = self._gear, self._gear.clock.now()
        with gear.db.snapshot() as reader:
            talk = store.get_conversation(reader, gear.store_id, conversation)
            if talk.state == "closed" or offline.judge(offline.read_cut(reader, talk)) == "none":
                return
        rules = self._desk.rules
        gear.db.transaction(
            lambda tx: offline.left(
                tx, store.get_conversation(tx, gear.store_id, conversation), rules, now
            )
        )

    def shopper_back(self, conversation: str) -> None:
        """Take note that a shopper's page is open again; writes only after the line had dropped."""
        gear, now = self._gear, self._gear.clock.now()
        if not offline.was_gone(gear.db, gear.store_id, conversation):
            return

        def work(tx: Transaction) -> None:
            talk = store.get_conversation(tx, gear.store_id, conversation)
            offline.back(tx, talk, self._voice, now)
            gear.hint(tx, conversation)
            self._hint(tx)

        gear.db.transaction(work)

    # --- helpers -------------------------------------------------------------------------------------

    def _open(self, tx: Transaction, conversation: str) -> Conversation | None:
        talk = store.get_conversation(tx, self._gear.store_id, conversation)
        return talk if talk.state == "open" else None

    def _save(self, tx: Transaction, talk: Conversation) -> Conversation:
        self._gear.hint(tx, talk.id)
        return store.save_conversation(tx, talk)

    def _hint(self, tx: Transaction) -> None:
        tell_desk(self._gear, tx)


def tell_desk(gear: Gear, tx: Transaction) -> None:
    """Once the transaction holds, let the agents' pages look at the desk again."""
    tx.after_commit(lambda: gear.tell(DESK_CHANGED, gear.store_id))


def _note(
    tx: Transaction, talk: Conversation, text: str, now: datetime, *, who: str = ""
) -> Conversation:
    """Write a note that staff alone see; the talk is yet to be saved."""
    new = store.NewEvent(
        kind="note",
        author="agent" if who else "system",
        who=who,
        audience="staff",
        turn=talk.turn,
        body={"text": text.strip()},
    )
    return store.append(tx, talk, new, now)[0]


def _concerns(offer: Transfer, person: Person) -> bool:
    boss = person.role == "supervisor"
    return person.id in (offer.giver, offer.taker) or (boss and offer.audience == "supervisor")


def _sees(task: Task, person: Person) -> bool:
    return task.audience == "agent" or person.role == "supervisor" or task.agent == person.id
