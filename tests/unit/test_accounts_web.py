"""Coming in over HTTP: staff by password, link or key; shoppers by a token or the shop's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.websockets import WebSocketDisconnect

from shopbot import audit
from shopbot.accounts import passwords, sessions, store, visitors
from shopbot.accounts.identity import Identity, sign_identity
from shopbot.accounts.model import User
from shopbot.ids import FixedClock
from shopbot.roles import Role
from shopbot.web.auth import visitor_of
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.conftest import START

LOCAL = "http://127.0.0.1:8000"
PASSWORD = "three blue kettles"
SECRET = "the-secret-with-which-the-shop-signs"
KEY = "correct-horse-battery-staple"
Maker = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least work; tests/unit/test_passwords.py knows the real amount."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    passwords._nobody.cache_clear()


@pytest.fixture
def client_for(services: Services) -> Iterator[Maker]:
    """Make clients of a server with a key, an identity secret and other settings as asked."""
    made: list[TestClient] = []

    def make(base_url: str = LOCAL, **changes: Any) -> TestClient:
        given = {"agent_key": SecretStr(KEY), "identity_secret": SecretStr(SECRET), **changes}
        changed = replace(services, settings=services.settings.model_copy(update=given))
        client = TestClient(create_app(changed), base_url=base_url, raise_server_exceptions=False)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(client_for: Maker) -> TestClient:
    """A client of such a server."""
    return client_for()


def add(services: Services, name: str = "xiaoling", role: Role = Role.AGENT, **more: Any) -> User:
    """Add a user."""
    given = {"store_id": "test", "password": PASSWORD, **more}
    return services.db.transaction(
        lambda tx: store.add_user(tx, name=name, role=role, now=START, **given)
    )


def sign_in(client: TestClient, name: str = "xiaoling", password: str = PASSWORD) -> Any:
    """Post name and password."""
    return client.post("/api/v1/session", json={"name": name, "password": password})


def identity(services: Services, **changes: Any) -> str:
    """Return what the shop's site would sign."""
    given = {
        "store_id": "test",
        "customer": "c-1",
        "nonce": "nonce-0001",
        "expires_at": START + timedelta(minutes=5),
        **changes,
    }
    return sign_identity(SECRET, Identity(**given))


def welcome(client: TestClient, identity: str = "", token: str = "") -> Any:
    """Ask for a visitor's token."""
    headers = {"X-Shopbot-Visitor": token} if token else {}
    body = {"identity": identity} if identity else None
    return client.post("/api/v1/visitors", json=body, headers=headers)


# --- visitors -------------------------------------------------------------------------------------


def test_a_visitor_gets_a_token_that_holds(client: TestClient, services: Services) -> None:
    """A new one each time, good for thirty days, kept as a digest only."""
    first, second = welcome(client), welcome(client)
    told = first.json()
    found = visitor_of(services, told["token"], START)

    assert (201, 201) == (first.status_code, second.status_code)
    assert found is not None
    assert (told["visitor"], Role.SHOPPER, "test") == (found.id, found.role, found.store_id)
    assert told["visitor"] != second.json()["visitor"]
    assert told["token"] not in str(services.db.all(_query("SELECT * FROM visitor_tokens")))


def test_a_token_in_use_goes_on_and_a_forgotten_one_ends(
    client: TestClient, services: Services
) -> None:
    """Thirty days after the last use."""
    used, idle = welcome(client).json()["token"], welcome(client).json()["token"]
    visitor_of(services, used, START + timedelta(days=29))
    services.db.check()  # the slide is written beside
    late = START + timedelta(days=31)

    assert (True, None) == (
        visitor_of(services, used, late) is not None,
        visitor_of(services, idle, late),
    )


def test_a_token_can_be_given_back(client: TestClient, services: Services) -> None:
    """Whoever finds it afterwards gets nothing."""
    token = welcome(client).json()["token"]
    headers = {"X-Shopbot-Visitor": token}
    left = client.delete("/api/v1/visitors", headers=headers)
    again = client.delete("/api/v1/visitors", headers=headers)

    assert (204, 401, "auth.visitor") == (
        left.status_code,
        again.status_code,
        again.json()["error"],
    )


