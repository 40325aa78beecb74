"""Waiting for goods: what becomes of a wish, told once when they are there, never otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product as every
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot import jobs
from shopbot.chat import buyers
from shopbot.chat.delivery import TalkReplies
from shopbot.chat.rounds import Rounds
from shopbot.chat.service import Chat
from shopbot.desk.service import Desk
from shopbot.ids import FixedClock
from shopbot.orders import outgoing, proactive_work, restock_store
from shopbot.orders.contact import MessageState
from shopbot.orders.restock import (
    ENDS,
    EVENTS,
    TABLE,
    OnShelf,
    Seen,
    StockState,
    Wish,
    WishState,
    is_bought,
    next_event,
    stepped,
)
from shopbot.orders.truth import StillTrue
from shopbot.rules.proactive import Telling
from shopbot.storage import SqliteDatabase, open_database
from tests.order_facts import NUMBER, RULES, STORE, at, line
from tests.reception_stage import HOUR, MINUTE, SECOND, Shop
from tests.reception_stage import shop as reception_shop
from tests.simulators.shelf import JACKET, Rack, counter
from tests.unit.test_cases import HEAD
from tests.unit.test_cases import shop as order_shop
from tests.unit.test_due_work import bring

__all__ = ["order_shop"]  # a fixture

NOW = at("2026-11-18 10:00")
BLACK_L = ("黑", "L")
BOUGHT = "2611190001"


def wish(**changes: Any) -> Wish:
    """Return a wish for a black jacket in L."""
    values: dict[str, Any] = {
        "id": "wsh_1", "store_id": STORE, "visitor": "vis_1", "product": JACKET, "name": "冲锋衣",
        "colour": "黑", "size": "L", "asked_at": NOW, "expires_at": NOW + timedelta(days=60),
    }  # fmt: skip
    return Wish(**{**values, **changes})


# --- the table -----------------------------------------------------------------------------------------


def test_every_state_can_be_reached() -> None:
    """From open, by the events of the table; what has ended stays so."""
    reached: set[WishState] = {"open"}
    for _ in get_args(WishState):
        reached |= {TABLE[pair] for pair in TABLE if pair[0] in reached}

    assert set(get_args(WishState)) == reached
    assert not [pair for pair in TABLE if pair[0] in ENDS]


@pytest.mark.parametrize(("state", "event"), list(every(get_args(WishState), EVENTS)))
def test_a_step_is_in_the_table_or_refused(state: WishState, event: Any) -> None:
    """Loudly."""
    if (state, event) in TABLE:
        assert TABLE[state, event] == stepped(state, event)
    else:
        with pytest.raises(ValueError, match="cannot happen"):
            stepped(state, event)


@given(
    st.sampled_from(["open", "due"]),
    st.sampled_from(get_args(StockState)),
    st.booleans(),
    st.sampled_from(get_args(MessageState)),
    st.sampled_from(["not-true", "too-old", "no-talk", "staff"]),
    st.integers(0, 100),
)
def test_what_happens_is_always_possible(
    state: WishState, stock: StockState, bought: bool, message: MessageState, why: str, days: int
) -> None:
    """And nobody is told to come for what is not there, or is theirs."""
    shelf = OnShelf(product=JACKET, name="冲锋衣", state=stock, as_of=NOW)
    seen = Seen(shelf=shelf, bought=bought, message=message if state == "due" else None, why=why)
    event = next_event(wish(state=state), seen, NOW + timedelta(days=days))

    assert event is None or (state, event) in TABLE
    if event == "back":
        assert stock in ("in", "partial")
        assert not bought
        assert days < 60


@pytest.mark.parametrize(
    ("sku", "colour", "size", "status", "expected"),
    [
        ("LS-JK-01-BK-L", "黑", "L", "normal", True),
        ("LS-JK-01", "", "", "normal", True),
        ("LS-JK-01-BK-L", "黑", "L码", "normal", True),
        ("LS-JK-01-BK-XL", "黑", "XL", "normal", False),
        ("LS-JK-01-GN-L", "绿", "L", "normal", False),
        ("LS-JK-011-BK-L", "黑", "L", "normal", False),
        ("LS-JK-01-BK-L", "黑", "L", "refunded", False),
    ],
    ids=[
        "it",
        "not-told",
        "size-as-said",
        "other-size",
        "other-colour",
        "other-goods",
        "sent-back",
    ],
)
def test_what_counts_as_bought(
    sku: str, colour: str, size: str, status: Any, expected: bool
) -> None:
    """The same goods; a colour or size that nobody told may be the wanted one."""
    assert expected == is_bought(wish(), [line(sku=sku, colour=colour, size=size, status=status)])


# --- in a talk -----------------------------------------------------------------------------------------


@dataclass
class Counter:
    """A shop with a rack, a shopper and due work."""

    shop: Shop
    rack: Rack

    def ask(self, text: str, visitor: str = "vis_1") -> str:
        """Write as a shopper; return the bot's last words."""
        talk = self.shop.ask(text, visitor)
        return self.shop.stage.said(talk)[-1]

    def look_after(self, by: timedelta = timedelta(0)) -> None:
        """Let time pass, then let the watch look and the news be told."""
        self.shop.clock.move(by)
        now = self.shop.clock.now()
        truth = StillTrue(self.shop.rules, self.rack, TalkReplies)
        told = self.shop.rules
        with self.shop.db.snapshot() as reader:
            ripe = proactive_work.find_ripe(reader, truth, told, now)
        self.shop.db.transaction(lambda tx: proactive_work.tend(tx, ripe, truth, told, now))
        self.shop.rounds.tend()

    def told(self, visitor: str = "vis_1") -> list[str]:
        """Return what the shopper was told of goods being back."""
        talk = self.shop.chat.history(visitor=visitor)[0]
        lines = self.shop.lines(talk, "shopper")
        return [one for one in lines if "stock.notice.back" in one]

    def wishes(self) -> list[tuple[str, str, str]]:
        """Return colour, size and state of what is waited for."""
        found = restock_store.list_open(self.shop.db, STORE)
        return [(one.colour, one.size, one.state) for one in found]


