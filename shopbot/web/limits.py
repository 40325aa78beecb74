"""Checks at the door, before any handler: who is meant, whose page calls, how often, how large."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopbot.config import Settings
from shopbot.errors import HostNotAllowed, ShopbotError, TooLarge, UnsupportedMedia
from shopbot.web.auth import has_agent_key, is_loopback
from shopbot.web.error_handlers import error_response
from shopbot.web.origin import is_foreign_page
from shopbot.web.rates import Rate, RateLimit, network
from shopbot.web.refusals import OriginRefused, RateExceeded, TooSlow

_LOCAL_NAMES = frozenset({"localhost"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_UNSAFE = _WITH_BODY | {"DELETE"}
_UPLOAD = re.compile(r"/api/v1/conversations/[^/]+/media")
_SIGN_IN = "/api/v1/session"
_FORM_HOOK = "/api/v1/hooks/couriers/kuaidi100"
"""The courier service sends a form; its signature is what counts."""
_SIMPLE = frozenset(
    # What a browser sends to another site without asking leave.
    {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}
)
_BODY_S = 30.0  # how long a body may take; slower ones only hold a place


class Door:
    """Refuses foreign hosts and pages, floods, bodies that are too large, too slow or not in JSON.

    A browser sends JSON to another origin only after asking leave, which is never given: so the
    JSON rule also keeps other sites' pages from posting here.
    """

    def __init__(self, app: ASGIApp, settings: Settings, now: Callable[[], datetime]) -> None:
        self._app = app
        self._settings = settings
        self._now = now
        self._rate = RateLimit(Rate(count=settings.rate, per=timedelta(minutes=1)))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Check one request or socket and pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            return self._app(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
        except ShopbotError as error:
            return _refuse(error, scope, receive, send)
        if scope["type"] == "http" and scope["method"] in _WITH_BODY:
            return self._with_body(scope, headers, receive, send)
        return self._app(scope, receive, send)

    async def _with_body(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send
    ) -> None:
        try:
            receive = await self._whole_body(scope, headers, receive)
        except ShopbotError as error:
            await _refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        check_host(self._settings, headers.get("host", ""))
        if not has_agent_key(self._settings, headers.get("authorization", "")):
            client = scope.get("client")
            wait = self._rate.take(network(client[0] if client else None), self._now())
            if wait:
                raise RateExceeded(wait)
        if scope["type"] == "websocket" or scope["method"] in _UNSAFE:
            sign_in = scope["path"] == _SIGN_IN
            allowed = () if sign_in else self._settings.widget_origins
            if is_foreign_page(scope, allowed):
                raise OriginRefused

    async def _whole_body(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        upload = _UPLOAD.fullmatch(scope["path"]) is not None
        limit = self._settings.max_upload if upload else self._settings.max_body
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise TooLarge(limit)
        try:
            async with asyncio.timeout(_BODY_S):
                message = await _read(receive, limit)
        except TimeoutError:
            raise TooSlow from None
        has_body = message["type"] == "http.request" and message["body"]
        if has_body and scope["path"] != _FORM_HOOK:
            _check_media(headers, upload=upload)
        return _again(message, receive)


def check_host(settings: Settings, header: str) -> None:
    """Raise HostNotAllowed unless a Host header names a host of ours."""
    name = host_name(header)
    if name in _LOCAL_NAMES or name in {one.lower() for one in settings.allowed_hosts}:
        return
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        raise HostNotAllowed(header[:100]) from None
    # An address is no name that somebody could point elsewhere.
    if not (address.is_loopback or not is_loopback(settings.host)):
        raise HostNotAllowed(header[:100])


def host_name(header: str) -> str:
    """Return the name or address in a Host header, without port and brackets, in lower case."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


def _check_media(headers: Headers, *, upload: bool) -> None:
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if upload and media in _SIMPLE:
        raise UnsupportedMedia("Send the file as it is with its own `Content-Type`: image/jpeg, …")
    if not upload and media != "application/json":
        raise UnsupportedMedia("Send the body as JSON with `Content-Type: application/json`.")


async def _read(receive: Receive, limit: int) -> Message:
    """Return the whole body as one message, or the message that tells that the caller left."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return message
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge(limit)
        more = message.get("more_body", False)
    return {"type": "http.request", "body": b"".join(parts)}


def _again(first: Message, receive: Receive) -> Receive:
    """Give ``first`` once, then go on with what comes."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(error: ShopbotError, scope: Scope, receive: Receive, send: Send) -> None:
    scope.get("state", {}).get("facts", {})["error"] = error.code
    if scope["type"] == "websocket":
        await receive()  # the wish to connect; closing before accepting answers 403
        await send({"type": "websocket.close", "code": 4403, "reason": error.code})
        return
    await error_response(error)(scope, receive, send)