def test_a_token_of_another_store_opens_nothing(client: TestClient, services: Services) -> None:
    """Even in the same database."""
    made = services.db.transaction(lambda tx: visitors.welcome(tx, "other", None, "", START))

    assert visitor_of(services, made.token.token, START) is None
    assert visitor_of(replace(services, store_id="other"), made.token.token, START) is not None


def test_a_customer_is_one_visitor_on_all_devices(client: TestClient, services: Services) -> None:
    """The shop's word ties them together."""
    phone = welcome(client, identity(services, nonce="nonce-aaaa")).json()
    desk = welcome(client, identity(services, nonce="nonce-bbbb")).json()
    other = welcome(client, identity(services, nonce="nonce-cccc", customer="c-2")).json()

    assert phone["visitor"] == desk["visitor"] != other["visitor"]
    assert phone["token"] != desk["token"]


def test_who_signs_in_later_keeps_the_talk(client: TestClient, services: Services) -> None:
    """The visitor of the header becomes the customer's, if neither is tied yet."""
    before = welcome(client).json()
    after = welcome(client, identity(services), before["token"]).json()

    assert before["visitor"] == after["visitor"]


def test_nobody_takes_over_another_customers_talk(client: TestClient, services: Services) -> None:
    """Two customers at one browser, one after the other, stay two visitors."""
    first = welcome(client, identity(services)).json()
    second = welcome(client, identity(services, nonce="nonce-2222", customer="c-2"), first["token"])

    assert first["visitor"] != second.json()["visitor"]


@pytest.mark.parametrize(
    "changes",
    [
        {"store_id": "other"},
        {"expires_at": START},
        {"expires_at": START + timedelta(days=2)},
        {"customer": ""},
        {"customer": "x" * 201},
        {"nonce": "short"},
    ],
    ids=["store", "expired", "too-long", "nobody", "odd", "nonce"],
)
def test_an_identity_that_does_not_hold_is_refused(
    client: TestClient, services: Services, changes: dict[str, Any]
) -> None:
    """403, all alike."""
    told = welcome(client, identity(services, **changes))

    assert (403, "auth.identity-refused") == (told.status_code, told.json()["error"])


@pytest.mark.parametrize("kind", ["none", "other-key", "garbage", "no-exp", "no-jti"])
def test_an_unsigned_or_bare_identity_is_refused(client: TestClient, kind: str) -> None:
    """The algorithm `none` is no signature, and nothing may be missing."""
    import jwt

    claims = {
        "sub": "c-1",
        "store": "test",
        "jti": "nonce-0001",
        "exp": int((START + timedelta(minutes=5)).timestamp()),
    }
    tokens: dict[str, Callable[[], str]] = {
        "none": lambda: jwt.encode(claims, None, algorithm="none"),
        "other-key": lambda: jwt.encode(claims, "x" * 40, algorithm="HS256"),
        "garbage": lambda: "a.b.c",
        "no-exp": lambda: jwt.encode({**claims, "exp": None}, SECRET, algorithm="HS256"),
        "no-jti": lambda: jwt.encode({**claims, "jti": None}, SECRET, algorithm="HS256"),
    }

    assert 403 == welcome(client, tokens[kind]()).status_code


def test_an_identity_works_once(client: TestClient, services: Services) -> None:
    """Who copies it from a page or a log comes too late."""
    token = identity(services)

    assert [201, 403] == [welcome(client, token).status_code for _ in range(2)]


def test_without_the_secret_no_identity_is_taken(client_for: Maker, services: Services) -> None:
    """The shop has not said how it signs."""
    assert 403 == welcome(client_for(identity_secret=None), identity(services)).status_code


