"""Unpaid orders: reminded in their windows, left alone once they pay or write, and measured."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from typing_extensions import override

from shopbot import ids, jobs, messages
from shopbot.cli import app
from shopbot.orders import outgoing
from shopbot.orders.contact import NoReplies, Replies, RuleContact
from shopbot.orders.model import Order
from shopbot.orders.reminder_plan import Group, difference, find_nudge, is_held_out
from shopbot.orders.reminder_report import measure
from shopbot.orders.reminder_work import Means, list_entries, remind
from shopbot.orders.truth import StillTrue
from shopbot.rules import Rules
from shopbot.rules.reminders import BalanceTime, ReminderRules
from shopbot.storage import SqliteDatabase, Statement, Transaction
from tests.order_facts import RULES, STORE, at
from tests.order_facts import order as fact
from tests.order_tables import bring, line, order, write

BORN = at("2026-11-20 12:00")
NUMBER = "2611150001"
MINUTE = timedelta(minutes=1)
TOLD = Statement("told", "UPDATE orders SET as_of = :at")
ALL = replace(RULES, reminders=ReminderRules(held_out=0))
CAMPAIGN = BalanceTime(
    name="双11", deposit_from=at("2026-10-20 20:00"), deposit_until=at("2026-11-11 00:00"),
    since=at("2026-11-11 00:00"), until=at("2026-11-12 20:00"),
)  # fmt: skip


def unpaid(**changes: Any) -> Order:
    """Return an order that nobody has paid."""
    return fact(**{"status": "unpaid", "created_at": BORN, "paid_at": None, **changes})


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (14, ""), (15, "first"), (29, "first"), (30, ""), (119, ""), (120, "second"),
        (239, "second"), (240, ""), (22 * 60 - 1, ""), (22 * 60, "last"), (23 * 60 - 1, "last"),
        (23 * 60, ""), (25 * 60, ""),
    ],
)  # fmt: skip
def test_each_window_has_its_reminder(minutes: int, expected: str) -> None:
    """To the minute; between them and after closing there is none."""
    found = find_nudge(unpaid(), RULES, BORN + minutes * MINUTE)

    assert (f"order.remind.pay-{expected}" if expected else "") == (
        found.phrase.id if found else ""
    )


@pytest.mark.parametrize(
    ("now", "paid", "expected"),
    [
        ("2026-11-11 00:20", "2026-10-25 10:00", "balance-first"),
        ("2026-11-11 03:00", "2026-10-25 10:00", "balance-second"),
        ("2026-11-12 18:30", "2026-10-25 10:00", "balance-last"),
        ("2026-11-10 10:00", "2026-10-25 10:00", ""),
        ("2026-11-11 00:20", "2026-09-01 10:00", ""),
    ],
    ids=["open", "second", "closing", "not-yet", "another-campaign"],
)
def test_a_balance_is_reminded_in_its_campaign(now: str, paid: str, expected: str) -> None:
    """By the time of the deposit; a campaign nobody wrote down is not reminded."""
    rules = replace(RULES, reminders=ReminderRules(balances=(CAMPAIGN,)))
    told = unpaid(status="deposit_paid", deposit_paid_at=at(paid))
    found = find_nudge(told, rules, at(now))

    assert (f"order.remind.{expected}" if expected else "") == (found.phrase.id if found else "")


@pytest.mark.parametrize("status", ["paid", "shipped", "finished", "closed"])
def test_what_is_paid_or_closed_is_not_reminded(status: str) -> None:
    """Nor anything once the rule is off."""
    off = replace(RULES, reminders=ReminderRules(remind=False))

    assert find_nudge(unpaid(status=status), RULES, BORN + 20 * MINUTE) is None
    assert find_nudge(unpaid(), off, BORN + 20 * MINUTE) is None


# --- in the database ----------------------------------------------------------------------------------


class Wrote(Replies):
    """A buyer who wrote at a moment, or never."""

    def __init__(self, when: datetime | None) -> None:
        self._when = when

    @override
    def last_reply(self, store_id: str, order: str) -> datetime | None:
        return self._when


def brought(
    db: SqliteDatabase, folder: Path, *rows: dict[str, str], as_of: datetime = BORN
) -> None:
    """Import orders with a line each."""
    lines = [line(订单编号=row["订单编号"]) for row in rows]
    orders = write(folder / "o.csv", rows, as_of=as_of)
    bring(db, orders=orders, lines=write(folder / "l.csv", lines, as_of=as_of))


def waiting(number: str = NUMBER, **changes: str) -> dict[str, str]:
    """Return a row of an order that waits to be paid."""
    values = {
        "订单编号": number, "订单状态": "等待买家付款", "订单创建时间": "2026-11-20 12:00:00",
        "订单付款时间": "", "买家实际支付金额": "0.00",
    }  # fmt: skip
    return order(**{**values, **changes})


def watch(
    db: SqliteDatabase, minutes: int, rules: Rules = ALL, wrote: datetime | None = None
) -> list[str]:
    """Let the watch look at orders that were just told, and return what waits to be said of the first."""
    now = BORN + minutes * MINUTE
    db.transaction(lambda tx: tx.run(TOLD, at=ids.to_text(now)))
    return look(db, now, rules, wrote)


def look(
    db: SqliteDatabase, now: datetime, rules: Rules = ALL, wrote: datetime | None = None
) -> list[str]:
    """Let the watch look at orders as they are known."""
    means = Means(rules=rules, replies_of=lambda _r, _n: Wrote(wrote), new_seed=lambda: "seed")
    job = jobs.Job(
        id="job_1", store_id=STORE, kind="orders.remind-unpaid", key="k", due=now, payload={},
        attempt=1, max_attempts=1, worker="w",
    )  # fmt: skip
    db.transaction(remind(db, means, job, now))
    listed = outgoing.list_messages(db, STORE, NUMBER)
    return [one.phrase.removeprefix("order.remind.") for one in listed if one.state == "waiting"]


def test_three_reminders_come_one_after_another(db: SqliteDatabase, tmp_path: Path) -> None:
    """Each once however often the watch looks; a window that is over withdraws what waits."""
    brought(db, tmp_path, waiting())
    found = [watch(db, minutes) for minutes in (10, 20, 25, 40, 130, 250, 22 * 60 + 10, 26 * 60)]

    assert [[], ["pay-first"], ["pay-first"], [], ["pay-second"], [], ["pay-last"], []] == found
    assert 3 == len(outgoing.list_messages(db, STORE, NUMBER))


def test_a_reply_ends_it(db: SqliteDatabase, tmp_path: Path) -> None:
    """Also what waits; the later windows say nothing."""
    brought(db, tmp_path, waiting())
    before = watch(db, 20)
    after = watch(db, 25, wrote=BORN + 22 * MINUTE)
    later = watch(db, 130)

    assert (["pay-first"], [], []) == (before, after, later)


def test_a_payment_ends_it(db: SqliteDatabase, tmp_path: Path) -> None:
    """What waits is withdrawn."""
    brought(db, tmp_path, waiting())
    before = watch(db, 20)
    paid = waiting(
        订单状态="买家已付款，等待卖家发货",
        订单付款时间="2026-11-20 12:21:00",
        买家实际支付金额="548.00",
    )
    brought(db, tmp_path, paid, as_of=BORN + 22 * MINUTE)
    after = watch(db, 25)
    [entry] = list_entries(db, STORE, only_open=False, count=10)

    assert (["pay-first"], []) == (before, after)
    assert entry.ended_at is not None


def delivered(db: SqliteDatabase, minutes: int) -> list[tuple[str, str, str]]:
    """Deliver what may go, and return how each reminder of the first order stands."""
    now = BORN + minutes * MINUTE

    def work(tx: Transaction) -> None:
        policy, truth = RuleContact(ALL), StillTrue(ALL)
        for message in outgoing.take_due(tx, STORE, policy, NoReplies(), now, truth=truth):
            outgoing.mark_sent(tx, message, now)

    db.transaction(work)
    listed = outgoing.list_messages(db, STORE, NUMBER)
    return [(one.phrase.removeprefix("order.remind."), one.state, one.why) for one in listed]


def test_an_old_file_reminds_nobody(db: SqliteDatabase, tmp_path: Path) -> None:
    """Who was unpaid in it may have paid since; what waits when it gets old does not go."""
    brought(db, tmp_path, waiting(), as_of=BORN + 20 * MINUTE)
    first = look(db, BORN + 25 * MINUTE)
    old = look(db, BORN + 150 * MINUTE)
    brought(db, tmp_path, waiting(), as_of=BORN + 155 * MINUTE)
    new = look(db, BORN + 160 * MINUTE)

    assert (["pay-first"], ["pay-first"], ["pay-second"]) == (first, old, new)
    assert ("pay-second", "dropped", "not-true") == delivered(db, 220)[1]


@pytest.mark.parametrize(
    ("minutes", "paid", "expected"),
    [
        pytest.param(21, False, ("pay-first", "sent", ""), id="in its window"),
        pytest.param(21, True, ("pay-first", "dropped", "not-true"), id="paid since"),
        pytest.param(30, False, ("pay-first", "dropped", "too-old"), id="its window is over"),
    ],
)
def test_a_reminder_is_looked_at_again_when_it_goes(
    db: SqliteDatabase, tmp_path: Path, minutes: int, paid: bool, expected: tuple[str, str, str]
) -> None:
    """Who paid since the watch looked is not asked to, and what was put off does not go late."""
    brought(db, tmp_path, waiting())
    watch(db, 20)
    if paid:
        row = waiting(
            订单状态="买家已付款，等待卖家发货",
            订单付款时间="2026-11-20 12:20:30",
            买家实际支付金额="548.00",
        )
        brought(db, tmp_path, row, as_of=BORN + 21 * MINUTE)

    assert [expected] == delivered(db, minutes)


def test_nobody_is_reminded_in_the_night(db: SqliteDatabase, tmp_path: Path) -> None:
    """A window within the quiet hours is let go, not made up for in the morning."""
    brought(db, tmp_path, waiting(订单创建时间="2026-11-20 21:30:00"))

    assert [] == watch(db, 9 * 60 + 30 + 20)
    assert [] == watch(db, 9 * 60 + 30 + 150)
    assert [] == watch(db, 22 * 60)


def test_a_tenth_is_held_out_by_a_recorded_seed(db: SqliteDatabase, tmp_path: Path) -> None:
    """It enters the comparison and is never written to; the first seed stays."""
    brought(db, tmp_path, waiting())
    everybody = replace(RULES, reminders=ReminderRules(held_out=50))
    held = is_held_out("seed", "山间清风", 50)
    told = watch(db, 20, everybody)
    [entry] = list_entries(db, STORE, only_open=True, count=10)

    assert held == entry.held_out
    assert ([] if held else ["pay-first"]) == told


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 50), st.text(min_size=1, max_size=8))
def test_the_held_out_are_as_many_as_told(share: int, seed: str) -> None:
    """Within what chance allows, nested: a larger share holds out all of a smaller one."""
    found = {n for n in range(400) if is_held_out(seed, str(n), share)}
    more = {n for n in range(400) if is_held_out(seed, str(n), share + 5)}

    assert abs(len(found) / 400 - share / 100) < 0.13
    assert found <= more


# --- the effect ---------------------------------------------------------------------------------------


def test_the_interval_is_newcombes() -> None:
    """The example of the paper: 56/70 against 48/80 gives 0.0524 to 0.3339."""
    found = difference(Group(orders=70, paid=56), Group(orders=80, paid=48))

    assert found is not None
    assert (0.2, 0.0524, 0.3339) == tuple(round(value, 4) for value in found)
    assert difference(Group(), Group(orders=1)) is None


def test_the_effect_counts_what_was_paid_in_time(db: SqliteDatabase, tmp_path: Path) -> None:
    """Once its hours are over, in both groups; too few orders are said to be too few."""
    numbers = [f"26111500{n:02d}" for n in range(1, 21)]
    rules = replace(RULES, reminders=ReminderRules(held_out=50))
    rows = [waiting(n, 买家会员名=f"买家{n}") for n in numbers]
    brought(db, tmp_path, *rows)
    watch(db, 20, rules)
    early = measure(db, rules, BORN, BORN + timedelta(days=2), BORN + timedelta(hours=20))
    paid = [
        {
            **row,
            "订单状态": "买家已付款，等待卖家发货",
            "订单付款时间": "2026-11-20 14:00:00",
            "买家实际支付金额": "548.00",
        }
        for row in rows[:5]
    ]
    brought(db, tmp_path, *paid, as_of=BORN + timedelta(hours=3))
    [pay, balance] = measure(db, rules, BORN, BORN + timedelta(days=2), BORN + timedelta(days=3))
    held = [is_held_out("seed", f"买家{n}", 50) for n in numbers]

    assert 0 == early[0].reminded.orders + early[0].held_out.orders
    assert (held.count(False), held.count(True)) == (pay.reminded.orders, pay.held_out.orders)
    assert (held[:5].count(False), held[:5].count(True)) == (pay.reminded.paid, pay.held_out.paid)
    assert 0 == balance.reminded.orders
    assert not pay.enough


def test_the_command_reports_an_empty_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON with nulls, in Chinese with the reason."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "store.yaml").write_text("id: test\nname: 店\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(tmp_path / "store"))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))

    def run(*told: str) -> str:
        result = CliRunner().invoke(app, ["reminders", *told], catch_exceptions=False)

        assert 0 == result.exit_code, result.output
        return result.stdout

    told = json.loads(run("report", "--json"))

    assert [None, None] == [one["difference"] for one in told["effects"]]
    assert messages.text("reminders.too-few") in run("report")
    assert messages.text("reminders.none") in run("list")
    assert [] == json.loads(run("list", "--json"))
