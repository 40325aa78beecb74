"""Markup in every text field of the talk: kept as it was typed, told as JSON, never as a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shopbot.ids import FixedClock
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, with_key

TALKS = "/api/v1/conversations"
EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${7*7}{7*7}{{7*7}}",
    "</textarea><iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">亲</a>",
    "&lt;b&gt;&#x3c;script&#x3e;",
    "'; DROP TABLE conversations; --",
)  # fmt: skip


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of a server that has an agent key."""
    with TestClient(create_app(with_key(services)), base_url="http://127.0.0.1:8000") as made:
        yield made


@pytest.fixture
def shopper(client: TestClient) -> dict[str, str]:
    """A visitor's headers."""
    return {"X-Shopbot-Visitor": client.post("/api/v1/visitors", json={}).json()["token"]}


@pytest.fixture
def talk(client: TestClient, shopper: dict[str, str]) -> str:
    """A talk that an agent holds."""
    made = client.post(TALKS, json={}, headers=shopper).json()["id"]
    assert client.post(f"{TALKS}/{made}/take", headers=AGENT).is_success
    return str(made)


def seen(client: TestClient, talk: str, who: dict[str, str]) -> list[dict[str, Any]]:
    """Return the bodies of all events, and check that a browser takes them for nothing but data."""
    told = client.get(f"{TALKS}/{talk}/events", headers=who)
    assert told.headers["content-type"].startswith("application/json")
    assert told.headers["x-content-type-options"] == "nosniff"
    return [event["body"] for event in told.json()["events"]]


@pytest.mark.parametrize("text", EVIL)
def test_markup_stays_text(
    client: TestClient, shopper: dict[str, str], talk: str, text: str, clock: FixedClock
) -> None:
    """Messages, notes, promises, ratings and presence come back as typed, and only to who may see them."""
    path = f"{TALKS}/{talk}"
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    message = {"body": {"text": text}, "anyway": True}
    done = [
        client.post(f"{path}/messages", json={"body": {"text": text}}, headers=shopper),
        client.post(f"{path}/messages", json=message, headers=AGENT),
        client.post(f"{path}/notes", json={"text": text}, headers=AGENT),
        client.post(f"{path}/promises", json={"what": text, "until": soon}, headers=AGENT),
        client.post(f"{path}/rating", json={"stars": 1, "words": text}, headers=shopper),
    ]
    promises = client.get(f"/api/v1/promises?conversation={talk}", headers=AGENT).json()

    kept = "{" not in text  # an agent's line with a gap for a fact must not leave

    assert [201, 201 if kept else 409, 201, 201, 200] == [one.status_code for one in done]
    texts = [body["text"] for body in seen(client, talk, AGENT) if "text" in body]
    assert {text} == set(texts)
    assert 2 + kept == len(texts)
    assert 1 + kept == sum(body.get("text") == text for body in seen(client, talk, shopper))
    assert [text] == [one["what"] for one in promises["promises"]]
