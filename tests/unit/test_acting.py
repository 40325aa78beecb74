"""Dialogue actions in a real database: proved, agreed to, written once, all or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbot import audit, jobs
from shopbot.orders import store
from shopbot.orders.access import Asker
from shopbot.orders.acting import Acted, Ask, act
from shopbot.orders.cases import step_case
from shopbot.orders.dialogue import Apply, AskSlot, Cancel, Confirm, Refuse, Slots, Ware, Wares
from shopbot.orders.due_work import registry
from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.price_protection import PriceNow
from shopbot.orders.refunds import plan_cancel
from shopbot.orders.tasks import TASK
from shopbot.storage import SqliteDatabase
from tests.order_facts import RULES, SHANGHAI, STORE, at

PAID, SENT = "2611200001", "2611150001"  # an unshipped and a signed order
NOW = at("2026-11-20 10:00")
HEAD = (
    "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货人姓名,收货地址,联系手机,"
    "订单创建时间,订单付款时间,物流单号,物流公司\n"
)
ROWS = (
    f"{PAID},山**风,500.00,10.00,510.00,435.00,等待卖家发货,林小雨,浙江省 杭州市 西湖区 某路1号,13812345512,"
    "2026-11-20 09:00:00,2026-11-20 09:05:00,,\n"
    f"{SENT},山**风,598.00,0.00,598.00,548.00,卖家已发货,林小雨,浙江省 杭州市 西湖区 某路1号,13812345512,"
    "2026-11-15 09:12:33,2026-11-15 09:13:02,YT8800123456789,圆通速递\n"
)
LINES = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,订单状态,商家编码\n"
    f"{PAID},冲锋衣,300.00,1,,颜色分类:曜石黑;尺码:L,,LS-JK-01-BK-L\n"
    f"{PAID},速干T恤,100.00,2,,颜色分类:雾灰;尺码:M,,LS-TS-03-GY-M\n"
    f"{SENT},冲锋衣,598.00,1,,颜色分类:曜石黑;尺码:L,,LS-JK-01-BK-L\n"
)
TRACKING = (
    "物流单号,时间,内容\nYT8800123456789,2026-11-15 20:00:00,已揽收\n"
    "YT8800123456789,2026-11-18 15:30:00,已签收，签收人：本人\n"
)


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A database with an unshipped order of two lines and a signed one of one."""
    paths: dict[str, Any] = {}
    for name, text in {"orders": HEAD + ROWS, "lines": LINES, "tracking": TRACKING}.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text, encoding="utf-8")
    around = Surroundings(store_id=STORE, who="test", now=NOW, zone=SHANGHAI)
    report = run_import(
        db, ImportRequest(**paths, as_of=NOW, rejects=tmp_path / "rejects.csv"), around
    )
    assert report.noted == 0
    return db


class Cheaper:
    """A catalogue in which everything costs 498 yuan and is in stock."""

    def find(self, line: OrderLine, colour: str, size: str, now: datetime) -> Ware:
        """Return the green one."""
        return Ware(sku="LS-JK-01-GN-L", unit_fen=line.unit_fen, in_stock=True)

    def price(self, line: OrderLine) -> PriceNow | None:
        """Return 498 yuan."""
        return PriceNow(fen=49800, as_of=NOW)


def acted(
    db: SqliteDatabase,
    action: str,
    order: str,
    *,
    now: datetime = NOW,
    visitor: str = "",
    wares: Wares | None = None,
    **said: Any,
) -> Acted:
    """Take a step; without a visitor for staff."""
    asker = Asker(store_id=STORE, visitor=visitor, address="203.0.113.5")
    wanted = Ask(
        action=action,
        slots=Slots(order=order, **said),
        dialogue="conv_1:3",
        asker=asker,
        who="shopper",
        trusted=not visitor,
    )
    return act(db, wanted, RULES, now, wares)


