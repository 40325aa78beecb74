"""Goods that shoppers wait for, written down by agents over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shopbot import audit
from shopbot.chat.service import Chat
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, with_key
from tests.simulators.shelf import DOWN, JACKET, Rack

LOCAL = "http://127.0.0.1:8000"
TALKS = "/api/v1/conversations"


@pytest.fixture
def rack() -> Rack:
    """A shelf on which every jacket is gone but the green one in L."""
    return Rack(there={("绿", "L")})


@pytest.fixture
def client(services: Services, rack: Rack) -> Iterator[TestClient]:
    """A client of a server with that shelf."""
    chat = Chat(replace(services.chat.gear, shelf=rack))
    app = create_app(with_key(replace(services, chat=chat)))
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def shopper(client: TestClient) -> dict[str, str]:
    """A visitor's headers."""
    return {"X-Shopbot-Visitor": client.post("/api/v1/visitors", json={}).json()["token"]}


@pytest.fixture
def talk(client: TestClient, shopper: dict[str, str]) -> str:
    """The id of the visitor's talk."""
    return str(client.post(TALKS, json={}, headers=shopper).json()["id"])


def wish(client: TestClient, talk: str, key: str = "k1", **body: Any) -> Any:
    """Write a wish down as an agent."""
    headers = {**AGENT, "Idempotency-Key": key}
    return client.post(f"{TALKS}/{talk}/wishes", json={"product": JACKET, **body}, headers=headers)


def test_an_agent_writes_a_wish_down_once(
    client: TestClient, talk: str, services: Services
) -> None:
    """The same key gets the same answer, another finds it noted; the audit names who."""
    first, again = (wish(client, talk, colour="黑", size="L") for _ in range(2))
    other = wish(client, talk, "k2", colour="黑", size="L")
    listed = client.get(f"{TALKS}/{talk}/wishes", headers=AGENT).json()["wishes"]
    deeds = audit.list_deeds(services.db, store_id=services.store_id, subject=talk)

    assert (201, 201, 200) == (first.status_code, again.status_code, other.status_code)
    assert ("noted", "already") == (first.json()["outcome"], other.json()["outcome"])
    assert first.json() == again.json()
    assert ["冲锋衣（黑，L）"] == [one["title"] for one in listed]
    assert 1 == [deed.name for deed in deeds].count("restock.noted")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        pytest.param({"colour": "绿", "size": "L"}, "in-stock", id="there"),
        pytest.param({}, "which", id="some-are-there"),
        pytest.param({"product": DOWN}, "untold", id="nobody-counts-it"),
    ],
)
def test_what_is_not_waited_for_is_told(
    client: TestClient, talk: str, body: dict[str, str], outcome: str
) -> None:
    """Nothing is written, and the agent reads why."""
    told = wish(client, talk, **body)

    assert (200, outcome, []) == (
        told.status_code,
        told.json()["outcome"],
        told.json()["wishes"],
    )


def test_unknown_goods_and_talks_are_not_found(client: TestClient, talk: str) -> None:
    """Neither says which."""
    assert 404 == wish(client, talk, product="X-99").status_code
    assert 404 == wish(client, "cnv_none").status_code
    assert 404 == client.get(f"{TALKS}/cnv_none/wishes", headers=AGENT).status_code


def test_a_wish_is_taken_back(client: TestClient, talk: str) -> None:
    """Of one product, or of everything; a second time there is none."""
    wish(client, talk, colour="黑", size="L")
    path = f"{TALKS}/{talk}/wishes/stop"
    stopped = client.post(path, json={"product": JACKET}, headers=AGENT).json()
    again = client.post(path, json={}, headers=AGENT).json()

    assert ("stopped", [], "none") == (stopped["outcome"], stopped["wishes"], again["outcome"])


def test_shoppers_do_not_write_wishes_down(
    client: TestClient, talk: str, shopper: dict[str, str]
) -> None:
    """They tell the bot; this is the staff's."""
    headers = {**shopper, "Idempotency-Key": "k"}
    told = client.post(f"{TALKS}/{talk}/wishes", json={"product": JACKET}, headers=headers)

    assert 401 == told.status_code