def test_an_address_makes_so_many_visitors(client_for: Maker, clock: FixedClock) -> None:
    """Then 429 with the seconds to wait; after those it goes on."""
    client = client_for(visitor_rate=3)
    made = [welcome(client).status_code for _ in range(3)]
    refused = welcome(client)
    clock.move(timedelta(seconds=int(refused.headers["Retry-After"])))

    assert [201] * 3 == made
    assert (429, "request.rate", "1200") == (
        refused.status_code,
        refused.json()["error"],
        refused.headers["Retry-After"],
    )
    assert "分钟" in refused.json()["message"] or "秒" in refused.json()["message"]
    assert 201 == welcome(client).status_code


def _query(sql: str) -> Any:
    from shopbot.storage import Statement

    return Statement("test", sql)


# --- signing in -----------------------------------------------------------------------------------


def test_a_user_signs_in_and_out(client: TestClient, services: Services) -> None:
    """The cookie opens what the role may see, until signing out."""
    user = add(services, display="小岭")
    made = sign_in(client)
    shown = client.get("/api/v1/session").json()
    listed = client.get("/api/v1/orders").status_code
    csrf = {"X-Shopbot-Csrf": shown["csrf"]}
    left = client.delete("/api/v1/session", headers=csrf).status_code

    assert (201, user.id, "小岭", "agent") == (
        made.status_code,
        shown["id"],
        shown["display"],
        shown["role"],
    )
    assert (200, 204, 401) == (listed, left, client.get("/api/v1/orders").status_code)


def test_the_cookie_is_out_of_reach_of_scripts(client: TestClient, services: Services) -> None:
    """HttpOnly, SameSite=Lax; the session's own token stands in no body."""
    add(services)
    made = sign_in(client)
    cookie = made.headers["set-cookie"]

    assert cookie.startswith("shopbot_session=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Secure" not in cookie
    assert client.cookies["shopbot_session"] not in made.text


def test_over_https_the_cookie_is_secure(client_for: Maker, services: Services) -> None:
    """And only this very host can set it."""
    add(services)
    cookie = sign_in(client_for("https://localhost")).headers["set-cookie"]

    assert cookie.startswith("__Host-shopbot_session=")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("nobody", PASSWORD, "unknown"),
        ("xiaoling", "wrong password", "wrong"),
        ("closed", PASSWORD, "disabled"),
        ("bylink", "", "no password"),
    ],
    ids=lambda value: str(value),
)
def test_refusals_are_alike(
    client: TestClient, services: Services, name: str, password: str, why: str
) -> None:
    """The same status and body for whatever is wrong."""
    add(services)
    closed = add(services, "closed")
    services.db.transaction(lambda tx: store.set_open(tx, closed, False, START))
    add(services, "bylink", password=None)
    told = sign_in(client, name, password or "x")

    assert (401, "auth.login-refused") == (told.status_code, told.json()["error"])
    assert sign_in(client, "someone", "else").json() == told.json()


