"""Reviews over HTTP: the contract, merging, broken ones, chaos with invariants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from shopbot.ids import FixedClock
from shopbot.orders import review_store, review_sync, source_store
from shopbot.orders.feed import SyncReport
from shopbot.orders.review_calls import Made, record_call
from shopbot.orders.review_intake import Put, put_review
from shopbot.orders.review_model import Review
from shopbot.orders.review_store import ReviewFilter
from shopbot.orders.review_sync import Reviewing, sync_reviews
from shopbot.orders.round import find_round
from shopbot.orders.sentiment import Judge
from shopbot.orders.source import HttpSource
from shopbot.storage import SqliteDatabase
from tests.conftest import START
from tests.order_facts import RULES
from tests.unit.test_sync import PAID, STORE, make, reach, run

AROUND_REVIEWS = Reviewing(rules=RULES, judge=Judge)
BAD: dict[str, Any] = {
    "number": "2611150001", "at": "2026-11-21T10:00:00+08:00", "rating": 2,
    "text": "质量不行，穿两天就开线了", "sku": "LS-JK-01-BK-L", "buyer": "山间清风",
    "pictures": ["https://img.example/1.jpg", "https://img.example/2.jpg"],
}  # fmt: skip
GOOD: dict[str, Any] = {"rating": 5, "text": "客服换了一件，很满意"}
ADDED: dict[str, Any] = {
    "follow": "又坏了，质量太差", "follow_at": "2026-11-22T08:00:00+08:00",
}  # fmt: skip
EVERY = ReviewFilter(count=1000)


def fetch(db: SqliteDatabase, platform: Platform, clock: FixedClock) -> SyncReport:
    """Read the reviews once over HTTP."""
    with served(platform) as url, reach(url, clock) as source:
        return sync_reviews(db, source, AROUND_REVIEWS, clock.now)


def only(db: SqliteDatabase, name: str, kind: str = "first") -> Review:
    """Return the review of a source."""
    found = review_store.find_review(db, STORE, name, kind)  # type: ignore[arg-type]
    assert found is not None
    return found


def calls(db: SqliteDatabase, name: str) -> list[str]:
    """Return the states of all calls about a review and what was added to it."""
    found = [
        call
        for kind in ("first", "follow")
        if (one := review_store.find_review(db, STORE, name, kind)) is not None
        for call in review_store.list_calls(db, STORE, one.id)
    ]
    return [call.state for call in found]


def test_a_review_comes_in_as_from_a_table(db: SqliteDatabase, clock: FixedClock) -> None:
    """With stars, text, pictures and a call within a day; a second run has nothing new."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    first, again = fetch(db, platform, clock), fetch(db, platform, clock)
    review = only(db, "R1")

    assert [(1, 0, 0), (0, 0, 0)] == [(one.new, one.updated, one.refused) for one in (first, again)]
    assert (2, "neg", "shop", 2) == (
        review.rating, review.sentiment, review.source, len(review.pictures),
    )  # fmt: skip
    assert ["open"] == calls(db, "R1")


def test_a_changed_review_is_merged(db: SqliteDatabase, clock: FixedClock) -> None:
    """Other stars, an answer: one review still; the call that nobody needs is dropped."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    fetch(db, platform, clock)
    platform.put_review("R1", **GOOD, answer="谢谢您的理解")
    report = fetch(db, platform, clock)
    review = only(db, "R1")

    assert (0, 1) == (report.new, report.updated)
    assert (5, "谢谢您的理解") == (review.rating, review.answer)
    assert 1 == len(review_store.list_reviews(db, STORE, EVERY))
    assert ["dropped"] == calls(db, "R1")


def test_what_is_added_while_a_call_waits_brings_no_second_one(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """The buyer is called once about both, whether 追评 comes with the review or after it."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    platform.put_review("R2", **{**BAD, **ADDED})
    fetch(db, platform, clock)
    platform.put_review("R1", **ADDED)
    report = fetch(db, platform, clock)

    assert (0, 1) == (report.new, report.updated)
    assert "neg" == only(db, "R1", "follow").sentiment
    assert [["open"], ["open"]] == [calls(db, name) for name in ("R1", "R2")]


