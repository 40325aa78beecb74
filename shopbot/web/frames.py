"""The frames of the sockets: what may come in, and how what goes out is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shopbot.errors import Malformed, ShopbotError
from shopbot.web.chat_bodies import Key, MessageBody, Seq

MOST_WATCHED = 100  # talks on one agent's socket

T = TypeVar("T")
Talk = Annotated[str, Field(max_length=100)]


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ShopperHello(_Frame):
    """The first frame of a shopper."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=4096)]
    conversation: Talk
    after: Seq = 0


class AgentHello(_Frame):
    """The first frame of an agent; the token unless the session's cookie came along."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=4096)] = ""
    conversations: Annotated[dict[Talk, Seq], Field(max_length=MOST_WATCHED)] = {}


class Send(_Frame):
    """A message to say."""

    type: Literal["send"]
    conversation: Talk = ""
    client_key: Key
    message: MessageBody


class MarkFrame(_Frame):
    """How far this side has got."""

    type: Literal["mark"]
    conversation: Talk = ""
    delivered: Seq = 0
    read: Seq = 0


class Typing(_Frame):
    """Somebody types; said at most once a second, forgotten after a few."""

    type: Literal["typing"]
    conversation: Talk = ""


class Recall(_Frame):
    """Take an own message back."""

    type: Literal["recall"]
    conversation: Talk = ""
    seq: Annotated[int, Field(ge=1, le=2**31)]


class Ping(_Frame):
    """Still here."""

    type: Literal["ping"]


class Watch(_Frame):
    """Tell of these talks too, from these seqs on."""

    type: Literal["watch"]
    conversations: Annotated[dict[Talk, Seq], Field(min_length=1, max_length=MOST_WATCHED)]


class Unwatch(_Frame):
    """Tell of these talks no more."""

    type: Literal["unwatch"]
    conversations: Annotated[list[Talk], Field(min_length=1, max_length=MOST_WATCHED)]


ShopperFrame = Annotated[Send | MarkFrame | Typing | Recall | Ping, Field(discriminator="type")]
AgentFrame = Annotated[
    Send | MarkFrame | Typing | Recall | Ping | Watch | Unwatch, Field(discriminator="type")
]
Frame = Send | MarkFrame | Typing | Recall | Ping | Watch | Unwatch

SHOPPER_HELLO: TypeAdapter[ShopperHello] = TypeAdapter(ShopperHello)
AGENT_HELLO: TypeAdapter[AgentHello] = TypeAdapter(AgentHello)
SHOPPER: TypeAdapter[Frame] = TypeAdapter(ShopperFrame)
AGENT: TypeAdapter[Frame] = TypeAdapter(AgentFrame)


def read(form: TypeAdapter[T], text: str) -> T:
    """Return the frame in ``text``; Malformed says where it is wrong, never what was sent."""
    try:
        return form.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in ("frame", *first["loc"]))
        raise Malformed(f"{where}: {first['msg']}. See docs/sockets.md.") from None


def write(kind: str, **fields: Any) -> str:
    """Return a frame as text."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def error(problem: ShopbotError, to: str, client_key: str = "") -> str:
    """Return the frame that tells ``problem`` of the frame of type ``to``."""
    told: Mapping[str, object] = problem.as_dict()
    rest = {name: value for name, value in told.items() if name != "error"}
    key = {"client_key": client_key} if client_key else {}
    return write("error", code=problem.code, to=to, **key, **rest)
