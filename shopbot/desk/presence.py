"""Who is really there: what agents say, and whether their page still gives a sign. Pure.

A lost page is no wish to leave: the agent gets nothing new at once, but keeps the talks for a while, so
that a reload or a short break of the line changes nothing for the shoppers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from shopbot.desk.model import Agent
from shopbot.rules import DeskRules

Standing = Literal["online", "away", "lost", "gone", "off"]
"""``lost``: no sign, talks kept; ``gone``: no sign for so long that the talks go to others."""


def standing(agent: Agent, rules: DeskRules, now: datetime) -> Standing:
    """Return how an agent stands at ``now``."""
    if agent.state == "off":
        return "off"
    silent = now - agent.seen_at
    if silent >= rules.lost_after + rules.give_back_after:
        return "gone"
    if silent >= rules.lost_after:
        return "lost"
    return agent.state


def capacity(agent: Agent, rules: DeskRules) -> int:
    """Return how many talks an agent may hold at a time."""
    if agent.capacity is not None:
        return agent.capacity
    return rules.capacity_supervisor if agent.role == "supervisor" else rules.capacity


def room(agent: Agent, rules: DeskRules, now: datetime) -> int:
    """Return how many more talks an agent may be given now; none unless online."""
    if standing(agent, rules, now) != "online":
        return 0
    return max(0, capacity(agent, rules) - agent.load)


def must_let_go(agents: Iterable[Agent], rules: DeskRules, now: datetime) -> list[Agent]:
    """Return who holds talks without being there any more."""
    return [
        agent for agent in agents if agent.load and standing(agent, rules, now) in ("gone", "off")
    ]


def next_change(agents: Sequence[Agent], rules: DeskRules, now: datetime) -> datetime | None:
    """Return when somebody will count as lost or gone if no sign comes, None when nobody can."""
    moments: list[datetime] = []
    for agent in agents:
        if agent.state != "off":
            lost = agent.seen_at + rules.lost_after
            moments += [lost, lost + rules.give_back_after]
    return min((moment for moment in moments if moment > now), default=None)


def worth_writing(agent: Agent, rules: DeskRules, now: datetime) -> bool:
    """Tell whether a sign must be written down: few a minute do, and each that changes something."""
    silent = now - agent.seen_at
    return silent >= min(rules.lost_after / 3, timedelta(seconds=30)) or silent < timedelta(0)
