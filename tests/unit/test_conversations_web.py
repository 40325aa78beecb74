"""Talks over HTTP: whose they are, what each side sees, what the staff do with them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from shopbot.ids import FixedClock
from shopbot.roles import Role
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, page_headers, with_key
from tests.simulators.talk import TalkStage

LOCAL = "http://127.0.0.1:8000"
TALKS = "/api/v1/conversations"
Headers = dict[str, str]


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of a server that has an agent key."""
    app = create_app(with_key(services))
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as made:
        yield made


def new_shopper(client: TestClient) -> Headers:
    """Return the headers of a new visitor."""
    return {"X-Shopbot-Visitor": client.post("/api/v1/visitors", json={}).json()["token"]}


@pytest.fixture
def shopper(client: TestClient) -> Headers:
    """A visitor's headers."""
    return new_shopper(client)


@pytest.fixture
def talk(client: TestClient, shopper: Headers) -> str:
    """The id of the visitor's talk."""
    made = client.post(TALKS, json={}, headers=shopper)
    assert made.status_code == 201
    return str(made.json()["id"])


def say(client: TestClient, talk: str, who: Headers, text: str = "在吗", **more: Any) -> Any:
    """Send a text."""
    body = {"body": {"text": text}, **more}
    return client.post(f"{TALKS}/{talk}/messages", json=body, headers=who)


def events(client: TestClient, talk: str, who: Headers, after: int = 0) -> list[dict[str, Any]]:
    """Return what a side sees."""
    told = client.get(f"{TALKS}/{talk}/events", params={"after": after}, headers=who).json()
    found: list[dict[str, Any]] = told["events"]
    return found


def answered(stage: TalkStage, clock: FixedClock) -> None:
    """Let the bot answer what was written."""
    clock.move(timedelta(seconds=5))
    stage.run_due()


# --- the shopper ---------------------------------------------------------------------------------


def test_a_visitor_has_one_open_talk(client: TestClient, shopper: Headers, talk: str) -> None:
    """Opening again gives the same one; current and history tell of it."""
    again = client.post(TALKS, json={"product": "LS-JK-01"}, headers=shopper)
    current = client.get(f"{TALKS}/current", headers=shopper).json()["conversation"]
    history = client.get(f"{TALKS}/history", headers=shopper).json()["conversations"]

    assert (200, talk) == (again.status_code, again.json()["id"])
    assert (talk, "LS-JK-01") == (current["id"], current["product"])
    assert [talk] == [one["id"] for one in history]


def test_without_a_talk_current_is_null(client: TestClient, shopper: Headers) -> None:
    """It is no error to have none."""
    assert {"conversation": None} == client.get(f"{TALKS}/current", headers=shopper).json()


def test_a_message_is_kept_once_under_its_key(
    client: TestClient, shopper: Headers, talk: str
) -> None:
    """In the body or as a header; other words under the same key are refused."""
    first = say(client, talk, shopper, client_key="k-1")
    second = client.post(
        f"{TALKS}/{talk}/messages",
        json={"body": {"text": "在吗"}},
        headers={**shopper, "Idempotency-Key": "k-1"},
    )
    other = say(client, talk, shopper, "别的", client_key="k-1")

    assert (201, 200, 409) == (first.status_code, second.status_code, other.status_code)
    assert (False, True) == (first.json()["repeated"], second.json()["repeated"])
    assert first.json()["event"] == second.json()["event"]
    assert 1 == len(events(client, talk, shopper))


def test_the_bot_answers_and_the_shopper_is_told_that_it_is_one(
    client: TestClient, shopper: Headers, talk: str, stage: TalkStage, clock: FixedClock
) -> None:
    """The author of an event is bot or agent."""
    say(client, talk, shopper, "什么时候发货")
    answered(stage, clock)

    assert ["shopper", "bot", "bot"] == [one["author"] for one in events(client, talk, shopper)]


