"""The door: whose page, from where, how often, how large, and what the browser is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from shopbot.ids import FixedClock
from shopbot.web import limits
from shopbot.web.forwarded import Forwarded
from shopbot.web.origin import is_foreign_page, is_own_page, normal, own_origin
from shopbot.web.rates import Rate, RateLimit, network
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.apart import apart

LOCAL = "http://127.0.0.1:8000"
KEY = "correct-horse-battery-staple"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Maker = Callable[..., TestClient]


@pytest.fixture
def client_for(services: Services) -> Iterator[Maker]:
    """Make clients of a server with other settings."""
    made: list[TestClient] = []

    def make(base_url: str = LOCAL, client: str = "203.0.113.9", **changes: Any) -> TestClient:
        given = {"agent_key": SecretStr(KEY), **changes}
        changed = replace(services, settings=services.settings.model_copy(update=given))
        app = create_app(changed)
        made.append(
            TestClient(
                app, base_url=base_url, raise_server_exceptions=False, client=(client, 50_000)
            )
        )
        return made[-1]

    yield make
    for client in made:
        client.close()


# --- proxies --------------------------------------------------------------------------------------


def seen(trusted: tuple[str, ...], client: str, **headers: str) -> tuple[str, str]:
    """Return whom and which scheme the application sees."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def nowhere(message: Message) -> None:
        return None

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": "http", "client": (client, 1), "headers": raw}
    apart(Forwarded(app, trusted)(scope, nothing, nowhere))
    return found[0]["client"][0], found[0]["scheme"]


@pytest.mark.parametrize(
    ("trusted", "client", "headers", "expected"),
    [
        ((), "10.0.0.1", {"x_forwarded_for": "1.1.1.1"}, ("10.0.0.1", "http")),
        (("10.0.0.2",), "10.0.0.1", {"x_forwarded_for": "1.1.1.1"}, ("10.0.0.1", "http")),
        (("10.0.0.1",), "10.0.0.1", {"x_forwarded_for": "1.1.1.1"}, ("1.1.1.1", "http")),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "9.9.9.9, 1.1.1.1, 10.0.0.7"},
         ("1.1.1.1", "http")),
        (("10.0.0.1",), "10.0.0.1", {"x_forwarded_for": "nonsense"}, ("10.0.0.1", "http")),
        (("10.0.0.1",), "10.0.0.1", {}, ("10.0.0.1", "http")),
        (("10.0.0.1",), "10.0.0.1", {"x_forwarded_proto": "https"}, ("10.0.0.1", "https")),
        (("10.0.0.1",), "10.0.0.1", {"x_forwarded_proto": "gopher"}, ("10.0.0.1", "http")),
        (("10.0.0.1",), "1.2.3.4", {"x_forwarded_proto": "https"}, ("1.2.3.4", "http")),
        (("::1",), "::1", {"x_forwarded_for": "2001:db8::5"}, ("2001:db8::5", "http")),
    ],
    ids=["nobody", "another", "one", "chain", "nonsense", "silent", "tls", "odd", "made-up", "v6"],
)  # fmt: skip
def test_only_named_proxies_are_believed(
    trusted: tuple[str, ...], client: str, headers: dict[str, str], expected: tuple[str, str]
) -> None:
    """The last address that is no proxy of ours counts: what stands before it may be made up."""
    assert expected == seen(trusted, client, **headers)


