"""Who waits first, and who gets whom. Pure.

A talk's place in the queue is fixed when it begins to wait: the time since it waits, moved back by what
its priority is worth. So nobody starves: what comes more than the largest of these spans later never goes
first, whatever its priority.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shopbot.desk.model import Agent, Assignment, Because, Talk
from shopbot.desk.presence import capacity, room
from shopbot.rules import DeskRules


def ahead(talk: Talk, rules: DeskRules) -> timedelta:
    """Return how much longer a talk counts as having waited."""
    worth = {
        "normal": timedelta(0),
        "high": rules.high_ahead,
        "urgent": rules.urgent_ahead,
    }
    return worth[talk.priority] + (rules.vip_ahead if talk.vip else timedelta(0))


def place(talk: Talk, rules: DeskRules) -> tuple[datetime, datetime, str]:
    """Return a sort key of the queue: the smallest is next."""
    return (talk.since - ahead(talk, rules), talk.since, talk.conversation)


def in_order(talks: Iterable[Talk], rules: DeskRules) -> list[Talk]:
    """Return the queue, next one first."""
    return sorted(talks, key=lambda talk: place(talk, rules))


def assign(
    talks: Iterable[Talk], agents: Sequence[Agent], rules: DeskRules, now: datetime
) -> list[Assignment]:
    """Give waiting talks to whoever is there with room, until nobody has any."""
    seats = {agent.id: agent for agent in agents}
    given: list[Assignment] = []
    for talk in in_order(talks, rules):
        found = choose(talk, list(seats.values()), rules, now)
        if found is None:
            continue
        agent, because = found
        seats[agent.id] = replace(agent, load=agent.load + 1, given_at=now)
        given.append(
            Assignment(
                conversation=talk.conversation, agent=agent.id, name=agent.name, because=because
            )
        )
    return given


def choose(
    talk: Talk, agents: Sequence[Agent], rules: DeskRules, now: datetime
) -> tuple[Agent, Because] | None:
    """Return who should get ``talk`` and why, None while nobody has room.

    Whom the shopper knows comes first; then the least busy agent; supervisors when no agent has room, or
    first of all when the talk asks for one.
    """
    free = [agent for agent in agents if room(agent, rules, now)]
    known = [agent for agent in free if agent.id == talk.wanted]
    bosses = [agent for agent in free if agent.role == "supervisor"]
    others = [agent for agent in free if agent.role != "supervisor"]
    if talk.audience == "supervisor":
        ranked: list[tuple[list[Agent], Because]] = [
            (bosses, "supervisor"),
            (known, "first-asked"),
            (others, "no-supervisor"),
        ]
    else:
        ranked = [(known, "first-asked"), (others, "least-busy"), (bosses, "supervisor")]
    for group, because in ranked:
        if group:
            return least_busy(group, rules), because
    return None


def least_busy(agents: Sequence[Agent], rules: DeskRules) -> Agent:
    """Return the agent with the smallest share of their seats taken, who has waited longest."""

    def key(agent: Agent) -> tuple[float, int, str, str]:
        idle = agent.given_at.isoformat() if agent.given_at else ""
        return (agent.load / max(1, capacity(agent, rules)), agent.load, idle, agent.id)

    return min(agents, key=key)
