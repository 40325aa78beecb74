"""Changes before shipping: the window, who is asked, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.changes import find_window, judge_change
from shopbot.orders.model import OrderFacts
from shopbot.orders.wishes import (
    AddressWish,
    CancelWish,
    ItemWish,
    NoteWish,
    QuantityWish,
    Wish,
)
from shopbot.rules.model import Pause
from tests.order_facts import PAID, RULES, at, facts, line, order, rules

SOON, LATER = PAID + timedelta(hours=1), PAID + timedelta(hours=5)
HERE, FAR = AddressWish(province="江苏省"), AddressWish(province="新疆维吾尔自治区")


def unshipped(**changes: Any) -> OrderFacts:
    """Return a paid order of two jackets, not shipped."""
    values: dict[str, Any] = {"status": "paid", "paid_fen": 100000, **changes}
    return facts(order=order(**values), lines=(line(quantity=2),), parcels=())


@pytest.mark.parametrize(
    ("told", "now", "window", "why"),
    [
        pytest.param(unshipped(status="unpaid", paid_at=None), SOON, "unpaid", "", id="unpaid"),
        pytest.param(unshipped(), SOON, "paid", "not at the packing table yet", id="paid"),
        pytest.param(unshipped(), LATER, "packing", "four hours after payment", id="packing"),
        pytest.param(facts(), SOON, "shipped", "a parcel is there", id="shipped"),
        pytest.param(facts(), at("2026-11-18 10:00"), "ended", "all was signed for", id="signed"),
        pytest.param(facts(order=order(status="finished")), SOON, "ended", "received", id="finished"),
        pytest.param(unshipped(status="closed"), SOON, "ended", "closed", id="closed"),
        pytest.param(
            unshipped(presale=True, presale_ship_by=at("2026-12-10 00:00")), LATER, "paid",
            "a presale is packed shortly before its date", id="presale",
        ),
    ],
)  # fmt: skip
def test_the_window(told: OrderFacts, now: Any, window: str, why: str) -> None:
    """How far the order is from the buyer's hands."""
    assert window == find_window(told, RULES, now), why


def test_nothing_is_packed_while_the_warehouse_rests() -> None:
    """In the break an order stays changeable."""
    rest = Pause(name="春节", since=at("2027-02-02 12:00"), until=at("2027-02-11 00:00"))
    shop = rules(shipping={"pauses": (rest,)})
    told = unshipped(paid_at=at("2027-02-03 10:00"))
    seen = [find_window(told, shop, at(when)) for when in ("2027-02-09 10:00", "2027-02-11 05:00")]

    assert ["paid", "packing"] == seen


