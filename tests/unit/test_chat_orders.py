"""Order actions inside a talk: done by the bot step by step, suggested to a person, never half."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shopbot import ids
from shopbot.chat import buyers
from shopbot.chat.errors import DraftVoid
from shopbot.chat.model import Conversation, Draft
from shopbot.ids import FixedClock
from shopbot.orders import access, store
from shopbot.orders.access import Asker
from shopbot.orders.identity import LONGEST_DELAY_S
from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.storage import SqliteDatabase
from tests.order_facts import RULES, SHANGHAI, STORE, at
from tests.simulators.talk import TalkStage, said_entry, shop_knowledge, talk_stage

NUMBER, TAIL = "2611200001", "5512"
NOW = at("2026-11-20 10:00")
ROWS = (
    "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货人姓名,收货地址,联系手机,"
    "订单创建时间,订单付款时间,物流单号,物流公司\n"
    f"{NUMBER},山**风,300.00,0.00,300.00,300.00,等待卖家发货,林小雨,浙江省 杭州市 西湖区 某路1号,13812345512,"
    "2026-11-20 09:00:00,2026-11-20 09:05:00,,\n"
)
LINES = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,订单状态,商家编码\n"
    f"{NUMBER},冲锋衣,300.00,1,,颜色分类:曜石黑;尺码:L,,LS-JK-01-BK-L\n"
)
A_WHILE = timedelta(seconds=5)


@pytest.fixture
def clock() -> FixedClock:
    """A clock at the hour after the order was paid."""
    return FixedClock(NOW)


@pytest.fixture
def shop(db: SqliteDatabase, clock: FixedClock, tmp_path: Path) -> TalkStage:
    """A shop with one paid order, whose knowledge understands that somebody wants to cancel."""
    orders, lines = tmp_path / "orders.csv", tmp_path / "lines.csv"
    orders.write_text(ROWS, encoding="utf-8")
    lines.write_text(LINES, encoding="utf-8")
    around = Surroundings(store_id=STORE, who="test", now=NOW, zone=SHANGHAI)
    wanted = ImportRequest(orders=orders, lines=lines, as_of=NOW, rejects=tmp_path / "no.csv")
    run_import(db, wanted, around)
    assert NUMBER == store.get_order(db, STORE, NUMBER).number
    known = shop_knowledge()
    known.add("取消订单", said_entry("cancel", topic="order-cancel", action="order.cancel"))
    return talk_stage(db, clock, tmp_path / "media", known=known, rules=RULES, store_id=STORE)


def _say(shop: TalkStage, clock: FixedClock, talk: Conversation, text: str) -> list[str]:
    """Write as the shopper and return what the bot says to it."""
    before = len(shop.said(talk))
    shop.write(talk, text)
    clock.move(A_WHILE)
    shop.run_due()
    return shop.said(talk)[before:]


def _cancelled(shop: TalkStage) -> list[str]:
    events = store.list_events(shop.chat.gear.db, STORE, NUMBER)
    return [one.name for one in events if one.name == "order.cancel-asked"]


def _prove(
    shop: TalkStage, talk: Conversation, tail: str = TAIL, address: str = "192.0.2.99"
) -> None:
    asker = Asker(store_id=STORE, visitor=talk.visitor, address=address)
    now = shop.clock.now()
    shop.chat.gear.db.transaction(
        lambda tx: access.prove_by_phone(tx, asker, number=NUMBER, tail=tail, now=now)
    )


def test_the_bot_leads_an_order_action_to_its_end(shop: TalkStage, clock: FixedClock) -> None:
    """Order number, phone tail, what will be done, yes: written once, told once."""
    talk = shop.chat.open(visitor="vis_1")

    told = [
        _say(shop, clock, talk, text)[-1]
        for text in ("我要取消订单", f"订单号 {NUMBER}", TAIL, "确认", "确认")
    ]

    assert "order.ask.order" in told[0]
    assert "order.proof.phone-tail" in told[1]
    assert "order.confirm.cancel" in told[2]
    assert "order.cancel" in told[3]
    assert ["order.cancel-asked"] == _cancelled(shop)


def test_news_may_be_told_where_an_order_was_shown(shop: TalkStage, clock: FixedClock) -> None:
    """From the proof on, in that browser; a wrong proof opens nothing."""
    db = shop.chat.gear.db
    wrong, right = shop.chat.open(visitor="vis_1"), shop.chat.open(visitor="vis_2")
    for talk, tail in ((wrong, "0000"), (right, TAIL)):
        for text in ("我要取消订单", f"订单号 {NUMBER}", tail):
            _say(shop, clock, talk, text)

    assert ["vis_2"] == buyers.list_buyers(db, STORE, NUMBER, clock.now())


def test_a_foreign_order_is_told_nothing_about(shop: TalkStage, clock: FixedClock) -> None:
    """A wrong tail and an order that is not there read the same."""
    first, second = shop.chat.open(visitor="vis_1"), shop.chat.open(visitor="vis_2")
    told = []
    for talk, number in ((first, NUMBER), (second, "2611209999")):
        _say(shop, clock, talk, "我要取消订单")
        _say(shop, clock, talk, f"订单号 {number}")
        told.append(_say(shop, clock, talk, "0000"))

    assert told[0] == [text.replace("2611209999", NUMBER) for text in told[1]]
    assert [] == _cancelled(shop)


def test_wrong_proofs_slow_the_next_try_down(shop: TalkStage, clock: FixedClock) -> None:
    """Who guesses phone tails waits longer and longer for the answer to the next guess."""
    for number in range(8):
        _prove(
            shop, shop.chat.open(visitor=f"vis_{number}"), tail="0000", address=f"192.0.2.{number}"
        )
    talk = shop.chat.open(visitor="vis_x")
    _say(shop, clock, talk, "我要取消订单")
    _say(shop, clock, talk, f"订单号 {NUMBER}")
    _say(shop, clock, talk, "0001")
    shop.write(talk, "0002")
    clock.move(timedelta(milliseconds=RULES.chat.wait_most))
    soon = shop.chat.due_turns()
    clock.move(timedelta(seconds=LONGEST_DELAY_S))
    later = shop.chat.due_turns()

    assert [] == soon
    assert [talk.id] == [turn.conversation for turn in later]


def test_receipts_name_the_order_and_no_person(shop: TalkStage, clock: FixedClock) -> None:
    """How it stood, and for which moment; nothing of the buyer."""
    talk = shop.chat.open(visitor="vis_1")
    _prove(shop, talk)
    _say(shop, clock, talk, "我要取消订单")
    _say(shop, clock, talk, "确认")
    last = [one for one in shop.events(talk) if one.author == "bot" and one.kind == "message"][-1]

    receipt = shop.chat.receipt(last.id)

    assert NUMBER == receipt.order["number"]
    assert ("paid", ["approved"], ids.to_text(NOW)) == (
        receipt.order["status"],
        [one["state"] for one in receipt.order["cases"]],
        receipt.order["as_of"],
    )
    assert not any(word in str(receipt) for word in ("林小雨", "13812345512", "某路"))


# --- as a suggestion ---------------------------------------------------------------------------------


def _to_confirm(shop: TalkStage, clock: FixedClock, talk: Conversation) -> Draft:
    """Come to where the agent may confirm for the shopper, who has proved the order."""
    shop.chat.take(conversation=talk.id, agent="u1")
    _prove(shop, talk)
    _say(shop, clock, talk, "我要取消订单")
    return next(draft for draft in shop.chat.drafts(talk.id) if draft.kind == "order")


def test_a_suggested_order_step_is_done_when_it_is_accepted(
    shop: TalkStage, clock: FixedClock
) -> None:
    """Nothing is written by looking; the shopper's yes to an accepted question is understood."""
    talk = shop.chat.open(visitor="vis_1")
    question = _to_confirm(shop, clock, talk)
    shop.chat.accept(draft=question.id, agent="u1", client_key="a1")
    _say(shop, clock, talk, "确认")
    deed = next(draft for draft in shop.chat.drafts(talk.id) if draft.kind == "order")
    before = _cancelled(shop)

    sent = shop.chat.accept(draft=deed.id, agent="u1", client_key="a2")
    again = shop.chat.accept(draft=deed.id, agent="u1", client_key="a3")

    assert "order.confirm.cancel" in question.text
    assert [] == before
    assert ["order.cancel-asked"] == _cancelled(shop)
    assert again.repeated
    assert sent.event == again.event


