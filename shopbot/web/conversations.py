"""/api/v1/conversations: the talk over HTTP, for the shopper whose it is and for who answers.

With the visitor's header the caller is the shopper. Whoever has no right to a talk gets the answer for one
that is not there. Everything here is also told by the sockets.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse

from shopbot import ids
from shopbot.accounts import visitors
from shopbot.accounts.errors import VisitorUnknown
from shopbot.chat import schemas
from shopbot.chat.closing import Why
from shopbot.chat.errors import (
    BadMessage,
    MediaRefused,
    MediaTooLarge,
    MessageBlocked,
    RecallTooLate,
    TalkClosed,
    TalkTaken,
)
from shopbot.chat.model import Author, Conversation, Incoming, Side
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
from shopbot.roles import Principal, Role
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.chat_schemas import (
    CurrentTalk,
    EventShown,
    EventsQuery,
    EventsShown,
    MarkBody,
    MarkShown,
    MediaMade,
    MessageBody,
    MessageTypes,
    ModeBody,
    OpenBody,
    RatingBody,
    SentShown,
    TalkList,
    TalkShown,
)
from shopbot.web.desk_view import person_of, staff_id
from shopbot.web.refusals import CsrfRefused, OriginRefused, RateExceeded
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Caller, Shopper, client_address

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])

_COMMON = (HostNotAllowed, OriginRefused, Malformed, StorageError, RateExceeded)
_BODY = (TooLarge, UnsupportedMedia)
_SHOPPER = (VisitorUnknown, NotFound, *_COMMON)
_EITHER = (Unauthenticated, VisitorUnknown, Forbidden, CsrfRefused, NotFound, *_COMMON)

TalkId = Annotated[str, Path(max_length=100, description="The conversation's id.")]
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
        **error_responses(*_SHOPPER, *_BODY),
    },
)
def open_talk(body: OpenBody, request: Request, shopper: Shopper) -> JSONResponse:
    """Begin a talk, or get the one that is open: a visitor has one at a time."""
    services, customer = services_of(request), _customer(request, shopper)
    before = services.chat.current(visitor=shopper.id, customer=customer)
    talk = services.chat.open(
        visitor=shopper.id,
        customer=customer,
        product=body.product,
        channel=body.channel,
        mode=body.mode,
    )
    known = before is not None and before.id == talk.id
    return JSONResponse(_shown(services, talk, "shopper"), status_code=200 if known else 201)


@router.get("/current", response_model=CurrentTalk, responses=error_responses(*_SHOPPER))
def current_talk(request: Request, shopper: Shopper) -> JSONResponse:
    """Return the visitor's open talk, null when there is none."""
    services = services_of(request)
    talk = services.chat.current(visitor=shopper.id, customer=_customer(request, shopper))
    shown = _shown(services, talk, "shopper") if talk is not None else None
    return JSONResponse({"conversation": shown})


@router.get("/history", response_model=TalkList, responses=error_responses(*_SHOPPER))
def history(request: Request, shopper: Shopper) -> JSONResponse:
    """Return the visitor's talks, newest first; a signed-in shopper's from all devices."""
    services = services_of(request)
    talks = services.chat.history(visitor=shopper.id, customer=_customer(request, shopper))
    return JSONResponse({"conversations": [chat_views.talk_view(one, "shopper") for one in talks]})


@router.get("/message-types", response_model=MessageTypes, responses=error_responses(*_EITHER))
def message_types(_: Caller) -> JSONResponse:
    """Return the JSON schema of each type of message, and who may send it."""
    may = {author: sorted(types) for author, types in schemas.MAY_SEND.items()}
    return JSONResponse({"types": schemas.schema(), "may_send": may})


# --- the talk ------------------------------------------------------------------------------------


@router.get("/{conversation}", response_model=TalkShown, responses=error_responses(*_EITHER))
def show_talk(conversation: TalkId, request: Request, caller: Caller) -> JSONResponse:
    """Return a talk as it stands."""
    talk = own_talk(request, caller, conversation)
    return JSONResponse(_shown(services_of(request), talk, side_of(caller)))