def test_the_slow_comparison_is_made_for_unknown_names_too(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time does not tell whether there is such a user."""
    seen: list[str | None] = []
    real = passwords.verify

    def verify(hashed: str | None, password: str) -> bool:
        seen.append(hashed)
        return real(hashed, password)

    monkeypatch.setattr(passwords, "verify", verify)
    sign_in(client, "nobody", "x")

    assert [None] == seen


def test_an_address_may_try_five_times_in_twenty_seconds(
    client: TestClient, services: Services, clock: FixedClock
) -> None:
    """Whatever the names; then 429 until some seconds have passed, the right password included."""
    add(services)
    tries = [sign_in(client, f"n{n}", "x").status_code for n in range(5)]
    refused = sign_in(client)
    clock.move(timedelta(seconds=int(refused.headers["Retry-After"])))

    assert [401] * 5 == tries
    assert (429, "auth.too-many-logins") == (refused.status_code, refused.json()["error"])
    assert 201 == sign_in(client).status_code


def test_an_account_may_be_tried_twenty_times_in_five_minutes(
    client: TestClient, services: Services, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From wherever; answers get slower meanwhile."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("shopbot.web.accounts.asyncio.sleep", wait)
    statuses = []
    for _ in range(30):
        statuses.append(sign_in(client, "xiaoling", "x").status_code)
        clock.move(timedelta(seconds=4))

    assert [401] * 20 == statuses[:20]
    assert 20 < statuses.index(429) < 28
    assert ([0.0, 1.0, 2.0, 4.0, 8.0], sorted(waited)) == (sorted(set(waited)), waited)


def test_sign_ins_are_written_down(client: TestClient, services: Services) -> None:
    """Right and wrong ones; a name that is nobody's is not kept, it may be a password."""
    user = add(services)
    sign_in(client)
    sign_in(client, password="wrong password")
    sign_in(client, "my-secret-typed-here", "x")
    deeds = audit.list_deeds_since(services.db, store_id="test", since=START)

    assert ["account.user.added", "account.login.ok"] == [deed.name for deed in deeds[:2]]
    assert [(user.id, "xiaoling"), ("unknown", "unknown")] == [
        (deed.subject, deed.who) for deed in deeds if deed.name == "account.login.failed"
    ]


def test_a_link_signs_in_once(client: TestClient, services: Services) -> None:
    """The second time it is refused, as after a day."""
    user = add(services, password=None)
    link = services.db.transaction(lambda tx: sessions.make_link(tx, user, START)).token
    answers = [client.post("/api/v1/session", json={"link": link}) for _ in range(2)]

    assert [(201, "xiaoling"), (403, None)] == [
        (answer.status_code, answer.json().get("name")) for answer in answers
    ]


def test_a_users_key_acts_as_the_user(client: TestClient, services: Services) -> None:
    """Without cookie and without the page's token."""
    user = add(services, role=Role.STAFF)
    key = services.db.transaction(lambda tx: sessions.make_key(tx, user, START)).token
    headers = {"Authorization": f"Bearer {key}"}

    assert ("staff", "") == (
        client.get("/api/v1/session", headers=headers).json()["role"],
        client.get("/api/v1/session", headers=headers).json()["csrf"],
    )
    assert 200 == client.post("/api/v1/suggest", json={"text": "x"}, headers=headers).status_code


def test_kinds_of_tokens_are_not_mixed(client: TestClient, services: Services) -> None:
    """A link is no key, a session is no key, a key is no session."""
    user = add(services)
    link = services.db.transaction(lambda tx: sessions.make_link(tx, user, START)).token
    key = services.db.transaction(lambda tx: sessions.make_key(tx, user, START)).token
    sign_in(client)
    session = client.cookies["shopbot_session"]
    client.cookies.clear()
    by_key = [
        client.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (link, session)
    ]
    by_cookie = client.get("/api/v1/session", headers={"Cookie": f"shopbot_session={key}"})

    assert ([401, 401], 401) == (by_key, by_cookie.status_code)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "longest"])
def test_a_session_ends(
    client: TestClient, services: Services, clock: FixedClock, idle: bool
) -> None:
    """After twelve hours without use; after a week however much it is used."""
    add(services)
    sign_in(client)
    step, times = (timedelta(hours=13), 1) if idle else (timedelta(hours=11), 16)
    seen = []
    for _ in range(times):
        clock.move(step)
        seen.append(client.get("/api/v1/session").status_code)
        services.db.check()

    assert [200] * (len(seen) - 1) + [401] == seen


@pytest.mark.parametrize("how", ["password", "disabled"])
def test_a_session_ends_with_the_password_and_the_account(
    client: TestClient, services: Services, how: str
) -> None:
    """At once, in every browser and program."""
    user = add(services)
    key = services.db.transaction(lambda tx: sessions.make_key(tx, user, START)).token
    sign_in(client)

    def change(tx: Any) -> None:
        if how == "password":
            store.set_password(tx, user, "seven green lamps", START)
        else:
            store.set_open(tx, user, False, START)

    services.db.transaction(change)
    headers = {"Authorization": f"Bearer {key}"}

    assert (401, 401) == (
        client.get("/api/v1/session").status_code,
        client.get("/api/v1/session", headers=headers).status_code,
    )


