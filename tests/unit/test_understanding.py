"""Understanding: what a turn means, given what was asked, offered and known before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from shopbot.chat import memory_json
from shopbot.chat.hearing import Said, hear
from shopbot.chat.picking import agrees, pick
from shopbot.chat.signals import find_signals, is_foreign
from shopbot.chat.situation import Memory, Pending
from shopbot.chat.slots import fill, find_tail, without_state
from shopbot.chat.understanding import handed_back
from shopbot.kb.slots import NO_SLOTS
from shopbot.kb.slots import Slots as Seen
from shopbot.orders.actions import ACTIONS
from shopbot.orders.dialogue import Slots
from tests.order_facts import NUMBER, case, facts, line, order
from tests.talk_facts import CHAT, listen, part, suggestion, waiting

WORDS = CHAT.words
RETURN = suggestion("return-request.start", action="return.request")
TRACK = suggestion("logistics-query.main", action="order.track")
EXCHANGE = suggestion("exchange-request.size", action="return.exchange")
TWO = facts(
    lines=(
        line(1, colour="曜石黑", size="L"),
        line(2, title="速干T恤", sku="LS-TS-03-GY-M", colour="雾灰", size="M"),
    )
)

FOREIGN = [
    ("english", "where is my parcel", True),
    ("two-words", "refund please", True),
    ("japanese", "ありがとう ございます", True),
    ("russian", "где мой заказ", True),
    ("one-word", "hello", False),
    ("sizes", "XL XXL", False),
    ("article", "LS-JK-01 gore-tex", False),
    ("keys-at-random", "qwrtp zxcvb", False),
    ("pinyin", "duo jiu fa huo", False),
    ("mixed", "where is 我的包裹", False),
]


@pytest.mark.parametrize(("text", "foreign"), [f[1:] for f in FOREIGN], ids=[f[0] for f in FOREIGN])
def test_words_of_another_language_are_told_apart(text: str, foreign: bool) -> None:
    """A size, a name or one word alone is no other language."""
    assert foreign == is_foreign(text)


# --- hearing -------------------------------------------------------------------------------------------

BURSTS = [
    ("greeting-beside-question", ("在吗", "那个", "冲锋衣", "有L码吗"), "冲锋衣\n有L码吗"),
    ("greeting-alone", ("在吗",), "在吗"),
    ("greetings-alone", ("你好", "在吗"), "你好"),
    ("said-twice", ("多久发货", "多久发货"), "多久发货"),
    ("blank", ("", " "), ""),
]


@pytest.mark.parametrize(("said", "expected"), [b[1:] for b in BURSTS], ids=[b[0] for b in BURSTS])
def test_a_burst_is_one_text(said: tuple[str, ...], expected: str) -> None:
    """Greetings beside a question and exact repeats are left out."""
    assert expected == hear(Said(texts=said)).raw


# --- signals -------------------------------------------------------------------------------------------

SIGNALS: list[tuple[str, str, dict[str, Any]]] = [
    ("human", "帮我转人工谢谢", {"wants_human": "转人工"}),
    ("human-alone", "人工", {"wants_human": "人工"}),
    ("human-in-a-word", "人工羽绒是什么", {}),
    ("human-denied", "不用转人工了", {}),
    ("threat", "再不管我打12315", {"threat": "12315"}),
    ("threat-denied", "我不是投诉，就问问", {}),
    ("bank", "工商银行卡能付吗", {}),
    ("swearing", "你们就是骗子", {"anger": "骗子"}),
    ("mother", "这个实名认证是我妈妈的", {}),
    ("hotline", "专线是不是上班时间才有人工服务", {}),
    ("drum", "可以滚筒洗吗", {}),
    ("traditional", "我要投訴你們", {"threat": "投诉"}),
    ("hurt", "把手烫伤了", {"safety": "烫伤"}),
    ("afraid", "会不会着火", {}),
    ("afraid-and-asks", "怕过敏了怎么办", {}),
    ("claims", "赔我500块", {"amount_fen": 50000}),
    ("claims-much", "精神损失费赔一下，赔1万", {"amount_fen": 1000000}),
    ("price", "500块以内的冲锋衣", {}),
    ("nothing", "多久发货", {}),
]


@pytest.mark.parametrize(
    ("text", "expected"), [s[1:] for s in SIGNALS], ids=[s[0] for s in SIGNALS]
)
def test_what_the_wording_gives_away(text: str, expected: dict[str, Any]) -> None:
    """Words of the shop's lists, neither denied nor only feared."""
    found = find_signals(text, WORDS)
    names = ("wants_human", "anger", "threat", "safety", "amount_fen")
    told = {name: value for name in names if (value := getattr(found, name))}

    assert expected == told


@given(st.text(max_size=80))
def test_signals_never_fail(text: str) -> None:
    """Whatever a shopper types."""
    find_signals(text, WORDS)


# --- yes, no, which one --------------------------------------------------------------------------------

ANSWERS = [
    ("yes", "是的", True), ("yes-polite", "好的亲，谢谢", True), ("yes-twice", "嗯嗯，好", True),
    ("verb", "那就取消吧", None), ("yes-question", "可以吗？", None), ("no", "不用了", False),
    ("no-later", "我再想想", None), ("both", "好，不要", None), ("other", "XL", None), ("blank", "", None),
    ("not-yet", "先不办", False), ("wrong", "不对", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS]
)
def test_yes_and_no(text: str, expected: bool | None) -> None:
    """Whole messages only; anything doubtful is neither."""
    assert expected is agrees(text, WORDS.yes, WORDS.no)


