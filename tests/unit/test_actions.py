"""Dialogue actions: every step of every action, worded by the shop's own knowledge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb.entry import Knowledge
from shopbot.kb.loader import load
from shopbot.kb.phrases import PhraseBook
from shopbot.orders.actions import ACTIONS, plan
from shopbot.orders.dialogue import (
    MOST_ASKED,
    AddNote,
    AddPictures,
    Apply,
    AskSlot,
    Cancel,
    ChangeAddress,
    ChangeItem,
    Choose,
    Confirm,
    Intercept,
    Known,
    OpenCase,
    Plan,
    Protect,
    Refuse,
    Remedy,
    Report,
    Slots,
    Talk,
    Ware,
)
from shopbot.orders.model import AddressChange, Note, OrderFacts
from shopbot.orders.phrases import Phrase
from shopbot.orders.price_protection import PriceNow
from shopbot.rules.model import Gift
from shopbot.rules.setting import Fen
from tests.kb_store import DEMO_STORE
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
    rules,
)

NOW = at("2026-11-18 10:00")  # the day after signing
SOON = PAID + timedelta(hours=1)  # not yet at the packing table
UNSHIPPED = facts(order=order(status="paid"), parcels=())
DEPOSIT = facts(
    order=order(status="deposit_paid", paid_at=None, presale=True, balance_fen=50000), parcels=()
)
UNDATED = facts(order=order(status="paid", paid_at=None), parcels=())
UNPAID = facts(order=order(status="unpaid", paid_at=None, paid_fen=0), parcels=())
CLOSED = facts(order=order(status="closed"), parcels=())
SIGNED = facts()
ON_WAY = facts(parcels=(parcel(event("2026-11-15 20:00", "【杭州市】已揽收")),))
STUCK = at("2026-11-19 22:00")  # ON_WAY has not moved for four days
LOST = at("2026-11-26 22:00")
TWO = facts(lines=(line(1), line(2, title="速干T恤", sku="LS-TS-03-GY-M", colour="雾灰", size="M")))
TWO_UNSHIPPED = replace(TWO, order=order(status="paid"), parcels=())
SOCKS = facts(lines=(line(title="美利奴袜", sku="LS-SK-01"),))
ASKED_ADDRESS = AddressChange(
    id="adr_1", store_id=STORE, order=NUMBER, state="asked", asked_at=PAID
)
GREEN = {(NUMBER, 1): Ware(sku="LS-JK-01-GN-L", unit_fen=59800, in_stock=True)}


@cache
def knowledge() -> Knowledge:
    """Return the demo shop's knowledge, read once."""
    return load(DEMO_STORE)


BOOK = PhraseBook(knowledge)


def known(*orders: OrderFacts, talk: Talk | None = None, **more: Any) -> Known:
    """Return what is known in a run called t1."""
    return Known(**{"rules": RULES, "talk": talk or Talk(id="t1"), "orders": orders, **more})


def phrases_of(found: Plan) -> Iterator[Phrase]:
    """Yield all that would be said."""
    yield from found.phrases
    if isinstance(found, Choose):
        yield from (option.phrase for option in found.options)


def check_worded(found: Plan) -> None:
    """Every phrase of a plan can be said by the shop."""
    assert found.phrases
    for one in phrases_of(found):
        spoken = BOOK.say(one.id, one.values, now=NOW)

        assert spoken is not None, one
        assert "{" not in spoken.text or "{" in "".join(one.values.values())
        assert spoken.source.file.startswith("replies/orders/")


def step(
    action: str, about: OrderFacts | None, now: datetime = NOW, *, more: Any = None, **said: Any
) -> Plan:
    """Return the plan for one order, its wording checked."""
    orders = (about,) if about is not None else ()
    found = plan(action, Slots(**said), known(*orders, **(more or {})), now)
    check_worded(found)
    return found


def shown(found: Plan) -> tuple[str, str]:
    """Return the kind of a plan and what tells it from others of the kind."""
    if isinstance(found, AskSlot | Choose):
        return type(found).__name__, found.slot
    if isinstance(found, Confirm):
        return "Confirm", found.phrases[0].id
    if isinstance(found, Apply):
        return "Apply", found.phrases[0].id
    return "Refuse", found.phrases[0].id


# --- whose order, which line -------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_without_proof_an_order_is_asked_for(action: str) -> None:
    """Number, then phone tail, then both again; an order that is not there is answered alike."""
    first = step(action, None)
    second = step(action, None, order="999")
    wrong = plan(
        action, Slots(order="999", phone_tail="1"), known(talk=Talk(id="t", proof="refused")), NOW
    )
    mine = known(SIGNED, talk=Talk(id="t", proof="refused"))
    other = plan(action, Slots(order="888", phone_tail="1"), mine, NOW)
    check_worded(wrong)

    assert ("AskSlot", "order") == shown(first)
    assert ("AskSlot", "phone_tail") == shown(second)
    assert isinstance(wrong, AskSlot)
    assert ("order", True, ("order", "phone_tail")) == (wrong.slot, wrong.identity, wrong.clear)
    assert wrong == other


