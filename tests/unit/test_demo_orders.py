"""The demo's orders: every state, every trouble, every step, in sentences that could be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from shopbot.demo import Stage, lay_out, orders
from shopbot.demo.aftersale import list_journeys, play
from shopbot.demo.book import Book
from shopbot.demo.chance import Chance
from shopbot.demo.goods import list_goods
from shopbot.kb.loader import load
from shopbot.orders import facts_store, store
from shopbot.orders.describe import describe
from shopbot.orders.due_work import is_out_of_stock
from shopbot.orders.logistics import judge_parcel
from shopbot.orders.machine import TABLES
from shopbot.orders.model import OrderFacts
from shopbot.orders.promises import State, judge_promise
from shopbot.orders.states import (
    AddressChangeState,
    DiscountKind,
    OrderStatus,
    RefundState,
    TaskKind,
)
from shopbot.orders.store import OrderFilter
from shopbot.orders.troubles import Trouble
from shopbot.rules import load_rules
from shopbot.storage import SqliteDatabase, Transaction, open_database
from tests.conftest import START

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"
RULES = load_rules(FOLDER).rules
SEED = 20261122
ALL = OrderFilter(count=10_000)


def stage(db: SqliteDatabase, seed: int = SEED) -> Stage:
    """Return a stage with the packaged store at the tests' noon."""
    return Stage(db=db, folder=FOLDER, rules=RULES, now=START, seed=seed)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    """A database with the demo in it."""
    made = open_database(tmp_path_factory.mktemp("demo"))
    lay_out(stage(made))
    yield made
    made.close()


@pytest.fixture(scope="module")
def everything(db: SqliteDatabase) -> list[OrderFacts]:
    """All orders with all that is known of them."""
    found = store.list_orders(db, RULES.store_id, ALL)
    with db.snapshot() as reader:
        return [store.get_facts(reader, RULES.store_id, one.number) for one in found]


def test_there_are_sixty_days_of_orders(everything: list[OrderFacts]) -> None:
    """At least four hundred, none from the future, none older."""
    times = sorted(facts.order.created_at for facts in everything)

    assert 400 <= len(everything)
    assert 55 <= (START - times[0]).days <= 60
    assert times[-1] < START


def test_every_state_is_there(everything: list[OrderFacts]) -> None:
    """Of orders, promises, refunds, address changes and discounts."""
    refunds = {refund.state for facts in everything for refund in facts.refunds}
    changes = {change.state for facts in everything for change in facts.address_changes}
    discounts = {one.kind for facts in everything for one in facts.discounts}

    assert set(get_args(OrderStatus)) == {facts.order.status for facts in everything}
    tasks = {(task.kind, task.state) for facts in everything for task in facts.tasks}

    assert set(get_args(RefundState)) == refunds
    assert set(get_args(TaskKind)) == {kind for kind, _ in tasks}
    assert {"open", "done"} == {state for _, state in tasks}
    assert set(get_args(AddressChangeState)) == changes
    assert set(get_args(DiscountKind)) - {"member", "other"} == discounts
    assert {1, 2, 3} <= {len(facts.parcels) for facts in everything}
    assert any(line.gift for facts in everything for line in facts.lines)


def test_every_promise_is_there(db: SqliteDatabase, everything: list[OrderFacts]) -> None:
    """Kept, broken, in time, soon due, presale with and without a date, sold out."""
    found = {
        judge_promise(facts, RULES, START, stock_out=is_out_of_stock(db, facts)).state
        for facts in everything
    }

    never = {
        "paused",
        "undated",
    }  # the warehouse does not rest in November; times of payment are told

    assert set(get_args(State)) - never == found


def test_every_trouble_is_there(everything: list[OrderFacts]) -> None:
    """Those that the record tells, and those that appear when a shopper has not received."""
    found = {
        judge_parcel(parcel, facts.order, RULES, START, not_received=complains).trouble
        for facts in everything
        for parcel in facts.parcels
        for complains in (False, True)
    }

    assert set(get_args(Trouble)) == found


def test_every_step_of_the_tables_was_taken(db: SqliteDatabase) -> None:
    """A case in every state that its kind can reach."""
    cases = store.list_cases(db, RULES.store_id, count=10_000)
    reachable = {(kind, "requested") for kind in TABLES} | {
        (kind, step.to) for kind, table in TABLES.items() for step in table.values()
    }

    assert reachable == {(case.kind, case.state) for case in cases}
    assert len(list_journeys()) == sum(case.reason != "cancelled" for case in cases)


