"""/api/v1/conversations/…/human, mode, rating, close: what people want of a talk besides answers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from shopbot.chat.closing import Why
from shopbot.chat.errors import (
    BadMessage,
    TalkClosed,
)
from shopbot.errors import (
    Conflict,
)
from shopbot.roles import Role
from shopbot.web.auth import services_of
from shopbot.web.chat_bodies import (
    ModeBody,
    RatingBody,
)
from shopbot.web.chat_schemas import (
    TalkShown,
)
from shopbot.web.schemas import error_responses
from shopbot.web.talk_callers import (
    BODY,
    EITHER,
    SHOPPER,
    TalkId,
    side_of,
    talk_shown,
    who_of,
)
from shopbot.web.visitor import Caller, Shopper

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


@router.post(
    "/{conversation}/human",
    response_model=TalkShown,
    responses=error_responses(*SHOPPER, *BODY, TalkClosed),
)
def ask_human(conversation: TalkId, request: Request, shopper: Shopper) -> JSONResponse:
    """Ask for a person; the answer tells who has the word now."""
    services = services_of(request)
    talk = services.chat.ask_human(conversation=conversation, visitor=shopper.id)
    return JSONResponse(talk_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/mode",
    response_model=TalkShown,
    responses=error_responses(*SHOPPER, *BODY, BadMessage, TalkClosed),
)
def choose_mode(
    conversation: TalkId, body: ModeBody, request: Request, shopper: Shopper
) -> JSONResponse:
    """Choose who answers first: the bot or a person."""
    services = services_of(request)
    talk = services.chat.choose_mode(visitor=shopper.id, conversation=conversation, mode=body.mode)
    return JSONResponse(talk_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/rating",
    response_model=TalkShown,
    responses=error_responses(*SHOPPER, *BODY),
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
    return JSONResponse(talk_shown(services, talk, "shopper"))


@router.post(
    "/{conversation}/close",
    response_model=TalkShown,
    responses=error_responses(*EITHER, *BODY, Conflict),
)
def close(conversation: TalkId, request: Request, caller: Caller) -> JSONResponse:
    """End a talk; one that is closed stays as it is."""
    services = services_of(request)
    by: Why = "shopper" if caller.role is Role.SHOPPER else "agent"
    talk = services.chat.close(conversation=conversation, who=who_of(caller), by=by)
    return JSONResponse(talk_shown(services, talk, side_of(caller)))
