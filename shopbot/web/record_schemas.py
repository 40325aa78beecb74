"""The shapes of the bodies of /api/v1/records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shopbot.chat.records import Outcome
from shopbot.web.schemas import Time

Name = Annotated[str, Field(max_length=100)]


def _of_our_times(value: date) -> date:
    """Bring in what lies at the ends of the calendar: the day after it would fall off."""
    return min(max(value, date(1970, 1, 1)), date(2999, 12, 31))


Day = Annotated[date, AfterValidator(_of_our_times)]


class SheetQuery(BaseModel):
    """Which records are wanted."""

    model_config = ConfigDict(extra="forbid")

    day: Day | None = Field(default=None, description="Ended on this day of the store's calendar.")
    since: Time | None = Field(
        default=None, description="Ended at or after; by default a day before `until`."
    )
    until: Time | None = Field(default=None, description="Ended before; by default now.")
    agent: Name = Field(default="", description="A person wrote in it: their id, or `me`.")
    topic: Name = Field(default="", description="It was about this topic.")
    outcome: Outcome | None = Field(default=None, description="What came of it.")


class RecordQuery(SheetQuery):
    """Which records are wanted, page by page."""

    after: str = Field(default="", max_length=200, description="`next` of the page before.")
    count: int = Field(default=50, ge=1, le=200, description="How many at most.")


class Named(BaseModel):
    """Something with an id and a name for people."""

    id: str
    name: str


class RecordRow(BaseModel):
    """One talk that has ended."""

    conversation: str
    part: int = Field(description="1, 2 …: a talk that was reopened has several.")
    closed_at: datetime
    started_at: datetime
    shopper: str
    channel: str
    topics: list[Named]
    questions: list[str] = Field(description="Phone numbers hidden.")
    open_questions: list[str]
    product: str
    order: str
    outcome: Outcome
    outcome_text: str
    reason: str = Field(description="Why a person was called; blank: nobody was.")
    reason_text: str
    agents: list[Named]
    messages: dict[str, int] = Field(description="By author.")
    first_answer_ms: int | None
    first_human_ms: int | None
    note: str


class RecordList(BaseModel):
    """A page of records, newest first."""

    records: list[RecordRow]
    next: str | None = Field(description="For `after`; null on the last page.")
