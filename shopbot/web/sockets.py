"""The addresses of the sockets: who may open one, how many, and what is written down when it ends."""

from __future__ import annotations

import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from shopbot import ids
from shopbot.chat.model import Side
from shopbot.web.auth import services_of
from shopbot.web.gate import Gate
from shopbot.web.origin import is_foreign_page
from shopbot.web.realtime import BUG, FORBIDDEN, TOO_MANY, Socket, address_of

log = structlog.get_logger(__name__)


async def shopper_socket(ws: WebSocket) -> None:
    """A shopper's line."""
    await _serve(ws, "shopper", services_of(ws).settings.widget_origins)


async def agent_socket(ws: WebSocket) -> None:
    """A line of the staff."""
    await _serve(ws, "staff", ())


ROUTES = [
    WebSocketRoute("/api/v1/socket/shopper", shopper_socket),
    WebSocketRoute("/api/v1/socket/agent", agent_socket),
]


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
