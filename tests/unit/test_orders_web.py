"""Orders over HTTP: agents by key, shoppers by proof, each POST once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shopbot.chat import buyers
from shopbot.orders import access, identity, store, tasks
from shopbot.orders.access import Asker
from shopbot.orders.identity import Claim, sign_token
from shopbot.orders.model import OrderTask, Refund
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.conftest import START
from tests.order_tables import SAMPLES, STORE, bring, order, write

AGENT = {"Authorization": "Bearer correct-horse-battery-staple"}
SITE_KEY = "the-key-of-the-site"
NUMBER = "2611150001"
Post = Callable[..., Any]


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with keys and two orders, one with a masked phone."""
    rows = [order(), order(订单编号="2611150002", 联系手机="138****5512")]
    bring(services.db, orders=write(tmp_path / "o.csv", rows))  # type: ignore[arg-type]
    changes = {
        "agent_key": SecretStr(AGENT["Authorization"][7:]),
        "site_key": SecretStr(SITE_KEY),
    }
    changed = replace(services, settings=services.settings.model_copy(update=changes))
    app = create_app(changed)
    with TestClient(app, base_url="http://127.0.0.1:8000") as made:
        yield made


def prove(client: TestClient, key: str = "k1", visitor: str = "", **body: str) -> Any:
    """Post a proof."""
    told = body or {"order": NUMBER, "phone_tail": "5512"}
    headers = {"Idempotency-Key": key, **({"X-Shopbot-Visitor": visitor} if visitor else {})}
    return client.post("/api/v1/orders/proofs", json=told, headers=headers)


def visitor_of(client: TestClient) -> str:
    """Return a new visitor's token."""
    return str(client.post("/api/v1/visitors").json()["token"])


def test_agents_list_orders_masked(client: TestClient) -> None:
    """Newest first, page by page."""
    first = client.get("/api/v1/orders?count=1", headers=AGENT).json()
    second = client.get(
        "/api/v1/orders", params={"count": 1, "after": first["next"]}, headers=AGENT
    ).json()
    rest = client.get(
        "/api/v1/orders", params={"count": 1, "after": second["next"]}, headers=AGENT
    ).json()

    assert ["2611150002", NUMBER] == [page["orders"][0]["number"] for page in (first, second)]
    assert ("林**", "138****5512") == (
        second["orders"][0]["receiver"],
        second["orders"][0]["phone"],
    )
    assert {"orders": [], "next": None} == rest


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status=paid", 2),
        ("status=closed", 0),
        ("buyer=山间清风", 2),
        ("since=2026-11-16T00:00:00Z", 0),
        ("until=2026-11-15T00:00:00%2B08:00", 0),
    ],
)
def test_lists_are_filtered(client: TestClient, query: str, numbers: int) -> None:
    """By state, buyer and time."""
    assert numbers == len(client.get(f"/api/v1/orders?{query}", headers=AGENT).json()["orders"])


@pytest.mark.parametrize(
    "query", ["status=gone", "since=2026-11-16T00:00:00", "count=0", "colour=red"]
)
def test_malformed_queries_are_422(client: TestClient, query: str) -> None:
    """And nothing else is."""
    assert 422 == client.get(f"/api/v1/orders?{query}", headers=AGENT).status_code


@pytest.mark.parametrize("cursor", ["x", "2026-11-16T00:00:00~1", "2026-02-30T00:00:00Z~1"])
def test_a_page_that_was_never_given_is_404(client: TestClient, cursor: str) -> None:
    """Not a bug, not somebody else's page."""
    told = client.get("/api/v1/orders", params={"after": cursor}, headers=AGENT)

    assert 404 == told.status_code


def test_an_agent_sees_an_order_whole(client: TestClient) -> None:
    """With the sentence that could be sent."""
    shown = client.get(f"/api/v1/orders/{NUMBER}", headers=AGENT).json()

    assert ("13812345512", "林小雨") == (shown["order"]["phone"], shown["order"]["receiver"])
    assert shown["text"].startswith("亲，您11月15日拍的岭上三合一冲锋衣")