@pytest.mark.parametrize("action", ACTIONS)
def test_too_many_wrong_proofs_are_told_when_to_come_back(action: str) -> None:
    """Nothing is asked any more."""
    talk = Talk(id="t", proof="too-many", wait_minutes=12)
    found = plan(action, Slots(order="9", phone_tail="1"), known(talk=talk), NOW)
    check_worded(found)

    assert isinstance(found, Refuse)
    assert ("too-many-tries", "12") == (found.why, found.phrases[0].values["等待分钟"])


@pytest.mark.parametrize("action", ACTIONS)
def test_of_several_orders_five_are_offered_newest_first(action: str) -> None:
    """Six proved orders, none named."""
    orders = [
        facts(order=order(number=str(n), created_at=PAID + timedelta(hours=n))) for n in range(6)
    ]
    found = plan(action, Slots(), known(*orders), NOW)
    check_worded(found)

    assert isinstance(found, Choose)
    assert ("order", ["5", "4", "3", "2", "1"]) == (found.slot, [o.value for o in found.options])


LINE_ACTIONS = [
    "return.request",
    "return.exchange",
    "return.quality",
    "return.wrong_item",
    "return.missing_item",
    "return.repair",
    "claim.damaged",
    "order.price_protect",
]


@pytest.mark.parametrize("action", LINE_ACTIONS)
@pytest.mark.parametrize("said", [None, 7], ids=["unsaid", "wrong"])
def test_of_several_lines_one_is_chosen(action: str, said: int | None) -> None:
    """A number that is no line is asked about again."""
    found = step(action, TWO, line=said)

    assert isinstance(found, Choose)
    assert ("line", ["1", "2"]) == (found.slot, [o.value for o in found.options])


@pytest.mark.parametrize("action", LINE_ACTIONS)
def test_an_order_without_lines_goes_to_a_person(action: str) -> None:
    """Nobody knows what it was."""
    found = step(action, facts(lines=()))

    assert isinstance(found, Refuse)
    assert found.hand_over


def test_an_action_of_another_module_goes_to_a_person() -> None:
    """Reviews and the desk are not ours."""
    found = step("review.bad", SIGNED)

    assert isinstance(found, Refuse)
    assert ("hand-over", True) == (found.why, found.hand_over)


# --- decision tables ---------------------------------------------------------------------------------

TOLD = [
    ("status-unpaid", "order.status", UNPAID, SOON, "order.ship.unpaid", None),
    ("status-deposit", "order.status", DEPOSIT, SOON, "order.ship.deposit", None),
    ("status-undated", "order.status", UNDATED, SOON, "order.ship.undated", None),
    ("status-waiting", "order.status", UNSHIPPED, SOON, "order.ship.waiting", None),
    ("status-late", "order.status", UNSHIPPED, NOW, "order.ship.late", "urge-warehouse"),
    ("status-closed", "order.status", CLOSED, NOW, "order.ship.closed", None),
    ("status-signed", "order.status", SIGNED, NOW, "order.track.signed", None),
    ("status-finished", "order.status", facts(order=order(status="finished"), parcels=()), NOW,
     "order.status.finished", None),
    ("track-unshipped", "order.track", UNSHIPPED, SOON, "order.ship.waiting", None),
    ("track-none", "order.track", facts(parcels=()), NOW, "order.track.none", "urge-warehouse"),
    ("track-part", "order.track", facts(order=order(status="part_shipped")), NOW,
     "order.status.part-shipped", None),
    ("track-on-way", "order.track", ON_WAY, at("2026-11-16 09:00"), "order.track.on-way", None),
    ("track-stuck", "order.track", ON_WAY, STUCK, "order.track.stuck", "ask-courier"),
    ("track-lost", "order.track", ON_WAY, LOST, "order.track.lost-suspected", "check-lost"),
    ("urge-waiting", "order.urge", UNSHIPPED, SOON, "order.ship.waiting", "urge-warehouse"),
    ("urge-unpaid", "order.urge", UNPAID, SOON, "order.ship.unpaid", None),
    ("urge-undated", "order.urge", UNDATED, SOON, "order.ship.undated", "urge-warehouse"),
    ("urge-sent", "order.urge", ON_WAY, STUCK, "order.track.stuck", "ask-courier"),
    ("lost-not-yet", "claim.lost", ON_WAY, at("2026-11-16 09:00"), "order.track.on-way", None),
    ("lost", "claim.lost", ON_WAY, LOST, "order.track.lost-suspected", "check-lost"),
    ("lost-unsent", "claim.lost", UNSHIPPED, SOON, "order.ship.waiting", None),
    ("not-received", "claim.not_received", SIGNED, NOW, "order.track.signed-not-received",
     "check-not-received"),
    ("not-received-just", "claim.not_received", SIGNED, at("2026-11-17 16:00"),
     "order.track.signed-just-now", None),
    ("not-received-late", "claim.not_received", SIGNED, at("2026-12-10 16:00"),
     "order.track.not-received-late", "check-not-received"),
    ("not-received-on-way", "claim.not_received", ON_WAY, at("2026-11-16 09:00"),
     "order.track.on-way", None),
    ("progress-case", "return.progress", facts(cases=(case(),)), NOW, "return.step.requested", None),
    ("progress-platform", "return.progress", facts(lines=(line(status="refunding"),)), NOW,
     "return.progress.platform-open", None),
    ("progress-refunded", "return.progress", facts(lines=(line(status="refunded"),)), NOW,
     "return.progress.platform-done", None),
    ("progress-on-way-back", "return.progress",
     facts(parcels=(parcel(event("2026-11-17 10:00", "收件人拒收")),)), NOW, "order.track.refused", None),
    ("progress-closed", "return.progress", CLOSED, NOW, "return.progress.closed", None),
]  # fmt: skip


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row[0])
def test_what_is_told_and_who_looks_into_it(row: tuple[Any, ...]) -> None:
    """Nothing changes, so nothing is confirmed; trouble is written down for a person."""
    _, action, about, now, phrase_id, task = row
    found = step(action, about, now)

    assert isinstance(found, Apply)
    assert phrase_id == found.phrases[0].id
    assert task == (found.deed.task if isinstance(found.deed, Report) else None)
    assert (task is None) == (found.deed is None)


