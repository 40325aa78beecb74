"""Orders whose source cannot be read: known up to a moment, told with it, never made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot import jobs
from shopbot.chat.model import Conversation
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from shopbot.ids import FixedClock
from shopbot.orders import access, due_work, outgoing, reminder_work, store
from shopbot.orders.access import Asker
from shopbot.orders.actions import ACTIONS, plan
from shopbot.orders.breaker import Breaker
from shopbot.orders.describe import describe
from shopbot.orders.dialogue import Apply, Known, Refuse, Slots, Talk
from shopbot.orders.freshness import GIVEN_UP, Standing, is_down, known_until
from shopbot.orders.source_store import SourceState
from shopbot.orders.sync import sync
from shopbot.storage import SqliteDatabase, Transaction
from shopbot.worker import Agenda, run_once
from tests.conftest import START
from tests.order_facts import NUMBER, RULES, facts, order, rules, signed_parcel
from tests.simulators.talk import TalkStage, said_entry, shop_knowledge, talk_stage
from tests.unit.test_sync import AROUND, FRESH, PAID, SENT, STORE, make, reach

NOW = START
OPEN = Breaker(failures=3, open_until=NOW + timedelta(minutes=1))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def source(read: float | None, breaker: Breaker = OPEN, tried: float = 1) -> SourceState:
    """Return a source that was read, and tried, so many minutes ago."""
    as_of = None if read is None else NOW - read * MINUTE
    return SourceState(source="shop", as_of=as_of, breaker=breaker, tried_at=NOW - tried * MINUTE)


CLOSED, HICCUP = Breaker(), Breaker(failures=2)


@pytest.mark.parametrize(
    ("told", "state", "until"),
    [
        pytest.param(600, None, None, id="imported from a file"),
        pytest.param(600, source(3, CLOSED), None, id="read as it should be"),
        pytest.param(600, source(3, HICCUP), None, id="a hiccup"),
        pytest.param(600, source(59, HICCUP), None, id="not old yet"),
        pytest.param(600, source(61, CLOSED), 61, id="nothing new for too long"),
        pytest.param(600, source(3), 3, id="down, read a moment ago"),
        pytest.param(2, source(3), None, id="down, but pushed since"),
        pytest.param(90, source(120), 90, id="down, pushed long ago"),
        pytest.param(90, source(None), 90, id="never read to its end"),
        pytest.param(2, source(None, HICCUP), None, id="never read, just told"),
    ],
)
def test_up_to_when_an_order_is_known(
    told: float, state: SourceState | None, until: float | None
) -> None:
    """By its own word and the last that its source told, whichever is newer."""
    known = order(source="shop", as_of=NOW - told * MINUTE)
    found = known_until(known, {"shop": state} if state else {}, FRESH, NOW)

    assert (None if until is None else NOW - until * MINUTE) == found


@given(
    told=st.integers(0, 10_000),
    read=st.none() | st.integers(0, 10_000),
    breaker=st.sampled_from([CLOSED, HICCUP, OPEN]),
)
def test_nothing_old_is_told_as_the_present(told: int, read: int | None, breaker: Breaker) -> None:
    """Never more than the rule behind without its moment, and the moment is never later than what came."""
    known = order(source="shop", as_of=NOW - told * MINUTE)
    newest = NOW - min(told, told if read is None else read) * MINUTE
    until = known_until(known, {"shop": source(read, breaker)}, FRESH, NOW)

    assert until in (None, newest)
    assert until is not None or NOW - newest <= FRESH


@pytest.mark.parametrize(
    ("state", "down"),
    [
        pytest.param(source(3, CLOSED), False, id="as it should be"),
        pytest.param(source(3), True, id="down"),
        pytest.param(source(90, CLOSED), True, id="old"),
        pytest.param(source(None, HICCUP), True, id="never read"),
        pytest.param(source(3, tried=25 * 60), False, id="given up"),
    ],
)
def test_whether_an_order_may_be_missing(state: SourceState, down: bool) -> None:
    """Only a source that somebody tries to read can have orders that are not here."""
    assert down == is_down([state], FRESH, NOW)
    assert timedelta(hours=24) == GIVEN_UP


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", ["unpaid", "paid", "part_shipped", "shipped", "finished"])
def test_no_action_writes_on_old_data(action: str, status: str) -> None:
    """It tells with its moment, or a person looks; the deed of a report changes nothing of the order."""
    mine = facts(order=order(status=status, source="shop"))
    known = Known(
        rules=RULES, talk=Talk(id="t"), orders=(mine,),
        known_until={NUMBER: NOW - timedelta(hours=2)},
    )  # fmt: skip
    found = plan(action, Slots(order=NUMBER), known, NOW)
    ids = [one.id for one in getattr(found, "phrases", ())]
    telling = action in ("order.status", "order.track")

    if action in ("return.progress", "return.ship_back") or (telling and status == "finished"):
        assert not any("stale" in one for one in ids)
    elif telling:
        assert isinstance(found, Apply)
        assert ids[0] == ("order.stale.as-of" if status == "shipped" else "order.stale.status")
    else:
        assert isinstance(found, Refuse)
        assert (["order.stale.hand-over"], True) == (ids, found.hand_over)


@pytest.mark.parametrize(
    ("action", "status", "ids"),
    [
        ("order.status", "paid", ["order.as-of", "order.ship.late"]),
        ("order.urge", "paid", ["order.as-of", "order.ship.late", "order.urge.noted"]),
        ("order.status", "unpaid", ["order.as-of", "order.ship.unpaid"]),
        ("order.status", "shipped", ["order.track.signed"]),
        ("order.status", "closed", ["order.ship.closed"]),
        ("order.cancel", "paid", ["order.confirm.cancel"]),
    ],
)
def test_an_old_file_is_told_with_its_moment(action: str, status: str, ids: list[str]) -> None:
    """What may have gone out since is not told as the present; parcels and ends need no moment."""
    sent = {} if status == "shipped" else {"parcels": ()}
    mine = facts(order=order(status=status), **sent)
    known = Known(rules=RULES, talk=Talk(id="t"), orders=(mine,), file_of={NUMBER: NOW - 30 * HOUR})
    found = plan(action, Slots(order=NUMBER), known, NOW)

    assert ids == [one.id for one in found.phrases]


@pytest.mark.parametrize(
    ("told", "named", "dated"),
    [(23, "table.csv", False), (25, "table.csv", True), (25, "shop", False)],
    ids=["of-today", "of-yesterday", "of-a-source-that-is-read"],
)
def test_which_orders_are_of_an_old_file(told: int, named: str, dated: bool) -> None:
    """A source that is read says by itself how it is doing; a file says no more than its date."""
    mine = order(source=named, as_of=NOW - told * HOUR)
    standing = Standing(sources={"shop": source(3, CLOSED)}, fresh=FRESH, now=NOW)

    assert (mine.as_of if dated else None) == standing.file_of(mine, RULES.logistics.file_fresh)


@pytest.mark.parametrize(
    ("status", "text", "next_step"),
    [
        pytest.param("paid", "截至10:00的状态是“已付款，待发货”", "check-source", id="unsent"),
        pytest.param("shipped", "截至10:00的状态是“已发货”", "check-source", id="sent"),
        pytest.param("finished", "", "none", id="ended"),
    ],
)
def test_an_order_is_shown_with_its_moment(status: str, text: str, next_step: str) -> None:
    """To shoppers on their page and to staff; what was promised is not told as if it still held."""
    shown = facts(
        order=order(status=status), parcels=() if status == "paid" else (signed_parcel(),)
    )
    found = describe(shown, RULES, NOW, known_until=NOW - timedelta(hours=2))
    as_ever = describe(shown, RULES, NOW)

    assert text in found.text
    assert next_step == found.next
    assert ("前发出" in as_ever.text, "前发出" in found.text) == (status == "paid", False)
    assert bool(text) == (found.text != as_ever.text)


# --- in the talk, with a platform that dies ------------------------------------------------------------

ASKED, CANCEL = "我的订单怎么样了", "我要取消订单"
Say = Callable[[str], str]


@pytest.fixture
def platform(clock: FixedClock) -> Platform:
    """A platform with one paid order and one that was sent."""
    made = make(clock)
    made.put(NUMBER, **PAID)
    made.put("2611150002", **PAID)
    made.put("2611150002", **SENT)
    return made


@pytest.fixture
def shop(db: SqliteDatabase, clock: FixedClock, tmp_path: Path, platform: Platform) -> TalkStage:
    """A shop that has read the platform once."""
    read(db, clock, platform)
    known = shop_knowledge()
    known.add("怎么样", said_entry("how", topic="order-status", action="order.status"))
    known.add("取消", said_entry("cancel", topic="order-cancel", action="order.cancel"))
    return talk_stage(db, clock, tmp_path / "media", known=known, rules=RULES, store_id=STORE)


def read(db: SqliteDatabase, clock: FixedClock, platform: Platform, times: int = 1) -> None:
    """Read the platform over HTTP."""
    with served(platform) as url, reach(url, clock) as found:
        for _ in range(times):
            sync(db, found, AROUND, clock.now)


def say(shop: TalkStage, talk: Conversation, text: str) -> str:
    """Write as the shopper and return what the bot says to it, as one text."""
    before = len(shop.said(talk))
    shop.write(talk, text)
    shop.clock.move(timedelta(seconds=5))  # type: ignore[attr-defined]
    shop.run_due()
    return "".join(shop.said(talk)[before:])


def prove(shop: TalkStage, talk: Conversation, number: str) -> None:
    """Show an order to be the shopper's."""
    asker = Asker(store_id=STORE, visitor=talk.visitor, address="192.0.2.9")
    now = shop.clock.now()
    shop.chat.gear.db.transaction(
        lambda tx: access.prove_by_phone(tx, asker, number=number, tail="5512", now=now)
    )


