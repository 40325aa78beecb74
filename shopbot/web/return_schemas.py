"""The shapes of the bodies of /api/v1/returns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbot.orders.freight import Kind
from shopbot.orders.states import CaseKind, CaseState, Grade
from shopbot.orders.transitions import EventName
from shopbot.web.order_schemas import Short
from shopbot.web.schemas import Text, Time

Part = Literal["buyer", "agent", "warehouse", "finance"]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Pieces = Annotated[int, Field(ge=1, le=10_000)]
Money = Annotated[int, Field(ge=0, le=10**11, description="Fen.")]
Line = Annotated[int, Field(ge=1, le=10_000, description="Position in the order, from 1.")]


class CaseQuery(BaseModel):
    """Which cases are wanted."""

    model_config = ConfigDict(extra="forbid")

    state: CaseState | None = Field(default=None, description="Only this state.")
    kind: CaseKind | None = Field(default=None, description="Only this kind.")
    since: Time | None = Field(default=None, description="Requested at or after.")
    until: Time | None = Field(default=None, description="Requested before.")
    after: str = Field(default="", max_length=200, description="`next` of the page before.")
    count: int = Field(default=50, ge=1, le=200, description="How many at most.")


class ClaimBody(BaseModel):
    """What is asked for about one line of an order."""

    model_config = ConfigDict(extra="forbid")

    order: Short
    line: Line
    kind: Kind = Field(description="What is claimed.")
    quantity: Pieces | None = Field(default=None, description="All that are left.")
    intact: bool | None = Field(default=None, description="Unworn, with its tags.")
    opened: bool | None = Field(default=None, description="The package was opened.")
    gift_returned: bool = Field(default=False, description="The gift comes back too.")
    pictures: list[Name] = Field(default=[], max_length=20, description="Attachment names.")


class OpenBody(ClaimBody):
    """A claim that shall become a case."""

    refund_only: bool = Field(
        default=False, description="Money back, nothing sent again: missing, wrong, damaged."
    )
    detail: Annotated[Text, Field(max_length=2000)] = ""
    replacement_sku: Annotated[Text, Field(max_length=100)] = ""


class StepBody(BaseModel):
    """Something that happens to a case, with what it brings."""

    model_config = ConfigDict(extra="forbid")

    event: EventName
    part: Part = Field(default="agent", description="Who does it; a shopper is always `buyer`.")
    parcel: Annotated[Text, Field(max_length=64)] = Field(
        default="", description="ship_back, resend."
    )
    carrier: Annotated[Text, Field(max_length=64)] = ""
    pictures: list[Name] = Field(default=[], max_length=20, description="add_pictures.")
    grade: Grade | None = Field(default=None, description="pass, settle.")
    quote_fen: Money | None = Field(default=None, description="quote.")
    settle_fen: Money | None = Field(default=None, description="settle.")
    freight_fen: Money | None = Field(
        default=None, description="pass, settle: what the buyer laid out for the way back."
    )
    gift_missing: bool = Field(default=False, description="pass, settle.")


class CaseRow(BaseModel):
    """One case; money in fen."""

    model_config = ConfigDict(extra="allow")

    id: str
    order: str
    line: int
    kind: str
    reason: str
    state: str
    quantity: int
    deadline: datetime | None
    requested_at: datetime
    ended_at: datetime | None
    version: int


class CaseList(BaseModel):
    """A page of cases, newest first."""

    returns: list[CaseRow]
    next: str | None = Field(description="Send it as `after` for the next page; null at the end.")


class CaseShown(CaseRow):
    """A case, what happened to it, what may happen next."""

    history: list[dict[str, Any]]
    next: list[str]


class CheckRow(BaseModel):
    """One condition."""

    id: str
    ok: bool
    reason: str


class ClaimAnswer(BaseModel):
    """Whether the claim stands, with every condition."""

    order: str
    line: int
    kind: str
    at: datetime
    eligible: bool
    checks: list[CheckRow]
    refund_fen: int
    freight_payer: str
    deadline: datetime | None
    next: str


class Opened(BaseModel):
    """The answer to a request; no case when the claim does not stand."""

    answer: ClaimAnswer
    case: CaseRow | None


class Stepped(BaseModel):
    """What became of a step."""

    allowed: bool
    case: CaseRow
    checks: list[CheckRow]
    effects: list[str]
    due: list[dict[str, Any]]
    phrase: str | None