def test_what_is_added_after_a_call_is_another_matter(
    db: SqliteDatabase, clock: FixedClock
) -> None:
    """A complaint that was not known when the buyer was called brings a call, and only one."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    fetch(db, platform, clock)
    made = Made(result="apologised", cause="quality")
    db.transaction(lambda tx: record_call(tx, only(db, "R1").id, made, RULES, clock.now(), "agent"))
    clock.move(timedelta(hours=1))
    platform.put_review("R1", **ADDED)
    fetch(db, platform, clock)
    platform.put_review("R1", pictures=[])
    fetch(db, platform, clock)

    assert ["done", "open"] == calls(db, "R1")


def test_a_call_goes_over_to_what_still_complains(db: SqliteDatabase, clock: FixedClock) -> None:
    """The stars were changed, the complaint that was added stays: the buyer is still called."""
    platform = make(clock)
    platform.put_review("R1", **{**BAD, **ADDED})
    fetch(db, platform, clock)
    platform.put_review("R1", **GOOD)
    fetch(db, platform, clock)

    assert ["dropped", "open"] == calls(db, "R1")


def test_an_older_version_changes_nothing(db: SqliteDatabase, clock: FixedClock) -> None:
    """Each review speaks for its own moment, in whatever order the page has them."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    clock.move(timedelta(minutes=5))
    platform.put_review("R1", **GOOD)
    platform.faults = Faults(stale=1, repeated=1)
    fetch(db, platform, clock)

    assert 5 == only(db, "R1").rating
    assert "open" not in calls(db, "R1")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"rating": 9}, "rating:bad-rating", id="stars"),
        pytest.param({"rating": None, "text": ""}, "text:no-review", id="says nothing"),
        pytest.param({"at": "2027-01-01"}, "at:future", id="from the future"),
        pytest.param({"at": None}, "at:no-date", id="no time"),
        pytest.param({"number": ""}, "number:no-number", id="no order"),
        pytest.param({"as_of": "gestern"}, "as_of:bad-date", id="moment"),
        pytest.param({"text": ["a"], "rating": {"stars": 5}}, "rating:bad-rating", id="shapes"),
    ],
)
def test_a_broken_review_holds_up_no_other(
    db: SqliteDatabase, clock: FixedClock, changes: dict[str, Any], why: str
) -> None:
    """It stands on the morning's list with the reason until it comes mended."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    platform._reviews.versions["R1"][-1].update(changes)
    platform.put_review("R2", **BAD)
    report = fetch(db, platform, clock)
    waiting = source_store.list_refused(db, STORE)
    chores = find_round(db, RULES, clock.now()).of("reviews")
    platform.put_review("R1", **{**BAD, "as_of": None})
    fetch(db, platform, clock)

    assert (1, 1) == (report.new, report.refused)
    assert [("shop:reviews", "R1", why)] == [(one.source, one.order, one.why) for one in waiting]
    assert ("", "R1") in [(one.subject, one.ref) for one in chores]
    assert [] == source_store.list_refused(db, STORE)


def test_a_review_without_an_id_is_refused(db: SqliteDatabase, clock: FixedClock) -> None:
    """A change of it could not be told from another review."""
    platform = make(clock, Faults(half=1))
    platform.put_review("R1", **BAD)
    report = fetch(db, platform, clock)

    assert (1, 1) == (report.new, report.refused)
    assert ["source_id:no-review-id"] == [one.why for one in source_store.list_refused(db, STORE)]


def test_what_has_no_name_is_told_for_a_day(db: SqliteDatabase, clock: FixedClock) -> None:
    """It cannot come mended under its name; seen again it is told again."""
    platform = make(clock, Faults(half=1))
    platform.put("2611150001", **PAID)
    told: list[list[str]] = []
    for wait in (timedelta(0), timedelta(hours=20), timedelta(hours=20), timedelta(hours=25)):
        clock.move(wait)
        if len(told) < 2:  # the second time the list is empty but for what has no number
            run(db, platform, clock)
        now = clock.now()
        told.append([one.order for one in source_store.list_refused(db, STORE, now=now)])

    assert [["?"], ["?"], ["?"], []] == told


def test_a_source_without_reviews_is_no_failure(db: SqliteDatabase, clock: FixedClock) -> None:
    """A platform that keeps the first contract has no such list; nothing is kept of the try."""
    platform = make(clock)
    platform.lists_reviews = False
    report = fetch(db, platform, clock)

    assert ("", 0) == (report.problem, report.pages)
    assert [] == source_store.list_sources(db, STORE)


def test_orders_and_reviews_are_read_apart(db: SqliteDatabase, clock: FixedClock) -> None:
    """Each list has its own cursor and state."""
    platform = make(clock)
    platform.put_review("R1", **BAD)
    fetch(db, platform, clock)
    run(db, platform, clock)
    found = {one.source: one.cursor for one in source_store.list_sources(db, STORE)}

    assert {"shop": "0", "shop:reviews": "1"} == found


def test_time_that_is_up_ends_a_run_after_its_page(db: SqliteDatabase, clock: FixedClock) -> None:
    """What is on disk stays, and the next run goes on there."""
    platform = make(clock)
    for n in range(250):
        platform.put_review(f"R{n}", **BAD)
    with served(platform) as url, reach(url, clock) as source:
        first = sync_reviews(db, source, AROUND_REVIEWS, clock.now, until=clock.now())
        rest = sync_reviews(db, source, AROUND_REVIEWS, clock.now)

    assert [(1, 100, True), (2, 150, False)] == [
        (one.pages, one.new, one.more) for one in (first, rest)
    ]


def test_a_crash_in_a_page_loses_nothing(
    db: SqliteDatabase, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither reviews nor calls of a page that was not finished are there, nor is its cursor; then all are."""
    platform = make(clock)
    for n in range(150):
        platform.put_review(f"R{n}", **BAD)
    done = iter(range(130))

    def crash(*told: Any) -> Put:
        if next(done, None) is None:
            raise KeyboardInterrupt
        return put_review(*told)

    monkeypatch.setattr(review_sync, "put_review", crash)
    with pytest.raises(KeyboardInterrupt):
        fetch(db, platform, clock)
    monkeypatch.setattr(review_sync, "put_review", put_review)
    before = len(review_store.list_reviews(db, STORE, EVERY))
    cursor = source_store.get_source(db, STORE, "shop:reviews").cursor
    report = fetch(db, platform, clock)

    assert (100, "100", 50) == (before, cursor, report.new)
    assert 150 == len(review_store.list_open_calls(db, STORE))