def test_a_second_urging_soon_after_writes_nothing() -> None:
    """It is told when the first one was."""
    lately = {"urged": {NUMBER: NOW - timedelta(hours=1)}}
    late = step("order.urge", UNSHIPPED, more=lately)
    stuck = step("order.track", ON_WAY, STUCK, more={"urged": {NUMBER: STUCK}})

    assert isinstance(late, Apply)
    assert isinstance(stuck, Apply)
    assert ("order.urge.again", None, None) == (late.phrases[0].id, late.deed, stuck.deed)


def test_a_claim_told_again_is_reported_once() -> None:
    """A person has it already, and still goes on."""
    found = step("claim.lost", ON_WAY, LOST, more={"urged": {NUMBER: LOST}})

    assert isinstance(found, Apply)
    assert (None, True) == (found.deed, found.hand_over)


def test_what_staff_call_sold_out_is_told() -> None:
    """Urging does not help there."""
    found = step("order.urge", UNSHIPPED, more={"stock_out": frozenset({NUMBER})})

    assert isinstance(found, Apply)
    assert ("order.ship.stock-out", None) == (found.phrases[0].id, found.deed)


REFUSED = [
    ("reject-unpaid", "order.reject", UNPAID, SOON, {}, "order.cancel.unpaid"),
    ("reject-unsent", "order.reject", UNSHIPPED, SOON, {}, "order.reject.unshipped"),
    ("reject-signed", "order.reject", SIGNED, NOW, {}, "order.reject.signed"),
    ("reject-back", "order.reject", facts(parcels=(parcel(event("2026-11-17 10:00", "收件人拒收")),)),
     NOW, {}, "order.reject.on-way-back"),
    ("address-pending", "order.change_address", replace(UNSHIPPED, address_changes=(ASKED_ADDRESS,)),
     SOON, {}, "order.change.pending"),
    ("address-unpaid", "order.change_address", UNPAID, SOON, {}, "order.change.unpaid-self"),
    ("address-finished", "order.change_address", facts(order=order(status="finished")), NOW, {},
     "order.change.after-receipt"),
    ("item-sent", "order.change_item", SIGNED, NOW, {}, "order.change.after-receipt"),
    ("item-more", "order.change_item", UNSHIPPED, SOON, {"quantity": 3}, "order.change.more"),
    ("item-more-green", "order.change_item", UNSHIPPED, SOON, {"quantity": 3, "colour": "松石绿"},
     "order.change.more"),
    ("item-deposit", "order.change_item", DEPOSIT, SOON, {}, "order.change.deposit"),
    ("address-deposit", "order.change_address", DEPOSIT, SOON, {}, "order.change.deposit"),
    ("cancel-deposit", "order.cancel", DEPOSIT, SOON, {}, "order.cancel.deposit"),
    ("reject-deposit", "order.reject", DEPOSIT, SOON, {}, "order.cancel.deposit"),
    ("address-closed", "order.change_address", CLOSED, NOW, {}, "order.ship.closed"),
    ("reject-closed", "order.reject", CLOSED, NOW, {}, "order.cancel.closed"),
    ("cancel-platform", "order.cancel", replace(UNSHIPPED, lines=(line(status="refunding"),)), SOON,
     {}, "order.cancel.pending"),
    ("item-same", "order.change_item", UNSHIPPED, SOON, {"quantity": 1}, "order.change.nothing"),
    ("note-sent", "order.note", ON_WAY, NOW, {}, "order.change.too-late"),
    ("address-signed", "order.change_address", SIGNED, NOW, {}, "order.change.after-receipt"),
    ("note-long", "order.note", UNSHIPPED, SOON, {"text": "长" * 500}, "order.change.bad-note"),
    ("cancel-unpaid", "order.cancel", UNPAID, SOON, {}, "order.cancel.unpaid"),
    ("cancel-closed", "order.cancel", CLOSED, NOW, {}, "order.cancel.closed"),
    ("cancel-finished", "order.cancel", facts(order=order(status="finished")), NOW, {},
     "order.cancel.return-instead"),
    ("cancel-twice", "order.cancel",
     replace(UNSHIPPED, cases=(case(kind="refund", reason="cancelled"),)), SOON, {},
     "order.cancel.pending"),
    ("protect-unpaid", "order.price_protect", UNPAID, SOON, {}, "order.protect.not-covered"),
    ("protect-late", "order.price_protect", SIGNED, at("2026-12-20 10:00"), {},
     "order.protect.too-late"),
    ("protect-unknown", "order.price_protect", SIGNED, NOW, {}, "order.protect.checking"),
    ("return-unsent", "return.request", UNSHIPPED, SOON, {}, "return.check.cancel-instead"),
    ("return-late", "return.request", SIGNED, at("2026-11-28 10:00"), {},
     "return.check.try-exchange"),
    ("return-worn", "return.request", SIGNED, NOW, {"intact": False}, "return.check.hand-over"),
    ("return-opened", "return.request", SOCKS, NOW, {"opened": True}, "return.check.opened"),
    ("return-exempt", "return.request", facts(lines=(line(exempt=True),)), NOW, {},
     "return.check.exempt"),
    ("return-gift", "return.request", facts(lines=(line(gift=True, unit_fen=0),)), NOW, {},
     "return.check.gift"),
    ("return-refunding", "return.request", facts(lines=(line(status="refunding"),)), NOW, {},
     "return.check.refunding"),
    ("return-refunded", "return.request", facts(lines=(line(status="refunded"),)), NOW, {},
     "return.check.refunded"),
    ("return-all-gone", "return.request", facts(cases=(case(state="refunded", ended_at=NOW),)), NOW,
     {}, "return.check.all-gone"),
    ("return-closed", "return.request", CLOSED, NOW, {}, "order.ship.closed"),
    ("return-unpaid", "return.request", UNPAID, SOON, {}, "order.cancel.unpaid"),
    ("return-deposit", "return.request", DEPOSIT, SOON, {}, "order.cancel.deposit"),
    ("return-on-way", "return.request", ON_WAY, at("2026-11-15 22:00"), {},
     "return.check.wait-signing"),
    ("return-on-way-back", "return.request",
     facts(parcels=(parcel(event("2026-11-17 10:00", "收件人拒收")),)), NOW, {},
     "order.reject.on-way-back"),
    ("return-lost", "return.request",
     facts(parcels=(parcel(event("2026-11-17 10:00", "快件丢失")),)), NOW, {},
     "return.check.hand-over"),
    ("exchange-again", "return.exchange",
     facts(cases=(case(kind="exchange", reason="size", state="finished", ended_at=NOW),)), NOW, {},
     "return.check.exchanged"),
    ("return-open-case", "return.request", facts(cases=(case(),)), NOW, {},
     "return.check.open-case"),
    ("exchange-on-way", "return.exchange", ON_WAY, at("2026-11-15 22:00"), {},
     "return.check.wait-signing"),
    ("exchange-late", "return.exchange", SIGNED, at("2026-12-20 10:00"), {}, "return.check.too-late"),
    ("quality-late", "return.quality", SIGNED, at("2026-12-20 10:00"), {}, "return.check.try-repair"),
    ("damaged-late", "claim.damaged", SIGNED, at("2026-11-21 10:00"),
     {"text": "压扁了", "remedy": "refund", "pictures": ("a.jpg",)}, "return.check.hand-over"),
    ("progress-none", "return.progress", SIGNED, NOW, {}, "return.progress.none"),
]  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=lambda r: r[0])
def test_what_cannot_be_done_is_said_with_what_helps(row: tuple[Any, ...]) -> None:
    """Wrong states, limits and repeats."""
    _, action, about, now, said, phrase_id = row
    found = step(action, about, now, **said)

    assert ("Refuse", phrase_id) == shown(found)


