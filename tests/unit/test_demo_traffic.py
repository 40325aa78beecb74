"""The demo's simulators: orders that move while one watches, and nothing real anywhere near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from shopbot import messages
from shopbot.commands import demo
from shopbot.config import load_settings
from shopbot.demo import has_real_orders, lay_out
from shopbot.demo.book import SOURCE
from shopbot.demo.platform import Faults
from shopbot.demo.simulators import Simulators, forget, make_simulators, simulated
from shopbot.demo.traffic import MOST_NEW
from shopbot.ids import FixedClock
from shopbot.orders import review_store, source_setup, source_store, store, sync_work, webhook
from shopbot.orders.courier_sync import sync_parcels
from shopbot.orders.feed import SyncReport
from shopbot.orders.model import OrderFacts
from shopbot.orders.review_store import ReviewFilter
from shopbot.orders.review_sync import Reviewing, sync_reviews
from shopbot.orders.sentiment import Judge
from shopbot.orders.source import Page
from shopbot.orders.states import ORDER_RANK
from shopbot.orders.store import OrderFilter
from shopbot.orders.sync import Around, sync, take_page
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START
from tests.unit.test_demo_orders import FOLDER, RULES, stage
from tests.unit.test_sync import PAID

AROUND = Around(store_id=RULES.store_id, zone=RULES.zone)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    """A database with the demo in it."""
    made = open_database(tmp_path_factory.mktemp("traffic"))
    lay_out(stage(made))
    yield made
    made.close()


@pytest.fixture
def made(laid_out: SqliteDatabase, clock: FixedClock) -> Simulators:
    """Simulators on the tests' clock, that do as they should."""
    forget(laid_out, RULES.store_id)
    found = make_simulators(stage(laid_out))
    found.traffic.platform.now = clock.now
    found.traffic.platform.faults = Faults(repeated=2, shuffled=2)
    found.traffic.begin(clock.now())
    return found


def ranks(db: SqliteDatabase) -> dict[str, int]:
    """Return how far each order is."""
    found = store.list_orders(db, RULES.store_id, OrderFilter(count=10_000))
    return {one.number: ORDER_RANK[one.status] for one in found}


def read(db: SqliteDatabase, made: Simulators, clock: FixedClock) -> list[str]:
    """Read orders, reviews and parcels as the server does; return what went wrong."""
    with simulated(made, load_settings()) as settings:
        platform = source_setup.open_platform(settings, clock.now)
        courier = source_setup.open_courier(settings, RULES.zone, clock.now)
        assert platform is not None
        assert courier is not None
        reviewing = Reviewing(rules=RULES, judge=Judge, zone=RULES.zone)
        reports = (
            sync(db, platform, AROUND, clock.now),
            sync_reviews(db, platform, reviewing, clock.now),
            sync_parcels(db, courier, AROUND, clock.now),
        )
        platform.close()
        courier.close()
    return [one.problem for one in reports]


def test_what_is_on_its_way_is_known_at_the_courier(
    laid_out: SqliteDatabase, made: Simulators, clock: FixedClock
) -> None:
    """Asking for the demo's parcels tells nothing that was not laid out, and breaks no trouble."""
    before = _events(laid_out)
    problems = read(laid_out, made, clock)

    assert ["", "", ""] == problems
    assert before == _events(laid_out)


def _events(db: SqliteDatabase) -> dict[str, int]:
    with db.snapshot() as reader:
        found = store.list_orders(reader, RULES.store_id, OrderFilter(count=10_000))
        every = [store.get_facts(reader, RULES.store_id, one.number) for one in found]
    return {one.order.number: sum(len(p.events) for p in one.parcels) for one in every}


def test_reviews_are_there_with_calls_and_one_that_cannot_be_taken(
    laid_out: SqliteDatabase, made: Simulators, clock: FixedClock
) -> None:
    """Of different stars; the broken one stands on the morning's list."""
    read(laid_out, made, clock)
    found = review_store.list_reviews(laid_out, RULES.store_id, ReviewFilter(count=1000))
    waiting = source_store.list_refused(laid_out, RULES.store_id)

    assert 30 <= len(found)
    assert {1, 2, 5} <= {one.rating for one in found}
    assert review_store.list_open_calls(laid_out, RULES.store_id)
    assert ["rating:bad-rating"] == [one.why for one in waiting]


