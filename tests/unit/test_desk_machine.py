"""The desk under any order of events: nothing lost, nothing held twice, nobody over their seats."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from shopbot.desk import store
from shopbot.desk.model import AgentRole, Hours, Presence, Priority
from shopbot.desk.presence import capacity, standing
from shopbot.desk.service import Desk
from shopbot.errors import Conflict, NotFound
from shopbot.storage import Transaction, open_database
from tests.order_facts import RULES, SHANGHAI, STORE, at

T = TypeVar("T")

AGENTS = st.sampled_from(["li", "wang", "boss"])
TALKS = st.sampled_from([f"cnv_{n}" for n in range(8)])
SEATS = 2


class DeskMachine(RuleBasedStateMachine):
    """Agents come, go and get lost; talks come, move and end; time passes."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.db = open_database(Path(self._folder.name))
        self.desk = Desk(rules=lambda: RULES, hours=lambda: Hours(zone=SHANGHAI))
        self.now = at("2026-11-18 10:00")
        self.known: set[str] = set()  # talks that came and were not released
        self.by_hand: set[str] = set()  # taken or accepted: may be beyond the seats

    @override
    def teardown(self) -> None:
        """Put the database away."""
        self.db.close()
        self._folder.cleanup()

    def do(self, work: Callable[[Transaction], T]) -> T | None:
        """Do something; a refusal changes nothing."""
        try:
            return self.db.transaction(work)
        except (Conflict, NotFound):
            return None

    @rule(agent=AGENTS, state=st.sampled_from(["online", "away", "off"]))
    def say(self, agent: str, state: Presence) -> None:
        """An agent says how they are."""
        role: AgentRole = "supervisor" if agent == "boss" else "agent"
        self.do(
            lambda tx: self.desk.set_presence(
                tx,
                STORE,
                agent,
                state,
                self.now,
                name=agent,
                role=role,
                capacity=SEATS,
            )
        )

    @rule(agent=AGENTS)
    def sign(self, agent: str) -> None:
        """A page gives a sign."""
        self.do(lambda tx: self.desk.sign(tx, STORE, agent, self.now))

    @rule(seconds=st.sampled_from([1, 30, 60, 200]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    @rule(talk=TALKS, priority=st.sampled_from(["normal", "high", "urgent"]))
    def come(self, talk: str, priority: Priority) -> None:
        """A talk asks for a person."""
        made = self.do(
            lambda tx: self.desk.enqueue(
                tx, STORE, talk, reason="asked", priority=priority, vip=False, now=self.now,
                shopper=talk,
            )
        )  # fmt: skip
        if made is not None:
            self.known.add(talk)

    @rule(talk=TALKS, agent=AGENTS)
    def take(self, talk: str, agent: str) -> None:
        """Somebody takes a talk; a supervisor from whoever has it."""
        boss = agent == "boss"
        taken = self.do(lambda tx: self.desk.take(tx, STORE, talk, agent, self.now, step_in=boss))
        if taken is not None:
            self.known.add(talk)
            self.by_hand.add(talk)

    @rule(talk=TALKS)
    def release(self, talk: str) -> None:
        """A talk ends."""
        self.do(lambda tx: self.desk.release(tx, STORE, talk, self.now))
        self.known.discard(talk)
        self.by_hand.discard(talk)

    @rule(talk=TALKS, giver=AGENTS, taker=st.sampled_from(["", "li", "wang", "boss"]))
    def offer(self, talk: str, giver: str, taker: str) -> None:
        """Somebody offers a talk."""
        self.do(lambda tx: self.desk.offer(tx, STORE, talk, giver=giver, taker=taker, now=self.now))

    @precondition(lambda self: self.desk.list_transfers(self.db, STORE))
    @rule(agent=AGENTS, answer=st.sampled_from(["accepted", "returned"]))
    def answer(self, agent: str, answer: Literal["accepted", "returned"]) -> None:
        """Somebody answers an offer."""
        offered = self.desk.list_transfers(self.db, STORE)[0]
        role: AgentRole = "supervisor" if agent == "boss" else "agent"
        ended = self.do(
            lambda tx: self.desk.answer(
                tx,
                STORE,
                offered.id,
                agent=agent,
                role=role,
                answer=answer,
                now=self.now,
            )
        )
        if ended is not None and answer == "accepted":
            self.by_hand.add(ended.conversation)

    @rule()
    def look(self) -> None:
        """The timer looks."""
        swept = self.db.transaction(lambda tx: self.desk.sweep(tx, STORE, self.now))
        given = self.db.transaction(lambda tx: self.desk.assign_next(tx, STORE, self.now))
        self.by_hand -= {one.conversation for one in swept.released}
        self.by_hand -= {one.conversation for one in given}
        agents = {one.id: one for one in self.desk.list_agents(self.db, STORE)}
        for one in given:
            assert "online" == standing(agents[one.agent], RULES.desk, self.now)
        waiting = bool(store.list_talks(self.db, STORE, "waiting"))
        free = self.desk.facts(self.db, STORE, self.now).agents_free
        assert not (waiting and free), "somebody waits though somebody has room"
        assert not self.desk.due_now(self.db, STORE, self.now)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """Each talk that came waits or is held by exactly one."""
        waiting = {one.conversation for one in store.list_talks(self.db, STORE, "waiting")}
        held = [one.conversation for one in store.list_talks(self.db, STORE, "held")]
        assert len(held) == len(set(held))
        assert not waiting & set(held)
        assert self.known == waiting | set(held)

    @invariant()
    def nobody_is_given_more_than_their_seats(self) -> None:
        """Beyond them only what they took themselves."""
        for agent in self.desk.list_agents(self.db, STORE):
            mine = {one.conversation for one in store.talks_of(self.db, STORE, agent.id)}
            assert agent.load == len(mine)
            assert len(mine - self.by_hand) <= capacity(agent, RULES.desk)

    @invariant()
    def offers_are_their_givers(self) -> None:
        """Only what somebody holds is on offer, and once."""
        offers = self.desk.list_transfers(self.db, STORE)
        for one in offers:
            talk = self.desk.find_talk(self.db, STORE, one.conversation)
            assert talk is not None
            assert one.giver == talk.agent
        assert len({one.conversation for one in offers}) == len(offers)


DeskMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDeskMachine = DeskMachine.TestCase
