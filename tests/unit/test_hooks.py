"""Pushes over HTTP and 快递100: signed, once, on disk before the answer; asked for when due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shopbot.demo.courier import Courier
from shopbot.demo.loopback import served
from shopbot.ids import FixedClock
from shopbot.orders import review_store, source_store, store
from shopbot.orders.cells import CHINA
from shopbot.orders.courier_api import Account, Kuaidi100, md5
from shopbot.orders.courier_sync import AGAIN, REFUSED_AGAIN, list_wanted, sync_parcels
from shopbot.orders.feed import SyncReport
from shopbot.orders.signing import Signed, sign
from shopbot.storage import SqliteDatabase
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.conftest import START
from tests.order_facts import RULES
from tests.unit.test_sync import AROUND, KEY, PAID, SENT, STORE

SALT = "a-salt-of-twenty-letters"
PARCEL = "SF1400234567890"
REVIEWS = "/api/v1/hooks/reviews"
ORDERS, KUAIDI = "/api/v1/hooks/orders", "/api/v1/hooks/couriers/kuaidi100"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENT_ONLY: dict[str, Any] = {**PAID, **SENT, "number": "2611150001", "tracking": []}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A server with a key for pushes and a salt."""
    changes = {"source_key": SecretStr(KEY.decode()), "courier_salt": SecretStr(SALT)}
    app = create_app(replace(services, settings=services.settings.model_copy(update=changes)))
    with TestClient(app, base_url="http://127.0.0.1:8000") as made:
        yield made


@pytest.fixture
def courier() -> Courier:
    """A parcel with three events."""
    made = Courier("customer", "the-key", SALT)
    made.add(PARCEL, "2026-11-16 18:00:00", "顺丰速运已收取快件", "揽收")
    made.add(PARCEL, "2026-11-17 08:00:00", "快件到达【杭州转运中心】", "在途")
    made.add(PARCEL, "2026-11-18 15:00:00", "已签收，感谢使用顺丰", "签收")
    return made


def page(*orders: Any) -> bytes:
    """Return a page of orders."""
    return json.dumps({"as_of": START.isoformat(), "orders": orders}).encode()


def push(client: TestClient, body: bytes, nonce: str = "nonce-12345") -> Any:
    """Push orders, signed."""
    headers = sign(KEY, Signed(method="POST", target=ORDERS, body=body), START, nonce)
    return client.post(
        ORDERS, content=body, headers={**headers, "Content-Type": "application/json"}
    )


def test_pushed_orders_are_on_disk(client: TestClient, db: SqliteDatabase) -> None:
    """Counted in the answer; sent again under a new nonce they change nothing."""
    first = push(client, page({**PAID, "number": "2611150001"}, {"number": "2611150002"}))
    again = push(client, page({**PAID, "number": "2611150001"}), "nonce-67890")

    assert (200, {"new": 1, "updated": 0, "unchanged": 0, "refused": 1, "events": 0}) == (
        first.status_code, first.json(),
    )  # fmt: skip
    assert (1, 0) == (again.json()["unchanged"], again.json()["updated"])
    assert "paid" == store.get_order(db, STORE, "2611150001").status


def test_a_captured_push_is_refused(client: TestClient) -> None:
    """The nonce was used; one that failed may be sent again under its own."""
    body = page({**PAID, "number": "2611150001"})
    unread = push(client, b"{}")
    told = [push(client, body).status_code, push(client, body).json()]

    assert (422, "request.malformed") == (unread.status_code, unread.json()["error"])
    assert 200 == told[0]
    assert ("hook.refused", "replay") == (told[1]["error"], told[1]["reason"])


def push_reviews(client: TestClient, body: bytes, nonce: str = "nonce-reviews") -> Any:
    """Push reviews, signed."""
    headers = sign(KEY, Signed(method="POST", target=REVIEWS, body=body), START, nonce)
    return client.post(
        REVIEWS, content=body, headers={**headers, "Content-Type": "application/json"}
    )


def reviews_page(*reviews: Any) -> bytes:
    """Return a page of reviews."""
    return json.dumps({"as_of": START.isoformat(), "reviews": reviews}).encode()


COMPLAINT = {
    "source_id": "R-1", "number": "2611150001", "at": (START - timedelta(hours=1)).isoformat(),
    "rating": 1, "text": "穿两天就开线了",
}  # fmt: skip


def test_a_pushed_review_brings_a_call(client: TestClient, db: SqliteDatabase) -> None:
    """At once, and once: sent again, or brought by the list as well, it is the same review."""
    told = push_reviews(client, reviews_page(COMPLAINT, {"source_id": "R-2"}))
    again = push_reviews(client, reviews_page(COMPLAINT), "nonce-another")
    calls = review_store.list_open_calls(db, STORE)

    assert (200, {"new": 1, "updated": 0, "unchanged": 0, "refused": 1}) == (
        told.status_code, told.json(),
    )  # fmt: skip
    assert 1 == again.json()["unchanged"]
    assert ["2611150001"] == [one.order for one in calls]
    assert "" == source_store.get_source(db, STORE, "platform:reviews").cursor


