"""Follow-ups over HTTP: for agents, each POST once, the record as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from shopbot.orders import lost_buyers
from shopbot.orders.followup_store import LostBuyer
from shopbot.web.followups import XLSX
from shopbot.web.server import create_app
from shopbot.web.services import Services
from shopbot.worker import run_once
from tests.order_facts import RULES
from tests.signed_in import AGENT, with_key
from tests.unit.test_followups import ALL, NOW, agenda, bought, finish


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key and three follow-ups."""
    db: Any = services.db
    finish(db, *bought(tmp_path, db, "甲方", "乙方", "丙方"))
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    with TestClient(create_app(with_key(services)), base_url="http://127.0.0.1:8000") as made:
        yield made


def listed(client: TestClient, **wanted: Any) -> Any:
    """List follow-ups."""
    return client.get("/api/v1/followups", params=wanted, headers=AGENT).json()


def fill_in(client: TestClient, name: str, body: Any, key: str = "k1") -> Any:
    """Post a form."""
    return client.post(
        f"/api/v1/followups/{name}/record", json=body, headers={**AGENT, "Idempotency-Key": key}
    )


def test_follow_ups_are_listed_page_by_page_and_masked(client: TestClient) -> None:
    """Noon is no hour to call, so nothing is due yet."""
    first = listed(client, count=2)
    rest = listed(client, count=2, after=first["next"])
    shown = [*first["followups"], *rest["followups"]]

    assert (3, None) == (len({one["id"] for one in shown}), rest["next"])
    assert "甲方" not in str(shown)
    assert [False] * 3 == [one["convenient_now"] for one in shown]
    assert [] == listed(client, due=True)["followups"]
    assert [] == listed(client, state="done")["followups"]


def test_a_form_is_filled_in_once(client: TestClient) -> None:
    """The same key gets the same answer; a second form does not fit."""
    name = listed(client)["followups"][0]["id"]
    body = {"result": "satisfied", "score": 5}
    done, again = (fill_in(client, name, body) for _ in range(2))
    over = fill_in(client, name, body, key="k2")
    shown = client.get(f"/api/v1/followups/{name}", headers=AGENT).json()

    assert (200, "done", True, "agent") == (
        done.status_code, done.json()["state"], done.json()["satisfied"], done.json()["done_by"],
    )  # fmt: skip
    assert (done.json(), "true") == (again.json(), again.headers["Idempotent-Replayed"])
    assert (409, "followup.not-now") == (over.status_code, over.json()["error"])
    assert ["followup.opened", "followup.satisfied"] == [one["name"] for one in shown["history"]]
    assert "exchange" == shown["case"]["kind"]


def test_the_record_is_given_as_a_workbook(client: TestClient) -> None:
    """For Excel, with all sheets."""
    answer = client.get("/api/v1/followups/export", headers=AGENT)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))

    assert XLSX == answer.headers["content-type"]
    assert 3 == len(book.sheetnames)
    assert 4 == book.worksheets[0].max_row


def test_nobody_is_lost_yet(client: TestClient) -> None:
    """An empty list is a list."""
    assert {"lost": []} == client.get("/api/v1/followups/lost", headers=AGENT).json()


def test_what_came_of_a_lost_buyer_is_written_once(client: TestClient, services: Services) -> None:
    """The same key and the same result again change nothing; another result does not fit."""
    db: Any = services.db
    lost = LostBuyer(
        buyer="甲方", last_order="2611150001", last_at=NOW, orders=3, paid_fen=90000
    )  # fmt: skip
    db.transaction(lambda tx: lost_buyers.announce(tx, [lost], RULES, NOW))
    [notice] = lost_buyers.list_open(db, RULES.store_id)

    def end(result: str, key: str) -> Any:
        return client.post(
            f"/api/v1/followups/lost/{notice.id}/done", json={"result": result, "note": "已打电话"},
            headers={**AGENT, "Idempotency-Key": key},
        )  # fmt: skip

    first, again, other = end("contacted", "a"), end("contacted", "b"), end("given-up", "c")

    assert (200, "contacted", "agent") == (
        first.status_code, first.json()["state"], first.json()["done_by"],
    )  # fmt: skip
    assert "甲方" != first.json()["buyer"]
    assert (200, 409) == (again.status_code, other.status_code)
    assert [] == lost_buyers.list_open(db, RULES.store_id)


@pytest.mark.parametrize("path", ["", "/lost", "/export", "/fup_x"])
def test_strangers_learn_nothing(client: TestClient, path: str) -> None:
    """Neither whether one is there."""
    assert 401 == client.get(f"/api/v1/followups{path}").status_code
    assert 401 == client.post(
        "/api/v1/followups/fup_x/record", json={"result": "satisfied"},
        headers={"Idempotency-Key": "k"},
    ).status_code  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"result": "satisfied"}, 404), ({"result": "fine"}, 422), ({}, 422),
        ({"result": "satisfied", "score": 6}, 422), ({"result": "satisfied", "note": "长" * 501}, 422),
    ],
)  # fmt: skip
def test_bad_bodies_and_unknown_ones_are_told(
    client: TestClient, body: dict[str, Any], status: int
) -> None:
    """Malformed is 422, not there is 404."""
    assert status == fill_in(client, "fup_none", body).status_code