OPTIONS = (
    ("2611150001", "11月15日 岭上三合一冲锋衣（曜石黑，L）（2611150001，已发货）"),
    ("2611190002", "11月19日 速干T恤（雾灰，M）（2611190002，未发货）"),
    ("2611190003", "11月19日 云脊单层冲锋衣（湖蓝，L）（2611190003，未发货）"),
)
PICKS = [
    ("number", "2", "2611190002"), ("ordinal", "第三个", "2611190003"), ("han", "二", "2611190002"),
    ("last", "最后一个", "2611190003"), ("newest", "刚买的那个", "2611150001"),
    ("colour", "黑色那件", "2611150001"), ("words", "T恤那单", "2611190002"),
    ("tail", "尾号0003", "2611190003"), ("size-shared-by-two", "L码的", ""), ("value", "2611190002", "2611190002"),
    ("shared-by-two", "冲锋衣", ""), ("too-far", "第五个", ""), ("nothing", "好的", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [p[1:] for p in PICKS], ids=[p[0] for p in PICKS])
def test_one_of_a_few_is_picked_by_number_or_words(text: str, expected: str) -> None:
    """Only when it can be no other."""
    assert expected == pick(text, OPTIONS)


@given(st.text(max_size=60))
def test_a_pick_is_an_option_or_nothing(text: str) -> None:
    """Whatever is typed."""
    assert pick(text, OPTIONS) in ("", *(value for value, _ in OPTIONS))


# --- slots ---------------------------------------------------------------------------------------------

SLOTS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("order", "order.track", "", "订单2611150001到哪了", {"order": "2611150001"}),
    ("order-12-digits", "order.track", "", "订单号123456789012", {"order": "123456789012"}),
    ("order-of-pdd", "order.track", "", "订单 261118-123456789012345", {"order": "261118-123456789012345"}),
    ("order-letters", "order.track", "order", "AB-20261118-7", {"order": "AB-20261118-7"}),
    ("phone-is-no-order", "order.track", "order", "13800005678", {}),
    ("tail-named", "order.track", "", "尾号5678", {"phone_tail": "5678"}),
    ("tail-asked", "order.track", "phone_tail", "5678", {"phone_tail": "5678"}),
    ("tail-of-phone", "order.track", "phone_tail", "13800005678", {"phone_tail": "5678"}),
    ("four-digits-not-asked", "order.track", "", "2026年买的", {}),
    ("two-numbers", "order.track", "phone_tail", "1234或者5678", {}),
    ("address", "order.change_address", "address", "李四 13911112222 上海市浦东新区张江路100号",
     {"receiver": "李四", "phone": "13911112222", "address": "上海市浦东新区张江路100号"}),
    ("address-lines", "order.change_address", "address", "王小明\n13700003333\n江苏省南京市鼓楼区中山路8号",
     {"receiver": "王小明", "phone": "13700003333", "address": "江苏省南京市鼓楼区中山路8号"}),
    ("address-labelled", "order.change_address", "address", "收件人：李四，电话：13911112222，地址：杭州市西湖区文三路1号",
     {"receiver": "李四", "phone": "13911112222", "address": "杭州市西湖区文三路1号"}),
    ("address-at-once", "order.change_address", "", "地址改成上海市浦东新区张江路100号", {"address": "上海市浦东新区张江路100号"}),
    ("address-spoken-of", "order.change_address", "", "我住的小区改不了地址吗", {}),
    ("phone-alone", "order.change_address", "address", "13911112222", {"phone": "13911112222"}),
    ("name-alone", "order.change_address", "address", "收件人改成李四", {"receiver": "李四"}),
    ("size-changed", "order.change_item", "", "L码换成XL", {"size": "XL"}),
    ("size-asked", "order.change_item", "item", "XL吧", {"size": "XL"}),
    ("colour-named", "order.change_item", "item", "要松石绿的", {"colour": "松石绿"}),
    ("colour-plain", "order.change_item", "item", "黑色", {"colour": "黑"}),
    ("count", "order.change_item", "", "改成两件", {"quantity": 2}),
    ("no-change-told", "order.change_item", "", "L码的订单可以改吗", {}),
    ("note-at-once", "order.note", "", "帮我备注一下周末送货", {"text": "周末送货"}),
    ("note-not-told", "order.note", "", "能加个备注吗", {}),
    ("note-asked", "order.note", "text", "发顺丰", {"text": "发顺丰"}),
    ("problem-at-once", "return.quality", "", "拉链坏了怎么办", {"text": "拉链坏了怎么办"}),
    ("problem-in-general", "return.quality", "", "质量有问题", {}),
    ("problem-asked", "return.quality", "text", "坏了", {"text": "坏了"}),
    ("intact", "return.request", "intact", "都在，没穿过", {"intact": True}),
    ("worn", "return.request", "intact", "吊牌剪了", {"intact": False}),
    ("worn-at-once", "return.request", "", "吊牌还在，没穿，想退", {"intact": True}),
    ("unopened", "return.request", "opened", "没拆", {"opened": False}),
    ("opened", "return.request", "opened", "拆开看了", {"opened": True}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "waiting_for", "text", "expected"), [s[1:] for s in SLOTS], ids=[s[0] for s in SLOTS]
)
def test_slots_are_taken_from_words(
    action: str, waiting_for: str, text: str, expected: dict[str, Any]
) -> None:
    """What is clearly said, nothing that is guessed."""
    found = fill(action, Slots(), hear(Said(texts=(text,))), NO_SLOTS, waiting=waiting_for)

    assert Slots(**expected) == found


