"""/api/v1/session and /api/v1/visitors: how staff and shoppers come in, and how they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from shopbot import audit
from shopbot.accounts import identity, passwords, sessions, store, visitors
from shopbot.accounts.errors import (
    IdentityRefused,
    LinkRefused,
    LoginRefused,
    TooManyLogins,
    VisitorUnknown,
)
from shopbot.accounts.identity import Identity
from shopbot.accounts.model import SESSION_LONGEST, User, csrf_token
from shopbot.accounts.sessions import Login
from shopbot.accounts.visitors import Welcome
from shopbot.desk import important
from shopbot.errors import (
    Forbidden,
    HostNotAllowed,
    Malformed,
    StorageError,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.roles import STAFF, Principal
from shopbot.storage import Transaction
from shopbot.web.account_schemas import (
    LinkBody,
    PasswordBody,
    SessionShown,
    VisitorBody,
    VisitorMade,
)
from shopbot.web.auth import (
    VISITOR_HEADER,
    cookie_name,
    is_secure,
    require,
    services_of,
    session_of,
)
from shopbot.web.logins import LoginGuard
from shopbot.web.refusals import CsrfRefused, OriginRefused, RateExceeded
from shopbot.web.schemas import error_responses
from shopbot.web.services import Services
from shopbot.web.visitor import Shopper, Visitor, check_visitor_rate, client_address

T = TypeVar("T")

router = APIRouter(prefix="/api/v1", tags=["accounts"])

_COMMON = (HostNotAllowed, OriginRefused, Malformed, StorageError, RateExceeded)
_BODY = (TooLarge, UnsupportedMedia)
_STAFF = require(*STAFF)


@router.post(
    "/session",
    status_code=201,
    response_model=SessionShown,
    responses=error_responses(LoginRefused, LinkRefused, TooManyLogins, *_BODY, *_COMMON),
)
async def sign_in(body: PasswordBody | LinkBody, request: Request) -> JSONResponse:
    """Sign in by name and password, or by a one-time link; sets the session's cookie.

    An unknown name, a wrong password and a closed account are told alike and take as long.
    """
    services, guard = services_of(request), request.app.state.logins
    now, address = services.clock.now(), client_address(request)
    name = "" if isinstance(body, LinkBody) else body.name
    wait = guard.wait_for(address, name, now)
    if wait:
        raise TooManyLogins(wait)
    if isinstance(body, LinkBody):
        link = body.link
        login = await _written(
            services, lambda tx: sessions.use_link(tx, services.store_id, link, now)
        )
    else:
        login = await _by_password(services, guard, body, now)
    request.state.facts["role"] = login.user.role.value
    answer = _session_shown(login.user, login.session.token, login.session.expires_at)
    response = JSONResponse(answer, status_code=201)
    _set_cookie(request, response, login.session.token, int(SESSION_LONGEST.total_seconds()))
    return response


@router.get(
    "/session",
    response_model=SessionShown,
    responses=error_responses(Unauthenticated, Forbidden, *_COMMON),
)
def show_session(
    request: Request, principal: Annotated[Principal, Depends(_STAFF)]
) -> JSONResponse:
    """Tell who is signed in, and the token that unsafe calls of a page need."""
    services = services_of(request)
    held = session_of(request)
    if held is not None and held.user.id == principal.id:
        token = request.cookies[cookie_name(request)]
        return JSONResponse(_session_shown(held.user, token, held.expires_at))
    user = store.find_user(services.db, services.store_id, principal.id)
    shown = {
        "id": principal.id,
        "name": principal.name,
        "display": user.display if user else principal.name,
        "role": principal.role.value,
        "store": principal.store_id,
        "csrf": "",
        "expires_at": None,
    }
    return JSONResponse(shown)


@router.delete(
    "/session",
    status_code=204,
    responses=error_responses(Unauthenticated, Forbidden, CsrfRefused, *_COMMON),
)
async def sign_out(request: Request, _: Annotated[Principal, Depends(_STAFF)]) -> Response:
    """End this session."""
    services, now = services_of(request), services_of(request).clock.now()
    held, token = session_of(request), request.cookies.get(cookie_name(request), "")
    if held is not None:
        await _written(services, lambda tx: sessions.sign_out(tx, held.user, token, now))
    response = Response(status_code=204)
    _set_cookie(request, response, "", 0)
    return response


@router.post(
    "/visitors",
    status_code=201,
    response_model=VisitorMade,
    responses=error_responses(VisitorUnknown, IdentityRefused, *_BODY, *_COMMON),
)
async def welcome(
    request: Request,
    shopper: Visitor,
    body: VisitorBody | None = None,
) -> JSONResponse:
    """Make a visitor's token; with the shop's signed identity, one for that customer.

    With the header of a visitor who is nobody's yet, that visitor becomes the customer's.
    """
    services, now = services_of(request), services_of(request).clock.now()
    check_visitor_rate(request, now)
    claimed = _identity(services, body.identity, now) if body and body.identity else None
    known = shopper.id if shopper else ""

    def work(tx: Transaction) -> Welcome:
        welcomed = visitors.welcome(tx, services.store_id, claimed, known, now)
        if claimed is not None:
            visitor = welcomed.visitor.id
            important.told_by_site(tx, services.store_id, visitor, claimed.vip, now)
        return welcomed

    return JSONResponse(visitor_made(await _written(services, work)), status_code=201)


@router.delete(
    "/visitors",
    status_code=204,
    responses=error_responses(VisitorUnknown, *_COMMON),
)
async def leave(request: Request, _: Shopper) -> Response:
    """End this visitor's token (the shopper signs out of the shop); what was said stays theirs."""
    services = services_of(request)
    token = request.headers[VISITOR_HEADER]
    await _written(services, lambda tx: visitors.revoke(tx, services.store_id, token))
    return Response(status_code=204)


