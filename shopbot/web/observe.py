"""One canonical log line and one measurement per request; security headers on every response."""

from __future__ import annotations

import re
from collections.abc import Awaitable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopbot import ids
from shopbot.config import Settings
from shopbot.web.headers import put_headers

log = structlog.get_logger("shopbot.request")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Counts and times, in a registry of this application alone."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "shopbot_http_requests_total",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "shopbot_http_request_seconds",
            "Time to answer by route.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.sockets = Gauge(
            "shopbot_sockets",
            "Open sockets by side: shopper, staff.",
            ["side"],
            registry=self.registry,
        )
        self.bands = Counter(
            "shopbot_suggest_total",
            "Suggestions by band: answer, choose, unknown.",
            ["band"],
            registry=self.registry,
        )


class Observe:
    """The outermost layer: sees every response, also of requests refused at the door."""

    def __init__(self, app: ASGIApp, metrics: Metrics, settings: Settings) -> None:
        self._app = app
        self._metrics = metrics
        self._settings = settings

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Let one request pass and write it down; a socket passes as it is."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        return self._observe(scope, receive, send)

    async def _observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        elapsed = ids.stopwatch()
        request_id = _request_id(Headers(scope=scope))
        facts: dict[str, object] = {}
        scope.setdefault("state", {})["facts"] = facts
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                secure = scope.get("scheme") == "https"
                put_headers(headers, self._settings, scope["path"], secure=secure)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                self._write_down(scope, status, elapsed(), facts)

    def _write_down(self, scope: Scope, status: int, ms: float, facts: dict[str, object]) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(ms / 1000)
        log.info("request", method=method, route=route, status=status, ms=round(ms, 2), **facts)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else ids.new_id("req")