def test_a_made_up_address_does_not_widen_the_limit(client_for: Maker) -> None:
    """Who is no proxy is counted by the line they come on."""
    client = client_for(rate=3)
    statuses = [
        client.get("/healthz", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(4)
    ]

    assert [200, 200, 200, 429] == statuses


# --- rates ----------------------------------------------------------------------------------------


def test_an_address_that_calls_too_often_is_told_when_to_come_back(
    client_for: Maker, clock: FixedClock
) -> None:
    """429 with Retry-After, the code and a Chinese sentence; later it goes on."""
    client = client_for(rate=60)
    many = [client.get("/healthz").status_code for _ in range(60)]
    refused = client.get("/healthz")
    clock.move(timedelta(seconds=int(refused.headers["Retry-After"])))

    assert {200} == set(many)
    assert (429, "request.rate", "1") == (
        refused.status_code,
        refused.json()["error"],
        refused.headers["Retry-After"],
    )
    assert "请过 1 秒再试" in refused.json()["message"]
    assert 200 == client.get("/healthz").status_code


def test_the_agent_key_is_not_counted(client_for: Maker) -> None:
    """A gateway brings a whole shop's traffic from one address."""
    client = client_for(rate=2)
    headers = {"Authorization": f"Bearer {KEY}"}

    assert {200} == {client.get("/healthz", headers=headers).status_code for _ in range(10)}


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_a_household_counts_as_one(address: str | None, counted: str) -> None:
    """An IPv4 address, the /64 of an IPv6 address."""
    assert counted == network(address)


@given(
    count=st.integers(1, 20),
    seconds=st.integers(1, 600),
    steps=st.lists(st.floats(0, 100), max_size=80),
)
def test_no_span_has_more_than_twice_the_rate(count: int, seconds: int, steps: list[float]) -> None:
    """At most a full burst and what trickled in; who waits as told may go on."""
    limit, now, taken = RateLimit(Rate(count=count, per=timedelta(seconds=seconds))), NOW, []
    for step in steps:
        now += timedelta(seconds=step)
        wait = limit.take("x", now)
        if wait == 0:
            taken.append(now)
        else:
            later = now + timedelta(seconds=wait)
            assert limit.spent("x", later) <= 1 - 1 / count + 1e-6
    span = timedelta(seconds=seconds)

    assert all(sum(start <= at < start + span for at in taken) <= 2 * count for start in taken)


def test_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood from many addresses is forgotten from its emptiest end; the busiest stay counted."""
    monkeypatch.setattr("shopbot.web.rates._MOST_NAMES", 100)
    limit = RateLimit(Rate(count=3, per=timedelta(hours=1)))
    for _ in range(3):
        limit.take("busy", NOW)
    for number in range(1_000):
        limit.take(f"n{number}", NOW)

    assert len(limit._full_at) <= 101
    assert limit.take("busy", NOW) > 0


# --- origins --------------------------------------------------------------------------------------


def scope_of(scheme: str = "http", **headers: str) -> Scope:
    """Return what a call looks like."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "scheme": scheme, "headers": raw}


@pytest.mark.parametrize(
    ("origin", "plain"),
    [
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("null", ""),
        ("", ""),
        ("https://shop.example/path", ""),
        ("javascript:alert(1)", ""),
        ("http://x:99999", ""),
    ],
)
def test_an_origin_has_one_form(origin: str, plain: str) -> None:
    """Case and the usual port fall away; what is none is blank."""
    assert plain == normal(origin)


def test_sockets_have_the_origin_of_their_page() -> None:
    """A page of https opens wss."""
    assert "https://shop.example" == own_origin(scope_of("wss", host="shop.example"))
    assert is_own_page(scope_of("wss", host="shop.example", origin="https://shop.example"))
    assert not is_own_page(scope_of("wss", host="shop.example"))


def test_a_named_site_may_carry_the_chat() -> None:
    """Others may not, nor one whose name only begins like it."""
    allowed = ("https://shop.example",)

    def foreign(origin: str) -> bool:
        return is_foreign_page(scope_of(host="help.example", origin=origin), allowed)

    assert [False, True, True, True] == [
        foreign("https://shop.example"),
        foreign("https://shop.example.evil.example"),
        foreign("http://shop.example"),
        foreign("null"),
    ]


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        ("/api/v1/visitors", "https://shop.example", 201),
        ("/api/v1/visitors", "https://evil.example", 403),
        ("/api/v1/visitors", LOCAL, 201),
        ("/api/v1/session", "https://shop.example", 403),
        ("/api/v1/session", LOCAL, 401),
    ],
)
def test_pages_of_other_sites_may_not_post(
    client_for: Maker, path: str, origin: str, status: int
) -> None:
    """The shopper's side from the shop's site, signing in from our own pages alone."""
    client = client_for(widget_origins=("https://shop.example",))
    body = {"name": "x", "password": "y"} if path.endswith("session") else {}

    assert status == client.post(path, json=body, headers={"Origin": origin}).status_code


# --- bodies ---------------------------------------------------------------------------------------


def test_a_body_that_does_not_end_is_given_up(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408, and the place is free again."""
    monkeypatch.setattr(limits, "_BODY_S", 0.05)
    told: list[Message] = []

    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Message) -> None:
        told.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/api/v1/suggest",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "state": {"facts": {}},
    }  # fmt: skip
    apart(limits.Door(app, services.settings, services.clock.now)(scope, drip, send))

    assert 408 == told[0]["status"]


@pytest.mark.parametrize(
    ("media", "size", "status"),
    [
        ("image/jpeg", 100_000, 404),
        ("text/plain", 10, 415),
        ("multipart/form-data; boundary=x", 10, 415),
        ("", 10, 415),
        ("image/jpeg", 2_000_000, 413),
    ],
    ids=["picture", "text", "form", "none", "large"],
)
def test_pictures_have_a_limit_of_their_own(
    client_for: Maker, media: str, size: int, status: int
) -> None:
    """As they are, never as a form that another site's page could send."""
    client = client_for(max_upload=1_000_000)
    path = "/api/v1/conversations/none/media"
    token = client.post("/api/v1/visitors").json()["token"]
    told = client.post(
        path, content=b"x" * size, headers={"Content-Type": media, "X-Shopbot-Visitor": token}
    )

    assert status == told.status_code


# --- what the browser is told ---------------------------------------------------------------------


def test_the_policy_is_strict(client_for: Maker) -> None:
    """Nothing inline, nothing from elsewhere, no frame, no plug-in, no form to another place."""
    policy = client_for().get("/healthz").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert all(
        part in policy
        for part in (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'", "connect-src 'self'",
        )
    )  # fmt: skip


def test_only_the_chat_may_be_framed_and_only_by_named_sites(client_for: Maker) -> None:
    """Everything else stays out of frames, the desk above all."""
    client = client_for(widget_origins=("https://shop.example",))
    chat, page = client.get("/chat").headers, client.get("/login").headers

    assert "frame-ancestors https://shop.example" in chat["Content-Security-Policy"]
    assert "X-Frame-Options" not in chat
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "DENY" == page["X-Frame-Options"]


@pytest.mark.parametrize(
    ("path", "kept"), [("/static/style.css", "no-cache"), ("/healthz", "no-store")]
)
def test_private_answers_are_not_kept(client_for: Maker, path: str, kept: str) -> None:
    """Files are asked for anew each time, answers never stored."""
    assert kept == client_for().get(path).headers["Cache-Control"]


def test_https_stays_https(client_for: Maker) -> None:
    """Told over https only."""
    over_https = client_for("https://localhost").get("/healthz").headers
    over_http = client_for().get("/healthz").headers

    assert over_https["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in over_http
