"""/api/v1/hooks: what shop platforms and courier services push. Answered once it is on disk."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from shopbot import messages
from shopbot.errors import (
    HostNotAllowed,
    Malformed,
    StorageError,
    TooLarge,
    TooMany,
    UnsupportedMedia,
)
from shopbot.orders import webhook
from shopbot.orders.review_sync import Reviewing
from shopbot.orders.signing import Signed
from shopbot.orders.source_errors import HookRefused, SourceError, SourceWrong
from shopbot.orders.sync import Around
from shopbot.rules import load_rules
from shopbot.web.auth import services_of
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services

router = APIRouter(prefix="/api/v1/hooks", tags=["hooks"])

_ERRORS = error_responses(
    HookRefused, Malformed, HostNotAllowed, TooLarge, UnsupportedMedia, StorageError
)
_BUSY = error_responses(TooMany)


class Taken(BaseModel):
    """What became of a push of orders."""

    new: int
    updated: int
    unchanged: int
    refused: int
    events: int


class TakenReviews(BaseModel):
    """What became of a push of reviews; one with what was added to it (追评) is one."""

    new: int
    updated: int
    unchanged: int
    refused: int


class CourierAnswer(BaseModel):
    """What 快递100 wants to hear; anything else and it pushes again."""

    result: bool
    returnCode: str  # noqa: N815 - the service's own name
    message: str


@router.post("/orders", response_model=Taken, responses=_ERRORS)
async def push_orders(request: Request) -> JSONResponse:
    """Take orders that changed: a page of the contract, signed (docs/connectors.md)."""
    services = services_of(request)
    key, what = _secret(services.settings.source_key), await _signed(request)
    headers, now, around = dict(request.headers), services.clock.now(), _around(services)
    name = services.settings.source_name
    try:
        report = await asyncio.wrap_future(
            services.db.submit(
                lambda tx: webhook.take_orders(tx, what, headers, key.encode(), name, around, now)
            )
        )
    except SourceWrong as error:
        raise _malformed(error) from None
    told = report.as_dict()
    return JSONResponse({name: told[name] for name in Taken.model_fields})


@router.post("/reviews", response_model=TakenReviews, responses=_ERRORS | _BUSY)
async def push_reviews(request: Request) -> JSONResponse:
    """Take reviews that are new or changed: a page of the contract, signed (docs/connectors.md)."""
    services = services_of(request)
    key, what = _secret(services.settings.source_key), await _signed(request)
    headers, now, name = dict(request.headers), services.clock.now(), services.settings.source_name
    rules = load_rules(services.settings.knowledge_dir()).rules
    around = Reviewing(rules=rules, judge=services.judge, zone=rules.zone)
    try:
        pushed = await services.pool.run(
            lambda: webhook.read_reviews(what, headers, key.encode(), name, around, now)
        )
    except SourceWrong as error:
        raise _malformed(error) from None
    report = await asyncio.wrap_future(
        services.db.submit(
            lambda tx: webhook.take_reviews(tx, pushed, name, services.store_id, now)
        )
    )
    told = report.as_dict()
    return JSONResponse({name: told[name] for name in TakenReviews.model_fields})


@router.post(
    "/couriers/kuaidi100",
    response_model=CourierAnswer,
    responses=_ERRORS,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"param": {"type": "string"}, "sign": {"type": "string"}},
                        "required": ["param", "sign"],
                    }
                }
            },
            "required": True,
        }
    },
)
async def push_parcel(request: Request) -> JSONResponse:
    """Take what 快递100 pushes about a parcel; one that came before changes nothing."""
    services = services_of(request)
    salt = _secret(services.settings.courier_salt)
    try:
        form = dict(parse_qsl((await request.body()).decode(), max_num_fields=20))
    except ValueError:
        raise Malformed("The push is no form. Send param and sign.") from None
    now, around = services.clock.now(), _around(services)
    try:
        await asyncio.wrap_future(
            services.db.submit(lambda tx: webhook.take_push(tx, form, salt, around, now))
        )
    except SourceWrong as error:
        raise _malformed(error) from None
    answer: dict[str, Any] = {
        "result": True,
        "returnCode": "200",
        "message": messages.text("hook.taken"),
    }
    return JSONResponse(answer)


async def _signed(request: Request) -> Signed:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Signed(method="POST", target=target, body=await request.body())


def _secret(secret: SecretStr | None) -> str:
    if secret is None:
        raise HookRefused("not set up")
    return secret.get_secret_value()


def _around(services: Services) -> Around:
    rules = load_rules(services.settings.knowledge_dir()).rules
    return Around(store_id=services.store_id, zone=rules.zone)


def _malformed(error: SourceError) -> Malformed:
    return Malformed(f"The push cannot be read ({error.values['reason']}). See docs/connectors.md.")
