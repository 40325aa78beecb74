"""/api/v1/returns: after-sale cases for agents by key; for shoppers their own, on proof.

What is not there, not theirs and not proved any more is answered alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from shopbot import audit
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
from shopbot.idempotency import Request as Once
from shopbot.orders import access, case_views, identity, store
from shopbot.orders.cases import CaseRequest, check_line, open_case, step_case
from shopbot.orders.conditions import Claim
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import Case
from shopbot.orders.states import CaseKind
from shopbot.roles import Principal, Role
from shopbot.rules import Rules, load_rules
from shopbot.storage import Transaction
from shopbot.storage.database import Reader
from shopbot.web.auth import services_of
from shopbot.web.once import Key, do_once
from shopbot.web.pages import read_cursor, write_cursor
from shopbot.web.return_schemas import (
    CaseList,
    CaseQuery,
    CaseShown,
    ClaimAnswer,
    ClaimBody,
    OpenBody,
    Opened,
    StepBody,
    Stepped,
)
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Caller as Person

router = APIRouter(prefix="/api/v1/returns", tags=["returns"])

_COMMON = (HostNotAllowed, Malformed, StorageError, Unauthenticated, Forbidden, NotFound)
_BODY = (TooLarge, UnsupportedMedia)
_ONCE = (IdempotencyMismatch, Conflict)
_MONEY_ONLY = frozenset({"missing", "wrong", "damaged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An agent, or a shopper with what shows their orders."""

    store_id: str
    name: str  # as it is written down
    visitor: str = ""  # a shopper's visitor id

    def check_order(self, reader: Reader, number: str, now: datetime) -> None:
        """Raise NotFound unless the order is there and, for a shopper, proved."""
        if self.visitor:
            access.access_order(
                reader, store_id=self.store_id, visitor=self.visitor, number=number, now=now
            )
        else:
            store.get_order(reader, self.store_id, number)

    def get_case(self, reader: Reader, case_id: str, now: datetime) -> Case:
        """Return a case; NotFound as above."""
        case = store.get_case(reader, self.store_id, case_id)
        if self.visitor:
            try:
                self.check_order(reader, case.order, now)
            except NotFound:
                raise NotFound("case") from None
        return case

    def key_owner(self, tx: Transaction) -> str:
        """Return under whom an answer is kept: never under the secret itself."""
        if not self.visitor:
            return self.name
        return identity.digest(access.ensure_pepper(tx, self.store_id), "visitor", self.visitor)


@router.get("", response_model=CaseList, responses=error_responses(*_COMMON))
def list_returns(
    request: Request, wanted: Annotated[CaseQuery, Query()], person: Person
) -> JSONResponse:
    """List cases, newest first: to agents all, to a shopper those of their proved orders."""
    services, caller = services_of(request), _caller(person)
    rules = _rules(services)
    with services.db.snapshot() as reader:
        if caller.visitor:
            found = _own(reader, caller, wanted, services.clock.now())
        else:
            found = store.page_cases(
                reader,
                caller.store_id,
                kind=wanted.kind,
                state=wanted.state,
                since=wanted.since,
                until=wanted.until,
                after=read_cursor(wanted.after),
                count=wanted.count,
            )
    last = found[-1] if len(found) == wanted.count and not caller.visitor else None
    following = write_cursor(last.requested_at, last.id) if last else None
    shown = [case_views.case_dict(case, rules) for case in found]
    return JSONResponse({"returns": shown, "next": following})


@router.post("/check", response_model=ClaimAnswer, responses=error_responses(*_BODY, *_COMMON))
def check(body: ClaimBody, request: Request, person: Person) -> JSONResponse:
    """Tell whether a line may come back, with every condition; nothing is written."""
    services, caller = services_of(request), _caller(person)
    now, rules = services.clock.now(), _rules(services)
    with services.db.snapshot() as reader:
        caller.check_order(reader, body.order, now)
        found = check_line(reader, body.order, body.line, _claim(body), rules, now)
    return JSONResponse(case_views.answer(body.order, body.line, found, rules))


@router.post(
    "",
    status_code=201,
    response_model=Opened,
    responses={
        200: {"model": Opened, "description": "The claim does not stand; no case was opened."},
        **error_responses(*_ONCE, *_BODY, *_COMMON),
    },
)
async def open_(body: OpenBody, request: Request, key: Key, person: Person) -> JSONResponse:
    """Open a case if the claim stands; otherwise tell every condition and open none."""
    services, caller = services_of(request), _caller(person)
    now, rules = services.clock.now(), _rules(services)

    def work(tx: Transaction) -> Answer:
        caller.check_order(tx, body.order, now)
        opened = open_case(tx, _request(body), rules, now, caller.name)
        told: dict[str, Any] = {
            "answer": case_views.answer(body.order, body.line, opened.eligibility, rules),
            "case": None,
        }
        if opened.decision is None:
            return Answer(status=200, body=told)
        told["case"] = case_views.case_dict(opened.decision.case, rules)
        return Answer(status=201, body=told)

    return await do_once(request, _asked(caller, "POST /api/v1/returns", key), work, now)


