"""An agent's page without a socket: whoever looks at the desk over HTTP counts as there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from shopbot.ids import FixedClock
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import page_headers, with_key

LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of a server that has an agent key."""
    with TestClient(create_app(with_key(services)), base_url=LOCAL) as made:
        yield made


def test_an_agent_who_looks_at_the_desk_counts_as_there(
    client: TestClient, services: Services, clock: FixedClock
) -> None:
    """Looking is a sign of the page; without one an agent is lost after 45 seconds."""
    page = page_headers(services)
    client.post("/api/v1/desk/presence", json={"state": "online"}, headers=page)
    states = []
    for looks in (True, False):
        clock.move(timedelta(seconds=40))
        if looks:
            client.get("/api/v1/desk", headers=page)
        clock.move(timedelta(seconds=40))
        other = client.get("/api/v1/desk", headers=page_headers(services)).json()
        states.append([one["state"] for one in other["agents"]])

    assert [["online"], ["off"]] == states
