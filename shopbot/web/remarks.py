"""Notes and promises that agents write into a talk; each once for its Idempotency-Key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from shopbot import ids
from shopbot.chat.errors import BadMessage
from shopbot.errors import IdempotencyMismatch
from shopbot.idempotency import Answer
from shopbot.storage import Transaction
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.chat_bodies import NoteBody, PromiseBody
from shopbot.web.chat_schemas import EventShown, PromiseShown
from shopbot.web.desk_view import staff_id
from shopbot.web.once import by_agent, do_once
from shopbot.web.schemas import error_responses
from shopbot.web.staffing import BODY, COMMON, Agent
from shopbot.web.talk_callers import TalkId

router = APIRouter(prefix="/api/v1/conversations", tags=["desk"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,64}$",
        description="Yours, new for each remark; without one a repeat makes a second remark.",
    ),
]


@router.post(
    "/{conversation}/notes",
    status_code=201,
    response_model=EventShown,
    responses=error_responses(*COMMON, *BODY, BadMessage, IdempotencyMismatch),
)
async def add_note(
    conversation: TalkId, body: NoteBody, request: Request, agent: Agent, key: Key = None
) -> JSONResponse:
    """Keep a remark that only the staff see."""
    chat, now = services_of(request).chat, services_of(request).clock.now()

    def work(tx: Transaction) -> Answer:
        event = chat.write_note(
            tx, conversation=conversation, agent=staff_id(agent), text=body.text
        )
        return Answer(status=201, body=chat_views.event_view(event, "staff"))

    route = f"POST /api/v1/conversations/{conversation}/notes"
    return await do_once(request, by_agent(agent, route, key or ids.new_id("key")), work, now)


@router.post(
    "/{conversation}/promises",
    status_code=201,
    response_model=PromiseShown,
    responses=error_responses(*COMMON, *BODY, IdempotencyMismatch),
)
async def add_promise(
    conversation: TalkId, body: PromiseBody, request: Request, agent: Agent, key: Key = None
) -> JSONResponse:
    """Write down what was promised to the shopper; it is followed to its end."""
    chat, now = services_of(request).chat, services_of(request).clock.now()

    def work(tx: Transaction) -> Answer:
        made = chat.write_promise(
            tx, conversation=conversation, agent=staff_id(agent), what=body.what, until=body.until
        )
        return Answer(status=201, body=chat_views.promise_view(made))

    route = f"POST /api/v1/conversations/{conversation}/promises"
    return await do_once(request, by_agent(agent, route, key or ids.new_id("key")), work, now)