def test_a_yes_to_a_question_that_was_never_sent_is_no_yes(
    shop: TalkStage, clock: FixedClock
) -> None:
    """The suggestion stayed with the staff: 好的 agrees to nothing."""
    talk = shop.chat.open(visitor="vis_1")
    _to_confirm(shop, clock, talk)
    shop.reply(talk, "您稍等，我帮您看一下", agent="u1")

    _say(shop, clock, talk, "确认")

    assert not any("order.cancel." in draft.text for draft in shop.chat.drafts(talk.id))
    assert [] == _cancelled(shop)


def test_an_order_step_is_void_when_the_order_has_changed(
    shop: TalkStage, clock: FixedClock
) -> None:
    """What was offered for an unshipped order is not sent once the platform has closed it."""
    talk = shop.chat.open(visitor="vis_1")
    question = _to_confirm(shop, clock, talk)
    _close_order(shop)

    with pytest.raises(DraftVoid) as refused:
        shop.chat.accept(draft=question.id, agent="u1", client_key="a1")

    assert "order-changed" == refused.value.values["why"]
    assert [] == shop.said(talk, "agent")


def _close_order(shop: TalkStage) -> None:
    """Import the order anew, closed by the platform."""
    folder = shop.chat.gear.media.parent
    file = folder / "later.csv"
    file.write_text(ROWS.replace("等待卖家发货", "交易关闭"), encoding="utf-8")
    later = NOW + timedelta(hours=1)
    around = Surroundings(store_id=STORE, who="test", now=later, zone=SHANGHAI)
    wanted = ImportRequest(orders=file, as_of=later, rejects=folder / "later-no.csv")
    run_import(shop.chat.gear.db, wanted, around)