@router.get(
    "/{conversation}/events", response_model=EventsShown, responses=error_responses(*_EITHER)
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
    events = services.chat.events_after(
        conversation=talk.id, side=side, seq=wanted.after, limit=wanted.limit
    )
    told = {
        "events": [chat_views.event_view(event, side) for event in events],
        "more": len(events) == wanted.limit,
        "marks": [chat_views.mark_view(one) for one in services.chat.marks(talk.id)],
    }
    return JSONResponse(told)


@router.post(
    "/{conversation}/messages",
    status_code=201,
    response_model=SentShown,
    responses={
        200: {"model": SentShown, "description": "The key had come before; kept once."},
        **error_responses(
            *_EITHER,
            *_BODY,
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
    said = Incoming(
        type=body.type, body=body.body, client_key=body.client_key or key or ids.new_id("key")
    )
    sent = services.chat.send(
        conversation=conversation,
        author=author_of(caller),
        who=who_of(caller),
        message=said,
        customer=_customer(request, caller),
        name=display_of(services, caller),
        address=client_address(request),
        anyway=body.anyway,
    )
    told = {"event": chat_views.event_view(sent.event, side), "repeated": sent.repeated}
    return JSONResponse(told, status_code=200 if sent.repeated else 201)


@router.post(
    "/{conversation}/messages/{seq}/recall",
    response_model=EventShown,
    responses=error_responses(*_EITHER, RecallTooLate),
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
        customer=_customer(request, caller),
    )
    return JSONResponse(chat_views.event_view(event, side_of(caller)))


@router.post(
    "/{conversation}/marks",
    response_model=MarkShown,
    responses=error_responses(*_EITHER, *_BODY),
)
def mark(conversation: TalkId, body: MarkBody, request: Request, caller: Caller) -> JSONResponse:
    """Tell how far the caller's side has got; a mark never goes back."""
    services = services_of(request)
    talk = own_talk(request, caller, conversation)
    made = services.chat.mark(
        conversation=talk.id, side=side_of(caller), delivered=body.delivered, read=body.read
    )
    return JSONResponse(chat_views.mark_view(made))


# --- wishes of the shopper -----------------------------------------------------------------------


@router.post(
    "/{conversation}/human",
    response_model=TalkShown,
    responses=error_responses(*_SHOPPER, *_BODY, TalkClosed),
)
def ask_human(conversation: TalkId, request: Request, shopper: Shopper) -> JSONResponse:
    """Ask for a person; the answer tells who has the word now."""
    services = services_of(request)
    talk = services.chat.ask_human(conversation=conversation, visitor=shopper.id)
    return JSONResponse(_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/mode",
    response_model=TalkShown,
    responses=error_responses(*_SHOPPER, *_BODY, BadMessage, TalkClosed),
)
def choose_mode(
    conversation: TalkId, body: ModeBody, request: Request, shopper: Shopper
) -> JSONResponse:
    """Choose who answers first: the bot or a person."""
    services = services_of(request)
    talk = services.chat.choose_mode(visitor=shopper.id, conversation=conversation, mode=body.mode)
    return JSONResponse(_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/rating",
    response_model=TalkShown,
    responses=error_responses(*_SHOPPER, *_BODY),
)
def rate(
    conversation: TalkId, body: RatingBody, request: Request, shopper: Shopper
) -> JSONResponse:
    """Rate a talk with one to five stars; a later rating takes the place of an earlier one."""
    services = services_of(request)
    talk = services.chat.rate(
        visitor=shopper.id,
        conversation=conversation,
        stars=body.stars,
        tags=body.tags,
        words=body.words,
    )
    return JSONResponse(_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/close",
    response_model=TalkShown,
    responses=error_responses(*_EITHER, *_BODY, Conflict),
)
def close(conversation: TalkId, request: Request, caller: Caller) -> JSONResponse:
    """End a talk; one that is closed stays as it is."""
    services = services_of(request)
    by: Why = "shopper" if caller.role is Role.SHOPPER else "agent"
    talk = services.chat.close(conversation=conversation, who=who_of(caller), by=by)
    return JSONResponse(_shown(services, talk, side_of(caller)))


# --- pictures and files --------------------------------------------------------------------------


@router.post(
    "/{conversation}/media",
    status_code=201,
    response_model=MediaMade,
    responses=error_responses(*_EITHER, TooLarge, UnsupportedMedia, MediaRefused, MediaTooLarge),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload(
    conversation: TalkId,
    request: Request,
    caller: Caller,
    name: Annotated[str, Query(max_length=200, description="The file's own name.")] = "",
    voice: Annotated[bool, Query(description="It is a voice note.")] = False,
) -> JSONResponse:
    """Keep a picture, voice note or file (the body, as it is); name `media` in a message then."""
    services, data = services_of(request), await request.body()

    def work() -> dict[str, Any]:
        made = services.chat.add_media(
            conversation=conversation,
            author=author_of(caller),
            who=who_of(caller),
            data=data,
            name=name,
            voice=voice,
            customer=_customer(request, caller),
        )
        return chat_views.media_view(made, services.chat.media_link(made.id))

    return JSONResponse(await services.pool.run(work), status_code=201)


media_router = APIRouter(prefix="/api/v1", tags=["conversations"])


@media_router.get(
    "/chat-media/{link}",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file."},
        **error_responses(NotFound, *_COMMON),
    },
)
def chat_media(
    link: Annotated[str, Path(max_length=300, description="From a message's `address`.")],
    request: Request,
) -> FileResponse:
    """Give a picture or file of a talk by its short-lived signed address."""
    media, file = services_of(request).chat.open_media(link)
    headers = {"Cache-Control": "private, max-age=300"}
    inline = media.kind == "picture"
    return FileResponse(
        file,
        media_type=media.content_type,
        filename=None if inline else media.name or media.id,
        headers=headers,
    )


# --- who calls -----------------------------------------------------------------------------------


def side_of(caller: Principal) -> Side:
    """Return on which side of a talk a caller stands."""
    return "shopper" if caller.role is Role.SHOPPER else "staff"


def author_of(caller: Principal) -> Author:
    """Return as whom a caller speaks."""
    return "shopper" if caller.role is Role.SHOPPER else "agent"


def who_of(caller: Principal) -> str:
    """Return the visitor's or user's id under which a caller's deeds are kept."""
    return caller.id if caller.role is Role.SHOPPER else staff_id(caller)


def display_of(services: Services, caller: Principal) -> str:
    """Return under what name shoppers know an agent; blank for shoppers and keys."""
    if caller.role is Role.SHOPPER or not caller.id:
        return ""
    return person_of(services, caller).name


def own_talk(request: Request, caller: Principal, conversation: str) -> Conversation:
    """Return a talk that the caller may see; NotFound otherwise, whatever the reason."""
    chat = services_of(request).chat
    if caller.role is not Role.SHOPPER:
        return chat.find(conversation)
    customer = _customer(request, caller)
    return chat.access(visitor=caller.id, conversation=conversation, customer=customer)


def _customer(request: Request, caller: Principal) -> str:
    """Return the shop's own id of a shopper who has signed in there, blank for others."""
    return customer_of(services_of(request), caller)


def customer_of(services: Services, caller: Principal) -> str:
    """Return the shop's own id of a shopper who has signed in there, blank for others."""
    if caller.role is not Role.SHOPPER:
        return ""
    visitor = visitors.get(services.db, caller.store_id, caller.id)
    return visitor.customer if visitor is not None else ""


def _shown(services: Services, talk: Conversation, side: Side) -> dict[str, Any]:
    return chat_views.talk_view(talk, side, services.chat.marks(talk.id))
