"""/api/v1/orders: for agents by key; for shoppers their own, on proof."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from shopbot import audit, ids
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
from shopbot.orders import access, masking, store, views
from shopbot.orders.describe import describe
from shopbot.orders.due_work import is_out_of_stock
from shopbot.orders.freshness import read_standing
from shopbot.orders.model import Note, OrderFacts
from shopbot.orders.store import OrderFilter
from shopbot.roles import AGENTS, Principal, Role
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader
from shopbot.web.auth import require, services_of
from shopbot.web.once import Key, by_agent, do_once
from shopbot.web.order_schemas import (
    EventList,
    EventQuery,
    ListQuery,
    NoteBody,
    NoteMade,
    OrderList,
    OrderShown,
    OwnOrders,
)
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Caller, Shopper

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
    now, rules = services.clock.now(), _rules(services)
    with services.db.snapshot() as reader:
        found = access.access_orders(
            reader, store_id=services.store_id, visitor=visitor.id, now=now
        )
        shown = [_shown(reader, one, rules, now) for one in found]
    return JSONResponse({"orders": shown})


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
    now, rules = services.clock.now(), _rules(services)
    with services.db.snapshot() as reader:
        if caller.role is Role.SHOPPER:
            facts = access.access_order(
                reader, store_id=caller.store_id, visitor=caller.id, number=number, now=now
            )
        else:
            facts = store.get_facts(reader, caller.store_id, number)
        shown = _shown(reader, facts, rules, now)
    return JSONResponse(shown)


def _shown(reader: Reader, facts: OrderFacts, rules: Rules, now: datetime) -> dict[str, Any]:
    """Return an order with what may be said of it by how its source is doing."""
    out = is_out_of_stock(reader, facts)
    standing = read_standing(reader, rules, now)
    told = describe(
        facts,
        rules,
        now,
        stock_out=out,
        known_until=standing.until(facts.order),
        file_of=standing.file_of(facts.order, rules.logistics.file_fresh),
    )
    return views.facts_view(facts, told)


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
    now = services_of(request).clock.now()
    asked = by_agent(agent, f"POST /api/v1/orders/{number}/notes", key)
    return await do_once(request, asked, lambda tx: _note(tx, agent, number, body, now), now)


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


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
