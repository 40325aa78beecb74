"""Who may call what: every route of the application × every role, against the table in docs/security.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from shopbot.accounts import sessions, store, visitors
from shopbot.accounts.model import User, csrf_token
from shopbot.roles import STAFF, Role
from shopbot.web.auth import COOKIE
from shopbot.web.server import create_app
from shopbot.web.services import Services

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
COLUMNS = ("anybody", "shopper", "agent", "supervisor", "staff", "admin")
LOCAL = "http://127.0.0.1:8000"
SOCKET = "SOCKET"
NO_SUCH_TALK = 4404  # known, but there is no such talk
_VERBS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
_ROW = re.compile(r"^\| `([A-Z]+ /\S*)` \|(.+)\|$", re.MULTILINE)
_PARAMETER = re.compile(r"\{\w+(:\w+)?\}")


def table() -> dict[str, dict[str, bool]]:
    """Read the table: route -> column -> allowed."""
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {
        route: dict(zip(COLUMNS, (bool(cell.strip()) for cell in cells.split("|")), strict=True))
        for route, cells in rows
    }


def routes_of(app: FastAPI) -> Iterator[str]:
    """Yield all routes, sockets too, whatever routers they come from."""
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop(0)
        inner = getattr(route, "original_router", None)
        if inner is not None:
            waiting.extend(inner.routes)
            continue
        path = str(route.path)
        verbs = getattr(route, "methods", None)
        if verbs is None:
            yield f"{'GET' if path.startswith('/static') else SOCKET} {path}"
        for verb in sorted(_VERBS & set(verbs or ())):
            yield f"{verb} {path}"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of the application."""
    settings = services.settings.model_copy(update={"rate": 0, "visitor_rate": 0})
    app = create_app(replace(services, settings=settings))
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as made:
        yield made


class People:
    """Somebody of each role, in the store that is served and in another one."""

    def __init__(self, services: Services, store_id: str) -> None:
        self._services = services
        self._store = store_id
        self._users: dict[str, User] = {role.value: self._add(role) for role in STAFF}

    def headers(self, who: str) -> dict[str, str]:
        """Return what one of them sends: a new session or visitor each time."""
        db, now = self._services.db, self._services.clock.now()
        if who == "anybody":
            return {}
        if who == "shopper":
            made = db.transaction(lambda tx: visitors.welcome(tx, self._store, None, "", now))
            return {"X-Shopbot-Visitor": made.token.token}
        user = self._users[who]
        token = db.transaction(lambda tx: sessions.issue(tx, user, "session", now)).token
        return {"Cookie": f"{COOKIE}={token}", "X-Shopbot-Csrf": csrf_token(token)}

    def _add(self, role: Role) -> User:
        given: dict[str, Any] = {
            "store_id": self._store,
            "password": None,
            "name": f"{role.value}-1",
        }
        now = self._services.clock.now()
        return self._services.db.transaction(
            lambda tx: store.add_user(tx, role=role, now=now, **given)
        )


def is_allowed(client: TestClient, route: str, headers: dict[str, str]) -> bool:
    """Call a route with nothing in particular and tell whether the door was open."""
    verb, _, path = route.partition(" ")
    address = _PARAMETER.sub("none", path)
    if verb == SOCKET:
        return _is_greeted(client, address, headers)
    body: dict[str, Any] | None = {} if verb in {"POST", "PUT", "PATCH"} else None
    if address.startswith("/static"):
        address = "/static/style.css"
    answer = client.request(
        verb,
        address,
        json=body,
        headers={"Idempotency-Key": "k", **headers},
        follow_redirects=False,
    )
    assert answer.status_code < 500, (route, answer.text)
    to_login = answer.headers.get("location", "").startswith("/login")
    return answer.status_code not in {401, 403} and not to_login


def _is_greeted(client: TestClient, address: str, headers: dict[str, str]) -> bool:
    token = headers.get("X-Shopbot-Visitor", "x")
    hello: dict[str, Any] = {"type": "hello"}
    if address.endswith("shopper"):
        hello |= {"token": token, "conversation": "none"}
    where = LOCAL.replace("http", "ws") + address
    try:
        with client.websocket_connect(where, headers={**headers, "Origin": LOCAL}) as socket:
            socket.send_json(hello)
            told = socket.receive_json()
            while told.get("type") == "bye":
                told = socket.receive_json()
    except WebSocketDisconnect as end:
        return end.code == NO_SUCH_TALK
    return bool(told.get("type") == "welcome" or told.get("code") == "request.not-found")


def test_every_route_has_a_row(client: TestClient) -> None:
    """A new one without a row fails; a row without a route misleads."""
    assert set(routes_of(client.app)) == set(table())  # type: ignore[arg-type]


def probe(client: TestClient, people: People) -> dict[str, dict[str, bool]]:
    """Try every route as everybody."""
    routes = sorted(set(routes_of(client.app)))  # type: ignore[arg-type]
    return {
        route: {who: is_allowed(client, route, people.headers(who)) for who in COLUMNS}
        for route in routes
    }


def test_roles_are_let_in_as_the_table_says(client: TestClient, services: Services) -> None:
    """Everybody, everywhere."""
    found = probe(client, People(services, services.store_id))

    assert table() == found


def test_people_of_another_store_are_strangers(client: TestClient, services: Services) -> None:
    """Whatever their role there: nothing is open to them that is not open to anybody.

    (A shopper's token that does not hold is refused even where none is needed.)
    """
    found = probe(client, People(services, "other"))
    more = [
        (route, who)
        for route, seen in found.items()
        for who, allowed in seen.items()
        if allowed and not table()[route]["anybody"]
    ]

    assert [] == more


def test_only_what_must_be_is_open(client: TestClient) -> None:
    """Health, signing in, the shopper's page and files; making and giving back nothing else."""
    opened = {route for route, row in table().items() if row["anybody"]}

    assert {
        "GET /healthz", "GET /readyz", "GET /login", "GET /login/texts.json", "GET /chat",
        "GET /chat/texts.json", "GET /static", "POST /api/v1/session", "POST /api/v1/visitors",
        "POST /api/v1/orders/proofs", "GET /api/v1/chat-media/{link}",
        "GET /api/v1/conversations/message-types",
    } >= opened  # fmt: skip
