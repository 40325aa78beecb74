"""Puts the HTTP application together."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

import shopbot
from shopbot.roles import STAFF, Principal
from shopbot.web import (
    accounts,
    claims,
    error_handlers,
    followups,
    hooks,
    media,
    operations,
    order_work,
    orders,
    proactive,
    products,
    proofs,
    returns,
    reviews,
    rounds,
    suggest,
)
from shopbot.web.auth import require
from shopbot.web.forwarded import Forwarded
from shopbot.web.limits import Door
from shopbot.web.logins import LoginGuard
from shopbot.web.observe import Metrics, Observe
from shopbot.web.rates import Rate, RateLimit
from shopbot.web.services import Services
from shopbot.web.site import add_pages
from shopbot.web.sockets import Lines
from shopbot.web.talk_site import add_talk


class App(FastAPI):
    """FastAPI with the checks and the log line around everything, its own error pages included."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        services: Services = self.state.services
        inner = Lines(super().build_middleware_stack())
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
        openapi_url=None,  # given to the store's people only, below
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
    app.include_router(hooks.router)
    app.include_router(media.router)
    app.include_router(products.router)
    app.include_router(rounds.router)  # before /orders/{number}
    app.include_router(order_work.router)  # before /orders/{number}
    app.include_router(proactive.router)  # before /orders/{number}
    app.include_router(proofs.router)
    app.include_router(orders.router)
    app.include_router(returns.router)
    app.include_router(reviews.router)
    app.include_router(claims.router)
    app.include_router(followups.router)
    add_talk(app, services)
    _add_description(app)
    add_pages(app)
    return app


def _add_description(app: FastAPI) -> None:
    """The machine-readable description is for the store's people, as everything else is."""

    @app.get("/api/v1/openapi.json", include_in_schema=False)
    def openapi(_: Annotated[Principal, Depends(require(*STAFF))]) -> JSONResponse:
        return JSONResponse(app.openapi())