def test_a_dead_platform_is_no_made_up_status(
    shop: TalkStage, db: SqliteDatabase, clock: FixedClock, platform: Platform
) -> None:
    """Read: told as the present. Down: told with its moment. Read again: the present once more."""
    talk, other = shop.chat.open(visitor="vis_1"), shop.chat.open(visitor="vis_2")
    for one in (talk, other):
        prove(shop, one, NUMBER)
    before = say(shop, talk, ASKED)
    platform.put(NUMBER, **SENT)
    platform.faults = Faults(down=1)
    clock.move(timedelta(minutes=5))
    read(db, clock, platform, times=3)
    during = say(shop, talk, f"{ASKED}呢")
    platform.faults = Faults()
    clock.move(timedelta(minutes=5))
    read(db, clock, platform)
    after = say(shop, other, ASKED)

    assert ["order.ship" in told for told in (before, during, after)] == [True, False, False]
    assert "order.stale.status" in during
    assert "截至12:00" in during  # the last moment that the platform told of, on the store's clock
    assert "order.track" in after
    assert "stale" not in before + after


def test_on_old_data_nothing_is_done(
    shop: TalkStage, db: SqliteDatabase, clock: FixedClock, platform: Platform
) -> None:
    """A cancel goes to a person: it may have left the house meanwhile."""
    talk = shop.chat.open(visitor="vis_1")
    prove(shop, talk, NUMBER)
    platform.faults = Faults(wrong=1)
    read(db, clock, platform, times=3)
    told = say(shop, talk, CANCEL)
    names = [one.name for one in store.list_events(db, STORE, NUMBER)]

    assert "order.stale.hand-over" in told
    assert "queue" == shop.chat.find(talk.id).holder
    assert not any(name.startswith("order.cancel") for name in names)