def counter_of(db: SqliteDatabase, folder: Path, **proactive: Any) -> Counter:
    """Return a shop at whose counter one may wait for goods; ``proactive`` changes its rules."""
    made = reception_shop(db, FixedClock(NOW), folder)
    rules = replace(made.rules, proactive=replace(made.rules.proactive, **proactive))
    rack = Rack()
    gear = replace(made.chat.gear, kb=counter(), shelf=rack, rules=lambda: rules)
    seats = gear.desk
    assert isinstance(seats, Desk)
    made.stage.chat = Chat(gear)
    return Counter(shop=replace(made, rounds=Rounds(gear, seats), rules=rules), rack=rack)


@pytest.fixture
def here(order_shop: SqliteDatabase, tmp_path: Path) -> Counter:
    """A shop with one order of somebody."""
    return counter_of(order_shop, tmp_path)


def test_a_shopper_waits_and_is_told_once(here: Counter) -> None:
    """Not before the goods are there, once however often somebody looks, with the date of the figure."""
    noted = here.ask("冲锋衣黑色L码有货了叫我")
    here.look_after(HOUR)
    before = here.told()
    here.rack.there.add(BLACK_L)
    for _ in range(3):
        here.look_after(HOUR)
    here.rack.there.clear()
    here.look_after(HOUR)
    here.rack.there.add(BLACK_L)
    here.look_after(HOUR)

    assert "〔stock.notice.noted·0〕商品冲锋衣（黑，L），截止时间2027年1月17日" == noted
    assert [] == before
    assert ["bot:〔stock.notice.back·0〕商品冲锋衣（黑，L），截至11月18日12:00"] == here.told()
    assert [] == here.wishes()


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        pytest.param("", "冲锋衣黑L有货了叫我", ("黑", "L"), id="all-at-once"),
        pytest.param("冲锋衣黑L有货吗", "有货了叫我", ("黑", "L"), id="asked-before"),
        pytest.param("冲锋衣黑L有货吗", "XL有货了叫我", ("黑", "XL"), id="another-size"),
        pytest.param("有货了叫我", "冲锋衣 黑 L", ("黑", "L"), id="asked-which-goods"),
        pytest.param("冲锋衣有货了叫我", "黑XL", ("黑", "XL"), id="asked-which-one"),
        pytest.param("冲锋衣紫L有货了叫我", "那黑的", ("黑", "L"), id="no-such-colour"),
    ],
)
def test_which_goods_are_waited_for(
    here: Counter, first: str, then: str, expected: tuple[str, str]
) -> None:
    """Said now, asked about before, or asked for; one other thing is there, so it has to be known."""
    here.rack.there.add(("绿", "XL"))
    if first:
        here.ask(first)
    here.ask(then)

    assert [(*expected, "open")] == here.wishes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("有货了叫我", "stock.notice.ask"),
        ("冲锋衣有货了叫我", "stock.notice.which"),
        ("冲锋衣紫色有货了叫我", "stock.notice.which"),
        ("冲锋衣绿XL有货了叫我", "stock.notice.in-stock"),
        ("羽绒服有货了叫我", "亲，发款名给我~"),
    ],
    ids=["no-goods", "some-are-there", "no-such-colour", "it-is-there", "nobody-counts"],
)
def test_who_cannot_wait_is_told_why(here: Counter, text: str, expected: str) -> None:
    """And nothing is written down."""
    here.rack.there.add(("绿", "XL"))

    assert expected in here.ask(text)
    assert [] == here.wishes()


