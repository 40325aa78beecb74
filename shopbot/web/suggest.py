"""POST /api/v1/suggest: a shopper's message in, ranked and traceable replies out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from shopbot.errors import (
    Forbidden,
    HostNotAllowed,
    KnowledgeError,
    Malformed,
    ModelError,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.roles import Principal, Role
from shopbot.web.auth import require, services_of
from shopbot.web.schemas import SuggestAnswer, SuggestRequest, error_responses

if TYPE_CHECKING:
    from shopbot.kb.service import Query

router = APIRouter(prefix="/api/v1", tags=["suggest"])

_MAY_ASK = require(Role.AGENT, Role.SUPERVISOR, Role.STAFF, Role.ADMIN)


@router.post(
    "/suggest",
    response_model=SuggestAnswer,
    responses=error_responses(
        Unauthenticated,
        Forbidden,
        TooLarge,
        UnsupportedMedia,
        HostNotAllowed,
        Malformed,
        TooMany,
        KnowledgeError,
        ModelError,
    ),
)
async def suggest(
    body: SuggestRequest, request: Request, _: Annotated[Principal, Depends(_MAY_ASK)]
) -> JSONResponse:
    """Suggest replies to a shopper's message, best first, each with its source and its reasons."""
    services = services_of(request)
    query = _query(body, services.clock.now())
    answer = await services.pool.run(lambda: services.kb.suggest(query).as_dict())
    if body.id is not None:
        answer = {"id": body.id, **answer}
    _note(request, answer)
    return JSONResponse(answer)


def _query(body: SuggestRequest, now: Any) -> Query:
    from shopbot.kb.service import Query, Turn

    turns = tuple(
        Turn(role="shopper", text=turn)
        if isinstance(turn, str)
        else Turn(role=turn.role, text=turn.text)
        for turn in body.turns or ()
    )
    return Query(
        text=body.text if body.text is not None else turns[-1].text,
        turns=turns[:-1],
        product=body.product,
        at=body.at or now,
        top=body.top,
        channel=body.channel,
    )


def _note(request: Request, answer: dict[str, Any]) -> None:
    """Put into the log line what was found; never what was asked."""
    best = answer["suggestions"][:1]
    request.app.state.metrics.bands.labels(answer["band"]).inc()
    request.state.facts.update(
        band=answer["band"],
        parts=len(answer["parts"]),
        entry=best[0]["entry"] if best else None,
        probability=best[0]["probability"] if best else None,
    )
