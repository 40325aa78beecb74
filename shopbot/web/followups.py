"""/api/v1/followups: whom to ask how they were served, what came of it, who is lost. For agents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

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
from shopbot.orders import followup_register, followup_store, followup_views
from shopbot.orders.followup_steps import Form, record
from shopbot.orders.followup_store import FollowupFilter
from shopbot.orders.lost_buyers import record_lost
from shopbot.roles import AGENTS, Principal
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import require, services_of
from shopbot.web.followup_schemas import (
    FollowupList,
    FollowupQuery,
    FollowupRow,
    FollowupShown,
    FormBody,
    LostBody,
    LostList,
    LostNoticeRow,
    LostQuery,
    SheetQuery,
)
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.talk_words import TalkWords

router = APIRouter(prefix="/api/v1/followups", tags=["followups"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME = "followups.xlsx"
_MAY_SEE = require(*AGENTS)
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, Malformed, StorageError)

Agent = Annotated[Principal, Depends(_MAY_SEE)]


@router.get("", response_model=FollowupList, responses=error_responses(NotFound, *_COMMON))
def list_followups(
    request: Request, agent: Agent, wanted: Annotated[FollowupQuery, Query()]
) -> JSONResponse:
    """List follow-ups, the longest open first."""
    services = services_of(request)
    now, rules = services.clock.now(), _rules(services)
    asked = FollowupFilter(
        state=wanted.state,
        due=now if wanted.due else None,
        since=wanted.since,
        until=wanted.until,
        after=read_cursor(wanted.after),
        count=wanted.count,
    )
    found = followup_store.list_followups(services.db, agent.store_id, asked)
    last = found[-1] if len(found) == wanted.count else None
    following = write_cursor(last.opened_at, last.id) if last else None
    shown = [followup_views.followup_dict(one, rules, now) for one in found]
    return JSONResponse({"followups": shown, "next": following})


@router.get("/lost", response_model=LostList, responses=error_responses(*_COMMON))
def list_lost(
    request: Request, agent: Agent, wanted: Annotated[LostQuery, Query()]
) -> JSONResponse:
    """List buyers who used to come and have not for long."""
    services = services_of(request)
    now = services.clock.now()
    found = followup_store.list_lost(
        services.db, agent.store_id, _rules(services), now, wanted.count
    )
    return JSONResponse({"lost": [followup_views.lost_dict(one) for one in found]})


@router.post(
    "/lost/{notice_id}/done",
    response_model=LostNoticeRow,
    responses=error_responses(
        NotFound, Conflict, TooLarge, UnsupportedMedia, IdempotencyMismatch, *_COMMON
    ),
)
async def end_lost(
    body: LostBody, request: Request, notice_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Say that a lost buyer was asked, or will not be; the id is that of the morning's round."""
    services = services_of(request)
    now, rules = services.clock.now(), _rules(services)

    def work(tx: Transaction) -> Answer:
        done = record_lost(tx, notice_id, body.result, rules, now, agent.name, note=body.note)
        return Answer(status=200, body=followup_views.notice_dict(done))

    route = f"POST /api/v1/followups/lost/{notice_id}/done"
    return await do_once(request, by_agent(agent, route, key), work, now)


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}, "description": "The record of follow-ups."},
        **error_responses(*_COMMON),
    },
)
def export(request: Request, agent: Agent, wanted: Annotated[SheetQuery, Query()]) -> Response:
    """Give the record of follow-ups as a workbook, with a summary by month and who is lost."""
    services = services_of(request)
    now, rules = services.clock.now(), _rules(services)
    with services.db.snapshot() as reader:
        told = followup_register.gather(reader, rules, wanted.since, wanted.until, now)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _NAME
        followup_register.write(file, told, rules)
        content = file.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{_NAME}"'}
    return Response(content, media_type=XLSX, headers=headers)


@router.get(
    "/{followup_id}", response_model=FollowupShown, responses=error_responses(NotFound, *_COMMON)
)
def show(request: Request, agent: Agent, followup_id: str) -> JSONResponse:
    """Show a follow-up with its case and what is said in both branches."""
    services = services_of(request)
    now, rules = services.clock.now(), _rules(services)
    words = TalkWords(services.chat.gear.kb)
    with services.db.snapshot() as reader:
        return JSONResponse(followup_views.story_dict(reader, followup_id, rules, words, now))


@router.post(
    "/{followup_id}/record",
    response_model=FollowupRow,
    responses=error_responses(
        NotFound, Conflict, TooLarge, UnsupportedMedia, IdempotencyMismatch, *_COMMON
    ),
)
async def fill_in(
    body: FormBody, request: Request, followup_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Fill in the form after a call."""
    services = services_of(request)
    now, rules = services.clock.now(), _rules(services)
    form = Form(
        result=body.result,
        score=body.score,
        problem=body.problem,
        suggestion=body.suggestion,
        note=body.note,
    )

    def work(tx: Transaction) -> Answer:
        done = record(tx, followup_id, form, rules, now, agent.name)
        return Answer(status=200, body=followup_views.followup_dict(done, rules, now))

    route = f"POST /api/v1/followups/{followup_id}/record"
    return await do_once(request, by_agent(agent, route, key), work, now)


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