def test_pictures_are_kept_for_after_sale_only() -> None:
    """More of them add up."""
    said = hear(Said(pictures=("b",), kinds=frozenset({"picture"})))
    before = Slots(pictures=("a",))

    assert ("a", "b") == fill("return.quality", before, said, NO_SLOTS).pictures
    assert ("a",) == fill("order.track", before, said, NO_SLOTS).pictures


def test_a_colour_of_the_catalogue_is_taken_as_it_is_called() -> None:
    """The knowledge knows its names."""
    said = hear(Said(texts=("换成湖蓝",)))

    assert "湖蓝" == fill("order.change_item", Slots(), said, Seen(colour="湖蓝")).colour


@given(
    action=st.sampled_from(ACTIONS),
    waiting_for=st.sampled_from(["", "order", "phone_tail", "address", "item", "text", "intact", "opened"]),
    text=st.text(max_size=60),
)  # fmt: skip
def test_filling_never_fails_and_repeats_itself(action: str, waiting_for: str, text: str) -> None:
    """The same words twice say no more than once."""
    said = hear(Said(texts=(text,)))
    once = fill(action, Slots(), said, NO_SLOTS, waiting=waiting_for)

    assert once == fill(action, once, said, NO_SLOTS, waiting=waiting_for)


def test_a_phone_tail_is_four_digits_alone() -> None:
    """Nothing of a longer number."""
    assert "" == find_tail("订单2611150001", asked=True)


# --- turns ---------------------------------------------------------------------------------------------

CONFIRM = waiting("order.cancel", "confirm", confirm_key="k", slots=Slots(order=NUMBER))


@pytest.mark.parametrize(
    ("text", "confirmed", "denied"),
    [("好的", "k", False), ("确认", "k", False), ("好的，快点退给我", "k", False), ("不用了", "", True),
     ("先不办", "", True), ("算了", "", True)],
)  # fmt: skip
def test_a_confirmation_is_agreed_to_or_declined(text: str, confirmed: str, denied: bool) -> None:
    """By words or by the buttons."""
    pending = listen(text, memory=CONFIRM).pending

    assert pending is not None
    assert (confirmed, denied) == (pending.slots.confirmed, pending.slots.denied)


@pytest.mark.parametrize(
    "text", ["好，不过先等等", "好的但是改下地址", "可以吗", "确认一下多久到账", "好的，算了"]
)
def test_what_is_no_clear_yes_agrees_to_nothing(text: str) -> None:
    """Nothing of an order changes on a half-hearted word."""
    pending = listen(text, memory=CONFIRM).pending

    assert pending is None or not pending.slots.confirmed


@pytest.mark.parametrize(
    ("action", "text", "agreed"),
    [("order.cancel", "那取消吧", True), ("order.change_address", "取消吧", False), ("return.request", "退吧", True),
     ("return.request", "换吧", None), ("return.exchange", "换吧", True), ("order.change_item", "改吧", True)],
)  # fmt: skip
def test_the_verb_of_what_is_to_be_done_says_yes(
    action: str, text: str, agreed: bool | None
) -> None:
    """取消吧 agrees to a cancellation and to nothing else."""
    memory = waiting(action, "confirm", confirm_key="k")
    pending = listen(text, memory=memory).pending
    slots = pending.slots if pending else Slots()

    assert (agreed is True, agreed is False) == (slots.confirmed == "k", slots.denied)


def test_a_yes_without_anything_to_agree_to_is_just_a_word() -> None:
    """好的 after a greeting runs nothing."""
    assert listen("好的", memory=Memory(greeted=True)).pending is None


def test_giving_up_drops_the_action() -> None:
    """And whatever waited behind it."""
    memory = replace(
        waiting("return.request", "intact"), waiting=(Pending(action="order.urge", dialogue="d"),)
    )
    found = listen("算了不退了", memory=memory)

    assert (True, None, ()) == (found.dropped, found.memory.pending, found.memory.waiting)


def test_an_offered_line_is_taken() -> None:
    """By its number among the options."""
    memory = waiting("return.request", "line", options=(("1", "冲锋衣（黑）"), ("2", "T恤（灰）")))
    pending = listen("第二个", memory=memory).pending

    assert pending is not None
    assert 2 == pending.slots.line


def test_another_line_is_meant_after_all() -> None:
    """不是这个，是那件黑的."""
    memory = waiting("return.request", "intact", slots=Slots(order=NUMBER, line=2))
    pending = listen("不是这个，是那件黑的", memory=memory, orders=(TWO,)).pending

    assert pending is not None
    assert (NUMBER, 1) == (pending.slots.order, pending.slots.line)


def test_a_correction_asks_for_agreement_anew() -> None:
    """The old yes was to something else."""
    memory = waiting("order.change_item", "confirm", confirm_key="k", slots=Slots(size="M"))
    pending = listen("不对，要XL", memory=memory).pending

    assert pending is not None
    assert ("XL", "", False) == (pending.slots.size, pending.slots.confirmed, pending.slots.denied)


def test_a_question_in_between_keeps_the_action() -> None:
    """It is answered; the action is not lost."""
    memory = waiting("return.request", "intact")
    found = listen("有优惠券吗", memory=memory, answers=[part("有优惠券吗", "coupon.get")])

    assert (True, memory.pending) == (found.changed_subject, found.pending)


def test_a_question_is_no_note() -> None:
    """Free text is taken for a note unless it asks something."""
    memory = waiting("order.note", "text")
    found = listen(
        "什么时候发货？", memory=memory, answers=[part("什么时候发货", "shipping-time.default")]
    )

    assert found.pending is not None
    assert "" == found.pending.slots.text


