"""Shipping promises: when an order is owed, broken, paused, and what an urging shopper hears."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.model import OrderFacts
from shopbot.orders.promises import (
    NEXT,
    find_ship_by,
    judge_promise,
    judge_urging,
    likely_ship_day,
)
from shopbot.rules.model import CampaignPromise, Pause
from tests.order_facts import PAID, RULES, at, facts, order, parcel, rules

FESTIVAL = Pause(name="2027春节", since=at("2027-02-02 12:00"), until=at("2027-02-11 00:00"))
CAMPAIGN = CampaignPromise(
    name="双11",
    paid_from=at("2026-10-31 20:00"),
    paid_until=at("2026-11-12 00:00"),
    ship_by=at("2026-11-26 00:00"),
)
SHOP = rules(shipping={"pauses": (FESTIVAL,), "campaigns": (CAMPAIGN,)})


def unshipped(**changes: Any) -> OrderFacts:
    """Return a paid order without a parcel."""
    return facts(order=order(**{"status": "paid", **changes}), parcels=())


ROWS = [
    ({"status": "unpaid", "paid_at": None}, "2026-11-16 09:00", "unpaid", "nothing is owed yet"),
    ({"status": "deposit_paid"}, "2026-11-16 09:00", "deposit", "the balance is open"),
    ({"paid_at": None}, "2026-11-16 09:00", "undated", "paid, nobody knows when: no promise"),
    ({"status": "closed"}, "2026-11-16 09:00", "closed", "nothing is owed any more"),
    ({}, "2026-11-16 09:00", "waiting", "in time"),
    ({}, "2026-11-17 03:13", "due-soon", "six hours before the end"),
    ({}, "2026-11-17 09:12", "due-soon", "one minute before the end"),
    ({}, "2026-11-17 09:13", "late", "48 hours after payment"),
    ({"status": "part_shipped"}, "2026-11-18 09:13", "late", "the rest is still owed"),
    ({"presale": True, "presale_ship_by": at("2026-12-01 00:00")}, "2026-11-20 09:00", "presale", "by its date"),
    ({"presale": True, "presale_ship_by": at("2026-12-01 00:00")}, "2026-12-01 00:00", "presale-late", "date gone"),
    ({"presale": True}, "2026-12-01 00:00", "presale-unknown", "no date was told, none is made up"),
    ({"paid_at": at("2026-11-10 09:00")}, "2026-11-20 09:00", "waiting", "the campaign's own promise"),
    ({"paid_at": at("2026-11-10 09:00")}, "2026-11-26 00:00", "late", "the campaign's promise broken"),
    ({"paid_at": at("2027-02-02 10:00")}, "2027-02-05 10:00", "paused", "the warehouse rests"),
    ({"paid_at": at("2027-02-02 10:00")}, "2027-02-12 21:59", "due-soon", "46 of 48 hours after the rest"),
    ({"paid_at": at("2027-02-02 10:00")}, "2027-02-12 22:00", "late", "two hours before, 46 after"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "when", "state", "why"), ROWS, ids=[f"{r[2]}-{i}" for i, r in enumerate(ROWS)]
)
def test_how_an_unshipped_order_stands(
    changes: dict[str, Any], when: str, state: str, why: str
) -> None:
    """State, reason, words and next step."""
    verdict = judge_promise(unshipped(**changes), SHOP, at(when))

    assert state == verdict.state, why
    assert NEXT[verdict.state] == verdict.next
    assert all(check.reason for check in verdict.reasons)


def test_a_stock_out_is_a_breach_of_its_own() -> None:
    """What cannot be shipped is offered an exchange or the money."""
    verdict = judge_promise(unshipped(), SHOP, at("2026-11-15 12:00"), stock_out=True)

    assert (True, "order.ship.stock-out", "offer-exchange-or-refund") == (
        verdict.breached,
        verdict.phrase.id,
        verdict.next,
    )


def test_a_broken_promise_is_told_with_its_time() -> None:
    """The phrase carries the moment that was promised."""
    verdict = judge_promise(unshipped(), SHOP, at("2026-11-18 09:13"))

    assert ("order.ship.late", {"最晚发货": "11月17日09:13"}) == (
        verdict.phrase.id,
        dict(verdict.phrase.values),
    )


@pytest.mark.parametrize(
    ("left", "state"), [("2026-11-16 18:00", "shipped"), ("2026-11-18 18:00", "shipped-late")]
)
def test_shipped_in_time_or_late(left: str, state: str) -> None:
    """After shipping it is known whether the promise was kept."""
    told = facts(parcels=(parcel(shipped_at=at(left)),))

    assert state == judge_promise(told, SHOP, at("2026-11-20 09:00")).state


def test_a_second_urging_is_told_of_the_first() -> None:
    """Within twelve hours the answer is what was done before; later it is urged anew."""
    late = unshipped()
    first, second = at("2026-11-18 09:00"), at("2026-11-18 15:00")
    soon = judge_urging(late, SHOP, second, last_urged=first)
    later = judge_urging(late, SHOP, first + timedelta(hours=13), last_urged=first)

    assert ("order.urge.again", {"上次催单": "09:00"}, "order.ship.late") == (
        soon.phrase.id,
        dict(soon.phrase.values),
        later.phrase.id,
    )


@pytest.mark.parametrize(
    ("paid", "day", "why"),
    [
        pytest.param("2026-11-20 15:59", date(2026, 11, 20), "before the cutoff", id="friday"),
        pytest.param(
            "2026-11-20 16:00", date(2026, 11, 21), "after it, Saturday works", id="cutoff"
        ),
        pytest.param("2026-11-22 10:00", date(2026, 11, 23), "Sunday is Monday", id="sunday"),
        pytest.param("2026-09-20 10:00", date(2026, 9, 20), "a Sunday that is worked", id="moved"),
        pytest.param("2027-02-02 13:00", date(2027, 2, 11), "after the break", id="festival"),
    ],
)
def test_the_usual_day(paid: str, day: date, why: str) -> None:
    """The warehouse's habit: same day before four, Sundays on Monday."""
    assert day == likely_ship_day(at(paid), SHOP), why


@given(st.integers(0, 60 * 24 * 120), st.integers(0, 60 * 24 * 120))
def test_paying_later_is_never_owed_earlier(one: int, other: int) -> None:
    """Promises keep the order of payments, and are never shorter than the rule says."""
    paid = [at("2026-11-15 00:00") + timedelta(minutes=m) for m in sorted((one, other))]
    ends = [find_ship_by(order(paid_at=moment), SHOP) for moment in paid]

    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0].at <= ends[1].at
    assert ends[0].at >= paid[0] + SHOP.shipping.promise


def test_without_payment_nothing_is_promised() -> None:
    """An unpaid order has no last moment."""
    assert find_ship_by(order(paid_at=None), RULES) is None
    assert find_ship_by(order(paid_at=PAID), RULES) is not None
