"""Sources over HTTP: the contract, its failures, the breaker, chaos with invariants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked, Given, served
from shopbot.demo.platform import Faults, Platform
from shopbot.ids import FixedClock
from shopbot.orders import breaker, source_store, store
from shopbot.orders.breaker import Breaker, after_failure, may_try
from shopbot.orders.feed import SyncReport
from shopbot.orders.round import find_round
from shopbot.orders.signing import (
    NONCE,
    SIGNATURE,
    TIME,
    Signed,
    check_signature,
    sign,
    signature,
)
from shopbot.orders.source import HttpSource, read_page
from shopbot.orders.source_errors import HookRefused, SourceDown, SourceWrong
from shopbot.orders.states import ORDER_RANK
from shopbot.orders.sync import Around, sync
from shopbot.storage import SqliteDatabase
from tests.conftest import START
from tests.order_facts import RULES

KEY = b"the-key-between-us-and-the-platform"
STORE = "test"
AROUND = Around(store_id=STORE)
FRESH = RULES.logistics.orders_fresh
PAID: dict[str, Any] = {
    "status": "paid", "buyer": "山间清风", "title": "岭上三合一冲锋衣", "goods": "598.00",
    "total": "598.00", "paid": "548.00", "created_at": "2026-11-15T09:12:33+08:00",
    "paid_at": "2026-11-15T09:13:02+08:00", "phone": "13812345512",
    "address": "浙江省 杭州市 西湖区 文三路1号",
    "lines": [
        {"title": "岭上三合一冲锋衣", "sku": "LS-JK-01-BK-L", "unit": 598, "quantity": 1,
         "attributes": "颜色分类:曜石黑;尺码:L"},
    ],
}  # fmt: skip
SENT: dict[str, Any] = {
    "status": "卖家已发货，等待买家确认", "parcels": ["SF1400234567890"], "carrier": "顺丰",
    "shipped_at": "2026-11-16 10:00",
    "tracking": [
        {"parcel": "SF1400234567890", "at": "2026-11-16T18:00:00+08:00", "text": "已揽收"},
    ],
}  # fmt: skip
DONE: dict[str, Any] = {"status": "finished", "finished_at": "2026-11-20 10:00"}


def make(clock: FixedClock, faults: Faults | None = None, seed: int = 1) -> Platform:
    """Return a platform."""
    return Platform(key=KEY, now=clock.now, chance=Chance(seed), faults=faults or Faults())


@contextmanager
def reach(url: str, clock: FixedClock, waits: list[float] | None = None) -> Iterator[HttpSource]:
    """Open the source at an address; waiting takes no time."""
    made = HttpSource(
        "shop", url, KEY, now=clock.now, sleep=(waits if waits is not None else []).append,
        timeout_s=2,
    )  # fmt: skip
    yield made
    made.close()


def run(db: SqliteDatabase, platform: Platform, clock: FixedClock) -> SyncReport:
    """Synchronise once over HTTP."""
    with served(platform) as url, reach(url, clock) as source:
        return sync(db, source, AROUND, clock.now)


def test_changes_come_in_with_lines_parcels_and_events(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """Values are read as a table's cells are; a second run has nothing new."""
    platform = make(clock)
    platform.put("2611150001", **PAID)
    first = run(db, platform, clock)
    platform.put("2611150001", **SENT)
    second = run(db, platform, clock)
    third = run(db, platform, clock)
    told = store.get_facts(db, STORE, "2611150001")

    assert [(1, 0, 0), (0, 1, 1), (0, 0, 0)] == [
        (one.new, one.updated, one.events) for one in (first, second, third)
    ]
    assert ("shipped", 54800, "浙江省") == (
        told.order.status, told.order.paid_fen, told.order.province,
    )  # fmt: skip
    assert ["LS-JK-01-BK-L"] == [line.sku for line in told.lines]
    assert [("SF1400234567890", 1)] == [
        (one.shipment.parcel, len(one.events)) for one in told.parcels
    ]
    assert 0 == platform.refused


