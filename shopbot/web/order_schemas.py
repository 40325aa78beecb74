"""The shapes of the bodies of /api/v1/orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shopbot.orders.agenda import What
from shopbot.orders.refund_steps import PaidState
from shopbot.orders.states import OrderStatus, RefundState, TaskKind, TaskState
from shopbot.orders.tasks import MOST_RESULT, Outcome
from shopbot.web.schemas import Text, Time

Short = Annotated[Text, Field(min_length=1, max_length=100)]
Remark = Annotated[Text, Field(min_length=1, max_length=2000)]


class ListQuery(BaseModel):
    """Which orders are wanted."""

    model_config = ConfigDict(extra="forbid")

    status: OrderStatus | None = Field(default=None, description="Only this state.")
    buyer: Annotated[Text, Field(max_length=100)] = Field(default="", description="Only this one.")
    since: Time | None = Field(default=None, description="Created at or after.")
    until: Time | None = Field(default=None, description="Created before.")
    after: str = Field(default="", max_length=200, description="`next` of the page before.")
    count: int = Field(default=50, ge=1, le=200, description="How many at most.")


class EventQuery(BaseModel):
    """Which events are wanted."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**31, description="Only later than this seq.")


class ProofBody(BaseModel):
    """Either a token of the shop's site, or order number and phone tail."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [
                {"required": ["order", "phone_tail"], "not": {"required": ["token"]}},
                {
                    "required": ["token"],
                    "not": {"anyOf": [{"required": ["order"]}, {"required": ["phone_tail"]}]},
                },
            ],
            "examples": [{"order": "2611160002", "phone_tail": "1234"}],
        },
    )

    order: Short = Field(default="", description="Order number.")
    phone_tail: str = Field(
        default="", pattern=r"^[0-9]{4}$", description="Last four digits of the phone."
    )
    token: str = Field(
        default="", min_length=1, max_length=2048, description="Signed by the shop's site."
    )

    @model_validator(mode="after")
    def _one_way(self) -> ProofBody:
        if self.model_fields_set not in ({"order", "phone_tail"}, {"token"}):
            raise ValueError("give either token, or order and phone_tail")
        return self


class ProofMade(BaseModel):
    """The order may be seen until then, with this visitor's secret."""

    order: str
    visitor: str = Field(description="Send it as X-Shopbot-Visitor.")
    expires_at: datetime


class NoteBody(BaseModel):
    """A remark."""

    model_config = ConfigDict(extra="forbid")

    text: Remark


class NoteMade(BaseModel):
    """A remark that was kept."""

    id: str
    at: datetime


class OrderRow(BaseModel):
    """One order; money in fen, times in UTC."""

    model_config = ConfigDict(extra="allow")

    number: str
    version: int
    status: str
    created_at: datetime
    as_of: datetime


class OrderList(BaseModel):
    """A page of orders, newest first."""

    orders: list[OrderRow]
    next: str | None = Field(description="Send it as `after` for the next page; null at the end.")


class OrderShown(BaseModel):
    """All that is known of an order, with what may be said about it."""

    order: OrderRow
    lines: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    discounts: list[dict[str, Any]]
    parcels: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    address_changes: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    text: str
    next: str
    states: list[str]


class OwnOrders(BaseModel):
    """The visitor's orders."""

    orders: list[OrderShown]


class EventRow(BaseModel):
    """Something that happened to an order."""

    seq: int
    name: str
    at: datetime
    who: str
    data: dict[str, Any]


class EventList(BaseModel):
    """What happened to an order, oldest first."""

    events: list[EventRow]


class DueQuery(BaseModel):
    """What of the day's list is wanted."""

    model_config = ConfigDict(extra="forbid")

    what: What | None = Field(default=None, description="Only this.")
    count: int = Field(default=200, ge=1, le=1000, description="How many at most.")


class DueRow(BaseModel):
    """One thing to do."""

    what: What
    order: str
    subject: str = Field(description="A parcel, or the id of a case, refund or task.")
    state: str
    next: str
    next_text: str
    due: datetime | None
    overdue: bool
    detail: str


class DueList(BaseModel):
    """What needs a person today, most urgent first."""

    due: list[DueRow]
    count: int = Field(description="How many there are in all.")


class TaskBody(BaseModel):
    """What came of a task."""

    model_config = ConfigDict(extra="forbid")

    state: Outcome = Field(description="`dropped`: it could not be done.")
    result: Annotated[Text, Field(max_length=MOST_RESULT)] = Field(
        default="", description="In a sentence."
    )


class TaskShown(BaseModel):
    """A task as it now stands."""

    model_config = ConfigDict(extra="allow")

    id: str
    order: str
    kind: TaskKind
    state: TaskState
    asked_at: datetime
    due_at: datetime
    done_by: str
    result: str
    ended_at: datetime | None


class RefundBody(BaseModel):
    """What came of a refund."""

    model_config = ConfigDict(extra="forbid")

    state: PaidState


class RefundShown(BaseModel):
    """A refund as it now stands; money in fen."""

    model_config = ConfigDict(extra="allow")

    id: str
    order: str
    case_id: str | None
    state: RefundState
    cash_fen: int
    due_at: datetime | None
    paid_at: datetime | None
