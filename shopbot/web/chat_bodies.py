"""What may be sent to /api/v1/conversations, /desk, /suggestions and /promises."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shopbot.chat.model import (
    Holder,
    MessageType,
    State,
)
from shopbot.desk.model import Presence
from shopbot.web.schemas import Text, Time

MOST_TEXT = 2000  # characters of a message
MOST_SEQ = 2**31
MOST_EVENTS = 500  # of one answer

Key = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=MOST_SEQ)]


def _a_number(value: object) -> object:
    """Take numbers only: JSON's ``true`` is none, nor is ``"1"``."""
    if isinstance(value, bool | str):
        raise ValueError("write a number")
    return value


Number = Annotated[int, BeforeValidator(_a_number)]
Flag = Annotated[bool, Field(strict=True)]
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
            "examples": [{"client_key": "m-1", "type": "text", "body": {"text": "?"}}]
        },
    )

    type: MessageType = Field(default="text", description="What it carries.")
    body: dict[str, Any] = Field(description="As GET /api/v1/conversations/message-types tells.")
    client_key: Key | None = Field(
        default=None,
        description="Yours, new for each message; or send the header Idempotency-Key.",
    )
    anyway: Flag = Field(
        default=False, description="Agents: send in spite of a warning that may be overridden."
    )


class EventsQuery(_Body):
    """Which events are wanted."""

    after: Seq = Field(default=0, description="Only later than this seq.")
    limit: int = Field(default=200, ge=1, le=MOST_EVENTS, description="How many at most.")


class MarkBody(_Body):
    """How far the caller's side has got."""

    delivered: Number = Field(
        default=0, ge=0, le=MOST_SEQ, description="Everything up to this seq has arrived."
    )
    read: Number = Field(
        default=0, ge=0, le=MOST_SEQ, description="Everything up to this seq was read."
    )


class ModeBody(_Body):
    """Who shall answer first."""

    mode: Literal["bot-first", "human-first"] = Field(description="The bot or a person.")


class RatingBody(_Body):
    """What the shopper thinks of the talk."""

    stars: Number = Field(ge=1, le=5, description="5 is best.")
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
    anyway: Flag = Field(default=False, description="As for a message.")


class RejectBody(_Body):
    """Why a suggestion will not do."""

    reason: Short = Field(default="", description="Wrong, not asked, outdated, tone …")


class PresenceBody(_Body):
    """Whether the agent takes talks."""

    state: Presence = Field(description="New state.")
    capacity: Annotated[int, Field(ge=1, le=50), BeforeValidator(_a_number)] | None = Field(
        default=None, description="Talks at a time; absent: as before."
    )


class PromiseQuery(_Body):
    """Which promises are wanted."""

    state: Literal["open", "kept", "broken", "withdrawn"] | None = Field(
        default=None, description="Only this state."
    )
    conversation: Short = Field(default="", description="Only of this talk.")


class TakeBody(_Body):
    """How a talk is taken."""

    step_in: Flag = Field(default=False, description="Also from a colleague; supervisors only.")


class AnswerBody(_Body):
    """A word to the colleague."""

    note: Annotated[Text, Field(max_length=200)] = Field(default="", description="Why.")


class TaskBody(_Body):
    """What came of a task."""

    result: Annotated[Text, Field(max_length=500)] = Field(default="", description="In words.")