FAULT = {"text": "袖口开线", "pictures": ("a.jpg",)}
WALKS = [
    ("reject", "order.reject", ON_WAY, at("2026-11-16 10:00"), {}, [],
     "order.confirm.reject", Intercept),
    ("address", "order.change_address", UNSHIPPED, SOON, {"address": "浙江省 宁波市 鄞州区 某路"},
     ["address"], "order.confirm.address", ChangeAddress),
    ("phone", "order.change_address", UNSHIPPED, SOON, {"phone": "13800000000"}, ["address"],
     "order.confirm.address", ChangeAddress),
    ("address-sent", "order.change_address", ON_WAY, at("2026-11-16 10:00"),
     {"address": "浙江省 宁波市 鄞州区 某路"}, ["address"], "order.confirm.address", ChangeAddress),
    ("item", "order.change_item", UNSHIPPED, SOON, {"colour": "松石绿"}, ["item"],
     "order.confirm.item", ChangeItem),
    ("note", "order.note", UNSHIPPED, SOON, {"text": "放门卫"}, ["text"],
     "order.confirm.note", AddNote),
    ("cancel", "order.cancel", UNSHIPPED, SOON, {}, [], "order.confirm.cancel", Cancel),
    ("cancel-packing", "order.cancel", UNSHIPPED, NOW, {}, [], "order.confirm.cancel", Cancel),
    ("cancel-line", "order.cancel", TWO_UNSHIPPED, SOON, {"line": 2}, ["line"],
     "order.confirm.cancel-line", Cancel),
    ("cancel-whole", "order.cancel", TWO_UNSHIPPED, NOW, {"line": 0}, ["line"],
     "order.confirm.cancel", Cancel),
    ("return", "return.request", SIGNED, NOW, {"intact": True}, ["intact"],
     "return.confirm.return", OpenCase),
    ("return-sealed", "return.request", SOCKS, NOW, {"opened": False, "intact": True},
     ["opened", "intact"], "return.confirm.return", OpenCase),
    ("exchange", "return.exchange", SIGNED, NOW, {"intact": True, "size": "XL"},
     ["intact", "item"], "return.confirm.exchange", OpenCase),
    ("quality", "return.quality", SIGNED, NOW, {**FAULT, "remedy": "return"},
     ["text", "remedy", "pictures"], "return.confirm.return", OpenCase),
    ("quality-exchange", "return.quality", SIGNED, NOW, {**FAULT, "remedy": "exchange"},
     ["text", "remedy", "pictures"], "return.confirm.quality-exchange", OpenCase),
    ("wrong", "return.wrong_item", SIGNED, NOW, {**FAULT, "remedy": "resend"},
     ["text", "remedy", "pictures"], "return.confirm.resend", OpenCase),
    ("wrong-back", "return.wrong_item", SIGNED, NOW, {**FAULT, "remedy": "return"},
     ["text", "remedy", "pictures"], "return.confirm.return", OpenCase),
    ("missing", "return.missing_item", SIGNED, NOW, {**FAULT, "remedy": "refund"},
     ["text", "remedy", "pictures"], "return.confirm.refund", OpenCase),
    ("damaged", "claim.damaged", SIGNED, NOW, {**FAULT, "remedy": "resend"},
     ["text", "remedy", "pictures"], "return.confirm.resend", OpenCase),
    ("repair", "return.repair", SIGNED, NOW, {"text": "拉链坏了"}, ["text"],
     "return.confirm.repair", OpenCase),
]  # fmt: skip