@pytest.mark.parametrize(
    ("path", "status"),
    [("", 401), ("/mine", 401), (f"/{NUMBER}", 401), (f"/{NUMBER}/events", 401)],
)
def test_strangers_see_nothing(client: TestClient, path: str, status: int) -> None:
    """Neither key nor proof."""
    assert status == client.get(f"/api/v1/orders{path}").status_code


def test_a_shopper_proves_and_sees_their_order_masked(client: TestClient) -> None:
    """That one, with that secret."""
    made = prove(client)
    headers = {"X-Shopbot-Visitor": made.json()["visitor"]}
    shown = client.get(f"/api/v1/orders/{NUMBER}", headers=headers)
    mine = client.get("/api/v1/orders/mine", headers=headers).json()["orders"]
    other = client.get("/api/v1/orders/2611150002", headers=headers)
    none = client.get("/api/v1/orders/2611159999", headers=headers)

    assert (201, 200) == (made.status_code, shown.status_code)
    assert ("林**", "138****5512") == (
        shown.json()["order"]["receiver"],
        shown.json()["order"]["phone"],
    )
    assert [NUMBER] == [one["order"]["number"] for one in mine]
    assert (404, other.json()) == (other.status_code, none.json())


def test_news_of_a_proved_order_may_be_told(client: TestClient, services: Services) -> None:
    """In the talks of the visitor who proved it, nobody else's."""
    prove(client, order="2611150002", phone_tail="0000")
    refused = buyers.list_buyers(services.db, STORE, "2611150002", START)
    prove(client, key="k2")

    assert ([], 1) == (refused, len(buyers.list_buyers(services.db, STORE, NUMBER, START)))


def test_a_made_up_visitor_is_nobody(client: TestClient) -> None:
    """Also with the agent's key: whoever sends the header is a shopper, or nobody."""
    headers = {**AGENT, "X-Shopbot-Visitor": "v" * 43}
    answers = [
        client.get(f"/api/v1/orders/{NUMBER}", headers=headers),
        client.get("/api/v1/orders/mine", headers=headers),
        prove(client, visitor="v" * 43),
    ]

    assert [(401, "auth.visitor")] * 3 == [
        (answer.status_code, answer.json()["error"]) for answer in answers
    ]


def test_a_proof_in_the_talk_counts_here(client: TestClient, services: Services) -> None:
    """Proofs hang on the visitor, not on the way they came."""
    made = client.post("/api/v1/visitors").json()
    asker = Asker(store_id=STORE, visitor=made["visitor"], address="203.0.113.5")
    services.db.transaction(
        lambda tx: access.prove_by_phone(tx, asker, number=NUMBER, tail="5512", now=START)
    )
    headers = {"X-Shopbot-Visitor": made["token"]}

    assert 200 == client.get(f"/api/v1/orders/{NUMBER}", headers=headers).status_code


def test_no_secret_is_kept_with_the_answer(client: TestClient, services: Services) -> None:
    """The token stands in the database as a digest only."""
    token = prove(client).json()["visitor"]
    file = services.db.file  # type: ignore[attr-defined]
    raw = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert token.encode() not in raw


def test_the_agents_key_does_not_widen_a_shoppers_view(client: TestClient) -> None:
    """With the visitor's header the caller is the shopper."""
    headers = {**AGENT, "X-Shopbot-Visitor": visitor_of(client)}

    assert 404 == client.get(f"/api/v1/orders/{NUMBER}", headers=headers).status_code


@pytest.mark.parametrize(
    "body",
    [
        {"order": NUMBER, "phone_tail": "0000"},
        {"order": "2611159999", "phone_tail": "5512"},
        {"order": "2611150002", "phone_tail": "5512"},
        {"token": "v1.x.y"},
    ],
    ids=["wrong", "none", "masked", "bad-token"],
)
def test_refusals_are_alike(client: TestClient, body: dict[str, str]) -> None:
    """The same status and body, and no proof."""
    told = prove(client, **body)

    assert (403, "orders.proof-refused") == (told.status_code, told.json()["error"])
    assert told.json() == prove(client, key="k2", order="1234", phone_tail="1111").json()


