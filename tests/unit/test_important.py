"""Important customers: marked at the desk or vouched for by the shop's site, first in the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shopbot import audit
from shopbot.accounts.identity import Identity, sign_identity
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, page_headers, with_key
from tests.simulators.talk import TalkStage

LOCAL = "http://127.0.0.1:8000"
TALKS = "/api/v1/conversations"
SECRET = "x" * 40
Headers = dict[str, str]


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of a server with an agent key and a secret for the shop's site."""
    keyed = with_key(services)
    settings = keyed.settings.model_copy(update={"identity_secret": SecretStr(SECRET)})
    app = create_app(replace(keyed, settings=settings))
    with TestClient(app, base_url=LOCAL) as made:
        yield made


@pytest.fixture
def shopper(client: TestClient, clock: FixedClock) -> Callable[..., Headers]:
    """Return what makes a visitor, signed in at the shop where a customer is named."""

    def made(customer: str = "", vip: bool | None = None) -> Headers:
        body = {}
        if customer:
            nonce = f"nonce-{customer}-{clock.now().timestamp()}"
            told = Identity(
                store_id="test",
                customer=customer,
                nonce=nonce,
                expires_at=clock.now() + timedelta(hours=1),
                vip=vip,
            )
            body = {"identity": sign_identity(SECRET, told)}
            clock.move(timedelta(seconds=1))
        token = client.post("/api/v1/visitors", json=body).json()["token"]
        return {"X-Shopbot-Visitor": token}

    return made


def begin(client: TestClient, who: Headers) -> str:
    """Open a talk."""
    return str(client.post(TALKS, json={}, headers=who).json()["id"])


def ask(client: TestClient, talk: str, who: Headers, text: str) -> None:
    """Write into a talk."""
    sent = client.post(f"{TALKS}/{talk}/messages", json={"body": {"text": text}}, headers=who)
    assert sent.status_code == 201


def answered(stage: TalkStage, clock: FixedClock) -> None:
    """Let the bot answer what was written."""
    clock.move(timedelta(seconds=5))
    stage.run_due()


def desk(client: TestClient) -> dict[str, Any]:
    """Return what the desk shows."""
    shown: dict[str, Any] = client.get("/api/v1/desk", headers=AGENT).json()
    return shown


def starred(client: TestClient, talk: str) -> bool:
    """Tell whether the staff see a talk's shopper as an important customer, in list and talk alike."""
    seen = desk(client)
    rows = [row for name in ("queue", "mine", "others", "bot") for row in seen[name]]
    (row,) = [row for row in rows if row["id"] == talk]
    shown = client.get(f"{TALKS}/{talk}", headers=AGENT).json()["important"]
    assert row["vip"] is shown
    return bool(shown)


def online(client: TestClient, services: Services) -> Headers:
    """Seat an agent at the desk."""
    page = page_headers(services)
    client.post("/api/v1/desk/presence", json={"state": "online"}, headers=page)
    return page


def test_the_sites_word_brings_a_person_at_once(
    client: TestClient,
    services: Services,
    stage: TalkStage,
    clock: FixedClock,
    shopper: Callable[..., Headers],
) -> None:
    """A customer with the claim ``vip`` is answered where that is sure, and given to who has room."""
    online(client, services)
    who = shopper("c-1", vip=True)
    talk = begin(client, who)
    ask(client, talk, who, "什么时候发货")
    answered(stage, clock)
    told = client.get(f"{TALKS}/{talk}/events", headers=AGENT).json()["events"]
    held = [one["body"] for one in told if one["kind"] == "held"]
    said = [one["body"]["text"] for one in told if one["kind"] == "message"]

    assert ("queue", "vip", "high") == tuple(
        held[0][name] for name in ("holder", "reason", "priority")
    )
    assert "agent" == held[1]["holder"]
    assert any("48小时" in text for text in said)
    assert starred(client, talk)


def test_an_ordinary_shopper_stays_with_the_bot(
    client: TestClient,
    services: Services,
    stage: TalkStage,
    clock: FixedClock,
    shopper: Callable[..., Headers],
) -> None:
    """Nobody said anything of them."""
    online(client, services)
    who = shopper("c-2")
    talk = begin(client, who)
    ask(client, talk, who, "什么时候发货")
    answered(stage, clock)

    assert "bot" == client.get(f"{TALKS}/{talk}", headers=AGENT).json()["holder"]
    assert not starred(client, talk)


def test_the_site_takes_back_its_own_word_only(
    client: TestClient, shopper: Callable[..., Headers]
) -> None:
    """What an agent marked stays until an agent takes it back; silence changes nothing."""
    mine = begin(client, shopper("c-1", vip=True))
    marked = begin(client, shopper("c-2"))
    for talk in (mine, marked):
        ask(client, talk, shopper("c-1" if talk == mine else "c-2"), "在吗")
    client.post(f"{TALKS}/{marked}/important", headers=AGENT)
    kept = starred(client, mine)
    shopper("c-1", vip=False)
    shopper("c-2", vip=False)

    assert (True, False, True) == (kept, starred(client, mine), starred(client, marked))


def test_a_mark_moves_a_waiting_talk_ahead(
    client: TestClient, clock: FixedClock, shopper: Callable[..., Headers]
) -> None:
    """By what the desk's rules say; taken back, the talk has its old place again."""
    first, second = shopper(), shopper()
    talks = [begin(client, first), begin(client, second)]
    for talk, who in zip(talks, (first, second), strict=True):
        client.post(f"{TALKS}/{talk}/human", headers=who)
        clock.move(timedelta(minutes=1))

    def order() -> list[str]:
        return [row["id"] for row in desk(client)["queue"]]

    before = order()
    told = client.post(f"{TALKS}/{talks[1]}/important", headers=AGENT).json()
    ahead = order()
    back = client.delete(f"{TALKS}/{talks[1]}/important", headers=AGENT).json()

    assert ({"important": True}, {"important": False}) == (told, back)
    assert (talks, talks[::-1], talks) == (before, ahead, order())


def test_a_mark_is_written_down_once(
    client: TestClient, services: Services, db: SqliteDatabase, shopper: Callable[..., Headers]
) -> None:
    """Who marked whom stands in the audit trail; repeating changes nothing."""
    page = page_headers(services)
    talk = begin(client, shopper())
    for _ in range(2):
        client.post(f"{TALKS}/{talk}/important", headers=page)
    for _ in range(2):
        client.delete(f"{TALKS}/{talk}/important", headers=page)
    visitor = services.chat.find(talk).visitor
    found = [deed.name for deed in audit.list_deeds(db, store_id="test", subject=visitor)]

    assert ["desk.customer-marked", "desk.customer-unmarked"] == found


def test_a_shopper_neither_marks_nor_learns(
    client: TestClient, shopper: Callable[..., Headers]
) -> None:
    """It is the staff's business; a talk that is not there is not found."""
    who = shopper()
    talk = begin(client, who)
    by_shopper = client.post(f"{TALKS}/{talk}/important", headers=who).status_code
    shown = client.get(f"{TALKS}/{talk}", headers=who).json()
    nowhere = client.post(f"{TALKS}/cnv_nowhere/important", headers=AGENT).status_code

    assert (401, 404) == (by_shopper, nowhere)
    assert "important" not in shown