SLOT_FIELDS = {"item": ("colour", "size", "quantity"), "address": ("address", "phone", "receiver")}


@pytest.mark.parametrize("row", WALKS, ids=lambda row: row[0])
def test_a_change_is_asked_confirmed_and_written_once(row: tuple[Any, ...]) -> None:
    """One question at a time, then agreed to, then written; no and again change nothing."""
    _, action, about, now, answers, questions, confirm_id, deed = row
    said: dict[str, Any] = {}
    for question in questions:
        found = step(action, about, now, **said)
        named = SLOT_FIELDS.get(question, (question,))

        assert question == (found.slot if isinstance(found, AskSlot | Choose) else found)
        said |= {name: answers[name] for name in named if name in answers}
    confirm = step(action, about, now, **answers)

    assert isinstance(confirm, Confirm)
    assert (confirm_id, deed) == (confirm.phrases[0].id, type(confirm.deed))

    agreed = step(action, about, now, confirmed=confirm.key, **answers)
    later = step(action, about, now + timedelta(minutes=1), confirmed=confirm.key, **answers)
    denied = step(action, about, now, confirmed=confirm.key, denied=True, **answers)
    done = {"talk": Talk(id="t1", done=frozenset({confirm.key}))}
    again = step(action, about, now, more=done, confirmed=confirm.key, **answers)

    assert isinstance(agreed, Apply)
    assert isinstance(later, Apply)
    assert (confirm.deed, confirm.key, NUMBER) == (agreed.deed, agreed.key, agreed.order)
    assert ("Refuse", "order.done.denied") == shown(denied)
    assert ("Refuse", "order.done.already") == shown(again)


