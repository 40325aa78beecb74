"""/api/v1/conversations/…/wishes: goods that the shopper of a talk waits for, written down by agents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from shopbot import ids
from shopbot.chat import wishing
from shopbot.chat.wishing import Outcome, Told, Wanted
from shopbot.errors import IdempotencyMismatch
from shopbot.idempotency import Answer
from shopbot.orders.restock import Wish, WishState
from shopbot.storage import Transaction
from shopbot.web.auth import services_of
from shopbot.web.desk_view import staff_id
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.schemas import Text, error_responses
from shopbot.web.services import Services
from shopbot.web.staffing import BODY, COMMON, Agent
from shopbot.web.talk_callers import TalkId
from shopbot.web.talk_words import TalkWords

router = APIRouter(prefix="/api/v1/conversations", tags=["desk"])

_NAME = 60


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WishBody(_Body):
    """What the shopper waits for."""

    product: Annotated[Text, Field(min_length=1, max_length=_NAME)] = Field(description="SKU.")
    colour: Annotated[Text, Field(max_length=_NAME)] = ""
    size: Annotated[Text, Field(max_length=_NAME)] = ""


class StopBody(_Body):
    """What they do not wait for any more."""

    product: Annotated[Text, Field(max_length=_NAME)] = Field(
        default="", description="SKU; blank, or not waited for: everything."
    )


class WishShown(BaseModel):
    """Goods that a shopper waits for; blank colour or size: any."""

    id: str
    product: str
    title: str
    colour: str
    size: str
    state: WishState
    asked_at: datetime
    expires_at: datetime


class WishList(BaseModel):
    """Everything that the shopper of a talk waits for."""

    wishes: list[WishShown]


class WishTold(WishList):
    """What came of it, words that may be sent to the shopper, and what they wait for now."""

    outcome: Outcome
    text: str = Field(description="Blank: nobody wrote the phrase, or there is nothing to say.")


@router.get("/{conversation}/wishes", response_model=WishList, responses=error_responses(*COMMON))
def list_wishes(conversation: TalkId, request: Request, agent: Agent) -> JSONResponse:
    """List the goods that the shopper of a talk waits for."""
    services = services_of(request)
    with services.db.snapshot() as reader:
        found = wishing.list_wishes(services.chat.gear, reader, conversation)
    return JSONResponse({"wishes": [_shown(one) for one in found]})


@router.post(
    "/{conversation}/wishes",
    status_code=201,
    response_model=WishTold,
    responses={
        200: {"model": WishTold, "description": "Nothing new was written; `outcome` says why."},
        **error_responses(*COMMON, *BODY, IdempotencyMismatch),
    },
)
async def take_wish(
    conversation: TalkId, body: WishBody, request: Request, agent: Agent, key: Key
) -> JSONResponse:
    """Let the shopper be told when goods are there again; the same twice is one wish."""
    services = services_of(request)
    gear, now = services.chat.gear, services.clock.now()
    wanted = Wanted(product=body.product, colour=body.colour, size=body.size)

    def work(tx: Transaction) -> Answer:
        told = wishing.take(gear, tx, conversation, wanted, staff_id(agent), now)
        return _answer(services, tx, conversation, told, now)

    route = f"POST /api/v1/conversations/{conversation}/wishes"
    return await do_once(request, by_agent(agent, route, key), work, now)


@router.post(
    "/{conversation}/wishes/stop",
    response_model=WishTold,
    responses=error_responses(*COMMON, *BODY),
)
def stop_wishes(
    conversation: TalkId, body: StopBody, request: Request, agent: Agent
) -> JSONResponse:
    """Let the shopper wait no more; safe to repeat."""
    services = services_of(request)
    gear, now = services.chat.gear, services.clock.now()

    def work(tx: Transaction) -> Answer:
        told = wishing.stop(gear, tx, conversation, body.product, staff_id(agent), now)
        return _answer(services, tx, conversation, told, now)

    return JSONResponse(dict(services.db.transaction(work).body))


def _answer(
    services: Services, tx: Transaction, conversation: str, told: Told, now: datetime
) -> Answer:
    gear, text = services.chat.gear, ""
    if told.phrase is not None:
        words = TalkWords(gear.kb).say(told.phrase.phrase, told.phrase.values, now=now)
        text = words.text if words else ""
    found = wishing.list_wishes(gear, tx, conversation)
    body = {"outcome": told.outcome, "text": text, "wishes": [_shown(one) for one in found]}
    return Answer(status=201 if told.outcome == "noted" else 200, body=body)


def _shown(wish: Wish) -> dict[str, str]:
    return {
        "id": wish.id,
        "product": wish.product,
        "title": wish.title,
        "colour": wish.colour,
        "size": wish.size,
        "state": wish.state,
        "asked_at": ids.to_text(wish.asked_at),
        "expires_at": ids.to_text(wish.expires_at),
    }
