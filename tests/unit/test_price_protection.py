"""Price protection: in time, on fresh prices, on what is still with the buyer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.model import OrderFacts, Refund
from shopbot.orders.price_protection import PriceNow, check_protection, find_protection_end
from shopbot.orders.refunds import plan_refund
from shopbot.rules.model import ProtectedCampaign
from tests.order_facts import PAID, RULES, at, case, facts, line, order, rules

NOON = at("2026-11-20 12:00")


def bought(quantity: int = 2, paid: int = 100000, **changes: Any) -> OrderFacts:
    """Return an order of some pieces."""
    return facts(order=order(paid_fen=paid, **changes), lines=(line(quantity=quantity),))


def price(fen: int, when: Any = NOON) -> PriceNow:
    """Return a price as of noon."""
    return PriceNow(fen=fen, as_of=when)


ROWS: list[tuple[str, OrderFacts, PriceNow | None, Any, int, set[str]]] = [
    ("cheaper now", bought(), price(45000), NOON, 10000, set()),
    ("the same", bought(), price(50000), NOON, 0, {"protect-lower"}),
    ("dearer now", bought(), price(60000), NOON, 0, {"protect-lower"}),
    ("last minute", bought(), price(45000, at("2026-11-30 12:00")), at("2026-11-30 23:59"), 10000, set()),
    ("too late", bought(), price(45000, at("2026-11-30 12:00")), at("2026-12-01 00:00"), 0, {"protect-time"}),
    ("no price known", bought(), None, NOON, 0, {"protect-price", "protect-lower"}),
    ("price too old", bought(), price(45000, NOON - timedelta(days=8)), NOON, 0, {"protect-price", "protect-lower"}),
    ("unpaid", bought(status="unpaid", paid_at=None), price(1), NOON, 0, {"protect-order", "protect-time"}),
    ("refunded line", replace(bought(), lines=(line(quantity=2, status="refunded"),)), price(45000), NOON, 0, {"protect-line", "protect-lower"}),
    ("one went back", replace(bought(), cases=(case(state="refunded", ended_at=PAID),)), price(45000), NOON, 5000, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "told", "now_price", "now", "fen", "against"), ROWS, ids=[row[0] for row in ROWS]
)
def test_the_difference(
    why: str, told: OrderFacts, now_price: PriceNow | None, now: Any, fen: int, against: set[str]
) -> None:
    """Fifteen days from the day after payment; what went back does not count."""
    found = check_protection(told, 1, now_price, RULES, now)

    assert (fen, against) == (found.difference_fen, {c.id for c in found.checks if not c.ok}), why
    assert found.eligible == (not against)
    assert all(row.reason for row in found.checks)


def test_a_campaign_has_its_own_day() -> None:
    """双11 orders are protected to the campaign's day."""
    campaign = ProtectedCampaign(
        name="双11", paid_from=at("2026-10-31 20:00"), paid_until=at("2026-11-12 00:00"),
        last_day=at("2026-11-27 00:00").astimezone(RULES.zone).date(),
    )  # fmt: skip
    shop = rules(returns={"protection_campaigns": (campaign,)})
    ends = [
        find_protection_end(order(paid_at=at(f"2026-11-{day} 10:00")), shop) for day in ("01", "15")
    ]

    assert [at("2026-11-28 00:00"), at("2026-12-01 00:00")] == ends


def given_back(fen: int, number: int) -> Refund:
    """Return a difference that was paid."""
    return Refund(
        id=f"r{number}", store_id="test", order="1", line_no=1, state="paid", difference_fen=fen,
        created_at=PAID, paid_at=PAID,
    )  # fmt: skip


@given(st.integers(1, 6), st.integers(0, 300_000), st.lists(st.integers(0, 90_000), max_size=4))
def test_differences_and_the_return_never_exceed_what_was_paid(
    quantity: int, paid: int, prices: list[int]
) -> None:
    """Asked again and again at any price, then returned whole: what was paid, not a fen more."""
    told = bought(quantity, paid)
    for number, fen in enumerate(prices):
        found = check_protection(told, 1, price(fen), RULES, NOON)
        told = replace(told, refunds=(*told.refunds, given_back(found.difference_fen, number)))
    rest = plan_refund(told, 1, quantity, "our-fault", RULES)

    assert paid == rest.cash_fen + sum(r.difference_fen for r in told.refunds)
    assert not check_protection(told, 1, price(max(prices, default=10**9)), RULES, NOON).eligible
