"""After-sale work in a real database: opened, stepped, refunded, its due work planned, all or nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbot import audit, jobs
from shopbot.errors import Conflict, NotFound, ShopbotError
from shopbot.orders import store
from shopbot.orders.agenda import list_items, sentence
from shopbot.orders.cases import (
    CaseRequest,
    Opened,
    check_line,
    open_case,
    step_case,
    step_due,
)
from shopbot.orders.conditions import Claim
from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.orders.machine import CaseEvent, Decision
from shopbot.orders.refund_steps import settle_refund
from shopbot.orders.transitions import Actor, EventName
from shopbot.rules.model import Gift
from shopbot.storage import SqliteDatabase
from tests.order_facts import NUMBER, RULES, SHANGHAI, STORE, at, rules

NOW = at("2026-11-18 10:00")
HEAD = "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货地址,订单创建时间,订单付款时间,物流单号,物流公司\n"
ORDER = (
    f'{NUMBER},山**风,500.00,10.00,510.00,435.00,"卖家已发货，等待买家确认",浙江省 杭州市 西湖区 **路,'
    "2026-11-15 09:12:33,2026-11-15 09:13:02,YT8800123456789,圆通速递\n"
)
LINES = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,订单状态,商家编码\n"
    f"{NUMBER},冲锋衣,300.00,1,,颜色分类:曜石黑;尺码:L,,LS-JK-01-BK-L\n"
    f"{NUMBER},速干T恤,100.00,2,,颜色分类:雾灰;尺码:M,,LS-TS-03-GY-M\n"
)
TRACKING = (
    "物流单号,时间,内容\nYT8800123456789,2026-11-15 20:00:00,已揽收\n"
    "YT8800123456789,2026-11-17 15:30:00,已签收，签收人：本人\n"
)


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A database with one order of two lines, signed on 17 November."""
    files = {"orders": HEAD + ORDER, "lines": LINES, "tracking": TRACKING}
    paths: dict[str, Any] = {}
    for name, text in files.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text, encoding="utf-8")
    around = Surroundings(store_id=STORE, who="test", now=NOW, zone=SHANGHAI)
    report = run_import(
        db, ImportRequest(**paths, as_of=NOW, rejects=tmp_path / "rejects.csv"), around
    )
    assert report.noted == 0
    return db


def asked(line_no: int = 1, kind: Any = "no-reason", **claim: Any) -> CaseRequest:
    """Return a request about a line."""
    return CaseRequest(order=NUMBER, line_no=line_no, claim=Claim(kind=kind, **claim))


def opened(db: SqliteDatabase, request: CaseRequest, now: datetime = NOW) -> Opened:
    """Open a case in a transaction of its own."""
    return db.transaction(lambda tx: open_case(tx, request, RULES, now, "阿木"))


def stepped(
    db: SqliteDatabase, case_id: str, name: EventName, who: Actor = "agent", **more: Any
) -> Decision:
    """Take a step that must be taken."""
    now = more.pop("now", NOW + timedelta(hours=1))
    shop_rules = more.pop("rules", RULES)
    event = CaseEvent(name=name, who=who, **more)
    done = db.transaction(lambda tx: step_case(tx, case_id, event, shop_rules, now, "阿木"))
    assert done.allowed, [row.reason for row in done.checks]
    return done


def new_case(db: SqliteDatabase, request: CaseRequest) -> str:
    """Open a case and return its id."""
    decision = opened(db, request).decision
    assert decision is not None
    return decision.case.id


def refunds(db: SqliteDatabase) -> list[tuple[str, int]]:
    """Return state and cash of all refunds of the order."""
    return [(r.state, r.cash_fen) for r in store.get_facts(db, STORE, NUMBER).refunds]


