"""News that agents look at first, over HTTP and on the morning's list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shopbot import audit
from shopbot.orders import outgoing, restock_steps
from shopbot.orders.restock import OnShelf
from shopbot.orders.round import find_round
from shopbot.storage import SqliteDatabase
from shopbot.web.server import create_app
from shopbot.web.services import Services
from shopbot.worker import run_once
from tests.conftest import START
from tests.order_facts import RULES, STORE
from tests.signed_in import AGENT, with_key
from tests.unit.test_due_work import STUCK, TRAVELS, bring
from tests.unit.test_proactive import FOUND, LOST, agenda

PATH = "/api/v1/orders/proactive"


def wait_for(db: SqliteDatabase, visitor: str, colour: str) -> None:
    """Let a visitor wait for a jacket."""
    goods = OnShelf(product="A-01", name="冲锋衣", colour=colour, size="L", state="out")
    db.transaction(lambda tx: restock_steps.take_wish(tx, visitor, goods, RULES, START))


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key, a parcel that is lost, and three shoppers who wait for jackets."""
    db: Any = services.db
    bring(db, tmp_path, TRAVELS, LOST, START)
    run_once(db, agenda(db), worker="w", now=START)
    for visitor, colour in (("v1", "黑"), ("v2", "黑"), ("v3", "绿")):
        wait_for(db, visitor, colour)
    with TestClient(create_app(with_key(services)), base_url="http://127.0.0.1:8000") as made:
        yield made


def held(client: TestClient) -> Any:
    """Return what is held."""
    return client.get(PATH, headers=AGENT).json()["held"]


def decide(client: TestClient, name: str, verb: str, body: Any = None, key: str = "k1") -> Any:
    """Release or drop a message."""
    headers = {**AGENT, "Idempotency-Key": key}
    return client.post(f"{PATH}/{name}/{verb}", json=body, headers=headers)


def state(services: Services) -> list[tuple[str, str]]:
    """Return state and reason of the order's messages."""
    found = outgoing.list_messages(services.db, STORE, STUCK)
    return [(one.state, one.why) for one in found]


def test_what_is_held_is_listed_in_its_words(client: TestClient) -> None:
    """With its time and what then happens; strangers see nothing."""
    told = client.get(PATH, headers=AGENT).json()
    [one] = told["held"]

    assert ("lost", "丢件", STUCK, "go") == (
        one["kind"], one["kind_text"], one["order"], one["then"],
    )  # fmt: skip
    assert "2026-11-22T16:00:00+08:00" == one["held_until"]
    assert "order.track.lost" in one["text"]
    assert 401 == client.get(PATH).status_code


def test_who_waits_for_what_is_counted(client: TestClient) -> None:
    """The most wanted first; nobody is named."""
    told = client.get(PATH, headers=AGENT).json()

    assert 3 == told["waiting"]
    assert [("冲锋衣（黑，L）", 2), ("冲锋衣（绿，L）", 1)] == [
        (one["title"], one["waiting"]) for one in told["restock"]
    ]
    assert "v1" not in str(told)


def test_a_message_is_released_once(client: TestClient, services: Services) -> None:
    """The same key gets the same answer, another one finds it done; the audit names who."""
    [one] = held(client)
    first, again = (decide(client, one["id"], "release") for _ in range(2))
    other = decide(client, one["id"], "release", key="k2")
    deeds = audit.list_deeds(services.db, store_id=STORE, subject=STUCK)

    assert [200, 200, 200] == [first.status_code, again.status_code, other.status_code]
    assert first.json() == again.json() == other.json()
    assert "true" == again.headers["Idempotent-Replayed"]
    assert ("waiting", []) == (first.json()["state"], held(client))
    assert 1 == [deed.name for deed in deeds].count("order.news.released")
    assert 409 == decide(client, one["id"], "drop", {"why": "晚了"}, "k3").status_code


def test_a_message_is_dropped_with_why(client: TestClient, services: Services) -> None:
    """Which is kept with it; it cannot be let go any more."""
    [one] = held(client)
    blank = decide(client, one["id"], "drop", {"why": ""}, "k0")
    done = decide(client, one["id"], "drop", {"why": "已打电话"})
    late = decide(client, one["id"], "release", key="k2")

    assert 422 == blank.status_code
    assert ("dropped", "staff", "已打电话") == tuple(
        done.json()[name] for name in ("state", "why", "note")
    )
    assert (409, [("dropped", "staff")]) == (late.status_code, state(services))


def test_what_is_not_so_any_more_is_dropped_when_it_is_released(
    client: TestClient, services: Services, tmp_path: Path
) -> None:
    """The parcel has turned up: the list leaves it out, and nobody can send it by mistake."""
    [one] = held(client)
    bring(services.db, tmp_path, "", FOUND, START + timedelta(minutes=5))  # type: ignore[arg-type]
    listed = held(client)
    done = decide(client, one["id"], "release").json()

    assert ([], "dropped", "not-true") == (listed, done["state"], done["why"])


@pytest.mark.parametrize("verb", ["release", "drop"])
def test_what_is_not_there_is_not_found(client: TestClient, verb: str) -> None:
    """Whatever is to be done with it."""
    assert 404 == decide(client, "msg_none", verb, {"why": "x"}).status_code


def test_the_morning_shows_both(client: TestClient, services: Services) -> None:
    """Each with its next step: what is held by its time, goods with how many wait."""
    told = find_round(services.db, RULES, START)
    [news], goods = told.of("news"), told.of("restock")

    assert (STUCK, START + timedelta(hours=4), False) == (news.subject, news.due, news.overdue)
    assert "照发" in news.next
    assert {("冲锋衣（黑，L）", "2 位顾客在等"), ("冲锋衣（绿，L）", "1 位顾客在等")} == {
        (one.subject, one.says) for one in goods
    }
    assert [None, None] == [one.due for one in goods]
    assert {"A-01"} == {one.ref for one in goods}


def test_the_morning_says_whose_time_ends(client: TestClient, services: Services) -> None:
    """On the last day somebody must ask whether there will be more."""
    last = START + timedelta(days=60)
    goods = find_round(services.db, RULES, last).of("restock")

    assert [last, last] == [one.due for one in goods]
    assert all("到期" in one.next for one in goods)


def test_the_morning_leaves_out_what_is_not_so(
    client: TestClient, services: Services, tmp_path: Path
) -> None:
    """Nobody is sent to look at a message that nobody will get."""
    bring(services.db, tmp_path, "", FOUND, START + timedelta(minutes=5))  # type: ignore[arg-type]

    assert () == find_round(services.db, RULES, START + timedelta(minutes=6)).of("news")
    assert client.get(PATH, headers=AGENT).json()["held"] == []
