"""/api/v1/reviews: what buyers wrote, whom to call about it, what is answered. For agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

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
from shopbot.orders import review_answers, review_store, review_views
from shopbot.orders.review_calls import Made, record_call
from shopbot.orders.review_causes import read_week, this_week, week_of
from shopbot.orders.review_store import ReviewFilter
from shopbot.roles import AGENTS, Principal
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import require, services_of
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.review_schemas import (
    AnswerBody,
    CallBody,
    CallRow,
    CauseQuery,
    ReviewList,
    ReviewQuery,
    ReviewRow,
    ReviewShown,
    WeekShown,
)
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.talk_words import TalkWords

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"])

_MAY_SEE = require(*AGENTS)
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, Malformed, StorageError)
_WRITES = error_responses(
    NotFound, Conflict, TooLarge, UnsupportedMedia, IdempotencyMismatch, *_COMMON
)

Agent = Annotated[Principal, Depends(_MAY_SEE)]


@router.get("", response_model=ReviewList, responses=error_responses(NotFound, *_COMMON))
def list_reviews(
    request: Request, agent: Agent, wanted: Annotated[ReviewQuery, Query()]
) -> JSONResponse:
    """List reviews, newest first."""
    services = services_of(request)
    rules = _rules(services)
    found = review_store.list_reviews(
        services.db,
        agent.store_id,
        ReviewFilter(
            call=wanted.call,
            answered=wanted.answered,
            sentiment=wanted.sentiment,
            bad_up_to=rules.reviews.bad_up_to if wanted.bad else None,
            after=read_cursor(wanted.after),
            count=wanted.count,
        ),
    )
    last = found[-1] if len(found) == wanted.count else None
    following = write_cursor(last.at, last.id) if last else None
    shown = [review_views.review_dict(one, rules) for one in found]
    return JSONResponse({"reviews": shown, "next": following})


@router.get("/causes", response_model=WeekShown, responses=error_responses(NotFound, *_COMMON))
def causes(request: Request, agent: Agent, wanted: Annotated[CauseQuery, Query()]) -> JSONResponse:
    """Count why buyers were not content in a week."""
    services = services_of(request)
    rules = _rules(services)
    now = services.clock.now()
    monday = read_week(wanted.week) if wanted.week else this_week(now, rules)
    if monday is None:
        raise NotFound("week")
    with services.db.snapshot() as reader:
        return JSONResponse(week_of(reader, rules, monday).as_dict())


@router.get(
    "/{review_id}", response_model=ReviewShown, responses=error_responses(NotFound, *_COMMON)
)
def show(request: Request, agent: Agent, review_id: str) -> JSONResponse:
    """Show a review with its order, cases, calls, what to say on the phone, what to answer."""
    services = services_of(request)
    rules, now, kb = _rules(services), services.clock.now(), services.chat.gear.kb
    with services.db.snapshot() as reader:
        story = review_views.gather(reader, rules, review_id)
    words = TalkWords(kb)
    told = review_views.story_dict(story, rules, words, now)
    suggested = review_answers.suggest(story.review, rules, words, kb.banned, now)
    return JSONResponse({**told, "suggestion": review_answers.as_dict(suggested)})


@router.post("/{review_id}/call", response_model=CallRow, responses=_WRITES)
async def call(
    body: CallBody, request: Request, review_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Write down a call to the buyer: what came of it, and why they were unhappy."""
    services = services_of(request)
    rules, now = _rules(services), services.clock.now()
    made = Made(result=body.result, cause=body.cause, note=body.note)

    def work(tx: Transaction) -> Answer:
        done = record_call(tx, review_id, made, rules, now, agent.name)
        return Answer(status=200, body=review_views.call_dict(done))

    route = f"POST /api/v1/reviews/{review_id}/call"
    return await do_once(request, by_agent(agent, route, key), work, now)


@router.post("/{review_id}/answer", response_model=ReviewRow, responses=_WRITES)
async def answer(
    body: AnswerBody, request: Request, review_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Keep what was answered in public; banned words are refused."""
    services = services_of(request)
    rules, now, banned = _rules(services), services.clock.now(), services.chat.gear.kb.banned

    def work(tx: Transaction) -> Answer:
        kept = review_answers.record_answer(
            tx, review_id, body.text, banned, rules, now, agent.name
        )
        return Answer(status=200, body=review_views.review_dict(kept, rules))

    route = f"POST /api/v1/reviews/{review_id}/answer"
    return await do_once(request, by_agent(agent, route, key), work, now)


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