def test_another_visitor_sees_and_does_nothing(
    client: TestClient, shopper: Headers, talk: str
) -> None:
    """Each route answers as for a talk that is not there."""
    say(client, talk, shopper)
    stranger = new_shopper(client)

    def refusals(which: str) -> list[tuple[int, object]]:
        base = f"{TALKS}/{which}"
        asked = [
            client.get(base, headers=stranger),
            client.get(f"{base}/events", headers=stranger),
            say(client, which, stranger),
            client.post(f"{base}/marks", json={"read": 1}, headers=stranger),
            client.post(f"{base}/messages/1/recall", headers=stranger),
            client.post(f"{base}/human", headers=stranger),
            client.post(f"{base}/mode", json={"mode": "human-first"}, headers=stranger),
            client.post(f"{base}/rating", json={"stars": 5}, headers=stranger),
            client.post(f"{base}/close", headers=stranger),
            client.post(
                f"{base}/media",
                content=b"x",
                headers={**stranger, "Content-Type": "image/png"},
            ),
        ]
        return [(answer.status_code, answer.json()) for answer in asked]

    theirs, nobodys = refusals(talk), refusals("cnv_00000000000000000000000000")

    assert theirs == nobodys
    assert {404} == {status for status, _ in theirs}
    assert 1 == len(events(client, talk, shopper))


def test_a_shopper_does_none_of_the_staffs_work(
    client: TestClient, shopper: Headers, talk: str
) -> None:
    """A visitor's token is no key."""
    paths = ["take", "transfer", "hand-back", "reopen", "notes", "promises"]
    codes = {
        client.post(f"{TALKS}/{talk}/{path}", json={}, headers=shopper).status_code
        for path in paths
    }
    codes |= {
        client.get(path, headers=shopper).status_code
        for path in (TALKS, "/api/v1/desk", f"{TALKS}/{talk}/suggestions", "/api/v1/promises")
    }

    assert {401} == codes


def test_a_message_is_taken_back_within_two_minutes(
    client: TestClient, shopper: Headers, talk: str, clock: FixedClock
) -> None:
    """Its words are gone for both sides; later it is too late."""
    say(client, talk, shopper, "发错了")
    say(client, talk, shopper, "留着")
    gone = client.post(f"{TALKS}/{talk}/messages/1/recall", headers=shopper)
    clock.move(timedelta(minutes=3))
    late = client.post(f"{TALKS}/{talk}/messages/2/recall", headers=shopper)
    shown = [one["body"] for one in events(client, talk, AGENT)]

    assert (200, 409, "chat.recall-too-late") == (
        gone.status_code,
        late.status_code,
        late.json()["error"],
    )
    assert {"type": "text", "recalled": True} == shown[0]
    assert "留着" == shown[1]["text"]


def test_asking_for_a_person_is_told_at_the_desk(
    client: TestClient, shopper: Headers, talk: str
) -> None:
    """The talk waits, with its reason; the shopper learns who has the word."""
    say(client, talk, shopper)
    asked = client.post(f"{TALKS}/{talk}/human", headers=shopper).json()
    desk = client.get("/api/v1/desk", headers=AGENT).json()

    assert "queue" == asked["holder"]
    assert [(talk, "asked-for-human", 1, "〔system.handoff·0〕")] == [
        (one["id"], one["reason"], one["unread"], one["last_text"]) for one in desk["queue"]
    ]


def test_mode_rating_and_end(client: TestClient, shopper: Headers, talk: str) -> None:
    """Chosen, closed, rated; a closed talk is not current any more."""
    say(client, talk, shopper)
    base = f"{TALKS}/{talk}"
    mode = client.post(f"{base}/mode", json={"mode": "human-first"}, headers=shopper)
    closed = client.post(f"{base}/close", headers=shopper)
    rated = client.post(f"{base}/rating", json={"stars": 5, "words": "好"}, headers=shopper)
    kinds = [one["kind"] for one in events(client, talk, shopper)]

    assert ("human-first", "closed", 200) == (
        mode.json()["mode"],
        closed.json()["state"],
        rated.status_code,
    )
    assert {"mode", "closed", "rated"} <= set(kinds)
    assert {"conversation": None} == client.get(f"{TALKS}/current", headers=shopper).json()


