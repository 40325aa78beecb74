"""What goes over the wire between us, a shop platform and 快递100, as kept in tests/data/connectors.

The exchanges were recorded against the simulators (``RECORD=1 pytest tests/unit/test_recorded.py``
records anew). Who writes the other side may read and play them: times, nonces and signatures are real, the
keys stand below.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shopbot import ids
from shopbot.demo.chance import Chance
from shopbot.demo.courier import Courier
from shopbot.demo.loopback import Asked, Given, Simulator, served
from shopbot.demo.platform import Platform
from shopbot.ids import FixedClock
from shopbot.orders import store
from shopbot.orders.cells import CHINA
from shopbot.orders.courier_api import Account, Kuaidi100
from shopbot.orders.signing import Signed, sign
from shopbot.orders.source import HttpSource
from shopbot.orders.source_errors import SourceWrong
from shopbot.orders.sync import sync
from shopbot.storage import SqliteDatabase
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.conftest import START
from tests.unit.test_hooks import (
    COMPLAINT,
    FORM,
    KUAIDI,
    ORDERS,
    PARCEL,
    REVIEWS,
    SALT,
    courier,
    page,
    reviews_page,
)
from tests.unit.test_review_sync import BAD
from tests.unit.test_sync import AROUND, DONE, KEY, PAID, SENT, STORE, reach

__all__ = ["courier"]  # a fixture

KEPT = Path(__file__).parents[1] / "data" / "connectors"
SHOWN = ("X-Shopbot-Time", "X-Shopbot-Nonce", "X-Shopbot-Signature", "Content-Type")
ACCOUNT_KEY = "the-key"

Exchange = dict[str, Any]


@dataclass
class Recorder:
    """Writes down what a simulator is asked and answers; the first request finds it down."""

    simulator: Simulator
    exchanges: list[Exchange] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Given:
        """Answer a request."""
        given = self.simulator(asked) if self.exchanges else Given(status=503)
        self.exchanges.append({"asked": _asked(asked), "given": _given(given)})
        return given


@dataclass
class Player:
    """Answers as was recorded, whatever is asked; ``asked`` keeps what was."""

    exchanges: list[Exchange]
    asked: list[Exchange] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Given:
        """Answer the next request."""
        given = self.exchanges[len(self.asked)]["given"]
        self.asked.append(_asked(asked))
        body = given.get("body")
        return Given(
            status=given["status"], body=b"" if body is None else json.dumps(body).encode()
        )


def _asked(asked: Asked) -> Exchange:
    told: Exchange = {"method": asked.method, "target": asked.target}
    headers = {name: asked.headers[name] for name in SHOWN if name in asked.headers}
    told |= {"headers": headers} if headers else {}
    return told | ({"form": dict(parse_qsl(asked.body.decode()))} if asked.body else {})


def _given(given: Given) -> Exchange:
    return {"status": given.status} | ({"body": json.loads(given.body)} if given.body else {})


def kept(name: str, exchanges: list[Exchange] | None = None) -> list[Exchange]:
    """Return what is kept of a talk; ``exchanges`` are kept first when that was asked for."""
    file = KEPT / f"{name}.json"
    if exchanges is not None and os.environ.get("RECORD"):
        text = json.dumps(exchanges, ensure_ascii=False, indent=1)
        file.write_text(text + "\n", encoding="utf-8")
    found: list[Exchange] = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nonces that are the same each time."""
    numbers = count(1)
    monkeypatch.setattr(ids, "new_id", lambda kind: f"{kind}_{next(numbers):08d}")


def platform(clock: FixedClock) -> Platform:
    """A platform with an order that went through three states, another one, and a review."""
    made = Platform(key=KEY, now=clock.now, chance=Chance(1))
    made.put("2611150001", **PAID)
    made.put("2611150002", **{**PAID, "status": "unpaid", "paid_at": None})
    made.put("2611150001", **SENT)
    made.put("2611150001", **DONE)
    made.put_review("R-99120", **BAD)
    return made


def through(source: HttpSource) -> Iterator[Any]:
    """Ask for all there is to ask for."""
    first = source.changes("", 2)
    yield first
    yield source.changes(first.cursor, 2)
    yield source.one("2611150002")
    yield source.one("0000")
    yield source.reviews("", 2)


@pytest.mark.usefixtures("numbered")
def test_a_platform_is_asked_as_recorded(clock: FixedClock) -> None:
    """To the letter: path, nonce, signature; a source that is down is asked again."""
    recorder = Recorder(platform(clock))
    with served(recorder) as url, reach(url, clock) as source:
        told = list(through(source))

    assert kept("platform", recorder.exchanges) == recorder.exchanges
    assert [2, 1, 1, 0, 1] == [len(one.rows) for one in told]
    assert [503, 200] == [one["given"]["status"] for one in recorder.exchanges[:2]]


