"""Due work of orders with a simulated clock: limits, promises, parcels, what is told and what is not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from typing_extensions import override

from shopbot import jobs, messages
from shopbot.errors import Conflict
from shopbot.ids import FixedClock
from shopbot.orders import agenda as agenda_rules
from shopbot.orders import due_work, facts_store, outgoing, store
from shopbot.orders.agenda import list_items, sentence, urgency
from shopbot.orders.cases import step_case
from shopbot.orders.contact import NoReplies, OutgoingMessage, Replies, RuleContact
from shopbot.orders.machine import TABLES, CaseEvent
from shopbot.orders.model import Refund
from shopbot.orders.phrases import phrase
from shopbot.orders.refund_steps import settle_refund
from shopbot.orders.stock_outs import STOCK_IN, STOCK_OUT
from shopbot.orders.troubles import NEXT
from shopbot.storage import SqliteDatabase
from shopbot.worker import Agenda, Worker, run_once, run_until
from tests.order_facts import NUMBER, RULES, SHANGHAI, STORE, at
from tests.unit.test_cases import HEAD, asked, new_case, shop, stepped

__all__ = ["shop"]  # a fixture

NOW = at("2026-11-18 10:00")
LATE = "2611150009"
UNSENT = (
    f'{LATE},青**石,500.00,0.00,500.00,500.00,"买家已付款，等待卖家发货",浙江省 杭州市 西湖区 **路,'
    "2026-11-15 09:12:33,2026-11-15 09:13:02,,\n"
)
STUCK = "2611150008"
TRAVELS = (
    f'{STUCK},北**雪,500.00,0.00,500.00,500.00,"卖家已发货，等待买家确认",四川省 成都市 武侯区 **路,'
    "2026-11-12 09:12:33,2026-11-12 09:13:02,SF1400000000008,顺丰速运\n"
)
ROAD = (
    "物流单号,时间,内容\nSF1400000000008,2026-11-13 08:00:00,已揽收\n"
    "SF1400000000008,2026-11-14 09:00:00,快件已到达【武汉转运中心】\n"
)


def agenda(db: SqliteDatabase) -> Agenda:
    """Return all due work of the test's store."""
    return Agenda(
        registry=lambda: due_work.registry(db, RULES),
        plan=lambda tx, now: due_work.plan_watches(tx, STORE, now),
        next_plan=due_work.next_slot,
    )


def bring(db: SqliteDatabase, folder: Path, orders: str, tracking: str, now: datetime) -> None:
    """Import more orders, as of ``now``."""
    from shopbot.orders.importer import ImportRequest, Surroundings, run_import

    paths = {}
    for name, text in (("orders", HEAD + orders), ("tracking", tracking)):
        if text:
            paths[name] = folder / f"more-{name}.csv"
            paths[name].write_text(text, encoding="utf-8")
    around = Surroundings(store_id=STORE, who="test", now=now, zone=SHANGHAI)
    request = ImportRequest(**paths, as_of=now, rejects=folder / "r.csv")  # type: ignore[arg-type]
    assert run_import(db, request, around).noted == 0


def told(db: SqliteDatabase, number: str) -> list[tuple[str, str]]:
    """Return phrase and state of the messages about an order."""
    return [(one.phrase, one.state) for one in outgoing.list_messages(db, STORE, number)]


def names(db: SqliteDatabase, number: str, beginning: str) -> list[str]:
    """Return the events of an order that begin so."""
    found = store.list_events(db, STORE, number)
    return [event.name for event in found if event.name.startswith(beginning)]


