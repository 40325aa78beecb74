"""Cancelling an order or one of its lines: what may be chosen, what goes back, what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.actions import plan
from shopbot.orders.dialogue import WHOLE, Apply, Cancel, Choose, Confirm, Known, Plan, Slots, Talk
from shopbot.orders.model import OrderFacts
from shopbot.orders.refunds import plan_cancel
from shopbot.storage import SqliteDatabase
from tests.order_facts import NUMBER, PAID, RULES, case, facts, line, order, parcel
from tests.unit.test_acting import PAID as TWO_LINES
from tests.unit.test_acting import agreed, facts_of, shop

__all__ = ["shop"]  # a fixture

SOON, PACKING = PAID + timedelta(hours=1), PAID + timedelta(hours=12)
JACKET = line(1)
SHIRT = line(2, title="速干T恤", sku="LS-TS-03-GY-M", unit_fen=15900)
TOWEL = line(3, title="毛巾", sku="", unit_fen=0, gift=True)
UNSENT = facts(
    order=order(status="paid", paid_fen=75700, goods_fen=75700, total_fen=75700),
    lines=(JACKET, SHIRT, TOWEL),
    parcels=(),
)
LEFT_1 = replace(
    UNSENT, order=replace(UNSENT.order, status="part_shipped"), parcels=(parcel(line_nos=(1,)),)
)
LEFT_UNKNOWN = replace(LEFT_1, parcels=(parcel(),))
LEFT_ALL = replace(UNSENT, order=replace(UNSENT.order, status="shipped"), parcels=(parcel(),))
GIVEN_BACK = replace(
    UNSENT, cases=(case(kind="refund", reason="cancelled", state="approved", line_no=2),)
)


def cancelled(about: OrderFacts, now: Any = SOON, **said: Any) -> Plan:
    """Return the next step of a cancel."""
    return plan(
        "order.cancel", Slots(**said), Known(rules=RULES, talk=Talk(id="t"), orders=(about,)), now
    )


@pytest.mark.parametrize(
    ("about", "now", "options"),
    [
        (UNSENT, SOON, ["0", "1", "2"]),
        (UNSENT, PACKING, ["0", "1", "2"]),
        (LEFT_1, PACKING, ["0", "2"]),
        (LEFT_UNKNOWN, PACKING, None),
        (LEFT_ALL, PACKING, None),
        (GIVEN_BACK, SOON, None),
        (replace(UNSENT, lines=(JACKET, TOWEL)), SOON, None),
    ],
    ids=["paid", "packing", "one-has-left", "nobody-knows-which", "all-have-left", "one-is-left",
         "gifts-do-not-count"],
)  # fmt: skip
def test_what_may_be_cancelled_is_offered(
    about: OrderFacts, now: Any, options: list[str] | None
) -> None:
    """The whole first, then lines that are surely with the shop; no choice where there is none."""
    found = cancelled(about, now)
    again = cancelled(about, now, line=9)

    assert options == ([one.value for one in found.options] if isinstance(found, Choose) else None)
    assert found == again
    if isinstance(found, Choose):
        assert "order.option.whole" == found.options[0].phrase.id
        assert str(WHOLE) == found.options[0].value


@pytest.mark.parametrize(
    ("about", "now", "line_no", "phrase", "at_once", "fen"),
    [
        (UNSENT, SOON, 2, "order.confirm.cancel-line", True, 15900),
        (UNSENT, PACKING, 1, "order.confirm.cancel-line", False, 59800),
        (UNSENT, SOON, 0, "order.confirm.cancel", True, 75700),
        (LEFT_1, PACKING, 2, "order.confirm.cancel-line", False, 15900),
    ],
    ids=["line", "packing", "whole", "rest"],
)
def test_what_goes_back_is_told_first(
    about: OrderFacts, now: Any, line_no: int, phrase: str, at_once: bool, fen: int
) -> None:
    """The share of that line, or all."""
    found = cancelled(about, now, line=line_no)

    assert isinstance(found, Confirm)
    assert isinstance(found.deed, Cancel)
    assert (phrase, at_once, fen) == (
        found.phrases[0].id,
        found.deed.at_once,
        found.deed.refund_fen,
    )
    assert (line_no or None) == found.deed.line_no


@pytest.mark.parametrize(
    ("about", "line_no", "phrase"),
    [
        (LEFT_1, 1, "order.change.after-receipt"),
        (LEFT_ALL, 2, "order.change.after-receipt"),
        (replace(UNSENT, cases=(case(line_no=1),)), 1, "return.check.open-case"),
        (replace(UNSENT, cases=(case(line_no=1),)), 0, "return.check.open-case"),
    ],
    ids=["has-left", "may-have-left", "in-a-case", "whole-with-a-case"],
)
def test_what_cannot_be_cancelled_is_told(about: OrderFacts, line_no: int, phrase: str) -> None:
    """With what helps instead."""
    two = replace(about, lines=(replace(JACKET, quantity=2), *about.lines[1:]))

    assert phrase == cancelled(two, PACKING, line=line_no).phrases[0].id


def test_an_order_of_which_a_line_is_cancelled_goes_on() -> None:
    """It is urged and told of as before; only when nothing is left the cancel is all there is."""
    whole = replace(GIVEN_BACK, lines=(SHIRT, TOWEL))
    told = [
        plan("order.status", Slots(), Known(rules=RULES, talk=Talk(id="t"), orders=(about,)), SOON)
        for about in (GIVEN_BACK, whole)
    ]

    assert ["order.ship.waiting", "order.cancel.pending"] == [one.phrases[0].id for one in told]


def test_lines_cancelled_one_by_one_come_to_the_whole(shop: SqliteDatabase) -> None:
    """To the fen, postage with the last; each opens its own case and task."""
    expected = plan_cancel(facts_of(shop, TWO_LINES), RULES)
    first = agreed(shop, "order.cancel", TWO_LINES, line=2)
    between = facts_of(shop, TWO_LINES)
    agreed(shop, "order.cancel", TWO_LINES)
    after = facts_of(shop, TWO_LINES)

    assert isinstance(first, Apply)
    assert [(2, "approved")] == [(one.line_no, one.state) for one in between.cases]
    assert 0 == sum(one.shipping_fen for one in between.refunds)
    assert expected.cash_fen == sum(one.cash_fen for one in after.refunds)
    assert expected.shipping_fen == sum(one.shipping_fen for one in after.refunds)
    assert [2, None] == [task.line_no for task in after.tasks]


@given(
    units=st.lists(st.integers(1, 100_000), min_size=2, max_size=5),
    off=st.integers(0, 50),
    order_of=st.randoms(use_true_random=False),
)
def test_shares_of_cancelled_lines_sum_to_what_was_paid(
    units: list[int], off: int, order_of: Any
) -> None:
    """In any order of lines, whatever the discount."""
    total = sum(units)
    paid = total - total * off // 100
    lines = tuple(line(n, unit_fen=unit) for n, unit in enumerate(units, start=1))
    about = facts(
        order=order(status="paid", goods_fen=total, total_fen=total, paid_fen=paid),
        lines=lines, parcels=(),
    )  # fmt: skip
    numbers = [one.line_no for one in lines]
    order_of.shuffle(numbers)
    sums = []
    for number in numbers:
        sums.append(plan_cancel(about, RULES, number).cash_fen)
        about = replace(
            about,
            cases=(*about.cases, case(id=str(number), line_no=number, kind="refund",
                                      reason="cancelled", state="approved")),
        )  # fmt: skip

    assert paid == sum(sums)
    assert NUMBER == about.order.number
