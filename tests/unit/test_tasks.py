"""What shoppers ask for stands on the day's list until a person has done it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shopbot import audit, ids, jobs, messages
from shopbot.errors import Conflict, NotFound
from shopbot.orders import model, outgoing, store
from shopbot.orders.agenda import Item, list_items, sentence
from shopbot.orders.describe import describe
from shopbot.orders.dialogue import Apply, Confirm, Deed, Why
from shopbot.orders.due_list import find_due
from shopbot.orders.due_work import registry
from shopbot.orders.model import OrderTask
from shopbot.orders.settled import is_settled
from shopbot.orders.states import TaskKind
from shopbot.orders.task_words import ending_phrase
from shopbot.orders.tasks import TASK, Outcome, add_task, end_task, get_task
from shopbot.orders.watches import find_breach
from shopbot.storage import SqliteDatabase, Statement, open_database
from shopbot.storage.migrations import find_migrations
from tests.order_facts import (
    NUMBER,
    RULES,
    STORE,
    at,
    case,
    event,
    facts,
    line,
    order,
    parcel,
    signed_parcel,
)
from tests.unit.test_acting import NOW, PAID, SENT, Cheaper, acted, facts_of, shop

__all__ = ["shop"]  # a fixture

ASK, COURIER = RULES.changes.ask_time, RULES.changes.redirect_answer
DONE: Outcome = "done"
DROPPED: Outcome = "dropped"


def asked_for(db: SqliteDatabase, action: str, number: str, **said: Any) -> None:
    """Ask for something in a dialogue and agree to it if that is asked."""
    plan = acted(db, action, number, **said).plan
    if isinstance(plan, Confirm):
        plan = acted(db, action, number, confirmed=plan.key, **said).plan

    assert isinstance(plan, Apply)


def due(db: SqliteDatabase, hours: float = 0) -> list[Item]:
    """Return the tasks of the day's list."""
    found = find_due(db, RULES, NOW + timedelta(hours=hours))
    return [item for item in found if item.what == "task"]


def end(db: SqliteDatabase, task_id: str, outcome: Outcome = DONE, **more: Any) -> OrderTask:
    """Say what came of a task."""
    return db.transaction(lambda tx: end_task(tx, task_id, outcome, RULES, NOW, "小岭", **more))


ASKED: list[tuple[str, str, dict[str, Any], TaskKind, timedelta, str]] = [
    ("order.cancel", PAID, {"line": 0}, "cancel", ASK, ""),
    ("order.cancel", PAID, {"line": 2}, "cancel", ASK, "速干T恤（雾灰，M）"),
    ("order.change_address", PAID, {"phone": "13900000000"}, "change-address", ASK, ""),
    ("order.change_item", PAID, {"line": 2, "quantity": 1, "wares": Cheaper()}, "change-item", ASK,
     "速干T恤（雾灰，M） ×1"),
    ("order.urge", PAID, {}, "urge-warehouse", ASK, ""),
    ("claim.not_received", SENT, {}, "check-not-received", COURIER, "YT8800123456789"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "number", "said", "kind", "wait", "detail"),
    ASKED,
    ids=[f"{row[3]}{row[5][:1]}" for row in ASKED],
)
def test_what_is_asked_for_is_on_the_list_until_it_is_done(
    shop: SqliteDatabase,
    action: str,
    number: str,
    said: dict[str, Any],
    kind: TaskKind,
    wait: timedelta,
    detail: str,
) -> None:
    """With its next step and deadline; overdue later; gone once a person has done it, also twice."""
    asked_for(shop, action, number, **said)
    [item] = due(shop)
    [late] = due(shop, hours=25)

    assert (number, kind, f"task.{kind}") == (item.order, item.state, item.next)
    assert (NOW + wait, False, True) == (item.due, item.overdue, late.overdue)
    assert detail == item.detail
    assert messages.text(f"due.next.task.{kind}") in sentence(item, RULES, NOW)

    done, again = end(shop, item.subject, result="仓库已处理"), end(shop, item.subject)
    names = [one.name for one in store.list_events(shop, STORE, number)]
    deeds = [one.name for one in audit.list_deeds(shop, store_id=STORE, subject=number)]

    assert [] == due(shop)
    assert ("done", "小岭", "仓库已处理", NOW) == (
        done.state, done.done_by, done.result, done.ended_at
    )  # fmt: skip
    assert done == again
    assert 1 == names.count("order.task-done") == deeds.count("order.task-done")


def test_a_note_that_must_be_asked_for_is_a_task(shop: SqliteDatabase) -> None:
    """In the hours of packing; a phone number in it is hidden on the list."""
    later = NOW + timedelta(hours=20)
    said = {"text": "放门口，电话13812345512", "now": later}
    asked_for(shop, "order.note", PAID, **said)
    [item] = due(shop, hours=20)

    assert ("add-note", "放门口，电话138****5512") == (item.state, item.detail)


