"""The desk's use cases, each inside a transaction that the caller opened: nothing here commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shopbot import audit
from shopbot.desk import assignment, hours, important, presence, store, transfers
from shopbot.desk.model import (
    Agent,
    AgentRole,
    Assignment,
    Audience,
    Because,
    DeskFacts,
    Hours,
    Presence,
    Priority,
    Released,
    Talk,
    Transfer,
)
from shopbot.errors import Conflict, NotFound
from shopbot.rules import DeskRules, Rules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

_RANK: Mapping[str, int] = {"normal": 0, "high": 1, "urgent": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What time has changed at the desk."""

    released: tuple[Released, ...] = ()  # talks whose agent is not there any more
    expired: tuple[Transfer, ...] = ()  # offers that nobody answered


class Desk:
    """Who is there, who waits, who gets which talk; talks are opaque ids."""

    def __init__(self, *, rules: Callable[[], Rules], hours: Callable[[], Hours]) -> None:
        self._rules = rules
        self._hours = hours

    @property
    def rules(self) -> DeskRules:
        """The rules as they stand now."""
        return self._rules().desk

    # --- facts ---------------------------------------------------------------------------------------

    def facts(self, reader: Reader, store_id: str, now: datetime) -> DeskFacts:
        """Return who could take over now."""
        rules = self.rules
        agents = store.list_agents(reader, store_id)
        return DeskFacts(
            open=self.is_open(now),
            opens_at=None if self.is_open(now) else self.next_opening(now),
            agents_online=sum(presence.standing(one, rules, now) == "online" for one in agents),
            agents_free=sum(presence.room(one, rules, now) > 0 for one in agents),
            waiting=store.count_waiting(reader, store_id),
        )

    def is_open(self, now: datetime) -> bool:
        """Tell whether people answer at this hour."""
        return hours.is_open(self._hours(), now)

    def next_opening(self, now: datetime) -> datetime:
        """Return ``now`` while people answer, else when they do again."""
        return hours.next_opening(self._hours(), now)

    def list_agents(self, reader: Reader, store_id: str) -> list[Agent]:
        """Return everybody who ever sat at the desk."""
        return store.list_agents(reader, store_id)

    def list_queue(self, reader: Reader, store_id: str) -> list[Talk]:
        """Return the talks that wait, the next one first."""
        return assignment.in_order(store.list_talks(reader, store_id, "waiting"), self.rules)

    def find_talk(self, reader: Reader, store_id: str, conversation: str) -> Talk | None:
        """Return a talk as the desk sees it, None when it never came here."""
        return store.find_talk(reader, store_id, conversation)

    def is_important(self, reader: Reader, store_id: str, visitor: str) -> bool:
        """Tell whether a visitor is an important customer."""
        return important.is_important(reader, store_id, visitor)

    # --- presence ------------------------------------------------------------------------------------

    def set_presence(
        self,
        tx: Transaction,
        store_id: str,
        agent: str,
        state: Presence,
        now: datetime,
        *,
        name: str,
        role: AgentRole = "agent",
        capacity: int | None = None,
    ) -> Agent:
        """Write down what an agent says of themselves; their talks stay until :meth:`sweep`."""
        before = store.find_agent(tx, store_id, agent)
        if capacity is None and before is not None:
            capacity = before.capacity
        since = before.since if before is not None and before.state == state else now
        made = Agent(
            store_id=store_id,
            id=agent,
            name=name,
            role=role,
            state=state,
            capacity=capacity,
            since=since,
            seen_at=now,
        )
        store.put_agent(tx, made)
        if before is None or before.state != state:
            self._record(tx, store_id, "desk.presence-set", agent, agent, now, state=state)
        return made

    def sign(self, tx: Transaction, store_id: str, agent: str, now: datetime) -> bool:
        """Take a sign of an agent's page; False when it changed nothing worth writing."""
        known = store.find_agent(tx, store_id, agent)
        if known is None or known.state == "off":
            return False
        if not presence.worth_writing(known, self.rules, now):
            return False
        store.see_agent(tx, store_id, agent, now)
        return True

    def spare(self, tx: Transaction, store_id: str, now: datetime) -> int:
        """Let everybody whose page could give no sign come back: the server itself was away.

        They count as lost from now on: nothing new, but the talks are theirs for a while. Returns how
        many that were.
        """
        rules = self.rules
        found = [
            agent
            for agent in store.list_agents(tx, store_id)
            if presence.standing(agent, rules, now) in ("lost", "gone")
        ]
        for agent in found:
            store.see_agent(tx, store_id, agent.id, now - rules.lost_after)
        return len(found)

    # --- queue ---------------------------------------------------------------------------------------

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
        audience: Audience = "agent",
        since: datetime | None = None,
    ) -> Talk:
        """Let a talk wait for a person. One that waits already keeps its place and may only gain."""
        known = store.find_talk(tx, store_id, conversation)
        if known is not None and known.state == "held":
            raise Conflict(f"The talk {conversation} is held by {known.agent}.", id=conversation)
        talk = Talk(
            store_id=store_id,
            conversation=conversation,
            state="waiting",
            wanted=self._wanted(tx, store_id, shopper, known, now),
            audience=audience,
            shopper=shopper or (known.shopper if known else ""),
            reason=reason,
            priority=priority,
            vip=vip,
            since=since or now,
        )
        if known is not None and known.state == "waiting":
            talk = _gained(known, talk)
        store.put_talk(tx, talk)
        data = {"reason": talk.reason, "priority": talk.priority}
        self._record(tx, store_id, "chat.queued", "system", conversation, now, **data)
        return talk

    def take(
        self,
        tx: Transaction,
        store_id: str,
        conversation: str,
        agent: str,
        now: datetime,
        *,
        because: Because = "taken",
        step_in: bool = False,
    ) -> Assignment:
        """Give a talk to an agent. Conflict when a colleague holds it, unless a supervisor steps in."""
        known = store.find_talk(tx, store_id, conversation)
        if known is not None and known.state == "held" and known.agent != agent and not step_in:
            raise Conflict(f"The talk {conversation} is held by {known.agent}.", id=conversation)
        before = known or Talk(
            store_id=store_id, conversation=conversation, state="waiting", since=now
        )
        if before.agent and before.agent != agent:
            transfers.end_open(tx, store_id, conversation, agent, now)
        held = replace(before, state="held", agent=agent, wanted=agent, given_at=now)
        store.put_talk(tx, held)
        store.give_agent(tx, store_id, agent, now)
        store.put_known(tx, store_id, held.shopper, agent, now)
        self._record(tx, store_id, "chat.taken", agent, conversation, now, because=because)
        person = store.find_agent(tx, store_id, agent)
        name = person.name if person else ""
        return Assignment(conversation=conversation, agent=agent, name=name, because=because)

    def release(
        self,
        tx: Transaction,
        store_id: str,
        conversation: str,
        now: datetime,
        *,
        who: str = "system",
    ) -> None:
        """Let a talk leave the desk: handed back to the bot, or closed. Safe to repeat."""
        known = store.find_talk(tx, store_id, conversation)
        if known is None or known.state == "done":
            return
        transfers.end_open(tx, store_id, conversation, who, now)
        store.put_talk(tx, replace(known, state="done", agent=""))
        self._record(tx, store_id, "chat.released", who, conversation, now)

    def assign_next(self, tx: Transaction, store_id: str, now: datetime) -> list[Assignment]:
        """Give what waits to who has room; nothing where agents take their talks themselves."""
        rules = self.rules
        if rules.assign != "auto" or not store.count_waiting(tx, store_id):
            return []
        waiting = store.list_talks(tx, store_id, "waiting")
        given = assignment.assign(waiting, store.list_agents(tx, store_id), rules, now)
        for one in given:
            self.take(tx, store_id, one.conversation, one.agent, now, because=one.because)
        return given

    def sweep(self, tx: Transaction, store_id: str, now: datetime) -> Swept:
        """Take back the talks of agents who are gone, and end offers that nobody answered."""
        rules = self.rules
        gone = presence.must_let_go(store.list_agents(tx, store_id), rules, now)
        released = [self._let_go(tx, agent, talk, now) for agent in gone for talk in _of(tx, agent)]
        expired = transfers.expire(tx, store_id, now)
        return Swept(released=tuple(released), expired=tuple(expired))

    def next_change(self, reader: Reader, store_id: str, now: datetime) -> datetime | None:
        """Return when :meth:`sweep` may have something to do, None when nothing can come."""
        moments = [one.expires_at for one in store.list_transfers(reader, store_id)]
        agents = [one for one in store.list_agents(reader, store_id) if one.load]
        change = presence.next_change(agents, self.rules, now)
        return min([*moments, *([change] if change is not None else [])], default=None)

    def due_now(self, reader: Reader, store_id: str, now: datetime) -> bool:
        """Tell whether :meth:`sweep` or :meth:`assign_next` has something to do; reads only."""
        rules = self.rules
        agents = store.list_agents(reader, store_id)
        if presence.must_let_go(agents, rules, now):
            return True
        if any(one.expires_at <= now for one in store.list_transfers(reader, store_id)):
            return True
        free = any(presence.room(one, rules, now) for one in agents)
        return free and rules.assign == "auto" and store.count_waiting(reader, store_id) > 0

    # --- transfer ------------------------------------------------------------------------------------

    def offer(
        self,
        tx: Transaction,
        store_id: str,
        conversation: str,
        *,
        giver: str,
        now: datetime,
        taker: str = "",
        note: str = "",
    ) -> Transfer:
        """Offer a talk to a colleague, or to the supervisors when ``taker`` is blank.

        The giver keeps it until somebody accepts. Conflict when they do not hold it, when it is on
        offer already, or when the colleague is not at the desk; NotFound for an unknown colleague.
        """
        talk = store.find_talk(tx, store_id, conversation)
        if talk is None or talk.agent != giver:
            raise Conflict(f"The talk {conversation} is not yours to transfer.", id=conversation)
        if taker:
            self._check_taker(tx, store_id, giver, taker, now)
        until = now + self.rules.transfer_wait
        return transfers.offer(tx, talk, giver=giver, taker=taker, note=note, now=now, until=until)

    def answer(
        self,
        tx: Transaction,
        store_id: str,
        transfer: str,
        *,
        agent: str,
        role: AgentRole,
        answer: Literal["accepted", "returned"],
        now: datetime,
    ) -> Transfer:
        """Accept an offered talk or send it back. Conflict when it is over; NotFound when not yours."""
        ended = transfers.answer(
            tx, store_id, transfer, agent=agent, role=role, answer=answer, now=now
        )
        if answer == "accepted":
            self.take(
                tx, store_id, ended.conversation, agent, now, because="accepted", step_in=True
            )
        return ended

    def list_transfers(self, reader: Reader, store_id: str) -> list[Transfer]:
        """Return all open offers."""
        return store.list_transfers(reader, store_id)

    # --- helpers -------------------------------------------------------------------------------------

    def _check_taker(
        self, tx: Transaction, store_id: str, giver: str, taker: str, now: datetime
    ) -> None:
        person = store.find_agent(tx, store_id, taker)
        if person is None:
            raise NotFound("agent")
        if taker == giver or presence.standing(person, self.rules, now) not in ("online", "away"):
            raise Conflict(f"The agent {taker} is not at the desk. Choose another.", id=taker)

    def _wanted(
        self, tx: Transaction, store_id: str, shopper: str, known: Talk | None, now: datetime
    ) -> str:
        rules = self.rules
        if not rules.same_agent_first:
            return ""
        key = shopper or (known.shopper if known else "")
        found = store.find_known(tx, store_id, key, now - rules.same_agent_within)
        return found or (known.wanted if known else "")

    def _let_go(self, tx: Transaction, agent: Agent, talk: Talk, now: datetime) -> Released:
        why: Literal["lost", "off"] = "off" if agent.state == "off" else "lost"
        transfers.end_open(tx, talk.store_id, talk.conversation, "system", now)
        priority: Priority = "high" if talk.priority == "normal" else talk.priority
        back = replace(talk, state="waiting", agent="", priority=priority, since=now, given_at=None)
        store.put_talk(tx, back)
        self._record(
            tx, talk.store_id, "chat.given-back", agent.id, talk.conversation, now, why=why
        )
        return Released(conversation=talk.conversation, agent=agent.id, name=agent.name, why=why)

    def _record(
        self,
        tx: Transaction,
        store_id: str,
        name: str,
        who: str,
        subject: str,
        now: datetime,
        **data: str,
    ) -> None:
        deed = audit.Deed(store_id=store_id, name=name, who=who, subject=subject, at=now, data=data)
        audit.record(tx, deed)


def _of(reader: Reader, agent: Agent) -> list[Talk]:
    return store.talks_of(reader, agent.store_id, agent.id)


def _gained(before: Talk, asked: Talk) -> Talk:
    """Return a waiting talk after it was asked for again: the higher priority, the earlier time."""
    higher = _RANK[asked.priority] > _RANK[before.priority]
    boss = "supervisor" in (before.audience, asked.audience)
    return replace(
        asked,
        priority=asked.priority if higher else before.priority,
        reason=asked.reason if higher else before.reason,
        audience="supervisor" if boss else "agent",
        vip=asked.vip or before.vip,
        since=min(asked.since, before.since),
    )