@pytest.mark.parametrize(
    ("body", "times", "status", "error"),
    [
        pytest.param(reviews_page(COMPLAINT), 2, 403, "hook.refused", id="captured"),
        pytest.param(b"{}", 1, 422, "request.malformed", id="no page"),
        pytest.param(page(), 1, 422, "request.malformed", id="a page of orders"),
    ],
)
def test_a_push_of_reviews_that_is_none_changes_nothing(
    client: TestClient, db: SqliteDatabase, body: bytes, times: int, status: int, error: str
) -> None:
    """A captured one is refused, one that cannot be read is malformed."""
    found = [push_reviews(client, body) for _ in range(times)][-1]
    stranger = client.post(REVIEWS, content=body, headers={"Content-Type": "application/json"})

    assert (status, error) == (found.status_code, found.json()["error"])
    assert 403 == stranger.status_code
    assert times - 1 == len(review_store.list_open_calls(db, STORE))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 403, id="not signed"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="no json"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="a page of somebody else"),
    ],
)
def test_strangers_push_nothing(client: TestClient, headers: dict[str, str], status: int) -> None:
    """Nothing is read of what they send."""
    told = {"Content-Type": "application/json", **headers}
    found = client.post(ORDERS, content=page(), headers=told)

    assert status == found.status_code


def test_a_push_that_is_too_large_is_refused(client: TestClient) -> None:
    """Before its signature is looked at."""
    found = push(client, page({"number": "x" * 70_000}))

    assert (413, "request.too-large") == (found.status_code, found.json()["error"])


def test_without_secrets_nothing_is_taken(services: Services) -> None:
    """A server whose keys are not set takes no push, whatever it is signed with."""
    with TestClient(create_app(services), base_url="http://127.0.0.1:8000") as client:
        found = [
            push(client, page()),
            client.post(
                KUAIDI, content=urlencode({"param": "{}", "sign": md5("{}")}), headers=FORM
            ),
        ]

    assert [(403, "not set up")] * 2 == [(one.status_code, one.json()["reason"]) for one in found]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
def test_pushes_in_any_order_come_to_the_same(
    client: TestClient, db: SqliteDatabase, courier: Courier, order: tuple[int, ...]
) -> None:
    """Each event once, however often and in whatever order it is told, before its order or after."""
    for count in (*order, *order):
        done = client.post(KUAIDI, content=courier.push(PARCEL, count), headers=FORM)
        assert {"result": True, "returnCode": "200", "message": "成功"} == done.json()
    push(client, page(SENT_ONLY))
    [parcel] = store.get_facts(db, STORE, "2611150001").parcels

    assert ["揽收", "在途", "签收"] == [one.raw_status for one in parcel.events]
    assert parcel.events[-1].at == parcel.asked_at  # not the moment of the push


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(urlencode({"param": "{}", "sign": "0" * 32}), 403, id="signature"),
        pytest.param(urlencode({"param": "{}"}), 403, id="no signature"),
        pytest.param("", 403, id="nothing"),
        pytest.param(urlencode({"param": "{}", "sign": md5("{}", SALT)}), 422, id="no push"),
        pytest.param(urlencode({"param": "[" * 9, "sign": md5("[" * 9, SALT)}), 422, id="no json"),
        pytest.param(b"\xff=\xff", 422, id="no text"),
    ],
)
def test_pushes_of_couriers_that_are_refused(
    client: TestClient, db: SqliteDatabase, body: str | bytes, status: int
) -> None:
    """Nothing is written; what is not signed is refused, what cannot be read is malformed."""
    found = client.post(KUAIDI, content=body, headers=FORM)

    assert status == found.status_code


def ask(
    db: SqliteDatabase, courier: Courier, clock: FixedClock, key: str = "the-key"
) -> SyncReport:
    """Ask the service for what is due."""
    with served(courier) as url:
        source = Kuaidi100(
            Account(url=url, customer="customer", key=key),
            now=clock.now, zone=CHINA, sleep=lambda _s: None,
        )  # fmt: skip
        report = sync_parcels(db, source, AROUND, clock.now)
        source.close()
    return report