def test_a_push_makes_an_order_fresh(
    shop: TalkStage, db: SqliteDatabase, clock: FixedClock, platform: Platform
) -> None:
    """What the platform has pushed since is told as the present, though its list is down."""
    from shopbot.orders.feed import SyncReport
    from shopbot.orders.source import Page
    from shopbot.orders.sync import take_page

    talk = shop.chat.open(visitor="vis_1")
    prove(shop, talk, NUMBER)
    platform.faults = Faults(down=1)
    clock.move(timedelta(minutes=5))
    read(db, clock, platform, times=3)
    pushed = Page(as_of=clock.now(), rows=({**PAID, "number": NUMBER},), cursor="", more=False)
    report = SyncReport(source="shop")
    db.transaction(lambda tx: take_page(tx, pushed, "shop", AROUND, clock.now(), report))
    told = say(shop, talk, ASKED)

    assert "order.ship" in told
    assert "stale" not in told


def test_nobody_hears_news_from_old_data(
    db: SqliteDatabase, clock: FixedClock, platform: Platform
) -> None:
    """No broken promise and no reminder while the order may have been sent, or paid, meanwhile."""
    platform.put("2611150003", **{**UNPAID, "created_at": (NOW - 20 * MINUTE).isoformat()})
    read(db, clock, platform)
    platform.faults = Faults(down=1)
    read(db, clock, platform, times=3)
    run_once(db, watches(db), worker="one", now=clock.now())
    during = {number: told(db, number) for number in (NUMBER, "2611150003")}
    platform.faults = Faults()
    clock.move(timedelta(minutes=2))
    read(db, clock, platform)
    for kind in ("orders.watch-promises", "orders.remind-unpaid"):
        again = jobs.Plan(store_id=STORE, kind=kind, key="again", due=clock.now(), payload={})
        db.transaction(lambda tx, again=again: jobs.plan(tx, again, clock.now()))  # type: ignore[misc]
    run_once(db, watches(db), worker="one", now=clock.now())

    assert {NUMBER: [], "2611150003": []} == during
    assert ["order.ship.late"] == told(db, NUMBER)
    assert ["order.remind.pay-first"] == told(db, "2611150003")


