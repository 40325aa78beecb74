"""The sockets against a served application: nothing is missed, doubled, or shown to the wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shopbot.accounts import sessions
from shopbot.errors import StorageBusy
from shopbot.ids import FixedClock
from shopbot.roles import Role
from shopbot.web import realtime
from shopbot.web.auth import COOKIE
from shopbot.web.gate import MOST_FROM_ADDRESS, WRONG_AT_MOST
from shopbot.web.services import Services
from shopbot.web.wire import COME_BACK
from tests.signed_in import AGENT, KEY, session_of, with_key
from tests.simulators.server import served
from tests.simulators.socket_client import ShopperClient, SocketClient, socket_to
from tests.simulators.talk import TalkStage


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """A served application whose agent key is KEY."""
    with served(with_key(services)) as where:
        yield where


@pytest.fixture
def shopper(address: str) -> ShopperClient:
    """A visitor with an open talk."""
    return ShopperClient.come(address)


@contextmanager
def agent_line(address: str, **talks: int) -> Iterator[SocketClient]:
    """An agent's line by key."""
    with socket_to(address, "agent") as client:
        client.tell("hello", token=KEY, conversations=talks)
        client.hear("welcome")
        yield client


def passed(stage: TalkStage, clock: FixedClock, seconds: float = 5) -> None:
    """Let time pass, and the bot answer what is due."""
    clock.move(timedelta(seconds=seconds))
    stage.run_due()


# --- the talk ------------------------------------------------------------------------------------


def test_a_message_is_acknowledged_and_answered(
    shopper: ShopperClient, stage: TalkStage, clock: FixedClock
) -> None:
    """The shopper's own message comes as an event, then the bot's."""
    with shopper.line() as line:
        line.say("什么时候发货？", "k-1")
        ack = line.hear("ack")
        passed(stage, clock)
        events = line.events(upto=3)

    assert {"type": "ack", "client_key": "k-1", "seq": 1, "repeated": False} == {
        name: ack[name] for name in ("type", "client_key", "seq", "repeated")
    }
    assert ["shopper", "bot", "bot"] == [event["author"] for event in events]
    assert "亲，48小时内发出~" == events[-1]["body"]["text"]


def test_the_same_key_makes_one_message(shopper: ShopperClient) -> None:
    """Sent twice, over two lines even: kept once, told as repeated."""
    with shopper.line() as line:
        line.say("在吗", "k-1")
        first = line.hear("ack")
    with shopper.line() as line:
        line.say("在吗", "k-1")
        second = line.hear("ack")
    kept = shopper.get("/events")["events"]

    assert (False, True) == (first["repeated"], second["repeated"])
    assert (first["seq"], first["id"]) == (second["seq"], second["id"])
    assert 1 == len(kept)


def test_the_same_key_with_other_words_is_refused(shopper: ShopperClient) -> None:
    """The line stays open, and the refusal names the key."""
    with shopper.line() as line:
        line.say("在吗", "k-1")
        line.hear("ack")
        line.say("不在吗", "k-1")
        refused = line.hear("error")
        line.tell("ping")
        line.hear("pong")

    assert ("request.idempotency-mismatch", "send", "k-1") == (
        refused["code"],
        refused["to"],
        refused["client_key"],
    )


def test_a_line_that_comes_back_gets_exactly_what_it_missed(
    shopper: ShopperClient, stage: TalkStage, clock: FixedClock
) -> None:
    """After its last seq, in order, nothing twice."""
    with shopper.line() as line:
        line.say("什么时候发货？", "k-1")
        seen = line.events(upto=1)
    passed(stage, clock)
    shopper.post("/messages", {"client_key": "k-2", "body": {"text": "尺码"}})
    passed(stage, clock)
    with shopper.line(after=seen[-1]["seq"]) as line:
        missed = line.events(upto=5)

    assert [2, 3, 4, 5] == [event["seq"] for event in missed]


def test_two_tabs_show_the_same(shopper: ShopperClient) -> None:
    """What is written in one comes in both."""
    with shopper.line() as left, shopper.line() as right:
        left.say("甲", "k-1")
        right.say("乙", "k-2")
        both = [
            [(e["seq"], e["body"]["text"]) for e in tab.events(upto=2)] for tab in (left, right)
        ]

    assert both[0] == both[1]
    assert {"甲", "乙"} == {text for _, text in both[0]}


def test_a_long_past_comes_in_pieces(shopper: ShopperClient, stage: TalkStage) -> None:
    """More events than one frame takes come in several, in order."""
    talk = stage.chat.find(shopper.talk)
    for number in range(230):
        stage.write(talk, f"第{number}句")
    with shopper.line() as line:
        first = line.hear("events")
        rest = line.hear("events")

    assert (200, True) == (len(first["events"]), first["more"])
    assert list(range(1, 231)) == [e["seq"] for e in first["events"] + rest["events"]]


