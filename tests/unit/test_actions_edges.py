"""Dialogue actions at their edges: a parcel that comes back, a door alone, a gift, a word for a colour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shopbot.chat.hearing import Said, hear
from shopbot.chat.slots import fill
from shopbot.kb.slots import NO_SLOTS
from shopbot.orders.actions import plan
from shopbot.orders.dialogue import (
    Apply,
    AskSlot,
    ChangeAddress,
    ChangeItem,
    Choose,
    Confirm,
    Known,
    OpenCase,
    Plan,
    Refuse,
    ShipBack,
    Slots,
    Talk,
    Ware,
)
from shopbot.orders.doors import find_door, with_door
from shopbot.orders.model import AddressChange, OrderFacts
from tests.order_facts import (
    NUMBER,
    PAID,
    RULES,
    STORE,
    at,
    case,
    event,
    facts,
    line,
    order,
    parcel,
)
from tests.talk_facts import listen, part, suggestion

NOW = at("2026-11-18 10:00")
SOON = PAID + timedelta(hours=1)
BACK = "SF1512345678901"
ASKED = case(state="approved")
WAITS = facts(cases=(ASKED,))
BOTH = facts(
    lines=(line(1), line(2, title="速干T恤", sku="LS-TS-03-GY-M")),
    cases=(ASKED, case(id="case_2", line_no=2, kind="exchange", reason="size", state="approved")),
)
GIFT = facts(lines=(line(1), line(2, title="登山扣", sku="", unit_fen=0, gift=True)))
UNSHIPPED = facts(order=order(status="paid", city="杭州市", district="西湖区"), parcels=())
ON_WAY = facts(parcels=(parcel(event("2026-11-15 20:00", "【杭州市】已揽收")),))


def step(action: str, about: OrderFacts, now: Any = NOW, *, wares: Any = None, **said: Any) -> Plan:
    """Return the next step for one order that is the shopper's."""
    known = Known(rules=RULES, talk=Talk(id="t"), orders=(about,), wares=wares or {})
    return plan(action, Slots(**said), known, now)


# --- a parcel that comes back --------------------------------------------------------------------------


def test_a_return_parcel_is_kept_with_the_case_that_waits_for_it() -> None:
    """After a yes to exactly that number."""
    found = step("return.ship_back", WAITS, parcel=BACK)
    assert isinstance(found, Confirm)
    done = step("return.ship_back", WAITS, parcel=BACK, confirmed=found.key)

    assert ShipBack(order=NUMBER, cases=("case_1",), parcel=BACK) == found.deed
    assert ("return.confirm.parcel", BACK) == (found.phrases[0].id, found.phrases[0].values["单号"])
    assert isinstance(done, Apply)
    assert "return.parcel.noted" == done.phrases[0].id


def test_of_several_cases_one_or_all_are_in_the_parcel() -> None:
    """The shopper says which."""
    asked = step("return.ship_back", BOTH, parcel=BACK)
    one = step("return.ship_back", BOTH, parcel=BACK, line=2)
    whole = step("return.ship_back", BOTH, parcel=BACK, line=0)

    assert isinstance(asked, Choose)
    assert ["0", "1", "2"] == [option.value for option in asked.options]
    assert [("case_2",), ("case_1", "case_2")] == [
        found.deed.cases
        for found in (one, whole)
        if isinstance(found, Confirm) and isinstance(found.deed, ShipBack)
    ]


def test_a_parcel_that_nobody_waits_for_goes_to_a_person() -> None:
    """Its number is in the talk; the goods must not arrive unknown."""
    found = step("return.ship_back", facts(cases=(case(),)), parcel=BACK)

    assert isinstance(found, Refuse)
    assert ("return.parcel.unexpected", True) == (found.phrases[0].id, found.hand_over)


def test_a_number_that_is_known_is_told_how_it_stands() -> None:
    """Nothing is written twice."""
    sent = facts(cases=(case(state="shipped_back", return_parcel=BACK),))

    found = step("return.ship_back", sent, parcel=BACK)

    assert isinstance(found, Apply)
    assert found.deed is None
    assert "return.step.shipped-back" == found.phrases[0].id


def test_without_a_number_it_is_asked_for() -> None:
    """Once it is clear that goods come back."""
    found = step("return.ship_back", WAITS)

    assert isinstance(found, AskSlot)
    assert "parcel" == found.slot


