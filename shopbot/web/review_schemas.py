"""The shapes of the bodies of /api/v1/reviews."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbot.orders.review_answers import MOST_ANSWER
from shopbot.orders.review_calls import MOST_NOTE
from shopbot.orders.review_model import CallResult, CallState, Cause, ReviewKind
from shopbot.orders.sentiment import Sentiment
from shopbot.orders.sentiment_words import Aspect
from shopbot.web.schemas import Text


class ReviewQuery(BaseModel):
    """Which reviews are wanted."""

    model_config = ConfigDict(extra="forbid")

    call: CallState | None = Field(default=None, description="With a call in this state.")
    sentiment: Sentiment | None = Field(default=None, description="As read from the text.")
    bad: bool = Field(
        default=False, description="Only those of few stars, and complaints without stars."
    )
    answered: bool | None = Field(default=None, description="With or without an answer.")
    after: str = Field(default="", max_length=200, description="`next` of the page before.")
    count: int = Field(default=50, ge=1, le=200, description="How many at most.")


class CauseQuery(BaseModel):
    """Which week is wanted."""

    model_config = ConfigDict(extra="forbid")

    week: str = Field(
        default="", pattern=r"^(20[0-9]{2}-W[0-5][0-9])?$", description="2026-W47; default: this."
    )


class ReviewRow(BaseModel):
    """One review; names masked, numbers in the text hidden."""

    model_config = ConfigDict(extra="allow")

    id: str
    kind: ReviewKind
    order: str
    line_no: int | None
    rating: int | None = Field(description="Stars; null when not told.")
    text: str
    at: datetime
    sentiment: Sentiment = Field(description="As read from the text.")
    probability: float
    mood: Sentiment = Field(description="By the stars, by the text without any.")
    aspects: dict[Aspect, Sentiment]
    answer: str
    version: int


class ReviewList(BaseModel):
    """A page of reviews, newest first."""

    reviews: list[ReviewRow]
    next: str | None = Field(description="Send it as `after` for the next page; null at the end.")


class CallRow(BaseModel):
    """A call about a review."""

    id: str
    review: str
    order: str
    state: CallState
    attempts: int
    due_at: datetime
    result: CallResult | Literal[""]
    cause: Cause | Literal[""]
    note: str
    done_by: str
    opened_at: datetime
    ended_at: datetime | None
    version: int


class Suggested(BaseModel):
    """An answer in the shop's own words, and why it may not be published."""

    text: str
    phrases: list[str]
    sources: list[str]
    missing: list[str]
    stops: list[str]


class ReviewShown(BaseModel):
    """A review with its order, cases, calls and what is said on the phone."""

    review: ReviewRow
    calls: list[CallRow]
    others: list[ReviewRow]
    order: dict[str, Any] | None
    lines: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    script: list[dict[str, str]]
    history: list[dict[str, Any]]
    suggestion: Suggested


class CallBody(BaseModel):
    """What came of a call."""

    model_config = ConfigDict(extra="forbid")

    result: CallResult
    cause: Cause | Literal[""] = ""
    note: Annotated[Text, Field(max_length=MOST_NOTE)] = Field(
        default="", description="In a sentence."
    )


class AnswerBody(BaseModel):
    """What was answered in public."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, Field(min_length=1, max_length=MOST_ANSWER)]


class WeekShown(BaseModel):
    """Why buyers were not content in a week."""

    model_config = ConfigDict(populate_by_name=True)

    week: str
    since: date = Field(alias="from")
    until: date = Field(alias="to")
    calls: int
    reached: int
    unreached: int
    causes: dict[str, int]
    results: dict[str, int]
