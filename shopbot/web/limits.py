"""Checks at the door, before any handler: for whom the request is meant, and how large it is."""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopbot.config import Settings
from shopbot.errors import HostNotAllowed, ShopbotError, TooLarge, UnsupportedMedia
from shopbot.web.auth import is_loopback
from shopbot.web.error_handlers import error_response

_LOCAL_NAMES = frozenset({"localhost"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_UPLOAD = re.compile(r"/api/v1/conversations/[^/]+/media")
MOST_UPLOADED = 10 * 1024 * 1024  # bytes of a picture or file sent in a talk
_FORMS = frozenset({"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""What a page of another site may send without asking leave."""


class Door:
    """Refuses foreign hosts (DNS rebinding), bodies that are too large and bodies not in JSON.

    A browser sends JSON to another origin only after asking leave, which is never given: so the
    JSON rule also keeps other sites' pages from posting here.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit = settings.max_body
        self._names = _LOCAL_NAMES | {name.lower() for name in settings.allowed_hosts}
        self._any_address = not is_loopback(settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            headers = Headers(scope=scope)
            self._check_host(headers.get("host", ""))
            if scope["type"] == "http" and scope["method"] in _WITH_BODY:
                receive = await self._whole_body(scope, headers, receive)
        except ShopbotError as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})  # refuses the handshake with 403
                return
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_host(self, header: str) -> None:
        name = host_name(header)
        if name in self._names:
            return
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            raise HostNotAllowed(header[:100]) from None
        # An address is no name that somebody could point elsewhere.
        if not (address.is_loopback or self._any_address):
            raise HostNotAllowed(header[:100])

    async def _whole_body(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        upload = _UPLOAD.fullmatch(scope["path"]) is not None
        limit = MOST_UPLOADED if upload else self._limit
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise TooLarge(limit)
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _again(message, receive)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise TooLarge(limit)
            more = message.get("more_body", False)
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if upload and media in _FORMS:
            raise UnsupportedMedia("Send the file itself, with its own Content-Type.")
        if size and not upload and media != "application/json":
            raise UnsupportedMedia("Send the body as JSON with `Content-Type: application/json`.")
        return _again({"type": "http.request", "body": b"".join(parts)}, receive)


def host_name(header: str) -> str:
    """Return the name or address in a Host header, without port and brackets, in lower case."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


def _again(first: Message, receive: Receive) -> Receive:
    """Give ``first`` once, then go on with what comes."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