def test_the_same_twice_is_one_wish(here: Counter) -> None:
    """Another colour is another; another shopper too; more than the shop allows are refused."""
    limited = counter_of(here.shop.db, here.shop.chat.gear.media, restock_most=2)
    said = [limited.ask(f"冲锋衣{what}有货了叫我") for what in ("黑L", "黑L", "绿L", "绿XL")]
    limited.ask("冲锋衣黑L有货了叫我", "vis_2")

    assert ["noted", "already", "noted", "full"] == [
        one.partition("·")[0].rpartition(".")[2] for one in said
    ]
    assert 3 == len(limited.wishes())


def test_another_question_ends_the_asking(here: Counter) -> None:
    """What is said later of goods is not taken for the answer."""
    here.ask("有货了叫我")
    here.ask("多久发货？")
    here.ask("我在看冲锋衣黑L")

    assert [] == here.wishes()


def test_who_wants_no_more_is_not_told(here: Counter) -> None:
    """One of several when it is named, all when none is; the message on its way is withdrawn."""
    here.ask("冲锋衣黑L有货了叫我")
    here.ask("冲锋衣绿L有货了叫我")
    here.rack.there.add(BLACK_L)
    here.shop.clock.move(timedelta(hours=12))  # at night: it waits for the morning
    here.look_after()
    stopped = here.ask("别叫了")
    here.look_after(timedelta(days=1))

    assert "商品冲锋衣（黑，L）、冲锋衣（绿，L）" in stopped
    assert "stock.notice.none" in here.ask("别叫了")
    assert ([], []) == (here.told(), here.wishes())


def test_quiet_hours_hold_for_goods_too(here: Counter) -> None:
    """Back in the evening, told in the morning, if they still are there."""
    here.ask("冲锋衣黑L有货了叫我")
    here.rack.there.add(BLACK_L)
    here.look_after(timedelta(hours=12))
    night = here.told()
    here.look_after(timedelta(hours=12))

    assert ([], 1) == (night, len(here.told()))


@pytest.mark.parametrize("change", ["gone", "stale"])
def test_goods_that_are_gone_again_are_not_told(here: Counter, change: str) -> None:
    """By the delivery's own look; who waits waits on, and is told when they are back."""
    here.ask("冲锋衣黑L有货了叫我")
    here.rack.there.add(BLACK_L)
    here.look_after(timedelta(hours=12))
    if change == "gone":
        here.rack.there.clear()
    else:
        here.rack.stale = True
    here.shop.clock.move(timedelta(hours=12))
    here.shop.rounds.tend()
    gone = here.told()
    here.look_after(MINUTE)
    waiting = here.wishes()
    here.rack.there.add(BLACK_L)
    here.rack.stale = False
    here.look_after(HOUR)

    assert ([], [("黑", "L", "open")]) == (gone, waiting)
    assert 1 == len(here.told())