def test_a_parcel_is_intercepted_by_a_person(shop: SqliteDatabase) -> None:
    """A task without an end of its own."""
    before = at("2026-11-16 10:00")
    asked_for(shop, "order.reject", SENT, now=before)
    [task] = facts_of(shop, SENT).tasks

    assert ("intercept", before + COURIER) == (task.kind, task.due_at)


def test_a_second_report_is_the_same_task(shop: SqliteDatabase) -> None:
    """Asked for twice, due when it was first promised; once done a new one may come."""
    asked_for(shop, "order.urge", PAID)
    asked_for(shop, "order.urge", PAID, now=NOW + timedelta(hours=13))
    [task] = facts_of(shop, PAID).tasks

    assert (2, NOW + ASK) == (task.times, task.due_at)

    end(shop, task.id)
    asked_for(shop, "order.urge", PAID, now=NOW + timedelta(hours=26))

    assert ["done", "open"] == [one.state for one in facts_of(shop, PAID).tasks]


@pytest.mark.parametrize(
    ("outcome", "hours", "before", "after"),
    [
        (DONE, 0, "approved", "approved"),
        (DROPPED, 0, "approved", "cancelled"),
        (DONE, 20, "requested", "approved"),
        (DROPPED, 20, "requested", "rejected"),
    ],
    ids=["at-once", "at-once-too-late", "packing", "packing-too-late"],
)
def test_the_refunds_of_a_cancel_follow_its_task(
    shop: SqliteDatabase, outcome: Outcome, hours: int, before: str, after: str
) -> None:
    """Agreed to when the goods were stopped, taken back when they were not; told once on the list."""
    now = NOW + timedelta(hours=hours)
    asked_for(shop, "order.cancel", PAID, line=0, now=now)
    found = [item for item in find_due(shop, RULES, now) if item.order == PAID]

    assert [before] * 2 == [case.state for case in facts_of(shop, PAID).cases]
    assert ["cancel"] == [item.state for item in found if item.what in ("task", "case")]

    shop.transaction(
        lambda tx: end_task(tx, facts_of(shop, PAID).tasks[0].id, outcome, RULES, now, "小岭")
    )
    left = facts_of(shop, PAID)

    assert [after] * 2 == [case.state for case in left.cases]
    assert ({"approved"} if after == "approved" else {"dropped"}) >= {r.state for r in left.refunds}


@pytest.mark.parametrize(("outcome", "state"), [(DONE, "applied"), (DROPPED, "refused")])
def test_an_address_follows_its_task(shop: SqliteDatabase, outcome: Outcome, state: str) -> None:
    """It is told on the list once, and is decided with it."""
    asked_for(shop, "order.change_address", PAID, phone="13900000000")
    whats = [item.what for item in find_due(shop, RULES, NOW)]
    end(shop, due(shop)[0].subject, outcome)
    [change] = facts_of(shop, PAID).address_changes

    assert (["task"], state) == (whats, change.state)
    assert [] == find_due(shop, RULES, NOW)


def test_what_ended_otherwise_is_a_conflict(shop: SqliteDatabase) -> None:
    """And one that is not there is not found."""
    asked_for(shop, "order.urge", PAID)
    task_id = due(shop)[0].subject
    end(shop, task_id, DROPPED)

    with pytest.raises(Conflict):
        end(shop, task_id, DONE)
    with pytest.raises(NotFound):
        end(shop, "task_none")


def test_a_task_that_is_done_reminds_nobody(shop: SqliteDatabase) -> None:
    """Its job is taken back, or does nothing."""
    asked_for(shop, "order.urge", PAID)
    end(shop, due(shop)[0].subject)
    tally = jobs.run_due(shop, registry(shop, RULES), worker="w", now=NOW + ASK)
    names = [one.name for one in store.list_events(shop, STORE, PAID)]

    assert (0, "order.task-done") == (tally.done, names[-1])


STUCK = parcel(event("2026-11-15 20:00", "已揽收"), event("2026-11-16 09:00", "已到达"))
BACK = parcel(event("2026-11-15 20:00", "已揽收"), event("2026-11-16 09:00", "快件退回中"))
SILENT = parcel()