def agreed(db: SqliteDatabase, action: str, order: str, **said: Any) -> Apply:
    """Take a step, agree to it, and try it once more: it is done already."""
    first = acted(db, action, order, **said).plan

    assert isinstance(first, Confirm)

    done = acted(db, action, order, confirmed=first.key, **said).plan
    before = facts_of(db, order)
    again = acted(db, action, order, confirmed=first.key, **said).plan

    assert isinstance(done, Apply)
    assert isinstance(again, Refuse)
    assert ("done", before) == (again.why, facts_of(db, order))
    return done


def facts_of(db: SqliteDatabase, order: str) -> OrderFacts:
    """Return an order as it stands."""
    with db.snapshot() as reader:
        return store.get_facts(reader, STORE, order)


def tasks(db: SqliteDatabase) -> list[str]:
    """Return the jobs that will remind of a task nobody has done."""
    waiting = jobs.list_jobs(db, store_id=STORE, state="waiting")
    return [row["payload"] for row in waiting if row["kind"] == TASK]


def test_an_order_is_shown_on_proof_alone(shop: SqliteDatabase) -> None:
    """Wrong, unknown and right tail; a proof holds for the next step."""
    asked = acted(shop, "order.status", SENT, visitor="v").plan
    wrong = acted(shop, "order.status", SENT, visitor="v", phone_tail="0000").plan
    unknown = acted(shop, "order.status", "2611999999", visitor="v", phone_tail="0000").plan
    right = acted(shop, "order.status", f" {SENT} ", visitor="v", phone_tail="5512").plan
    later = acted(shop, "order.status", SENT, visitor="v").plan
    stranger = acted(shop, "order.status", SENT, visitor="w").plan
    expired = acted(shop, "order.status", SENT, visitor="v", now=NOW + timedelta(hours=1)).plan

    assert isinstance(asked, AskSlot)
    assert wrong == unknown
    assert isinstance(right, Apply)
    assert "order.track.signed" == right.phrases[0].id
    assert right == later
    assert asked == stranger == expired


def test_five_wrong_tails_are_enough(shop: SqliteDatabase) -> None:
    """The sixth, though right, has to wait."""
    for _ in range(5):
        acted(shop, "order.cancel", PAID, visitor="v", phone_tail="0000")
    found = acted(shop, "order.cancel", PAID, visitor="v", phone_tail="5512").plan

    assert isinstance(found, Refuse)
    assert ("too-many-tries", "60") == (found.why, found.phrases[0].values["等待分钟"])


def test_a_cancel_refunds_every_line_and_comes_to_the_whole(shop: SqliteDatabase) -> None:
    """A case a line, agreed to at once, planned refunds that sum to what was paid."""
    expected = plan_cancel(facts_of(shop, PAID), RULES)
    done = agreed(shop, "order.cancel", PAID, line=0)
    facts = facts_of(shop, PAID)

    assert isinstance(done.deed, Cancel)
    assert 43500 == expected.cash_fen == sum(refund.cash_fen for refund in facts.refunds)
    assert expected.shipping_fen == sum(refund.shipping_fen for refund in facts.refunds)
    assert {("refund", "cancelled", "approved")} == {
        (case.kind, case.reason, case.state) for case in facts.cases
    }
    assert [1, 2] == sorted(case.line_no for case in facts.cases)
    assert 1 == len(tasks(shop))


def test_a_cancel_at_the_packing_table_waits_for_the_warehouse(shop: SqliteDatabase) -> None:
    """Asked for, not agreed to."""
    agreed(shop, "order.cancel", PAID, line=0, now=NOW + timedelta(hours=6))
    facts = facts_of(shop, PAID)

    assert ({"requested"}, ()) == ({case.state for case in facts.cases}, facts.refunds)


def test_an_address_wish_is_kept_for_staff(shop: SqliteDatabase) -> None:
    """As an open change; the order itself stays as the platform tells it."""
    agreed(shop, "order.change_address", PAID, phone="13900000000")
    facts = facts_of(shop, PAID)

    assert [("asked", "13900000000", "")] == [
        (change.state, change.phone, change.address) for change in facts.address_changes
    ]
    assert "13812345512" == facts.order.phone


