"""After-sale over HTTP: agents by key, shoppers their own on proof, each POST once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shopbot.orders import store
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.order_tables import EVENT, STORE, bring, line, order, write
from tests.signed_in import AGENT, with_key

NUMBER, OTHER = "2611150001", "2611150002"
PARCEL = "YT8800123456789"
CLAIM = {"order": NUMBER, "line": 1, "kind": "no-reason"}


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key and two signed orders of two buyers."""
    shipped = {"订单状态": "卖家已发货，等待买家确认", "物流公司": "圆通速递"}
    rows = [
        order(**shipped, 物流单号=PARCEL),
        order(**shipped, 订单编号=OTHER, 联系手机="13800000002", 买家会员名="青石", 物流单号="YT8800123456780"),
    ]  # fmt: skip
    signed = {"时间": "2026-11-20 15:30", "物流信息": "已签收，签收人：本人"}
    events = [{**EVENT, **signed}, {**EVENT, **signed, "物流单号": "YT8800123456780"}]
    bring(
        services.db,  # type: ignore[arg-type]
        orders=write(tmp_path / "o.csv", rows),
        lines=write(tmp_path / "l.csv", [line(), line(订单编号=OTHER)]),
        tracking=write(tmp_path / "t.csv", events),
    )
    app = create_app(with_key(services))
    with TestClient(app, base_url="http://127.0.0.1:8000") as made:
        yield made


def post(client: TestClient, path: str, body: Any, who: dict[str, str], key: str = "k1") -> Any:
    """Post with an idempotency key."""
    return client.post(f"/api/v1/returns{path}", json=body, headers={**who, "Idempotency-Key": key})


def shopper(client: TestClient, number: str = NUMBER, tail: str = "5512") -> dict[str, str]:
    """Prove an order and return the visitor's header."""
    proof = {"order": number, "phone_tail": tail}
    made = client.post(
        "/api/v1/orders/proofs", json=proof, headers={"Idempotency-Key": f"{number}:{tail}"}
    )
    return {"X-Shopbot-Visitor": made.json()["visitor"]}


def opened(client: TestClient, who: dict[str, str], key: str = "k1", **changes: Any) -> str:
    """Open a case and return its id."""
    made = post(client, "", {**CLAIM, **changes}, who, key)
    assert made.status_code == 201, made.text
    case_id: str = made.json()["case"]["id"]
    return case_id


def test_an_agent_takes_a_case_to_its_end(client: TestClient, services: Services) -> None:
    """Check, open, step by step, seen in the list and in its history."""
    asked = client.post("/api/v1/returns/check", json=CLAIM, headers=AGENT).json()
    case_id = opened(client, AGENT)
    steps: list[dict[str, Any]] = [
        {"event": "approve"},
        {"event": "ship_back", "part": "buyer", "parcel": "SF1400234567890"},
        {"event": "receive", "part": "warehouse"},
        {"event": "pass", "part": "warehouse", "grade": "good"},
        {"event": "refund", "part": "finance"},
    ]
    states = []
    for n, body in enumerate(steps):
        done = post(client, f"/{case_id}/steps", body, AGENT, f"s{n}").json()
        states.append((done["allowed"], done["case"]["state"]))
    listed = client.get("/api/v1/returns?state=refunded", headers=AGENT).json()
    shown = client.get(f"/api/v1/returns/{case_id}", headers=AGENT).json()

    assert (True, 54800, "apply") == (asked["eligible"], asked["refund_fen"], asked["next"])
    assert ["approved", "shipped_back", "received", "inspected", "refunded"] == [
        state for allowed, state in states if allowed
    ]
    assert ([case_id], None) == ([one["id"] for one in listed["returns"]], listed["next"])
    assert (6, []) == (len(shown["history"]), shown["next"])
    assert [("paid", 54800)] == [
        (one.state, one.cash_fen) for one in store.get_facts(services.db, STORE, NUMBER).refunds
    ]


def test_a_list_is_read_page_by_page(client: TestClient) -> None:
    """Newest first, filtered by kind."""
    first, second = opened(client, AGENT), opened(client, AGENT, "k2", order=OTHER)
    page = client.get("/api/v1/returns?count=1", headers=AGENT).json()
    rest = client.get(
        "/api/v1/returns", params={"count": 1, "after": page["next"]}, headers=AGENT
    ).json()
    none = client.get("/api/v1/returns?kind=repair", headers=AGENT).json()

    assert {first, second} == {page["returns"][0]["id"], rest["returns"][0]["id"]}
    assert [] == none["returns"]


def test_a_claim_that_does_not_stand_opens_nothing(client: TestClient, services: Services) -> None:
    """200 with the reasons instead of 201."""
    told = post(client, "", {**CLAIM, "quantity": 5}, AGENT)

    assert (200, None, False) == (
        told.status_code,
        told.json()["case"],
        told.json()["answer"]["eligible"],
    )
    assert [] == store.list_cases(services.db, STORE)


def test_a_refused_step_tells_why(client: TestClient) -> None:
    """Nothing moves."""
    case_id = opened(client, AGENT)
    done = post(client, f"/{case_id}/steps", {"event": "refund"}, AGENT, "s1").json()

    assert (False, "requested") == (done["allowed"], done["case"]["state"])
    assert any("不能做“退款”" in row["reason"] for row in done["checks"])