def test_another_wish_takes_the_place_of_the_first() -> None:
    """还是换货吧."""
    memory = waiting("return.request", "intact")
    found = listen("还是换货吧", memory=memory, answers=[part("还是换货吧", EXCHANGE)])

    assert found.pending is not None
    assert ("return.exchange", True) == (found.pending.action, found.changed_subject)


def test_a_courtesy_is_no_change_of_subject() -> None:
    """嗯呐 is asked again."""
    memory = waiting("order.change_address", "address")
    found = listen("嗯呐", memory=memory, answers=[part("嗯呐", "thanks-bye.ack")])

    assert (False, memory.pending, ()) == (found.changed_subject, found.pending, found.parts)


@pytest.mark.parametrize("text", ["转人工", "我要投诉", "烫伤了"])
def test_nothing_is_done_about_an_order_when_a_person_is_needed(text: str) -> None:
    """Even while something is to be confirmed."""
    assert listen(text, memory=CONFIRM).pending is None


def test_a_new_action_begins_with_what_was_said() -> None:
    """Number, tail and the turn it began in."""
    found = listen("2611150001到哪了，尾号5678", answers=[part("到哪了", TRACK)]).pending

    assert found is not None
    assert ("order.track", "cnv_1:1", "2611150001", "5678") == (
        found.action, found.dialogue, found.slots.order, found.slots.phone_tail,
    )  # fmt: skip


def test_the_order_in_focus_is_meant_unless_another_is_named() -> None:
    """Somebody who speaks of another order is asked which."""
    memory = Memory(order=NUMBER)
    same = listen("到哪了", memory=memory, answers=[part("到哪了", TRACK)]).pending
    other = listen("另外一单到哪了", memory=memory, answers=[part("到哪了", TRACK)]).pending

    assert same is not None
    assert other is not None
    assert (NUMBER, "") == (same.slots.order, other.slots.order)


def test_the_line_of_the_product_in_view_is_meant() -> None:
    """An order of two articles, one of them spoken of."""
    shown = part("退这个", RETURN, slots=Seen(product="LS-TS-03"))
    found = listen("退这个", answers=[shown], orders=(TWO,)).pending

    assert found is not None
    assert (NUMBER, 2) == (found.slots.order, found.slots.line)


def test_known_orders_are_told_instead_of_general_words() -> None:
    """Nobody whose parcel we see reads how parcels go in general."""
    general = part("物流好几天不动", "logistics-stuck.default")
    known = listen("物流好几天不动", answers=[general], orders=(TWO,))
    stranger = listen("物流好几天不动", answers=[general])

    assert known.pending is not None
    assert ("order.track", ("logistics-stuck.default",)) == (known.pending.action, known.instead)
    assert stranger.pending is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("我的订单多久发货", "order.status"), ("多久发货", "")],
    ids=["mine", "general"],
)
def test_ones_own_order_is_meant_only_when_it_is_said(text: str, expected: str) -> None:
    """多久发货 alone is a question about the shop."""
    found = listen(text, answers=[part(text, "shipping-time.default")], orders=(TWO,))

    assert expected == (found.pending.action if found.pending else "")


def test_a_number_alone_asks_how_the_order_stands() -> None:
    """Nothing else is said."""
    by_number = listen(NUMBER).pending

    assert by_number is not None
    assert ("order.status", NUMBER) == (by_number.action, by_number.slots.order)


def test_a_card_of_an_order_asks_how_it_stands() -> None:
    """Without a word."""
    pending = listen(kinds=frozenset({"order"}), cards=(NUMBER,)).pending

    assert pending is not None
    assert ("order.status", NUMBER) == (pending.action, pending.slots.order)


def test_two_wishes_of_one_turn_are_both_kept() -> None:
    """One to run, one to wait."""
    urge = suggestion("urge-shipping.main", action="order.urge")
    found = listen("到哪了？催一下", answers=[part("到哪了", TRACK), part("催一下", urge)])

    assert found.pending is not None
    assert ("order.track", ["order.urge"]) == (
        found.pending.action,
        [one.action for one in found.also],
    )


def test_an_offered_question_is_picked() -> None:
    """Its own phrasing is asked for, and the choice is over."""
    memory = Memory(choices=(("shipping-fee.default", "包邮吗"), ("courier.default", "发什么快递")))
    answers = {"发什么快递": [part("发什么快递", "courier.default", band="choose")]}
    found = listen("第二个", memory=memory, answers=answers)

    assert ("courier.default", "发什么快递", ()) == (found.picked, found.text, found.memory.choices)


def test_an_offered_action_begins_when_it_is_picked() -> None:
    """As if it had been asked for outright."""
    memory = Memory(choices=(("return-request.start", "我要退货"),))
    fair = replace(RETURN, probability=0.4)
    found = listen(
        "1", memory=memory, answers={"我要退货": [part("我要退货", fair, band="choose")]}
    )

    assert found.pending is not None
    assert "return.request" == found.pending.action


def test_what_is_not_meant_is_not_asked_for() -> None:
    """不是投诉，包邮吗 asks for postage alone."""
    found = listen("不是投诉，包邮吗", answers={"包邮吗": [part("包邮吗", "shipping-fee.default")]})

    assert ["包邮吗"] == [one.text for one in found.parts]


@pytest.mark.parametrize(
    ("kinds", "texts", "expected"),
    [({"picture"}, (), "picture"), ({"voice"}, (), "voice"), ({"file"}, (), "file"),
     ({"text"}, ("😊",), "emoji"), ({"picture", "text"}, ("这是什么",), ""), ({"text"}, ("？",), "emoji")],
)  # fmt: skip
def test_turns_without_words(kinds: set[Any], texts: tuple[str, ...], expected: str) -> None:
    """Each has its own curated line."""
    assert expected == listen(*texts, kinds=frozenset(kinds)).wordless