def test_orders_move_in_minutes(
    laid_out: SqliteDatabase, made: Simulators, clock: FixedClock
) -> None:
    """Bought, paid, sent, signed, finished, reviewed; no state goes back, and no order is a real one."""
    pushed: list[bytes] = []
    made.traffic.push = pushed.append
    before = ranks(laid_out)
    reviews = len(review_store.list_reviews(laid_out, RULES.store_id, ReviewFilter(count=1000)))
    seen = before
    for _ in range(25):
        for _ in range(12):
            made.traffic.step(clock.move(timedelta(seconds=5)))
        assert ["", "", ""] == read(laid_out, made, clock)
        for body in pushed:
            _take(laid_out, made, body, clock.now())
        pushed.clear()
        now = ranks(laid_out)
        assert [] == [number for number, rank in seen.items() if now[number] < rank]
        seen = now
    new = seen.keys() - before.keys()
    moved = [number for number, rank in before.items() if seen[number] > rank]
    with laid_out.snapshot() as reader:
        done = [store.get_facts(reader, RULES.store_id, number) for number in moved]

    assert made.traffic.bought == len(new) > 5
    assert len(moved) == len(made.traffic.waiting) > 3
    assert ["finished"] * len(done) == [one.order.status for one in done]
    assert all(_was_signed(one) for one in done)
    assert reviews < len(
        review_store.list_reviews(laid_out, RULES.store_id, ReviewFilter(count=1000))
    )
    assert not has_real_orders(stage(laid_out))


def _was_signed(facts: OrderFacts) -> bool:
    [parcel] = facts.parcels
    return "已签收" in parcel.events[-1].text and len(parcel.events) == len(
        {event.at for event in parcel.events}
    )


def _take(db: SqliteDatabase, made: Simulators, body: bytes, now: datetime) -> None:
    form = dict(parse_qsl(body.decode()))
    db.transaction(lambda tx: webhook.take_push(tx, form, made.secrets.salt, AROUND, now))


def test_a_demo_left_alone_does_not_fill_up(made: Simulators, clock: FixedClock) -> None:
    """After a night there are no more new orders than its bound."""
    for _ in range(12 * 60):
        made.traffic.step(clock.move(MINUTE))

    assert MOST_NEW == made.traffic.bought
    assert [] == made.traffic.here


def test_a_seed_moves_the_same(laid_out: SqliteDatabase) -> None:
    """Two runs of one seed do the same at the same time."""
    told = []
    for _ in range(2):
        clock = FixedClock(START)
        found = make_simulators(stage(laid_out))
        found.traffic.platform.now = clock.now
        found.traffic.begin(clock.now())
        for _ in range(100):
            found.traffic.step(clock.move(timedelta(seconds=10)))
        platform = found.traffic.platform
        told.append([dict(platform.last(number)) for number in platform.list_numbers()])

    assert told[0] == told[1]


def test_a_demo_names_its_simulators_and_nothing_real(made: Simulators) -> None:
    """A platform or an account that the settings name is put aside; what serves has none of it."""
    real = load_settings(
        source_url="https://shop.example/api", source_key="the-real-key-of-the-shop",
        courier_customer="real", courier_key="real", sync_every=0,
    )  # fmt: skip
    with simulated(made, real) as settings:
        found = [settings.source_url, settings.courier_url]
        watched = [one.kind for one in sync_work.list_watches(settings)]

    assert all(one and one.startswith("http://127.0.0.1:") for one in found)
    assert (SOURCE, 1, [sync_work.ORDERS, sync_work.PARCELS]) == (
        settings.source_name, settings.sync_every, watched,
    )  # fmt: skip


def test_where_real_orders_are_nothing_is_simulated(tmp_path: Path) -> None:
    """One order that no demo made is enough."""
    settings = load_settings(knowledge=FOLDER, data=tmp_path / "data")
    db = open_database(settings.data_dir())
    told = Page(as_of=START, rows=({**PAID, "number": "2611150001"},), cursor="", more=False)
    report = SyncReport(source="shop")
    db.transaction(lambda tx: take_page(tx, told, "shop", AROUND, START, report))
    db.close()
    lines, found = demo._lay_out(settings)

    assert found is None
    assert [messages.text("demo.real")] == lines


def test_nothing_of_the_simulators_stays_behind(
    laid_out: SqliteDatabase, made: Simulators, clock: FixedClock
) -> None:
    """Else a server after the demo would take the demo's platform for one that is down."""
    read(laid_out, made, clock)
    before = source_store.list_sources(laid_out, RULES.store_id)
    forget(laid_out, RULES.store_id)

    assert 3 == len(before)
    assert [] == source_store.list_sources(laid_out, RULES.store_id)
