"""The addresses of the sockets: who may open one, how many, and what is written down when it ends."""

from __future__ import annotations

from collections.abc import Awaitable

import structlog
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from shopbot import ids
from shopbot.chat.model import Side
from shopbot.web.auth import services_of
from shopbot.web.gate import Gate
from shopbot.web.origin import is_foreign_page
from shopbot.web.realtime import BUG, FORBIDDEN, TOO_MANY, Socket, address_of

log = structlog.get_logger(__name__)


def shopper_socket(ws: WebSocket) -> Awaitable[None]:
    """A shopper's line."""
    return _serve(ws, "shopper", services_of(ws).settings.widget_origins)


def agent_socket(ws: WebSocket) -> Awaitable[None]:
    """A line of the staff."""
    return _serve(ws, "staff", ())


_LINES = {"/api/v1/socket/shopper": shopper_socket, "/api/v1/socket/agent": agent_socket}
ROUTES = [WebSocketRoute(path, serve) for path, serve in _LINES.items()]


class Lines:
    """Opens the sockets before the layers that serve requests.

    What those layers keep for a request of a moment they would keep of a socket for hours. Like
    other layers that only look at what passes, this one returns what is to be awaited instead of
    awaiting it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a socket, or pass on whatever else it is."""
        serve = _LINES.get(scope["path"]) if scope["type"] == "websocket" else None
        if serve is None:
            return self._app(scope, receive, send)
        return serve(WebSocket(scope, receive, send))


async def _serve(ws: WebSocket, side: Side, origins: tuple[str, ...]) -> None:
    await ws.accept()
    if is_foreign_page(ws.scope, origins):
        return await ws.close(FORBIDDEN)
    gate: Gate = ws.app.state.gate
    address = address_of(ws)
    if not gate.enter(address):
        return await ws.close(TOO_MANY)
    elapsed, code = ids.stopwatch(), BUG
    counted = ws.app.state.metrics.sockets.labels(side)
    counted.inc()
    try:
        code = await Socket(ws, side).run()
    except Exception:
        log.exception("socket.bug")
        await ws.close(BUG)
    finally:
        counted.dec()
        gate.leave(address)
        log.info("socket", side=side, code=code, seconds=round(elapsed() / 1000, 1))
