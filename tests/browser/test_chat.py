"""The shopper's page in a real browser: on a phone, through broken lines, with hostile text, to axe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from shopbot.chat.model import Conversation, Incoming
from shopbot.ids import FixedClock
from shopbot.web.services import Services
from tests.browser.conftest import opened
from tests.signed_in import AGENT, with_key
from tests.simulators.server import served
from tests.simulators.talk import TalkStage

PHONE = {"width": 360, "height": 740}
HOSTILE = '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>'
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def shop(services: Services) -> Iterator[str]:
    """The address of a server that has an agent key."""
    with served(with_key(services)) as where:
        yield where


@pytest.fixture
def chat(browser: Any, shop: str) -> Iterator[Any]:
    """The page on a phone."""
    with opened(browser) as (_, tab):
        tab.set_viewport_size(PHONE)
        tab.goto(f"{shop}chat")
        tab.wait_for_selector("#box:focus")
        yield tab


def write(page: Any, text: str) -> None:
    """Type and send; wait until the server has it."""
    before = page.locator(".own:not(.pending)").count()
    page.fill("#box", text)
    page.keyboard.press("Enter")
    page.locator(".own:not(.pending)").nth(before).wait_for()


def talk_of(stage: TalkStage) -> Conversation:
    """Return the only open talk."""
    (talk,) = stage.chat.list_open()
    return talk


def answered(stage: TalkStage, clock: FixedClock) -> None:
    """Let the bot answer what is due."""
    clock.move(timedelta(seconds=5))
    stage.run_due()


def bubbles(page: Any) -> list[str]:
    """Return what was said, from top to bottom."""
    texts: list[str] = page.locator(".bubble .words").all_inner_texts()
    return texts


def test_the_last_line_stays_in_view_when_the_keyboard_opens(
    chat: Any, stage: TalkStage, clock: FixedClock
) -> None:
    """A phone's keyboard takes half of the page; who reads further up is left there."""
    painted = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    gap = "() => log.scrollHeight - log.scrollTop - log.clientHeight"
    for number in range(14):
        write(chat, f"第{number}句，想问问衣服的面料和尺码怎么样")
    gaps = []
    for place in (None, 0):
        chat.set_viewport_size(PHONE)
        chat.wait_for_function("() => log.clientHeight > 400")
        chat.evaluate(painted)
        if place is not None:
            chat.evaluate(f"() => {{ log.scrollTop = {place} }}")
            chat.evaluate(painted)
        chat.set_viewport_size({"width": 360, "height": 400})
        chat.wait_for_function("() => log.clientHeight < 300")
        chat.evaluate(painted)
        gaps.append(chat.evaluate(gap))

    assert gaps[0] < 2
    assert gaps[1] > 100


def test_a_shopper_asks_and_a_bot_answers_openly(
    chat: Any, stage: TalkStage, clock: FixedClock
) -> None:
    """The page says who speaks before and after."""
    status = chat.locator("#status").inner_text()
    write(chat, "什么时候发货？")
    answered(stage, clock)
    chat.locator(".bot .words", has_text="48小时").wait_for()

    assert "智能客服" in status
    assert "智能客服" == chat.locator(".said .by").first.inner_text()


def test_a_person_takes_over_and_is_named_as_one(chat: Any, shop: str, stage: TalkStage) -> None:
    """The header, a line in the talk and the message itself say so."""
    write(chat, "你好")
    chat.click("#human")
    chat.locator("#status", has_text="转接").wait_for()
    talk = talk_of(stage)
    httpx.post(f"{shop}api/v1/conversations/{talk.id}/take", headers=AGENT)
    stage.reply(talk, "在的亲，我是小林", agent="agent")
    chat.locator(".agent .words", has_text="小林").wait_for()

    assert "人工客服 小林" == chat.locator(".agent .by").inner_text()
    assert "人工客服" in chat.locator("#status").inner_text()
    assert chat.locator("#human").is_hidden()


def test_a_draft_and_a_talk_outlive_a_reload(chat: Any) -> None:
    """What was typed stands in the box, what was said in the log."""
    write(chat, "第一句")
    chat.fill("#box", "还没写完")
    chat.reload()
    chat.locator(".words", has_text="第一句").wait_for()

    assert "还没写完" == chat.locator("#box").input_value()


def test_a_server_that_restarts_is_met_again(
    browser: Any, services: Services, stage: TalkStage
) -> None:
    """What was said meanwhile is fetched, what was written meanwhile is sent once, the draft is kept."""
    with opened(browser) as (_, tab):
        with served(with_key(services)) as first:
            tab.goto(f"{first}chat")
            tab.wait_for_selector("#box:focus")
            write(tab, "第一句")
        port = int(first.rstrip("/").rpartition(":")[2])
        tab.locator("#notice", has_text="重新连接").wait_for()
        tab.fill("#box", "路上写的")
        tab.keyboard.press("Enter")
        tab.locator(".pending .words", has_text="路上写的").wait_for()
        tab.fill("#box", "草稿")
        stage.reply(talk_of(stage), "刚才断了一下", agent="agent")
        with served(with_key(services), port=port):
            tab.locator(".agent .words", has_text="刚才断了一下").wait_for()
            tab.locator(".own:not(.pending) .words", has_text="路上写的").wait_for()

            assert "草稿" == tab.locator("#box").input_value()
    assert ["第一句", "路上写的"] == stage.said(talk_of(stage), "shopper")


