"""Shoppers as routes see them: by the token in X-Shopbot-Visitor, the same in talk, orders and returns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials

from shopbot.errors import Forbidden, Unauthenticated
from shopbot.roles import AGENTS, Principal
from shopbot.web.auth import bearer, find_principal, find_shopper, require_shopper, session_cookie
from shopbot.web.rates import network
from shopbot.web.refusals import RateExceeded

Visitor = Annotated[Principal | None, Depends(find_shopper)]
"""The shopper of the header; None without it."""

Shopper = Annotated[Principal, Depends(require_shopper)]
"""The shopper; nobody else may call."""


def find_caller(
    request: Request,
    visitor: Visitor,
    _key: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None,
    _session: Annotated[str | None, Depends(session_cookie)] = None,
) -> Principal:
    """Return who calls: with the visitor's header the shopper, whoever else they may be."""
    if visitor is not None:
        return visitor
    agent = find_principal(request)
    if agent is None:
        raise Unauthenticated
    if agent.role not in AGENTS:
        raise Forbidden(agent.role)
    request.state.facts["role"] = agent.role.value
    return agent


Caller = Annotated[Principal, Depends(find_caller)]
"""A shopper or somebody who talks with them."""


def client_address(request: Request) -> str:
    """Return what counts as the caller's address."""
    return network(request.client.host if request.client else None)


def check_visitor_rate(request: Request, now: datetime) -> None:
    """Raise RateExceeded when an address makes too many visitors."""
    wait = request.app.state.visitor_rate.take(client_address(request), now)
    if wait:
        raise RateExceeded(wait)
