"""/api/v1/conversations: the talk over HTTP, for the shopper whose it is and for who answers.

With the visitor's header the caller is the shopper. Whoever has no right to a talk gets the answer for one
that is not there. Everything here is also told by the sockets.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse

from shopbot import ids
from shopbot.chat import schemas
from shopbot.chat.errors import (
    BadMessage,
    MessageBlocked,
    RecallTooLate,
    TalkClosed,
    TalkTaken,
)
from shopbot.chat.model import Incoming
from shopbot.errors import (
    IdempotencyMismatch,
)
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.chat_bodies import (
    EventsQuery,
    MarkBody,
    MessageBody,
    OpenBody,
)
from shopbot.web.chat_schemas import (
    CurrentTalk,
    EventShown,
    EventsShown,
    MarkShown,
    MessageTypes,
    SentShown,
    TalkList,
    TalkShown,
)
from shopbot.web.schemas import error_responses
from shopbot.web.talk_callers import (
    BODY,
    EITHER,
    SHOPPER,
    TalkId,
    author_of,
    customer_of,
    display_of,
    own_talk,
    side_of,
    talk_shown,
    who_of,
)
from shopbot.web.visitor import Caller, Shopper, client_address

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,64}$",
        description="In place of `client_key` in the body.",
    ),
]


# --- opening and finding -------------------------------------------------------------------------


@router.post(
    "",
    status_code=201,
    response_model=TalkShown,
    responses={
        200: {"model": TalkShown, "description": "The talk that is open already."},
        **error_responses(*SHOPPER, *BODY),
    },
)
def open_talk(body: OpenBody, request: Request, shopper: Shopper) -> JSONResponse:
    """Begin a talk, or get the one that is open: a visitor has one at a time."""
    services = services_of(request)
    customer = customer_of(services, shopper)
    before = services.chat.current(visitor=shopper.id, customer=customer)
    talk = services.chat.open(
        visitor=shopper.id,
        customer=customer,
        product=body.product,
        channel=body.channel,
        mode=body.mode,
    )
    known = before is not None and before.id == talk.id
    return JSONResponse(talk_shown(services, talk, "shopper"), status_code=200 if known else 201)


@router.get("/current", response_model=CurrentTalk, responses=error_responses(*SHOPPER))
def current_talk(request: Request, shopper: Shopper) -> JSONResponse:
    """Return the visitor's open talk, null when there is none."""
    services = services_of(request)
    talk = services.chat.current(visitor=shopper.id, customer=customer_of(services, shopper))
    shown = talk_shown(services, talk, "shopper") if talk is not None else None
    return JSONResponse({"conversation": shown})


@router.get("/history", response_model=TalkList, responses=error_responses(*SHOPPER))
def history(request: Request, shopper: Shopper) -> JSONResponse:
    """Return the visitor's talks, newest first; a signed-in shopper's from all devices."""
    services = services_of(request)
    talks = services.chat.history(visitor=shopper.id, customer=customer_of(services, shopper))
    return JSONResponse({"conversations": [chat_views.talk_view(one, "shopper") for one in talks]})


@router.get("/message-types", response_model=MessageTypes, responses=error_responses(*EITHER))
def message_types(_: Caller) -> JSONResponse:
    """Return the JSON schema of each type of message, and who may send it."""
    may = {author: sorted(types) for author, types in schemas.MAY_SEND.items()}
    return JSONResponse({"types": schemas.schema(), "may_send": may})


# --- the talk ------------------------------------------------------------------------------------


@router.get("/{conversation}", response_model=TalkShown, responses=error_responses(*EITHER))
def show_talk(conversation: TalkId, request: Request, caller: Caller) -> JSONResponse:
    """Return a talk as it stands."""
    talk = own_talk(request, caller, conversation)
    return JSONResponse(talk_shown(services_of(request), talk, side_of(caller)))


@router.get(
    "/{conversation}/events", response_model=EventsShown, responses=error_responses(*EITHER)
)
def list_events(
    conversation: TalkId,
    request: Request,
    caller: Caller,
    wanted: Annotated[EventsQuery, Query()],
) -> JSONResponse:
    """Return what was missed after a seq, oldest first; shoppers get what both sides may see."""
    services, side = services_of(request), side_of(caller)
    talk = own_talk(request, caller, conversation)
    if side == "shopper":
        services.reception.shopper_back(talk.id)  # whoever has no socket is here by asking
    events = services.chat.events_after(
        conversation=talk.id, side=side, seq=wanted.after, limit=wanted.limit
    )
    told = {
        "events": [chat_views.event_view(event, side) for event in events],
        "more": len(events) == wanted.limit,
        "marks": [chat_views.mark_view(one) for one in services.chat.marks(talk.id)],
        "now": ids.to_text(services.clock.now()),
    }
    return JSONResponse(told)


@router.post(
    "/{conversation}/messages",
    status_code=201,
    response_model=SentShown,
    responses={
        200: {"model": SentShown, "description": "The key had come before; kept once."},
        **error_responses(
            *EITHER,
            *BODY,
            BadMessage,
            TalkClosed,
            TalkTaken,
            MessageBlocked,
            IdempotencyMismatch,
        ),
    },
)
def send(
    conversation: TalkId, body: MessageBody, request: Request, caller: Caller, key: Key = None
) -> JSONResponse:
    """Say something. A message without a key gets one, and is then not safe to send twice."""
    services, side = services_of(request), side_of(caller)
    own_talk(request, caller, conversation)  # whose talk it is comes before what is wrong with it
    said = Incoming(
        type=body.type, body=body.body, client_key=body.client_key or key or ids.new_id("key")
    )
    sent = services.chat.send(
        conversation=conversation,
        author=author_of(caller),
        who=who_of(caller),
        message=said,
        customer=customer_of(services, caller),
        name=display_of(services, caller),
        address=client_address(request),
        anyway=body.anyway,
    )
    told = {"event": chat_views.event_view(sent.event, side), "repeated": sent.repeated}
    return JSONResponse(told, status_code=200 if sent.repeated else 201)


@router.post(
    "/{conversation}/messages/{seq}/recall",
    response_model=EventShown,
    responses=error_responses(*EITHER, RecallTooLate),
)
def recall(
    conversation: TalkId,
    seq: Annotated[int, Path(ge=1, le=2**31)],
    request: Request,
    caller: Caller,
) -> JSONResponse:
    """Take an own message back within two minutes."""
    services = services_of(request)
    event = services.chat.recall(
        conversation=conversation,
        author=author_of(caller),
        who=who_of(caller),
        seq=seq,
        customer=customer_of(services, caller),
    )
    return JSONResponse(chat_views.event_view(event, side_of(caller)))


@router.post(
    "/{conversation}/marks",
    response_model=MarkShown,
    responses=error_responses(*EITHER, *BODY),
)
def mark(conversation: TalkId, body: MarkBody, request: Request, caller: Caller) -> JSONResponse:
    """Tell how far the caller's side has got; a mark never goes back."""
    services = services_of(request)
    talk = own_talk(request, caller, conversation)
    made = services.chat.mark(
        conversation=talk.id, side=side_of(caller), delivered=body.delivered, read=body.read
    )
    return JSONResponse(chat_views.mark_view(made))