def test_a_return_from_request_to_refund(shop: SqliteDatabase) -> None:
    """Every step is on record, the refund is planned, approved by the inspection and paid at the end."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve")
    planned = refunds(shop)
    stepped(shop, case_id, "ship_back", "buyer", parcel="SF1400234567890", carrier="顺丰")
    stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, case_id, "pass", "warehouse", grade="good")
    approved = refunds(shop)
    last = stepped(shop, case_id, "refund", "finance").case
    events = [event.name for event in store.list_events(shop, STORE, NUMBER)][-6:]
    deeds = [deed.name for deed in audit.list_deeds(shop, store_id=STORE, subject=case_id)]

    assert ["planned", "approved", "paid"] == [
        state for found in (planned, approved, refunds(shop)) for state, _ in found
    ]
    assert {25500} == {fen for found in (planned, approved, refunds(shop)) for _, fen in found}
    assert ("refunded", 1, 0, 6) == (last.state, last.restocked, last.lost, last.version)
    assert [
        "return.requested",
        "return.approved",
        "return.shipped-back",
        "return.received",
        "return.inspected",
        "return.refunded",
    ] == events
    assert [f"order.{name}" for name in events] == deeds


def test_freight_that_was_laid_out_comes_back_with_the_goods(shop: SqliteDatabase) -> None:
    """Told by the inspection where the shop pays the way back; who pays it themselves gets none."""
    faulty = new_case(shop, asked(1, "quality", pictures=1))
    own = new_case(shop, asked(2))
    for case_id in (faulty, own):
        stepped(shop, case_id, "approve")
        stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, faulty, "pass", "warehouse", grade="faulty", freight_fen=1200)
    refused = shop.transaction(
        lambda tx: step_case(
            tx, own, CaseEvent(name="pass", who="warehouse", grade="good", freight_fen=1200),
            RULES, NOW, "test",
        )
    )  # fmt: skip
    facts = store.get_facts(shop, STORE, NUMBER)
    mine = [one for one in facts.refunds if one.case_id == faulty]

    assert [("dropped", 0), ("approved", 1200)] == [(one.state, one.freight_fen) for one in mine]
    assert mine[0].cash_fen + 1200 == mine[1].cash_fen
    assert (False, {"step-freight"}) == (
        refused.allowed,
        {row.id for row in refused.checks if not row.ok},
    )


def test_freight_of_an_exchange_stands_on_the_days_list(shop: SqliteDatabase) -> None:
    """Nothing else is refunded there, and it is paid by itself."""
    case_id = new_case(shop, asked(1, "quality-exchange", pictures=1))
    stepped(shop, case_id, "approve")
    stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, case_id, "pass", "warehouse", grade="faulty", freight_fen=1200)
    items = list_items(store.get_facts(shop, STORE, NUMBER), RULES, NOW)
    [owed] = [one for one in items if one.what == "refund"]
    shop.transaction(lambda tx: settle_refund(tx, STORE, owed.subject, "paid", NOW, "小岭"))

    assert "垫付运费待退" in sentence(owed, RULES, NOW)
    assert [("paid", 1200)] == refunds(shop)


def test_returning_everything_gives_what_was_paid(shop: SqliteDatabase) -> None:
    """Line by line, piece by piece, with the postage at last when it was our fault."""
    for line_no, pieces in ((1, 1), (2, 1), (2, 1)):
        case_id = new_case(shop, asked(line_no, "quality", quantity=pieces, pictures=1))
        stepped(shop, case_id, "approve")
        stepped(shop, case_id, "receive", "warehouse")
        stepped(shop, case_id, "pass", "warehouse", grade="faulty")
        stepped(shop, case_id, "refund", "finance")

    assert [("paid", 25500), ("paid", 8500), ("paid", 9500)] == refunds(shop)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        pytest.param((("cancel", "buyer"),), "withdrawn", id="cancel"),
        pytest.param(
            (("receive", "warehouse"), ("dispute", "warehouse"), ("reject", "agent")),
            "",
            id="reject",
        ),
    ],
)
def test_a_case_that_comes_to_nothing_pays_nothing(
    shop: SqliteDatabase, path: tuple[tuple[Any, Any], ...], why: str
) -> None:
    """Its planned refund is dropped, and the line may be returned again."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve")
    for name, who in path:
        stepped(shop, case_id, name, who)
    again = opened(shop, asked())

    assert [("dropped", 25500)] == refunds(shop), why
    assert again.eligibility.eligible