def test_what_was_agreed_to_is_what_is_done() -> None:
    """Another address, another run of the dialogue or a made-up key is confirmed anew."""
    first = step("order.change_address", UNSHIPPED, SOON, address="甲路1号")

    assert isinstance(first, Confirm)

    other = step("order.change_address", UNSHIPPED, SOON, address="乙路2号", confirmed=first.key)
    run = {"talk": Talk(id="t2")}
    anew = step(
        "order.change_address",
        UNSHIPPED,
        SOON,
        more=run,
        address="甲路1号",
        confirmed=first.key,
    )

    assert isinstance(other, Confirm)
    assert isinstance(anew, Confirm)
    assert 3 == len({first.key, other.key, anew.key})


@pytest.mark.parametrize(
    ("address", "phrase_id", "difference"),
    [
        ("香港九龙油尖旺区1号", "order.change.not-served", None),
        ("张三 13800000000 台湾省台北市", "order.change.not-served", None),
        ("新疆乌鲁木齐市天山区1号", "order.confirm.address", "需要您补差价18元"),
        ("李四，13800000000西藏自治区拉萨市", "order.confirm.address", "需要您补差价18元"),
        ("上海市 黄浦区 西藏中路1号", "order.confirm.address", ""),
        ("西藏北路88号", "order.confirm.address", ""),
    ],
)
def test_a_far_address_is_recognised_as_shoppers_type_it(
    address: str, phrase_id: str, difference: str | None
) -> None:
    """Not served, more postage, or a street that is only named so."""
    found = step("order.change_address", UNSHIPPED, SOON, address=address)

    assert phrase_id == found.phrases[0].id
    assert difference == found.phrases[0].values.get("补差价")


def test_a_change_that_is_in_stock_needs_nobody() -> None:
    """Known stock and price before packing: the warehouse is not asked."""
    said = {"colour": "松石绿"}
    first = step("order.change_item", UNSHIPPED, SOON, more={"wares": GREEN}, **said)

    assert isinstance(first, Confirm)

    done = step(
        "order.change_item", UNSHIPPED, SOON, more={"wares": GREEN}, confirmed=first.key, **said
    )
    sold_out = {"wares": {(NUMBER, 1): Ware(in_stock=False)}}
    gone = step("order.change_item", UNSHIPPED, SOON, more=sold_out, **said)

    assert ("Apply", "order.change.done") == shown(done)
    assert ("Refuse", "order.change.out-of-stock") == shown(gone)


@pytest.mark.parametrize(
    ("wanted", "today", "told"),
    [
        (59800, 59800, ""),
        (69800, 69800, ""),
        (71800, 69800, "需要您补差价20元"),
        (49800, 59800, "差价100元会退给您"),
        (None, 59800, "差价核对好告诉您"),
    ],
    ids=["the-same", "dearer-since", "dearer-article", "cheaper-article", "unknown"],
)
def test_the_difference_is_that_of_the_articles(wanted: int | None, today: int, told: str) -> None:
    """A price that rose since the purchase is nobody's fault; what is not known is not called zero."""
    more = {
        "wares": {(NUMBER, 1): Ware(sku="G", unit_fen=wanted, in_stock=True)},
        "prices": {(NUMBER, 1): PriceNow(fen=today, as_of=SOON)},
    }
    found = step("order.change_item", UNSHIPPED, SOON, more=more, colour="松石绿")

    assert told == found.phrases[0].values["补差价"]


def test_an_exchange_for_what_is_sold_out_is_not_begun() -> None:
    """It is said before the shopper sends anything back, and another one may be named at once."""
    gone = {"wares": {(NUMBER, 1): Ware(in_stock=False)}}
    found = step("return.exchange", SIGNED, more=gone, intact=True, size="XL")

    assert isinstance(found, AskSlot)
    assert ("item", "order.change.out-of-stock") == (found.slot, found.phrases[0].id)


