"""The pages: signing in, trying suggestions. Files and texts; what they show comes by the API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from shopbot import messages
from shopbot.errors import Forbidden
from shopbot.kb.storefile import base_topics
from shopbot.roles import STAFF, Principal, Role
from shopbot.web.auth import principal_of, require

FILES = Path(__file__).parent / "static"
_LOGIN_TEXTS = "login."
_TRIAL_TEXTS = "page."
_KEPT = {"Cache-Control": "no-cache"}
_STAFF = require(*STAFF)


def add_pages(app: FastAPI) -> None:
    """Let ``app`` serve the pages and their files."""
    _add_login(app)
    _add_trial(app)
    app.mount("/static", StaticFiles(directory=FILES), name="static")


def page_for(request: Request, name: str, *roles: Role) -> Response:
    """Return a page's file to those of ``roles``; a stranger is sent to sign in and comes back."""
    principal = principal_of(request)
    if principal is None:
        return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
    if principal.role not in roles:
        raise Forbidden(principal.role)
    return FileResponse(FILES / name, headers=_KEPT)


def _add_login(app: FastAPI) -> None:
    texts = messages.templates(_LOGIN_TEXTS)

    @app.get("/login", include_in_schema=False)
    def login() -> FileResponse:
        return FileResponse(FILES / "login.html", headers=_KEPT)

    @app.get("/login/texts.json", include_in_schema=False)
    def login_texts() -> JSONResponse:
        return JSONResponse(texts)


def _add_trial(app: FastAPI) -> None:
    topics = {f"{_TRIAL_TEXTS}topic.{topic.id}": topic.zh for topic in base_topics().values()}
    texts = topics | messages.templates(_TRIAL_TEXTS)

    @app.get("/", include_in_schema=False)
    def trial(request: Request) -> Response:
        return page_for(request, "index.html", *STAFF)

    @app.get("/texts.json", include_in_schema=False)
    def trial_texts(_: Annotated[Principal, Depends(_STAFF)]) -> JSONResponse:
        return JSONResponse(texts)