@pytest.mark.parametrize(
    ("action", "said", "author"),
    [
        ("order.note", {"text": "放门卫"}, "buyer"),
        ("order.change_item", {"line": 1, "colour": "松石绿"}, "system"),
    ],
)
def test_a_note_is_kept(shop: SqliteDatabase, action: str, said: Any, author: str) -> None:
    """A remark, and a wish for another item, are notes on the order."""
    agreed(shop, action, PAID, **said)

    assert [author] == [note.author for note in facts_of(shop, PAID).notes]


def test_price_protection_owes_a_refund(shop: SqliteDatabase) -> None:
    """Of the difference, once."""
    agreed(shop, "order.price_protect", SENT, wares=Cheaper())

    assert [("approved", 5000)] == [
        (refund.state, refund.difference_fen) for refund in facts_of(shop, SENT).refunds
    ]


@pytest.mark.parametrize(
    ("action", "said", "kind", "reason"),
    [
        ("return.request", {"intact": True}, "return", "no-reason"),
        ("return.exchange", {"intact": True, "colour": "松石绿"}, "exchange", "size"),
        ("return.repair", {"text": "拉链坏了"}, "repair", "warranty"),
        ("return.missing_item",
         {"text": "少一件", "pictures": ("a.jpg",), "remedy": "refund"}, "refund", "missing-item"),
    ],
)  # fmt: skip
def test_a_claim_opens_a_case(
    shop: SqliteDatabase, action: str, said: Any, kind: str, reason: str
) -> None:
    """With what was said, its due work and the refund still to be planned."""
    agreed(shop, action, SENT, wares=Cheaper(), **said)
    (case,) = facts_of(shop, SENT).cases
    waiting = [row["kind"] for row in jobs.list_jobs(shop, store_id=STORE, state="waiting")]

    assert (kind, reason, "requested") == (case.kind, case.reason, case.state)
    assert "case.remind" in waiting
    assert ("LS-JK-01-GN-L" if kind == "exchange" else "") == case.replacement_sku


def test_urging_is_written_down_and_seen_when_nobody_answers(shop: SqliteDatabase) -> None:
    """Once in twelve hours; its task falls due, which the order's history tells."""
    first = acted(shop, "order.urge", PAID).plan
    second = acted(shop, "order.urge", PAID, now=NOW + timedelta(hours=1)).plan

    assert isinstance(first, Apply)
    assert isinstance(second, Apply)
    assert (True, False, 1) == (first.deed is not None, second.deed is not None, len(tasks(shop)))

    due = NOW + RULES.changes.ask_time
    jobs.run_due(shop, registry(shop, RULES), worker="w", now=due)
    names = [event.name for event in store.list_events(shop, STORE, PAID)]

    assert ["order.asked-to-look", "order.task-due"] == names[-2:]
    assert [] == tasks(shop)


def test_urging_again_half_a_day_later_is_written_again(shop: SqliteDatabase) -> None:
    """In the same run of the dialogue too."""
    for hours in (0, 1, 13):
        found = acted(shop, "order.urge", PAID, now=NOW + timedelta(hours=hours)).plan

        assert isinstance(found, Apply)
    names = [event.name for event in store.list_events(shop, STORE, PAID)]

    assert 2 == names.count("order.asked-to-look")


def test_a_report_asked_for_by_several_at_once_is_written_once(shop: SqliteDatabase) -> None:
    """All are told the same of the order."""
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(acted, shop, "order.urge", PAID) for _ in range(4)]
        plans = [one.result().plan for one in waiting]

    assert {"order.ship.waiting"} == {one.phrases[0].id for one in plans}
    assert 1 == len(tasks(shop))


def test_two_at_once_write_once(shop: SqliteDatabase) -> None:
    """A double click: one is told that it is done already."""
    first = acted(shop, "order.cancel", PAID, line=0).plan

    assert isinstance(first, Confirm)

    key = first.key
    with ThreadPoolExecutor(4) as pool:
        plans = [
            one.result().plan
            for one in [
                pool.submit(acted, shop, "order.cancel", PAID, line=0, confirmed=key)
                for _ in range(4)
            ]
        ]

    assert 1 == sum(isinstance(one, Apply) for one in plans)
    assert 3 == sum(isinstance(one, Refuse) and one.why == "done" for one in plans)
    assert 43500 == sum(refund.cash_fen for refund in facts_of(shop, PAID).refunds)


