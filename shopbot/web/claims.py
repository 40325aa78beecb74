"""/api/v1/claims: lost and damaged parcels, their steps, what buyers are paid. For agents."""

from __future__ import annotations

from collections.abc import Callable
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
from shopbot.orders import claim_store, claim_views
from shopbot.orders.claim_model import Claim, ClaimStep, Compensation
from shopbot.orders.claim_payments import Asked, compensate, decide
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.claim_store import ClaimFilter
from shopbot.roles import AGENTS, Principal, Role
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import require, services_of
from shopbot.web.claim_schemas import (
    ClaimList,
    ClaimQuery,
    ClaimRow,
    ClaimShown,
    CompensationBody,
    CompensationRow,
    DecisionBody,
    OpenBody,
    StepBody,
    SumList,
)
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.schemas import error_responses

router = APIRouter(prefix="/api/v1/claims", tags=["claims"])

_SUPERVISORS = (Role.SUPERVISOR, Role.ADMIN)
_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, Malformed, StorageError)
_WRITES = error_responses(
    NotFound, Conflict, TooLarge, UnsupportedMedia, IdempotencyMismatch, *_COMMON
)

Agent = Annotated[Principal, Depends(require(*AGENTS))]
Supervisor = Annotated[Principal, Depends(require(*_SUPERVISORS))]


@router.get("", response_model=ClaimList, responses=error_responses(*_COMMON))
def list_claims(
    request: Request, agent: Agent, wanted: Annotated[ClaimQuery, Query()]
) -> JSONResponse:
    """List claims, newest first."""
    rules, now = _rules(request), services_of(request).clock.now()
    asked = ClaimFilter(
        state=wanted.state, order=wanted.order, only_open=wanted.open, count=wanted.count
    )
    found = claim_store.list_claims(services_of(request).db, agent.store_id, asked)
    return JSONResponse({"claims": [claim_views.claim_dict(one, rules, now) for one in found]})


@router.get("/sums", response_model=SumList, responses=error_responses(*_COMMON))
def sums(request: Request, agent: Agent) -> JSONResponse:
    """Sums by courier: open, won, not won, paid to buyers."""
    found = claim_views.sums(services_of(request).db, agent.store_id)
    return JSONResponse({"sums": [one.as_dict() for one in found]})


@router.get("/{claim_id}", response_model=ClaimShown, responses=error_responses(NotFound, *_COMMON))
def show(request: Request, agent: Agent, claim_id: str) -> JSONResponse:
    """Show a claim with its papers, its next steps, what the buyer may get, its history."""
    services = services_of(request)
    with services.db.snapshot() as reader:
        told = claim_views.story_dict(reader, claim_id, _rules(request), services.clock.now())
    return JSONResponse(told)


@router.post("", response_model=ClaimRow, responses=_WRITES)
async def open_one(body: OpenBody, request: Request, key: Key, agent: Agent) -> JSONResponse:
    """Open a claim about a parcel, or return the one that is open."""
    rules, now = _rules(request), services_of(request).clock.now()

    def work(tx: Transaction) -> Claim:
        told = (body.order, body.parcel, body.kind)
        return open_claim(tx, *told, rules, now, agent.name, note=body.note)

    return await _once_claim(request, agent, key, "", work)


@router.post("/{claim_id}/steps", response_model=ClaimRow, responses=_WRITES)
async def step(
    body: StepBody, request: Request, claim_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Take a step: found, lost, file, won, partly, refused, drop."""
    rules, now = _rules(request), services_of(request).clock.now()
    taken = ClaimStep(event=body.event, fen=body.fen, papers=tuple(body.papers), note=body.note)

    def work(tx: Transaction) -> Claim:
        return step_claim(tx, claim_id, taken, rules, now, agent.name)

    return await _once_claim(request, agent, key, f"/{claim_id}/steps", work)


@router.post("/{claim_id}/compensations", response_model=CompensationRow, responses=_WRITES)
async def pay(
    body: CompensationBody, request: Request, claim_id: str, key: Key, agent: Agent
) -> JSONResponse:
    """Compensate the buyer; more than an agent may give waits for a supervisor."""
    rules, now = _rules(request), services_of(request).clock.now()
    asked = Asked(claim=claim_id, fen=body.fen, supervisor=agent.role in _SUPERVISORS)

    def work(tx: Transaction) -> Compensation:
        return compensate(tx, asked, rules, now, agent.name)

    return await _once_paid(request, agent, key, f"/{claim_id}/compensations", work)


@router.post("/{claim_id}/decision", response_model=CompensationRow, responses=_WRITES)
async def decision(
    body: DecisionBody, request: Request, claim_id: str, key: Key, agent: Supervisor
) -> JSONResponse:
    """Agree to the compensation that waits in a claim, or deny it. For supervisors."""
    rules, now = _rules(request), services_of(request).clock.now()

    def work(tx: Transaction) -> Compensation:
        return decide(tx, claim_id, body.agree, rules, now, agent.name)

    return await _once_paid(request, agent, key, f"/{claim_id}/decision", work)


async def _once_claim(
    request: Request, agent: Principal, key: str, path: str, work: Callable[[Transaction], Claim]
) -> JSONResponse:
    rules, now = _rules(request), services_of(request).clock.now()

    def answer(tx: Transaction) -> Answer:
        return Answer(status=200, body=claim_views.claim_dict(work(tx), rules, now))

    route = f"POST /api/v1/claims{path}"
    return await do_once(request, by_agent(agent, route, key), answer, now)


async def _once_paid(
    request: Request,
    agent: Principal,
    key: str,
    path: str,
    work: Callable[[Transaction], Compensation],
) -> JSONResponse:
    rules, now = _rules(request), services_of(request).clock.now()

    def answer(tx: Transaction) -> Answer:
        return Answer(status=200, body=claim_views.compensation_dict(work(tx), rules))

    route = f"POST /api/v1/claims{path}"
    return await do_once(request, by_agent(agent, route, key), answer, now)


def _rules(request: Request) -> Rules:
    return load_rules(services_of(request).settings.knowledge_dir()).rules
