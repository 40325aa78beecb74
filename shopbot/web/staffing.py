"""What the staff do with talks over HTTP: take, pass on, hand back, suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse

from shopbot import ids
from shopbot.chat.errors import (
    BadMessage,
    DraftVoid,
    MessageBlocked,
    TalkClosed,
    TalkTaken,
)
from shopbot.chat.store import TalkFilter
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
from shopbot.roles import AGENTS, Principal, Role
from shopbot.web import chat_views
from shopbot.web.auth import require, services_of
from shopbot.web.chat_bodies import (
    AcceptBody,
    ListTalks,
    RejectBody,
    TakeBody,
    TransferBody,
)
from shopbot.web.chat_schemas import (
    DraftList,
    DraftShown,
    ReceiptShown,
    SentShown,
    TalkList,
    TalkShown,
    TransferShown,
)
from shopbot.web.desk_view import person_of, staff_id, transfer_view
from shopbot.web.refusals import CsrfRefused, OriginRefused, RateExceeded
from shopbot.web.schemas import error_responses
from shopbot.web.talk_callers import TalkId, display_of

router = APIRouter(prefix="/api/v1", tags=["desk"])

Agent = Annotated[Principal, Depends(require(*AGENTS))]
"""Somebody who talks with shoppers."""

COMMON = (
    Unauthenticated,
    Forbidden,
    CsrfRefused,
    OriginRefused,
    HostNotAllowed,
    NotFound,
    Malformed,
    StorageError,
    RateExceeded,
)
BODY = (TooLarge, UnsupportedMedia)


@router.get("/conversations", response_model=TalkList, responses=error_responses(*COMMON))
def list_talks(
    request: Request, agent: Agent, wanted: Annotated[ListTalks, Query()]
) -> JSONResponse:
    """List talks, those written in last first."""
    whose = staff_id(agent) if wanted.agent == "me" else wanted.agent
    found = services_of(request).chat.list_talks(
        TalkFilter(
            state=wanted.state or "", holder=wanted.holder or "", agent=whose, count=wanted.limit
        )
    )
    return JSONResponse({"conversations": [chat_views.talk_view(one, "staff") for one in found]})


# --- whose talk it is ----------------------------------------------------------------------------


@router.post(
    "/conversations/{conversation}/take",
    response_model=TalkShown,
    responses=error_responses(*COMMON, *BODY, Conflict, TalkClosed, TalkTaken),
)
def take(
    conversation: TalkId, request: Request, agent: Agent, body: TakeBody | None = None
) -> JSONResponse:
    """Take a talk from the queue or the bot; supervisors also from a colleague (`step_in`)."""
    step_in = body is not None and body.step_in
    if step_in and agent.role is Role.AGENT:
        raise Forbidden(agent.role)
    chat = services_of(request).chat
    talk = chat.take(conversation=conversation, agent=staff_id(agent), step_in=step_in)
    return JSONResponse(chat_views.talk_view(talk, "staff"))


@router.post(
    "/conversations/{conversation}/hand-back",
    response_model=TalkShown,
    responses=error_responses(*COMMON, *BODY, Conflict, TalkClosed),
)
def hand_back(conversation: TalkId, request: Request, agent: Agent) -> JSONResponse:
    """Give a talk back to the bot."""
    talk = services_of(request).chat.hand_back(conversation=conversation, agent=staff_id(agent))
    return JSONResponse(chat_views.talk_view(talk, "staff"))


@router.post(
    "/conversations/{conversation}/reopen",
    response_model=TalkShown,
    responses=error_responses(*COMMON, *BODY, Conflict),
)
def reopen(conversation: TalkId, request: Request, agent: Agent) -> JSONResponse:
    """Go on with a closed talk."""
    talk = services_of(request).chat.reopen(conversation=conversation, agent=staff_id(agent))
    return JSONResponse(chat_views.talk_view(talk, "staff"))


@router.post(
    "/conversations/{conversation}/transfer",
    status_code=201,
    response_model=TransferShown,
    responses=error_responses(*COMMON, *BODY, Conflict),
)
def transfer(
    conversation: TalkId, body: TransferBody, request: Request, agent: Agent
) -> JSONResponse:
    """Offer an own talk to a colleague or the supervisors; it stays here until somebody accepts."""
    services = services_of(request)
    made = services.reception.offer(
        conversation, person_of(services, agent), taker=body.to, note=body.note
    )
    return JSONResponse(transfer_view(made), status_code=201)


# --- suggestions ---------------------------------------------------------------------------------


@router.get(
    "/conversations/{conversation}/suggestions",
    response_model=DraftList,
    responses=error_responses(*COMMON),
)
def list_suggestions(
    conversation: TalkId,
    request: Request,
    _: Agent,
    turn: Annotated[int | None, Query(ge=1, le=2**31, description="Of this turn.")] = None,
) -> JSONResponse:
    """Return the suggestions that may be sent now, or all of one turn, best first."""
    drafts = services_of(request).chat.drafts(conversation, turn)
    newest = max((draft.turn for draft in drafts), default=turn or 0)
    shown = [chat_views.draft_view(draft) for draft in drafts]
    return JSONResponse({"turn": newest, "suggestions": shown})


@router.post(
    "/suggestions/{suggestion}/accept",
    status_code=201,
    response_model=SentShown,
    responses={
        200: {"model": SentShown, "description": "It was sent before; sent once."},
        **error_responses(
            *COMMON, *BODY, BadMessage, DraftVoid, TalkClosed, TalkTaken, MessageBlocked,
            IdempotencyMismatch,
        ),
    },
)  # fmt: skip
def accept(
    suggestion: Annotated[str, Path(max_length=100)],
    body: AcceptBody,
    request: Request,
    agent: Agent,
) -> JSONResponse:
    """Send a suggestion as it stands, or as the agent changed it."""
    services = services_of(request)
    sent = services.chat.accept(
        draft=suggestion,
        agent=staff_id(agent),
        name=display_of(services, agent),
        client_key=body.client_key or ids.new_id("key"),
        text=body.text,
        anyway=body.anyway,
    )
    told = {"event": chat_views.event_view(sent.event, "staff"), "repeated": sent.repeated}
    return JSONResponse(told, status_code=200 if sent.repeated else 201)


@router.post(
    "/suggestions/{suggestion}/reject",
    response_model=DraftShown,
    responses=error_responses(*COMMON, *BODY, DraftVoid),
)
def reject(
    suggestion: Annotated[str, Path(max_length=100)],
    body: RejectBody,
    request: Request,
    agent: Agent,
) -> JSONResponse:
    """Say that a suggestion will not do, and why."""
    draft = services_of(request).chat.reject(
        draft=suggestion, agent=staff_id(agent), reason=body.reason
    )
    return JSONResponse(chat_views.draft_view(draft))


@router.get(
    "/messages/{message}/receipt",
    response_model=ReceiptShown,
    responses=error_responses(*COMMON),
)
def receipt(
    message: Annotated[str, Path(max_length=100, description="The `id` of the message's event.")],
    request: Request,
    _: Agent,
) -> JSONResponse:
    """Tell where a sent message came from: entries, versions, lines, rule, order, who."""
    return JSONResponse(chat_views.receipt_view(services_of(request).chat.receipt(message)))
