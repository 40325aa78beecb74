"""Routes for whoever runs the service: is it alive, can it answer, how is it doing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import shopbot
from shopbot.errors import Forbidden, HostNotAllowed, StorageError, Unauthenticated
from shopbot.orders import source_store
from shopbot.roles import AGENTS, Principal
from shopbot.web.auth import find_principal, require, services_of
from shopbot.web.schemas import ErrorBody, Health, Readiness, error_responses
from shopbot.web.services import Services

if TYPE_CHECKING:
    from shopbot.kb.entry import Problem
    from shopbot.kb.service import KbStatus

router = APIRouter(tags=["operations"], responses=error_responses(HostNotAllowed))

_SHOWN_PROBLEMS = 20


@router.get("/healthz", response_model=Health)
async def healthz() -> dict[str, str]:
    """Tell that the process is alive; says nothing about knowledge or storage."""
    return {"status": "ok", "version": shopbot.__version__}


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Questions cannot be answered now."}},
)
async def readyz(request: Request) -> JSONResponse:
    """Tell whether questions can be answered, and what staff should mend."""
    services = services_of(request)
    state = await services.pool.run(lambda: _state(services))
    status = 200 if state["ready"] else 503
    if await asyncio.to_thread(find_principal, request) is None:
        state = {"ready": state["ready"]}
    return JSONResponse(state, status_code=status)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {}}, "description": "Prometheus text format."},
        **error_responses(Unauthenticated, Forbidden),
        500: {"model": ErrorBody, "description": "`internal` A bug."},
    },
)
async def metrics(request: Request, _: Annotated[Principal, Depends(require(*AGENTS))]) -> Response:
    """Counts and times since the start."""
    registry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _state(services: Services) -> dict[str, Any]:
    storage = _storage_state(services)
    status = services.kb.status()
    return {
        "ready": storage == "ok" and status.entries > 0,
        "version": shopbot.__version__,
        "model": status.model,
        "index": str(status.generation),
        "storage": storage,
        "knowledge": _knowledge_state(status),
        "sources": _sources_state(services) if storage == "ok" else [],
    }


def _storage_state(services: Services) -> str:
    try:
        services.db.check()
    except StorageError as error:
        return error.code
    return "ok"


def _sources_state(services: Services) -> list[dict[str, Any]]:
    """Sources of orders may be down and questions still be answered: told, never a reason."""
    now = services.clock.now()
    fresh = services.chat.gear.rules().logistics.orders_fresh
    found = source_store.list_sources(services.db, services.store_id)
    return [one.as_dict(now, fresh) for one in found]


def _knowledge_state(status: KbStatus) -> dict[str, Any]:
    return {
        "entries": status.entries,
        "topics_ready": status.topics_ready,
        "topics_total": status.topics_total,
        "problems": len(status.problems),
        "first_problems": [_problem(problem) for problem in status.problems[:_SHOWN_PROBLEMS]],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.source.file,
        "line": problem.source.line,
        "message": problem.message,
        "hint": problem.hint,
    }
