"""/api/v1/records: what talks were about and what came of them (咨询即时记录). For agents."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from shopbot import messages
from shopbot.accounts.store import find_user
from shopbot.chat import record_views
from shopbot.chat.record_views import COLUMNS, USUAL_WIDTH, WIDTHS, Tongue
from shopbot.chat.records import Record, RecordFilter, page_of_records
from shopbot.errors import (
    Forbidden,
    HostNotAllowed,
    Malformed,
    NotFound,
    StorageError,
    Unauthenticated,
)
from shopbot.orders.workbook_out import Sheet, write_book
from shopbot.roles import AGENTS, Principal
from shopbot.web.auth import require, services_of
from shopbot.web.desk_view import staff_id
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.record_schemas import RecordList, RecordQuery, SheetQuery
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services

router = APIRouter(prefix="/api/v1/records", tags=["desk"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 50_000  # rows of a workbook
_NAME = "records.xlsx"
_DAY = timedelta(days=1)
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, Malformed, StorageError)

Agent = Annotated[Principal, Depends(require(*AGENTS))]


@router.get("", response_model=RecordList, responses=error_responses(NotFound, *_COMMON))
def list_records(
    request: Request, agent: Agent, wanted: Annotated[RecordQuery, Query()]
) -> JSONResponse:
    """List talks that have ended, newest first; by default those of the last day."""
    services = services_of(request)
    asked = _filter(services, agent, wanted, wanted.count, _before(wanted.after))
    found = page_of_records(services.db, agent.store_id, asked)
    last = found[-1] if len(found) == wanted.count else None
    following = write_cursor(last.closed_at, f"{last.conversation}.{last.part}") if last else None
    name_of = _names(services)
    shown = [_row(one, name_of) for one in found]
    return JSONResponse({"records": shown, "next": following})


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}, "description": "The records as a workbook."},
        **error_responses(*_COMMON),
    },
)
def export(request: Request, agent: Agent, wanted: Annotated[SheetQuery, Query()]) -> Response:
    """Give the same as a workbook, the newest 50,000."""
    services = services_of(request)
    found = page_of_records(
        services.db, agent.store_id, _filter(services, agent, wanted, MOST, None)
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _NAME
        write_book(file, [_sheet(services, found)])
        content = file.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{_NAME}"'}
    return Response(content, media_type=XLSX, headers=headers)


def _filter(
    services: Services,
    agent: Principal,
    wanted: SheetQuery,
    count: int,
    before: tuple[datetime, str, int] | None,
) -> RecordFilter:
    until = wanted.until or services.clock.now()
    since = wanted.since or until - _DAY
    if wanted.day is not None:
        zone = services.chat.gear.rules().zone
        since = datetime.combine(wanted.day, time.min, zone)
        until = datetime.combine(wanted.day + _DAY, time.min, zone)
    return RecordFilter(
        since=since,
        until=until,
        agent=staff_id(agent) if wanted.agent == "me" else wanted.agent,
        topic=wanted.topic,
        outcome=wanted.outcome or "",
        before=before,
        count=count,
    )


def _before(cursor: str) -> tuple[datetime, str, int] | None:
    """Read the cursor of a page; NotFound for what we never gave."""
    found = read_cursor(cursor)
    if found is None:
        return None
    at, name = found
    talk, _, part = name.rpartition(".")
    if not talk or not (part.isascii() and part.isdecimal() and len(part) < 7):
        raise NotFound("page")
    return at, talk, int(part)


def _names(services: Services) -> Callable[[str], str]:
    """Return what colleagues call a user; each is looked up once."""

    @cache
    def name_of(agent: str) -> str:
        user = find_user(services.db, services.store_id, agent)
        return user.display if user is not None else agent

    return name_of


def _row(one: Record, name_of: Callable[[str], str]) -> dict[str, Any]:
    return {
        "conversation": one.conversation,
        "part": one.part,
        "closed_at": one.closed_at.isoformat(),
        "started_at": one.started_at.isoformat(),
        "shopper": record_views.shopper_of(one),
        "channel": one.channel,
        "topics": [{"id": name, "name": record_views.topic_words(name)} for name in one.topics],
        "questions": list(one.questions),
        "open_questions": list(one.open_questions),
        "product": one.product,
        "order": one.order,
        "outcome": one.outcome,
        "outcome_text": record_views.outcome_words(one.outcome),
        "reason": one.reason,
        "reason_text": record_views.reason_words(one.reason),
        "agents": [{"id": agent, "name": name_of(agent)} for agent in one.agents],
        "messages": dict(one.messages),
        "first_answer_ms": one.first_answer_ms,
        "first_human_ms": one.first_human_ms,
        "note": one.note,
    }


def _sheet(services: Services, found: list[Record]) -> Sheet:
    zone = services.chat.gear.rules().zone
    tongue = Tongue(
        clock=lambda at: at.astimezone(zone).strftime("%Y-%m-%d %H:%M"), name_of=_names(services)
    )
    return Sheet(
        title=messages.text("records.sheet"),
        header=[messages.text(f"records.column.{name}") for name in COLUMNS],
        widths=[WIDTHS.get(name, USUAL_WIDTH) for name in COLUMNS],
        rows=[record_views.cells(record_views.told(one, tongue)) for one in found],
    )
