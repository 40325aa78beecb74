"""Requests that create something: the caller's key, and the answer, marked when it is a repeated one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from fastapi.responses import JSONResponse

from shopbot.idempotency import Answer

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Yours, new for each new request; a repeat with the same key creates nothing.",
    ),
]


def answered(answer: Answer) -> JSONResponse:
    """Return an answer over HTTP; a header tells that it was given before."""
    headers = {"Idempotent-Replayed": "true"} if answer.repeated else {}
    return JSONResponse(dict(answer.body), status_code=answer.status, headers=headers)