def test_a_product_card_comes_into_focus() -> None:
    """Later questions are about it."""
    found = listen(kinds=frozenset({"product"}), products=("LS-JK-01",))

    assert ("card", "LS-JK-01") == (found.wordless, found.memory.product)


def test_the_bot_begins_anew_when_it_gets_the_word_back() -> None:
    """A 好的 that was meant for a person confirms nothing."""
    memory = replace(CONFIRM, called="asked-for-human")

    assert listen("好的", memory=memory).pending is None
    assert handed_back(memory).pending is None


# --- memory --------------------------------------------------------------------------------------------

_TEXT = st.text(max_size=5)
_SLOTS = st.builds(
    Slots, order=_TEXT, line=st.none() | st.integers(1, 9), intact=st.none() | st.booleans(),
    opened=st.none() | st.booleans(), pictures=st.lists(_TEXT, max_size=2).map(tuple), denied=st.booleans(),
)  # fmt: skip
_PENDING = st.builds(
    Pending, action=st.sampled_from(ACTIONS), dialogue=_TEXT, slots=_SLOTS, waiting_for=_TEXT,
    asked=st.dictionaries(_TEXT, st.integers(1, 3), max_size=2), confirm_key=_TEXT,
    options=st.lists(st.tuples(_TEXT, _TEXT), max_size=2).map(tuple),
)  # fmt: skip
_PAIRS = st.lists(st.tuples(_TEXT, _TEXT), max_size=3).map(tuple)
_MEMORY = st.builds(
    Memory, product=_TEXT, order=_TEXT, pending=st.none() | _PENDING, called=_TEXT,
    waiting=st.lists(_PENDING, max_size=2).map(tuple), choices=_PAIRS, answered=_PAIRS,
    open_questions=st.lists(_TEXT, max_size=2).map(tuple), misses=st.integers(0, 5),
    said=st.lists(st.tuples(_TEXT, st.integers(0, 9)), max_size=3).map(tuple),
    greeted=st.booleans(), reassured=st.booleans(),
)  # fmt: skip


@given(_MEMORY)
def test_a_memory_survives_being_written_down(memory: Memory) -> None:
    """Through JSON and back it is the same."""
    import json

    told = json.loads(json.dumps(memory_json.to_json(memory)))

    assert memory == memory_json.from_json(told)


@given(
    st.dictionaries(
        st.sampled_from(["pending", "choices", "misses", "said", "order", "waiting", "x"]),
        st.recursive(
            st.none() | st.text(max_size=3) | st.integers(), lambda one: st.lists(one, max_size=2)
        ),
    )
)
def test_a_strange_memory_is_read_all_the_same(told: dict[str, Any]) -> None:
    """A talk must go on, whatever an older version wrote."""
    assert isinstance(memory_json.from_json(told), Memory)


@pytest.mark.parametrize(
    ("topic", "orders", "expected"),
    [
        ("logistics-query", (replace(TWO, parcels=()),), ""),
        ("refund-progress", (TWO,), ""),
        ("refund-progress", (replace(TWO, cases=(case(),)),), "return.progress"),
    ],
    ids=["no-parcel", "no-refund", "a-case"],
)
def test_an_order_with_nothing_to_tell_leaves_the_general_answer(
    topic: str, orders: Any, expected: str
) -> None:
    """没有记录 helps nobody who asks how it goes in general."""
    found = listen("多久", answers=[part("多久", f"{topic}.default")], orders=orders)

    assert expected == (found.pending.action if found.pending else "")


MISSING = suggestion("missing-item.report", action="return.missing_item")
CHANGE = suggestion("change-item.main", action="order.change_item")
CANCEL = suggestion("cancel-order.main", action="order.cancel")
LINES = [
    ("kind", "少发了一件T恤", MISSING, 2),
    ("colour", "黑色那件少发了", MISSING, 1),
    ("nothing", "少发了一件", MISSING, None),
    ("both", "两件都少发了", MISSING, None),
    ("before-the-change", "冲锋衣换成M", CHANGE, 1),
    ("wanted-only", "换成M", CHANGE, None),
    ("cancel-one", "取消T恤那件", CANCEL, 2),
    ("cancel-order", "取消冲锋衣那个订单", CANCEL, None),
]


@pytest.mark.parametrize(
    ("text", "found", "line_no"), [row[1:] for row in LINES], ids=[row[0] for row in LINES]
)
def test_the_line_that_is_named_is_not_asked_for(
    text: str, found: Any, line_no: int | None
) -> None:
    """By its kind, colour or size; what it shall become names nothing."""
    told = listen(text, answers=(part(text, found),), orders=(TWO,))

    assert told.pending is not None
    assert line_no == told.pending.slots.line


def test_a_choice_of_line_says_what_it_shall_become() -> None:
    """不对，是T恤换成L chooses the shirt, though the jacket is the one in L."""
    options = (("1", "岭上三合一冲锋衣（曜石黑，L）"), ("2", "速干T恤（雾灰，M）"))
    asked = waiting(
        "order.change_item", "line", options=options, slots=Slots(order=NUMBER, size="XL")
    )

    told = listen("不对,是T恤换成L", memory=asked, orders=(TWO,))

    assert told.pending is not None
    assert (2, "L") == (told.pending.slots.line, told.pending.slots.size)


