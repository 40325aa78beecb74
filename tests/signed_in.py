"""Coming in, for tests of what lies behind the door: by the agent key, or as a user of any role."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import SecretStr

from shopbot.accounts import sessions, store
from shopbot.accounts.model import csrf_token
from shopbot.roles import Role
from shopbot.storage import Transaction
from shopbot.web.auth import COOKIE
from shopbot.web.services import Services

KEY = "correct-horse-battery-staple"
AGENT = {"Authorization": f"Bearer {KEY}"}
"""Headers of a program that has the agent key."""


def with_key(services: Services) -> Services:
    """Return services of a server whose agent key is KEY."""
    settings = services.settings.model_copy(update={"agent_key": SecretStr(KEY)})
    return replace(services, settings=settings)


def session_of(services: Services, role: Role = Role.AGENT, now: datetime | None = None) -> str:
    """Return the token of a new session of a new user; it goes into the cookie COOKIE."""
    at = now or services.clock.now()
    name = f"{role.value}-{len(store.list_users(services.db, services.store_id))}"

    def work(tx: Transaction) -> str:
        user = store.add_user(
            tx,
            store_id=services.store_id,
            name=name,
            role=role,
            password=None,
            now=at,
        )
        return sessions.issue(tx, user, "session", at).token

    return services.db.transaction(work)


def page_headers(services: Services, role: Role = Role.AGENT) -> dict[str, str]:
    """Return what a page of a signed-in user sends: cookie and the page's token."""
    token = session_of(services, role)
    return {"Cookie": f"{COOKIE}={token}", "X-Shopbot-Csrf": csrf_token(token)}
