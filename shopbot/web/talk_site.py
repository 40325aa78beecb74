"""The pages /chat (shoppers) and /desk (agents), their texts, and what the sockets need."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from shopbot import messages
from shopbot.roles import AGENTS, Principal
from shopbot.web import (
    conversations,
    desk,
    records,
    remarks,
    sockets,
    staffing,
    talk_media,
    talk_wishes,
    wishes,
)
from shopbot.web.attendance import Attendance
from shopbot.web.auth import require, visitor_of
from shopbot.web.gate import Gate
from shopbot.web.hub import Hub
from shopbot.web.pulse import Pulse
from shopbot.web.services import Pool, Services
from shopbot.web.site import FILES, page_for

THREADS = 8  # for looks and what opens and ends a line; messages go straight to the writer
_KEPT = {"Cache-Control": "no-cache"}


def add_talk(app: FastAPI, services: Services) -> None:
    """Let ``app`` serve talks: routes, sockets, pages."""
    pool = Pool(THREADS)
    attendance = Attendance(services.reception, pool)
    app.state.talk_pool = pool
    app.state.gate = Gate()
    app.state.pulse = Pulse(pool, lambda tokens: _holding(services, tokens))
    app.state.hub = Hub(services.chat, services.bus, pool, attendance, services.store_id)
    for router in (
        conversations.router,
        talk_wishes.router,
        talk_media.router,
        staffing.router,
        remarks.router,
        wishes.router,
        records.router,
        desk.router,
    ):
        app.include_router(router)
    app.router.routes.extend(sockets.ROUTES)
    _add_pages(app)


def _holding(services: Services, tokens: Collection[str]) -> set[str]:
    """Return the visitors' tokens that still hold."""
    now = services.clock.now()
    return {token for token in tokens if visitor_of(services, token, now) is not None}


def _add_pages(app: FastAPI) -> None:
    shared = messages.templates("talk.")
    shopper = shared | messages.templates("chat.")
    staff = shared | messages.templates("desk.")

    @app.get("/chat", include_in_schema=False)
    def chat_page() -> FileResponse:
        return FileResponse(FILES / "chat.html", headers=_KEPT)

    @app.get("/chat/texts.json", include_in_schema=False)
    def chat_texts() -> JSONResponse:
        return JSONResponse(shopper)

    @app.get("/desk", include_in_schema=False)
    def desk_page(request: Request) -> Response:
        return page_for(request, "desk.html", *AGENTS)

    @app.get("/desk/texts.json", include_in_schema=False)
    def desk_texts(_: Annotated[Principal, Depends(require(*AGENTS))]) -> JSONResponse:
        return JSONResponse(staff)
