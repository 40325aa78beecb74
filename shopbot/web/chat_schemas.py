"""The shapes of the bodies of /api/v1/conversations, /desk, /suggestions and /promises."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbot.chat.model import (
    Audience,
    Author,
    DraftKind,
    DraftState,
    Holder,
    Kind,
    MediaKind,
    MessageType,
    Mode,
    Side,
    State,
)
from shopbot.desk.model import Presence
from shopbot.web.schemas import Text, Time

MOST_TEXT = 2000  # characters of a message
MOST_SEQ = 2**31
MOST_EVENTS = 500  # of one answer

Key = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=MOST_SEQ)]
Words = Annotated[Text, Field(max_length=MOST_TEXT)]
Short = Annotated[Text, Field(max_length=100)]
Named = Annotated[Text, Field(min_length=1, max_length=100)]
Said = Annotated[Text, Field(min_length=1, max_length=MOST_TEXT)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- what shoppers and agents send ---------------------------------------------------------------


class OpenBody(_Body):
    """Where the talk begins."""

    product: Short = Field(default="", description="SKU on view.")
    channel: Annotated[Text, Field(pattern=r"^[a-z0-9-]{1,20}$")] = Field(
        default="web", description="Where the shopper writes."
    )
    mode: Literal["bot-first", "human-first"] | None = Field(
        default=None, description="Whom the shopper wants first; default as the store receives."
    )


class MessageBody(_Body):
    """A message to say; what `body` holds depends on `type`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"client_key": "m-1", "type": "text", "body": {"text": "在吗"}}]
        },
    )

    type: MessageType = Field(default="text", description="What it carries.")
    body: dict[str, Any] = Field(description="As GET /api/v1/conversations/message-types tells.")
    client_key: Key | None = Field(
        default=None,
        description="Yours, new for each message; or send the header Idempotency-Key.",
    )
    anyway: bool = Field(
        default=False, description="Agents: send in spite of a warning that may be overridden."
    )


class EventsQuery(_Body):
    """Which events are wanted."""

    after: Seq = Field(default=0, description="Only later than this seq.")
    limit: int = Field(default=200, ge=1, le=MOST_EVENTS, description="How many at most.")


class MarkBody(_Body):
    """How far the caller's side has got."""

    delivered: Seq = Field(default=0, description="Everything up to this seq has arrived.")
    read: Seq = Field(default=0, description="Everything up to this seq was read.")


class ModeBody(_Body):
    """Who shall answer first."""

    mode: Literal["bot-first", "human-first"] = Field(description="The bot or a person.")


class RatingBody(_Body):
    """What the shopper thinks of the talk."""

    stars: int = Field(ge=1, le=5, description="5 is best.")
    tags: list[Named] = Field(default_factory=list, max_length=10, description="What stood out.")
    words: Words = Field(default="", description="In the shopper's own words.")


class ListTalks(_Body):
    """Which talks are wanted."""

    state: State | None = Field(default=None, description="Only this state.")
    holder: Holder | None = Field(default=None, description="Only held by these.")
    agent: Short = Field(default="", description="Only of this agent's id; `me` is the caller.")
    limit: int = Field(default=50, ge=1, le=200, description="How many at most.")


class TransferBody(_Body):
    """To whom the talk is offered."""

    to: Short = Field(default="", description="A colleague's id; blank: the supervisors.")
    note: Words = Field(default="", description="What the colleague must know.")


class NoteBody(_Body):
    """A remark that only the staff see."""

    text: Annotated[Text, Field(min_length=1, max_length=1000)] = Field(description="The remark.")


class PromiseBody(_Body):
    """Something promised to the shopper."""

    what: Annotated[Text, Field(min_length=1, max_length=500)] = Field(description="What.")
    until: Time = Field(description="By when.")


class AcceptBody(_Body):
    """A suggestion to send."""

    text: Annotated[Text, Field(min_length=1, max_length=MOST_TEXT)] | None = Field(
        default=None, description="The text as the agent changed it; absent: as suggested."
    )
    client_key: Key | None = Field(default=None, description="As for a message.")
    anyway: bool = Field(default=False, description="As for a message.")


class RejectBody(_Body):
    """Why a suggestion will not do."""

    reason: Short = Field(default="", description="Wrong, not asked, outdated, tone …")


class PresenceBody(_Body):
    """Whether the agent takes talks."""

    state: Presence = Field(description="New state.")
    capacity: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="Talks at a time; absent: as before."
    )


# --- what they get -------------------------------------------------------------------------------


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


class PromiseQuery(_Body):
    """Which promises are wanted."""

    state: Literal["open", "kept", "broken", "withdrawn"] | None = Field(
        default=None, description="Only this state."
    )
    conversation: Short = Field(default="", description="Only of this talk.")


class TakeBody(_Body):
    """How a talk is taken."""

    step_in: bool = Field(default=False, description="Also from a colleague; supervisors only.")


class AnswerBody(_Body):
    """A word to the colleague."""

    note: Annotated[Text, Field(max_length=200)] = Field(default="", description="Why.")


class TaskBody(_Body):
    """What came of a task."""

    result: Annotated[Text, Field(max_length=500)] = Field(default="", description="In words.")


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
    vip: bool = False
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
    result: str


class DeskShown(BaseModel):
    """The agent's desk."""

    me: AgentShown
    open: bool = Field(description="People answer at this hour.")
    queue: list[TalkRow] = Field(description="Who waits, the next one first.")
    mine: list[TalkRow]
    others: list[TalkRow] = Field(description="Held by colleagues.")
    bot: list[TalkRow] = Field(description="With the bot.")
    agents: list[AgentShown]
    offers: list[TransferShown] = Field(description="Talks offered to the caller.")
    tasks: list[TaskShown]
