"""What each line of an order was really paid with: cash, coupons, points; and what went back.

What the source told of a line is believed as long as the parts fit the whole; the rest is spread over
the lines by list price. A line that the platform refunds, or has refunded, is gone with all its money,
whoever opened that refund: what we plan for it is never paid on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shopbot.orders.model import Case, OrderFacts, OrderLine, Refund
from shopbot.orders.shares import split
from shopbot.orders.states import CaseState, DiscountKind, LineStatus

_GONE_FOR_NOTHING: frozenset[CaseState] = frozenset({"rejected", "cancelled", "closed"})


GONE_ELSEWHERE: frozenset[LineStatus] = frozenset({"refunding", "refunded", "closed"})
"""States of a line whose money goes back, or went back, on the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMoney:
    """One line's share of the order's money, and what happened to it since."""

    line_no: int
    quantity: int
    list_fen: int  # unit price × quantity
    cash_fen: int  # paid in money
    store_fen: int  # 店铺券, 满减
    platform_fen: int  # 平台券, 红包
    points_fen: int
    points: int
    gone: int  # pieces returned or being returned
    goods_back_fen: int  # refunded or planned for pieces that went back
    difference_back_fen: int  # price protection and bargains
    points_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """The whole order's money."""

    lines: tuple[LineMoney, ...]
    shipping_fen: int  # postage as paid
    paid_fen: int
    shipping_back_fen: int
    back_fen: int  # all that was or will be refunded of what was paid

    @property
    def left_fen(self) -> int:
        """Return what of the paid sum has not gone back."""
        return max(0, self.paid_fen - self.back_fen)

    def get_line(self, line_no: int) -> LineMoney:
        """Return the money of a line; KeyError when there is none."""
        for line in self.lines:
            if line.line_no == line_no:
                return line
        raise KeyError(line_no)


def count_money(facts: OrderFacts) -> OrderMoney:
    """Return how the order's money lies on its lines."""
    order = facts.order
    shipping = min(max(order.shipping_fen, 0), max(order.paid_fen, 0))
    cash = _cash(facts.lines, max(order.paid_fen, 0) - shipping)
    weights = [_list_fen(line) for line in facts.lines]
    store = split(_discount(facts, ("store", "member", "other")), weights) if weights else []
    platform = split(_discount(facts, ("platform",)), weights) if weights else []
    points_fen = split(_discount(facts, ("points",)), weights) if weights else []
    points = split(max(order.points, 0), weights) if weights else []
    counting = [refund for refund in facts.refunds if refund.state != "dropped"]
    back = [_goods_back(counting, line, cash[i]) for i, line in enumerate(facts.lines)]
    own = [sum(r.goods_fen for r in _of_line(counting, line)) for line in facts.lines]
    lines = tuple(
        LineMoney(
            line_no=line.line_no,
            quantity=line.quantity,
            list_fen=weights[i],
            cash_fen=cash[i],
            store_fen=store[i],
            platform_fen=platform[i],
            points_fen=points_fen[i],
            points=points[i],
            gone=_gone(facts.cases, line),
            goods_back_fen=back[i],
            difference_back_fen=sum(r.difference_fen for r in _of_line(counting, line)),
            points_back=sum(r.points for r in _of_line(counting, line)),
        )
        for i, line in enumerate(facts.lines)
    )
    return OrderMoney(
        lines=lines,
        shipping_fen=shipping,
        paid_fen=max(order.paid_fen, 0),
        shipping_back_fen=sum(r.shipping_fen for r in counting),
        back_fen=sum(r.goods_fen + r.shipping_fen + r.difference_fen for r in counting)
        + sum(back)
        - sum(own),
    )


def _list_fen(line: OrderLine) -> int:
    return 0 if line.gift else max(line.unit_fen, 0) * line.quantity


def _cash(lines: tuple[OrderLine, ...], goods: int) -> list[int]:
    """Return each line's cash; told parts are kept unless together they exceed the whole."""
    if not lines:
        return []
    told = [max(line.paid_fen, 0) if line.paid_fen is not None else None for line in lines]
    known = sum(part for part in told if part is not None)
    open_weights = [
        _list_fen(x) if part is None else 0 for x, part in zip(lines, told, strict=True)
    ]
    if known > goods or (None not in told and known != goods):
        weights = [_list_fen(x) if p is None else p for x, p in zip(lines, told, strict=True)]
        return split(goods, weights)
    rest = iter(_rest(goods - known, told, open_weights))
    return [part if part is not None else next(rest) for part in told]


def _rest(left: int, told: list[int | None], weights: list[int]) -> list[int]:
    return split(left, [w for w, part in zip(weights, told, strict=True) if part is None])


def _discount(facts: OrderFacts, kinds: tuple[DiscountKind, ...]) -> int:
    return sum(max(found.fen, 0) for found in facts.discounts if found.kind in kinds)


def _gone(cases: Iterable[Case], line: OrderLine) -> int:
    """Return how many pieces cases took or will take from the buyer (exchanges give one back)."""
    if line.status in GONE_ELSEWHERE:
        return line.quantity
    taken = sum(
        case.quantity
        for case in cases
        if case.line_no == line.line_no
        and case.state not in _GONE_FOR_NOTHING
        and (case.state == "refunded" or case.kind in ("return", "refund"))
        and case.reason != "price-difference"
    )
    return min(line.quantity, taken)


def _goods_back(refunds: Iterable[Refund], line: OrderLine, cash: int) -> int:
    """Return what went back for the pieces of a line, or will; the platform gives back all there was."""
    mine = _of_line(refunds, line)
    planned = sum(refund.goods_fen for refund in mine)
    if line.status not in GONE_ELSEWHERE:
        return planned
    return max(planned, cash - sum(refund.difference_fen for refund in mine))


def _of_line(refunds: Iterable[Refund], line: OrderLine) -> list[Refund]:
    return [refund for refund in refunds if refund.line_no == line.line_no]
