"""Sources read by a server: once among workers, held off by the breaker, never piling up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from pydantic import SecretStr

from shopbot import app, ids, jobs
from shopbot.config import Settings, load_settings
from shopbot.demo.courier import Courier
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from shopbot.ids import FixedClock
from shopbot.orders import review_store, source_store, store, sync_work
from shopbot.orders.breaker import LONGEST_PAUSE
from shopbot.orders.cells import CHINA
from shopbot.orders.courier_api import Account, Kuaidi100
from shopbot.orders.due_work import Watch
from shopbot.orders.review_store import ReviewFilter
from shopbot.orders.sentiment import Judge
from shopbot.orders.source import HttpSource
from shopbot.orders.store import OrderFilter
from shopbot.orders.sync_work import ORDERS, PARCELS, Sources
from shopbot.storage import SqliteDatabase
from shopbot.worker import Agenda, run_once
from tests.order_facts import RULES
from tests.unit.test_review_sync import BAD
from tests.unit.test_sync import FRESH, KEY, PAID, SENT, STORE, make

EVERY = timedelta(minutes=5)
SENT_NOW = {**PAID, **SENT, "tracking": []}


@contextmanager
def sources(
    clock: FixedClock, platform: Platform, courier: Courier | None = None
) -> Iterator[Sources]:
    """Serve the simulators and give them as a server has them; waiting takes no time."""
    with served(platform) as url, served(courier or platform) as courier_url:
        account = Account(url=courier_url, customer="customer", key="the-key")

        def open_platform() -> HttpSource:
            return HttpSource("shop", url, KEY, now=clock.now, sleep=lambda _s: None, timeout_s=2)

        def open_courier() -> Kuaidi100:
            return Kuaidi100(account, now=clock.now, zone=CHINA, sleep=lambda _s: None)

        yield Sources(
            every=EVERY,
            clock=clock.now,
            judge=Judge,
            open_platform=open_platform,
            open_courier=open_courier if courier else lambda: None,
        )


def agenda(db: SqliteDatabase, read: Sources, *kinds: str) -> Agenda:
    """Return the due work of sources alone."""
    watches = tuple(Watch(kind=kind, every=EVERY) for kind in kinds or (ORDERS,))
    return Agenda(
        registry=lambda: sync_work.register(jobs.Registry(), db, RULES, read),
        plan=lambda tx, now: sync_work.plan_watches(tx, STORE, watches, now),
        next_plan=lambda now: sync_work.next_slot(watches, now) or now,
    )


def states(db: SqliteDatabase) -> dict[str, int]:
    """Count the jobs of sources by state."""
    found = dict.fromkeys(("waiting", "running", "done", "dead"), 0)
    for state in found:
        rows = jobs.list_jobs(db, store_id=STORE, state=state, count=1000)
        found[state] = sum(row["kind"] in (ORDERS, PARCELS) for row in rows)
    return found


def test_a_server_reads_orders_and_reviews(db: SqliteDatabase, clock: FixedClock) -> None:
    """In one run, what comes later in the next, each five minutes once."""
    platform = make(clock)
    platform.put("2611150001", **PAID)
    platform.put_review("R1", **BAD)
    with sources(clock, platform) as read:
        run_once(db, agenda(db, read), worker="one", now=clock.now())
        run_once(db, agenda(db, read), worker="one", now=clock.now())
        asked = platform.asked
        platform.put("2611150002", **PAID)
        run_once(db, agenda(db, read), worker="one", now=clock.move(EVERY))

    assert 2 == asked
    assert 2 == len(store.list_orders(db, STORE, OrderFilter(count=10)))
    assert 1 == len(review_store.list_reviews(db, STORE, ReviewFilter()))
    assert {"waiting": 0, "running": 0, "done": 2, "dead": 0} == states(db)


def test_of_several_workers_one_reads(db: SqliteDatabase, clock: FixedClock) -> None:
    """They plan and claim the same work; the source is asked once."""
    platform = make(clock)
    barrier = Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        run_once(db, agenda(db, read), worker=name, now=clock.now())

    with sources(clock, platform) as read:
        threads = [Thread(target=work, args=(f"w{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert 2 == platform.asked  # orders, reviews
    assert 1 == states(db)["done"]


def test_a_dead_source_is_held_off_and_nothing_piles_up(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """Two hours of failing: no job waits or dies, the source is asked ever more seldom; then it is read."""
    platform = make(clock, Faults(down=1))
    platform.put("2611150001", **PAID)
    start = clock.now()
    with sources(clock, platform) as read:
        while clock.now() < start + timedelta(hours=2):
            run_once(db, agenda(db, read), worker="one", now=clock.now())
            clock.move(EVERY)
        runs = platform.asked / 3  # each run tries three times
        platform.faults = Faults()
        run_once(db, agenda(db, read), worker="one", now=clock.move(LONGEST_PAUSE))
    found = states(db)

    assert 5 <= runs <= 10
    assert (0, 0, 0) == (found["waiting"], found["running"], found["dead"])
    assert "paid" == store.get_order(db, STORE, "2611150001").status
    assert "ok" == source_store.get_source(db, STORE, "shop").health(clock.now(), FRESH)


def test_after_a_long_sleep_one_run_is_made_up(db: SqliteDatabase, clock: FixedClock) -> None:
    """A server that was off for a day does not read once for each five minutes of it."""
    platform = make(clock)
    with sources(clock, platform) as read:
        run_once(db, agenda(db, read), worker="one", now=clock.now())
        run_once(db, agenda(db, read), worker="one", now=clock.move(timedelta(days=1)))

    assert 4 == platform.asked


def test_a_late_run_leaves_its_turn_to_the_next(db: SqliteDatabase, clock: FixedClock) -> None:
    """Planned, never done, found ten minutes later: only the present one reads."""
    platform = make(clock)
    with sources(clock, platform) as read:
        late = agenda(db, read)
        db.transaction(lambda tx: late.plan(tx, clock.now()))
        run_once(db, late, worker="one", now=clock.move(2 * EVERY))

    assert 2 == platform.asked
    assert 2 == states(db)["done"]


def test_a_long_list_is_read_in_turns(
    db: SqliteDatabase, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends when its time is up and goes on at once as a job of its own, to the end."""
    monkeypatch.setattr(sync_work, "LONGEST", timedelta(0))
    platform = make(clock)
    for n in range(250):
        platform.put(f"26111500{n:03d}", **PAID)
    with sources(clock, platform) as read:
        work = agenda(db, read)
        run_once(db, work, worker="one", now=clock.now())
        first = len(store.list_orders(db, STORE, OrderFilter(count=1000)))
        for _ in range(3):
            run_once(db, work, worker="one", now=clock.move(timedelta(seconds=2)))

    assert 100 == first
    assert 250 == len(store.list_orders(db, STORE, OrderFilter(count=1000)))
    assert {"waiting": 0, "running": 0, "done": 3, "dead": 0} == states(db)