def test_an_agent_and_a_shopper_talk(address: str, shopper: ShopperClient) -> None:
    """Each hears the other; the shopper reads a person's name and no user id."""
    with shopper.line() as left, agent_line(address, **{shopper.talk: 0}) as right:
        left.say("有人吗", "k-1")
        right.events(upto=1)
        httpx.post(f"{address}api/v1/conversations/{shopper.talk}/take", headers=AGENT)
        right.say("在的亲", "a-1", conversation=shopper.talk)
        told = left.events(upto=3)
        heard = right.events(upto=3)

    assert ["message", "held", "message"] == [event["kind"] for event in told]
    assert ("agent", "在的亲") == (told[2]["author"], told[2]["body"]["text"])
    assert not {"who", "audience"} & set().union(*(event.keys() for event in told))
    assert "agent" == heard[-1]["who"]


def test_notes_and_suggestions_stay_with_the_staff(
    address: str, shopper: ShopperClient, stage: TalkStage, clock: FixedClock
) -> None:
    """The shopper's line is told nothing of them."""
    base = f"{address}api/v1/conversations/{shopper.talk}"
    httpx.post(f"{base}/take", headers=AGENT)
    with shopper.line() as left, agent_line(address, **{shopper.talk: 0}) as right:
        left.say("什么时候发货？", "k-1")
        left.hear("ack")
        passed(stage, clock)
        httpx.post(f"{base}/notes", headers=AGENT, json={"text": "老顾客"})
        kinds = [event["kind"] for event in right.events(upto=4)]
        left.say("人呢", "k-2")
        shown = left.events(upto=6)

    assert {"suggested", "note"} <= set(kinds)
    assert {"held", "message"} == {event["kind"] for event in shown}


def test_an_agent_watches_more_talks_and_fewer(address: str) -> None:
    """Talks are added and dropped while the line is open; unknown ones are left out."""
    first, second = ShopperClient.come(address), ShopperClient.come(address)
    with agent_line(address, **{first.talk: 0, "cnv_unknown": 0}) as line:
        first.post("/messages", {"client_key": "k", "body": {"text": "甲"}})
        one = line.hear("events")
        line.tell("watch", conversations={second.talk: 0})
        line.tell("unwatch", conversations=[first.talk])
        line.tell("ping")
        line.hear("pong")
        first.post("/messages", {"client_key": "l", "body": {"text": "丙"}})
        second.post("/messages", {"client_key": "k", "body": {"text": "乙"}})
        two = line.hear("events")

    assert (first.talk, second.talk) == (one["conversation"], two["conversation"])


def test_agents_hear_that_the_desk_changed(address: str, shopper: ShopperClient) -> None:
    """Without watching anything: the page then asks for the desk."""
    with agent_line(address) as line:
        shopper.post("/human")

        assert {"type": "desk"} == line.hear("desk")


def test_marks_and_typing_reach_the_other_side(address: str, shopper: ShopperClient) -> None:
    """Read marks are kept and told; typing is told and not kept."""
    with shopper.line() as left, agent_line(address, **{shopper.talk: 0}) as right:
        left.say("在吗", "k-1")
        right.events(upto=1)
        right.tell("mark", conversation=shopper.talk, delivered=1, read=1)
        mark = left.hear("mark", side="staff")
        left.tell("typing")
        left.tell("typing")
        typing = right.hear("typing")
        left.tell("ping")
        left.hear("pong")

    assert (1, 1) == (mark["delivered"], mark["read"])
    assert ("shopper", shopper.talk) == (typing["side"], typing["conversation"])
    assert [] == [frame for frame in right.kept if frame["type"] == "typing"]
    assert [{"side": "staff", "delivered": 1, "read": 1}] == shopper.get("/events")["marks"]


def test_who_looks_in_later_hears_how_far_both_have_got(
    address: str, shopper: ShopperClient
) -> None:
    """Marks that moved before an agent watched; a mark that stands still is not told again."""
    with shopper.line() as left, agent_line(address, **{shopper.talk: 0}) as first:
        left.say("在吗", "k-1")
        left.events(upto=1)
        left.tell("mark", delivered=1, read=1)
        first.hear("mark", side="shopper")
        with agent_line(address, **{shopper.talk: 0}) as later:
            seen = later.hear("mark", side="shopper")
            later.tell("mark", conversation=shopper.talk, delivered=1, read=1)
            later.hear("mark", side="staff")
            later.tell("ping")
            later.hear("pong")

    assert (1, 1) == (seen["delivered"], seen["read"])
    assert [] == [frame for frame in later.kept if frame["type"] == "mark"]