UNPAID = unshipped(status="unpaid", paid_at=None)
ROWS: list[tuple[str, OrderFacts, Any, Wish, str, int]] = [
    ("address, early", unshipped(), SOON, HERE, "do", 0),
    ("address, packing", unshipped(), LATER, HERE, "ask-warehouse", 0),
    ("address, shipped", facts(), SOON, HERE, "ask-courier", 0),
    ("address, unpaid", UNPAID, SOON, HERE, "buyer-does", 0),
    ("address, remote", unshipped(), SOON, FAR, "do", 1800),
    ("address, remote, postage paid", unshipped(shipping_fen=800), SOON, FAR, "do", 1000),
    ("address, Hong Kong", unshipped(), SOON, AddressWish(province="香港特别行政区"), "refuse", 0),
    ("phone alone", unshipped(), SOON, AddressWish(only_phone=True), "do", 0),
    ("size, same price", unshipped(), SOON, ItemWish(line_no=1, unit_fen=59800, in_stock=True), "do", 0),
    ("size, dearer", unshipped(), SOON, ItemWish(line_no=1, unit_fen=60800, in_stock=True), "do", 2000),
    ("size, cheaper", unshipped(), SOON, ItemWish(line_no=1, unit_fen=58800, in_stock=True), "do", -2000),
    ("size, stock unknown", unshipped(), SOON, ItemWish(line_no=1, unit_fen=59800, in_stock=None), "ask-warehouse", 0),
    ("size, price unknown", unshipped(), SOON, ItemWish(line_no=1, unit_fen=None, in_stock=True), "ask-warehouse", 0),
    ("size, sold out", unshipped(), SOON, ItemWish(line_no=1, unit_fen=59800, in_stock=False), "refuse", 0),
    ("size, shipped", facts(), SOON, ItemWish(line_no=1, unit_fen=59800, in_stock=True), "after-receipt", 0),
    ("another style", unshipped(), SOON, ItemWish(line_no=1, unit_fen=1, in_stock=True, same_style=False), "new-order", 0),
    ("one fewer", unshipped(), SOON, QuantityWish(line_no=1, quantity=1), "do", -50000),
    ("one more", unshipped(), SOON, QuantityWish(line_no=1, quantity=3), "new-order", 0),
    ("as many", unshipped(), SOON, QuantityWish(line_no=1, quantity=2), "refuse", 0),
    ("note", unshipped(), SOON, NoteWish(text="放门口"), "do", 0),
    ("note, packing", unshipped(), LATER, NoteWish(text="放门口"), "ask-warehouse", 0),
    ("note, unpaid", UNPAID, SOON, NoteWish(text="放门口"), "do", 0),
    ("note, blank", unshipped(), SOON, NoteWish(text="  "), "refuse", 0),
    ("note, too long", unshipped(), SOON, NoteWish(text="长" * 201), "refuse", 0),
    ("note, shipped", facts(), SOON, NoteWish(text="放门口"), "refuse", 0),
    ("cancel, unpaid", UNPAID, SOON, CancelWish(), "buyer-does", 0),
    ("cancel, early", unshipped(), SOON, CancelWish(), "do", 0),
    ("cancel, packing", unshipped(), LATER, CancelWish(), "ask-warehouse", 0),
    ("cancel, shipped", facts(), SOON, CancelWish(), "ask-courier", 0),
    ("cancel, received", facts(order=order(status="finished")), SOON, CancelWish(), "after-receipt", 0),
    ("cancel, closed", unshipped(status="closed"), SOON, CancelWish(), "refuse", 0),
    ("address, received", facts(order=order(status="finished")), SOON, HERE, "after-receipt", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "told", "now", "wish", "outcome", "difference"), ROWS, ids=[row[0] for row in ROWS]
)
def test_what_becomes_of_a_wish(
    why: str, told: OrderFacts, now: Any, wish: Wish, outcome: str, difference: int
) -> None:
    """Outcome and price; whoever is asked has a time to answer; each check has its sentence."""
    verdict = judge_change(told, wish, RULES, now)

    assert (outcome, difference) == (verdict.outcome, verdict.difference_fen), why
    assert (verdict.answer_by is not None) == outcome.startswith("ask-")
    assert all(row.reason for row in verdict.checks)


def test_a_shop_may_refuse_redirecting() -> None:
    """A rule value keeps addresses as they are once shipped."""
    shop = rules(changes={"address_after_shipping": False})

    assert "order.change.too-late" == judge_change(facts(), HERE, shop, SOON).phrase.id


def test_a_cancel_tells_what_goes_back() -> None:
    """The whole sum, in the words."""
    verdict = judge_change(unshipped(), CancelWish(), RULES, SOON)

    assert verdict.refund is not None
    assert (100000, {"退款金额": "1000元"}) == (
        verdict.refund.cash_fen,
        dict(verdict.phrase.values),
    )


def test_an_unknown_line_is_an_error() -> None:
    """Who calls must have chosen a line that is there."""
    with pytest.raises(KeyError):
        judge_change(unshipped(), QuantityWish(line_no=9, quantity=1), RULES, SOON)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_windows_only_close(one: int, other: int) -> None:
    """What needs asking does not become free again by waiting."""
    ranks = {"paid": 0, "packing": 1}
    seen = [
        find_window(unshipped(), RULES, PAID + timedelta(minutes=m)) for m in sorted((one, other))
    ]

    assert ranks[seen[0]] <= ranks[seen[1]]
