"""Refunds to the fen: parts sum to the whole, never more than paid, in any order of returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.case_refunds import plan_case_refund
from shopbot.orders.model import Discount, OrderFacts, Refund
from shopbot.orders.money import count_money
from shopbot.orders.refunds import RefundPlan, plan_cancel, plan_refund
from shopbot.orders.shares import first_pieces, next_pieces, split
from shopbot.rules.model import Gift
from shopbot.rules.setting import Fen
from tests.order_facts import PAID, RULES, case, facts, line, order, rules

FEN = st.integers(0, 10_000_000)


@given(FEN, st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12))
def test_shares_sum_to_the_whole(whole: int, weights: list[int]) -> None:
    """Each share is within a fen of the exact one, and together they are the whole."""
    shares = split(whole, weights)
    total = sum(weights)

    assert whole == sum(shares)
    assert all(share >= 0 for share in shares)
    if total:
        assert all(
            whole * w // total <= s <= whole * w // total + 1
            for s, w in zip(shares, weights, strict=True)
        )


@given(FEN, st.integers(1, 30), st.data())
def test_pieces_come_to_the_same_in_any_steps(whole: int, quantity: int, data: Any) -> None:
    """One by one or all at once, the pieces come to the whole."""
    gone, total = 0, 0
    while gone < quantity:
        pieces = data.draw(st.integers(1, quantity - gone))
        total += next_pieces(whole, gone, pieces, quantity)
        gone += pieces
        assert first_pieces(whole, gone, quantity) == total

    assert whole == total


@pytest.mark.parametrize(
    ("whole", "weights"), [(-1, [1]), (1, [-1]), (1, [])], ids=["negative", "weight", "nobody"]
)
def test_nonsense_is_refused(whole: int, weights: list[int]) -> None:
    """Negative amounts, and money without anybody to give it to."""
    with pytest.raises(ValueError, match=r"shares|nobody"):
        split(whole, weights)


def two_lines(**changes: Any) -> OrderFacts:
    """Return the example of the shop's own policy: 300 and 200 yuan, 425 paid."""
    return facts(
        order=order(goods_fen=50000, total_fen=50000, paid_fen=42500, **changes),
        lines=(line(1, unit_fen=30000), line(2, unit_fen=20000)),
    )


def test_the_policys_own_example() -> None:
    """标价300元和200元，满减后实付425元，退200元那件退170元."""
    plan = plan_refund(two_lines(), 2, 1, "no-reason", RULES)

    assert (17000, 0) == (plan.goods_fen, plan.shipping_fen)


def test_what_the_source_told_of_a_line_is_believed() -> None:
    """A told share is kept, the rest goes to the others."""
    told = replace(
        two_lines(), lines=(line(1, unit_fen=30000, paid_fen=30000), line(2, unit_fen=20000))
    )

    assert [30000, 12500] == [found.cash_fen for found in count_money(told).lines]


def test_told_shares_that_exceed_the_whole_are_cut() -> None:
    """Shares that do not fit what was paid are scaled to it."""
    told = replace(
        two_lines(),
        lines=(line(1, unit_fen=30000, paid_fen=30000), line(2, unit_fen=20000, paid_fen=20000)),
    )

    assert [25500, 17000] == [found.cash_fen for found in count_money(told).lines]


POSTAGE = [
    ("no-reason", 1, 2, 0, "not given back to who only does not like it"),
    ("our-fault", 1, 2, 0, "something stays with the buyer"),
    ("our-fault", 1, 0, 1000, "the last of it"),
]


@pytest.mark.parametrize(
    ("cause", "first", "second", "postage", "why"), POSTAGE, ids=["own", "part", "all"]
)
def test_postage(cause: Any, first: int, second: int, postage: int, why: str) -> None:
    """Paid postage goes back with the last piece, when the shop is at fault."""
    lines = (line(1, unit_fen=5000), *((line(2, unit_fen=5000),) if second else ()))
    told = facts(order=order(shipping_fen=1000, paid_fen=1000 + 5000 * len(lines)), lines=lines)

    assert postage == plan_refund(told, first, 1, cause, RULES).shipping_fen, why