TRACKED = [
    ("comes-back", WAITS, BACK, "return.confirm.parcel"),
    ("comes-back-already", facts(cases=(case(state="shipped_back", return_parcel=BACK),)), BACK,
     "return.step.shipped-back"),
    ("not-of-this-order", facts(), BACK, "order.track.another-number"),
    ("of-this-order", WAITS, "YT8800123456789", "order.track.signed"),
    ("no-number", WAITS, "", "order.track.signed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "number", "phrase_id"), [t[1:] for t in TRACKED], ids=[t[0] for t in TRACKED]
)
def test_a_number_is_never_answered_with_another_parcel(
    about: OrderFacts, number: str, phrase_id: str
) -> None:
    """Asked about before anybody knew whose it is: it is registered, or said to be another one."""
    found = step("order.track", about, parcel=number)

    assert phrase_id == found.phrases[0].id


TRACK = suggestion("logistics-query.main", action="order.track")
PARCELS = [
    ("bare-number", WAITS, f"单号{BACK}", ("return.ship_back", BACK)),
    ("sent-back", facts(), f"我寄回去了，快递单号{BACK}", ("return.ship_back", BACK)),
    ("digits-sent-back", WAITS, "退货单号773312345678901", ("return.ship_back", "773312345678901")),
    ("their-own-parcel", WAITS, "单号YT8800123456789", ("order.track", "")),
    ("nothing-awaited", facts(), f"帮我查下{BACK}", ("order.track", BACK)),
    ("an-order-number", WAITS, "订单773312345678901", ("order.track", "")),
]


@pytest.mark.parametrize(
    ("about", "text", "expected"), [p[1:] for p in PARCELS], ids=[p[0] for p in PARCELS]
)
def test_whose_parcel_a_number_is(about: OrderFacts, text: str, expected: tuple[str, str]) -> None:
    """One that was not sent to the shopper is theirs, when goods are awaited or they say so."""
    found = listen(text, answers=(part(text, TRACK),), orders=(about,))

    assert found.pending is not None
    assert expected == (found.pending.action, found.pending.slots.parcel)


def test_a_parcels_number_names_its_order() -> None:
    """Digits alone that are a parcel of theirs are no order number."""
    digits = facts(parcels=(parcel(parcel="773312345678901"),))
    found = listen("773312345678901到哪了", answers=(part("到哪了", TRACK),), orders=(digits,))

    assert found.pending is not None
    assert (NUMBER, "") == (found.pending.slots.order, found.pending.slots.parcel)


def test_a_number_told_before_the_proof_is_kept() -> None:
    """Whose parcel it is shows when the order is known."""
    found = listen(f"单号{BACK}", answers=(part("单号", TRACK),))

    assert found.pending is not None
    assert ("order.track", "", BACK) == (
        found.pending.action,
        found.pending.slots.order,
        found.pending.slots.parcel,
    )


def test_what_is_asked_beside_the_number_is_answered() -> None:
    """The number is registered and the question keeps its answer."""
    asked = part("多久能退款", "refund-arrival.default")
    told = part(f"单号{BACK}", TRACK)

    answers = {"多久能退款": (asked,), f"单号{BACK}，多久能退款": (told,)}
    found = listen(f"单号{BACK}，多久能退款", answers=answers, orders=(WAITS,))

    assert (asked,) == found.parts
    assert found.pending is not None
    assert ("return.ship_back", ()) == (found.pending.action, found.also)


# --- a door alone --------------------------------------------------------------------------------------

DOORS = [
    ("building-and-room", "门牌号写错了，是8号楼302", "8号楼302"),
    ("three-parts", "门牌错了应该是3栋2单元1201", "3栋2单元1201"),
    ("not-that", "房号写错了，302室不是203室", "302室"),
    ("number-alone", "门牌是302不是203", "302"),
    ("house", "门牌号改成12号", "12号"),
    ("dashes", "门牌号3-2-501", "3-2-501"),
    ("written-as", "门牌号写成3号楼了，应该是8号楼", "8号楼"),
    ("no-door", "地址写错了", ""),
    ("whole-address", "地址改成杭州市西湖区文一路8号楼302", ""),
    ("unnamed-number", "302", ""),
    ("pieces", "我买了2件", ""),
    ("speaks-of-a-floor", "我住3楼", ""),
]


@pytest.mark.parametrize(("text", "door"), [d[1:] for d in DOORS], ids=[d[0] for d in DOORS])
def test_a_door_is_read_out_of_what_is_said(text: str, door: str) -> None:
    """Building, unit and room; an address with its street is no door."""
    assert door == find_door(text)


HOUSE = "浙江省杭州市西湖区文一西路99号某某小区3栋2单元501室"
REPLACED = [
    ("all-of-it", HOUSE, "8号楼302", "浙江省杭州市西湖区文一西路99号某某小区8号楼302"),
    ("room", HOUSE, "302", "浙江省杭州市西湖区文一西路99号某某小区3栋2单元302"),
    ("building-alone", "文一路21号3栋501室", "8栋", "文一路21号8栋501室"),
    ("house-number", "文一路21号3栋501室", "12号", "文一路12号3栋501室"),
    ("tower", "阳光花园A座1801", "B座", "阳光花园B座1801"),
    ("dashes", "阳光花园3-2-501", "3-2-502", "阳光花园3-2-502"),
    ("had-none", "阳光花园", "8号楼302", "阳光花园8号楼302"),
    ("no-door", "某路1号", "", "某路1号"),
]


@pytest.mark.parametrize(
    ("address", "door", "whole"), [r[1:] for r in REPLACED], ids=[r[0] for r in REPLACED]
)
def test_only_the_door_of_an_address_is_replaced(address: str, door: str, whole: str) -> None:
    """What stands further out stays."""
    assert whole == with_door(address, door)


def test_a_wrong_door_alone_is_confirmed_without_asking_for_the_rest() -> None:
    """Region in the clear, the new door in full, nothing of the street."""
    slots = fill(
        "order.change_address", Slots(), hear(Said(texts=("门牌号写错了，是8号楼302",))), NO_SLOTS
    )
    found = step("order.change_address", UNSHIPPED, SOON, door=slots.door)

    assert isinstance(found, Confirm)
    assert isinstance(found.deed, ChangeAddress)
    assert ("", "8号楼302") == (found.deed.address, found.deed.door)
    assert "order.confirm.door" == found.phrases[0].id
    assert {
        "订单号": NUMBER,
        "原地区": "浙江省杭州市西湖区",
        "新门牌": "8号楼302",
    } == found.phrases[0].values


def test_a_whole_address_takes_the_place_of_a_door() -> None:
    """Said later, or in the same breath."""
    told = hear(Said(texts=("浙江省宁波市鄞州区某路3号",)))

    slots = fill("order.change_address", Slots(door="8号楼"), told, NO_SLOTS, waiting="address")

    assert ("", True) == (slots.door, slots.address.endswith("某路3号"))


# --- a gift --------------------------------------------------------------------------------------------


def test_a_gift_is_offered_as_a_line_and_named_as_one() -> None:
    """漏发赠品 can be registered like anything else."""
    found = step("return.missing_item", GIFT)

    assert isinstance(found, Choose)
    assert "登山扣（赠品）" == found.options[1].phrase.values["商品"]


@pytest.mark.parametrize(
    ("action", "phrase_id"),
    [
        ("return.missing_item", "return.confirm.resend"),
        ("claim.damaged", "return.confirm.resend"),
        ("return.quality", "return.confirm.quality-exchange"),
    ],
)
def test_a_gift_is_sent_again_without_offering_money(action: str, phrase_id: str) -> None:
    """It has no price to give back."""
    found = step(action, GIFT, line=2, text="盒子里没有", pictures=("a.jpg",), remedy="refund")

    assert isinstance(found, Confirm)
    assert isinstance(found.deed, OpenCase)
    assert (phrase_id, 0) == (found.phrases[0].id, found.deed.refund_fen)


def test_a_gift_that_is_on_no_line_goes_to_a_person() -> None:
    """The goods themselves are not refunded for it."""
    found = step("return.missing_item", facts(), text="少了赠品", remedy="refund")

    assert isinstance(found, Refuse)
    assert ("return.check.hand-over", True) == (found.phrases[0].id, found.hand_over)


def test_the_only_gift_is_meant_when_a_gift_is_spoken_of() -> None:
    """Nobody is asked which line."""
    missing = suggestion("missing-item.gift", action="return.missing_item")

    found = listen("赠品没收到", answers=(part("赠品没收到", missing),), orders=(GIFT,))

    assert found.pending is not None
    assert (NUMBER, 2) == (found.pending.slots.order, found.pending.slots.line)


# --- a word for a colour -------------------------------------------------------------------------------

GREEN = {
    (NUMBER, 1): Ware(sku="LS-JK-01-GN-L", colour="松石绿", size="L", unit_fen=59800, in_stock=True)
}
WORDS = [
    ("changed-to", "换成绿", "绿"),
    ("want", "我要那个绿", "绿"),
    ("want-colour", "要绿色的", "绿"),
    ("own-name-and-size", "换成松石绿M码", "松石绿"),
    ("size-alone", "换成M码", ""),
    ("another-word", "我要换货", ""),
]


@pytest.mark.parametrize(("text", "colour"), [w[1:] for w in WORDS], ids=[w[0] for w in WORDS])
def test_a_colour_is_heard_without_its_suffix(text: str, colour: str) -> None:
    """换成绿 says as much as 换成绿色的."""
    told = fill("return.exchange", Slots(), hear(Said(texts=(text,))), NO_SLOTS)

    assert colour == told.colour


@pytest.mark.parametrize(
    ("text", "size"),
    [("换大一码", "大一码"), ("想换小两号的", "小两码"), ("我要换货", "")],
)
def test_a_size_is_heard_by_how_it_differs(text: str, size: str) -> None:
    """换大一码 is looked up from the size that was bought."""
    told = fill("return.exchange", Slots(), hear(Said(texts=(text,))), NO_SLOTS)

    assert size == told.size


def test_a_word_for_a_colour_is_confirmed_by_the_shops_own_name() -> None:
    """绿 is 松石绿 where only that is green."""
    found = step("order.change_item", UNSHIPPED, SOON, wares=GREEN, colour="绿")
    back = step("return.exchange", facts(), wares=GREEN, colour="绿", intact=True)

    assert isinstance(found, Confirm)
    assert isinstance(back, Confirm)
    assert isinstance(found.deed, ChangeItem)
    assert ("松石绿", "松石绿") == (found.deed.wanted, back.phrases[0].values["新规格"])


@pytest.mark.parametrize("action", ["order.change_item", "return.exchange"])
def test_a_colour_that_is_not_sure_is_asked_for(action: str) -> None:
    """With what there is to choose from."""
    about = UNSHIPPED if action == "order.change_item" else facts()
    wares = {(NUMBER, 1): Ware(colours=("松石绿", "墨绿"))}

    found = step(action, about, SOON if about is UNSHIPPED else NOW, wares=wares, colour="绿")

    assert isinstance(found, AskSlot)
    assert ("item", "松石绿、墨绿") == (found.slot, found.phrases[0].values["可选"])


# --- cancelling what has left --------------------------------------------------------------------------


def test_who_cancels_what_has_left_is_told_what_then_happens() -> None:
    """It is on its way; refuse it, or send it back."""
    sent = step("order.cancel", ON_WAY, at("2026-11-16 10:00"))
    unsent = step("order.cancel", replace(UNSHIPPED), SOON)

    assert isinstance(sent, Confirm)
    assert isinstance(unsent, Confirm)
    assert ("order.confirm.cancel-sent", "order.confirm.cancel") == (
        sent.phrases[0].id,
        unsent.phrases[0].id,
    )


# --- taking it back ------------------------------------------------------------------------------------

CANCELLED = facts(cases=(case(kind="refund", reason="cancelled", state="approved"),))
THOUGHT_BETTER = [
    ("return", facts(cases=(case(),)), {}, ("Confirm", "order.confirm.withdraw")),
    ("approved", WAITS, {}, ("Confirm", "order.confirm.withdraw")),
    ("several", BOTH, {}, ("Choose", "order.ask.line")),
    ("one-of-several", BOTH, {"line": 2}, ("Confirm", "order.confirm.withdraw")),
    ("sent-back", facts(cases=(case(state="shipped_back"),)), {},
     ("Refuse", "order.withdraw.hand-over")),
    ("cancel", CANCELLED, {}, ("Refuse", "order.withdraw.hand-over")),
    ("nothing", facts(), {}, ("Refuse", "order.withdraw.nothing")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "said", "expected"),
    [t[1:] for t in THOUGHT_BETTER],
    ids=[t[0] for t in THOUGHT_BETTER],
)
def test_what_was_registered_is_taken_back(
    about: OrderFacts, said: dict[str, Any], expected: tuple[str, str]
) -> None:
    """A request after an agreement; what others carry out already is stopped by a person."""
    found = step("order.withdraw", about, **said)

    assert expected == (type(found).__name__, found.phrases[0].id)


BACK_OUT = [
    ("cancel", "还是不取消了", True),
    ("do-not", "别取消了我还要", True),
    ("intercept", "不用拦截了", True),
    ("request", "撤销退货申请", True),
    ("with-a-reason", "找到尺码了，不退了", True),
    ("cancel-order", "取消订单", False),
    ("question", "不退了可以吗", False),
    ("cannot", "不能退吗", False),
    ("wants-it", "我要退货", False),
]


@pytest.mark.parametrize(("text", "back"), [b[1:] for b in BACK_OUT], ids=[b[0] for b in BACK_OUT])
def test_words_that_take_something_back(text: str, back: bool) -> None:
    """They begin no cancel and no return."""
    cancel = suggestion("cancel-order.main", action="order.cancel")

    found = listen(text, answers=(part(text, cancel),), orders=(CANCELLED,))

    assert found.pending is not None
    assert back == (found.pending.action == "order.withdraw")


def test_a_second_change_goes_to_who_carries_out_the_first() -> None:
    """It is not passed over as a repeat; only the bare question for a change is."""
    asked = AddressChange(id="adr_1", store_id=STORE, order=NUMBER, state="asked", asked_at=PAID)
    about = replace(UNSHIPPED, address_changes=(asked,))
    more = step("order.change_address", about, SOON, phone="13900000000")
    bare = step("order.change_address", about, SOON)

    assert isinstance(more, Refuse)
    assert isinstance(bare, Refuse)
    assert [("order.change.again", True), ("order.change.pending", False)] == [
        (one.phrases[0].id, one.hand_over) for one in (more, bare)
    ]
