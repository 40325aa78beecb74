"""How much goes back, to the fen: goods, postage, points, coupons, less a gift that is kept.

Never more than was paid: by line, and with all refunds by order. A line's pieces are cut cumulatively
(see shares), so partial returns in any order come to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shopbot.orders.model import OrderFacts
from shopbot.orders.money import LineMoney, OrderMoney, count_money
from shopbot.orders.shares import next_pieces
from shopbot.rules import Rules

Cause = Literal["no-reason", "our-fault", "cancelled"]
"""Who is the cause: the buyer's mind, the shop or the courier, or a cancel before shipping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPlan:
    """What goes back for some pieces. ``cash_fen`` is goods and postage."""

    goods_fen: int = 0  # after the gift is taken off
    shipping_fen: int = 0
    gift_fen: int = 0  # taken off for a gift that is kept
    points: int = 0
    store_fen: int = 0  # coupon share, not paid out
    platform_fen: int = 0  # coupon share, the platform's business
    coupons: tuple[str, ...] = ()  # given back whole

    @property
    def cash_fen(self) -> int:
        """Return what is paid out."""
        return self.goods_fen + self.shipping_fen


def plan_refund(
    facts: OrderFacts,
    line_no: int,
    quantity: int,
    cause: Cause,
    rules: Rules,
    *,
    gift_returned: bool = False,
) -> RefundPlan:
    """Return what goes back for ``quantity`` pieces of a line not returned before.

    KeyError for an unknown line; ValueError for more pieces than are left.
    """
    money = count_money(facts)
    line = money.get_line(line_no)
    if not 0 < quantity <= line.quantity - line.gone:
        raise ValueError(f"{quantity} of {line.quantity - line.gone} pieces")
    goods = min(_goods(line, quantity), money.left_fen)
    gift = 0 if gift_returned else _kept_gifts(facts, money, goods, cause, rules)
    gift = min(gift, goods)
    postage = _postage(money, line_no, quantity, cause, rules)
    return RefundPlan(
        goods_fen=goods - gift,
        shipping_fen=min(postage, money.left_fen - goods),
        gift_fen=gift,
        points=min(_piece(line.points, line, quantity), line.points - line.points_back),
        store_fen=_piece(line.store_fen, line, quantity),
        platform_fen=_piece(line.platform_fen, line, quantity),
        coupons=_coupons(facts, money, {line_no: quantity}, cause),
    )


def plan_cancel(facts: OrderFacts, rules: Rules, line_no: int | None = None) -> RefundPlan:
    """Return what goes back when everything left of an unshipped order, or of a line, is cancelled.

    KeyError for an unknown line; ValueError when nothing of it is left.
    """
    money = count_money(facts)
    if line_no is not None:
        line = money.get_line(line_no)
        return plan_refund(facts, line_no, line.quantity - line.gone, "cancelled", rules)
    left = {line.line_no: line.quantity - line.gone for line in money.lines}
    whole = money.left_fen
    postage = min(max(0, money.shipping_fen - money.shipping_back_fen), whole)
    return RefundPlan(
        goods_fen=whole - postage,
        shipping_fen=postage,
        points=sum(line.points - line.points_back for line in money.lines),
        store_fen=_sum_left(money, "store"),
        platform_fen=_sum_left(money, "platform"),
        coupons=_coupons(facts, money, left, "cancelled"),
    )


def _sum_left(money: OrderMoney, kind: Literal["store", "platform"]) -> int:
    return sum(
        _piece(
            line.store_fen if kind == "store" else line.platform_fen,
            line,
            line.quantity - line.gone,
        )
        for line in money.lines
    )


def _piece(whole: int, line: LineMoney, quantity: int) -> int:
    return next_pieces(whole, line.gone, quantity, line.quantity)


def _goods(line: LineMoney, quantity: int) -> int:
    """Return the cash of the next pieces; what price protection gave back is paid no second time."""
    base = max(0, line.cash_fen - line.difference_back_fen)
    left = max(0, line.cash_fen - line.difference_back_fen - line.goods_back_fen)
    return min(_piece(base, line, quantity), left)


def _postage(money: OrderMoney, line_no: int, quantity: int, cause: Cause, rules: Rules) -> int:
    """Return the postage that goes back: with the last pieces of the order, if the cause calls for it."""
    freight = rules.returns.freight
    wanted = {
        "no-reason": freight.postage_back_no_reason,
        "our-fault": freight.postage_back_quality,
        "cancelled": True,
    }[cause]
    if not wanted or not _takes_all(money, {line_no: quantity}):
        return 0
    return max(0, money.shipping_fen - money.shipping_back_fen)


def _takes_all(money: OrderMoney, taken: dict[int, int]) -> bool:
    """Tell whether nothing that was paid for stays with the buyer."""
    return all(
        line.gone + taken.get(line.line_no, 0) >= line.quantity
        for line in money.lines
        if line.list_fen or line.cash_fen
    )


def _kept_gifts(
    facts: OrderFacts, money: OrderMoney, goods: int, cause: Cause, rules: Rules
) -> int:
    """Return the value of gifts that are kept though this return makes the order too small for them.

    Counted once, by the return that crosses the threshold; a fault of ours takes nothing off.
    """
    if cause != "no-reason" or not rules.returns.gift_deduct:
        return 0
    before = sum(line.cash_fen - line.goods_back_fen for line in money.lines)
    given = [line.title for line in facts.lines if line.gift]
    return sum(
        gift.value
        for gift in rules.returns.gifts
        if before >= gift.threshold > before - goods and _was_given(gift.words, gift.name, given)
    )


def _was_given(words: Sequence[str], name: str, titles: Sequence[str]) -> bool:
    return any(word in title for title in titles for word in (*words, name))


def _coupons(
    facts: OrderFacts, money: OrderMoney, taken: dict[int, int], cause: Cause
) -> tuple[str, ...]:
    """Return the store's coupons that come back: only when all is cancelled before shipping."""
    if cause != "cancelled" or not _takes_all(money, taken):
        return ()
    return tuple(found.name for found in facts.discounts if found.kind == "store" and found.name)
