"""Reviews over HTTP: for agents, each POST once, banned words refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.order_tables import bring, line, order, write
from tests.signed_in import AGENT, with_key
from tests.unit.test_reviews import row, take


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key, an order and three reviews."""
    db: Any = services.db
    bring(
        db, orders=write(tmp_path / "o.csv", [order()]), lines=write(tmp_path / "l.csv", [line()])
    )
    rows = [
        row(评价内容="太差了，电话13812345512", 评价时间="2026-11-21 10:00"),
        row(评价ID="R2", 评分="5", 评价内容="很好", 评价时间="2026-11-21 11:00"),
        row(评价ID="R3", 评分="", 评价内容="客服不理人，差评", 评价时间="2026-11-21 12:00"),
    ]
    take(db, tmp_path, *rows)
    with TestClient(create_app(with_key(services)), base_url="http://127.0.0.1:8000") as made:
        yield made


def listed(client: TestClient, **wanted: Any) -> Any:
    """List reviews."""
    return client.get("/api/v1/reviews", params=wanted, headers=AGENT).json()


def post(client: TestClient, path: str, body: Any, key: str = "k1") -> Any:
    """Post with an idempotency key."""
    return client.post(
        f"/api/v1/reviews/{path}", json=body, headers={**AGENT, "Idempotency-Key": key}
    )


def test_reviews_are_listed_page_by_page_and_masked(client: TestClient) -> None:
    """Newest first; names and numbers hidden."""
    first = listed(client, count=2)
    rest = listed(client, count=2, after=first["next"])

    assert ["R3", "R2", "R1"] == [r["source_id"] for r in (*first["reviews"], *rest["reviews"])]
    assert rest["next"] is None
    assert "13812345512" not in rest["reviews"][0]["text"]
    assert "山间清风" != rest["reviews"][0]["buyer"]
    assert {"R1", "R3"} == {r["source_id"] for r in listed(client, bad=True)["reviews"]}
    assert {"R1", "R3"} == {r["source_id"] for r in listed(client, call="open")["reviews"]}


def test_a_review_is_shown_with_its_order_and_calls(client: TestClient) -> None:
    """Masked, with what may be answered."""
    review = listed(client, bad=True)["reviews"][0]["id"]
    told = client.get(f"/api/v1/reviews/{review}", headers=AGENT).json()

    assert (review, "open") == (told["review"]["id"], told["calls"][0]["state"])
    assert "2611150001" == told["order"]["number"]
    assert 2 == len(told["others"])
    assert "13812345512" not in str(told)
    assert {"text", "phrases", "sources", "missing", "stops"} == set(told["suggestion"])


def test_a_call_is_recorded_once(client: TestClient) -> None:
    """The same key gets the same answer, another one is told that the call is over."""
    review = listed(client, bad=True)["reviews"][0]["id"]
    body = {"result": "solved", "cause": "quality", "note": "已换货"}
    done, again = (post(client, f"{review}/call", body) for _ in range(2))
    over = post(client, f"{review}/call", body, key="k2")
    week = client.get("/api/v1/reviews/causes", params={"week": "2026-W47"}, headers=AGENT).json()

    assert (200, "done", "agent") == (
        done.status_code,
        done.json()["state"],
        done.json()["done_by"],
    )
    assert (done.json(), "true") == (again.json(), again.headers["Idempotent-Replayed"])
    assert (409, "review.call-over") == (over.status_code, over.json()["error"])
    assert {"quality": 1} == week["causes"]


def test_an_answer_is_kept_and_another_refused(client: TestClient) -> None:
    """Blank variables never leave."""
    review = listed(client, bad=True)["reviews"][0]["id"]
    blocked = post(client, f"{review}/answer", {"text": "{商品}抱歉"}, key="k0")
    kept = post(client, f"{review}/answer", {"text": "很抱歉，已经处理。"})
    second = post(client, f"{review}/answer", {"text": "别的话"}, key="k2")

    assert (409, "review.answer-blocked") == (blocked.status_code, blocked.json()["error"])
    assert (200, "很抱歉，已经处理。") == (kept.status_code, kept.json()["answer"])
    assert (409, "review.answered") == (second.status_code, second.json()["error"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None), ("GET", "/rev_x", None), ("GET", "/causes", None),
        ("POST", "/rev_x/call", {"result": "solved"}), ("POST", "/rev_x/answer", {"text": "好"}),
    ],
)  # fmt: skip
def test_strangers_learn_nothing(
    client: TestClient, method: str, path: str, body: dict[str, str] | None
) -> None:
    """Neither whether a review is there."""
    answer = client.request(
        method, f"/api/v1/reviews{path}", json=body, headers={"Idempotency-Key": "k"}
    )

    assert 401 == answer.status_code


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("rev_none/call", {"result": "solved"}, 404),
        ("rev_none/answer", {"text": "好"}, 404),
        ("rev_none/call", {"result": "gone"}, 422),
        ("rev_none/call", {"result": "solved", "cause": "weather"}, 422),
        ("rev_none/answer", {"text": "好" * 501}, 422),
        ("rev_none/answer", {}, 422),
    ],
)
def test_bad_bodies_and_unknown_reviews_are_told(
    client: TestClient, path: str, body: dict[str, str], status: int
) -> None:
    """Malformed is 422, not there is 404."""
    assert status == post(client, path, body).status_code


@pytest.mark.parametrize("query", [{"after": "x"}, {"count": 0}, {"call": "late"}, {"nope": 1}])
def test_bad_queries_are_told(client: TestClient, query: dict[str, Any]) -> None:
    """Not guessed at."""
    answer = client.get("/api/v1/reviews", params=query, headers=AGENT)

    assert answer.status_code in (404, 422)