def test_parcels_are_asked_for_until_their_end(
    client: TestClient, db: SqliteDatabase, courier: Courier, clock: FixedClock
) -> None:
    """Signed, so never again; one that nobody knows yet is no failure."""
    push(
        client,
        page(SENT_ONLY, {**SENT_ONLY, "number": "2611150002", "parcels": ["SF1400234567899"]}),
    )
    first = ask(db, courier, clock)
    wanted = [one.shipment.parcel for one, _ in list_wanted(db, STORE, START + AGAIN)]

    assert ("", 2, 3) == (first.problem, first.pages, first.events)
    assert [] == list_wanted(db, STORE, START + AGAIN - timedelta(minutes=1))
    assert ["SF1400234567899"] == wanted


def test_a_service_that_is_down_is_left_alone(
    client: TestClient, db: SqliteDatabase, courier: Courier, clock: FixedClock
) -> None:
    """Told with its state; a wrong key is told too. What is here stays."""
    push(client, page(SENT_ONLY))
    courier.down = 1
    reports = [ask(db, courier, clock) for _ in range(4)]
    state = source_store.get_source(db, STORE, "kuaidi100")

    assert ["HTTP 502"] * 4 == [one.problem for one in reports]
    assert [False, False, False, True] == [one.paused for one in reports]
    assert "down" == state.health(START, RULES.logistics.orders_fresh)
    assert "shipped" == store.get_order(db, STORE, "2611150001").status


def test_a_wrong_key_is_told(
    client: TestClient, db: SqliteDatabase, courier: Courier, clock: FixedClock
) -> None:
    """The service's own code says what is wrong."""
    push(client, page(SENT_ONLY))
    report = ask(db, courier, clock, key="another")

    assert ("503", 0) == (report.problem, report.events)


def test_a_parcel_that_is_not_spoken_of_holds_up_no_other(
    client: TestClient, db: SqliteDatabase, courier: Courier, clock: FixedClock
) -> None:
    """A phone that does not fit is no outage; the question is paid for, so it is not put again all day."""
    other = {**SENT_ONLY, "number": "2611150002", "parcels": ["SF1400234567899"]}
    push(client, page(SENT_ONLY, other))
    courier.unspoken["SF1400234567899"] = "408"
    first = ask(db, courier, clock)
    clock.move(AGAIN)
    asked, again = courier.asked, ask(db, courier, clock)
    state = source_store.get_source(db, STORE, "kuaidi100")
    [told] = store.get_facts(db, STORE, "2611150002").parcels

    assert ("", 1, 1, 3) == (first.problem, first.refused, first.pages, first.events)
    assert (0, asked) == (again.refused, courier.asked)
    assert "ok" == state.health(clock.now(), RULES.logistics.orders_fresh)
    assert told.asked_at is None  # nothing was heard of it: it does not look fresh
    assert ["SF1400234567899"] == [
        one.shipment.parcel for one, _ in list_wanted(db, STORE, clock.now() + REFUSED_AGAIN)
    ]


@pytest.mark.parametrize(
    ("code", "problem", "asked"),
    [
        pytest.param("601", "601", 1, id="the account is over"),
        pytest.param("400", "400", 10, id="whatever it is asked"),
        pytest.param("502", "502", 3, id="too busy"),
    ],
)
def test_a_service_that_answers_nothing_is_a_failure(
    client: TestClient, db: SqliteDatabase, courier: Courier, clock: FixedClock,
    code: str, problem: str, asked: int,
) -> None:  # fmt: skip
    """It is told with the service's own code, and not every parcel is asked for."""
    names = [f"SF14002345678{n:02d}" for n in range(12)]
    orders = [
        {**SENT_ONLY, "number": f"26111500{n:02d}", "parcels": [name]}
        for n, name in enumerate(names)
    ]
    push(client, page(*orders))
    courier.unspoken = dict.fromkeys(names, code)
    report = ask(db, courier, clock)
    state = source_store.get_source(db, STORE, "kuaidi100")

    assert (problem, asked) == (report.problem, courier.asked)
    assert "down" == state.health(clock.now(), RULES.logistics.orders_fresh)


def test_sources_stand_on_readyz_for_staff(client: TestClient, db: SqliteDatabase) -> None:
    """A dead source leaves the server ready; a stranger sees nothing of it."""
    state = source_store.SourceState(source="platform", problem="HTTP 503")
    failed = replace(state, breaker=replace(state.breaker, failures=2))
    read = replace(state, as_of=START, problem="")
    two_hours = START + timedelta(hours=2)
    told_of = [one.as_dict(two_hours, RULES.logistics.orders_fresh) for one in (failed, read)]
    db.transaction(lambda tx: source_store.put_source(tx, STORE, failed, START))
    told = client.get("/readyz")

    assert (200, True) == (told.status_code, told.json()["ready"])
    assert "sources" not in told.json()
    assert [("down", "HTTP 503", None), ("old", "", 7200)] == [
        (one["state"], one["problem"], one["age_s"]) for one in told_of
    ]