def test_a_repeat_adds_nothing(db: SqliteDatabase) -> None:
    """`shopbot demo` may be started again."""
    before = len(store.list_orders(db, RULES.store_id, ALL))
    lay_out(stage(db, seed=1))

    assert before == len(store.list_orders(db, RULES.store_id, ALL))


def sample(db: SqliteDatabase, store_id: str, seed: int) -> list[Any]:
    """Write some orders of every sort and some cases into a store of its own; return them."""
    chance = Chance(seed)
    plots = [*orders._unsent(chance), *orders._travelling(), *orders._split(chance)][::4]

    def work(tx: Transaction) -> None:
        book = Book(
            tx=tx,
            rules=replace(RULES, store_id=store_id),
            now=START,
            chance=chance,
            goods=list_goods(load(FOLDER).products),
        )
        for plot in plots:
            book.write(plot)
        for serial, journey in enumerate(list_journeys()[::8]):
            play(book, journey, serial)

    db.transaction(work)
    found = [
        store.get_facts(db, store_id, one.number) for one in store.list_orders(db, store_id, ALL)
    ]
    return [
        (replace(f.order, store_id=""), [replace(one, store_id="") for one in f.lines],
         [(p.shipment.parcel, p.shipment.line_nos, [(e.at, e.text) for e in p.events])
          for p in f.parcels],
         [(c.kind, c.state) for c in f.cases])
        for f in found
    ]  # fmt: skip


def test_a_seed_makes_the_same_orders(db: SqliteDatabase) -> None:
    """Order by order, parcel by parcel; another seed makes others."""
    one, again, other = sample(db, "one", SEED), sample(db, "again", SEED), sample(db, "other", 7)

    assert 40 < len(one)
    assert one == again
    assert one != other


def test_every_sentence_could_be_sent(db: SqliteDatabase, everything: list[OrderFacts]) -> None:
    """Filled in, in Chinese, kind, without our codes and without words that a shop may not use."""
    titles = {line.title for facts in everything for line in facts.lines}
    banned = (
        "None",
        "{",
        "}",
        "大概",
        "可能吧",
        "不清楚",
        "不知道",
        "不行",
        "绝对",
        "。。",
        "，。",
    )
    wrong = []
    for facts in everything:
        out = is_out_of_stock(db, facts)
        text = describe(facts, RULES, START, stock_out=out).text
        bare = text
        for known in sorted(titles, key=len, reverse=True):
            bare = bare.replace(known, "")
        for parcel in facts.parcels:
            bare = bare.replace(parcel.shipment.parcel, "")
        codes = [word for word in re.findall(r"[A-Za-z_-]{2,}", bare) if word != "XL"]
        bad = [word for word in banned if word in text]
        if codes or bad or not text.startswith("亲，您") or not text.endswith(("。", "？")):
            wrong.append((facts.order.number, codes, bad, text))

    assert [] == wrong


def test_refunds_stay_within_what_was_paid(everything: list[OrderFacts]) -> None:
    """Also in a demo."""
    for facts in everything:
        back = sum(one.cash_fen for one in facts.refunds if one.state != "dropped")

        assert back <= facts.order.paid_fen, facts.order.number


def test_many_orders_are_read_as_each_one_is(
    db: SqliteDatabase, everything: list[OrderFacts]
) -> None:
    """All facts of all orders, forty at a time, in the order asked for; unknown numbers left out."""
    numbers = [facts.order.number for facts in everything]
    with db.snapshot() as reader:
        read = list(facts_store.list_facts(reader, RULES.store_id, [*numbers, "nowhere"]))
        lacking = facts_store.list_stock_outs(reader, RULES.store_id, numbers)
        alone = {one.order.number for one in everything if is_out_of_stock(reader, one)}

    assert everything == read
    assert alone == lacking != set()


def test_orders_and_parcels_are_read_without_the_rest(
    db: SqliteDatabase, everything: list[OrderFacts]
) -> None:
    """What parcels are judged by is the same, whichever way it was read; so is the order itself."""
    numbers = sorted(facts.order.number for facts in everything)
    with db.snapshot() as reader:
        read = list(facts_store.list_parcels(reader, RULES.store_id, numbers))
        plain = list(facts_store.list_orders(reader, RULES.store_id, numbers))
    whole = {facts.order.number: facts for facts in everything}

    assert numbers == [facts.order.number for facts in read] == [one.number for one in plain]
    assert plain == [whole[number].order for number in numbers]
    for facts in read:
        known = whole[facts.order.number]
        assert facts.order == known.order
        assert [judge_parcel(one, known.order, RULES, START) for one in known.parcels] == [
            judge_parcel(one, facts.order, RULES, START) for one in facts.parcels
        ]
