"""/api/v1/orders/proofs: a shopper shows that an order is theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from shopbot.accounts import visitors
from shopbot.accounts.errors import VisitorUnknown
from shopbot.chat.buyers import note_buyer
from shopbot.errors import (
    HostNotAllowed,
    IdempotencyMismatch,
    Malformed,
    ProofRefused,
    StorageError,
    TooLarge,
    TooManyTries,
    UnsupportedMedia,
)
from shopbot.idempotency import Answer, answer_once
from shopbot.idempotency import Request as Once
from shopbot.orders import access, identity
from shopbot.orders.access import Asker, Proved
from shopbot.orders.identity import ProofDecision
from shopbot.storage import Transaction
from shopbot.web.auth import VISITOR_HEADER, services_of
from shopbot.web.once import Key, answered
from shopbot.web.order_schemas import ProofBody, ProofMade
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Visitor, check_visitor_rate, client_address

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

_COMMON = (HostNotAllowed, Malformed, StorageError)
_BODY = (TooLarge, UnsupportedMedia, IdempotencyMismatch)


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
        note_buyer(inner, asker.store_id, proved.order, asker.visitor, now)
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