def test_a_return_that_never_comes(shop: SqliteDatabase) -> None:
    """Reminded once after seven days, closed after ten; the buyer is told of each, in its turn."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve", now=NOW)
    run_until(shop, agenda(shop), worker="w", start=NOW, until=NOW + timedelta(days=12))
    again = run_until(shop, agenda(shop), worker="w", start=NOW, until=NOW + timedelta(days=12))

    assert "closed" == store.get_case(shop, STORE, case_id).state
    assert ["return.requested", "return.approved", "return.reminded", "return.closed"] == names(
        shop, NUMBER, "return."
    )
    assert [
        ("return.step.approved", "dropped"),
        ("return.step.remind-ship-back", "dropped"),
        ("return.step.closed", "waiting"),
    ] == told(shop, NUMBER)
    assert 0 == again.done + again.retried + again.dead


def test_what_the_buyer_does_is_not_told_to_them(shop: SqliteDatabase) -> None:
    """It only overtakes what was still to be said."""
    case_id = new_case(shop, asked())
    stepped(shop, case_id, "approve")
    stepped(shop, case_id, "ship_back", "buyer", parcel="SF1400234567890")

    assert [("return.step.approved", "dropped")] == told(shop, NUMBER)


def test_a_broken_promise_is_found_and_told_once(shop: SqliteDatabase, tmp_path: Path) -> None:
    """Not an hour early, nor by an old file; once in the history, however often the watch looks."""
    before, old = at("2026-11-17 09:00"), NOW - timedelta(hours=8)
    bring(shop, tmp_path, UNSENT, "", old)
    run_once(shop, agenda(shop), worker="w", now=before)
    early = told(shop, LATE)
    stale = old + due_work.HALF_DAY + timedelta(minutes=1)
    run_until(shop, agenda(shop), worker="w", start=stale, until=NOW)
    by_old = told(shop, LATE)
    bring(shop, tmp_path, UNSENT, "", NOW - timedelta(hours=1))
    run_until(shop, agenda(shop), worker="w", start=NOW, until=NOW + timedelta(hours=3))

    assert ([], [], [("order.ship.late", "waiting")]) == (early, by_old, told(shop, LATE))
    assert ["order.promise-broken"] == names(shop, LATE, "order.promise")


def test_a_late_refund_is_told_once(shop: SqliteDatabase) -> None:
    """Once its time is over, not before; never again; withdrawn when it is paid first."""
    refund = Refund(
        id="ref_1", store_id=STORE, order=NUMBER, line_no=1, state="approved", difference_fen=1000,
        due_at=NOW, created_at=NOW - timedelta(days=7),
    )  # fmt: skip
    shop.transaction(lambda tx: store.add_refund(tx, refund))
    run_once(shop, agenda(shop), worker="w", now=NOW - timedelta(hours=1))
    early = told(shop, NUMBER)
    run_until(shop, agenda(shop), worker="w", start=NOW, until=NOW + timedelta(hours=5))

    late = told(shop, NUMBER)
    shop.transaction(lambda tx: settle_refund(tx, STORE, "ref_1", "paid", NOW, "小岭"))

    assert ([], [("order.refund.late", "waiting")]) == (early, late)
    assert [("order.refund.late", "dropped")] == told(shop, NUMBER)
    assert ["order.refund-late"] == names(shop, NUMBER, "order.refund-late")


def test_a_stock_out_overtakes_the_apology(shop: SqliteDatabase, tmp_path: Path) -> None:
    """Once staff write it down, the buyer is offered a choice instead."""
    bring(shop, tmp_path, UNSENT, "", NOW)
    run_once(shop, agenda(shop), worker="w", now=NOW)
    shop.transaction(
        lambda tx: store.add_event(tx, STORE, LATE, STOCK_OUT, at=NOW, who="仓库老周", data={})
    )
    run_once(shop, agenda(shop), worker="w", now=NOW + timedelta(hours=1))

    assert [("order.ship.late", "dropped"), ("order.ship.stock-out", "waiting")] == told(shop, LATE)


@pytest.mark.parametrize(
    ("events", "lacking"),
    [
        ([], False),
        ([STOCK_OUT], True),
        ([STOCK_OUT, STOCK_IN], False),
        ([STOCK_OUT, STOCK_IN, STOCK_OUT], True),
    ],
    ids=["nothing", "out", "in-again", "out-again"],
)
def test_a_stock_out_may_be_taken_back(
    shop: SqliteDatabase, tmp_path: Path, events: list[str], lacking: bool
) -> None:
    """The later word holds, for one order and for a list of them alike."""
    bring(shop, tmp_path, UNSENT, "", NOW - timedelta(days=2))
    for name in events:
        shop.transaction(
            lambda tx, name=name: store.add_event(  # type: ignore[misc]
                tx, STORE, LATE, name, at=NOW, who="仓库老周", data={}
            )
        )
    facts = store.get_facts(shop, STORE, LATE)
    listed = facts_store.list_stock_outs(shop, STORE, [LATE, NUMBER])

    assert (lacking, frozenset({LATE} if lacking else ())) == (
        due_work.is_out_of_stock(shop, facts),
        listed,
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param("2026-11-18 09:50", [("order.track.stuck", "waiting")], id="fresh"),
        pytest.param("2026-11-14 10:00", [], id="old-news"),
    ],
)
def test_a_stuck_parcel(
    shop: SqliteDatabase, tmp_path: Path, known: str, expected: list[tuple[str, str]]
) -> None:
    """Staff see it in any case; the buyer hears of it only if the courier's word is fresh."""
    bring(shop, tmp_path, TRAVELS, ROAD, at(known))
    for hours in (0, 2, 4):
        run_once(shop, agenda(shop), worker="w", now=NOW + timedelta(hours=hours))
    found = names(shop, STUCK, "order.parcel-trouble")
    values = [one.values for one in outgoing.list_messages(shop, STORE, STUCK)]

    assert (expected, ["order.parcel-trouble"]) == (told(shop, STUCK), found)
    assert all(one["截至"].startswith("11月18日") for one in values)


