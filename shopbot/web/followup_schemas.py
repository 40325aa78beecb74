"""The shapes of the bodies of /api/v1/followups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbot.orders.followup_model import FollowupResult, FollowupState, Problem, Why
from shopbot.orders.followup_steps import MOST_TEXT
from shopbot.orders.lost_buyers import LostResult, LostState
from shopbot.web.schemas import Text, Time

Told = Annotated[Text, Field(max_length=MOST_TEXT)]


class FollowupQuery(BaseModel):
    """Which follow-ups are wanted."""

    model_config = ConfigDict(extra="forbid")

    state: FollowupState | None = Field(default=None, description="Only this state.")
    due: bool = Field(default=False, description="Only whom to call, or to answer, now.")
    since: Time | None = Field(default=None, description="Opened at or after.")
    until: Time | None = Field(default=None, description="Opened before.")
    after: str = Field(default="", max_length=200, description="`next` of the page before.")
    count: int = Field(default=50, ge=1, le=200, description="How many at most.")


class LostQuery(BaseModel):
    """How many lost buyers are wanted."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=100, ge=1, le=1000, description="How many at most.")


class SheetQuery(BaseModel):
    """Which follow-ups the workbook holds."""

    model_config = ConfigDict(extra="forbid")

    since: Time | None = Field(default=None, description="Opened at or after.")
    until: Time | None = Field(default=None, description="Opened before.")


class FollowupRow(BaseModel):
    """One follow-up; names masked."""

    id: str
    case: str
    order: str
    buyer: str
    why: Why
    state: FollowupState
    attempts: int
    next_at: datetime
    due_at: datetime
    result: FollowupResult | Literal[""]
    satisfied: bool | None
    score: int | None
    problem: Problem | Literal[""]
    suggestion: str
    note: str
    done_by: str
    case_ended_at: datetime
    opened_at: datetime
    reached_at: datetime | None
    ended_at: datetime | None
    version: int
    overdue: bool
    convenient_now: bool = Field(description="Whether people may be called at this hour.")


class FollowupList(BaseModel):
    """A page of follow-ups, the longest open first."""

    followups: list[FollowupRow]
    next: str | None = Field(description="Send it as `after` for the next page; null at the end.")


class FollowupShown(BaseModel):
    """A follow-up with its case, its order and what is said in both branches."""

    followup: FollowupRow
    order: dict[str, Any]
    case: dict[str, Any] | None
    script: dict[str, dict[str, str]]
    history: list[dict[str, Any]]


class FormBody(BaseModel):
    """What is filled in after a call."""

    model_config = ConfigDict(extra="forbid")

    result: FollowupResult
    score: int | None = Field(default=None, ge=1, le=5)
    problem: Problem | Literal[""] = ""
    suggestion: Told = ""
    note: Told = ""


class LostRow(BaseModel):
    """A buyer who has not come for long; name masked."""

    buyer: str
    orders: int
    paid_fen: int
    last_at: datetime
    last_order: str


class LostNoticeRow(LostRow):
    """That a buyer was found lost, and what came of it."""

    id: str
    state: LostState
    note: str
    done_by: str
    found_at: datetime
    ended_at: datetime | None
    version: int


class LostBody(BaseModel):
    """What came of a lost buyer."""

    model_config = ConfigDict(extra="forbid")

    result: LostResult
    note: Told = ""


class LostList(BaseModel):
    """Lost buyers, those who spent most first."""

    lost: list[LostRow]
