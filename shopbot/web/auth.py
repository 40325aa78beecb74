"""Who is calling, and may they? The only place where roles are checked.

Staff come by a session cookie (pages) or ``Authorization: Bearer`` with the agent key or a user's own
key (programs). Shoppers come by ``X-Shopbot-Visitor``. Secrets in an address are never looked at: they
would stand in logs and histories.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from shopbot.accounts import sessions, visitors
from shopbot.accounts.errors import VisitorUnknown
from shopbot.accounts.model import csrf_token
from shopbot.accounts.sessions import Held
from shopbot.config import Settings
from shopbot.errors import Forbidden, OpenWithoutKey, Unauthenticated
from shopbot.roles import Principal, Role
from shopbot.web.origin import is_foreign_page, is_own_page
from shopbot.web.refusals import CsrfRefused, OriginRefused
from shopbot.web.services import Services

VISITOR_HEADER = "X-Shopbot-Visitor"
CSRF_HEADER = "X-Shopbot-Csrf"
COOKIE = "shopbot_session"
_SECURE_COOKIE = f"__Host-{COOKIE}"  # browsers take it over https from this very host only
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="The agent key (SHOPBOT_AGENT_KEY), or a user's own (`shopbot users key NAME`).",
)
session_cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description="Set by POST /api/v1/session; unsafe calls also need X-Shopbot-Csrf.",
)
VisitorHeader = Annotated[
    str | None,
    Header(
        alias=VISITOR_HEADER,
        description="The visitor's token, given by POST /api/v1/visitors.",
    ),
]


def services_of(conn: HTTPConnection) -> Services:
    """Return the services of this application."""
    services: Services = conn.app.state.services
    return services


def principal_of(conn: HTTPConnection) -> Principal | None:
    """Return who of the store's people calls, None for a stranger; for requests and sockets.

    CsrfRefused or OriginRefused when a page acts by cookie without showing that it is ours.
    """
    services = services_of(conn)
    header = conn.headers.get("authorization")
    if header is not None:
        return principal_of_key(services, _bearer_token(header))
    held = session_of(conn)
    if held is None:
        return None
    _check_page(conn, conn.cookies.get(cookie_name(conn), ""))
    return _principal(held)


def session_of(conn: HTTPConnection) -> Held | None:
    """Return the session of the cookie, None when there is none that holds."""
    services = services_of(conn)
    token = conn.cookies.get(cookie_name(conn), "")
    now = services.clock.now()
    held = sessions.find(services.db, services.store_id, token, "session", now)
    if held is not None:
        sessions.touch(services.db, token, held, now)
    return held


def find_principal(request: Request) -> Principal | None:
    """Return who of the store's people calls by HTTP, None for a stranger."""
    return principal_of(request)


def visitor_of(services: Services, token: str, now: datetime) -> Principal | None:
    """Return the shopper whose token it is, None when it does not hold.

    The token comes in a socket's first frame or in the header X-Shopbot-Visitor.
    """
    visitor = visitors.find(services.db, services.store_id, token, now)
    if visitor is None:
        return None
    return Principal(role=Role.SHOPPER, name="shopper", store_id=visitor.store_id, id=visitor.id)


def find_shopper(request: Request, token: VisitorHeader = None) -> Principal | None:
    """Return the shopper of the header; None without it, VisitorUnknown when it does not hold."""
    if token is None:
        return None
    services = services_of(request)
    found = visitor_of(services, token, services.clock.now())
    if found is None:
        raise VisitorUnknown
    request.state.facts["role"] = Role.SHOPPER.value
    return found


def require_shopper(
    shopper: Annotated[Principal | None, Depends(find_shopper)],
) -> Principal:
    """Let only shoppers pass; VisitorUnknown for everybody else."""
    if shopper is None:
        raise VisitorUnknown
    return shopper


def require(*roles: Role) -> Callable[..., Principal]:
    """Make a dependency that lets only ``roles`` pass: 401 for strangers, 403 for other roles."""

    def check(
        request: Request,
        _key: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None,
        _session: Annotated[str | None, Depends(session_cookie)] = None,
    ) -> Principal:
        principal = principal_of(request)
        if principal is None:
            raise Unauthenticated
        if principal.role not in roles:
            raise Forbidden(principal.role)
        request.state.facts["role"] = principal.role.value
        return principal

    return check


def cookie_name(conn: HTTPConnection) -> str:
    """Return the name of the session's cookie: over https one that only this host can set."""
    return _SECURE_COOKIE if is_secure(conn) else COOKIE


def is_secure(conn: HTTPConnection) -> bool:
    """Tell whether the caller's line is encrypted."""
    return conn.scope.get("scheme") in {"https", "wss"}


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(settings: Settings, *, has_accounts: bool) -> None:
    """Raise OpenWithoutKey when others could reach a server that has neither key nor account."""
    if settings.agent_key is None and not has_accounts and not is_loopback(settings.host):
        raise OpenWithoutKey(settings.host)


def has_agent_key(settings: Settings, header: str) -> bool:
    """Tell whether an Authorization header carries the agent key."""
    return _is_agent_key(settings, _bearer_token(header))


def principal_of_key(services: Services, key: str) -> Principal | None:
    """Return who comes with the agent key or a user's own, None for a key that does not hold."""
    if _is_agent_key(services.settings, key):
        return Principal(role=Role.AGENT, name="agent", store_id=services.store_id)
    now = services.clock.now()
    held = sessions.find(services.db, services.store_id, key, "api", now)
    return None if held is None else _principal(held)


def _is_agent_key(settings: Settings, given: str) -> bool:
    key = settings.agent_key
    if key is None:
        return False
    return hmac.compare_digest(given.encode(), key.get_secret_value().encode())


def _bearer_token(header: str) -> str:
    """Return the key in an Authorization header, blank for another scheme."""
    scheme, _, given = header.partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _principal(held: Held) -> Principal:
    user = held.user
    return Principal(role=user.role, name=user.name, store_id=user.store_id, id=user.id)


def _check_page(conn: HTTPConnection, session: str) -> None:
    """A cookie goes along with whatever page calls: it counts only for calls of our own pages."""
    if conn.scope["type"] == "websocket":
        if not is_own_page(conn.scope):
            raise OriginRefused
        return
    if conn.scope["method"] in _SAFE:
        return
    if is_foreign_page(conn.scope):
        raise OriginRefused
    given = conn.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(session).encode()):
        raise CsrfRefused