@pytest.mark.parametrize(
    ("about", "now", "phrase_id"),
    [
        (TWO_UNSHIPPED, SOON, "return.check.cancel-instead"),
        (replace(TWO, order=order(status="closed")), NOW, "order.ship.closed"),
        (replace(TWO, parcels=ON_WAY.parcels), at("2026-11-15 22:00"), "return.check.wait-signing"),
    ],
    ids=["unsent", "closed", "on-its-way"],
)
def test_what_holds_for_every_line_is_said_before_one_is_asked_for(
    about: OrderFacts, now: datetime, phrase_id: str
) -> None:
    """Nobody is asked which of two lines to send back while neither has come."""
    seen = [
        step(action, about, now).phrases[0].id for action in ("return.request", "return.quality")
    ]

    assert [phrase_id, phrase_id] == seen
    assert "Choose" == type(step("return.request", TWO, NOW)).__name__


def test_pictures_that_a_case_waits_for_are_kept() -> None:
    """Whoever was asked for pictures and sends them has answered: nothing is closed over their head."""
    told = facts(cases=(case(state="need_pictures"),))
    found = step("return.progress", told, pictures=("a.jpg", "b.jpg"))
    none = step("return.progress", facts(cases=(case(),)), pictures=("a.jpg",))

    assert isinstance(found, Apply)
    assert (
        AddPictures(order=NUMBER, cases=("case_1",), pictures=("a.jpg", "b.jpg")),
        "return.pictures.noted",
    ) == (found.deed, found.phrases[0].id)
    assert isinstance(none, Apply)
    assert none.deed is None


def test_a_gift_is_no_choice_where_it_cannot_be_meant() -> None:
    """Of a jacket and its gift the jacket is returned; what was missing may be the gift."""
    told = facts(lines=(line(), line(2, title="岭上压缩毛巾", gift=True, unit_fen=0)))
    asked = step("return.missing_item", told)

    assert ("AskSlot", "intact") == shown(step("return.request", told))
    assert isinstance(asked, Choose)
    assert ["1", "2"] == [one.value for one in asked.options]


PAIR = facts(
    lines=(line(quantity=3, title="速干T恤", unit_fen=10000),), order=order(paid_fen=30000)
)


def test_how_many_pieces_is_asked_where_there_are_several() -> None:
    """One of three is not taken for all of them; what is agreed to names how many and for how much."""
    asked = step("return.request", PAIR, intact=True)
    too_many = step("return.request", PAIR, intact=True, quantity=4)
    one = step("return.request", PAIR, intact=True, quantity=1)

    assert isinstance(asked, Choose)
    assert (("quantity", ["1", "2", "3"]), "Choose") == (
        (asked.slot, [option.value for option in asked.options]),
        type(too_many).__name__,
    )
    assert isinstance(one, Confirm)
    assert ("速干T恤×1", "100元") == tuple(
        one.phrases[0].values[name] for name in ("商品", "退款金额")
    )


def test_of_one_piece_nobody_is_asked_how_many() -> None:
    """退两件 of an order with two lines of one piece each speaks of both lines, not of this one."""
    found = step("return.request", SIGNED, intact=True, quantity=2)

    assert isinstance(found, Confirm)
    assert "岭上三合一冲锋衣" == found.phrases[0].values["商品"]


def test_a_gift_that_is_worth_something_is_asked_back() -> None:
    """The sum is what is paid if it comes back too; what it costs to keep it is said beforehand."""
    gifts = (Gift(name="压缩毛巾", threshold=Fen(20000), value=Fen(1500), words=("毛巾",)),)
    shop = rules(returns={"gifts": gifts})
    lines = (line(unit_fen=54800), line(2, title="岭上压缩毛巾", gift=True, unit_fen=0))
    found = step("return.request", facts(lines=lines), more={"rules": shop}, line=1, intact=True)

    assert isinstance(found, Confirm)
    assert [("return.confirm.return", "548元"), ("return.confirm.gift", "15元")] == [
        (one.id, one.values.get("退款金额") or one.values["赠品价值"]) for one in found.phrases
    ]


def test_an_open_case_is_told_with_how_it_stands() -> None:
    """我把进度告诉您 is kept at once, with the goods it is about."""
    found = step("return.request", facts(cases=(case(),)))

    assert ["return.check.open-case", "return.step.requested"] == [one.id for one in found.phrases]
    assert "岭上三合一冲锋衣" == found.phrases[1].values["售后商品"]


