"""Who pays the way back to the shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shopbot import messages
from shopbot.orders.model import Order, OrderFacts
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.states import CaseReason, FreightPayer
from shopbot.rules import Rules

Kind = Literal[
    "no-reason",
    "quality",
    "exchange",
    "quality-exchange",
    "repair",
    "wrong",
    "missing",
    "damaged",
]
"""What a shopper asks for after the parcel came."""

REASONS: dict[Kind, CaseReason] = {
    "no-reason": "no-reason",
    "quality": "quality",
    "exchange": "size",
    "quality-exchange": "quality",
    "repair": "warranty",
    "wrong": "wrong-item",
    "missing": "missing-item",
    "damaged": "damaged",
}


def find_freight_payer(
    kind: Kind, order: Order, rules: Rules, *, in_warranty: bool = True
) -> FreightPayer:
    """Return who pays; what the buyer would pay is the insurance's when the order has one.

    The insurance (运费险) covers the way back of returns and exchanges, not of repairs.
    """
    freight = rules.returns.freight
    told = {
        "no-reason": freight.no_reason,
        "quality": freight.quality,
        "exchange": freight.exchange,
        "quality-exchange": freight.quality,
        "repair": freight.repair_covered if in_warranty else freight.repair_paid,
    }.get(kind, freight.our_fault)
    if told == "seller":
        return "seller"
    insured = order.freight_insurance and freight.insurance_first and kind != "repair"
    return "insurance" if insured else "buyer"


def told_freight(kind: Kind, orders: Sequence[OrderFacts], rules: Rules) -> Phrase | None:
    """Return who pays for sending something of these orders back; None when they differ."""
    payers = {find_freight_payer(kind, facts.order, rules) for facts in orders}
    if len(payers) != 1:
        return None
    return phrase("return.freight", {"运费承担": messages.text(f"orders.freight.{payers.pop()}")})
