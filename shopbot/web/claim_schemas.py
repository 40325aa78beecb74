"""The shapes of the bodies of /api/v1/claims."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from shopbot.orders.claim_machine import MOST_NOTE
from shopbot.orders.claim_model import ClaimEvent, ClaimKind, ClaimState, CompensationState
from shopbot.web.schemas import Text

_MOST_FEN = 100_000_000

Note = Annotated[Text, Field(max_length=MOST_NOTE)]
Paper = Annotated[Text, Field(min_length=1, max_length=60)]


class ClaimQuery(BaseModel):
    """Which claims are wanted."""

    model_config = ConfigDict(extra="forbid")

    state: ClaimState | None = Field(default=None, description="Only in this state.")
    order: str = Field(default="", max_length=64, description="Only of this order.")
    open: bool = Field(default=False, description="Only those that go on.")
    count: int = Field(default=100, ge=1, le=500, description="How many at most.")


class OpenBody(BaseModel):
    """A parcel that something is wrong with."""

    model_config = ConfigDict(extra="forbid")

    order: Annotated[Text, Field(min_length=1, max_length=64)]
    parcel: Annotated[Text, Field(min_length=1, max_length=64)]
    kind: ClaimKind
    note: Note = Field(default="", description="In a sentence.")


class StepBody(BaseModel):
    """A step of a claim."""

    model_config = ConfigDict(extra="forbid")

    event: ClaimEvent
    fen: int = Field(
        default=0, ge=0, le=_MOST_FEN, description="Asked for with file, won with partly."
    )
    papers: list[Paper] = Field(default=[], max_length=20, description="Handed in with it.")
    note: Note = Field(default="", description="In a sentence.")


class CompensationBody(BaseModel):
    """What the buyer shall be paid."""

    model_config = ConfigDict(extra="forbid")

    fen: int | None = Field(
        default=None, ge=1, le=_MOST_FEN, description="Null: all that is left for the parcel."
    )


class DecisionBody(BaseModel):
    """A supervisor's word."""

    model_config = ConfigDict(extra="forbid")

    agree: bool


class ClaimRow(BaseModel):
    """A claim about a parcel."""

    id: str
    order: str
    parcel: str
    carrier: str
    kind: ClaimKind
    state: ClaimState
    asked_fen: int
    won_fen: int
    papers: list[str]
    missing_papers: list[str]
    usual_most_fen: int | None = Field(description="What the courier pays at most, as far as told.")
    steps: list[ClaimEvent] = Field(description="What may come next.")
    note: str
    opened_by: str
    opened_at: datetime
    deadline: datetime | None
    overdue: bool
    filed_at: datetime | None
    ended_at: datetime | None
    version: int


class ClaimList(BaseModel):
    """Claims, newest first."""

    claims: list[ClaimRow]


class CompensationRow(BaseModel):
    """What the shop pays a buyer for a parcel."""

    id: str
    claim: str
    order: str
    parcel: str
    fen: int
    state: CompensationState
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None


class ClaimShown(BaseModel):
    """A claim with everything around it."""

    claim: ClaimRow
    compensations: list[CompensationRow]
    may_compensate_fen: int = Field(description="0 once the buyer is paid for the parcel.")
    agent_limit_fen: int
    history: list[dict[str, Any]]


class SumRow(BaseModel):
    """Sums of a courier."""

    carrier: str
    claims: int
    open: int
    open_fen: int
    won_fen: int
    refused_fen: int
    compensated_fen: int


class SumList(BaseModel):
    """Sums by courier."""

    sums: list[SumRow]