def test_a_second_tab_shows_the_same(chat: Any, shop: str) -> None:
    """What is written in one comes in the other."""
    write(chat, "甲")
    other = chat.context.new_page()
    other.goto(f"{shop}chat")
    other.locator(".words", has_text="甲").wait_for()
    write(other, "乙")
    chat.locator(".words", has_text="乙").wait_for()

    assert ["甲", "乙"] == bubbles(chat) == bubbles(other)


def test_another_visitor_sees_nothing_of_it(browser: Any, chat: Any, shop: str) -> None:
    """A browser of its own has a talk of its own."""
    write(chat, "我的秘密")
    with opened(browser) as (_, stranger):
        stranger.goto(f"{shop}chat")
        stranger.wait_for_selector("#box:focus")
        write(stranger, "你好")

        assert ["你好"] == bubbles(stranger)


def test_chips_are_tapped(chat: Any, stage: TalkStage, clock: FixedClock) -> None:
    """A chip says its words; those of earlier turns are gone."""
    from tests.simulators.talk import said_entry

    stage.known.add("运费", said_entry("fee", "满99包邮~", chips=("能用顺丰吗", "偏远地区呢")))
    write(chat, "运费多少")
    answered(stage, clock)
    chat.locator(".chip", has_text="能用顺丰吗").click()
    chat.locator(".own:not(.pending) .words", has_text="能用顺丰吗").wait_for()
    chat.locator(".chip").first.wait_for(state="detached")

    assert ["运费多少", "能用顺丰吗"] == stage.said(talk_of(stage), "shopper")


