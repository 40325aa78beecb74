"""Claims over HTTP: for agents, each POST once, big sums for supervisors."""

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

PARCEL = "YT8800123456789"


@pytest.fixture
def client(services: Services, tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key and a shipped order."""
    db: Any = services.db
    sent = order(订单状态="卖家已发货，等待买家确认", 物流单号=PARCEL, 物流公司="圆通速递")
    orders = write(tmp_path / "o.csv", [sent])
    bring(db, orders=orders, lines=write(tmp_path / "l.csv", [line()]))
    with TestClient(create_app(with_key(services)), base_url="http://127.0.0.1:8000") as made:
        yield made


def post(client: TestClient, path: str, body: Any, key: str) -> Any:
    """Post with an idempotency key."""
    return client.post(
        f"/api/v1/claims{path}", json=body, headers={**AGENT, "Idempotency-Key": key}
    )


def test_a_claim_goes_its_way(client: TestClient) -> None:
    """Opened once, stepped, paid for once; what it does not take is refused with its reasons."""
    told = {"order": "2611150001", "parcel": PARCEL, "kind": "lost"}
    first, again = post(client, "", told, "k1"), post(client, "", told, "k2")
    path = f"/{first.json()['id']}"
    early = post(client, f"{path}/steps", {"event": "won"}, "k3")
    lost = post(client, f"{path}/steps", {"event": "lost"}, "k4")
    paid, same = (post(client, f"{path}/compensations", {"fen": 9900}, "k5") for _ in range(2))
    twice = post(client, f"{path}/compensations", {"fen": 100}, "k6")
    shown = client.get(f"/api/v1/claims{path}", headers=AGENT).json()
    listed = client.get("/api/v1/claims", params={"open": True}, headers=AGENT).json()
    [total] = client.get("/api/v1/claims/sums", headers=AGENT).json()["sums"]

    assert first.json()["id"] == again.json()["id"]
    assert (409, "claim.refused", ["state"]) == (
        early.status_code, early.json()["error"], early.json()["why"],
    )  # fmt: skip
    assert "established" == lost.json()["state"]
    assert ("approved", "true") == (paid.json()["state"], same.headers["Idempotent-Replayed"])
    assert (409, "claim.not-compensated") == (twice.status_code, twice.json()["error"])
    assert 0 == shown["may_compensate_fen"]  # never twice for a parcel
    assert [first.json()["id"]] == [one["id"] for one in listed["claims"]]
    assert (1, 9900) == (total["open"], total["compensated_fen"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"order": "x", "parcel": "y", "kind": "lost"}, 404),
        ("", {"order": "2611150001", "parcel": PARCEL, "kind": "stolen"}, 422),
        ("/clm_x/steps", {"event": "lost"}, 404),
        ("/clm_x/compensations", {"fen": 0}, 422),
        ("/clm_x/decision", {"agree": True}, 403),
    ],
    ids=["unknown", "no-such-kind", "no-such-claim", "nothing", "not-a-supervisor"],
)
def test_what_is_refused(client: TestClient, path: str, body: Any, status: int) -> None:
    """In the usual way."""
    assert status == post(client, path, body, "k").status_code


def test_an_empty_shop_has_no_claims(client: TestClient) -> None:
    """Empty lists, no error."""
    assert {"claims": []} == client.get("/api/v1/claims", headers=AGENT).json()
    assert {"sums": []} == client.get("/api/v1/claims/sums", headers=AGENT).json()