UNPAID = {**PAID, "status": "unpaid", "paid": "0.00", "paid_at": None}


def watches(db: SqliteDatabase) -> Agenda:
    """Return the watches that may tell buyers something."""

    def registry() -> jobs.Registry:
        return reminder_work.register(due_work.registry(db, ALL_REMINDED), db, ALL_REMINDED)

    def plan_all(tx: Transaction, now: datetime) -> None:
        due_work.plan_watches(tx, STORE, now)
        reminder_work.plan_watches(tx, STORE, now)

    return Agenda(registry=registry, plan=plan_all, next_plan=due_work.next_slot)


ALL_REMINDED = rules(reminders={"held_out": 0})


def told(db: SqliteDatabase, number: str) -> list[str]:
    """Return the phrases that an order's buyer is told unasked."""
    return [one.phrase for one in outgoing.list_messages(db, STORE, number)]


@pytest.mark.parametrize("number", [NUMBER, "2611159999"], ids=["somebody else's", "not there"])
def test_a_missing_order_is_looked_for_by_a_person(
    shop: TalkStage, db: SqliteDatabase, clock: FixedClock, platform: Platform, number: str
) -> None:
    """It may be new and not here yet; whose it is, or whether it is there, cannot be told apart."""
    talk = shop.chat.open(visitor="vis_1")
    platform.faults = Faults(down=1)
    read(db, clock, platform, times=3)
    told = [say(shop, talk, text) for text in (ASKED, number, "0000")]

    assert "order.stale.not-found" in told[-1]
    assert "queue" == shop.chat.find(talk.id).holder


def test_an_order_of_an_old_file_is_shown_with_its_moment() -> None:
    """What may have gone out since is shown as of the file; a parcel tells that of itself."""
    moment = NOW - 30 * HOUR
    texts = [
        describe(facts(order=order(status=status), **parcels), RULES, NOW, file_of=moment).text
        for status, parcels in (("paid", {"parcels": ()}), ("shipped", {}))
    ]

    assert [True, False] == ["之后的变化以订单页为准" in text for text in texts]
