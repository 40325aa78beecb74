"""Requests that create something: done once for each key of the caller, answered again when repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import JSONResponse

from shopbot.idempotency import Answer, answer_once
from shopbot.idempotency import Request as Once
from shopbot.roles import Principal
from shopbot.storage import Transaction
from shopbot.web.auth import services_of

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Yours, new for each new request; a repeat with the same key creates nothing.",
    ),
]


Work = Callable[[Transaction], Answer]


def by_agent(agent: Principal, route: str, key: str) -> Callable[[Transaction, bytes], Once]:
    """Return what makes a request of the staff the same as another: who, where, key and body."""

    def asked(_tx: Transaction, body: bytes) -> Once:
        return Once(store_id=agent.store_id, who=agent.name, route=route, key=key, body=body)

    return asked


async def do_once(
    request: Request,
    asked: Callable[[Transaction, bytes], Once],
    work: Work,
    now: datetime,
) -> JSONResponse:
    """Do ``work`` in one transaction unless it was done for the same request; answer either way."""
    body = await request.body()
    db = services_of(request).db
    return answered(
        await asyncio.wrap_future(db.submit(lambda tx: answer_once(tx, asked(tx, body), work, now)))
    )


def answered(answer: Answer) -> JSONResponse:
    """Return an answer over HTTP; a header tells that it was given before."""
    headers = {"Idempotent-Replayed": "true"} if answer.repeated else {}
    return JSONResponse(dict(answer.body), status_code=answer.status, headers=headers)
