"""Pages behind a proxy that blocks sockets: HTTP stands in, nothing is lost or said twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shopbot.chat.model import Conversation
from shopbot.ids import FixedClock
from shopbot.roles import Role
from shopbot.web.auth import COOKIE
from shopbot.web.services import Services
from tests.browser.conftest import opened
from tests.signed_in import session_of, with_key
from tests.simulators.server import served
from tests.simulators.talk import TalkStage

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Proxy:
    """What stands between a page and its server; it lets sockets through when ``opens`` is set."""

    def __init__(self) -> None:
        self.opens = False
        self.refused = 0

    def meet(self, socket: Any) -> None:
        """Refuse a socket, or hand it on."""
        if self.opens:
            socket.connect_to_server()
            return
        self.refused += 1
        socket.close()


@pytest.fixture
def shop(services: Services) -> Iterator[str]:
    """The address of a server."""
    with served(with_key(services)) as where:
        yield where


@pytest.fixture
def proxy() -> Proxy:
    """A proxy that blocks."""
    return Proxy()


@pytest.fixture
def chat(browser: Any, shop: str, proxy: Proxy) -> Iterator[Any]:
    """The shopper's page behind the proxy, with a word said already."""
    with opened(browser) as (_, tab):
        tab.route_web_socket("**/api/v1/socket/*", proxy.meet)
        tab.goto(f"{shop}chat")
        tab.wait_for_selector("#box:focus")
        write(tab, "在吗")
        yield tab


@pytest.fixture
def desk(browser: Any, services: Services, shop: str, proxy: Proxy) -> Iterator[Any]:
    """The desk of an agent who is online, behind the proxy."""
    with opened(browser) as (context, tab):
        cookie = {"name": COOKIE, "value": session_of(services, Role.AGENT)}
        context.add_cookies([{**cookie, "domain": "127.0.0.1", "path": "/", "httpOnly": True}])
        tab.route_web_socket("**/api/v1/socket/*", proxy.meet)
        tab.goto(f"{shop}desk")
        tab.locator("#presence").wait_for()
        tab.select_option("#presence", "online")
        tab.locator("#notice", has_text="每隔几秒").wait_for()
        yield tab


def write(page: Any, text: str) -> None:
    """Type and send; wait until the page knows that the server has it."""
    before = page.locator(".own:not(.pending)").count()
    page.fill("#box", text)
    page.keyboard.press("Enter")
    page.locator(".own:not(.pending)").nth(before).wait_for()


def talk_of(stage: TalkStage) -> Conversation:
    """Return the only open talk."""
    (talk,) = stage.chat.list_open()
    return talk


def said(page: Any, author: str) -> list[str]:
    """Return what one side has said, as the page shows it."""
    texts: list[str] = page.locator(f".{author} .words").all_inner_texts()
    return texts


def test_a_shopper_asks_and_is_answered_without_a_socket(
    chat: Any, stage: TalkStage, clock: FixedClock, proxy: Proxy
) -> None:
    """The page says mildly that it is slower; each message goes out and comes in once."""
    notice = chat.locator("#notice").inner_text()
    write(chat, "什么时候发货")
    clock.move(timedelta(seconds=5))
    stage.run_due()
    chat.locator(".bot .words", has_text="48小时").wait_for()
    write(chat, "好的")

    assert "照常可以聊" in notice
    assert proxy.refused >= 3
    assert ["在吗", "什么时候发货", "好的"] == stage.said(talk_of(stage), "shopper")
    assert ["在吗", "什么时候发货", "好的"] == said(chat, "own")
    assert 1 == sum("48小时" in text for text in said(chat, "bot"))


def test_an_answer_that_was_lost_makes_no_second_message(chat: Any, stage: TalkStage) -> None:
    """The message had arrived, its acknowledgement had not: it goes again under its key."""
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data)
        route.fetch()
        route.abort()

    chat.route("**/messages", lose)
    write(chat, "只说一遍")

    assert 1 == len(lost)
    assert ["在吗", "只说一遍"] == stage.said(talk_of(stage), "shopper") == said(chat, "own")


def test_a_message_is_taken_back_and_the_other_side_read_without_a_socket(
    chat: Any, stage: TalkStage
) -> None:
    """Recall and marks go the same way."""
    talk = talk_of(stage)
    stage.reply(talk, "在的亲", agent="agent")
    chat.locator(".agent .words", has_text="在的亲").wait_for()
    chat.locator(".own").hover()
    chat.locator(".beside button", has_text="撤回").click()
    chat.locator(".between", has_text="您撤回了一条消息").wait_for()
    read = {mark.side: mark.read for mark in stage.chat.marks(talk.id)}

    assert [] == said(chat, "own")
    assert read["shopper"] >= 2


def test_the_socket_takes_over_again(chat: Any, stage: TalkStage, proxy: Proxy) -> None:
    """Once it can be had: the note goes, what was said meanwhile is there once."""
    proxy.opens = True
    stage.reply(talk_of(stage), "等您回来", agent="agent")
    chat.evaluate("window.dispatchEvent(new Event('online'))")
    chat.locator("#notice .mild").wait_for(state="detached")
    write(chat, "又通了")

    assert ["在吗", "又通了"] == stage.said(talk_of(stage), "shopper") == said(chat, "own")
    assert ["等您回来"] == said(chat, "agent")


def test_axe_finds_nothing_to_mend_in_the_note(chat: Any) -> None:
    """It can be read by everybody."""
    from axe_playwright_python.sync_playwright import Axe

    chat.locator("#notice .mild").wait_for()
    found = Axe().run(chat, options=RULES).response["violations"]

    assert [] == [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def test_an_agent_answers_without_a_socket(
    desk: Any, stage: TalkStage, clock: FixedClock, services: Services
) -> None:
    """New talks, suggestions and messages come by looking; the agent counts as there."""
    talk = stage.chat.open(visitor="vis_one")
    stage.write(talk, "转人工")
    stage.chat.ask_human(conversation=talk.id, visitor="vis_one")
    stage.write(talk, "什么时候发货")
    clock.move(timedelta(seconds=5))
    stage.run_due()
    desk.locator("#list .talk").first.click()
    desk.locator(".suggestion").first.wait_for()
    write(desk, "马上给您看")
    stage.write(talk, "谢谢")
    desk.locator(".shopper .words", has_text="谢谢").wait_for()
    clock.move(timedelta(seconds=40))
    desk.evaluate("fetch('/api/v1/desk')")
    stage.write(talk, "还在吗")
    desk.locator(".shopper .words", has_text="还在吗").wait_for()
    clock.move(timedelta(seconds=40))
    with services.db.snapshot() as reader:
        there = services.reception._desk.facts(reader, "test", clock.now()).agents_online

    assert ["马上给您看"] == stage.said(talk, "agent") == said(desk, "agent.own")
    assert 1 == there


def test_what_a_broken_line_swallowed_goes_again(browser: Any, shop: str, stage: TalkStage) -> None:
    """A frame that never arrived is sent on the next line, under its key: once."""
    swallowed: list[str] = []

    def meet(socket: Any) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str) -> None:
            if '"send"' in frame and not swallowed:
                swallowed.append(frame)
                socket.close()
            else:
                server.send(frame)

        socket.on_message(pass_on)

    with opened(browser) as (_, tab):
        tab.route_web_socket("**/api/v1/socket/*", meet)
        tab.goto(f"{shop}chat")
        tab.wait_for_selector("#box:focus")
        write(tab, "听得到吗")

        assert 1 == len(swallowed)
        assert ["听得到吗"] == stage.said(talk_of(stage), "shopper") == said(tab, "own")