def test_two_workers_share_the_watches(shop: SqliteDatabase, tmp_path: Path) -> None:
    """Two workers at the same moment: every finding once, nothing retried, nothing dead."""
    bring(shop, tmp_path, UNSENT + TRAVELS, ROAD, NOW)
    work = agenda(shop)
    for hour in range(3):
        now = NOW + timedelta(hours=2 * hour)
        with ThreadPoolExecutor(2) as pool:
            run = partial(run_once, shop, work, now=now)
            tallies = list(pool.map(lambda name, r=run: r(worker=name), ("a", "b")))

        assert 0 == sum(tally.retried + tally.dead + tally.lost for tally in tallies)
    done = jobs.list_jobs(shop, store_id=STORE, state="done")

    assert len(done) == len({(row["kind"], row["idempotency_key"]) for row in done})
    assert ["order.promise-broken"] == names(shop, LATE, "order.promise")
    assert 1 == len(told(shop, LATE))


def test_tidying_forgets_old_jobs(shop: SqliteDatabase) -> None:
    """After thirty days nobody asks for what was done."""
    run_until(shop, agenda(shop), worker="w", start=NOW, until=NOW + timedelta(hours=5))
    run_once(shop, agenda(shop), worker="w", now=NOW + timedelta(days=40))
    kept = jobs.list_jobs(shop, store_id=STORE, state="done")

    assert {3} == {len(kept)}


def test_another_stores_job_is_buried_visibly(shop: SqliteDatabase) -> None:
    """It is nothing this worker may do."""
    plan = jobs.Plan(
        store_id="other", kind="orders.tidy", key="k", due=NOW, payload={}, max_attempts=1
    )
    shop.transaction(lambda tx: jobs.plan(tx, plan, NOW))
    run_once(shop, agenda(shop), worker="w", now=NOW)

    assert 1 == len(jobs.list_jobs(shop, store_id="other", state="dead"))


# --- messages -----------------------------------------------------------------------------------------


class Wrote(Replies):
    """A shopper who wrote at a moment."""

    def __init__(self, when: datetime) -> None:
        self._when = when

    @override
    def last_reply(self, store_id: str, order: str) -> datetime | None:
        """Tell when."""
        return self._when


def plan(db: SqliteDatabase, key: str, now: datetime, number: str = NUMBER, **more: str) -> bool:
    """Plan a message about the order's shipping."""
    return db.transaction(
        lambda tx: outgoing.plan_message(
            tx,
            store_id=STORE,
            order=number,
            subject=more.get("subject", key),
            phrase=phrase("order.ship.late", {"最晚发货": "11月17日09:13"}),
            key=key,
            policy=RuleContact(RULES),
            now=now,
        )
    )


def take(
    db: SqliteDatabase, now: datetime, replies: Replies | None = None
) -> list[OutgoingMessage]:
    """Return what may go now."""
    asked_of = replies or NoReplies()
    return db.transaction(
        lambda tx: outgoing.take_due(tx, STORE, RuleContact(RULES), asked_of, now)
    )


def test_a_message_is_planned_once_and_waits_for_the_morning(shop: SqliteDatabase) -> None:
    """The same key plans nothing more; the quiet hours are waited for."""
    night = at("2026-11-18 22:00")
    planned = [plan(shop, "k", night), plan(shop, "k", night)]
    at_night, [message] = take(shop, night), take(shop, at("2026-11-19 09:00"))

    assert ([True, False], []) == (planned, at_night)
    assert (NUMBER, {"最晚发货": "11月17日09:13"}) == (message.order, message.values)