@pytest.mark.parametrize(
    ("kind", "status", "parcels", "settled"),
    [
        ("urge-warehouse", "paid", (), False),
        ("urge-warehouse", "shipped", (), False),
        ("urge-warehouse", "shipped", (SILENT,), False),
        ("urge-warehouse", "part_shipped", (STUCK,), False),
        ("urge-warehouse", "shipped", (STUCK,), True),
        ("urge-warehouse", "finished", (), True),
        ("ask-courier", "shipped", (STUCK,), False),
        ("ask-courier", "shipped", (signed_parcel(),), True),
        ("check-lost", "shipped", (signed_parcel(),), True),
        ("check-not-received", "finished", (signed_parcel(),), False),
        ("intercept", "shipped", (STUCK,), False),
        ("intercept", "shipped", (BACK,), True),
        ("cancel", "paid", (), False),
        ("cancel", "closed", (), True),
        ("change-address", "shipped", (STUCK,), False),
        ("change-item", "closed", (), True),
    ],
)
def test_an_order_may_settle_a_task(
    kind: TaskKind, status: Any, parcels: tuple[model.Parcel, ...], settled: bool
) -> None:
    """What has happened need not be done; what somebody must be told of stays."""
    when = at("2026-11-16 10:00") if BACK in parcels or STUCK in parcels else at("2026-11-20 10:00")
    task = OrderTask(
        id="task_1", store_id=STORE, order=NUMBER, kind=kind, parcel="YT8800123456789",
        asked_at=when, due_at=when,
    )  # fmt: skip
    told = facts(order=order(status=status), parcels=parcels)

    assert settled == is_settled(task, told, RULES, when)


def test_every_task_has_its_words() -> None:
    """On the day's list, with the next step."""
    keys = [f"due.{part}.task.{kind}" for part in ("state", "next") for kind in get_args(TaskKind)]

    assert [] == [key for key in keys if not messages.has(key)]


def test_two_cannot_end_a_task_at_once(shop: SqliteDatabase) -> None:
    """A stale version writes nothing."""
    asked_for(shop, "order.urge", PAID)
    task = facts_of(shop, PAID).tasks[0]

    def work(tx: Any) -> int:
        from shopbot.orders.tasks import Q

        end_task(tx, task.id, DONE, RULES, NOW, "a")
        return int(
            tx.run(
                Q.end_task,
                store_id=STORE,
                id=task.id,
                version=task.version,
                state="dropped",
                done_by="b",
                result="",
                ended_at=ids.to_text(NOW),
            )
        )

    assert 0 == shop.transaction(work)


def test_jobs_of_before_become_open_tasks(tmp_path: Path) -> None:
    """A database of the version before: each job order.task is a task, and its reminder holds."""
    known = find_migrations()
    old = [m for m in known if (m.package, m.number) < ("orders", 3) or m.package == "storage"]
    db = open_database(tmp_path, old)
    add = Statement(
        "add",
        "INSERT INTO orders (store_id, number, status, created_at, source, rank, as_of, digest) "
        "VALUES ('test', '2611200001', 'paid', :at, 'x', 20, :at, 'd')",
    )
    db.run(add, at=ids.to_text(NOW))
    kinds = get_args(TaskKind)
    for place, kind in enumerate(kinds):
        key = f"{place:016x}"
        plan = jobs.Plan(
            store_id=STORE,
            kind=TASK,
            key=f"{PAID}:{key}",
            due=NOW + ASK,
            payload={"order": PAID, "task": kind, "key": key},
        )
        db.transaction(lambda tx, plan=plan: jobs.plan(tx, plan, NOW))  # type: ignore[misc]
    db.close()
    db = open_database(tmp_path)
    found = facts_of(db, PAID).tasks
    tally = jobs.run_due(db, registry(db, RULES), worker="w", now=NOW + ASK)
    events = [one.data["task"] for one in store.list_events(db, STORE, PAID)]
    db.close()

    assert set(kinds) == {task.kind for task in found}
    assert {(NOW, NOW + ASK, "open")} == {(t.asked_at, t.due_at, t.state) for t in found}
    assert (len(kinds), set(kinds)) == (tally.done, set(events))


def test_the_schema_refuses_a_second_open_task(shop: SqliteDatabase) -> None:
    """Of a kind and key; asked for again it counts up instead."""
    task = OrderTask(
        id="task_1", store_id=STORE, order=PAID, kind="cancel", key="k", asked_at=NOW, due_at=NOW
    )
    added = [
        shop.transaction(lambda tx, n=n: add_task(tx, replace(task, id=f"task_{n}"), NOW))  # type: ignore[misc]
        for n in (1, 2)
    ]

    assert [True, False] == added
    assert 2 == get_task(shop, STORE, "task_1").times


def test_what_is_being_cancelled_is_not_hurried(shop: SqliteDatabase) -> None:
    """Nobody is told to ship it, nor that it is late; what is said of it is the refund."""
    late = NOW + timedelta(hours=60)
    before = find_due(shop, RULES, late), find_breach(facts_of(shop, PAID), RULES, late)
    asked_for(shop, "order.cancel", PAID, line=0)
    facts = facts_of(shop, PAID)
    whats = [item.what for item in find_due(shop, RULES, late) if item.order == PAID]
    text = describe(facts, RULES, late).text

    assert "shipping" in [item.what for item in before[0] if item.order == PAID]
    assert before[1] is not None
    assert ["task"] == whats
    assert find_breach(facts, RULES, late) is None
    assert "发出" not in text
    assert "退款" in text