def test_a_settled_quarrel_pays_what_was_agreed(shop: SqliteDatabase) -> None:
    """Less than planned is paid, never more."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve")
    stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, case_id, "dispute", "warehouse")
    stepped(shop, case_id, "settle", grade="worn", settle_fen=20000)
    stepped(shop, case_id, "refund", "finance")

    assert [("dropped", 25500), ("paid", 20000)] == sorted(refunds(shop))


def test_a_sold_out_exchange_becomes_a_refund(shop: SqliteDatabase) -> None:
    """The pieces then count as gone."""
    case_id = new_case(shop, asked(1, "exchange"))
    stepped(shop, case_id, "approve")
    stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, case_id, "pass", "warehouse", grade="good")
    stepped(shop, case_id, "refund", "finance")
    again = opened(shop, asked())

    assert [("paid", 25500)] == refunds(shop)
    assert again.decision is None


def test_what_may_not_come_back_opens_nothing(shop: SqliteDatabase) -> None:
    """A claim that does not stand is answered with its reasons; nothing is written."""
    found = opened(shop, asked(quantity=5))

    assert (None, False) == (found.decision, found.eligibility.eligible)
    assert [] == store.list_cases(shop, STORE)


def test_a_line_has_one_open_case(shop: SqliteDatabase) -> None:
    """A second request is told of the first."""
    new_case(shop, asked())

    assert "follow-case" == opened(shop, asked()).eligibility.next


def test_a_refused_step_writes_nothing(shop: SqliteDatabase) -> None:
    """The version stays, no event, no refund."""
    case_id = new_case(shop, asked())
    before = store.get_case(shop, STORE, case_id)
    event = CaseEvent(name="refund", who="buyer")
    done = shop.transaction(lambda tx: step_case(tx, case_id, event, RULES, NOW, "x"))

    assert (False, before, []) == (
        done.allowed,
        store.get_case(shop, STORE, case_id),
        refunds(shop),
    )


@pytest.mark.parametrize("name", ["no-such-order", ""])
def test_an_unknown_order_or_line(shop: SqliteDatabase, name: str) -> None:
    """Not found, for an order and for a line alike."""
    with pytest.raises(NotFound):
        check_line(shop, name, 1, Claim(kind="no-reason"), RULES, NOW)
    with pytest.raises(NotFound):
        check_line(shop, NUMBER, 9, Claim(kind="no-reason"), RULES, NOW)


def handlers(db: SqliteDatabase) -> jobs.Registry:
    """Return a registry that lets time do its part."""
    registry = jobs.Registry()

    def handle(job: jobs.Job, now: datetime) -> jobs.Apply:
        name: EventName = "remind" if job.kind == "case.remind" else "expire"
        event = CaseEvent(name=name, who="system")
        case_id, version = job.payload["case"], job.payload["version"]
        return lambda tx: step_due(tx, case_id, version, event, RULES, now)

    registry.register("case.remind", handle)
    registry.register("case.expire", handle)
    return registry


def test_time_reminds_and_closes(shop: SqliteDatabase) -> None:
    """Not sent back: one reminder after seven days, closed after ten; void jobs do nothing."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve", now=NOW)
    registry = handlers(shop)
    for days in range(15):
        jobs.run_due(shop, registry, worker="w", now=NOW + timedelta(days=days))
    told = [(e.name, (e.at - NOW).days) for e in store.list_events(shop, STORE, NUMBER)
            if e.name.startswith("return.")]  # fmt: skip

    assert ("return.reminded", 7) in told
    assert ("return.closed", 10) == told[-1]
    assert ["return.requested", "return.approved", "return.reminded", "return.closed"] == [
        t[0] for t in told
    ]
    assert [] == jobs.list_jobs(shop, store_id=STORE, state="dead")