def test_pages_follow_each_other(
    db: SqliteDatabase, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor is on disk with its page: a run that broke off goes on where it was."""
    platform = make(clock)
    for n in range(250):
        platform.put(f"26111500{n:03d}", **PAID)
    seen: list[tuple[int, int]] = []
    with served(platform) as url, reach(url, clock) as source:
        platform.faults = Faults(down=1)
        broken = sync(db, source, AROUND, clock.now)
        platform.faults = Faults()
        report = sync(db, source, AROUND, clock.now, lambda *done: seen.append(done))

    assert ("HTTP 503", 0) == (broken.problem, broken.pages)
    assert ("", 3, 250) == (report.problem, report.pages, report.new)
    assert [(1, 100), (2, 200), (3, 250)] == seen
    assert "250" == source_store.get_source(db, STORE, "shop").cursor


def test_a_failure_is_tried_again_with_jitter(clock: FixedClock) -> None:
    """Three tries, no two pauses alike, none longer than the limit; then it is told."""
    platform = make(clock, Faults(down=1))
    waits: list[float] = []
    with (
        served(platform) as url,
        reach(url, clock, waits) as source,
        pytest.raises(SourceDown, match="503"),
    ):
        source.changes("")

    assert (3, 2) == (platform.asked, len(waits))
    assert all(0 <= wait <= 8 for wait in waits)
    assert 0 == platform.refused  # each try has a nonce of its own


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        pytest.param(Given(status=500), SourceDown, id="500"),
        pytest.param(Given(status=429), SourceDown, id="429"),
        pytest.param(Given(cut=True), SourceDown, id="line breaks"),
        pytest.param(Given(status=401), SourceWrong, id="401"),
        pytest.param(Given(status=302), SourceWrong, id="elsewhere"),
        pytest.param(Given(body=b"<html>"), SourceWrong, id="no json"),
        pytest.param(Given(body=b"[]"), SourceWrong, id="no page"),
        pytest.param(Given(body=b'{"as_of":"x","orders":[]}'), SourceWrong, id="no time"),
        pytest.param(
            Given(body=b'{"as_of":"2026-11-22T00:00:00Z","orders":[1]}'), SourceWrong, id="no order"
        ),
        pytest.param(Given(body=b"[" * 100_000), SourceWrong, id="deep"),
        pytest.param(Given(body=b" " * (9 * 1024 * 1024)), SourceWrong, id="large"),
        pytest.param(
            Given(body=b'{"as_of":"2026-11-22T00:00:00Z","orders":[],"next":"","more":true}'),
            SourceWrong,
            id="cursor stands still",
        ),
    ],
)
def test_answers_that_are_of_no_use(
    db: SqliteDatabase, clock: FixedClock, given: Given, kind: type[Exception]
) -> None:
    """Nothing is written but the failure, with its reason; nothing is raised."""

    def always(_asked: Asked) -> Given:
        return given

    with served(always) as url, reach(url, clock) as source:
        report = sync(db, source, AROUND, clock.now)
    state = source_store.get_source(db, STORE, "shop")

    assert report.problem
    assert (report.problem, 1, "down") == (
        state.problem, state.breaker.failures, state.health(clock.now(), FRESH),
    )  # fmt: skip


def test_a_slow_source_is_not_waited_for(clock: FixedClock) -> None:
    """After the time limit it counts as down."""

    def slow(_asked: Asked) -> Given:
        return Given(wait_s=0.3, cut=True)

    with served(slow) as url:
        source = HttpSource("shop", url, KEY, now=clock.now, sleep=lambda _s: None, timeout_s=0.05)
        with pytest.raises(SourceDown, match="Timeout"):
            source.changes("")
        source.close()


def test_a_source_that_drips_is_not_waited_for(clock: FixedClock) -> None:
    """Each piece comes in time, the whole does not."""
    platform = make(clock)
    platform.put("2611150001", **PAID)

    def dripping(asked: Asked) -> Given:
        return replace(platform(asked), drip=20)

    def now() -> datetime:
        clock.move(timedelta(seconds=4))
        return clock.now()

    with served(dripping) as url:
        source = HttpSource("shop", url, KEY, now=now, sleep=lambda _s: None)
        with pytest.raises(SourceDown, match="too slow"):
            source.changes("")
        source.close()


@pytest.mark.parametrize(
    "cursors", [["b", ""], ["b", "a", "b"]], ids=["back to the beginning", "in a circle"]
)
def test_a_list_that_goes_round_is_given_up(
    db: SqliteDatabase, clock: FixedClock, cursors: list[str]
) -> None:
    """What came is kept, and the run ends instead of reading the same pages for ever."""
    pages = iter([*cursors, *(["b", "a"] * 20)])

    def round_about(_asked: Asked) -> Given:
        told = {"as_of": START.isoformat(), "orders": [], "next": next(pages), "more": True}
        return Given(body=json.dumps(told).encode())

    with served(round_about) as url, reach(url, clock) as source:
        report = sync(db, source, AROUND, clock.now)

    assert ("cursor", len(cursors) - 1) == (report.problem, report.pages)


def test_a_source_that_is_down_is_left_alone_for_a_while(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """After three failures nothing is asked until the pause is over; one success closes it."""
    platform = make(clock, Faults(down=1))
    with served(platform) as url, reach(url, clock) as source:
        for _ in range(3):
            sync(db, source, AROUND, clock.now)
        asked = platform.asked
        paused = sync(db, source, AROUND, clock.now)
        platform.faults = Faults()
        later = lambda: clock.now() + breaker.FIRST_PAUSE  # noqa: E731
        platform.now = later
        source._now = later
        healed = sync(db, source, AROUND, later)

    assert (9, True, "HTTP 503") == (asked, paused.paused, paused.problem)
    assert clock.now() + breaker.FIRST_PAUSE == paused.paused_until
    assert ("", 10) == (healed.problem, platform.asked)
    assert Breaker() == source_store.get_source(db, STORE, "shop").breaker


@given(st.integers(min_value=0, max_value=40))
def test_the_breaker_opens_and_its_pause_is_bounded(failures: int) -> None:
    """Closed for two failures, then a pause that grows up to its limit; over, one try may be made."""
    state = Breaker()
    for _ in range(failures):
        state = after_failure(state, START)

    assert may_try(state, START) == (failures < breaker.TRIES)
    assert may_try(state, START + breaker.LONGEST_PAUSE)


def test_an_order_that_cannot_be_taken_is_kept_in_mind(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """The others are taken; it is at the source and not here, until it comes mended."""
    platform = make(clock)
    platform.put("2611150001", **{**PAID, "paid": "-1"})
    platform.put("2611150002", **PAID)
    first = run(db, platform, clock)
    waiting = source_store.list_refused(db, STORE)
    told = find_round(db, RULES, clock.now()).of("missed")
    platform.put("2611150001", **PAID)
    run(db, platform, clock)
    mended = source_store.list_refused(db, STORE)
    platform.put("2611150002", **{**PAID, "paid": "-1"})
    run(db, platform, clock)
    changed = find_round(db, RULES, clock.now()).of("missed")

    assert ["2611150002"] == [one.subject for one in changed if "有变化" in one.says]
    assert (1, 1) == (first.new, first.refused)
    assert [("shop", "2611150001", "paid_fen:negative")] == [
        (one.source, one.order, one.why) for one in waiting
    ]
    assert ["2611150001"] == [one.subject for one in told if "收不进来" in one.says]
    assert [] == mended


CHAOS = Faults(down=5, cut=7, slow=11, slow_s=0.0, wrong=6, half=4, repeated=3, stale=2, shuffled=2)


@pytest.mark.parametrize("seed", range(6))
def test_chaos_loses_nothing_and_sets_nothing_back(
    db: SqliteDatabase, clock: FixedClock, seed: int
) -> None:
    """Whatever the platform does: no state goes back, no change is lost, nothing is made up."""
    chance = Chance(seed)
    now = START
    platform = make(clock, CHAOS, seed)
    platform.now = lambda: now
    numbers = [f"26111500{n:02d}" for n in range(12)]
    ranks: dict[str, int] = {}
    with served(platform) as url, reach(url, clock) as source:
        source._now = platform.now
        for step in range(12):
            for number in numbers:
                if chance.once_in(2, step, number):
                    _advance(platform, number)
            now += timedelta(minutes=40)
            _sync(db, source, now)
            ranks = _no_step_back(db, numbers, ranks)
        platform.faults = Faults()
        now += timedelta(hours=1)
        _sync(db, source, now)
    for number in numbers:
        _same(db, platform, number)

    assert [] == [one for one in source_store.list_refused(db, STORE) if one.order != "?"]
    assert 0 == platform.refused


def _sync(db: SqliteDatabase, source: HttpSource, now: datetime) -> None:
    sync(db, source, AROUND, lambda: now)


def _advance(platform: Platform, number: str) -> None:
    """Take an order one step on."""
    steps = [PAID, {**SENT, "parcels": [f"SF14{number}"], "tracking": []}, DONE]
    done = platform.steps(number)
    if done < len(steps):
        platform.put(number, **steps[done])


def _no_step_back(db: SqliteDatabase, numbers: list[str], before: dict[str, int]) -> dict[str, int]:
    known = store.list_orders(db, STORE, store.OrderFilter(count=100))
    ranks = {one.number: ORDER_RANK[one.status] for one in known}
    assert before.keys() <= ranks.keys() <= set(numbers)
    assert [] == [number for number, rank in before.items() if ranks[number] < rank]
    return ranks


def _same(db: SqliteDatabase, platform: Platform, number: str) -> None:
    if number not in platform.list_numbers():
        return
    told, facts = platform.last(number), store.get_facts(db, STORE, number)
    words = {PAID["status"]: "paid", SENT["status"]: "shipped", DONE["status"]: "finished"}
    assert words[told["status"]] == facts.order.status
    assert 1 == len(facts.lines)
    assert told.get("parcels", []) == [one.shipment.parcel for one in facts.parcels]
    assert () == facts.refunds


WHAT = Signed(method="POST", target="/api/v1/hooks/orders", body=b"{}")


@pytest.mark.parametrize(
    ("changed", "after", "reason"),
    [
        pytest.param({}, timedelta(0), "", id="as signed"),
        pytest.param({}, timedelta(minutes=6), "time", id="old"),
        pytest.param({}, timedelta(minutes=-6), "time", id="from the future"),
        pytest.param({SIGNATURE: "0" * 64}, timedelta(0), "signature", id="another signature"),
        pytest.param({NONCE: "another-nonce"}, timedelta(0), "signature", id="another nonce"),
        pytest.param({TIME: "0"}, timedelta(0), "signature", id="another time"),
        pytest.param({SIGNATURE: "é"}, timedelta(0), "signature", id="no hex"),
    ],
)
def test_who_may_push(changed: dict[str, str], after: timedelta, reason: str) -> None:
    """Signed under the key, of this moment, unchanged; names of headers in any case."""
    headers = {**sign(KEY, WHAT, START, "nonce-12345"), **changed}
    told = {name.lower(): value for name, value in headers.items()}
    found = ""
    try:
        check_signature(KEY, WHAT, told, START + after)
    except HookRefused as error:
        found = str(error.values["reason"])

    assert reason == found


@pytest.mark.parametrize("time", ["999999999999", "99999999999", "1e9", "-5", ""])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    """However well it is signed, also beyond the end of the calendar."""
    told = {TIME: time, NONCE: "nonce-12345", SIGNATURE: signature(KEY, WHAT, time, "nonce-12345")}

    with pytest.raises(HookRefused, match="time"):
        check_signature(KEY, WHAT, told, START)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(WHAT, method="GET"), id="method"),
        pytest.param(replace(WHAT, target="/api/v1/hooks/other"), id="path"),
        pytest.param(replace(WHAT, body=b"{ }"), id="body"),
    ],
)
def test_a_signature_is_of_one_request(other: Signed) -> None:
    """Nothing of it may be changed."""
    headers = sign(KEY, WHAT, START, "nonce-12345")

    with pytest.raises(HookRefused):
        check_signature(KEY, other, headers, START)


def test_halves_of_characters_are_no_trouble(db: SqliteDatabase, clock: FixedClock) -> None:
    """JSON may hold them; what is stored is text."""
    platform = make(clock)
    platform.put("2611150001", **{**PAID, "buyer_note": "\ud83d"})
    body = json.dumps({"as_of": START.isoformat(), "orders": [{"number": "\udc00"}]}).encode()

    assert 1 == run(db, platform, clock).new
    assert "\udc00" == read_page("shop", body).rows[0]["number"]
