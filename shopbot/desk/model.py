"""What the desk is made of: agents, talks that wait or are held, transfers, tasks. Facts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from typing import Any, Literal

AgentRole = Literal["agent", "supervisor"]

Presence = Literal["online", "away", "off"]
"""What an agent says of themselves; whether their page still gives a sign is ``seen_at``."""

Priority = Literal["normal", "high", "urgent"]

TalkState = Literal["waiting", "held", "done"]

Because = Literal["first-asked", "least-busy", "supervisor", "no-supervisor", "taken", "accepted"]
"""Why an agent has a talk."""

TaskKind = Literal[
    "contact",  # a message that no talk could take: tell the shopper by another way
    "dropped",  # the line dropped: contact the customer first
    "unanswered",  # nobody has answered in spite of every comfort line
    "promise-due",  # a promise must be kept soon
    "promise-broken",
]
Audience = Literal["agent", "supervisor"]
TaskState = Literal["open", "done", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person at the desk."""

    store_id: str
    id: str  # user id
    name: str  # shown to shoppers
    role: AgentRole = "agent"
    state: Presence = "off"
    capacity: int | None = None  # None: the rules'
    since: datetime  # in this state
    seen_at: datetime  # last sign of their page
    load: int = 0  # talks they hold
    given_at: datetime | None = None  # when they last got one


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A talk as the desk sees it."""

    store_id: str
    conversation: str
    state: TalkState
    agent: str = ""  # who holds it
    wanted: str = ""  # whom the shopper knows: first asked stays responsible (首问负责)
    audience: Audience = "agent"  # supervisor: one of them, if any is there
    shopper: str = ""  # the shopper's key, opaque
    reason: str = ""
    priority: Priority = "normal"
    vip: bool = False
    since: datetime  # waits since
    given_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A talk given to an agent, with the reason."""

    conversation: str
    agent: str
    name: str
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A talk that an agent had to let go; it waits again."""

    conversation: str
    agent: str
    name: str
    why: Literal["lost", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A talk offered to a colleague or to the supervisors."""

    store_id: str
    id: str  # trf_…
    conversation: str
    giver: str
    taker: str = ""  # blank: any supervisor
    audience: Audience = "agent"
    note: str = ""
    state: Literal["asked", "accepted", "returned", "expired"] = "asked"
    asked_at: datetime
    expires_at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something a person at the desk has to do, seen by all of its audience until it is done."""

    store_id: str
    id: str  # tsk_…
    kind: TaskKind
    key: str  # one open task of a kind under it
    conversation: str = ""
    order: str = ""
    audience: Audience = "agent"
    agent: str = ""  # whose it is first of all
    data: Mapping[str, Any] = field(default_factory=dict)
    made_at: datetime
    due_at: datetime
    state: TaskState = "open"
    done_by: str = ""
    done_at: datetime | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFacts:
    """Who could take over now."""

    open: bool = True  # within the hours of people
    opens_at: datetime | None = None  # when they come again; None while they are there
    agents_online: int = 0
    agents_free: int = 0  # online with room for another talk
    waiting: int = 0  # talks in the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Opening hours on some days of the week; ``closes`` 00:00 or not after ``opens``: overnight."""

    days: tuple[int, ...]  # 1 Monday … 7 Sunday
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When people answer; no spans: always."""

    zone: tzinfo
    spans: tuple[Span, ...] = ()