CHAOS = Faults(
    down=5, cut=7, slow=11, late=9, wrong=6, half=4, repeated=2, stale=2, shuffled=2,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_chaos_neither_loses_nor_doubles_a_review(
    db: SqliteDatabase, clock: FixedClock, seed: int
) -> None:
    """Whatever the platform does: each review once, as it last stood, at most one call that waits."""
    chance, now = Chance(seed), START
    platform = make(clock, CHAOS, seed)
    platform.now = lambda: now
    names = [f"R{n}" for n in range(12)]
    with served(platform) as url, reach(url, clock) as source:
        source._now = platform.now
        for step in range(12):
            for name in names:
                if chance.once_in(3, step, name):
                    platform.put_review(name, **_version(chance, step, name))
            now += timedelta(minutes=40)
            _run(db, source, now)
            _no_call_twice(db, names)
        platform.faults = Faults()
        now += timedelta(hours=1)
        _run(db, source, now)
    there = platform.list_reviews()
    kept = {one.source_id: one for one in review_store.list_reviews(db, STORE, EVERY) if one.kind == "first"}  # fmt: skip

    assert there.keys() == kept.keys()
    assert {name: (told["rating"], told["text"]) for name, told in there.items()} == {
        name: (one.rating, one.text) for name, one in kept.items()
    }
    _no_call_twice(db, names)
    _each_complaint_has_its_call(db, there)
    assert 0 == platform.refused


def _version(chance: Chance, step: int, name: str) -> dict[str, Any]:
    """Return a review as it is written, changed or added to; its order may not be there yet."""
    told = {**BAD, "number": f"2611150{name[1:]:0>3}", "text": f"{BAD['text']}{step}"}
    told["rating"] = 1 + chance.below(5, "stars", step, name)
    return {**told, **ADDED} if chance.once_in(3, "added", step, name) else told


def _run(db: SqliteDatabase, source: HttpSource, now: datetime) -> None:
    sync_reviews(db, source, AROUND_REVIEWS, lambda: now)


def _no_call_twice(db: SqliteDatabase, names: list[str]) -> None:
    for name in names:
        open_calls = [state for state in calls(db, name) if state != "dropped"]
        assert len(open_calls) <= 1, name


def _each_complaint_has_its_call(db: SqliteDatabase, there: dict[str, Any]) -> None:
    for name, told in there.items():
        complains = told["rating"] <= RULES.reviews.bad_up_to or "follow" in told
        assert complains == ("open" in calls(db, name)), name
