"""/api/v1/orders: for agents by key; for shoppers their own, on proof."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from shopbot import audit, ids
from shopbot.accounts import visitors
from shopbot.accounts.errors import VisitorUnknown
from shopbot.errors import (
    Conflict,
    Forbidden,
    HostNotAllowed,
    IdempotencyMismatch,
    Malformed,
    NotFound,
    ProofRefused,
    StorageError,
    TooLarge,
    TooManyTries,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.idempotency import Answer, answer_once
from shopbot.idempotency import Request as Once
from shopbot.orders import access, identity, masking, store, views
from shopbot.orders.access import Asker, Proved
from shopbot.orders.describe import describe
from shopbot.orders.due_work import is_out_of_stock
from shopbot.orders.identity import ProofDecision
from shopbot.orders.model import Note
from shopbot.orders.store import OrderFilter
from shopbot.roles import AGENTS, Principal, Role
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.web.auth import VISITOR_HEADER, require, services_of
from shopbot.web.once import Key, answered
from shopbot.web.order_schemas import (
    EventList,
    EventQuery,
    ListQuery,
    NoteBody,
    NoteMade,
    OrderList,
    OrderShown,
    OwnOrders,
    ProofBody,
    ProofMade,
)
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Caller, Shopper, Visitor, check_visitor_rate, client_address

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

_MAY_SEE = require(*AGENTS)
_COMMON = (HostNotAllowed, Malformed, StorageError)
_BODY = (TooLarge, UnsupportedMedia, IdempotencyMismatch)


@router.get(
    "",
    response_model=OrderList,
    responses=error_responses(Unauthenticated, Forbidden, NotFound, *_COMMON),
)
def list_orders(
    request: Request,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
    wanted: Annotated[ListQuery, Query()],
) -> JSONResponse:
    """List orders, newest first; names, phones and addresses are masked."""
    filtered = OrderFilter(
        status=wanted.status,
        buyer=wanted.buyer,
        since=wanted.since,
        until=wanted.until,
        after=read_cursor(wanted.after),
        count=wanted.count,
    )
    orders = store.list_orders(services_of(request).db, agent.store_id, filtered)
    last = orders[-1] if len(orders) == wanted.count else None
    following = write_cursor(last.created_at, last.number) if last else None
    shown = [views.order_view(masking.order(order)) for order in orders]
    return JSONResponse({"orders": shown, "next": following})


@router.get(
    "/mine",
    response_model=OwnOrders,
    responses=error_responses(Unauthenticated, *_COMMON),
)
def list_own(request: Request, visitor: Shopper) -> JSONResponse:
    """List the orders that the visitor has shown to be theirs and that still hold, masked."""
    services = services_of(request)
    now = services.clock.now()
    with services.db.snapshot() as reader:
        found = access.access_orders(
            reader, store_id=services.store_id, visitor=visitor.id, now=now
        )
        lacking = {one.order.number for one in found if is_out_of_stock(reader, one)}
    rules = _rules(services)
    shown = [
        views.facts_view(one, describe(one, rules, now, stock_out=one.order.number in lacking))
        for one in found
    ]
    return JSONResponse({"orders": shown})


@router.post(
    "/proofs",
    status_code=201,
    response_model=ProofMade,
    responses=error_responses(VisitorUnknown, ProofRefused, TooManyTries, *_BODY, *_COMMON),
)
async def prove(body: ProofBody, request: Request, visitor: Visitor, key: Key) -> JSONResponse:
    """Show that an order is the visitor's; it may then be seen for 30 minutes.

    Who has no token yet gets one. Wrong, unknown and masked are refused alike; answers about one
    order get slower with each wrong try.
    """
    services = services_of(request)
    now = services.clock.now()
    if visitor is None:
        check_visitor_rate(request, now)
    asker = Asker(
        store_id=services.store_id,
        visitor=visitor.id if visitor else visitors.new_id(),
        address=client_address(request),
    )
    raw = await request.body()
    outcome = await asyncio.wrap_future(
        services.db.submit(lambda tx: _prove_once(tx, services, asker, body, (key, raw), now))
    )
    answer, decision = outcome
    request.state.facts["proof"] = decision.verdict if decision else "repeated"
    if decision is not None and decision.delay_s:
        await asyncio.sleep(decision.delay_s)  # right or wrong alike
    if answer is not None:
        token = request.headers.get(VISITOR_HEADER) or await _token_for(services, asker, now)
        return answered(replace(answer, body={**answer.body, "visitor": token}))
    if decision is not None and decision.verdict == "too-many":
        raise TooManyTries(decision.wait_s)
    raise ProofRefused


@router.get(
    "/{number}",
    response_model=OrderShown,
    responses=error_responses(Unauthenticated, NotFound, *_COMMON),
)
def show_order(request: Request, number: str, caller: Caller) -> JSONResponse:
    """Show an order: to agents whole, to a visitor who has proved it masked.

    With the visitor's header the caller is the shopper, whoever else they may be.
    """
    services = services_of(request)
    now = services.clock.now()
    with services.db.snapshot() as reader:
        if caller.role is Role.SHOPPER:
            facts = access.access_order(
                reader, store_id=caller.store_id, visitor=caller.id, number=number, now=now
            )
        else:
            facts = store.get_facts(reader, caller.store_id, number)
        out = is_out_of_stock(reader, facts)
    description = describe(facts, _rules(services), now, stock_out=out)
    return JSONResponse(views.facts_view(facts, description))


@router.get(
    "/{number}/events",
    response_model=EventList,
    responses=error_responses(Unauthenticated, Forbidden, NotFound, *_COMMON),
)
def list_events(
    request: Request,
    number: str,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
    wanted: Annotated[EventQuery, Query()],
) -> JSONResponse:
    """Tell what happened to an order, oldest first."""
    db = services_of(request).db
    store.get_order(db, agent.store_id, number)
    events = store.list_events(db, agent.store_id, number, wanted.after)
    return JSONResponse({"events": [views.event_view(event) for event in events]})


@router.post(
    "/{number}/notes",
    status_code=201,
    response_model=NoteMade,
    responses=error_responses(Unauthenticated, Forbidden, NotFound, Conflict, *_BODY, *_COMMON),
)
async def add_note(
    body: NoteBody,
    request: Request,
    number: str,
    key: Key,
    agent: Annotated[Principal, Depends(_MAY_SEE)],
) -> JSONResponse:
    """Keep a remark of the staff on an order."""
    services = services_of(request)
    now = services.clock.now()
    once = Once(
        store_id=agent.store_id,
        who=agent.name,
        route=f"POST /api/v1/orders/{number}/notes",
        key=key,
        body=await request.body(),
    )
    answer = await asyncio.wrap_future(
        services.db.submit(
            lambda tx: answer_once(tx, once, lambda t: _note(t, agent, number, body, now), now)
        )
    )
    return answered(answer)


def _note(tx: Transaction, agent: Principal, number: str, body: NoteBody, now: datetime) -> Answer:
    store.get_order(tx, agent.store_id, number)
    note = Note(
        id=ids.new_id("note"),
        store_id=agent.store_id,
        order=number,
        author="agent",
        who=agent.name,
        text=body.text,
        at=now,
    )
    store.add_note(tx, note)
    data = {"note": note.id}
    name = "order.note-added"
    store.add_event(tx, agent.store_id, number, name, at=now, who=agent.name, data=data)
    deed = audit.Deed(
        store_id=agent.store_id,
        name="order.note.added",
        who=agent.name,
        subject=number,
        at=now,
        data=data,
    )
    audit.record(tx, deed)
    return Answer(status=201, body={"id": note.id, "at": now.isoformat()})


def _prove_once(
    tx: Transaction,
    services: Services,
    asker: Asker,
    body: ProofBody,
    once: tuple[str, bytes],
    now: datetime,
) -> tuple[Answer | None, ProofDecision | None]:
    """Answer a repeat as before; a refusal is not an answer to keep, its try is."""
    pepper = access.ensure_pepper(tx, asker.store_id)
    key, raw = once
    decided: list[ProofDecision] = []

    def work(inner: Transaction) -> Answer:
        proved = _prove(inner, services, asker, body, now)
        decided.append(proved.decision)
        if not proved.decision.granted or proved.expires_at is None:
            raise _NotGranted
        told = {
            "order": proved.order,
            "expires_at": proved.expires_at.isoformat(),
        }
        return Answer(status=201, body=told)

    asked = Once(
        store_id=asker.store_id,
        who=identity.digest(pepper, "visitor", asker.visitor),
        route="POST /api/v1/orders/proofs",
        key=key,
        body=identity.digest(pepper, "body", raw.decode("utf-8", "replace")).encode(),
    )
    try:
        answer = answer_once(tx, asked, work, now)
    except _NotGranted:
        return None, decided[0]
    return answer, decided[0] if decided else None


class _NotGranted(Exception):
    """Leaves the once-only frame without an answer to keep."""


def _prove(
    tx: Transaction, services: Services, asker: Asker, body: ProofBody, now: datetime
) -> Proved:
    if not body.token:
        number, tail = body.order, body.phone_tail
        return access.prove_by_phone(tx, asker, number=number, tail=tail, now=now)
    key = services.settings.site_key
    if key is None:
        return Proved(decision=ProofDecision(verdict="refused"))
    site_key = key.get_secret_value().encode()
    return access.prove_by_token(tx, asker, token=body.token, site_key=site_key, now=now)


async def _token_for(services: Services, asker: Asker, now: datetime) -> str:
    """Make a new visitor's token; it is stored as a digest only, so never in a kept answer."""
    fresh = visitors.new_visitor(asker.store_id, now, asker.visitor)
    kept = services.db.submit(lambda tx: visitors.keep(tx, fresh, now))
    return (await asyncio.wrap_future(kept)).token.token


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