UNSENT = facts(order=order(status="paid"), parcels=())
WHEN = [
    ("arrives", "什么时候到", facts(), "order.track"),
    ("arrives-then", "那大概多久能到呢", facts(), "order.track"),
    ("leaves", "到底什么时候发货", UNSENT, "order.status"),
    ("leaves-but-has-left", "什么时候发货", facts(), ""),
    ("arrives-but-has-not-left", "什么时候到", UNSENT, ""),
    ("goods", "什么时候到货", facts(), ""),
    ("region", "到北京多久能到", facts(), ""),
]


@pytest.mark.parametrize(
    ("text", "about", "action"), [row[1:] for row in WHEN], ids=[row[0] for row in WHEN]
)
def test_when_is_asked_of_the_order_that_waits(text: str, about: Any, action: str) -> None:
    """Whose order is known hears of that, not how long it takes in general."""
    found = listen(text, answers=(part(text, "delivery-time.default"),), orders=(about,))

    assert action == (found.pending.action if found.pending else "")


def test_a_phone_alone_looks_for_its_order() -> None:
    """The number of the order is what is missing."""
    found = listen("13812345512")

    assert found.pending is not None
    assert ("order.status", "", "5512") == (
        found.pending.action,
        found.pending.slots.order,
        found.pending.slots.phone_tail,
    )


DOOR_WORDS = [
    ("wrong", "门牌写错了，应该是3栋2单元501", "3栋2单元501"),
    ("left-out", "漏写了单元，2单元", "2单元"),
    ("no-door", "门牌写错了怎么办", ""),
    ("whole", "地址写错了，改成杭州市西湖区文一路8号", ""),
]


@pytest.mark.parametrize(
    ("text", "door"), [d[1:] for d in DOOR_WORDS], ids=[d[0] for d in DOOR_WORDS]
)
def test_a_wrong_door_begins_a_change_of_address(text: str, door: str) -> None:
    """Said in so many words, whatever the knowledge makes of it."""
    found = listen(text)

    assert door == (found.pending.slots.door if found.pending else "")


def test_a_whole_address_begins_its_change() -> None:
    """Without the word 地址, where an order is known."""
    text = "帮我改成杭州市西湖区文一路8号"
    found = listen(text, orders=(UNSENT,))

    assert found.pending is not None
    assert ("order.change_address", "杭州市西湖区文一路8号") == (
        found.pending.action,
        found.pending.slots.address,
    )
    assert listen(text).pending is None


def test_how_far_it_is_means_the_return_that_was_spoken_of() -> None:
    """And a parcel where one is named."""
    memory = Memory(answered=(("单号", "action:return.ship_back"),))
    orders = (facts(cases=(case(state="shipped_back"),)),)
    told = [
        listen(text, memory=memory, orders=orders, answers=(part(text, TRACK),)).pending
        for text in ("到哪一步了", "快递到哪了")
    ]

    assert ["return.progress", "order.track"] == [one.action for one in told if one]


BOTH_UNSENT = replace(TWO, order=order(status="paid"), parcels=())
SAID = [
    ("thing", "退T恤", TWO, ("return.request", 2)),
    ("thing-after", "我想退黑色那件", TWO, ("return.request", 1)),
    ("pieces", "退一件", facts(), ("return.request", None)),
    ("place", "第二件也退", TWO, ("return.request", 2)),
    ("cancel", "取消T恤", BOTH_UNSENT, ("order.cancel", 2)),
    ("not-wanted", "不想退T恤", TWO, ("", None)),
    ("money", "退T恤的钱", TWO, ("", None)),
    ("nothing-named", "想退", TWO, ("", None)),
]


@pytest.mark.parametrize(
    ("text", "about", "expected"), [row[1:] for row in SAID], ids=[row[0] for row in SAID]
)
def test_a_verb_and_a_thing_of_the_order_are_a_wish(
    text: str, about: Any, expected: tuple[str, int | None]
) -> None:
    """Whatever the knowledge makes of 退T恤."""
    pending = listen(text, orders=(about,)).pending

    assert expected == ((pending.action, pending.slots.line) if pending else ("", None))


HOW_FAR = [
    ("how", "怎么取消订单", "cancel-order.main", "order.cancel", "order.cancel"),
    ("by-whom", "订单怎么被取消了", "cancel-order.main", "order.cancel", "order.status"),
    ("not-meant", "我不是要退货", "return-request.start", "return.request", ""),
    ("not-paid", "钱怎么还没退", "refund-progress.main", "return.progress", "return.progress"),
    ("whether", "是不是要退货才行", "return-request.start", "return.request", "return.request"),
    (
        "our-hands",
        "我寄的快递你们签收了吗",
        "signed-not-received.main",
        "claim.not_received",
        "return.progress",
    ),
    (
        "their-hands",
        "显示签收了我没收到",
        "signed-not-received.main",
        "claim.not_received",
        "claim.not_received",
    ),
    ("intercept", "能不能拦截下来", "cancel-order.shipped", "", "order.cancel"),
    ("cancelled", "订单取消了吗", "cancel-order.main", "order.cancel", "order.status"),
    ("cancel", "取消订单", "cancel-order.main", "order.cancel", "order.cancel"),
    ("reviewed", "退货审核了吗", "return-request.review", "", "return.progress"),
    ("in-general", "退货要审核多久", "return-request.review", "", ""),
]


