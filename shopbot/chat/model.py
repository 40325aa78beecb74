"""What a conversation is made of. Facts only: the database keeps them, the rules decide over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Side = Literal["shopper", "staff"]
"""The two sides of a talk; bot and agents are the staff's."""

Author = Literal["shopper", "bot", "agent", "system"]

Audience = Literal["all", "staff"]
"""Who may see an event: both sides, or the staff alone (drafts, notes, reasons)."""

Mode = Literal["bot-first", "human-first", "assist", "night"]
"""Reception modes (接待模式): who answers first, and whether the bot may send at all."""

Holder = Literal["bot", "queue", "agent"]
"""Who has the word: the bot, nobody yet (a person is awaited), or the agent who took the talk."""

State = Literal["open", "closed"]

Kind = Literal[
    "message",
    "recalled",  # {"message": seq}
    "held",  # who has the word changed: {"holder", "agent", "name", "reason", "priority"}
    "mode",  # {"mode", "by"}
    "suggested",  # staff: {"turn", "suggestions": [ids]}
    "voided",  # staff: {"turn", "why"}; drafts of the turn are of no use any more
    "blocked",  # staff: {"text", "why": [...]}; what was not sent, and why
    "note",  # staff: {"text"}
    "promised",  # staff: {"promise", "what", "until"}
    "promise",  # staff: {"promise", "state"}; kept, broken, withdrawn, kept-late
    "alerted",  # staff: {"why", "task"}; supervisors were told
    "rated",  # {"stars", "tags", "words"}
    "closed",  # {"why", "outcome"}
    "reopened",  # {}
]

MessageType = Literal[
    "text",
    "picture",
    "voice",
    "file",
    "chips",
    "product",
    "order",
    "return",
    "tracking",
    "rating",
]
"""What a message carries; each has a JSON schema in :mod:`shopbot.chat.schemas`."""

TurnState = Literal["collecting", "answered", "handed-over", "silent", "dropped"]
"""``collecting``: messages may still come; the others are final. One answer a turn at most."""

MediaKind = Literal["picture", "voice", "file"]

DraftKind = Literal["knowledge", "order", "phrase"]
DraftState = Literal["open", "accepted", "edited", "rejected", "ignored", "void"]

Priority = Literal["normal", "high", "urgent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One talk of one visitor with one store."""

    store_id: str
    id: str  # cnv_…
    visitor: str  # vis_…: whose browser or app; proofs of orders hang on it
    customer: str = ""  # the shop's own id of a signed-in shopper
    channel: str = "web"
    mode: Mode = "bot-first"
    state: State = "open"
    holder: Holder = "bot"
    agent: str = ""  # user id; only when the holder is an agent
    turn: int = 0  # number of the newest shopper turn
    last_seq: int = 0
    started_at: datetime
    shopper_at: datetime | None = None  # when the shopper last wrote
    staff_at: datetime | None = None  # when bot or agent last answered
    reminded_at: datetime | None = None  # the one reminder of a quiet talk
    closed_at: datetime | None = None
    product: str = ""  # SKU on view, as the page told
    memory: Mapping[str, Any] = field(default_factory=dict)  # chat.understanding.Memory as JSON
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a talk; never changed afterwards."""

    store_id: str
    conversation: str
    seq: int
    id: str  # evt_…
    at: datetime
    kind: Kind
    author: Author
    who: str = ""  # user id of an agent, visitor id of a shopper, blank for bot and system
    audience: Audience = "all"
    turn: int = 0
    client_key: str = ""  # a message's idempotency key, unique per author in a talk
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a side has got: everything up to these ``seq`` was delivered, was read."""

    side: Side
    delivered: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a shopper wrote in one go, and what became of it."""

    store_id: str
    conversation: str
    number: int
    state: TurnState = "collecting"
    first_seq: int
    last_seq: int
    opened_at: datetime
    due_at: datetime  # when no more is waited for
    answered_by: str = ""  # "bot" or a user id
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A suggested reply to a turn, for an agent to accept, edit or reject."""

    store_id: str
    id: str  # sug_…
    conversation: str
    turn: int
    rank: int
    kind: DraftKind
    text: str
    probability: float = 0.0
    entry: str = ""
    version: str = ""
    file: str = ""
    line: int = 0
    action: str = ""
    reasons: tuple[str, ...] = ()
    why: Mapping[str, Any] = field(default_factory=dict)  # scores, matched words, order snapshot
    attachments: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    state: DraftState = "open"
    made_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    final_text: str = ""
    reject_reason: str = ""
    message_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a sent message came from: enough to answer for every word of it years later."""

    store_id: str
    message: str  # event id
    conversation: str
    seq: int
    by: Author
    who: str = ""
    sources: tuple[Mapping[str, Any], ...] = ()  # entry, version, file, line, wording, scores
    rule: str = ""  # the deciding rule of chat.policy
    reasons: tuple[str, ...] = ()
    order: Mapping[str, Any] = field(
        default_factory=dict
    )  # how it stood (shopbot.orders.snapshots)
    draft: str = ""  # the suggestion that was accepted or edited
    edited: bool = False
    software: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that was promised to a shopper and must be kept."""

    store_id: str
    id: str  # prm_…
    conversation: str
    what: str
    until: datetime
    state: Literal["open", "kept", "broken", "withdrawn"] = "open"
    entry: str = ""  # the entry that carries it, blank when an agent marked it
    made_by: str  # "bot" or a user id
    made_at: datetime
    closed_by: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A stored picture, voice note or file; ``file`` is its random name below the data folder."""

    store_id: str
    id: str  # med_…
    conversation: str
    kind: MediaKind
    content_type: str
    name: str = ""  # as the sender's machine called it
    file: str
    size: int  # bytes
    width: int = 0  # pixels
    height: int = 0
    author: Author
    who: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as a client sends it; ``client_key`` makes a repeat harmless."""

    type: MessageType
    body: Mapping[str, Any]
    client_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a message: its event; ``repeated``: it was there already."""

    event: Event
    repeated: bool = False