def test_a_fallen_price_is_paid_back_when_agreed() -> None:
    """The difference is named before and after."""
    cheaper = {"prices": {(NUMBER, 1): PriceNow(fen=49800, as_of=NOW)}}
    first = step("order.price_protect", SIGNED, more=cheaper)

    assert isinstance(first, Confirm)
    assert Protect(order=NUMBER, line_no=1, difference_fen=5000) == first.deed
    assert "50元" == first.phrases[0].values["差价"]

    done = step("order.price_protect", SIGNED, more=cheaper, confirmed=first.key)

    assert ("Apply", "order.protect.noted") == shown(done)


def test_the_same_note_is_not_kept_twice() -> None:
    """It is there already."""
    kept = Note(id="n", store_id=STORE, order=NUMBER, author="buyer", text="放门卫", at=PAID)
    found = step("order.note", replace(UNSHIPPED, notes=(kept,)), SOON, text=" 放门卫 ")

    assert ("Refuse", "order.done.already") == shown(found)


def test_an_order_being_cancelled_is_not_urged() -> None:
    """Its refund is what is told."""
    about = replace(UNSHIPPED, cases=(case(kind="refund", reason="cancelled", state="approved"),))
    for action in ("order.status", "order.track", "order.urge"):
        found = step(action, about)

        assert isinstance(found, Apply)
        assert ("order.cancel.pending", None) == (found.phrases[0].id, found.deed)


# --- laws --------------------------------------------------------------------------------------------

TEXT = st.sampled_from(["", " ", "放门卫", "浙江省 杭州市 西湖区", "新疆", "x" * 300, "{退款金额}"])
ORDERS = [
    SIGNED,
    UNSHIPPED,
    TWO_UNSHIPPED,
    UNPAID,
    CLOSED,
    ON_WAY,
    TWO,
    SOCKS,
    facts(lines=(), parcels=()),
]
SLOTS = st.builds(
    Slots,
    order=st.sampled_from(["", NUMBER, "999", "x"]),
    phone_tail=st.sampled_from(["", "1234"]),
    line=st.none() | st.integers(-1, 3),
    address=TEXT,
    receiver=TEXT,
    phone=TEXT,
    colour=TEXT,
    size=TEXT,
    quantity=st.none() | st.integers(-2, 9),
    text=TEXT,
    pictures=st.sampled_from([(), ("a.jpg",)]),
    intact=st.none() | st.booleans(),
    opened=st.none() | st.booleans(),
    remedy=st.none() | st.sampled_from(get_args(Remedy)),
    confirmed=st.sampled_from(["", "0" * 16]),
    denied=st.booleans(),
)
TIMES = st.integers(0, 60 * 24).map(lambda hours: PAID + timedelta(hours=hours))
ACTION = st.sampled_from([*ACTIONS, "review.bad", ""])


@given(
    action=ACTION,
    slots=SLOTS,
    about=st.lists(st.sampled_from(ORDERS), max_size=2),
    now=TIMES,
    proof=st.sampled_from(["none", "refused", "too-many"]),
)
def test_a_plan_never_fails_and_never_writes_unproved_or_unconfirmed(
    action: str, slots: Slots, about: list[OrderFacts], now: datetime, proof: Any
) -> None:
    """Whatever was said: a worded step; a change only with the very key it was confirmed under."""
    facts_known = known(*about[:1], talk=Talk(id="t", proof=proof))
    found = plan(action, slots, facts_known, now)
    check_worded(found)

    assert isinstance(found, Refuse | AskSlot | Choose | Confirm | Apply)
    assert not isinstance(found, Confirm | Apply) or about
    assert not isinstance(found, Apply) or found.deed is None or isinstance(found.deed, Report)

    if isinstance(found, Confirm):
        agreed = plan(action, replace(slots, confirmed=found.key), facts_known, now)

        assert isinstance(agreed, Apply)
        assert found.deed == agreed.deed


@given(action=ACTION, about=st.sampled_from(ORDERS), now=TIMES, data=st.data())
def test_a_dialogue_comes_to_an_end(
    action: str, about: OrderFacts, now: datetime, data: st.DataObject
) -> None:
    """However a shopper answers, each slot is asked for at most three times."""
    slots = Slots()
    asked: dict[str, int] = {}
    most = MOST_ASKED * 10
    for _ in range(most + 1):
        found = plan(action, slots, known(about, talk=Talk(id="t", asked=asked)), now)
        if not isinstance(found, AskSlot | Choose):
            break
        asked = {**asked, found.slot: asked.get(found.slot, 0) + 1}
        answer = data.draw(SLOTS)
        slots = replace(answer, order=NUMBER, confirmed="", denied=False)
    else:
        pytest.fail("it asked for ever")

    assert all(times <= MOST_ASKED for times in asked.values())


def test_slots_are_said_or_not() -> None:
    """Every slot of a fresh dialogue is empty."""
    fresh = Slots()

    assert all(not getattr(fresh, one.name) for one in fields(fresh))