@pytest.mark.usefixtures("numbered")
def test_a_platform_without_reviews_and_one_that_refuses(clock: FixedClock) -> None:
    """No such list is an answer; a signature under another key gets nothing."""
    made = platform(clock)
    made.lists_reviews = False
    recorder = Recorder(made)
    with served(recorder) as url, reach(url, clock) as source:
        none = source.reviews("", 2)
        made.key = b"another"
        with pytest.raises(SourceWrong):
            source.changes("", 2)

    assert none is None
    assert kept("platform-refusals", recorder.exchanges) == recorder.exchanges
    assert [503, 404, 401] == [one["given"]["status"] for one in recorder.exchanges]


def test_what_was_recorded_brings_the_same_orders(db: SqliteDatabase, clock: FixedClock) -> None:
    """The answers as they are kept, played without the simulator."""
    lists = [one for one in kept("platform") if "/orders?" in one["asked"]["target"]]
    player = Player(lists)
    with served(player) as url, reach(url, clock) as source:
        told = sync(db, source, AROUND, clock.now)
    done, unpaid = (store.get_facts(db, STORE, n) for n in ("2611150001", "2611150002"))

    assert (2, 0, "") == (told.new, told.refused, told.problem)
    assert ("finished", "unpaid") == (done.order.status, unpaid.order.status)
    assert [("SF1400234567890", 1)] == [(p.shipment.parcel, len(p.events)) for p in done.parcels]
    assert ["GET"] * len(lists) == [one["method"] for one in player.asked]


@pytest.mark.parametrize("replayed", [False, True], ids=["simulator", "recording"])
def test_parcels_are_asked_for_as_recorded(
    clock: FixedClock, courier: Courier, replayed: bool
) -> None:
    """Form and sign to the letter, and the same events from the simulator and from the recording."""
    player = Player(kept("kuaidi100")) if replayed else None
    recorder = Recorder(courier)
    with served(player or recorder) as url:
        account = Account(url=url, customer=courier.customer, key=ACCOUNT_KEY)
        asking = Kuaidi100(account, now=clock.now, zone=CHINA, sleep=lambda _s: None)
        known = asking.ask(PARCEL, "顺丰", "5512")
        nothing = asking.ask("SF1400234560000", "顺丰", "5512")
        asking.close()
    asked = player.asked if player else [one["asked"] for one in recorder.exchanges]

    assert (3, 0) == (len(known.events), len(nothing.events))
    if not replayed:
        assert kept("kuaidi100", recorder.exchanges) == recorder.exchanges
    assert [one["asked"] for one in kept("kuaidi100")] == asked


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A server with a key for pushes and a salt."""
    changes = {"source_key": SecretStr(KEY.decode()), "courier_salt": SecretStr(SALT)}
    app = create_app(replace(services, settings=services.settings.model_copy(update=changes)))
    with TestClient(app, base_url="http://127.0.0.1:8000") as made:
        yield made


def test_pushes_are_answered_as_recorded(
    client: TestClient, db: SqliteDatabase, courier: Courier
) -> None:
    """An order, its parcel, a review; a push twice, a captured one, a forged one."""
    body = page({**PAID, **SENT, "number": "2611150001", "tracking": []})
    signed = sign(KEY, Signed(method="POST", target=ORDERS, body=body), START, "nonce-12345")
    headers = {"Content-Type": "application/json", **signed}
    told, review = courier.push(PARCEL), reviews_page(COMPLAINT)
    what = Signed(method="POST", target=REVIEWS, body=review)
    of_review = sign(KEY, what, START, "nonce-67890")
    exchanges = [
        _pushed(client, ORDERS, body, headers),
        _pushed(client, ORDERS, body, headers),
        _pushed(client, KUAIDI, told, FORM),
        _pushed(client, KUAIDI, told, FORM),
        _pushed(client, KUAIDI, told.replace(b"sign=", b"sign=0"), FORM),
        _pushed(client, REVIEWS, review, {**headers, **of_review}),
    ]

    assert kept("pushes", exchanges) == exchanges
    assert [200, 403, 200, 200, 403, 200] == [one["given"]["status"] for one in exchanges]
    assert 3 == len(store.get_facts(db, STORE, "2611150001").parcels[0].events)


def _pushed(client: TestClient, path: str, body: bytes, headers: dict[str, str]) -> Exchange:
    answer = client.post(path, content=body, headers=headers)
    text = body.decode()  # what is signed, to the letter
    told: Exchange = (
        {"body": text} if path in (ORDERS, REVIEWS) else {"form": dict(parse_qsl(text))}
    )
    given = {name: value for name, value in answer.json().items() if name != "request_id"}
    return {
        "asked": {"method": "POST", "target": path, "headers": headers, **told},
        "given": {"status": answer.status_code, "body": given},
    }