def test_marks_go_forward_only(client: TestClient, shopper: Headers, talk: str) -> None:
    """Never back, nor beyond what was written."""
    say(client, talk, shopper)
    marks = f"{TALKS}/{talk}/marks"
    far = client.post(marks, json={"delivered": 99, "read": 1}, headers=AGENT).json()
    back = client.post(marks, json={"delivered": 0, "read": 0}, headers=AGENT).json()

    assert {"side": "staff", "delivered": 1, "read": 1} == far == back


# --- pictures ------------------------------------------------------------------------------------


def png() -> bytes:
    """Return a small picture."""
    made = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(made, "PNG")
    return made.getvalue()


def test_a_picture_is_sent_and_seen_by_both_sides(
    client: TestClient, shopper: Headers, talk: str
) -> None:
    """Kept first, named in a message, seen at a signed address without further headers."""
    kept = client.post(
        f"{TALKS}/{talk}/media", content=png(), headers={**shopper, "Content-Type": "image/png"}
    )
    told = {"type": "picture", "body": {"media": kept.json()["media"]}}
    client.post(f"{TALKS}/{talk}/messages", json=told, headers=shopper)
    (event,) = events(client, talk, AGENT)
    shown = client.get(event["body"]["address"])

    assert (201, "picture", (8, 6)) == (
        kept.status_code,
        kept.json()["kind"],
        (kept.json()["width"], kept.json()["height"]),
    )
    assert (200, "image/png") == (shown.status_code, shown.headers["content-type"])
    assert "default-src 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"<svg onload=alert(1)>", "image/svg+xml", 415),
        (b"MZ\x90\x00", "application/octet-stream", 415),
        (png()[:40], "image/png", 415),
        (png(), "text/plain", 415),
        (b"", "image/png", 415),
    ],
    ids=["svg", "program", "broken", "as-form", "empty"],
)
def test_what_is_no_picture_is_refused(
    client: TestClient, shopper: Headers, talk: str, content: bytes, kind: str, status: int
) -> None:
    """By what it is, not by what it says; forms of other sites do not get in."""
    answer = client.post(
        f"{TALKS}/{talk}/media", content=content, headers={**shopper, "Content-Type": kind}
    )

    assert status == answer.status_code


def test_an_address_that_was_not_made_here_shows_nothing(client: TestClient) -> None:
    """Made up or too old is not found."""
    assert 404 == client.get("/api/v1/chat-media/med_x.9999999999.AAAA").status_code


# --- the staff -----------------------------------------------------------------------------------


@pytest.fixture
def waiting(
    client: TestClient, shopper: Headers, talk: str, stage: TalkStage, clock: FixedClock
) -> str:
    """A talk that an agent holds and whose shopper has asked something."""
    client.post(f"{TALKS}/{talk}/take", headers=AGENT)
    say(client, talk, shopper, "什么时候发货")
    answered(stage, clock)
    return talk


def suggestions(client: TestClient, talk: str) -> list[dict[str, Any]]:
    """Return what may be sent now."""
    found: list[dict[str, Any]] = client.get(f"{TALKS}/{talk}/suggestions", headers=AGENT).json()[
        "suggestions"
    ]
    return found


def test_a_suggestion_is_accepted_with_a_receipt(client: TestClient, waiting: str) -> None:
    """Sent once under its key; the receipt names entry, line and who."""
    best = suggestions(client, waiting)[0]
    where = f"/api/v1/suggestions/{best['id']}/accept"
    sent = client.post(where, json={"client_key": "a-1"}, headers=AGENT)
    again = client.post(where, json={"client_key": "a-1"}, headers=AGENT)
    message = sent.json()["event"]
    receipt = client.get(f"/api/v1/messages/{message['id']}/receipt", headers=AGENT).json()

    assert (201, 200) == (sent.status_code, again.status_code)
    assert best["text"] == message["body"]["text"]
    assert ("agent", best["id"], False) == (receipt["who"], receipt["draft"], receipt["edited"])
    assert best["entry"] == receipt["sources"][0]["entry"]
    assert [] == suggestions(client, waiting)


