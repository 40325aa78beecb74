"""The shapes of what /api/v1/conversations, /desk, /suggestions and /promises answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbot.chat.model import (
    Audience,
    Author,
    DraftKind,
    DraftState,
    Holder,
    Kind,
    MediaKind,
    Mode,
    Side,
    State,
)
from shopbot.desk.model import Presence


class EventShown(BaseModel):
    """Something that happened in a talk."""

    seq: int
    id: str
    at: datetime
    kind: Kind
    author: Author
    turn: int
    body: dict[str, Any]
    client_key: str = Field(default="", description="To shoppers of their own messages only.")
    who: str = Field(default="", description="User id; for the staff only.")
    audience: Audience = "all"


class MarkShown(BaseModel):
    """How far a side has got."""

    side: Side
    delivered: int
    read: int


class TalkShown(BaseModel):
    """A conversation as the caller may see it."""

    model_config = ConfigDict(extra="allow")

    id: str
    state: State
    mode: Mode
    holder: Holder = Field(description="Who has the word: bot, queue (a person comes) or agent.")
    channel: str
    product: str
    turn: int
    last_seq: int
    started_at: datetime
    closed_at: datetime | None = None
    marks: list[MarkShown] = Field(default_factory=list)
    important: bool | None = Field(
        default=None, description="Staff: an important customer. Null where it was not looked up."
    )


class ImportantShown(BaseModel):
    """Whether a shopper counts as an important customer now."""

    important: bool


class CurrentTalk(BaseModel):
    """The open talk, if there is one."""

    conversation: TalkShown | None


class TalkList(BaseModel):
    """Talks, newest first."""

    conversations: list[TalkShown]


class EventsShown(BaseModel):
    """The events that were missed."""

    events: list[EventShown]
    more: bool = Field(description="Ask again with the last seq.")
    marks: list[MarkShown]
    now: datetime = Field(description="The server's clock; the client's may be wrong.")


class SentShown(BaseModel):
    """The message as it was kept."""

    event: EventShown
    repeated: bool = Field(description="The key had come before; nothing was kept twice.")


class DraftShown(BaseModel):
    """A suggested reply to the shopper's turn."""

    model_config = ConfigDict(extra="allow")

    id: str
    turn: int
    rank: int
    kind: DraftKind
    text: str
    probability: float = Field(ge=0, le=1)
    state: DraftState
    entry: str = ""
    version: str = ""
    source: dict[str, Any] | None = None
    action: str = ""
    reasons: list[str] = Field(default_factory=list)
    reasons_told: list[str] = Field(default_factory=list, description="The same in words.")
    why: dict[str, Any] = Field(default_factory=dict)
    attachments: list[str] = Field(default_factory=list)
    chips: list[str] = Field(default_factory=list)


class DraftList(BaseModel):
    """The suggestions for a turn, best first."""

    turn: int
    suggestions: list[DraftShown]


class MediaMade(BaseModel):
    """A kept picture, voice note or file, to be named in a message."""

    media: str = Field(description="For the `media` of a message.")
    kind: MediaKind
    content_type: str
    name: str
    size: int = Field(description="Bytes, as kept.")
    width: int
    height: int
    address: str = Field(description="Where it can be seen for ten minutes.")


class MessageTypes(BaseModel):
    """What messages may carry."""

    types: dict[str, dict[str, Any]] = Field(description="JSON schema by type.")
    may_send: dict[str, list[str]] = Field(description="Types by author.")


class ReceiptShown(BaseModel):
    """Where a sent message came from."""

    model_config = ConfigDict(extra="allow")

    message: str
    conversation: str
    seq: int
    by: Author
    at: datetime
    software: str


class PromiseShown(BaseModel):
    """A promise and what became of it."""

    id: str
    conversation: str
    what: str
    until: datetime
    state: Literal["open", "kept", "broken", "withdrawn"]
    entry: str = ""
    made_by: str
    made_at: datetime
    closed_by: str = ""
    closed_at: datetime | None = None


class PromiseList(BaseModel):
    """Promises, the next due first."""

    promises: list[PromiseShown]


class TransferShown(BaseModel):
    """A talk offered to a colleague or the supervisors."""

    id: str
    conversation: str
    shopper: str
    giver: str
    giver_name: str
    taker: str = Field(description="Blank: any supervisor.")
    note: str
    state: Literal["asked", "accepted", "returned", "expired"]
    until: datetime


class AgentShown(BaseModel):
    """Somebody at the desk."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    state: Presence
    capacity: int | None = Field(default=None, description="Talks at a time; null: by the rules.")


class TalkRow(BaseModel):
    """A line of the desk's lists."""

    id: str
    shopper: str
    holder: Holder
    agent: str
    agent_name: str
    product: str
    unread: int
    last_text: str
    waits_since: datetime | None
    reason: str = Field(default="", description="Why it waits for a person.")
    priority: str = ""
    vip: bool = Field(default=False, description="An important customer.")
    since: datetime | None = Field(default=None, description="Since when it waits for a person.")


class TaskShown(BaseModel):
    """Something to be done at the desk."""

    id: str
    kind: str
    conversation: str
    order: str
    due: datetime
    state: str
    words: str
    say: str = Field(
        description="What to tell the shopper, ready to copy; blank: in one's own words."
    )
    result: str


class DeskShown(BaseModel):
    """The agent's desk."""

    me: AgentShown
    now: datetime = Field(description="The server's clock; the page's may be wrong.")
    open: bool = Field(description="People answer at this hour.")
    queue: list[TalkRow] = Field(description="Who waits, the next one first.")
    mine: list[TalkRow]
    others: list[TalkRow] = Field(description="Held by colleagues.")
    bot: list[TalkRow] = Field(description="With the bot.")
    agents: list[AgentShown]
    offers: list[TransferShown] = Field(description="Talks offered to the caller.")
    tasks: list[TaskShown]
