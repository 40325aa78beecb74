"""Claims as an Excel workbook, with the sums by courier; no cell of it is a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shopbot import messages
from shopbot.orders import masking
from shopbot.orders.claim_model import Claim
from shopbot.orders.claim_views import CarrierSum
from shopbot.orders.register import Cell
from shopbot.rules import Rules

COLUMNS = (
    "id", "order", "parcel", "carrier", "kind", "state", "asked", "won", "papers", "opened",
    "filed", "ended", "note",
)  # fmt: skip
SUMS = ("carrier", "claims", "open", "open_sum", "won", "not_won", "compensated")


def row(claim: Claim, rules: Rules) -> list[Cell]:
    """Return a claim as a row of the sheet; money in yuan."""
    return [
        claim.id,
        claim.order,
        claim.parcel,
        claim.carrier,
        messages.text(f"claims.kind.{claim.kind}"),
        messages.text(f"due.state.claim.{claim.state}"),
        claim.asked_fen / 100,
        claim.won_fen / 100,
        "、".join(claim.papers),
        _day(claim.opened_at, rules),
        _day(claim.filed_at, rules),
        _day(claim.ended_at, rules),
        masking.free_text(claim.note),
    ]


def sum_row(one: CarrierSum) -> list[Cell]:
    """Return the sums of a courier as a row; money in yuan."""
    money = (one.open_fen, one.won_fen, one.refused_fen, one.compensated_fen)
    carrier = one.carrier or messages.text("claims.no-carrier")
    return [carrier, one.claims, one.open, *(fen / 100 for fen in money)]


def titles(columns: Sequence[str]) -> list[Cell]:
    """Return the titles of the columns in Chinese."""
    return [messages.text(f"claims.column.{name}") for name in columns]


def _day(at: datetime | None, rules: Rules) -> str:
    return "" if at is None else at.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")