def visitor_made(made: Welcome) -> dict[str, str]:
    """Return the body that gives a visitor their token."""
    return {
        "visitor": made.visitor.id,
        "token": made.token.token,
        "expires_at": made.token.expires_at.isoformat(),
    }


async def _by_password(
    services: Services, guard: LoginGuard, body: PasswordBody, now: datetime
) -> Login:
    found = sessions.find_login(services.db, services.store_id, body.name)
    await asyncio.sleep(guard.delay_s(body.name, now))
    right, fresh = await guard.run(lambda: _compare(found, body.password))
    if right and found is not None:
        known = found
        login = await _written(services, lambda tx: sessions.sign_in(tx, known, fresh, now))
        guard.forgive(body.name)
        return login
    user = found[0] if found is not None else None
    await _written(services, lambda tx: _note_failure(tx, services.store_id, user, now))
    raise LoginRefused


def _compare(found: tuple[User, str | None] | None, password: str) -> tuple[bool, str | None]:
    """Return whether the password is right, and a fresh hash when the old one is dated. Slow."""
    right = sessions.is_right(found, password)
    hashed = found[1] if found is not None else None
    dated = right and hashed is not None and passwords.is_dated(hashed)
    return right, passwords.rehash(password) if dated else None


def _note_failure(tx: Transaction, store_id: str, user: User | None, now: datetime) -> None:
    """Write a failed try down; a name that is nobody's is not kept (it may be a password)."""
    audit.record(
        tx,
        audit.Deed(
            store_id=store_id,
            name="account.login.failed",
            who=user.name if user else "unknown",
            subject=user.id if user else "unknown",
            at=now,
            data={},
        ),
    )


def _identity(services: Services, token: str, now: datetime) -> Identity:
    secret = services.settings.identity_secret
    found = (
        identity.read_identity(secret.get_secret_value(), token, services.store_id, now)
        if secret is not None
        else None
    )
    if found is None:
        raise IdentityRefused
    return found


def _session_shown(user: User, token: str, expires: datetime) -> dict[str, object]:
    return {
        "id": user.id,
        "name": user.name,
        "display": user.display,
        "role": user.role.value,
        "store": user.store_id,
        "csrf": csrf_token(token),
        "expires_at": expires.isoformat(),
    }


def _set_cookie(request: Request, response: Response, token: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


async def _written(services: Services, work: Callable[[Transaction], T]) -> T:
    return await asyncio.wrap_future(services.db.submit(work))