def test_who_writes_of_something_else_is_still_told(here: Counter) -> None:
    """Nobody else would tell them."""
    here.ask("冲锋衣黑L有货了叫我")
    here.rack.there.add(BLACK_L)
    here.look_after(timedelta(hours=12))
    here.shop.clock.move(timedelta(hours=12))
    here.ask("多久发货？")
    here.look_after(MINUTE)

    assert 1 == len(here.told())


def test_who_has_bought_it_meanwhile_is_not_told(here: Counter, tmp_path: Path) -> None:
    """An order that is known to be theirs, or another of the same buyer, has it."""
    here.ask("冲锋衣黑L有货了叫我")
    here.shop.db.transaction(
        lambda tx: buyers.note_buyer(tx, STORE, NUMBER, "vis_1", here.shop.clock.now())
    )
    row = (
        f'{BOUGHT},山**风,300.00,0.00,300.00,300.00,"买家已付款，等待卖家发货",浙江省 杭州市 西湖区 **路,'
        "2026-11-18 12:12:33,2026-11-18 12:13:02,,\n"
    )
    bring(here.shop.db, tmp_path, row, "", at("2026-11-18 13:00"))
    lines = tmp_path / "l.csv"
    lines.write_text(
        "订单编号,标题,价格,购买数量,外部系统编号,商品属性,订单状态,商家编码\n"
        f"{BOUGHT},冲锋衣,300.00,1,,颜色分类:黑;尺码:L,,{JACKET}-BK-L\n",
        encoding="utf-8",
    )
    _bring_lines(here.shop.db, lines, tmp_path)
    here.rack.there.add(BLACK_L)
    here.look_after(4 * HOUR)

    assert ([], []) == (here.told(), here.wishes())
    assert HEAD


def _bring_lines(db: SqliteDatabase, file: Path, folder: Path) -> None:
    from shopbot.orders.importer import ImportRequest, Surroundings, run_import
    from tests.order_facts import SHANGHAI

    now = at("2026-11-18 13:00")
    around = Surroundings(store_id=STORE, who="test", now=now, zone=SHANGHAI)
    run_import(db, ImportRequest(lines=file, as_of=now, rejects=folder / "r.csv"), around)


def test_nobody_waits_for_ever(here: Counter) -> None:
    """After the shop's time it is over, and goods that come later are not told."""
    here.ask("冲锋衣黑L有货了叫我")
    here.look_after(timedelta(days=60))
    here.rack.there.add(BLACK_L)
    here.look_after(HOUR)

    assert ([], []) == (here.told(), here.wishes())


def test_agents_may_look_first(order_shop: SqliteDatabase, tmp_path: Path) -> None:
    """Where the shop wants that; dropped, it is over for who waited."""
    first = Telling(tell="agents-first", hold=HOUR, then="go")
    here = counter_of(order_shop, tmp_path, restock=first)
    here.ask("冲锋衣黑L有货了叫我")
    here.ask("冲锋衣黑L有货了叫我", "vis_2")
    here.rack.there.add(BLACK_L)
    here.look_after(MINUTE)
    held = outgoing.list_held(here.shop.db, STORE)
    mine = next(one for one in held if one.visitor == "vis_2")
    here.shop.db.transaction(
        lambda tx: proactive_work.drop(
            tx, mine.id, "只剩一件", here.shop.rules, here.shop.clock.now(), "小岭"
        )
    )
    before = here.told()
    here.look_after(2 * HOUR)
    here.look_after(HOUR)

    assert (2, []) == (len(held), before)
    assert (1, 0) == (len(here.told()), len(here.told("vis_2")))
    assert [] == here.wishes()


def test_caps_hold_for_orders_and_goods_together(here: Counter) -> None:
    """One person behind order and browser: one message, the next after the gap."""
    from tests.unit.test_delivery import plan

    here.ask("冲锋衣黑L有货了叫我")
    here.shop.db.transaction(
        lambda tx: buyers.note_buyer(tx, STORE, NUMBER, "vis_1", here.shop.clock.now())
    )
    here.shop.clock.move(SECOND)
    plan(here.shop)
    here.rack.there.add(BLACK_L)
    here.look_after(MINUTE)
    at_first = len(here.told())
    here.look_after(HOUR)
    within = len(here.told())
    here.look_after(2 * HOUR)

    assert (0, 0, 1) == (at_first, within, len(here.told()))