def test_a_picture_is_sent_and_shown(chat: Any) -> None:
    """Chosen from the phone, kept by the server, shown from its signed address."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    chat.set_input_files(
        "#file", {"name": "破洞.png", "mimeType": "image/png", "buffer": made.getvalue()}
    )
    chat.locator(".picture:not(.loading) img").wait_for()

    assert 40 == chat.evaluate("document.querySelector('.picture img').naturalWidth")


def test_a_message_is_taken_back(chat: Any, stage: TalkStage) -> None:
    """Its words are gone from the page."""
    write(chat, "发错了")
    chat.locator(".beside button", has_text="撤回").click()
    chat.locator(".between", has_text="您撤回了一条消息").wait_for()

    assert [] == bubbles(chat)


def test_read_marks_and_typing_are_shown(chat: Any, shop: str, stage: TalkStage) -> None:
    """The shopper sees that it was read, and that somebody types."""
    write(chat, "在吗")
    talk = talk_of(stage)
    stage.chat.mark(conversation=talk.id, side="staff", delivered=1, read=1)
    chat.locator(".state", has_text="已读").wait_for()
    stage.chat.typing(conversation=talk.id, side="staff")

    chat.locator(".typing").wait_for()


def test_a_talk_is_ended_and_rated(chat: Any, stage: TalkStage, clock: FixedClock) -> None:
    """Stars, a tag, a word; and writing again begins a new talk."""
    write(chat, "什么时候发货")
    answered(stage, clock)
    chat.locator(".bot").first.wait_for()
    first = talk_of(stage)
    chat.click("#close")
    chat.locator("#star-4").click()
    chat.locator(".rating .chip").first.click()
    chat.fill("#rating-words", "谢谢")
    chat.click("#rate")
    chat.locator(".between", has_text="评价").wait_for()
    write(chat, "还有个问题")
    rated = [event for event in stage.events(first) if event.kind == "rated"]

    assert (4, "谢谢") == (rated[0].body["stars"], rated[0].body["words"])
    assert ["还有个问题"] == stage.said(talk_of(stage), "shopper")[-1:]


def test_unread_messages_are_counted_while_scrolled_up(chat: Any, stage: TalkStage) -> None:
    """They do not pull the page down; a button does."""
    write(chat, "第一句")
    talk = talk_of(stage)
    for number in range(20):
        stage.reply(talk, f"回复{number}", agent="agent")
    chat.locator(".words", has_text="回复19").wait_for()
    chat.evaluate("document.querySelector('#log').scrollTop = 0")
    chat.wait_for_function("() => document.querySelector('#log').scrollTop === 0")
    stage.reply(talk, "新消息", agent="agent")
    chat.locator("#below", has_text="1").wait_for()
    top = chat.evaluate("document.querySelector('#log').scrollTop")
    chat.click("#below")
    chat.locator("#below").wait_for(state="hidden")

    assert 0 == top


@pytest.mark.parametrize("where", ["shopper", "bot", "agent", "name", "chips", "card", "link"])
def test_hostile_text_is_shown_as_text(
    chat: Any, stage: TalkStage, clock: FixedClock, where: str
) -> None:
    """Markup never becomes markup of the page, and no link leads to a script."""
    from tests.simulators.talk import said_entry

    stage.known.add("运费", said_entry("fee", HOSTILE if where == "bot" else "满99包邮"))
    write(chat, HOSTILE if where == "shopper" else "运费")
    answered(stage, clock)
    talk = talk_of(stage)
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "chips": ("chips", {"text": "选", "options": [{"value": "a", "text": HOSTILE[:99]}]}),
        "card": ("product", {"sku": "x", "name": HOSTILE, "price": HOSTILE}),
        "link": ("product", {"sku": HOSTILE[:99], "link": "javascript:document.title='pwned'"}),
    }
    kind, body = bodies.get(where, ("text", {"text": HOSTILE if where == "agent" else "好"}))
    stage.chat.send(
        conversation=talk.id,
        author="agent",
        who="agent",
        name=HOSTILE if where == "name" else "小林",
        message=Incoming(type=kind, body=body, client_key="x"),  # type: ignore[arg-type]
        anyway=True,
    )
    chat.locator(".said.agent").first.wait_for()

    assert "pwned" not in chat.title()
    assert 0 == chat.locator("main img, main script, main a").count()
    assert "<img src=x" in chat.locator("#app").inner_text()


def test_enter_while_composing_sends_nothing(chat: Any) -> None:
    """A Chinese input method takes Enter for itself."""
    chat.fill("#box", "ni")
    chat.evaluate(
        "document.querySelector('#box').dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true}))"
    )

    assert "ni" == chat.locator("#box").input_value()


def test_nothing_is_loaded_from_elsewhere(chat: Any, shop: str) -> None:
    """Every request goes to the page's own server."""
    asked: list[str] = []
    chat.on("request", lambda request: asked.append(request.url))
    chat.reload()
    write(chat, "在吗")

    assert [] == [url for url in asked if not url.startswith((shop, shop.replace("http", "ws")))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(
    chat: Any, stage: TalkStage, clock: FixedClock, scheme: str
) -> None:
    """WCAG A and AA, with messages, chips, a recalled one and the rating in view."""
    from axe_playwright_python.sync_playwright import Axe

    from tests.simulators.talk import said_entry

    stage.known.add("运费", said_entry("fee", "满99包邮~", chips=("能用顺丰吗",)))
    chat.emulate_media(color_scheme=scheme)
    write(chat, "发错了")
    chat.locator(".beside button", has_text="撤回").click()
    chat.locator(".between", has_text="撤回").wait_for()
    write(chat, "运费")
    answered(stage, clock)
    chat.locator(".chip").first.wait_for()
    found = Axe().run(chat, options=RULES).response["violations"]
    chat.click("#close")
    chat.locator("#star-4").click()
    found += Axe().run(chat, options=RULES).response["violations"]

    assert [] == [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert PHONE["width"] >= chat.evaluate("document.documentElement.scrollWidth")


def test_a_picture_whose_address_is_over_is_shown_again(chat: Any, clock: FixedClock) -> None:
    """Drawn when its ten minutes are over it asks for another address."""
    asked: list[str] = []

    def late(route: Any) -> None:
        if not asked:
            clock.move(timedelta(minutes=11))
        asked.append(route.request.url)
        route.continue_()

    chat.route("**/chat-media/*", late)
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": made.getvalue()}
    with chat.expect_response(lambda told: "chat-media" in told.url and told.status == 404):
        chat.set_input_files("#file", file)
    chat.locator(".picture:not(.loading) img").wait_for()

    assert 2 == len(set(asked)) == len(asked)
    assert 40 == chat.evaluate("document.querySelector('.picture img').naturalWidth")
    assert 0 == chat.locator(".missing").count()


def test_a_file_is_fetched_by_an_address_that_holds(
    chat: Any, stage: TalkStage, clock: FixedClock
) -> None:
    """Whenever it is wanted, also long after it was sent."""
    write(chat, "有清单吗")
    talk = talk_of(stage)
    media = stage.chat.add_media(
        conversation=talk.id, author="agent", who="agent", data=b"a,b\n1,2\n", name="清单.csv"
    )
    stage.chat.send(
        conversation=talk.id,
        author="agent",
        who="agent",
        message=Incoming(type="file", body={"media": media.id}, client_key="f"),
    )
    chat.locator("a.file").wait_for()
    clock.move(timedelta(minutes=11))
    with chat.expect_download() as fetched:
        chat.locator("a.file").click()

    assert b"a,b\n1,2\n" == Path(fetched.value.path()).read_bytes()