@router.get("/{case_id}", response_model=CaseShown, responses=error_responses(*_COMMON))
def show(request: Request, case_id: str, person: Person) -> JSONResponse:
    """Show a case, what happened to it and what may happen next."""
    services, caller = services_of(request), _caller(person)
    with services.db.snapshot() as reader:
        case = caller.get_case(reader, case_id, services.clock.now())
        deeds = audit.list_deeds(reader, store_id=caller.store_id, subject=case.id)
    told = case_views.case_story(case, deeds, _rules(services))
    if caller.visitor:  # the names of the staff are nobody's business
        told["history"] = [{**one, "who": ""} for one in told["history"]]
    return JSONResponse(told)


@router.post(
    "/{case_id}/steps",
    response_model=Stepped,
    responses=error_responses(*_ONCE, *_BODY, *_COMMON),
)
async def step(
    body: StepBody, request: Request, case_id: str, key: Key, person: Person
) -> JSONResponse:
    """Take one step if the state table allows it; otherwise `allowed` is false and says why."""
    services, caller = services_of(request), _caller(person)
    now, rules = services.clock.now(), _rules(services)
    event = CaseEvent(
        name=body.event,
        who="buyer" if caller.visitor else body.part,
        parcel=body.parcel,
        carrier=body.carrier,
        pictures=tuple(body.pictures),
        grade=body.grade,
        quote_fen=body.quote_fen,
        settle_fen=body.settle_fen,
        freight_fen=body.freight_fen,
        gift_missing=body.gift_missing,
    )

    def work(tx: Transaction) -> Answer:
        caller.get_case(tx, case_id, now)
        done = step_case(tx, case_id, event, rules, now, caller.name)
        return Answer(status=200, body=case_views.decision_dict(done, rules))

    route = f"POST /api/v1/returns/{case_id}/steps"
    return await do_once(request, _asked(caller, route, key), work, now)


def _asked(caller: Caller, route: str, key: str) -> Callable[[Transaction, bytes], Once]:
    """Return what makes a request the same; of a shopper neither secret nor words are kept."""

    def asked(tx: Transaction, body: bytes) -> Once:
        if caller.visitor:
            pepper = access.ensure_pepper(tx, caller.store_id)
            body = identity.digest(pepper, "body", body.decode("utf-8", "replace")).encode()
        who = caller.key_owner(tx)
        return Once(store_id=caller.store_id, who=who, route=route, key=key, body=body)

    return asked


def _caller(person: Principal) -> Caller:
    if person.role is Role.SHOPPER:
        return Caller(store_id=person.store_id, name="buyer", visitor=person.id)
    return Caller(store_id=person.store_id, name=person.name)


def _own(reader: Reader, caller: Caller, wanted: CaseQuery, now: datetime) -> list[Case]:
    """Return a shopper's cases that fit; they are few, so there are no pages."""
    orders = access.access_orders(reader, store_id=caller.store_id, visitor=caller.visitor, now=now)
    found = [
        case
        for facts in orders
        for case in facts.cases
        if wanted.state in (None, case.state)
        and wanted.kind in (None, case.kind)
        and (wanted.since is None or case.requested_at >= wanted.since)
        and (wanted.until is None or case.requested_at < wanted.until)
    ]
    return sorted(found, key=lambda case: (case.requested_at, case.id), reverse=True)


def _claim(body: ClaimBody) -> Claim:
    return Claim(
        kind=body.kind,
        quantity=body.quantity,
        intact=body.intact,
        opened=body.opened,
        pictures=len(body.pictures),
        gift_returned=body.gift_returned,
    )


def _request(body: OpenBody) -> CaseRequest:
    money: CaseKind | None = "refund" if body.refund_only and body.kind in _MONEY_ONLY else None
    return CaseRequest(
        order=body.order,
        line_no=body.line,
        claim=_claim(body),
        kind=money,
        detail=body.detail,
        pictures=tuple(body.pictures),
        replacement_sku=body.replacement_sku,
    )


def _rules(services: Services) -> Rules:
    return load_rules(services.settings.knowledge_dir()).rules