@pytest.mark.parametrize(
    ("text", "entry", "own", "action"), [row[1:] for row in HOW_FAR], ids=[r[0] for r in HOW_FAR]
)
def test_how_it_stands_is_no_wish_to_do_it(text: str, entry: str, own: str, action: str) -> None:
    """订单取消了吗 cancels nothing, 退货审核了吗 is told of the return."""
    known = part(text, suggestion(entry, action=own))
    found = listen(text, answers=(known,), orders=(facts(cases=(case(),)),))

    assert action == (found.pending.action if found.pending else "")


ADDRESSES = [
    ("two-leads", "改地址浙江省宁波市鄞州区某路3号5栋", "浙江省宁波市鄞州区某路3号5栋"),
    ("changed-to", "地址改成浙江省宁波市鄞州区某路3号", "浙江省宁波市鄞州区某路3号"),
    ("bare", "浙江省宁波市鄞州区某路3号", "浙江省宁波市鄞州区某路3号"),
]


@pytest.mark.parametrize(
    ("text", "place"), [a[1:] for a in ADDRESSES], ids=[a[0] for a in ADDRESSES]
)
def test_an_address_is_kept_without_the_words_before_it(text: str, place: str) -> None:
    """The warehouse prints what stands here."""
    told = fill(
        "order.change_address", Slots(), hear(Said(texts=(text,))), NO_SLOTS, waiting="address"
    )

    assert place == told.address


def test_what_completes_an_address_is_added_to_it() -> None:
    """2单元601 after an address that ended with its street; a corrected door takes the place of the old."""
    begun = Slots(order=NUMBER, address="江苏省南京市鼓楼区中山路88号")
    more, other = (
        fill("order.change_address", begun, hear(Said(texts=(text,))), NO_SLOTS, waiting="confirm")
        for text in ("2单元601", "不是，是90号")
    )

    assert ("江苏省南京市鼓楼区中山路88号2单元601", "") == (more.address, more.door)
    assert begun.address == other.address  # a number alone is no door that is surely meant


WISHES = [
    (
        "all-of-it",
        "改下收货信息：赵六 13812340000 江苏省南京市鼓楼区中山路88号",
        "order.change_address",
    ),
    (
        "elsewhere",
        "寄到公司吧，上海市浦东新区张江路100号，收件人钱七，13712345678",
        "order.change_address",
    ),
    ("note", "备注：不要放快递柜，送货上门", "order.note"),
    ("place", "上海市浦东新区张江路100号", ""),
]


@pytest.mark.parametrize(("text", "action"), [w[1:] for w in WISHES], ids=[w[0] for w in WISHES])
def test_what_is_said_in_full_is_done(text: str, action: str) -> None:
    """An address with its receiver, a note with its colon."""
    pending = listen(text, orders=(UNSENT,)).pending

    assert action == (pending.action if pending else "")


RECEIVERS = [
    ("changed", "收件人改成张三", "张三"),
    ("beside-an-address", "改下收货信息：赵六 13812340000 江苏省南京市鼓楼区中山路88号", "赵六"),
    ("misspelt", "名字打错一个字，应该是林小宇", "林小宇"),
    ("misspelt-then", "收货人写错了，改成林小宇吧", "林小宇"),
    ("unsaid", "名字打错了", ""),
]


@pytest.mark.parametrize(
    ("text", "name"), [r[1:] for r in RECEIVERS], ids=[r[0] for r in RECEIVERS]
)
def test_a_receiver_is_a_name(text: str, name: str) -> None:
    """And never the words that say that it is wrong."""
    told = fill(
        "order.change_address", Slots(), hear(Said(texts=(text,))), NO_SLOTS, waiting="address"
    )

    assert name == told.receiver


def test_a_fault_is_told_while_it_is_to_be_mended() -> None:
    """拉链头掉了 goes into the repair and asks for no refund."""
    memory = waiting("return.repair", "confirm", slots=Slots(order=NUMBER, line=1), confirm_key="k")
    fault = part("拉链头掉了", suggestion("quality-issue.main", action="return.quality"))

    found = listen("拉链头掉了", memory=memory, answers=(fault,), orders=(facts(),))

    assert found.pending is not None
    assert ("return.repair", "拉链头掉了") == (found.pending.action, found.pending.slots.text)


def test_a_thing_is_found_by_its_everyday_name() -> None:
    """退两双袜子 of 美利奴袜."""
    socks = facts(lines=(line(title="美利奴徒步袜", sku="LS-SK-01", quantity=3),))

    found = listen("退两双袜子", orders=(socks,))

    assert found.pending is not None
    assert ("return.request", 1) == (found.pending.action, found.pending.slots.line)


def test_another_question_beside_it_keeps_its_answer() -> None:
    """Only what is about goods is heard as one about the return."""
    text = "你们收到我寄的衣服了吗，能开发票吗"
    invoice = part("能开发票吗", "invoice.default")
    got = part(
        "你们收到我寄的衣服了吗",
        suggestion("signed-not-received.main", action="claim.not_received"),
    )
    found = listen(
        text, answers=(got, invoice), orders=(facts(cases=(case(state="shipped_back"),)),)
    )

    assert found.pending is not None
    assert ("return.progress", ()) == (found.pending.action, found.also)
    assert "invoice.default" not in found.instead


def test_a_courtesy_is_no_part_of_a_note() -> None:
    """备注送货前打电话, 谢谢 in a message of its own."""
    told = fill("order.note", Slots(), hear(Said(texts=("备注送货前打电话", "谢谢"))), NO_SLOTS)

    assert "送货前打电话" == told.text


def test_tags_that_are_there_are_intact() -> None:
    """吊牌在 says as much as 吊牌都在."""
    memory = waiting("return.request", "intact", slots=Slots(order=NUMBER, line=1))

    found = listen("吊牌在", memory=memory, orders=(facts(),))

    assert found.pending is not None
    assert found.pending.slots.intact