def test_an_edited_suggestion_says_so(client: TestClient, waiting: str) -> None:
    """The text that was sent is the agent's."""
    best = suggestions(client, waiting)[0]
    sent = client.post(
        f"/api/v1/suggestions/{best['id']}/accept",
        json={"text": "亲，今天就发", "client_key": "a-1"},
        headers=AGENT,
    ).json()
    receipt = client.get(f"/api/v1/messages/{sent['event']['id']}/receipt", headers=AGENT).json()

    assert ("亲，今天就发", True) == (sent["event"]["body"]["text"], receipt["edited"])


def test_a_suggestion_is_void_once_the_shopper_writes_on(
    client: TestClient, shopper: Headers, waiting: str
) -> None:
    """Nothing is sent, and the code says why."""
    best = suggestions(client, waiting)[0]
    say(client, waiting, shopper, "算了")
    late = client.post(f"/api/v1/suggestions/{best['id']}/accept", json={}, headers=AGENT)

    assert (409, "chat.draft-void") == (late.status_code, late.json()["error"])


def test_a_suggestion_is_rejected_with_a_reason(client: TestClient, waiting: str) -> None:
    """It is off the list, the reason is kept."""
    best = suggestions(client, waiting)[0]
    told = client.post(
        f"/api/v1/suggestions/{best['id']}/reject", json={"reason": "答非所问"}, headers=AGENT
    ).json()

    assert ("rejected", "答非所问") == (told["state"], told["reject_reason"])
    assert best["id"] not in [one["id"] for one in suggestions(client, waiting)]


def test_notes_and_promises_are_the_staffs(
    client: TestClient, shopper: Headers, waiting: str, clock: FixedClock
) -> None:
    """Kept, listed, ended; the shopper sees neither."""
    base = f"{TALKS}/{waiting}"
    until = (clock.now() + timedelta(hours=2)).isoformat()
    note = client.post(f"{base}/notes", json={"text": "老顾客"}, headers=AGENT)
    made = client.post(f"{base}/promises", json={"what": "今天发货", "until": until}, headers=AGENT)
    listed = client.get("/api/v1/promises", params={"conversation": waiting}, headers=AGENT).json()[
        "promises"
    ]
    kept = client.post(f"/api/v1/promises/{made.json()['id']}/kept", headers=AGENT).json()
    shown = {one["kind"] for one in events(client, waiting, shopper)}

    assert (201, 201) == (note.status_code, made.status_code)
    assert [("今天发货", "open")] == [(one["what"], one["state"]) for one in listed]
    assert "kept" == kept["state"]
    assert not {"note", "promised", "suggested"} & shown


def test_a_note_and_a_promise_are_written_once_for_a_key(
    client: TestClient, waiting: str, clock: FixedClock
) -> None:
    """A repeat gets the first answer; another remark under the key is refused; without a key it is new."""
    until = (clock.now() + timedelta(hours=2)).isoformat()
    sent = [("notes", {"text": "老顾客"}), ("promises", {"what": "今天发货", "until": until})]
    keyed = {**AGENT, "Idempotency-Key": "k-1"}
    for what, body in sent:
        path = f"{TALKS}/{waiting}/{what}"
        first, again = (client.post(path, json=body, headers=keyed) for _ in range(2))
        other = client.post(path, json={**body, next(iter(body)): "别的"}, headers=keyed)
        plain = client.post(path, json={**body, next(iter(body)): "再一条"}, headers=AGENT)

        assert (201, 201, 409, 201) == tuple(
            one.status_code for one in (first, again, other, plain)
        )
        assert (first.json(), "true") == (again.json(), again.headers["Idempotent-Replayed"])
        assert "request.idempotency-mismatch" == other.json()["error"]
    kinds = [one["kind"] for one in events(client, waiting, AGENT)]

    assert (2, 2) == (kinds.count("note"), kinds.count("promised"))


