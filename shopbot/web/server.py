"""Puts the HTTP application together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from typing_extensions import override

import shopbot
from shopbot import messages
from shopbot.kb.storefile import base_topics
from shopbot.web import (
    accounts,
    error_handlers,
    media,
    operations,
    order_work,
    orders,
    products,
    returns,
    suggest,
)
from shopbot.web.forwarded import Forwarded
from shopbot.web.limits import Door
from shopbot.web.logins import LoginGuard
from shopbot.web.observe import Metrics, Observe
from shopbot.web.rates import Rate, RateLimit
from shopbot.web.services import Services

STATIC = Path(__file__).parent / "static"
_PAGE_TEXTS = "page."


class App(FastAPI):
    """FastAPI with the checks and the log line around everything, its own error pages included."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        services: Services = self.state.services
        inner = super().build_middleware_stack()
        settings = services.settings
        door = Door(inner, settings, services.clock.now)
        return Forwarded(Observe(door, self.state.metrics, settings), settings.trusted_proxies)


def create_app(services: Services) -> App:
    """Return the application that serves ``services``."""
    app = App(
        title="shopbot",
        version=shopbot.__version__,
        summary="Suggested replies from a store's own knowledge",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # these pages load from a CDN
        redoc_url=None,
    )
    app.state.services = services
    app.state.metrics = Metrics()
    app.state.logins = LoginGuard()
    app.state.visitor_rate = RateLimit(
        Rate(count=services.settings.visitor_rate, per=timedelta(hours=1))
    )
    error_handlers.install(app)
    app.include_router(operations.router)
    app.include_router(accounts.router)
    app.include_router(suggest.router)
    app.include_router(media.router)
    app.include_router(products.router)
    app.include_router(order_work.router)  # before /orders/{number}
    app.include_router(orders.router)
    app.include_router(returns.router)
    _add_page(app)
    return app


def _add_page(app: FastAPI) -> None:
    topics = {f"{_PAGE_TEXTS}topic.{topic.id}": topic.zh for topic in base_topics().values()}
    texts = topics | messages.templates(_PAGE_TEXTS)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/texts.json", include_in_schema=False)
    async def page_texts() -> JSONResponse:
        return JSONResponse(texts)

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
