"""What comes back to stock and what is lost, by the state in which goods arrive."""

from __future__ import annotations

from dataclasses import dataclass

from shopbot.orders.states import Grade
from shopbot.rules import Rules

GRADES: tuple[Grade, ...] = ("good", "opened", "worn", "faulty")

_SOLD_AGAIN: frozenset[Grade] = frozenset({"good", "opened"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBack:
    """Pieces and money of an inspection."""

    restocked: int
    lost: int
    loss_fen: int


def count_stock_back(quantity: int, grade: Grade, value_fen: int, rules: Rules) -> StockBack:
    """Return what ``quantity`` pieces of a grade, together worth ``value_fen``, come to."""
    if quantity < 0 or value_fen < 0:
        raise ValueError("pieces and their value are zero or more")
    loss = rules.returns.loss
    percent = {
        "good": loss.good, "opened": loss.opened, "worn": loss.worn, "faulty": loss.faulty,
    }[grade]  # fmt: skip
    again = grade in _SOLD_AGAIN
    return StockBack(
        restocked=quantity if again else 0,
        lost=0 if again else quantity,
        loss_fen=value_fen * percent // 100,
    )