def test_a_cancel_gives_all_back() -> None:
    """Money, postage, points and the store's coupon of an order that never left."""
    coupon = Discount(
        store_id="test", order="1", number=1, kind="store", name="满399减40", fen=4000
    )
    told = facts(
        order=order(status="paid", shipping_fen=800, paid_fen=56600, points=300),
        discounts=(coupon,),
        parcels=(),
    )
    plan = plan_cancel(told, RULES)

    assert (55800, 800, 300, ("满399减40",)) == (
        plan.goods_fen,
        plan.shipping_fen,
        plan.points,
        plan.coupons,
    )


TOWEL = Gift(name="岭上压缩毛巾", threshold=Fen(29900), value=Fen(1500), words=("毛巾",))
GIVING = rules(returns={"gifts": (TOWEL,)})


def with_gift() -> OrderFacts:
    """Return two pieces of 200 yuan and a towel."""
    return facts(
        order=order(paid_fen=40000),
        lines=(
            line(1, unit_fen=20000, quantity=2),
            line(2, title="岭上压缩毛巾", unit_fen=0, gift=True),
        ),
    )


@pytest.mark.parametrize(
    ("cause", "returned", "cash", "why"),
    [
        pytest.param("no-reason", False, 18500, "below the threshold, towel kept", id="kept"),
        pytest.param("no-reason", True, 20000, "towel sent back", id="returned"),
        pytest.param("our-fault", False, 20000, "our fault takes nothing off", id="fault"),
    ],
)
def test_a_kept_gift_is_taken_off(cause: Any, returned: bool, cash: int, why: str) -> None:
    """The value of a gift is taken off by the return that makes the order too small for it."""
    plan = plan_refund(with_gift(), 1, 1, cause, GIVING, gift_returned=returned)

    assert cash == plan.cash_fen, why


@pytest.mark.parametrize(
    ("gone", "cash", "why"),
    [
        pytest.param(0, 20000, "40000 less 20000 stays above 15000: nothing off", id="above"),
        pytest.param(1, 18500, "20000 less 20000: this return crosses it", id="crosses"),
    ],
)
def test_a_gift_is_taken_off_once(gone: int, cash: int, why: str) -> None:
    """Only the return that crosses the threshold pays for the gift."""
    shop = rules(returns={"gifts": (replace(TOWEL, threshold=Fen(15000)),)})
    told = with_gift()
    if gone:
        told = done(told, 1, 1, RefundPlan(goods_fen=20000))

    assert cash == plan_refund(told, 1, 1, "no-reason", shop).cash_fen, why


def test_a_gift_that_was_paid_for_is_not_paid_twice() -> None:
    """Below the threshold already, a further return takes nothing off."""
    told = facts(
        order=order(paid_fen=60000),
        lines=(line(1, unit_fen=20000, quantity=3), line(2, title="毛巾", unit_fen=0, gift=True)),
    )
    told = done(told, 1, 2, RefundPlan(goods_fen=38500))
    shop = rules(returns={"gifts": (replace(TOWEL, threshold=Fen(30000)),)})

    assert 20000 == plan_refund(told, 1, 1, "no-reason", shop).cash_fen


def test_a_protected_price_is_paid_back_no_second_time() -> None:
    """What price protection gave is taken off the line it was given for, not off others."""
    difference = Refund(
        id="r", store_id="test", order="1", line_no=2, state="paid", difference_fen=5000,
        created_at=PAID, paid_at=PAID,
    )  # fmt: skip
    told = replace(two_lines(), refunds=(difference,))
    back = [plan_refund(told, number, 1, "no-reason", RULES).cash_fen for number in (1, 2)]

    assert [25500, 12000] == back


def test_more_than_is_left_is_refused() -> None:
    """Pieces that went back do not go back again."""
    told = facts(cases=(case(state="refunded"),))

    with pytest.raises(ValueError, match="pieces"):
        plan_refund(told, 1, 1, "no-reason", RULES)


@st.composite
def orders(draw: st.DrawFn) -> OrderFacts:
    """Return an order of some lines, paid with less than their price, some shares told."""
    count = draw(st.integers(1, 5))
    lines = tuple(
        line(
            number + 1,
            unit_fen=draw(st.integers(0, 200_000)),
            quantity=draw(st.integers(1, 6)),
            paid_fen=draw(st.none() | st.integers(0, 500_000)),
        )
        for number in range(count)
    )
    whole = sum(found.unit_fen * found.quantity for found in lines)
    shipping = draw(st.integers(0, 2000))
    paid = draw(st.integers(0, whole + shipping))
    return facts(
        order=order(paid_fen=paid, shipping_fen=shipping, points=draw(st.integers(0, 9999))),
        lines=lines,
    )