def test_parcels_are_asked_for(db: SqliteDatabase, clock: FixedClock) -> None:
    """The courier service is a source like the platform."""
    platform, courier = make(clock), Courier("customer", "the-key", "salt")
    platform.put("2611150001", **SENT_NOW)
    courier.add("SF1400234567890", "2026-11-16 18:00:00", "顺丰速运已收取快件", "揽收")
    with sources(clock, platform, courier) as read:
        both = agenda(db, read, ORDERS, PARCELS)
        run_once(db, both, worker="one", now=clock.now())
        run_once(db, both, worker="one", now=clock.move(EVERY))
    [parcel] = store.get_facts(db, STORE, "2611150001").parcels

    assert ["揽收"] == [one.raw_status for one in parcel.events]
    assert 1 == courier.asked


def test_a_job_of_a_source_that_is_gone_does_nothing(db: SqliteDatabase, clock: FixedClock) -> None:
    """The setting was taken away while it waited."""
    platform = make(clock)
    with sources(clock, platform) as read:
        run_once(db, agenda(db, read, PARCELS), worker="one", now=clock.now())

    assert {"waiting": 0, "running": 0, "done": 1, "dead": 0} == states(db)


def setup(tmp_path: Path, **changes: object) -> Settings:
    """Return settings of a small store."""
    shop = tmp_path / "shop"
    shop.mkdir(exist_ok=True)
    (shop / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    return load_settings(knowledge=shop, data=tmp_path / "data", **changes)


WITH_SOURCE = {"source_url": "http://127.0.0.1:9", "source_key": SecretStr(KEY.decode())}
WITH_COURIER = {"courier_customer": "c", "courier_key": SecretStr("k")}


@pytest.mark.parametrize(
    ("changes", "server", "kinds"),
    [
        pytest.param({}, True, set(), id="no source"),
        pytest.param(WITH_SOURCE, True, {ORDERS}, id="a source"),
        pytest.param({**WITH_SOURCE, **WITH_COURIER}, True, {ORDERS, PARCELS}, id="both"),
        pytest.param({**WITH_SOURCE, "sync_every": 0}, True, set(), id="turned off"),
        pytest.param(WITH_SOURCE, False, set(), id="a command"),
    ],
)
def test_a_server_plans_what_is_set_up(
    tmp_path: Path, db: SqliteDatabase, changes: dict[str, object], server: bool, kinds: set[str]
) -> None:
    """Nothing where there is no source; a command that lets the clock jump asks nobody."""
    agenda = app.due_work(setup(tmp_path, **changes), db, server=server)
    now = ids.now()
    db.transaction(lambda tx: agenda.plan(tx, now))
    planned = {row["kind"] for row in jobs.list_jobs(db, store_id=STORE, state="waiting")}

    assert kinds == planned & {ORDERS, PARCELS}
    assert {ORDERS, PARCELS} <= set(agenda.registry().kinds())
    assert now < agenda.next_plan(now) <= now + timedelta(hours=1)
