"""What a person sees who opens an address that is not there, or not for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from shopbot.roles import Role
from shopbot.web.auth import COOKIE
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import session_of

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A browser in which somebody who keeps the knowledge is signed in."""
    with TestClient(create_app(services), base_url="http://127.0.0.1:8000") as made:
        made.cookies.set(COOKIE, session_of(services, Role.STAFF))
        yield made


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        pytest.param("/dsek", 404, "没有这个页面", id="mistyped"),
        pytest.param("/desk", 403, "没有这项权限", id="not-for-them"),
    ],
)
def test_a_person_gets_a_page_with_ways_on(
    client: TestClient, path: str, status: int, words: str
) -> None:
    """Chinese words and links, in place of JSON."""
    found = client.get(path, headers=PAGE)

    assert (status, "text/html; charset=utf-8") == (
        found.status_code,
        found.headers["Content-Type"],
    )
    assert words in found.text
    assert all(f'href="{way}"' in found.text for way in ("/chat", "/desk", "/"))


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/static/nothing.js"])
def test_a_program_gets_json_whatever_it_accepts(client: TestClient, path: str) -> None:
    """The API has one form of errors."""
    found = client.get(path, headers=PAGE)

    assert (404, "not-found") == (found.status_code, found.json()["error"].rpartition(".")[2])


def test_nothing_that_was_asked_for_comes_back(client: TestClient) -> None:
    """An address is no way to put words, or more, on the shop's page."""
    found = client.get("/%3Cscript%3Ealert(1)%3C/script%3E?q=<b>", headers=PAGE)

    assert 404 == found.status_code
    assert "alert" not in found.text
    assert "<b>" not in found.text
