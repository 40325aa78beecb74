"""/api/v1/orders/proactive: what shoppers are told before asking, and agents look at first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from shopbot.chat.delivery import TalkReplies
from shopbot.errors import (
    Conflict,
    Forbidden,
    HostNotAllowed,
    IdempotencyMismatch,
    Malformed,
    NotFound,
    StorageError,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.idempotency import Answer
from shopbot.orders import proactive_views, proactive_work
from shopbot.orders.contact import MessageState, OutgoingMessage
from shopbot.orders.proactive_work import MOST_NOTE
from shopbot.orders.truth import StillTrue
from shopbot.roles import AGENTS, Principal
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import require, services_of
from shopbot.web.once import Key, Work, by_agent, do_once
from shopbot.web.schemas import Text, error_responses
from shopbot.web.services import Services
from shopbot.web.talk_words import TalkWords

router = APIRouter(prefix="/api/v1/orders/proactive", tags=["orders"])

Agent = Annotated[Principal, Depends(require(*AGENTS))]
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, StorageError)
_WRITES = error_responses(
    NotFound, Conflict, TooLarge, Malformed, UnsupportedMedia, IdempotencyMismatch, *_COMMON
)


class NewsShown(BaseModel):
    """A message as it now stands, with the words that would be said."""

    id: str
    kind: str
    kind_text: str
    order: str = Field(description="Blank: it speaks to a shopper who waits for goods.")
    subject: str
    phrase: str
    text: str = Field(description="Blank: nobody wrote the phrase.")
    state: MessageState
    why: str = Field(description="Why it was dropped: `not-true`, `staff`, `lapsed`, …")
    note: str
    held_until: datetime | None
    then: str = Field(description="What happens when nobody looks at it: `go` or `lapse`.")
    decided_by: str


class GoodsWaitedFor(BaseModel):
    """How many shoppers wait for which goods; blank colour or size: any."""

    product: str
    name: str
    title: str
    colour: str
    size: str
    waiting: int
    due: int = Field(description="So many are about to be told that they are there.")
    since: datetime
    expires_at: datetime


class NewsList(BaseModel):
    """What agents look at first, whose time ends first, and who waits for goods."""

    held: list[NewsShown]
    waiting: int
    restock: list[GoodsWaitedFor]


class DropBody(BaseModel):
    """Why shoppers are not told it."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[Text, Field(min_length=1, max_length=MOST_NOTE)]


@router.get("", response_model=NewsList, responses=error_responses(*_COMMON))
def list_news(request: Request, agent: Agent) -> JSONResponse:
    """List the messages that wait for somebody's look and are still true, and who waits for goods."""
    services = services_of(request)
    rules, now = _rules(services), services.clock.now()
    words = TalkWords(services.chat.gear.kb)
    with services.db.snapshot() as reader:
        truth = _truth(services, rules)
        return JSONResponse(proactive_views.list_dict(reader, truth, words, rules, now))


@router.post("/{message_id}/release", response_model=NewsShown, responses=_WRITES)
async def release(request: Request, message_id: str, key: Key, agent: Agent) -> JSONResponse:
    """Let a held message go; one that is not so any more is dropped instead, as its state tells."""
    services = services_of(request)
    rules, now = _rules(services), services.clock.now()

    def step(tx: Transaction) -> OutgoingMessage:
        truth = _truth(services, rules)
        return proactive_work.release(tx, message_id, truth, rules, now, agent.name)

    route = f"POST /api/v1/orders/proactive/{message_id}/release"
    work = _telling(services, rules, now, step)
    return await do_once(request, by_agent(agent, route, key), work, now)


@router.post("/{message_id}/drop", response_model=NewsShown, responses=_WRITES)
async def drop(
    body: DropBody, request: Request, message_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Do not tell a held message."""
    services = services_of(request)
    rules, now = _rules(services), services.clock.now()

    def step(tx: Transaction) -> OutgoingMessage:
        return proactive_work.drop(tx, message_id, body.why, rules, now, agent.name)

    route = f"POST /api/v1/orders/proactive/{message_id}/drop"
    work = _telling(services, rules, now, step)
    return await do_once(request, by_agent(agent, route, key), work, now)


def _telling(
    services: Services,
    rules: Rules,
    now: datetime,
    step: Callable[[Transaction], OutgoingMessage],
) -> Work:
    words = TalkWords(services.chat.gear.kb)

    def work(tx: Transaction) -> Answer:
        return Answer(status=200, body=proactive_views.news_dict(step(tx), words, rules, now))

    return work


def _truth(services: Services, rules: Rules) -> StillTrue:
    return StillTrue(rules, services.chat.gear.shelf, TalkReplies)


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