def test_the_general_answer_gives_way_to_the_action() -> None:
    """取消T恤那单 needs no word on orders that are not paid."""
    entry = suggestion("cancel-order.unpaid")
    found = listen("取消T恤", answers=(part("取消T恤", entry),), orders=(BOTH_UNSENT,))

    assert (entry.entry,) == found.instead


REMEDIES = [
    ("exchange", "质量问题要换一件", "exchange"),
    ("return", "开线了，我要退货", "return"),
    ("question", "开线了能换吗", None),
    ("none", "袖口开线了", None),
]


@pytest.mark.parametrize(
    ("text", "remedy"), [r[1:] for r in REMEDIES], ids=[r[0] for r in REMEDIES]
)
def test_the_way_out_that_is_named_is_not_asked_for(text: str, remedy: str | None) -> None:
    """What was said when the fault was told counts."""
    told = fill("return.quality", Slots(), hear(Said(texts=(text,))), NO_SLOTS)

    assert remedy == told.remedy


def test_a_yes_describes_no_fault() -> None:
    """It is asked again what is wrong."""
    memory = waiting("return.quality", "text", slots=Slots(order=NUMBER, line=1))

    found = listen("确认", memory=memory, orders=(facts(),))

    assert found.pending is not None
    assert "" == found.pending.slots.text


def test_another_thing_beside_an_address_is_done_too() -> None:
    """改成XL码，再改个地址 are two changes."""
    text = "改成XL码，再改个地址，浙江省宁波市鄞州区某路3号"
    address = suggestion("change-address.main", action="order.change_address")
    found = listen(text, answers=(part(text, address),), orders=(UNSENT,))

    assert found.pending is not None
    assert ("order.change_address", [("order.change_item", "XL")]) == (
        found.pending.action,
        [(one.action, one.slots.size) for one in found.also],
    )


def test_the_other_order_takes_the_place_of_the_wrong_one() -> None:
    """不是这个订单，是另一个 is no yes to anything."""
    other = facts(order=order(number="2611150002"), lines=(line(order="2611150002"),))
    memory = waiting("order.cancel", "confirm", slots=Slots(order=NUMBER), confirm_key="k")

    found = listen("不是这个订单，是另一个", memory=memory, orders=(facts(), other))

    assert found.pending is not None
    assert ("2611150002", "") == (found.pending.slots.order, found.pending.slots.confirmed)


def test_who_is_not_sure_is_asked_again() -> None:
    """不知道吊牌还在不在 declares nothing."""
    memory = waiting("return.request", "intact", slots=Slots(order=NUMBER, line=1))

    found = listen("不知道吊牌还在不在", memory=memory, orders=(facts(),))

    assert found.pending is not None
    assert found.pending.slots.intact is None


def test_what_to_do_is_not_what_is_wrong() -> None:
    """退货吧 chooses the way out; the fault is still to be told."""
    memory = waiting("return.quality", "text", slots=Slots(order=NUMBER, line=1))

    found = listen("退货吧", memory=memory, orders=(facts(),))

    assert found.pending is not None
    assert ("", "return") == (found.pending.slots.text, found.pending.slots.remedy)


def test_a_yes_picks_none_of_several() -> None:
    """The choice is offered again; no other action begins by the words before."""
    memory = waiting(
        "return.quality", "remedy", options=(("return", "退货退款"), ("exchange", "换一件"))
    )

    found = listen("确认", memory=memory, answers=(part("确认", RETURN),), orders=(facts(),))

    assert found.pending is not None
    assert ("return.quality", ()) == (found.pending.action, found.parts)


def test_a_hesitant_yes_is_one() -> None:
    """好吧取消 agrees to the cancel."""
    memory = waiting("order.cancel", "confirm", slots=Slots(order=NUMBER), confirm_key="k")

    found = listen("好吧取消", memory=memory, orders=(facts(),))

    assert found.pending is not None
    assert "k" == found.pending.slots.confirmed


SIZES = [
    ("size", "不是L，是M", "那M呢"),
    ("goods", "不是这个,是三合一那款", "那三合一那款呢"),
    ("question", "不是L，是M吗", "不是L，是M吗"),
    ("no-correction", "是M", "是M"),
]


@pytest.mark.parametrize(("text", "asked"), [row[1:] for row in SIZES], ids=[r[0] for r in SIZES])
def test_a_correction_asks_the_same_of_something_else(text: str, asked: str) -> None:
    """The knowledge completes it from the question before."""
    heard: list[str] = []

    class Asked(dict[str, Any]):
        @override
        def get(self, key: str, default: Any = None) -> Any:
            heard.append(key)
            return default

    listen(text, answers=Asked())

    assert asked == heard[0]


def test_nobody_without_an_order_hears_of_one() -> None:
    """Before buying the question is a general one."""
    assert listen("什么时候到").pending is None


STATES = [
    ("state-before", "冲锋衣没穿过吊牌都在,我要退货", "我要退货"),
    ("state-between", "想换大一码，吊牌还在", "想换大一码"),
    ("question", "我要退货，没拆封，可以吗", "我要退货，没拆封，可以吗"),
    ("no-wish", "没穿过，吊牌还在", "没穿过，吊牌还在"),
]


@pytest.mark.parametrize(("text", "asked"), [row[1:] for row in STATES], ids=[r[0] for r in STATES])
def test_how_the_goods_are_is_no_question(text: str, asked: str) -> None:
    """The knowledge hears the wish; what is told beside it fills the slots."""
    assert asked == without_state(text)