def test_a_mark_is_told_to_every_line_it_is_news_for(shopper: ShopperClient) -> None:
    """The second tab of a shopper hears of it; who is alone in a talk knows what they said."""
    with shopper.line() as alone:
        alone.say("在吗", "k-1")
        alone.events(upto=1)
        alone.tell("mark", delivered=1)
        while [{"side": "shopper", "delivered": 1, "read": 0}] != shopper.get("/events")["marks"]:
            continue
        alone.tell("typing", conversation="not-theirs")
        alone.hear("error", to="typing")  # whatever was to be told before has been told
        heard = [frame for frame in alone.kept if frame["type"] == "mark"]
        with shopper.line() as tab:
            alone.tell("mark", delivered=1, read=1)
            told = tab.hear("mark", side="shopper", read=1)

    assert [] == heard
    assert 1 == told["delivered"]


def test_a_message_is_taken_back(address: str, shopper: ShopperClient) -> None:
    """Both sides hear of it, and its words are gone for whoever comes later."""
    with shopper.line() as left, agent_line(address, **{shopper.talk: 0}) as right:
        left.say("发错了", "k-1")
        left.hear("ack")
        left.tell("recall", seq=1)
        told = right.events(upto=2)
    with shopper.line() as line:
        later = line.events(upto=2)

    assert ("recalled", 1) == (told[-1]["kind"], told[-1]["body"]["message"])
    assert {"type": "text", "recalled": True} == later[0]["body"]


# --- who may -------------------------------------------------------------------------------------


def hello(token: str, talk: str) -> dict[str, Any]:
    """Return a shopper's first frame."""
    return {"type": "hello", "token": token, "conversation": talk, "after": 0}


def code_of(address: str, path: str, *frames: object, **options: Any) -> int:
    """Send frames (text, bytes or JSON) and return how the line ends."""
    with socket_to(address, path, **options) as client:
        with suppress(ConnectionClosed):  # refused before it was sent
            for frame in frames:
                client.line.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
        return client.closed()


def test_another_visitors_talk_is_as_one_that_is_not_there(
    address: str, shopper: ShopperClient
) -> None:
    """The same code, nothing told."""
    other = ShopperClient.come(address)
    codes = [
        code_of(address, "shopper", hello(other.token, talk)) for talk in (shopper.talk, "cnv_none")
    ]

    assert [realtime.NOT_FOUND, realtime.NOT_FOUND] == codes


def test_a_token_that_does_not_hold_lets_nobody_in(address: str, shopper: ShopperClient) -> None:
    """Neither a made-up one, nor a visitor's at the agents' door."""
    with socket_to(address, "agent") as client:
        client.tell("hello", token=shopper.token)
        as_agent = client.closed()

    assert realtime.UNAUTHENTICATED == code_of(address, "shopper", hello("x" * 43, shopper.talk))
    assert realtime.UNAUTHENTICATED == as_agent


@pytest.mark.parametrize(
    ("role", "code"), [(Role.AGENT, None), (Role.SUPERVISOR, None), (Role.STAFF, 4401)]
)
def test_a_signed_in_page_needs_no_token(services: Services, role: Role, code: int | None) -> None:
    """The cookie is enough for those who talk with shoppers, from our own page only."""
    with served(with_key(services)) as address:
        cookie = {"Cookie": f"{COOKIE}={session_of(services, role)}"}
        with socket_to(
            address, "agent", origin=address.rstrip("/"), additional_headers=cookie
        ) as client:
            client.tell("hello")
            ended = None if client.next()["type"] == "welcome" else client.closed()

    assert code == ended


def test_pages_of_other_sites_are_refused(services: Services) -> None:
    """Even with the right cookie; the shop's own site may open the shoppers' line, not the agents'."""
    shop = "https://shop.example"
    settings = services.settings.model_copy(update={"widget_origins": (shop,)})
    cookie = {"Cookie": f"{COOKIE}={session_of(services)}"}
    with served(replace(services, settings=settings)) as address:
        shopper = ShopperClient.come(address)
        with shopper.line(origin=shop) as line:
            line.tell("ping")
            line.hear("pong")
        agent = code_of(address, "agent", {"type": "hello"}, origin=shop, additional_headers=cookie)
        for path in ("agent", "shopper"):
            with pytest.raises(InvalidStatus, match="403"):
                code_of(address, path, origin="https://evil.example", additional_headers=cookie)

    assert realtime.FORBIDDEN == agent


def test_a_session_that_ends_ends_the_line(services: Services) -> None:
    """An agent who was signed out is let go at the next ping."""
    with served(with_key(services)) as address:
        cookie = {"Cookie": f"{COOKIE}={session_of(services)}"}
        with socket_to(
            address, "agent", origin=address.rstrip("/"), additional_headers=cookie
        ) as client:
            client.tell("hello")
            client.hear("welcome")
            services.db.transaction(sessions.end_all)
            client.tell("ping")

            assert realtime.UNAUTHENTICATED == client.closed()


