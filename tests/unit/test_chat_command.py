"""`shopbot chat` against a served shop, from both sides."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from typing_extensions import override

from shopbot import cli
from shopbot.chat.model import Conversation
from shopbot.commands import chat
from shopbot.ids import FixedClock
from shopbot.web.services import Services
from tests.live_store import waited_for
from tests.signed_in import KEY, with_key
from tests.simulators.server import served
from tests.simulators.socket_client import ShopperClient
from tests.simulators.talk import TalkStage


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """A served application whose agent key is KEY."""
    with served(with_key(services)) as where:
        yield where


class Typed(io.StringIO):
    """Lines that are typed one after another, each once something holds."""

    def __init__(self, *lines: tuple[str, Callable[[], bool]]) -> None:
        super().__init__()
        self._lines = list(lines)

    @override
    def readline(self, *_: object) -> str:  # type: ignore[override]
        if not self._lines:
            return ""
        line, ready = self._lines.pop(0)
        assert waited_for(ready)
        return f"{line}\n"


def always() -> bool:
    """Hold at once."""
    return True


def run(monkeypatch: pytest.MonkeyPatch, typed: Typed, *arguments: str) -> int:
    """Run the command with what is typed."""
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setattr(chat, "_QUIET_S", 0.2)
    return cli.run(["chat", *arguments])


def keep_answering(stage: TalkStage, clock: FixedClock) -> Callable[[], None]:
    """Let the bot answer while a test goes on; the result ends it."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            clock.move(timedelta(seconds=1))
            stage.run_due()

    thread = threading.Thread(target=work)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    return end


def the_talk(stage: TalkStage) -> Conversation:
    """Return the only talk."""
    (talk,) = stage.chat.list_open(state="")
    return talk


def test_a_shopper_asks_in_the_terminal(
    address: str,
    stage: TalkStage,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was piped in is answered before it leaves; the bot is named as one."""
    end = keep_answering(stage, clock)
    code = run(monkeypatch, Typed(("什么时候发货", always)), "--server", address)
    end()
    told = capsys.readouterr().out

    assert 0 == code
    assert "智能客服：亲，48小时内发出~" in told
    assert ["什么时候发货"] == stage.said(the_talk(stage), "shopper")


def test_a_shopper_asks_for_a_person_and_ends(
    address: str, stage: TalkStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By commands that begin with a slash; what is unknown is simply said."""
    typed = Typed(("/human", always), ("/close", always), ("/quit", always), ("nie", always))
    run(monkeypatch, typed, "--server", address, "--product", "LS-JK-01")
    talk = the_talk(stage)

    assert ("closed", "LS-JK-01") == (talk.state, talk.product)
    assert "queue" in [event.body.get("holder") for event in stage.events(talk)]


def test_an_agent_accepts_a_suggestion_by_digit(
    address: str,
    stage: TalkStage,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Take the next, read, press 1, write by hand, hand back."""
    shopper = ShopperClient.come(address)
    shopper.post("/human")
    shopper.post("/messages", {"client_key": "k", "body": {"text": "什么时候发货"}})
    monkeypatch.setenv("SHOPBOT_AGENT_KEY", KEY)
    end = keep_answering(stage, clock)

    def suggested() -> bool:
        return bool(stage.chat.drafts(shopper.talk))

    def answered() -> bool:
        return len(stage.said(the_talk(stage), "agent")) == 1

    typed = Typed(
        ("/l", always),
        ("7", always),  # no talk yet
        ("/n", suggested),
        ("1", suggested),
        ("还有别的吗", answered),
        ("/b", always),
    )
    code = run(monkeypatch, typed, "--server", address, "--as-agent")
    end()
    told = capsys.readouterr().out

    assert 0 == code
    assert ["亲，48小时内发出~", "还有别的吗"] == stage.said(the_talk(stage), "agent")
    assert "bot" == the_talk(stage).holder
    assert all(words in told for words in ("顾客：什么时候发货", "1 97%", "先用 /n"))


def test_a_wrong_key_is_told_in_one_sentence(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a trace, with the server's own words."""
    monkeypatch.setenv("SHOPBOT_AGENT_KEY", "x" * 32)
    code = run(monkeypatch, Typed(), "--server", address, "--as-agent")

    assert 2 == code
    assert "Traceback" not in capsys.readouterr().err