def test_a_failing_write_leaves_nothing(shop: SqliteDatabase) -> None:
    """Neither the key nor a half of the cases: the next try does all of it."""
    first = acted(shop, "order.cancel", PAID, line=0).plan

    assert isinstance(first, Confirm)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("shopbot.orders.tasks.jobs.plan", fail)
        with pytest.raises(RuntimeError):
            acted(shop, "order.cancel", PAID, line=0, confirmed=first.key)

    assert () == facts_of(shop, PAID).cases
    assert isinstance(acted(shop, "order.cancel", PAID, line=0, confirmed=first.key).plan, Apply)


def test_history_and_audit_hold_no_personal_data(shop: SqliteDatabase) -> None:
    """What was changed and under which key, not to what."""
    agreed(shop, "order.change_address", PAID, receiver="周山", phone="13900000000")
    told = store.list_events(shop, STORE, PAID)[-1]
    deeds = audit.list_deeds(shop, store_id=STORE, subject=PAID)

    assert "order.address-change-asked" == told.name == deeds[-1].name
    assert not any(word in repr((told, deeds)) for word in ("周山", "1390000"))


def test_shoppers_are_shown_masked_facts(shop: SqliteDatabase) -> None:
    """Nothing said carries the name or phone of the order."""
    found = acted(shop, "order.status", SENT, visitor="v", phone_tail="5512").plan
    told = repr(replace(found, reasons=()))

    assert not any(word in told for word in ("林小雨", "13812345512", "某路"))


def test_a_wrong_door_is_replaced_in_the_address_as_it_stands(shop: SqliteDatabase) -> None:
    """Staff read the whole new address; the shopper never had to repeat it."""
    agreed(shop, "order.change_address", PAID, door="8号楼302")

    change = facts_of(shop, PAID).address_changes[0]

    assert "浙江省 杭州市 西湖区 某路1号8号楼302" == change.address


def test_a_parcel_that_comes_back_moves_its_case_on(shop: SqliteDatabase) -> None:
    """The number stands in the case, the courier is known by it, and nothing is done twice."""
    agreed(shop, "return.request", SENT, intact=True)
    case = facts_of(shop, SENT).cases[0]
    approve = CaseEvent(name="approve", who="agent")
    shop.transaction(lambda tx: step_case(tx, case.id, approve, RULES, NOW, "u1"))

    agreed(shop, "return.ship_back", SENT, parcel="SF1512345678901")

    moved = facts_of(shop, SENT).cases[0]

    assert ("shipped_back", "SF1512345678901", "顺丰速运") == (
        moved.state,
        moved.return_parcel,
        moved.return_carrier,
    )


def test_pictures_that_were_asked_for_move_their_case_on(shop: SqliteDatabase) -> None:
    """They stand in the case, which is looked at again; the same ones again change nothing."""
    agreed(shop, "return.request", SENT, intact=True)
    case = facts_of(shop, SENT).cases[0]
    lacking = CaseEvent(name="ask_pictures", who="agent")
    shop.transaction(lambda tx: step_case(tx, case.id, lacking, RULES, NOW, "u1"))

    acted(shop, "return.progress", SENT, pictures=("a.jpg",))
    acted(shop, "return.progress", SENT, pictures=("a.jpg",))
    moved = facts_of(shop, SENT).cases[0]

    assert ("requested", ("a.jpg",)) == (moved.state, moved.pictures)


def test_a_request_is_taken_back(shop: SqliteDatabase) -> None:
    """The case ends as cancelled by its buyer, and the line may be asked for again."""
    agreed(shop, "return.request", SENT, intact=True)

    agreed(shop, "order.withdraw", SENT)
    again = acted(shop, "return.request", SENT, intact=True).plan

    assert ["cancelled"] == [one.state for one in facts_of(shop, SENT).cases]
    assert isinstance(again, Confirm)
