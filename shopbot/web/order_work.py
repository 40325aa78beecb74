"""/api/v1/orders/due, /tasks, /refunds: what needs a person today, and what came of it. For staff."""

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
from shopbot.orders import views
from shopbot.orders.due_list import find_due
from shopbot.orders.refund_steps import settle_refund
from shopbot.orders.tasks import end_task
from shopbot.roles import AGENTS, Principal
from shopbot.rules import load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import require, services_of
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.order_schemas import (
    DueList,
    DueQuery,
    RefundBody,
    RefundShown,
    TaskBody,
    TaskShown,
)
from shopbot.web.schemas import error_responses

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

_MAY_SEE = require(*AGENTS)
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, Malformed, StorageError)
_WRITES = error_responses(
    NotFound, Conflict, TooLarge, UnsupportedMedia, IdempotencyMismatch, *_COMMON
)


@router.get("/due", response_model=DueList, responses=error_responses(*_COMMON))
def list_due(
    request: Request,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
    wanted: Annotated[DueQuery, Query()],
) -> JSONResponse:
    """List what needs a person today, each with its next step, most urgent first."""
    services = services_of(request)
    rules = load_rules(services.settings.knowledge_dir()).rules
    found = find_due(services.db, rules, services.clock.now())
    items = [item for item in found if wanted.what in (None, item.what)]
    shown = [item.as_dict(rules) for item in items[: wanted.count]]
    return JSONResponse({"due": shown, "count": len(items)})


@router.post("/tasks/{task_id}", response_model=TaskShown, responses=_WRITES)
async def finish_task(
    body: TaskBody,
    request: Request,
    task_id: str,
    key: Key,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
) -> JSONResponse:
    """Say that a task is done, or could not be; an address is then changed, a cancel agreed to."""
    services = services_of(request)
    now = services.clock.now()
    rules = load_rules(services.settings.knowledge_dir()).rules

    def work(tx: Transaction) -> Answer:
        task = end_task(tx, task_id, body.state, rules, now, agent.name, result=body.result)
        return Answer(status=200, body=views.task_view(task))

    route = f"POST /api/v1/orders/tasks/{task_id}"
    return await do_once(request, by_agent(agent, route, key), work, now)


@router.post("/refunds/{refund_id}", response_model=RefundShown, responses=_WRITES)
async def finish_refund(
    body: RefundBody,
    request: Request,
    refund_id: str,
    key: Key,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
) -> JSONResponse:
    """Say that a refund was paid, or failed; one of a case is paid by the case's step `refund`."""
    now = services_of(request).clock.now()

    def work(tx: Transaction) -> Answer:
        refund = settle_refund(tx, agent.store_id, refund_id, body.state, now, agent.name)
        return Answer(status=200, body=views.refund_view(refund))

    route = f"POST /api/v1/orders/refunds/{refund_id}"
    return await do_once(request, by_agent(agent, route, key), work, now)