def done(told: OrderFacts, line_no: int, pieces: int, plan: RefundPlan) -> OrderFacts:
    """Return the facts after a return was refunded."""
    number = len(told.cases)
    back = case(id=f"c{number}", line_no=line_no, quantity=pieces, state="refunded", ended_at=PAID)
    paid = Refund(
        id=f"r{number}", store_id="test", order="1", line_no=line_no, case_id=back.id, state="paid",
        goods_fen=plan.goods_fen, shipping_fen=plan.shipping_fen, points=plan.points,
        created_at=PAID, paid_at=PAID,
    )  # fmt: skip
    return replace(told, cases=(*told.cases, back), refunds=(*told.refunds, paid))


@given(orders(), st.data())
def test_refunds_never_exceed_what_was_paid(told: OrderFacts, data: Any) -> None:
    """Returned in any order and in any parts: never more than paid, and all of it in the end."""
    paid, points = told.order.paid_fen, told.order.points
    money = count_money(told)
    assert paid == sum(found.cash_fen for found in money.lines) + money.shipping_fen

    cash = back = 0
    while open_lines := [m for m in count_money(told).lines if m.gone < m.quantity]:
        chosen = data.draw(st.sampled_from(open_lines))
        pieces = data.draw(st.integers(1, chosen.quantity - chosen.gone))
        plan = plan_refund(told, chosen.line_no, pieces, "our-fault", RULES)
        cash, back = cash + plan.cash_fen, back + plan.points
        assert plan.goods_fen >= 0
        assert plan.shipping_fen >= 0
        assert cash <= paid
        told = done(told, chosen.line_no, pieces, plan)

    everything = any(m.list_fen or m.cash_fen for m in money.lines)
    assert paid == cash if everything else cash <= paid
    assert points == back


@given(orders(), st.integers(0, 3), st.data())
def test_a_cancel_after_partial_returns_gives_the_rest(
    told: OrderFacts, steps: int, data: Any
) -> None:
    """What returns and the cancel give together is what was paid."""
    cash = 0
    for _ in range(steps):
        open_lines = [m for m in count_money(told).lines if m.gone < m.quantity]
        if not open_lines:
            break
        chosen = data.draw(st.sampled_from(open_lines))
        plan = plan_refund(told, chosen.line_no, 1, "no-reason", RULES)
        cash += plan.cash_fen
        told = done(told, chosen.line_no, 1, plan)

    assert told.order.paid_fen == cash + plan_cancel(told, RULES).cash_fen


@given(orders(), st.data())
def test_what_the_platform_gives_back_is_not_given_twice(told: OrderFacts, data: Any) -> None:
    """A line that is refunded there takes its money along; a cancel and all returns give the rest."""
    elsewhere = data.draw(st.sampled_from(["refunding", "refunded", "closed"]))
    first = replace(told.lines[0], status=elsewhere)
    gone = count_money(told).get_line(1).cash_fen
    told = replace(told, lines=(first, *told.lines[1:]))

    assert told.order.paid_fen == gone + plan_cancel(told, RULES).cash_fen
    with pytest.raises(ValueError, match="pieces"):
        plan_refund(told, 1, 1, "our-fault", RULES)


@pytest.mark.parametrize("status", ["refunding", "refunded"])
def test_our_case_and_the_platforms_refund_are_one_money(status: Any) -> None:
    """What staff carry out on the platform for a case of ours is counted once, and can be planned."""
    told = replace(
        two_lines(), lines=(line(1, unit_fen=30000, status=status), two_lines().lines[1])
    )
    back = case(line_no=1, state="approved")
    planned = plan_case_refund(replace(told, cases=(back,)), back, RULES)
    paid = Refund(
        id="r", store_id="test", order="1", line_no=1, case_id=back.id, state="paid",
        goods_fen=planned.goods_fen, created_at=PAID, paid_at=PAID,
    )  # fmt: skip
    money = count_money(replace(told, cases=(back,), refunds=(paid,)))

    assert (25500, 17000) == (planned.goods_fen, money.left_fen)