def test_too_many_tries_are_told(client: TestClient) -> None:
    """The failed ones stay counted although they were refused."""
    for n in range(5):
        prove(client, key=f"k{n}", order=f"261115000{n + 3}", phone_tail="0000")
    told = prove(client, key="k9")

    assert (429, "orders.too-many-tries", 3600) == (
        told.status_code,
        told.json()["error"],
        told.json()["wait_s"],
    )


def test_answers_get_slower_right_or_wrong(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, services: Services
) -> None:
    """The server waits before it answers."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("shopbot.web.proofs.asyncio.sleep", wait)
    for n in range(4):
        prove(client, key=f"k{n}", phone_tail="0000", order=NUMBER)
    right = prove(client, key="k9")

    assert (201, [1, 2, 4]) == (right.status_code, waited)


def test_a_repeated_proof_gets_the_first_answer(client: TestClient) -> None:
    """Also with a token, which works once only."""
    visitor = visitor_of(client)
    claim = Claim(
        store_id=STORE, order="2611150002", nonce="n", expires_at=START + timedelta(minutes=5)
    )
    token = sign_token(SITE_KEY.encode(), claim)
    first = prove(client, visitor=visitor, token=token)
    again = prove(client, visitor=visitor, token=token)
    other = prove(client, visitor=visitor, key="k2", token=token)

    assert (201, 201, 403) == (first.status_code, again.status_code, other.status_code)
    assert first.json() == again.json()
    assert "true" == again.headers["Idempotent-Replayed"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"order": NUMBER},
        {"phone_tail": "1234"},
        {"order": NUMBER, "phone_tail": "12"},
        {"order": NUMBER, "phone_tail": "1234", "token": "x"},
        {"order": NUMBER, "phone_tail": "1234", "store_id": "other"},
    ],
    ids=str,
)
def test_malformed_proofs_are_422(client: TestClient, body: dict[str, str]) -> None:
    """Either way whole; the store never comes from the body."""
    headers = {"Idempotency-Key": "k"}
    told = client.post("/api/v1/orders/proofs", json=body, headers=headers)

    assert 422 == told.status_code


def test_a_creating_post_needs_its_key(client: TestClient) -> None:
    """422 without."""
    path = f"/api/v1/orders/{NUMBER}/notes"

    assert 422 == client.post(path, json={"text": "x"}, headers=AGENT).status_code


def test_a_note_is_kept_once(client: TestClient, services: Services) -> None:
    """However often it is sent; another body under the key is a conflict."""
    path = f"/api/v1/orders/{NUMBER}/notes"
    headers = {**AGENT, "Idempotency-Key": "k1"}
    first = client.post(path, json={"text": "放门卫"}, headers=headers)
    again = client.post(path, json={"text": "放门卫"}, headers=headers)
    other = client.post(path, json={"text": "放驿站"}, headers=headers)
    events = client.get(f"/api/v1/orders/{NUMBER}/events", headers=AGENT).json()["events"]

    assert (201, 201, 409) == (first.status_code, again.status_code, other.status_code)
    assert first.json() == again.json()
    assert ["放门卫"] == [one.text for one in store.get_facts(services.db, STORE, NUMBER).notes]
    assert 1 == sum(event["name"] == "order.note-added" for event in events)


def test_a_note_on_no_order_is_404(client: TestClient) -> None:
    """Nothing is kept."""
    headers = {**AGENT, "Idempotency-Key": "k1"}
    told = client.post("/api/v1/orders/none/notes", json={"text": "x"}, headers=headers)

    assert 404 == told.status_code


def test_the_samples_read_like_an_agent(client: TestClient, services: Services) -> None:
    """Kind, concrete, no word that a shop may not use."""
    bring(services.db, orders=SAMPLES / "orders.csv", lines=SAMPLES / "lines.csv")  # type: ignore[arg-type]
    listed = client.get("/api/v1/orders", headers=AGENT).json()["orders"]
    texts = [
        client.get(f"/api/v1/orders/{one['number']}", headers=AGENT).json()["text"]
        for one in listed
    ]
    banned = (
        "差不多",
        "大概",
        "可能吧",
        "不清楚",
        "不知道",
        "不行",
        "不可以",
        "保证",
        "绝对",
        "None",
        "{",
    )

    assert all(text.startswith("亲，您") and text.endswith("。") for text in texts)
    assert [] == [(word, text) for word in banned for text in texts if word in text]
    assert identity.HOLDS == timedelta(minutes=30)


def add_tasks(services: Services, count: int) -> None:
    """Let shoppers ask for the note of their order to be kept."""
    for n in range(count):
        task = OrderTask(
            id=f"task_{n}", store_id=STORE, order=NUMBER, kind="add-note", key=str(n),
            wanted="放门口", asked_at=START, due_at=START + timedelta(hours=n),
        )  # fmt: skip
        services.db.transaction(lambda tx, task=task: tasks.add_task(tx, task, START))  # type: ignore[misc]


def finish(client: TestClient, task: str, key: str, **body: str) -> Any:
    """Post what came of a task."""
    headers = {**AGENT, "Idempotency-Key": key}
    return client.post(f"/api/v1/orders/tasks/{task}", json=body, headers=headers)


def test_the_days_list_is_for_agents(client: TestClient, services: Services) -> None:
    """All, of one kind, or the first few; shoppers see their own tasks without the staff's names."""
    add_tasks(services, 3)
    path = "/api/v1/orders/due"
    whole = client.get(path, headers=AGENT).json()
    first = client.get(path, params={"what": "task", "count": 1}, headers=AGENT).json()
    refused = [client.get(path).status_code, finish(client, "task_0", "k").status_code]
    wrong = client.get(path, params={"what": "all"}, headers=AGENT)

    assert {"shipping", "task"} == {row["what"] for row in whole["due"]}
    assert (3, ["task_0"]) == (first["count"], [row["subject"] for row in first["due"]])
    assert ("放门口", "请仓库按备注办") == (first["due"][0]["detail"], first["due"][0]["next_text"])
    assert ([401, 422], 422) == (refused, wrong.status_code)