def test_a_talk_is_offered_to_a_colleague_and_accepted(
    client: TestClient, services: Services, waiting: str
) -> None:
    """It stays with the giver until then; both desks tell of it."""
    page = page_headers(services, Role.SUPERVISOR)
    boss = client.post("/api/v1/desk/presence", json={"state": "online"}, headers=page).json()
    offered = client.post(
        f"{TALKS}/{waiting}/transfer", json={"to": boss["id"], "note": "退款"}, headers=AGENT
    )
    (offer,) = client.get("/api/v1/desk", headers=page).json()["offers"]
    answer = client.post(f"/api/v1/transfers/{offer['id']}/accept", headers=page)
    mine = client.get("/api/v1/desk", headers=page).json()["mine"]

    assert (201, "退款", waiting) == (offered.status_code, offer["note"], offer["conversation"])
    assert (200, "accepted") == (answer.status_code, answer.json()["state"])
    assert [waiting] == [one["id"] for one in mine]


def test_a_colleagues_talk_is_not_taken_but_by_a_supervisor(
    client: TestClient, services: Services, waiting: str
) -> None:
    """An agent is refused, and may not step in at all."""
    agent, boss = page_headers(services), page_headers(services, Role.SUPERVISOR)
    where = f"{TALKS}/{waiting}/take"
    codes = [
        client.post(where, headers=agent).status_code,
        client.post(where, json={"step_in": True}, headers=agent).status_code,
        client.post(where, json={"step_in": True}, headers=boss).status_code,
    ]

    assert [409, 403, 200] == codes


def test_a_talk_goes_back_to_the_bot_ends_and_goes_on(client: TestClient, waiting: str) -> None:
    """Handed back, closed, reopened."""
    base = f"{TALKS}/{waiting}"
    back = client.post(f"{base}/hand-back", headers=AGENT).json()
    closed = client.post(f"{base}/close", headers=AGENT).json()
    again = client.post(f"{base}/reopen", headers=AGENT).json()

    assert ("bot", "closed", "open") == (back["holder"], closed["state"], again["state"])


def test_agents_list_talks(client: TestClient, waiting: str) -> None:
    """By state, holder and agent; shoppers by no more than the end of their id."""
    held = client.get(TALKS, params={"holder": "agent", "agent": "me"}, headers=AGENT).json()
    none = client.get(TALKS, params={"state": "closed"}, headers=AGENT).json()

    assert [waiting] == [one["id"] for one in held["conversations"]]
    assert [] == none["conversations"]


def test_message_types_have_schemas(client: TestClient, shopper: Headers) -> None:
    """Whoever writes a client reads there what to send."""
    told = client.get(f"{TALKS}/message-types", headers=shopper).json()

    assert {"text", "picture", "chips", "order", "rating"} <= told["types"].keys()
    assert "chips" not in told["may_send"]["shopper"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": []},
        {"body": {"text": ""}},
        {"body": {"text": "x" * 2001}},
        {"body": {"text": "x", "chips": ["y"]}},
        {"type": "chips", "body": {"text": "x", "options": []}},
        {"type": "nonsense", "body": {}},
        {"body": {"text": "x"}, "client_key": ""},
        {"body": {"text": "x"}, "client_key": "k" * 65},
        {"body": {"text": "x"}, "who": "agent"},
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_is_no_message_is_refused(
    client: TestClient, shopper: Headers, talk: str, body: dict[str, Any]
) -> None:
    """422 with what is wrong, and nothing is kept."""
    answer = client.post(f"{TALKS}/{talk}/messages", json=body, headers=shopper)

    assert 422 == answer.status_code
    assert [] == events(client, talk, shopper)
