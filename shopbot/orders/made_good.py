"""Whether a buyer was paid all that lost or broken goods cost: then nothing else is offered for them. Pure."""

from __future__ import annotations

from shopbot.orders.claim_model import COMPENSATION
from shopbot.orders.model import OrderFacts, Parcel
from shopbot.orders.money import count_money
from shopbot.orders.troubles import Trouble

GONE: frozenset[Trouble] = frozenset({"lost", "lost-suspected", "damaged"})
"""What a parcel may show for ever that its buyer was paid for."""


def is_made_good(facts: OrderFacts, line_no: int) -> bool:
    """Tell whether all that a line cost was paid back, for its parcel's sake."""
    paid = any(r.reason == COMPENSATION and r.line_no == line_no for r in facts.refunds)
    money = count_money(facts).get_line(line_no)
    return paid and money.cash_fen <= money.goods_back_fen + money.difference_back_fen


def made_good_fen(facts: OrderFacts, parcel: Parcel) -> int:
    """Return what a parcel's buyer is paid for it, 0 unless that is all that was in it."""
    known = parcel.shipment.line_nos
    lines = [line.line_no for line in facts.lines if line.line_no in known or not known]
    if not lines or not all(is_made_good(facts, line_no) for line_no in lines):
        return 0
    paid = (r for r in facts.refunds if r.reason == COMPENSATION and r.line_no in lines)
    return sum(refund.cash_fen for refund in paid)
