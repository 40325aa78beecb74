"""The shapes of the API's bodies; OpenAPI is made from them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

Band = Literal["answer", "choose", "unknown"]
Channel = Literal["taobao", "tmall", "jd", "douyin", "pdd", "web", "store"]

_MAX_TEXT = 20_000  # characters; longer is no message but an accident
_MAX_TURNS = 50
_FIRST_TIME, _LAST_TIME = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")


def _without_surrogates(text: object) -> object:
    """Drop halves of characters (``\\ud83d`` alone): they can be neither stored nor shown."""
    return text.encode("utf-8", "ignore").decode("utf-8") if isinstance(text, str) else text


def _written_as_time(value: object) -> object:
    """Take ISO 8601 only: a bare number would be read as seconds since 1970."""
    if value is not None and not (isinstance(value, str) and _ISO.match(value)):
        raise ValueError("write a time as 2026-12-12T10:00:00+08:00")
    return value


def _of_our_times(value: datetime) -> datetime:
    """Bring in what lies at the ends of the calendar: a day more or another zone would fall off it."""
    return min(max(value, _FIRST_TIME), _LAST_TIME)


Time = Annotated[AwareDatetime, BeforeValidator(_written_as_time), AfterValidator(_of_our_times)]
Text = Annotated[str, Field(max_length=_MAX_TEXT), BeforeValidator(_without_surrogates)]


class Turn(BaseModel):
    """One message of the talk so far."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["shopper", "agent", "bot"] = "shopper"
    text: Text


Turns = Annotated[list[Text | Turn], Field(min_length=1, max_length=_MAX_TURNS)]


class SuggestRequest(BaseModel):
    """What a shopper wrote, and what is known about the moment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [{"required": ["text"]}, {"required": ["turns"]}],
            "examples": [
                {"text": "今天拍什么时候能发货"},
                {
                    "turns": [
                        "LS-JK-01 有松石绿吗",
                        {"role": "agent", "text": "亲，有的"},
                        "那L码呢",
                    ],
                    "product": "LS-JK-01",
                    "top": 3,
                },
            ],
        },
    )

    text: Text | SkipJsonSchema[None] = Field(
        default=None, description="The question; or give `turns`."
    )
    turns: Turns | SkipJsonSchema[None] = Field(
        default=None, description="The talk, oldest first; the last turn is the question."
    )
    product: Annotated[str, Field(max_length=100), BeforeValidator(_without_surrogates)] | None = (
        Field(default=None, description="SKU of the product the shopper is looking at.")
    )
    at: Time | None = Field(
        default=None, description="Answer as of this time (with time zone); default now."
    )
    top: int = Field(default=5, ge=1, le=20, description="How many suggestions at most.")
    channel: Channel | None = Field(default=None, description="Where the shopper writes.")
    id: str | None = Field(default=None, max_length=100, description="Comes back in the answer.")

    @model_validator(mode="after")
    def _one_of(self) -> SuggestRequest:
        given = {"text", "turns"} & self.model_fields_set
        explicit_null = self.text is None and self.turns is None
        if len(given) != 1 or explicit_null:
            raise ValueError("give either text or turns")
        return self


class Source(BaseModel):
    """Where a reply stands in the knowledge folder."""

    file: str
    line: int


class Matched(BaseModel):
    """What in the entry met the question."""

    phrasing: str
    words: list[str]


class Scores(BaseModel):
    """What each leg of the search made of it."""

    model_config = ConfigDict(extra="allow")

    dense: float | None = None
    words: float | None = None
    pinyin: float | None = None
    fused: float


class Suggestion(BaseModel):
    """One reply that could be sent, and why it is suggested."""

    model_config = ConfigDict(extra="allow")

    entry: str
    version: str = Field(description="First 12 hex digits of the entry's content hash.")
    topic: str
    text: str
    action: str | None = None
    needs: list[str] | None = None
    probability: float = Field(ge=0, le=1)
    source: Source
    matched: Matched
    scores: Scores


class Part(BaseModel):
    """One question within the message."""

    model_config = ConfigDict(extra="allow")

    text: str
    band: Band
    suggestions: list[Suggestion]


class SuggestAnswer(BaseModel):
    """The suggestions; the top level repeats the first part."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "query": "今天拍什么时候能发货",
                    "band": "answer",
                    "suggestions": [
                        {
                            "entry": "shipping-time.default",
                            "version": "5f1d3a9c0b7e",
                            "topic": "shipping-time",
                            "text": "亲，现货订单付款后48小时内发出，发出后会有短信提醒您~",
                            "probability": 0.97,
                            "source": {"file": "replies/delivery/shipping-time.yaml", "line": 1},
                            "matched": {"phrasing": "今天拍什么时候发货", "words": ["发货"]},
                            "scores": {"dense": 0.96, "words": 8.1, "pinyin": 0.4, "fused": 1.7},
                        }
                    ],
                    "parts": [],
                    "ms": 6.2,
                }
            ]
        },
    )

    query: str
    band: Band
    suggestions: list[Suggestion]
    parts: list[Part]
    ms: float = Field(ge=0)


class ErrorBody(BaseModel):
    """Every error has this shape."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"error": "request.malformed", "detail": "body.top: too large."}]
        },
    )

    error: str = Field(description="Stable code, listed in docs/errors.md.")
    detail: str = Field(description="What is wrong and what to do.")
    message: str | None = Field(
        default=None, description="The same in Chinese, to show to people; not for every code."
    )


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"
    version: str


class ProblemBody(BaseModel):
    """Something wrong in the knowledge folder, for staff."""

    model_config = ConfigDict(extra="allow")

    code: str
    severity: str
    file: str
    line: int
    message: str
    hint: str


class KnowledgeState(BaseModel):
    """What is served."""

    entries: int
    topics_ready: int
    topics_total: int
    problems: int
    first_problems: list[ProblemBody]


class Readiness(BaseModel):
    """Whether questions can be answered; the details only for who may see them."""

    ready: bool
    version: str | None = None
    model: str | None = None
    index: str | None = None
    storage: str | None = None
    knowledge: KnowledgeState | None = None
    sources: list[dict[str, Any]] | None = Field(
        default=None, description="Where orders come from: state (ok, old, down), as_of, …"
    )


def error_responses(*kinds: type[Any]) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a route for OpenAPI, by status."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        told = described.setdefault(kind.status, {"model": ErrorBody, "description": ""})
        told["description"] = f"{told['description']} `{kind.code}` {kind.__doc__}".strip()
    return described