def test_a_job_of_an_earlier_version_does_nothing(shop: SqliteDatabase) -> None:
    """What was planned for a state that the case has left is void, ripe or not."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve", now=NOW)
    event, late = CaseEvent(name="expire", who="system"), NOW + timedelta(days=30)
    old = shop.transaction(lambda tx: step_due(tx, case_id, 1, event, RULES, late))
    present = shop.transaction(lambda tx: step_due(tx, case_id, 2, event, RULES, late))

    assert old is None
    assert present is not None
    assert "closed" == present.case.state


def test_two_agents_at_once(shop: SqliteDatabase) -> None:
    """Of two who approve at the same moment one does; there is one refund."""
    case_id = new_case(shop, asked())
    both = threading.Barrier(2)

    def approve() -> bool:
        both.wait()
        event = CaseEvent(name="approve", who="agent")
        return shop.transaction(lambda tx: step_case(tx, case_id, event, RULES, NOW, "x")).allowed

    with ThreadPoolExecutor(2) as pool:
        seen = sorted(future.result() for future in [pool.submit(approve) for _ in range(2)])

    assert ([False, True], [("planned", 25500)]) == (seen, refunds(shop))


def test_a_stale_case_is_refused(shop: SqliteDatabase) -> None:
    """Who decided on an old version must decide again."""
    case_id = new_case(shop, asked())
    old = store.get_case(shop, STORE, case_id)
    stepped(shop, case_id, "approve")

    with pytest.raises(Conflict):
        shop.transaction(lambda tx: store.update_case(tx, old))


def test_a_step_holds_wholly_or_not_at_all(
    shop: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last write fails the case stands where it stood."""
    case_id = new_case(shop, asked())

    def fails(*_: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(jobs, "plan", fails)
    event = CaseEvent(name="approve", who="agent")
    with pytest.raises(RuntimeError):
        shop.transaction(lambda tx: step_case(tx, case_id, event, RULES, NOW, "x"))

    assert ("requested", []) == (store.get_case(shop, STORE, case_id).state, refunds(shop))


def test_another_stores_case_is_not_there(shop: SqliteDatabase) -> None:
    """The store is part of every question."""
    case_id = new_case(shop, asked())
    other = replace(RULES, store_id="other")
    event = CaseEvent(name="approve", who="agent")

    with pytest.raises(ShopbotError):
        shop.transaction(lambda tx: step_case(tx, case_id, event, other, NOW, "x"))


def test_a_missing_gift_is_taken_off_at_the_inspection(shop: SqliteDatabase) -> None:
    """A gift that was not in the parcel lowers the planned refund (none was given here: it stays)."""
    towel = Gift(name="毛巾", threshold=29900, value=1500)  # type: ignore[arg-type]
    giving = rules(returns={"gifts": (towel,)})
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve")
    stepped(shop, case_id, "receive", "warehouse")
    stepped(shop, case_id, "pass", "warehouse", grade="good", gift_missing=True, rules=giving)

    assert [("approved", 25500), ("dropped", 25500)] == sorted(refunds(shop))


@pytest.mark.parametrize("quarrel", [False, True], ids=["passed", "settled"])
def test_a_refund_is_due_seven_days_after_the_goods_came(
    shop: SqliteDatabase, quarrel: bool
) -> None:
    """The law counts from receipt, not from the day on which the return was agreed to."""
    case = opened(shop, asked(intact=True)).decision
    assert case is not None
    came = NOW + timedelta(days=5)
    stepped(shop, case.case.id, "approve")
    stepped(shop, case.case.id, "ship_back", "buyer", parcel="SF1", now=NOW + timedelta(days=1))
    stepped(shop, case.case.id, "receive", "warehouse", now=came)
    if quarrel:
        stepped(shop, case.case.id, "dispute", "warehouse", now=came)
        stepped(shop, case.case.id, "settle", "agent", grade="worn", settle_fen=100, now=came)
    else:
        stepped(shop, case.case.id, "pass", "warehouse", grade="good", now=came)
    (refund,) = [
        one for one in store.get_facts(shop, STORE, NUMBER).refunds if one.state == "approved"
    ]

    assert came + RULES.returns.refund_limit == refund.due_at