def test_a_visitor_who_signs_out_is_let_go(address: str, shopper: ShopperClient) -> None:
    """At the next ping: whoever sits down at that browser does not read on."""
    with shopper.line() as line:
        httpx.delete(f"{address}api/v1/visitors", headers=shopper.headers)
        line.tell("ping")

        assert realtime.UNAUTHENTICATED == line.closed()


def test_a_busy_database_is_no_bug(
    shopper: ShopperClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says come back later; a message is refused with the reason and its key."""

    def busy(*_: object, **__: object) -> None:
        raise StorageBusy("shopbot.db")

    with shopper.line() as line:
        monkeypatch.setattr(services.chat, "post", busy)
        line.say("在吗", "k-1")
        refused = line.hear("error")
    monkeypatch.setattr(services.chat, "access", busy)
    with socket_to(shopper.address, "shopper") as client:
        client.tell(
            "hello", **{k: v for k, v in hello(shopper.token, shopper.talk).items() if k != "type"}
        )

        assert COME_BACK == client.closed()
    assert ("storage.busy", "k-1") == (refused["code"], refused["client_key"])


def test_an_agent_cannot_write_where_it_does_not_watch(
    address: str, shopper: ShopperClient
) -> None:
    """A frame names a talk of this line; any other is not found."""
    with agent_line(address) as line:
        line.say("您好", "a-1", conversation=shopper.talk)
        refused = line.hear("error")

    assert ("request.not-found", "a-1") == (refused["code"], refused["client_key"])


# --- what is sent wrongly ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    ["", "{", "[]", '{"type":"ping"}', '{"type":"hello"}', b"\x00", '{"type":"hello","token":7}'],
    ids=repr,
)
def test_a_first_frame_that_is_no_hello_ends_the_line(address: str, first: object) -> None:
    """With the code for frames that cannot be read."""
    assert realtime.MALFORMED == code_of(address, "shopper", first)


def test_wrong_frames_are_told_and_too_many_end_the_line(shopper: ShopperClient) -> None:
    """Five are forgiven; the error says what is wrong and never what was sent."""
    secret = "秘密"
    with shopper.line() as line:
        for _ in range(WRONG_AT_MOST):
            line.tell("send", text=secret)
        told = [line.hear("error") for _ in range(WRONG_AT_MOST)]
        line.tell("watch", conversations={shopper.talk: 0})
        code = line.closed()

    assert {"request.malformed"} == {frame["code"] for frame in told}
    assert secret not in json.dumps([told, line.kept], ensure_ascii=False)
    assert realtime.MALFORMED == code


@pytest.mark.parametrize("size", [70_000, 300_000])
def test_a_huge_frame_ends_the_line(address: str, shopper: ShopperClient, size: int) -> None:
    """By the application, or by the protocol when even reading it would be too much."""
    with shopper.line() as line:
        line.say("长" * (size // 3), "k-1")
        code = line.closed()

    assert code in {realtime.TOO_LARGE, 1009}


def test_who_says_nothing_is_let_go(
    address: str, shopper: ShopperClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a hello, and later without any frame."""
    monkeypatch.setattr(realtime, "HELLO_S", 0.05)
    monkeypatch.setattr(realtime, "READ_S", 0.1)
    with shopper.line() as line:
        later = line.closed()

    assert (realtime.TOO_SLOW, realtime.TOO_SLOW) == (code_of(address, "shopper"), later)


def test_who_sends_too_fast_is_slowed_then_let_go(shopper: ShopperClient) -> None:
    """A burst is told so; going on ends the line, and nothing of it was kept."""
    with shopper.line() as line:
        for _ in range(200):
            line.tell("mark", read=1)
        code = line.closed()

    assert realtime.TOO_MANY == code
    assert "request.too-many" in {frame.get("code") for frame in line.kept}


def test_one_address_has_so_many_lines(address: str, shopper: ShopperClient) -> None:
    """More are refused; one that closes makes room."""
    with ExitStack() as stack:
        for _ in range(MOST_FROM_ADDRESS):
            stack.enter_context(shopper.line())
        code = code_of(address, "shopper")
    with shopper.line() as line:
        line.tell("ping")
        line.hear("pong")

    assert realtime.TOO_MANY == code


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "\u0000\u0007控制", "‮反转", "😀" * 500, "'; DROP TABLE x; --"],
    ids=["markup", "control", "direction", "emoji", "sql"],
)
def test_any_text_is_only_text(shopper: ShopperClient, text: str) -> None:
    """It comes back as it was typed, without what cannot be seen."""
    with shopper.line() as line:
        line.say(text, "k-1")
        (event,) = line.events(upto=1)

    assert [c for c in text if c.isprintable()] == list(event["body"]["text"])