def test_two_wishes_are_told_one_after_the_other(here: Counter) -> None:
    """Goods that come together: one message, the next after the gap."""
    here.ask("冲锋衣黑L有货了叫我")
    here.ask("冲锋衣绿L有货了叫我")
    here.rack.there |= {BLACK_L, ("绿", "L")}
    counts = []
    for by in (MINUTE, HOUR, 2 * HOUR):
        here.look_after(by)
        counts.append(len(here.told()))

    assert [1, 1, 2] == counts


def test_goods_that_come_an_hour_later_wait_for_the_gap(here: Counter) -> None:
    """What was told to this visitor counts, though it spoke of no order."""
    here.ask("冲锋衣黑L有货了叫我")
    here.ask("冲锋衣绿L有货了叫我")
    here.rack.there.add(BLACK_L)
    here.look_after(MINUTE)
    here.rack.there.add(("绿", "L"))
    counts = []
    for _ in range(3):
        here.look_after(HOUR)
        counts.append(len(here.told()))

    assert [1, 2, 2] == counts


def test_how_many_wait_for_what(here: Counter) -> None:
    """The most wanted first, with how many are about to be told."""
    for visitor in ("vis_1", "vis_2"):
        here.ask("冲锋衣黑L有货了叫我", visitor)
    here.ask("冲锋衣绿L有货了叫我", "vis_3")
    here.rack.there.add(("绿", "L"))
    here.shop.clock.move(timedelta(hours=12))
    here.look_after()
    found = restock_store.list_waiting(here.shop.db, STORE)

    assert [("冲锋衣（黑，L）", 2, 0), ("冲锋衣（绿，L）", 1, 1)] == [
        (one.title, one.waiting, one.due) for one in found
    ]


def test_people_have_the_word(here: Counter) -> None:
    """While a person holds the talk nothing is written down for the shopper."""
    here.shop.wait_for_human()
    here.shop.ask("冲锋衣黑L有货了叫我")

    assert [] == here.wishes()


# --- a walk --------------------------------------------------------------------------------------------

STEPS = ("ask", "stop", "come", "go", "hour", "night", "watch", "tell")


@contextmanager
def scratch() -> Iterator[Counter]:
    """Give a shop of its own."""
    with TemporaryDirectory() as folder:
        db = open_database(Path(folder))
        try:
            yield counter_of(db, Path(folder))
        finally:
            db.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_told_at_most_once_a_wish_and_only_what_is_there(steps: list[str]) -> None:
    """Whatever happens in whatever order; nothing is under way for a wish that is over."""
    with scratch() as here:
        noted = 0
        for step in steps:
            told = len(here.told()) if noted else 0
            noted += walk(here, step)
            more = (len(here.told()) if noted else 0) - told

            assert more <= 1
            assert more == 0 or BLACK_L in here.rack.there
        assert not noted or len(here.told()) <= noted
        here.look_after()
        open_ = restock_store.list_open(here.shop.db, STORE)
        under_way = {one.message for one in open_ if one.state == "due"}
        rows = here.shop.db.all(outgoing.Q.due_messages, store_id=STORE, now="9999", count=99)

        assert {row["id"] for row in rows} <= under_way


def walk(here: Counter, step: str) -> int:
    """Take a step; return how many wishes it made."""
    if step == "ask":
        return int("stock.notice.noted" in here.ask("冲锋衣黑L有货了叫我"))
    if step == "stop":
        here.ask("别叫了")
    elif step == "come":
        here.rack.there.add(BLACK_L)
    elif step == "go":
        here.rack.there.clear()
    elif step in ("hour", "night"):
        here.shop.clock.move(HOUR if step == "hour" else 13 * HOUR)
    elif step == "watch":
        here.look_after()
    else:
        here.shop.rounds.tend()
    return 0


def test_the_watch_is_cheap_when_nobody_waits(db: SqliteDatabase) -> None:
    """Neither shelf nor writer is asked."""

    class NoShelf:
        def look(self, *_: object) -> None:
            raise AssertionError("the shelf was asked")

    made = proactive_work.register(jobs.Registry(), db, RULES, NoShelf())
    db.transaction(lambda tx: proactive_work.plan_watches(tx, STORE, NOW))

    assert 1 == jobs.run_due(db, made, worker="w", now=NOW).done
