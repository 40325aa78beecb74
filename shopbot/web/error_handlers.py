"""Errors as JSON: ``{"error": code, "detail": what to do, …}``; never a stack, never the input.

A browser that asks for a page gets one; see :mod:`shopbot.web.error_page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shopbot import messages
from shopbot.errors import (
    Malformed,
    MethodNotAllowed,
    NotFound,
    RequestError,
    ShopbotError,
    StorageBusy,
    TooMany,
    Unauthenticated,
)
from shopbot.web.error_page import error_page, wants_page

log = structlog.get_logger(__name__)

_RETRY_AFTER_S = "1"
_SHOWN_PROBLEMS = 20
_UNREADABLE = 400  # what FastAPI raises when a body cannot be decoded
_NO_JSON = [{"at": "body", "problem": "not JSON in UTF-8"}]


def error_response(error: ShopbotError) -> JSONResponse:
    """Return the response that tells ``error``."""
    headers = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany | StorageBusy):
        headers["Retry-After"] = str(error.values.get("wait_s", _RETRY_AFTER_S))
    told = error.as_dict()
    if messages.has(f"error.{error.code}"):
        told["message"] = messages.of_error(error)
    return JSONResponse(told, status_code=error.status, headers=headers)


def install(app: FastAPI) -> None:
    """Make ``app`` answer every error in this form."""
    app.add_exception_handler(ShopbotError, _shopbot)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


async def _shopbot(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShopbotError)  # noqa: S101 - registered for this class alone
    request.state.facts["error"] = error.code
    return _told(request, error)


def _told(request: Request, error: ShopbotError) -> Response:
    return error_page(error) if wants_page(request) else error_response(error)


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    problems = _problems(error.errors())
    first = problems[0] if problems else {"at": "body", "problem": "unreadable"}
    told = Malformed(f"{first['at']}: {first['problem']}. See docs/api.md.", problems=problems)
    return await _shopbot(request, told)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    told: ShopbotError
    if error.status_code == NotFound.status:
        told = NotFound()
    elif error.status_code == MethodNotAllowed.status:
        told = MethodNotAllowed(f"{request.method} is not for this address. See docs/api.md.")
    elif error.status_code == _UNREADABLE:
        told = Malformed("body: it is not JSON in UTF-8. See docs/api.md.", problems=_NO_JSON)
    else:
        told = RequestError(str(error.detail))
    return await _shopbot(request, told)


async def _bug(request: Request, error: Exception) -> Response:
    request.state.facts["error"] = ShopbotError.code
    log.error("request.bug", exc_info=error)
    told = "This is a bug in shopbot. Report it with the request id from the X-Request-Id header."
    return _told(request, ShopbotError(told))


def _problems(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Return where and what, without the value that was sent."""
    return [
        {"at": ".".join(str(part) for part in one["loc"]), "problem": str(one["msg"])}
        for one in errors[:_SHOWN_PROBLEMS]
    ]