def test_one_at_a_time_then_the_gap(shop: SqliteDatabase) -> None:
    """Of two due messages one goes, the other after the gap, the third not: twice is enough."""
    for key in ("a", "b", "c"):
        plan(shop, key, NOW)
    times = []
    now = NOW
    for _ in range(8):
        for message in take(shop, now):
            shop.transaction(lambda tx, m=message, n=now: outgoing.mark_sent(tx, m, n))  # type: ignore[misc]
            times.append((message.key, (now - NOW) // timedelta(hours=1)))
        now += timedelta(hours=1)

    assert [("a", 0), ("b", 2)] == times
    assert ["sent", "sent", "dropped"] == [state for _, state in told(shop, NUMBER)]


def test_who_has_written_is_answered_not_written_to(shop: SqliteDatabase) -> None:
    """A reply after the planning drops the message."""
    plan(shop, "k", NOW)
    going = take(shop, NOW + timedelta(minutes=1), Wrote(NOW + timedelta(seconds=30)))
    [message] = outgoing.list_messages(shop, STORE, NUMBER)

    assert ([], "dropped", "replied") == (going, message.state, message.why)


def test_an_overtaken_message_is_not_marked_sent(shop: SqliteDatabase) -> None:
    """Who delivers too late is told."""
    plan(shop, "a", NOW, subject="case")
    [old] = take(shop, NOW)
    plan(shop, "b", NOW, subject="case")

    with pytest.raises(Conflict):
        shop.transaction(lambda tx: outgoing.mark_sent(tx, old, NOW))


# --- the worker and the day's list --------------------------------------------------------------------


def test_a_worker_works_by_itself(shop: SqliteDatabase) -> None:
    """Started, it does what is due; stopped, it ends."""
    worker = Worker(shop, agenda(shop), FixedClock(NOW), every_s=0.01)
    worker.start()
    for _ in range(2000):
        if len(jobs.list_jobs(shop, store_id=STORE, state="done")) == len(due_work.WATCHES):
            break
        worker.join(0.005)
    worker.stop()

    assert not worker.is_alive()
    assert len(due_work.WATCHES) == len(jobs.list_jobs(shop, store_id=STORE, state="done"))


@pytest.fixture
def waiting(shop: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A shop with a late order, a stuck parcel and a return to be decided."""
    bring(shop, tmp_path, UNSENT + TRAVELS, ROAD, NOW)
    new_case(shop, asked())
    return shop


def test_the_days_list_names_the_next_step(waiting: SqliteDatabase) -> None:
    """Overdue first; each in a sentence for staff."""
    with waiting.snapshot() as reader:
        found = [
            item
            for number in (NUMBER, STUCK, LATE)
            for item in list_items(store.get_facts(reader, STORE, number), RULES, NOW)
        ]
    items = sorted(found, key=urgency)

    assert [
        ("shipping", LATE, "late", True),
        ("case", NUMBER, "requested", False),
        ("parcel", STUCK, "stuck", False),
    ] == [(item.what, item.order, item.state, item.overdue) for item in items]
    assert (
        f"{LATE}  已超过承诺发货时间：催仓库发货，联系买家致歉并给出换款、退款的选择（已超时，原定11月17日09:13前）"
        == sentence(items[0], RULES, NOW)
    )


def test_a_closed_case_is_not_on_the_list(waiting: SqliteDatabase) -> None:
    """What is done is done."""
    [case] = store.list_cases(waiting, STORE)
    event = CaseEvent(name="cancel", who="buyer")
    waiting.transaction(lambda tx: step_case(tx, case.id, event, RULES, NOW, "x"))
    with waiting.snapshot() as reader:
        items = list_items(store.get_facts(reader, STORE, NUMBER), RULES, NOW)

    assert () == items


def test_every_item_of_the_list_has_its_words() -> None:
    """Whatever may stand on the day's list can be told."""
    keys = {f"due.state.shipping.{one}" for one in agenda_rules.SHIPPING}
    keys |= {f"due.next.shipping.{one}" for one in agenda_rules.SHIPPING}
    for trouble, step in NEXT.items():
        if step in agenda_rules.PARCEL_STEPS and trouble not in (
            "signed-not-received",
            "not-received-late",
        ):
            keys |= {f"due.state.parcel.{trouble}", f"due.next.parcel.{step}"}
    for kind, table in TABLES.items():
        for state in {state for state, _ in table}:
            own = f".{kind}" if state in ("approved", "inspected") else ""
            keys |= {f"due.state.case.{state}", f"due.next.case.{state}{own}"}

    assert [] == sorted(key for key in keys if not messages.has(key))
