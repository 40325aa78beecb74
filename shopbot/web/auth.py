"""Who is calling, and may they? The only place where roles are checked.

Until accounts exist there is one static key. Without it the server listens on loopback only and every
local caller is the agent; with it every call but /healthz and the page itself needs the key.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shopbot.config import Settings
from shopbot.errors import Forbidden, OpenWithoutKey, Unauthenticated
from shopbot.roles import Principal, Role
from shopbot.web.services import Services

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="agentKey",
    description="The agent key (SHOPBOT_AGENT_KEY); not needed while the server has none.",
)


def services_of(request: Request) -> Services:
    """Return the services of this application."""
    services: Services = request.app.state.services
    return services


def find_principal(request: Request) -> Principal | None:
    """Return who calls, None for a stranger."""
    services = services_of(request)
    key = services.settings.agent_key
    if key is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), key.get_secret_value().encode())
        if scheme.lower() != "bearer" or not same:
            return None
    return Principal(role=Role.AGENT, name="agent", store_id=services.store_id)


def require(*roles: Role) -> Callable[..., Principal]:
    """Make a dependency that lets only ``roles`` pass: 401 for strangers, 403 for other roles."""

    def check(
        request: Request,
        _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
    ) -> Principal:
        principal = find_principal(request)
        if principal is None:
            raise Unauthenticated
        if principal.role not in roles:
            raise Forbidden(principal.role)
        request.state.facts["role"] = principal.role.value
        return principal

    return check


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(settings: Settings) -> None:
    """Raise OpenWithoutKey when others could reach a server that has no key."""
    if settings.agent_key is None and not is_loopback(settings.host):
        raise OpenWithoutKey(settings.host)
