"""Slips of real talks: what was heard wrong once, and is heard right now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shopbot.chat.hearing import Said, hear
from shopbot.chat.offers import instead_of, offered_by
from shopbot.chat.picking import agrees, pick
from shopbot.chat.replies import offered_words
from shopbot.chat.signals import find_signals
from shopbot.chat.situation import Pending
from shopbot.chat.slots import count_pieces, fill, find_remedy
from shopbot.kb.entry import Entry, Source, Variant
from shopbot.kb.focus import Turn, focus
from shopbot.kb.mentions import Names
from shopbot.kb.product import Catalogue
from shopbot.kb.reply import Reply, compose
from shopbot.kb.slots import NO_SLOTS
from shopbot.kb.slots import Slots as Seen
from shopbot.orders.checks import check
from shopbot.orders.dialogue import Refuse, Slots
from shopbot.orders.phrases import Phrase
from shopbot.rules.chat import ChatWords
from tests.simulators.catalogue import PRODUCTS, knowledge

WORDS = ChatWords()
NAMES = Names(PRODUCTS)
SHELF = Catalogue(knowledge())
JACKET, DOWN, KIDS = (product.sku for product in PRODUCTS)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "threat"),
    [("我打12315了", "12315"), ("81234567", ""), ("订单2611231500012", ""), ("12345", "12345")],
    ids=["the-hotline", "inside-a-number", "inside-an-order-number", "alone"],
)
def test_a_hotline_is_no_piece_of_a_longer_number(text: str, threat: str) -> None:
    """12315 and 12345 threaten only where they stand alone, not within an order number."""
    assert threat == find_signals(text, WORDS).threat


def test_a_burn_that_happened_is_a_danger() -> None:
    """烧到手 calls a person; asking whether it may happen does not."""
    assert "烧到手" == find_signals("气罐漏气烧到手了", WORDS).safety
    assert "" == find_signals("会不会烧到手啊", WORDS).safety


@pytest.mark.parametrize(
    ("text", "expected"),
    [("嗯对的", True), ("嗯嗯好的", True), ("哦不用了", False), ("嗯", True), ("嗯那个", None)],
)
def test_a_hum_before_yes_or_no_changes_nothing(text: str, expected: bool | None) -> None:
    """嗯对的 is a yes, 哦不用了 a no."""
    assert expected is agrees(text, WORDS.yes, WORDS.no)


@pytest.mark.parametrize(("said", "value"), [("袜子", "2"), ("帽子", ""), ("袜子吧", "2")])
def test_a_thing_is_picked_by_its_everyday_name(said: str, value: str) -> None:
    """袜子 means the only thing whose name has 袜; what is not there is not picked."""
    options = (("1", "岭上三合一冲锋衣（曜石黑，L）"), ("2", "行川徒步羊毛袜 两双装"))

    assert value == pick(said, options)


@pytest.mark.parametrize(
    ("text", "options", "asks", "remedy"),
    [
        ("换一个", ("resend", "refund"), False, "resend"),
        ("退钱", ("return", "exchange"), False, "return"),
        ("退款多久到账", ("return", "exchange"), True, ""),
        ("退货", ("resend", "refund"), False, ""),
        ("换一件", ("return", "exchange"), False, "exchange"),
    ],
    ids=["a-new-one-is-sent", "money-for-goods", "a-question", "another-wish", "as-it-is-called"],
)
def test_a_way_out_by_another_name(
    text: str, options: tuple[str, ...], asks: bool, remedy: str
) -> None:
    """What comes to the same as an open way means that way, unless it is only asked about."""
    assert remedy == find_remedy(text, options, asks=asks)


@pytest.mark.parametrize(
    ("text", "waiting", "colour", "size"),
    [
        ("鞋子大了换41", "", "", "41"),
        ("松石绿", "confirm", "松石绿", ""),
        ("XL的吧", "confirm", "", "XL"),
        ("绿的好看吗", "confirm", "", ""),
        ("松石绿", "intact", "", ""),
    ],
    ids=["shoe-size", "colour-alone", "size-alone", "a-question", "not-asked-for"],
)
def test_what_is_wanted_instead(text: str, waiting: str, colour: str, size: str) -> None:
    """A bare shoe size after 换 counts; a bare colour or size corrects what is to be confirmed."""
    heard = hear(Said(texts=(text,)))
    found = fill("return.exchange", Slots(), heard, NO_SLOTS, waiting=waiting)

    assert (colour, size) == (found.colour, found.size)


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        (["松石绿XL有货吗", "黑的"], "黑色xl有货吗"),
        (["190斤能穿吗", "身高178"], "190斤能穿吗 身高178"),
        (["这款防水吗", "可以寄台湾吗"], "可以寄台湾吗"),
        (["云脊有货吗", "不是这款，我说的是轻羽"], "轻羽有货吗"),
        (["云脊有货吗", "不是这款，我说的是轻羽", "L"], "l轻羽有货吗"),
    ],
    ids=["colour-by-的", "height-beside-weight", "a-whole-question", "put-right", "then-a-size"],
)
def test_a_follow_up_takes_its_place(turns: list[str], question: str) -> None:
    """A new value replaces its own kind alone, and a question of its own stands alone."""
    found = focus([Turn(text=one) for one in turns], "", NAMES, SHELF)

    assert question == found.question


@pytest.mark.parametrize(
    ("bot", "product"),
    [("推荐轻羽", DOWN), ("云脊挡雨，轻羽保暖", "")],
    ids=["about-one", "a-list"],
)
def test_what_a_bot_lists_is_not_in_view(bot: str, product: str) -> None:
    """Of several products in an answer none is what the shopper asks about next."""
    told = [Turn(text="推荐一件"), Turn(role="bot", text=bot), Turn(text="多少钱")]

    assert product == focus(told, "", NAMES, SHELF).slots.product


def test_a_question_between_two_is_about_those_named() -> None:
    """哪个暖和 after two products were named compares these."""
    told = [Turn(text="云脊和轻羽哪个好"), Turn(text="哪个暖和")]
    slots = focus(told, "", NAMES, SHELF).slots

    assert (JACKET, DOWN) == (slots.product, slots.other_product)


@pytest.mark.parametrize(
    ("status", "text"), [("在售", "48小时内发"), ("预售", "按页面日期发"), ("下架", "48小时内发")]
)
def test_how_a_product_is_sold_decides_the_wording(status: str, text: str) -> None:
    """A wording for presale is said of presale goods alone; a state without one changes nothing."""
    product = replace(PRODUCTS[0], status=status)
    here = Source(file="a.yaml", line=1)
    variants = (
        Variant(text="48小时内发", line=1),
        Variant(text="按页面日期发", line=2, when="presale"),
    )
    entry = Entry(id="a", topic="shipping-time", source=here, variants=variants)
    shelf = Catalogue(replace(knowledge(), products=(product,)))
    told = compose(entry, Seen(product=product.sku), shelf, {}, now=NOW)

    assert isinstance(told, Reply)
    assert text == told.text


def test_a_door_number_alone_is_no_address() -> None:
    """加个3栋502 does not take the place of a whole address; one with its street does."""
    told = [hear(Said(texts=(text,))) for text in ("加个3栋502", "杭州市西湖区文三路100号3栋502")]
    found = [
        fill("order.change_address", Slots(), heard, NO_SLOTS, waiting="address").address
        for heard in told
    ]

    assert ["", "杭州市西湖区文三路100号3栋502"] == found


@pytest.mark.parametrize(
    ("action", "phrase", "offered"),
    [
        ("return.request", "return.check.cancel-instead", "order.cancel"),
        ("return.quality", "return.check.try-exchange", "return.quality"),
        ("return.request", "return.check.no", None),
    ],
    ids=["cancel-instead", "a-fault-is-exchanged-by-the-shop", "nothing-offered"],
)
def test_what_is_offered_waits_for_a_yes(action: str, phrase: str, offered: str | None) -> None:
    """A refusal that offers another action leaves it waiting; a fault stays one."""
    pending = Pending(action=action, dialogue="c:1", slots=Slots(order="1"))
    plan = Refuse(why="rule", phrases=(Phrase(id=phrase),), reasons=())
    found = offered_by(plan, pending)

    assert offered == (found.action if found else None)
    assert found is None or ("offer", "1") == (found.waiting_for, found.slots.order)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("我要退一件", 1),
        ("买了三双，退两双", 2),
        ("其中一件破了", 1),
        ("我要退货", None),
        ("换一件大的", None),
        ("还有一件事想问", None),
    ],
)
def test_how_many_come_back_is_heard(text: str, pieces: int | None) -> None:
    """退一件 of several is one; 换一件 is another one, not one of them."""
    heard = hear(Said(texts=(text,)))

    assert pieces == fill("return.request", Slots(), heard, NO_SLOTS).quantity


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("一件", 1),
        ("就退两件吧", 2),
        ("都退", 3),
        ("全部", 3),
        ("2", 2),
        ("26111512345", 0),
        ("什么", 0),
    ],
)
def test_a_count_that_was_asked_for_is_heard(text: str, count: int) -> None:
    """A number of pieces, or all of them; an order number is none."""
    assert count == count_pieces(text, ("1", "2", "3"))


@pytest.mark.parametrize(
    ("phrasing", "words"),
    [
        ("{订单号}", ""),
        ("看看这个单 {订单号}", "看看这个单"),
        ("{运单号} 到哪儿了", "到哪儿了"),
        ("退货", "退货"),
    ],
)
def test_a_chip_shows_no_placeholder(phrasing: str, words: str) -> None:
    """您是想问… never offers {订单号} itself."""
    assert words == offered_words(phrasing)


@pytest.mark.parametrize(
    ("window", "instead"),
    [("ended", "return.exchange"), ("shipped", "")],
    ids=["received", "on-its-way"],
)
def test_what_was_received_is_exchanged_instead_of_changed(window: str, instead: str) -> None:
    """With the colour and size that were named; what is on its way can only be waited for."""
    pending = Pending(
        action="order.change_item", dialogue="c:1", slots=Slots(order="1", colour="松石绿")
    )
    reasons = (check("change-window", window != "ended", window),)
    phrases = (Phrase(id="order.change.after-receipt"),)
    found = instead_of(Refuse(why="rule", phrases=phrases, reasons=reasons), pending)

    assert instead == (found.action if found else "")
    assert found is None or found.slots.colour == "松石绿"
