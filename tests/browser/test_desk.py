"""The agent's desk in a real browser: by keyboard, with two desks at once, with hostile text, to axe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopbot.chat.model import Conversation, Incoming
from shopbot.desk import tasks
from shopbot.desk.model import Task
from shopbot.ids import FixedClock
from shopbot.roles import Role
from shopbot.web.auth import COOKIE
from shopbot.web.services import Services
from tests.browser.conftest import opened
from tests.signed_in import session_of
from tests.simulators.knowledge import FakeKnowledge
from tests.simulators.talk import TalkStage, said_entry

PHONE = {"width": 360, "height": 740}
SCREEN = {"width": 1280, "height": 800}
HOSTILE = '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>'
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def desk(page: Any, address: str) -> Any:
    """The desk of a signed-in agent who is online."""
    page.set_viewport_size(SCREEN)
    page.goto(f"{address}desk")
    page.locator("#presence").wait_for()
    page.select_option("#presence", "online")
    page.locator(".presence.online").wait_for()
    return page


@pytest.fixture
def waiting(stage: TalkStage, clock: FixedClock) -> Conversation:
    """A talk whose shopper asked for a person and then for shipping; nobody has it yet."""
    return asked(stage, clock, "vis_one", "什么时候发货")


def asked(stage: TalkStage, clock: FixedClock, visitor: str, text: str) -> Conversation:
    """Let a visitor ask for a person, then something, and the bot make its suggestions."""
    talk = stage.chat.open(visitor=visitor)
    stage.write(talk, "转人工")
    stage.chat.ask_human(conversation=talk.id, visitor=visitor)
    stage.write(talk, text)
    clock.move(timedelta(seconds=5))
    stage.run_due()
    return talk


def take(desk: Any) -> None:
    """Take the next talk by keyboard, unless it was given already, and wait for suggestions."""
    desk.locator("#list .talk").first.wait_for()
    if desk.locator("#next").count():
        desk.keyboard.press("n")
    else:
        desk.locator("section[aria-labelledby=g-mine] .talk").first.click()
    desk.locator(".suggestion").first.wait_for()


def said(stage: TalkStage, talk: Conversation) -> list[str]:
    """Return what people of the store have written."""
    return stage.said(talk, "agent")


def test_a_talk_is_answered_by_keyboard_alone(
    desk: Any, stage: TalkStage, waiting: Conversation
) -> None:
    """N takes it, 1 fills the box, Enter sends; the receipt tells where it came from."""
    take(desk)
    desk.keyboard.press("1")
    desk.wait_for_selector("#box:focus")
    filled = desk.locator("#box").input_value()
    desk.keyboard.press("Enter")
    desk.locator(".own.agent .words").wait_for()
    desk.locator(".own.agent").hover()
    desk.locator(".own.agent .beside button", has_text="出处").click()
    receipt = desk.locator("dialog").inner_text()
    desk.keyboard.press("Escape")

    assert "亲，48小时内发出~" == filled
    assert ["亲，48小时内发出~"] == said(stage, waiting)
    assert all(part in receipt for part in ("ship.when", "replies/all.yaml:8"))


def test_n_opens_whoever_of_mine_has_waited_longest(
    desk: Any, stage: TalkStage, clock: FixedClock
) -> None:
    """Talks are assigned by themselves: the key leads to them, one after the other, then says so."""
    talks = [asked(stage, clock, f"vis_{name}", f"{name}什么时候发货") for name in ("aa", "bb")]
    mine = desk.locator("section[aria-labelledby=g-mine] .talk .waits")
    mine.nth(1).wait_for()
    opened_ones: list[str] = []
    for _ in talks:
        before = desk.locator(".talk-head h2").inner_text() if opened_ones else ""
        desk.keyboard.press("n")
        desk.wait_for_function(
            "was => { const now = document.querySelector('.talk-head h2')?.innerText;"
            " return now && now !== was }",
            arg=before,
        )
        desk.locator(".suggestion").first.wait_for()
        opened_ones.append(desk.locator("#log .said.other .words").last.inner_text())
        desk.keyboard.press("1")
        desk.wait_for_selector("#box:focus")
        desk.keyboard.press("Enter")
        desk.locator(".own.agent:not(.pending) .words").wait_for()
        desk.keyboard.press("Escape")
    mine.first.wait_for(state="detached")
    desk.keyboard.press("n")
    told = desk.locator("#notice .mild").inner_text()

    assert ["aa什么时候发货", "bb什么时候发货"] == opened_ones
    assert "现在没有顾客在等" == told


def test_a_digit_without_a_suggestion_says_so(desk: Any, waiting: Conversation) -> None:
    """A key that does nothing would look broken to somebody in a hurry."""
    desk.keyboard.press("1")
    closed = desk.locator("#notice .mild").inner_text()
    take(desk)
    desk.keyboard.press("9")
    desk.locator("#notice .mild", has_text="没有这一条").wait_for()

    assert "先按 N 打开一段对话，再用数字键选建议" == closed
    assert "" == desk.locator("#box").input_value()


def test_what_is_to_be_told_elsewhere_can_be_copied(
    desk: Any, services: Services, clock: FixedClock
) -> None:
    """A task names the order and the words; done, it is gone."""
    task = Task(
        store_id="test", id="tsk_1", kind="contact", key="msg_1", order="2611150008",
        data={"what": "顾客没有在这里聊过", "say": "亲，包裹卡在武汉了，我们已在催~"},
        made_at=clock.now(), due_at=clock.now() + timedelta(hours=1),
    )  # fmt: skip
    services.db.transaction(lambda tx: tasks.add_task(tx, task))
    desk.reload()
    card = desk.locator(".task")
    card.wait_for()
    shown = card.inner_text()
    desk.click("#c-tsk_1")
    desk.locator("#notice .mild", has_text="已复制").wait_for()
    copied = desk.evaluate("navigator.clipboard.readText()")
    desk.click("#d-tsk_1")
    card.wait_for(state="detached")

    assert all(words in shown for words in ("订单 2611150008", "顾客没有在这里聊过", "卡在武汉"))
    assert "亲，包裹卡在武汉了，我们已在催~" == copied


def test_who_signs_out_leaves_nobody_waiting(
    desk: Any, stage: TalkStage, waiting: Conversation
) -> None:
    """Their talks go back to the queue; the page leads to signing in."""
    take(desk)
    desk.click("#sign-out")
    desk.wait_for_url("**/login")

    assert "queue" == stage.chat.find(waiting.id).holder


def test_the_desk_and_trying_replies_lead_to_each_other(desk: Any, address: str) -> None:
    """Nobody has to know addresses by heart."""
    desk.click("#to-trial")
    desk.locator("#to-desk").click()
    desk.locator("#presence").wait_for()

    assert f"{address}desk" == desk.url


def test_a_filled_suggestion_is_edited(desk: Any, stage: TalkStage, waiting: Conversation) -> None:
    """What was changed is sent, and kept as an edited suggestion."""
    take(desk)
    desk.keyboard.press("1")
    desk.wait_for_selector("#box:focus")
    desk.keyboard.type("今天就发")
    desk.keyboard.press("Enter")
    desk.locator(".own.agent .words", has_text="今天就发").wait_for()

    assert ["亲，48小时内发出~今天就发"] == said(stage, waiting)
    assert ["edited"] == [d.state for d in stage.chat.drafts(waiting.id, 1) if d.final_text]


def test_digits_write_digits_in_the_box_and_fill_with_alt(desk: Any, waiting: Conversation) -> None:
    """An agent who types a price gets a price; Alt+1 takes the suggestion."""
    take(desk)
    desk.keyboard.press("/")
    desk.wait_for_selector("#box:focus")
    desk.keyboard.type("199")
    typed = desk.locator("#box").input_value()
    desk.keyboard.press("Alt+Digit1")

    assert "199" == typed
    assert "亲，48小时内发出~" == desk.locator("#box").input_value()


def test_an_input_methods_digits_are_its_own(desk: Any, waiting: Conversation) -> None:
    """Candidates of a Chinese input method are picked with digits."""
    take(desk)
    for how in ("isComposing: true", "keyCode: 229"):
        desk.evaluate(
            "document.dispatchEvent(new KeyboardEvent('keydown',"
            f" {{code: 'Digit1', key: '1', bubbles: true, {how}}}))"
        )

    assert "" == desk.locator("#box").input_value()


def test_a_suggestion_is_rejected_with_a_reason(
    desk: Any, stage: TalkStage, waiting: Conversation
) -> None:
    """It leaves the list, the reason stays."""
    take(desk)
    last = desk.locator(".suggestion").nth(desk.locator(".suggestion").count() - 1)
    last.locator("select").select_option("答非所问")
    last.wait_for(state="detached")

    assert ["答非所问"] == [
        d.reject_reason for d in stage.chat.drafts(waiting.id, 1) if d.reject_reason
    ]


def test_suggestions_are_void_when_the_shopper_writes_on(
    desk: Any, stage: TalkStage, clock: FixedClock, waiting: Conversation
) -> None:
    """The old ones go at once; the new turn brings its own. The draft in the box is kept."""
    take(desk)
    desk.fill("#box", "我看一下")
    stage.write(waiting, "那尺码呢")
    desk.locator(".words", has_text="那尺码呢").wait_for()
    desk.locator("#drafts .empty").wait_for()
    clock.move(timedelta(seconds=5))
    stage.run_due()
    desk.locator(".suggestion", has_text="按身高体重选").wait_for()

    assert "我看一下" == desk.locator("#box").input_value()


def test_a_message_that_may_not_leave_comes_back_into_the_box(
    desk: Any, stage: TalkStage, waiting: Conversation
) -> None:
    """With the reason; what may be overridden is sent by another press."""
    stage.known.bad = (("夸大", "最好"),)
    take(desk)
    desk.fill("#box", "这是最好的")
    desk.press("#box", "Enter")
    desk.locator("#anyway").wait_for()
    kept, notice = desk.locator("#box").input_value(), desk.locator("#notice").inner_text()
    desk.click("#anyway")
    desk.locator(".own.agent .words", has_text="最好").wait_for()
    for _ in range(100):  # the page shows it before the server has it
        if said(stage, waiting):
            break
        desk.wait_for_timeout(20)

    assert "这是最好的" == kept
    assert "最好" in notice
    assert ["这是最好的"] == said(stage, waiting)


def test_notes_promises_and_hand_over(desk: Any, stage: TalkStage, waiting: Conversation) -> None:
    """A note stands in the talk for the staff, a promise on the list; the bot takes over again."""
    take(desk)
    desk.fill("#note", "老顾客")
    desk.click("#note-add")
    desk.locator(".between.inner", has_text="老顾客").wait_for()
    desk.click("#promise-form summary")
    desk.fill("#promise-what", "今天发货")
    desk.fill("#promise-until", "2026-11-23T18:00")
    desk.click("#promise-add")
    desk.locator(".promises li", has_text="今天发货").wait_for()
    desk.locator(".promises button", has_text="已兑现").click()
    desk.locator(".promises .empty").wait_for()
    desk.click("#hand-back")
    desk.locator("#take").wait_for()

    assert "bot" == stage.chat.find(waiting.id).holder


def test_two_desks_see_who_has_it(
    browser: Any, desk: Any, services: Services, address: str, waiting: Conversation
) -> None:
    """A colleague sees it gone from the queue; it is offered to them and accepted."""
    take(desk)
    with opened(browser) as (context, colleague):
        cookie = {"name": COOKIE, "value": session_of(services, Role.SUPERVISOR)}
        context.add_cookies([{**cookie, "domain": "127.0.0.1", "path": "/"}])
        colleague.goto(f"{address}desk")
        colleague.select_option("#presence", "online")
        colleague.locator("#g-others").wait_for()
        empty = colleague.locator("#g-queue .count").inner_text()
        desk.locator("#transfer summary").click()
        desk.fill("#transfer-note", "要退款")
        desk.click("#transfer-go")
        colleague.locator(".offer", has_text="要退款").wait_for()
        colleague.locator(".offer .primary").click()
        colleague.locator("#hand-back").wait_for()
        desk.locator("#g-others").wait_for()

    assert "0" == empty


def test_the_paste_helper_copies_a_reply(desk: Any, fake_kb: FakeKnowledge) -> None:
    """For those who answer elsewhere: paste, Enter, a digit; it is on the clipboard."""
    fake_kb.texts = ["亲，48小时内发出~", "亲，周一发出~"]
    desk.click("#to-paste")
    desk.wait_for_selector("#paste:focus")
    desk.keyboard.type("多久发货")
    desk.keyboard.press("Enter")
    desk.locator("#c-0").wait_for()
    desk.keyboard.press("2")
    desk.locator("#c-1.copied").wait_for()

    assert "亲，周一发出~" == desk.evaluate("navigator.clipboard.readText()")


def test_drafts_stay_with_their_talks(
    desk: Any, stage: TalkStage, clock: FixedClock, waiting: Conversation
) -> None:
    """Switching talks keeps what stood in each box."""
    take(desk)
    second = asked(stage, clock, "vis_two", "尺码")
    desk.fill("#box", "给甲的")
    desk.locator(f"#t-{second.id}").click()
    desk.locator(".other .words", has_text="尺码").wait_for()
    other = desk.locator("#box").input_value()
    desk.locator(f"#t-{waiting.id}").click()
    desk.locator(".other .words", has_text="发货").wait_for()

    assert ("", "给甲的") == (other, desk.locator("#box").input_value())


def test_a_draft_is_never_shown_in_another_talk(
    desk: Any, stage: TalkStage, clock: FixedClock, waiting: Conversation
) -> None:
    """Not even while that talk is still being loaded: Enter would send it to somebody else."""
    take(desk)
    second = asked(stage, clock, "vis_two", "尺码")
    desk.fill("#box", "给甲的")
    held: list[Any] = []
    desk.route(f"**/conversations/{second.id}", lambda route: held.append(route))
    with desk.expect_request(f"**/conversations/{second.id}"):
        desk.locator(f"#t-{second.id}").click()
    meanwhile = desk.locator("#box").input_value()
    held[0].continue_()
    desk.locator(".other .words", has_text="尺码").wait_for()
    desk.locator(f"#t-{waiting.id}").click()

    assert ("", "给甲的") == (meanwhile, desk.locator("#box").input_value())


@pytest.mark.parametrize("where", ["shopper", "suggestion", "note", "name", "promise"])
def test_hostile_text_is_shown_as_text(
    desk: Any, stage: TalkStage, clock: FixedClock, where: str
) -> None:
    """Markup from anybody never becomes markup of the desk."""
    stage.known.add("运费", said_entry("fee", HOSTILE if where == "suggestion" else "满99包邮"))
    talk = asked(stage, clock, "vis_one", HOSTILE + "运费" if where == "shopper" else "运费")
    if where == "note":
        stage.chat.note(conversation=talk.id, agent="u1", text=HOSTILE)
    if where == "promise":
        until = clock.now() + timedelta(hours=1)
        stage.chat.promise(conversation=talk.id, agent="u1", what=HOSTILE, until=until)
    take(desk)
    if where == "name":
        message = Incoming(type="text", body={"text": "好"}, client_key="x")
        agent = stage.chat.find(talk.id).agent
        stage.chat.send(
            conversation=talk.id, author="agent", who=agent, name=HOSTILE, message=message
        )
    desk.locator("#app", has_text="<img src=x").wait_for()

    assert "pwned" not in desk.title()
    assert 0 == desk.locator("#app img, #app script").count()


def test_a_stranger_is_sent_to_sign_in(stranger: Any, address: str) -> None:
    """And comes back to the desk afterwards."""
    stranger.goto(f"{address}desk")

    assert "/login?next=/desk" in stranger.url


@pytest.mark.parametrize("size", [SCREEN, PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(
    desk: Any, waiting: Conversation, scheme: str, size: dict[str, int]
) -> None:
    """WCAG A and AA in every view, and nothing is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    desk.emulate_media(color_scheme=scheme)
    take(desk)
    desk.keyboard.press("1")
    desk.set_viewport_size(size)
    found = []
    for view in ("talk", "help", "list"):
        if size is PHONE:
            desk.evaluate(f"document.body.dataset.view = '{view}'")
        found += Axe().run(desk, options=RULES).response["violations"]

    assert [] == [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert size["width"] >= desk.evaluate("document.documentElement.scrollWidth")


def test_nothing_can_be_pressed_before_the_session_is_known(page: Any, address: str) -> None:
    """A call without the session's own token would be refused, so the desk shows up after it."""
    held: list[Any] = []
    page.route("**/api/v1/session", lambda route: held.append(route))
    with page.expect_request("**/api/v1/session"):
        page.goto(f"{address}desk", wait_until="commit")
    before = page.locator("#presence").count()
    held[0].continue_()
    page.select_option("#presence", "online")
    page.locator(".presence.online").wait_for()

    assert 0 == before


def test_an_important_customer_is_marked_and_unmarked(
    desk: Any, stage: TalkStage, clock: FixedClock
) -> None:
    """One button; the list shows a star, for colleagues too."""
    asked(stage, clock, "vis_one", "什么时候发货")
    take(desk)
    desk.click("#star")
    desk.locator("#list .name", has_text="★").wait_for()
    desk.reload()
    desk.locator("#list .name", has_text="★").wait_for()
    desk.locator("#list .talk").first.click()
    desk.locator("#star[aria-pressed=true]").click()
    desk.locator("#star[aria-pressed=false]").wait_for()
    desk.locator("#list .name", has_text="★").wait_for(state="detached")


def test_a_note_whose_answer_was_lost_is_written_once(
    desk: Any, stage: TalkStage, waiting: Conversation
) -> None:
    """The words stay in the box; sent again they go under the same key."""
    take(desk)
    sent: list[str] = []

    def lose(route: Any) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    desk.route("**/notes", lose)
    desk.fill("#note", "老顾客，喜欢顺丰")
    desk.click("#note-add")
    desk.locator("#notice .bad").wait_for()
    kept = desk.locator("#note").input_value()
    desk.click("#note-add")
    desk.wait_for_function("() => document.querySelector('#note').value === ''")
    notes = [one for one in stage.events(waiting) if one.kind == "note"]

    assert ("老顾客，喜欢顺丰", 1, 1) == (kept, len(notes), len(set(sent)))
    assert 2 == len(sent)