TOLD = [(kind, ending) for kind in get_args(TaskKind) for ending in ("done", "dropped")]


@pytest.mark.parametrize(("kind", "ending"), TOLD, ids=[f"{k}-{e}" for k, e in TOLD])
def test_every_ending_has_its_words(kind: TaskKind, ending: Outcome) -> None:
    """Said of an order on which nothing else has happened."""
    when = at("2026-11-16 10:00")
    task = OrderTask(
        id="task_1", store_id=STORE, order=NUMBER, kind=kind, parcel="YT8800123456789",
        asked_at=when, due_at=when,
    )  # fmt: skip
    told = ending_phrase(task, ending, facts(order=order(status="paid"), parcels=()), RULES, when)

    assert f"order.task.{kind}.{ending}" == (told.id if told else "")


@pytest.mark.parametrize(
    ("kind", "status", "parcels", "expected"),
    [
        ("urge-warehouse", "shipped", (STUCK,), "order.task.urge-warehouse.shipped"),
        ("ask-courier", "shipped", (signed_parcel(),), ""),
        ("check-lost", "shipped", (STUCK,), "order.task.check-lost.found"),
        ("check-lost", "shipped", (), "order.task.check-lost.done"),
        ("change-item", "closed", (), ""),
        ("cancel", "closed", (), "order.task.cancel.done"),
    ],
)
def test_what_the_order_shows_is_told_instead(
    kind: TaskKind, status: Any, parcels: tuple[model.Parcel, ...], expected: str
) -> None:
    """A parcel that left or moved is the news; a closed order is not written about for trifles."""
    when = at("2026-11-16 10:00") if STUCK in parcels else at("2026-11-20 10:00")
    task = OrderTask(
        id="task_1", store_id=STORE, order=NUMBER, kind=kind, parcel="YT8800123456789",
        asked_at=when, due_at=when,
    )  # fmt: skip
    told = ending_phrase(
        task, "done", facts(order=order(status=status), parcels=parcels), RULES, when
    )

    assert expected == (told.id if told else "")


@pytest.mark.parametrize(
    ("action", "said", "outcome", "expected"),
    [
        ("order.change_address", {"phone": "13900000000"}, DONE, "change-address.done"),
        ("order.change_address", {"phone": "13900000000"}, DROPPED, "change-address.dropped"),
        ("order.cancel", {"line": 0, "now": NOW + timedelta(hours=20)}, DONE, "cancel.done"),
        ("order.cancel", {"line": 0, "now": NOW + timedelta(hours=20)}, DROPPED, "cancel.dropped"),
        ("order.cancel", {"line": 0}, DROPPED, "cancel.dropped"),
    ],
    ids=["moved", "not-moved", "stopped", "not-stopped", "not-stopped-at-once"],
)
def test_the_buyer_is_told_how_a_task_ended(
    shop: SqliteDatabase, action: str, said: dict[str, Any], outcome: Outcome, expected: str
) -> None:
    """Once, however often it is said, and of a cancel not for every line again."""
    asked_for(shop, action, PAID, **said)
    [task] = facts_of(shop, PAID).tasks
    end(shop, task.id, outcome)
    end(shop, task.id, outcome)
    waiting = [
        one.phrase for one in outgoing.list_messages(shop, STORE, PAID) if one.state == "waiting"
    ]

    assert [f"order.task.{expected}"] == waiting


def test_a_case_says_which_of_several_items_it_is_about() -> None:
    """Two lines of one title differ by colour and size; a single item needs no name."""
    two = (line(1, colour="雾灰", size="M"), line(2, colour="海蓝", size="M"))
    about = facts(lines=two, cases=(case(line_no=2),))
    alone = facts(cases=(case(),))
    now = at("2026-11-18 11:00")
    told = [item.detail for item in list_items(about, RULES, now) if item.what == "case"]
    bare = [item.detail for item in list_items(alone, RULES, now) if item.what == "case"]

    assert ["岭上三合一冲锋衣（海蓝，M）"] == told
    assert [""] == bare


@pytest.mark.parametrize("name", [kind.__name__ for kind in get_args(Deed)])
def test_every_deed_has_words_for_staff(name: str) -> None:
    """The terminal names what was written down, never a class."""
    assert messages.has(f"orders.act.deed.{name}")


@pytest.mark.parametrize("why", get_args(Why))
def test_every_refusal_has_words_for_staff(why: str) -> None:
    """The terminal says why nothing was changed, never a code."""
    assert messages.has(f"orders.act.why.{why}")