def test_a_repeat_does_nothing_more(client: TestClient, services: Services) -> None:
    """Of a request as of a step; another body under the key is a conflict."""
    case_id = opened(client, AGENT)
    again = opened(client, AGENT)
    other = post(client, "", {**CLAIM, "order": OTHER}, AGENT)
    first = post(client, f"/{case_id}/steps", {"event": "approve"}, AGENT, "s")
    second = post(client, f"/{case_id}/steps", {"event": "approve"}, AGENT, "s")

    assert (case_id, 409) == (again, other.status_code)
    assert first.json() == second.json()
    assert "true" == second.headers["Idempotent-Replayed"]
    assert 2 == store.get_case(services.db, STORE, case_id).version


def test_a_shopper_sees_and_moves_their_own_case(client: TestClient) -> None:
    """What a buyer may do, without the names of the staff."""
    mine = shopper(client)
    case_id = opened(client, mine)
    post(client, f"/{case_id}/steps", {"event": "approve"}, AGENT, "a")
    body = {"event": "ship_back", "parcel": "SF1400234567890"}
    back = post(client, f"/{case_id}/steps", body, mine, "b")
    shown = client.get(f"/api/v1/returns/{case_id}", headers=mine).json()
    listed = client.get("/api/v1/returns", headers=mine).json()["returns"]

    assert (True, "shipped_back") == (back.json()["allowed"], back.json()["case"]["state"])
    assert {""} == {one["who"] for one in shown["history"]}
    assert [case_id] == [one["id"] for one in listed]


@pytest.mark.parametrize(
    ("event", "part"),
    [("approve", "agent"), ("receive", "warehouse"), ("refund", "finance"), ("expire", "agent")],
)
def test_a_shopper_plays_no_other_part(client: TestClient, event: str, part: str) -> None:
    """Whatever part they claim, they are the buyer; nobody is the clock."""
    mine = shopper(client)
    case_id = opened(client, mine)
    done = post(client, f"/{case_id}/steps", {"event": event, "part": part}, mine, "s").json()

    assert (False, "requested") == (done["allowed"], done["case"]["state"])


@pytest.mark.parametrize("with_key", [False, True], ids=["shopper", "shopper-with-agents-key"])
def test_not_yours_and_not_there_are_alike(client: TestClient, with_key: bool) -> None:
    """Show, step, check and open give one answer for both, to a shopper with another's order."""
    theirs = opened(client, AGENT, "x", order=OTHER)
    mine = {**shopper(client), **(AGENT if with_key else {})}
    pairs = [
        [client.get(f"/api/v1/returns/{one}", headers=mine) for one in (theirs, "case_none")],
        [
            post(client, f"/{one}/steps", {"event": "cancel"}, mine, f"s{one}")
            for one in (theirs, "case_none")
        ],
        [
            client.post("/api/v1/returns/check", json={**CLAIM, "order": one}, headers=mine)
            for one in (OTHER, "2611159999")
        ],
        [post(client, "", {**CLAIM, "order": one}, mine, one) for one in (OTHER, "2611159999")],
    ]
    seen = client.get("/api/v1/returns", headers=mine).json()["returns"]

    assert [(404, 404)] * 4 == [(a.status_code, b.status_code) for a, b in pairs]
    assert all(a.json() == b.json() for a, b in pairs)
    assert [] == seen


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/case_1"), ("POST", "/check"), ("POST", ""), ("POST", "/case_1/steps")],
)
def test_strangers_are_unknown(client: TestClient, method: str, path: str) -> None:
    """401 without key and without proof."""
    body = {"event": "approve"} if path.endswith("steps") else CLAIM
    told = client.request(
        method, f"/api/v1/returns{path}", json=body if method == "POST" else None,
        headers={"Idempotency-Key": "k"},
    )  # fmt: skip

    assert 401 == told.status_code


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {**CLAIM, "kind": "x"}),
        ("", {**CLAIM, "line": 0}),
        ("", {**CLAIM, "store_id": "other"}),
        ("/check", {"order": NUMBER}),
        ("/case_1/steps", {"event": "fly"}),
        ("/case_1/steps", {"event": "expire", "part": "system"}),
        ("/case_1/steps", {"event": "quote", "quote_fen": -1}),
    ],
    ids=str,
)
def test_malformed_bodies_are_422(client: TestClient, path: str, body: dict[str, Any]) -> None:
    """Nobody may be the system, no store comes from the body."""
    assert 422 == post(client, path, body, AGENT).status_code


@pytest.mark.parametrize("path", ["", "/case_1/steps"])
def test_a_writing_post_needs_its_key(client: TestClient, path: str) -> None:
    """422 without."""
    body = {"event": "approve"} if path else CLAIM

    assert 422 == client.post(f"/api/v1/returns{path}", json=body, headers=AGENT).status_code


def test_a_page_that_was_never_given_is_404(client: TestClient) -> None:
    """Not a bug."""
    told = client.get("/api/v1/returns?after=x", headers=AGENT)

    assert 404 == told.status_code