def test_a_task_is_ended_once(client: TestClient, services: Services) -> None:
    """The same key repeats, another says the same, the contrary is a conflict."""
    add_tasks(services, 2)
    done = finish(client, "task_0", "k", state="done", result="已放门口")
    told = [
        done,
        finish(client, "task_0", "k", state="done", result="已放门口"),
        finish(client, "task_0", "k2", state="done"),
        finish(client, "task_0", "k3", state="dropped"),
        finish(client, "task_0", "k", state="dropped"),
        finish(client, "task_9", "k4", state="done"),
    ]
    left = client.get("/api/v1/orders/due", params={"what": "task"}, headers=AGENT).json()
    visitor = {"X-Shopbot-Visitor": prove(client).json()["visitor"]}
    [own] = client.get("/api/v1/orders/mine", headers=visitor).json()["orders"]

    assert [200, 200, 200, 409, 409, 404] == [one.status_code for one in told]
    assert ("done", "agent", "已放门口") == tuple(
        done.json()[name] for name in ("state", "done_by", "result")
    )
    assert done.json() == told[1].json() == told[2].json()
    assert "true" == told[1].headers["Idempotent-Replayed"]
    assert ["task_1"] == [row["subject"] for row in left["due"]]
    assert {("done", "", ""), ("open", "", "")} == {
        (one["state"], one["done_by"], one["result"]) for one in own["tasks"]
    }


def test_a_refund_is_written_down_as_paid(client: TestClient, services: Services) -> None:
    """Once; what contradicts is a conflict."""
    refund = Refund(
        id="ref_1", store_id=STORE, order=NUMBER, state="approved", difference_fen=5000,
        created_at=START,
    )  # fmt: skip
    services.db.transaction(lambda tx: store.add_refund(tx, refund))
    path = "/api/v1/orders/refunds/ref_1"
    told = [
        client.post(path, json={"state": state}, headers={**AGENT, "Idempotency-Key": key})
        for state, key in (("paid", "a"), ("paid", "b"), ("failed", "c"), ("planned", "d"))
    ]
    stranger = client.post(path, json={"state": "paid"}, headers={"Idempotency-Key": "e"})

    assert [200, 200, 409, 422] == [one.status_code for one in told]
    assert ("paid", 5000, NUMBER) == tuple(
        told[0].json()[name] for name in ("state", "cash_fen", "order")
    )
    assert 401 == stranger.status_code