def test_a_user_of_another_store_is_a_stranger(client: TestClient, services: Services) -> None:
    """In the same database, with every kind of token."""
    user = add(services, store_id="other")
    key = services.db.transaction(lambda tx: sessions.make_key(tx, user, START)).token

    assert (401, 401) == (
        sign_in(client).status_code,
        client.get("/api/v1/orders", headers={"Authorization": f"Bearer {key}"}).status_code,
    )


# --- pages of other sites -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-Shopbot-Csrf": "x"}, 403),
        ({"X-Shopbot-Csrf": "right"}, 200),
        ({"X-Shopbot-Csrf": "right", "Origin": LOCAL}, 200),
        ({"X-Shopbot-Csrf": "right", "Origin": "http://evil.example"}, 403),
        ({"X-Shopbot-Csrf": "right", "Origin": "http://127.0.0.1:8001"}, 403),
        ({"X-Shopbot-Csrf": "right", "Origin": "https://127.0.0.1:8000"}, 403),
        ({"X-Shopbot-Csrf": "right", "Origin": "null"}, 403),
        ({"X-Shopbot-Csrf": "right", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-Shopbot-Csrf": "right", "Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_cookie_acts_only_for_our_own_pages(
    client: TestClient, services: Services, headers: dict[str, str], status: int
) -> None:
    """The page's token and, where the browser tells it, our own origin."""
    add(services)
    csrf = sign_in(client).json()["csrf"]
    given = {name: csrf if value == "right" else value for name, value in headers.items()}
    told = client.post("/api/v1/suggest", json={"text": "x"}, headers=given)

    assert status == told.status_code


def test_reading_needs_no_page_token(client: TestClient, services: Services) -> None:
    """Nothing is changed by it, and other sites cannot read the answer."""
    add(services)
    sign_in(client)

    assert 200 == client.get("/api/v1/orders").status_code


@pytest.mark.parametrize("where", ["token", "visitor", "X-Shopbot-Visitor", "key"])
def test_a_secret_in_an_address_opens_nothing(client: TestClient, where: str) -> None:
    """It would stand in logs, histories and referrers."""
    token = welcome(client).json()["token"]
    told = client.get("/api/v1/orders/mine", params={where: token})

    assert 401 == told.status_code


# --- sockets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "greeted"),
    [
        (LOCAL, True),
        ("http://evil.example", False),
        ("https://shop.example", False),
        ("http://127.0.0.1:8001", False),
        ("", False),
    ],
    ids=["own", "foreign", "widget", "other-port", "none"],
)
def test_a_cookie_opens_a_socket_for_our_own_page_only(
    client_for: Maker, services: Services, origin: str, greeted: bool
) -> None:
    """A browser sends the cookie along with any page's socket, so its Origin must be exactly ours.

    The shop's site may carry the shopper's chat, never the desk.
    """
    add(services)
    client = client_for(widget_origins=("https://shop.example",))
    sign_in(client)
    headers = {"Cookie": f"shopbot_session={client.cookies['shopbot_session']}"}
    if origin:
        headers["Origin"] = origin
    told = answer_of(client, "agent", headers, {"type": "hello"})

    assert told == "welcome" if greeted else told in {4401, 4403}


def test_a_token_in_a_sockets_address_opens_nothing(client: TestClient, services: Services) -> None:
    """It belongs into the first frame."""
    token = welcome(client).json()["token"]
    hello = {"type": "hello", "token": "", "conversation": "none"}
    told = answer_of(client, f"shopper?token={token}", {"Origin": LOCAL}, hello)

    assert told in {4400, 4401}


def answer_of(
    client: TestClient, socket: str, headers: dict[str, str], hello: dict[str, str]
) -> str | int:
    """Greet a socket; return the type of its answer, or with which code it was closed."""
    where = f"{LOCAL.replace('http', 'ws')}/api/v1/socket/{socket}"
    try:
        with client.websocket_connect(where, headers=headers) as line:
            line.send_json(hello)
            while (told := line.receive_json())["type"] in {"error", "bye"}:
                pass
            return str(told["type"])
    except WebSocketDisconnect as end:
        return end.code
